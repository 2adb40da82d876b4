"""Account numbers on the Nexus wire: what a verification brought."""

from collections.abc import Iterable

import msgspec

from fanlight.api.nexus.kit import Call, Route, shown
from fanlight.api.nexus.members import member_of
from fanlight.core import account_numbers, accounts, audit


class AccountNumber(msgspec.Struct):
    account_guid: str
    account_number: str | None
    guid: str
    institution_number: str | None
    member_guid: str
    passed_validation: bool | None
    routing_number: str | None
    transit_number: str | None
    user_guid: str


def of_member(call: Call) -> list[AccountNumber]:
    member = member_of(call)
    audit.record(call.unit, call.session.client_id, audit.NUMBERS_READ, member.guid, now=call.now)
    return _wire(call, account_numbers.of_member(call.unit, call.user_id, member.id))


def of_account(call: Call) -> list[AccountNumber]:
    account = accounts.read(call.unit, call.user_id, call.params["account_guid"])
    audit.record(call.unit, call.session.client_id, audit.NUMBERS_READ, account.guid, now=call.now)
    return _wire(call, account_numbers.of_account(call.unit, call.user_id, account.id))


def _wire(call: Call, rows: Iterable[account_numbers.AccountNumber]) -> list[AccountNumber]:
    """Only numbers that say both the account and where it is; none that cannot be opened."""
    opened = account_numbers.readable(call.runtime.vault, rows)
    return [shown(AccountNumber, row, **msgspec.structs.asdict(each)) for row, each in opened if each.are_whole]


ROUTES = (
    Route(
        "verification", "GET", "/members/{member_guid}/account_numbers", of_member, "List a member's account numbers",
        "account_numbers", AccountNumber, many=True,
        note="Accounts with both an account number and a routing or transit number.",
    ),
    Route(
        "verification", "GET", "/accounts/{account_guid}/account_number", of_account, "Read an account's numbers",
        "account_numbers", AccountNumber, many=True, also=(("GET", "/accounts/{account_guid}/account_numbers"),),
    ),
)  # fmt: skip

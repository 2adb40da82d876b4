"""Accounts on the Nexus wire: lists of them, single ones, their balances by month; blocking and merging."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.codec import convert, read_flag
from fanlight.api.nexus.account_shape import Account, wire
from fanlight.api.nexus.kit import PAGE, WHOLE, Call, Param, Route, shown
from fanlight.api.nexus.transactions import DATES, days_of_query
from fanlight.base.errors import Malformed, MissingParams
from fanlight.base.paging import Paged
from fanlight.core import account_blocking, account_merging, accounts, balances, members
from fanlight.planning import account_moves

MERGED = 2
"""How many accounts are merged at a time."""

FILTERS = (
    Param("use_case", "Accounts of members with this use case: PFM or MONEY_MOVEMENT."),
    Param("is_manual", "true: manual accounts only; false: all others.", "boolean"),
    Param("member_is_managed_by_user", "false: what a partner keeps; true: all others.", "boolean"),
)


class MonthlyAccountBalance(msgspec.Struct):
    account_guid: str
    balance: Decimal
    month: int
    transaction_total: Decimal
    user_guid: str
    year: int


class MergeBody(fields.ChangeBody, kw_only=True):
    """The guids of two accounts; their order has no meaning."""

    accounts: Any = None


class BlockBody(fields.ChangeBody, kw_only=True):
    """Nothing of its own."""


Shown = list[msgspec.Struct] | Paged[msgspec.Struct]


def list_all(call: Call) -> Shown:
    return _listed(call, _wanted(call))


def partner_created(call: Call) -> Shown:
    return _listed(call, lambda account: not account.member_is_managed_by_user)


def user_created(call: Call) -> Shown:
    return _listed(call, lambda account: account.member_is_managed_by_user)


def of_member(call: Call) -> Shown:
    member = members.read(call.unit, call.user_id, call.params["member_guid"], now=call.now)
    return call.paged(accounts.of_member(call.unit, call.user_id, member.id), wire)


def read(call: Call) -> msgspec.Struct:
    return wire(account_of(call))


def monthly_balances(call: Call) -> list[MonthlyAccountBalance]:
    account = account_of(call)
    first, last = map(date.fromisoformat, days_of_query(call))
    found = balances.by_month(call.unit, account, first, last, now=call.now)
    return [
        shown(MonthlyAccountBalance, each, account_guid=account.guid, user_guid=account.user_guid) for each in found
    ]


def block(call: Call) -> dict[str, Any]:
    account, document = account_of(call), call.document()
    convert(document.get("account", document), BlockBody)
    account_blocking.block(call.unit, account, now=call.now)
    return {}


def merge(call: Call) -> msgspec.Struct:
    one, other = (accounts.read(call.unit, call.user_id, guid) for guid in _two_guids(call))
    survivor = account_merging.merge(call.unit, one, other, now=call.now)
    account_moves.move(call.unit, other if survivor.guid == one.guid else one, survivor)
    return wire(survivor)


def account_of(call: Call) -> accounts.Account:
    """The user's account of the path; NotFound for another user's as for none."""
    return accounts.read(call.unit, call.user_id, call.params["account_guid"])


def _listed(call: Call, is_wanted: Callable[[accounts.Account], bool]) -> Shown:
    return call.paged([each for each in accounts.list_all(call.unit, call.user_id) if is_wanted(each)], wire)


def _wanted(call: Call) -> Callable[[accounts.Account], bool]:
    """What the query asks for. Raises Malformed."""
    use_case = fields.use_case(call.query.get("use_case", "use_case[]"))
    flags = {name: read_flag(call.query.get(name), name) for name in ("is_manual", "member_is_managed_by_user")}

    def is_wanted(account: accounts.Account) -> bool:
        if use_case is not None and not account.is_for(use_case):
            return False
        return all(wanted in (None, getattr(account, name)) for name, wanted in flags.items())

    return is_wanted


def _two_guids(call: Call) -> list[str]:
    guids = convert(call.document(), MergeBody).accounts
    if guids is None:
        raise MissingParams("accounts")
    if not isinstance(guids, list) or len(guids) != MERGED:
        raise Malformed(f"accounts must be a list of exactly {MERGED} account guids.")
    return [fields.guid(guid, "accounts") for guid in guids]


_ACCOUNT = "/accounts/{account_guid}"
_LIST: dict[str, Any] = {"many": True, "may_page": True, "reads": True}
ROUTES = (
    Route(
        "members", "GET", "/members/{member_guid}/accounts", of_member, "List a member's accounts",
        "accounts", Account, **_LIST, query=PAGE, note=WHOLE,
    ),
    Route(
        "accounts", "GET", "/accounts", list_all, "List accounts", "accounts", Account, **_LIST,
        query=(*FILTERS, *PAGE), errors=(400, 401), note=WHOLE,
    ),
    Route(
        "accounts", "GET", "/accounts/partner_created", partner_created, "List accounts that a partner keeps",
        "accounts", Account, **_LIST, query=PAGE, errors=(401,), note=f"member_is_managed_by_user is false. {WHOLE}",
    ),
    Route(
        "accounts", "GET", "/accounts/user_created", user_created, "List accounts that the user connected or keeps",
        "accounts", Account, **_LIST, query=PAGE, errors=(401,), note=f"member_is_managed_by_user is true. {WHOLE}",
    ),
    Route("accounts", "GET", _ACCOUNT, read, "Read an account", "account", Account, reads=True),
    Route(
        "accounts", "GET", f"{_ACCOUNT}/monthly_account_balance", monthly_balances, "List balances by month",
        "monthly_account_balances", MonthlyAccountBalance, many=True, query=DATES, errors=(400, 401, 404), reads=True,
        note="The balance at the month's end, worked back from the current one through the posted transactions; "
        "pending ones and children of splits do not count. transaction_total is by how much the month's transactions "
        "changed the balance, of the days asked for only. Months in UTC, from the first transaction on (without any, "
        "from the account's making) to today's; empty where the balance is not known.",
    ),
    Route(
        "accounts", "PUT", f"{_ACCOUNT}/block", block, "Block an account", takes=BlockBody, body_optional=True,
        errors=(400, 401, 404), durable=True, long=True,
        note="200 with {}: the account is no longer there to be shown. The raw answers that are kept of its member go "
        "with it.",
    ),
    Route(
        "accounts", "PUT", "/accounts/merge", merge, "Merge duplicate accounts", "account", Account, takes=MergeBody,
        errors=(400, 401, 404, 422), durable=True, long=True,
        note="Survivor: a partner's before the user's, a fed one before a manual one, then the older, then the one "
        "with more transactions. A movement that both have stays once, with the edits, tags and split of either. 400: "
        "not two different guids; 422: both are a partner's, or currencies differ.",
    ),
)  # fmt: skip

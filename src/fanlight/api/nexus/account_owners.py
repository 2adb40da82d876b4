"""Account owners on the Nexus wire: what an identification brought."""

import msgspec

from fanlight.api.nexus.kit import Call, Route, shown
from fanlight.api.nexus.members import member_of
from fanlight.core import account_owners, audit, clients


class AccountOwner(msgspec.Struct):
    account_guid: str
    address: str | None
    city: str | None
    country: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    member_guid: str
    owner_name: str | None
    phone: str | None
    postal_code: str | None
    state: str | None
    user_guid: str


def of_member(call: Call) -> list[AccountOwner]:
    """One entry for each owner of each account; none for what cannot be opened."""
    member = member_of(call)
    split = clients.has(call.unit, call.session.client_id, "name_splitting")
    found = account_owners.of_member(call.unit, call.user_id, member.id)
    audit.record(call.unit, call.session.client_id, audit.OWNERS_READ, member.guid, now=call.now)
    opened = account_owners.readable(call.runtime.vault, found)
    return [_wire(owner, person, split=split) for owner, person in opened]


def _wire(owner: account_owners.Owner, person: account_owners.Person, *, split: bool) -> AccountOwner:
    names = {} if split else {"first_name": None, "last_name": None}
    guids = {name: getattr(owner, name) for name in ("account_guid", "member_guid", "user_guid")}
    return shown(AccountOwner, person, **names, **guids)


ROUTES = (
    Route(
        "identity", "GET", "/members/{member_guid}/account_owners", of_member, "List the owners of a member's accounts",
        "account_owners", AccountOwner, many=True,
        note="first_name and last_name are null unless the client has the feature name_splitting.",
    ),
)  # fmt: skip

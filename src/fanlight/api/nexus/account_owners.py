"""Account owners on the Nexus wire: what an identification brought."""

import msgspec

from fanlight.api.nexus.kit import Call, Route
from fanlight.api.nexus.members import named
from fanlight.core import account_owners, clients


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
    """One entry for each owner of each account."""
    member = named(call)
    split = clients.has(call.unit, call.session.client_id, "name_splitting")
    found = account_owners.of_member(call.unit, call.user_id, member.id)
    return [_wire(owner, account_owners.person(call.runtime.vault, owner), split=split) for owner in found]


def _wire(owner: account_owners.Owner, person: account_owners.Person, *, split: bool) -> AccountOwner:
    return AccountOwner(
        account_guid=owner.account_guid,
        address=person.address,
        city=person.city,
        country=person.country,
        email=person.email,
        first_name=person.first_name if split else None,
        last_name=person.last_name if split else None,
        member_guid=owner.member_guid,
        owner_name=person.owner_name,
        phone=person.phone,
        postal_code=person.postal_code,
        state=person.state,
        user_guid=owner.user_guid,
    )


ROUTES = (
    Route(
        "identity", "GET", "/members/{member_guid}/account_owners", of_member, "List the owners of a member's accounts",
        "account_owners", AccountOwner, many=True,
        note="first_name and last_name are null unless the client has the feature name_splitting.",
    ),
)  # fmt: skip

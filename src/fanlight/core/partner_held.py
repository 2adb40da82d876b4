"""What a partner holds for its users: members without a connection, and the end of their accounts.

Such a member stands at a hidden institution of its client, which is made when it is first needed.
"""

import msgspec
from sqlalchemy import bindparam, select, update

from fanlight.base.errors import Conflict, NotFound
from fanlight.base.guids import new_guid
from fanlight.core import accounts, audit, erasing, institutions, members
from fanlight.core.clients import Client
from fanlight.core.institutions import Entry, Institution
from fanlight.core.users import User
from fanlight.storage.statements import Clause, columns, row_of, statement
from fanlight.storage.tables import members as members_table
from fanlight.storage.unit import Unit

PROTOCOL = "none"


class Held(msgspec.Struct, frozen=True):
    """A member as its partner sees it."""

    id: int
    user_id: int
    guid: str
    name: str
    metadata: str | None
    partner_id: str
    partner_institution_id: str | None
    partner_disabled: bool


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner says of a member; no name is the institution's."""

    name: str | None = None
    metadata: str | None = None
    partner_institution_id: str | None = None
    partner_disabled: bool = False


_held = row_of(Held)


@statement
def _read() -> Clause:
    return select(*columns(members_table, Held)).where(
        members_table.c.user_id == bindparam("user_id"),
        members_table.c.partner_id == bindparam("partner_id"),
        members_table.c.deleted_at.is_(None),
    )


@statement
def _update() -> Clause:
    return (
        update(members_table)
        .where(members_table.c.id == bindparam("of"), members_table.c.user_id == bindparam("user"))
        .values(
            **{name: bindparam(f"new_{name}") for name in Change.__struct_fields__},
            updated_at=bindparam("now"),
            revision=members_table.c.revision + 1,
        )
    )


def create(unit: Unit, client: Client, user: User, partner_id: str, new: Change, *, now: int) -> Held:
    """A new member; raises Conflict when the user has one of this id."""
    if find(unit, user.id, partner_id) is not None:
        raise Conflict("The user has a member with this id already.")
    institution = _institution(unit, client, now=now)
    members.add_unconnected(
        unit, user.id, institution, now=now, partner_id=partner_id, **_values(new, institution.name)
    )
    return read(unit, user.id, partner_id)


def find(unit: Unit, user_id: int, partner_id: str) -> Held | None:
    return unit.one(_held, _read, user_id=user_id, partner_id=partner_id)


def read(unit: Unit, user_id: int, partner_id: str) -> Held:
    """The user's member by the partner's own id."""
    held = find(unit, user_id, partner_id)
    if held is None:
        raise NotFound("The user has no member with this id (the partner's own id, not the guid).")
    return held


def change(unit: Unit, client: Client, held: Held, new: Change, *, now: int) -> Held:
    """Replace what the partner says of a member."""
    values = _values(new, _institution(unit, client, now=now).name)
    unit.run(_update, of=held.id, user=held.user_id, now=now, **{f"new_{name}": values[name] for name in values})
    return read(unit, held.user_id, held.partner_id)


def delete_member(unit: Unit, client: Client, held: Held, *, now: int) -> None:
    """Invisible at once with everything below it; secrets are erased at once, the rest by the purge."""
    erasing.member(unit, held.user_id, held.id)
    members.delete_member(unit, members.by_id(unit, held.user_id, held.id, now=now), now=now)
    audit.record(unit, client.id, audit.MEMBER_DELETED, held.guid, now=now)


def delete_account(unit: Unit, account: accounts.Row, *, now: int) -> None:
    """The same for one account."""
    erasing.account(unit, account)
    accounts.delete_account(unit, account, now=now)


def _institution(unit: Unit, client: Client, *, now: int) -> Institution:
    code = f"{institutions.HELD}{client.guid.lower()}"
    try:
        return institutions.by_code(unit, code)
    except NotFound:
        guid, name = new_guid("INS"), client.name
        entry = Entry(guid=guid, code=code, name=name, protocol=PROTOCOL, details="{}", is_hidden=True)
        return institutions.put(unit, entry, now=now)


def _values(given: Change, institution_name: str) -> dict[str, object]:
    return {**msgspec.structs.asdict(given), "name": given.name or institution_name}

"""Tags: words of a user's own for what belongs together across categories; core/taggings.py says what bears them."""

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from fanlight.base.errors import NotFound, Unprocessable
from fanlight.base.folding import fold
from fanlight.base.guids import new_guid
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import tags
from fanlight.storage.unit import Unit

MAX_TAGS = 1_000
"""Of one user."""


class Row(msgspec.Struct, frozen=True):
    """What the table holds."""

    id: int
    user_id: int
    guid: str
    name: str
    created_at: int


_row = row_of(Row)
_OF_USER = tags.c.user_id == bindparam("user_id")


@statement
def _insert() -> Clause:
    return insert(tags).values(binds(Row.__struct_fields__[1:]))


@statement
def _all() -> Clause:
    return select(*columns(tags, Row)).where(_OF_USER).order_by(tags.c.id)


@statement
def _read() -> Clause:
    return select(*columns(tags, Row)).where(_OF_USER, tags.c.guid == bindparam("guid"))


@statement
def _delete() -> Clause:
    return delete(tags).where(tags.c.id == bindparam("of"), tags.c.user_id == bindparam("user"))


def list_all(unit: Unit, user_id: int) -> list[Row]:
    """The user's tags, the oldest first."""
    return unit.all(_row, _all, user_id=user_id)


def read(unit: Unit, user_id: int, guid: str) -> Row:
    tag = unit.one(_row, _read, user_id=user_id, guid=guid)
    if tag is None:
        raise NotFound("There is no such tag.")
    return tag


def create(unit: Unit, user_id: int, name: str, *, now: int) -> Row:
    """A new tag; raises Unprocessable for a name that is there already, or above the number a user may have."""
    known = list_all(unit, user_id)
    if any(fold(each.name) == fold(name) for each in known):
        raise Unprocessable("name: there is a tag of this name already.")
    if len(known) >= MAX_TAGS:
        raise Unprocessable(f"A user may have {MAX_TAGS} tags.")
    tag = Row(id=0, user_id=user_id, guid=new_guid("TAG"), name=name, created_at=now)
    return msgspec.structs.replace(tag, id=unit.insert_row(_insert, tag))


def remove(unit: Unit, tag: Row) -> None:
    """Forget a tag; nothing bears it any more."""
    unit.run(_delete, of=tag.id, user=tag.user_id)

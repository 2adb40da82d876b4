"""Audit: that something was deleted, when and for which client. No row says anything of a person but a guid."""

import msgspec
from sqlalchemy import bindparam, insert, select

from fanlight.storage.statements import Clause, binds, columns, statement
from fanlight.storage.tables import audit
from fanlight.storage.unit import Unit

USER_DELETED = "user.deleted"
MEMBER_DELETED = "member.deleted"


class Entry(msgspec.Struct, frozen=True):
    id: int
    at: int
    client_id: int
    action: str
    subject_guid: str
    detail: str | None


@statement
def _insert() -> Clause:
    return insert(audit).values(binds(Entry.__struct_fields__[1:]))


@statement
def _latest() -> Clause:
    return select(*columns(audit, Entry)).order_by(audit.c.id.desc()).limit(bindparam("size"))


@statement
def _latest_of_client() -> Clause:
    return (
        select(*columns(audit, Entry))
        .where(audit.c.client_id == bindparam("client_id"))
        .order_by(audit.c.id.desc())
        .limit(bindparam("size"))
    )


def record(unit: Unit, client_id: int, action: str, guid: str, *, now: int, detail: str | None = None) -> None:
    """Write down what was done to the thing of a guid; `detail` names no person and holds no secret."""
    unit.insert(_insert, at=now, client_id=client_id, action=action, subject_guid=guid, detail=detail)


def latest(unit: Unit, client_id: int | None, size: int) -> list[Entry]:
    """The newest entries, of one client or of all, newest first."""
    if client_id is None:
        return unit.all(Entry, _latest, size=size)
    return unit.all(Entry, _latest_of_client, client_id=client_id, size=size)

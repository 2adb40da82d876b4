"""Notes for the operator: what no user of an institution can mend, counted until it is mended."""

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.storage.statements import Clause, binds, columns, statement
from fanlight.storage.tables import institutions, operator_notes
from fanlight.storage.unit import Unit

CLIENT_REFUSED = "client_refused"
"""The institution does not take this server's own credentials or requests."""


class Note(msgspec.Struct, frozen=True):
    id: int
    institution_id: int
    kind: str
    detail: str
    count: int
    first_at: int
    last_at: int


class Shown(Note, frozen=True):
    """A note with the name of its institution."""

    institution_code: str
    institution_guid: str


_NAMED = (operator_notes.c.institution_id == bindparam("of")) & (operator_notes.c.kind == bindparam("named"))


@statement
def _insert() -> Clause:
    return insert(operator_notes).values(binds(Note.__struct_fields__[1:]))


@statement
def _count() -> Clause:
    return (
        update(operator_notes)
        .where(_NAMED)
        .values(count=operator_notes.c.count + 1, detail=bindparam("said"), last_at=bindparam("now"))
    )


@statement
def _counted() -> Clause:
    return select(operator_notes.c.count).where(_NAMED)


@statement
def _settle() -> Clause:
    return delete(operator_notes).where(_NAMED)


@statement
def _all() -> Clause:
    return (
        select(*columns(operator_notes, Note), institutions.c.code, institutions.c.guid)
        .select_from(operator_notes.join(institutions, institutions.c.id == operator_notes.c.institution_id))
        .order_by(operator_notes.c.last_at.desc(), operator_notes.c.id.desc())
    )


def note(unit: Unit, institution_id: int, kind: str, detail: str, *, now: int) -> int:
    """Count one more of a kind at an institution; how many there are. `detail` names no person and holds no secret."""
    named = {"of": institution_id, "named": kind}
    if unit.run(_count, **named, said=detail, now=now) == 0:
        row = {"institution_id": institution_id, "kind": kind, "detail": detail, "count": 1}
        unit.insert(_insert, **row, first_at=now, last_at=now)
    return int(unit.scalar(_counted, **named))


def settle(unit: Unit, institution_id: int, kind: str) -> bool:
    """It is mended; whether there was something to mend."""
    return unit.run(_settle, of=institution_id, named=kind) == 1


def list_all(unit: Unit) -> list[Shown]:
    """Every note, the newest first."""
    return unit.all(Shown, _all)

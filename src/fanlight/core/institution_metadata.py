"""What institutions' authorization servers said of themselves: the pinned document, and one that waits for approval.

The documents are opaque here; `fanlight.oauth.metadata` reads them.
"""

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.core.institutions import Institution
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import institution_metadata, institutions
from fanlight.storage.unit import Unit


class Kept(msgspec.Struct, frozen=True):
    """An institution's documents. `pinned` holds; `pending` was fetched later and differs."""

    institution_id: int
    url: str
    pinned: str | None = None
    pinned_at: int | None = None
    pending: str | None = None
    pending_at: int | None = None


_kept = row_of(Kept)
_OF = institution_metadata.c.institution_id == bindparam("of")


@statement
def _of_institution() -> Clause:
    return select(*columns(institution_metadata, Kept)).where(_OF)


@statement
def _insert() -> Clause:
    return insert(institution_metadata).values(binds(Kept.__struct_fields__))


@statement
def _delete() -> Clause:
    return delete(institution_metadata).where(_OF)


@statement
def _set_details() -> Clause:
    named = institutions.c.id == bindparam("of")
    return update(institutions).where(named).values(details=bindparam("new"), updated_at=bindparam("now"))


def of(unit: Unit, institution: Institution) -> Kept | None:
    return unit.one(_kept, _of_institution, of=institution.id)


def pin(unit: Unit, institution: Institution, url: str, document: str, *, now: int) -> None:
    """A document holds from now on; none waits any more."""
    _put(unit, Kept(institution_id=institution.id, url=url, pinned=document, pinned_at=now))


def let_wait(unit: Unit, institution: Institution, url: str, document: str, *, now: int) -> None:
    """Keep a document that differs, without any consequence, until somebody approves it."""
    held = of(unit, institution) or Kept(institution_id=institution.id, url=url)
    _put(unit, msgspec.structs.replace(held, url=url, pending=document, pending_at=now))


def set_details(unit: Unit, institution: Institution, details: str, *, now: int) -> None:
    """How to speak to an institution, changed by an approved document."""
    unit.run(_set_details, of=institution.id, new=details, now=now)


def _put(unit: Unit, kept: Kept) -> None:
    unit.run(_delete, of=kept.institution_id)
    unit.insert_row(_insert, kept)

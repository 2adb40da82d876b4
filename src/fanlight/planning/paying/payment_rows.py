"""Scheduled payments as they are kept: rows, and the statements that read and write them."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.core.transactions import Type
from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import scheduled_payments
from fanlight.storage.unit import Unit


class Row(msgspec.Struct, frozen=True):
    """What the table holds; `amount` in millionths, days as YYYY-MM-DD.

    `series_key` is the `Series.key` that it was made of or that was found for it, None where there is none; `is_own`
    says that a client made it, `starts_on` is the first day of one that recurs, `deleted_at` is set on what is not to
    be made again, `is_hidden` on what is found on an account that does not count now.
    """

    id: int
    user_id: int
    guid: str
    series_key: str | None
    amount: int
    description: str
    is_completed: bool
    is_recurring: bool
    merchant_guid: str | None
    occurs_on: str
    recurrence_day: int | None
    recurrence_type: Cadence | None
    transaction_type: Type
    has_been_edited: bool
    created_at: int
    updated_at: int
    deleted_at: int | None
    is_own: bool = False
    starts_on: str = ""
    is_hidden: bool = False


_row = row_of(Row)
_COLUMNS = Row.__struct_fields__[1:]
_CHANGING = (
    ("series_key", "amount", "description", "is_completed", "is_recurring", "merchant_guid", "starts_on", "occurs_on")
    + ("recurrence_day", "recurrence_type", "transaction_type", "has_been_edited", "is_hidden", "updated_at")
    + ("deleted_at",)
)  # fmt: skip
_OF_USER = scheduled_payments.c.user_id == bindparam("user_id")
_SHOWN = _OF_USER & scheduled_payments.c.deleted_at.is_(None) & (scheduled_payments.c.is_hidden == 0)
_NAMED = (scheduled_payments.c.id == bindparam("of")) & (scheduled_payments.c.user_id == bindparam("user"))


@statement
def _all() -> Clause:
    return select(*columns(scheduled_payments, Row)).where(_SHOWN).order_by(scheduled_payments.c.id)


@statement
def _everything() -> Clause:
    return select(*columns(scheduled_payments, Row)).where(_OF_USER).order_by(scheduled_payments.c.id)


@statement
def _read() -> Clause:
    return select(*columns(scheduled_payments, Row)).where(_SHOWN, scheduled_payments.c.guid == bindparam("guid"))


@statement
def _insert() -> Clause:
    return insert(scheduled_payments).values(binds(_COLUMNS))


@statement
def _update() -> Clause:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _CHANGING}
    return update(scheduled_payments).where(_NAMED).values(**values)


@statement
def _delete() -> Clause:
    return delete(scheduled_payments).where(_NAMED)


def list_all(unit: Unit, user_id: int) -> list[Row]:
    """Those that are shown, oldest first."""
    return unit.all(_row, _all, user_id=user_id)


def everything(unit: Unit, user_id: int) -> list[Row]:
    """Hidden ones too, and those that were deleted and are not to be made again."""
    return unit.all(_row, _everything, user_id=user_id)


def find(unit: Unit, user_id: int, guid: str) -> Row | None:
    return unit.one(_row, _read, user_id=user_id, guid=guid)


def add(unit: Unit, row: Row) -> Row:
    """Keep a new one (its `id` is ignored)."""
    return msgspec.structs.replace(row, id=unit.insert_row(_insert, row))


def write_back(unit: Unit, rows: Iterable[Row]) -> None:
    """Write changed rows back under their keys."""
    for row in rows:
        changes = {f"new_{name}": getattr(row, name) for name in _CHANGING}
        unit.run(_update, of=row.id, user=row.user_id, **changes)


def remove(unit: Unit, row: Row) -> None:
    """Gone whole; where its series goes on, one is made again."""
    unit.run(_delete, of=row.id, user=row.user_id)

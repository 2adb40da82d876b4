"""Scheduled payments: what is to be paid or to come in on a day, once or again and again."""

import msgspec
from sqlalchemy import bindparam, select

from fanlight.core.transactions import Type
from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.storage.statements import Clause, columns, row_of, statement
from fanlight.storage.tables import scheduled_payments
from fanlight.storage.unit import Unit


class Row(msgspec.Struct, frozen=True):
    """What the table holds; `amount` in millionths, `occurs_on` as YYYY-MM-DD.

    `series_key` is the `Series.key` that it was made of; None for what a client made.
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


_row = row_of(Row)


@statement
def _all() -> Clause:
    own = (scheduled_payments.c.user_id == bindparam("user_id")) & scheduled_payments.c.deleted_at.is_(None)
    return select(*columns(scheduled_payments, Row)).where(own).order_by(scheduled_payments.c.id)


def list_all(unit: Unit, user_id: int) -> list[Row]:
    return unit.all(_row, _all, user_id=user_id)

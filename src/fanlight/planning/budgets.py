"""Budgets: what a user wants to spend on a category in a month at most."""

import msgspec
from sqlalchemy import bindparam, select

from fanlight.storage.statements import Clause, columns, row_of, statement
from fanlight.storage.tables import budgets
from fanlight.storage.unit import Unit


class Row(msgspec.Struct, frozen=True):
    """What the table holds; `amount` in millionths, for a month."""

    id: int
    user_id: int
    parent_id: int | None
    guid: str
    category_guid: str
    amount: int
    metadata: str | None
    revision: int
    created_at: int
    updated_at: int


_row = row_of(Row)


@statement
def _all() -> Clause:
    return select(*columns(budgets, Row)).where(budgets.c.user_id == bindparam("user_id")).order_by(budgets.c.id)


def list_all(unit: Unit, user_id: int) -> list[Row]:
    return unit.all(_row, _all, user_id=user_id)

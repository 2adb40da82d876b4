"""Items of iterations as they are kept: rows, and the statements that read and write them."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.planning.plans.plan_rows import Iteration, Plan
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import spending_plan_items, spending_plan_iterations
from fanlight.storage.unit import Unit


class Kind(IntEnum):
    """`item_type`."""

    RECURRING_EXPENSE = 0
    PLANNED_EXPENSE = 1
    OTHER_EXPENSE = 2
    INCOME = 3


class Item(msgspec.Struct, frozen=True):
    """What the table holds; amounts in millionths, `transaction_guids` JSON.

    `origin` names what it was made of, None for what its user made; `deleted_at` is set on what is not to be made again
    in its iteration.
    """

    id: int
    user_id: int
    iteration_id: int
    guid: str
    origin: str | None
    item_type: Kind | None
    planned_amount: int
    actual_amount: int | None
    category_guid: str | None
    top_level_category_guid: str | None
    scheduled_payment_guid: str | None
    transaction_guids: str | None
    has_been_edited: bool
    created_at: int
    updated_at: int
    deleted_at: int | None


_item = row_of(Item)
_COLUMNS = columns(spending_plan_items, Item)
_CHANGING = (
    ("item_type", "planned_amount", "actual_amount", "category_guid", "top_level_category_guid")
    + ("scheduled_payment_guid", "transaction_guids", "has_been_edited", "updated_at", "deleted_at")
)  # fmt: skip
_OF_ITERATION = (spending_plan_items.c.user_id == bindparam("user_id")) & (
    spending_plan_items.c.iteration_id == bindparam("iteration_id")
)
_LIVES = spending_plan_items.c.deleted_at.is_(None)
_NAMED = (spending_plan_items.c.id == bindparam("of")) & (spending_plan_items.c.user_id == bindparam("user"))


@statement
def _all() -> Clause:
    return select(*_COLUMNS).where(_OF_ITERATION).order_by(spending_plan_items.c.id)


@statement
def _read() -> Clause:
    return select(*_COLUMNS).where(_OF_ITERATION, _LIVES, spending_plan_items.c.guid == bindparam("guid"))


@statement
def _edited() -> Clause:
    joined = spending_plan_iterations.join(
        spending_plan_items, spending_plan_items.c.iteration_id == spending_plan_iterations.c.id
    )
    of_plan = (spending_plan_iterations.c.user_id == bindparam("user_id")) & (
        spending_plan_iterations.c.spending_plan_id == bindparam("plan_id")
    )
    edited = (spending_plan_items.c.has_been_edited == 1) & spending_plan_items.c.origin.is_not(None)
    return select(*_COLUMNS).select_from(joined).where(of_plan, edited).order_by(spending_plan_items.c.id)


@statement
def _insert() -> Clause:
    return insert(spending_plan_items).values(binds(Item.__struct_fields__[1:]))


@statement
def _update() -> Clause:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _CHANGING}
    return update(spending_plan_items).where(_NAMED).values(**values)


@statement
def _delete() -> Clause:
    return delete(spending_plan_items).where(_NAMED)


def everything(unit: Unit, iteration: Iteration) -> list[Item]:
    """The items of an iteration, and those that were deleted and are not to be made again in it."""
    return unit.all(_item, _all, user_id=iteration.user_id, iteration_id=iteration.id)


def list_all(unit: Unit, iteration: Iteration) -> list[Item]:
    """The items of an iteration, oldest first."""
    return [each for each in everything(unit, iteration) if each.deleted_at is None]


def find(unit: Unit, iteration: Iteration, guid: str) -> Item | None:
    return unit.one(_item, _read, user_id=iteration.user_id, iteration_id=iteration.id, guid=guid)


def edited(unit: Unit, plan: Plan) -> dict[str, Item]:
    """What its user changed last of what was made, by origin; what was deleted after that too."""
    found = unit.all(_item, _edited, user_id=plan.user_id, plan_id=plan.id)
    return {each.origin: each for each in found if each.origin is not None}


def add(unit: Unit, item: Item) -> Item:
    """Keep a new one (its `id` is ignored)."""
    return msgspec.structs.replace(item, id=unit.insert_row(_insert, item))


def write_back(unit: Unit, items: Iterable[Item]) -> None:
    """Write changed items back under their keys."""
    rows = ({"of": item.id, "user": item.user_id, **_changes(item)} for item in items)
    unit.many(_update, rows)


def remove(unit: Unit, item: Item) -> None:
    """Gone whole; where what it is made of is still there, it is made again."""
    unit.run(_delete, of=item.id, user=item.user_id)


def _changes(item: Item) -> dict[str, Any]:
    return {f"new_{name}": getattr(item, name) for name in _CHANGING}

"""Budgets: what a user wants to spend on a category in a month at most, or to take in where it is one of income.

A budget of a subcategory lies within that of the category above it: together they plan no more than that one does.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.base.errors import NotFound, Unprocessable
from fanlight.base.guids import new_guid
from fanlight.core.categories import Category
from fanlight.planning import staleness
from fanlight.planning.written import Written
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import budgets
from fanlight.storage.unit import Unit


class Row(msgspec.Struct, frozen=True):
    """What the table holds; `amount` in millionths, for a month.

    `usual_rest` is what is still expected this month, in millionths; not below 0.
    """

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
    usual_rest: int = 0


RULES = (
    Written("budget: one for each category", "A second budget for a category is refused (422).", "platform"),
    Written(
        "budget: subcategories",
        "A subcategory can have a budget once the category above it has one; parent_guid is the guid of that budget "
        "and is found where it is not sent. The budgets of the subcategories add up to the parent's amount at most: "
        "a change that breaks this, on either side, is refused (422) and changes nothing.",
        "documented",
    ),
    Written("budget.amount", "For a month, not below 0; 0 where none is sent.", "ours"),
    Written("budget.name", "The name of its category. A budget goes with its category.", "ours"),
    Written("budget.revision", "1 at first; one more with every update and every new amount by generation.", "ours"),
    Written("budget: deleting", "The budgets of the subcategories go with their parent.", "ours"),
)

_row = row_of(Row)
_OF_USER = budgets.c.user_id == bindparam("user_id")
_NAMED = (budgets.c.id == bindparam("of")) & (budgets.c.user_id == bindparam("user"))


@statement
def _insert() -> Clause:
    return insert(budgets).values(binds(Row.__struct_fields__[1:]))


@statement
def _all() -> Clause:
    return select(*columns(budgets, Row)).where(_OF_USER).order_by(budgets.c.id)


@statement
def _read() -> Clause:
    return select(*columns(budgets, Row)).where(_OF_USER, budgets.c.guid == bindparam("guid"))


@statement
def _update() -> Clause:
    names = ("amount", "metadata", "revision", "updated_at")
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(budgets).where(_NAMED).values(**values)


@statement
def _set_rest() -> Clause:
    return update(budgets).where(_NAMED).values(usual_rest=bindparam("rest"))


@statement
def _delete() -> Clause:
    """Those of its subcategories point to it and go too."""
    return delete(budgets).where(_NAMED)


def list_all(unit: Unit, user_id: int) -> list[Row]:
    return unit.all(_row, _all, user_id=user_id)


def read(unit: Unit, user_id: int, guid: str) -> Row:
    row = unit.one(_row, _read, user_id=user_id, guid=guid)
    if row is None:
        raise NotFound("There is no such budget.")
    return row


def create(
    unit: Unit, user_id: int, category: Category, amount: int, *, now: int, parent_guid: str | None = None,
    metadata: str | None = None,
) -> Row:  # fmt: skip
    """A budget for a category of the user. Raises Unprocessable where it has one, or its parent's does not allow it."""
    known = list_all(unit, user_id)
    if any(each.category_guid == category.guid for each in known):
        raise Unprocessable(f"{category.name} has a budget already.")
    parent = _parent(category, known, parent_guid)
    row = Row(
        id=0,
        user_id=user_id,
        parent_id=parent.id if parent else None,
        guid=new_guid("BGT"),
        category_guid=category.guid,
        amount=amount,
        metadata=metadata,
        revision=1,
        created_at=now,
        updated_at=now,
    )
    _refuse_beyond_parent(row, known)
    row = msgspec.structs.replace(row, id=unit.insert_row(_insert, row))
    staleness.mark(unit, user_id, budgets.name)
    return row


def change(unit: Unit, row: Row, *, now: int, **changes: Any) -> Row:
    """Change `amount` or `metadata`. Raises Unprocessable for an amount that parent or subcategories do not allow."""
    new = msgspec.structs.replace(row, **changes, revision=row.revision + 1, updated_at=now)
    if new.amount != row.amount:
        known = list_all(unit, row.user_id)
        _refuse_beyond_parent(new, known)
        if new.amount < within(row, known):
            raise Unprocessable("amount: the budgets of its subcategories add up to more.")
    values = {f"new_{name}": getattr(new, name) for name in ("amount", "metadata", "revision", "updated_at")}
    unit.run(_update, of=row.id, user=row.user_id, **values)
    staleness.mark(unit, row.user_id, budgets.name)
    return new


def remove(unit: Unit, row: Row) -> None:
    """Forget a budget and those of its subcategories."""
    unit.run(_delete, of=row.id, user=row.user_id)
    staleness.mark(unit, row.user_id, budgets.name)


def remove_of_category(unit: Unit, user_id: int, category_guid: str) -> None:
    """Forget the budget of a category that is deleted, if it has one."""
    for row in list_all(unit, user_id):
        if row.category_guid == category_guid:
            remove(unit, row)


def keep_rest(unit: Unit, row: Row, rest: int) -> None:
    """Keep what is still expected this month. This is no change that anybody is told of."""
    unit.run(_set_rest, of=row.id, user=row.user_id, rest=rest)


def within(row: Row, known: Iterable[Row]) -> int:
    """What the budgets of its subcategories add up to."""
    return sum(each.amount for each in known if each.parent_id == row.id)


def _parent(category: Category, known: Iterable[Row], said: str | None) -> Row | None:
    if category.parent_guid is None:
        if said:
            raise Unprocessable("parent_guid: a category of the top level has no budget above its own.")
        return None
    parent = next((each for each in known if each.category_guid == category.parent_guid), None)
    if parent is None:
        raise Unprocessable(f"The category above {category.name} needs a budget first.")
    if said and said != parent.guid:
        raise Unprocessable(f"parent_guid is not the budget of the category above {category.name}.")
    return parent


def _refuse_beyond_parent(row: Row, known: list[Row]) -> None:
    parent = next((each for each in known if each.id == row.parent_id), None)
    if parent is None:
        return
    others = within(parent, (each for each in known if each.guid != row.guid))
    if others + row.amount > parent.amount:
        raise Unprocessable("amount: the budgets of the subcategories would add up to more than their parent's.")

"""Items of a spending plan's current iteration, as its user makes, changes and deletes them."""

from typing import Any

import msgspec

from fanlight.base.errors import NotFound, Unprocessable
from fanlight.base.guids import new_guid
from fanlight.enrichment.categories import BY_GUID
from fanlight.planning import branches
from fanlight.planning.paying import payment_rows
from fanlight.planning.plans import item_rows, spending_plans
from fanlight.planning.plans.item_making import is_of_budget
from fanlight.planning.plans.item_rows import Item, Kind
from fanlight.planning.plans.plan_rows import Plan
from fanlight.storage.unit import Unit

__all__ = ["Item", "Kind", "change", "create", "list_all", "read", "remove"]

MOST = 500
"""Of one iteration."""


def list_all(unit: Unit, plan: Plan) -> list[Item]:
    """The current iteration's, oldest first; without those of budgets of which nothing is left, or was spent."""
    found = item_rows.list_all(unit, spending_plans.current(unit, plan))
    return [each for each in found if not _is_used_up(each)]


def read(unit: Unit, plan: Plan, guid: str) -> Item:
    item = item_rows.find(unit, spending_plans.current(unit, plan), guid)
    if item is None:
        raise NotFound("The current iteration has no such item.")
    return item


def create(unit: Unit, plan: Plan, said: dict[str, Any], *, now: int) -> Item:
    """A user's own; `said` are fields of an item, `category_guid` names one of the user's categories.

    Raises Unprocessable for an unknown scheduled payment, a category of another branch than said, or too many items.
    """
    latest = spending_plans.current(unit, plan)
    if len(item_rows.everything(unit, latest)) >= MOST:
        raise Unprocessable(f"An iteration may have {MOST} items.")
    blank = Item(
        id=0,
        user_id=plan.user_id,
        iteration_id=latest.id,
        guid=new_guid("SII"),
        origin=None,
        item_type=None,
        planned_amount=0,
        actual_amount=None,
        category_guid=None,
        top_level_category_guid=None,
        scheduled_payment_guid=None,
        transaction_guids=None,
        has_been_edited=False,
        created_at=now,
        updated_at=now,
        deleted_at=None,
    )
    item = item_rows.add(unit, _settled(unit, blank, said))
    spending_plans.count(unit, plan, now=now)
    return read(unit, plan, item.guid)


def change(unit: Unit, plan: Plan, item: Item, said: dict[str, Any], *, now: int) -> Item:
    """Change what is said; raises as `create` does."""
    new = _settled(unit, item, said)
    new = msgspec.structs.replace(new, has_been_edited=True, updated_at=now)
    item_rows.write_back(unit, [new])
    spending_plans.count(unit, plan, now=now)
    return read(unit, plan, item.guid)


def remove(unit: Unit, plan: Plan, item: Item, *, now: int) -> None:
    """Delete it; one that was made of something is not made again in this iteration."""
    if item.origin is None:
        item_rows.remove(unit, item)
    else:
        item_rows.write_back(unit, [msgspec.structs.replace(item, deleted_at=now, updated_at=now)])
    spending_plans.count(unit, plan, now=now)


def _is_used_up(item: Item) -> bool:
    is_empty = item.planned_amount == 0 and item.actual_amount is None
    return is_empty and is_of_budget(item) and not item.has_been_edited


def _settled(unit: Unit, item: Item, said: dict[str, Any]) -> Item:
    """The item with what is said; the top level is that of its category."""
    new = msgspec.structs.replace(item, **said)
    payment = said.get("scheduled_payment_guid")
    if payment is not None and payment_rows.find(unit, item.user_id, payment) is None:
        raise Unprocessable("scheduled_payment_guid names no scheduled payment of this user.")
    told = said.get("top_level_category_guid")
    if told is not None and (told not in BY_GUID or BY_GUID[told].parent_guid is not None):
        raise Unprocessable("top_level_category_guid names no category of the top level.")
    if new.category_guid is None:
        return new if told or item.category_guid is None else msgspec.structs.replace(new, top_level_category_guid=None)
    top = branches.of_user(unit, item.user_id).top(new.category_guid)
    if told not in (None, top):
        raise Unprocessable("top_level_category_guid is not above category_guid.")
    return msgspec.structs.replace(new, top_level_category_guid=top)

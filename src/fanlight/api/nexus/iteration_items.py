"""Items of a spending plan's current iteration on the Nexus wire."""

from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.nexus.categories import category_guid
from fanlight.api.nexus.kit import PAGE, Call, Reply, Route, shown
from fanlight.api.nexus.spending_plans import ALONE, named, page_of
from fanlight.base import money
from fanlight.base.errors import MissingParams
from fanlight.base.paging import Paged
from fanlight.planning.plans import iteration_items, spending_plans
from fanlight.planning.plans.plan_rows import Plan


class IterationItem(msgspec.Struct):
    actual_amount: Decimal | None
    category_guid: str | None
    created_at: str
    guid: str
    item_type: str | None
    planned_amount: Decimal
    scheduled_payment_guid: str | None
    spending_plan_iteration_guid: str
    top_level_category_guid: str | None
    transaction_guids: list[str] | None
    updated_at: str
    user_guid: str


class ItemBody(fields.ChangeBody, kw_only=True):
    category_guid: str | msgspec.UnsetType | None = msgspec.UNSET
    item_type: int | str | msgspec.UnsetType | None = msgspec.UNSET
    planned_amount: Any | msgspec.UnsetType = msgspec.UNSET
    scheduled_payment_guid: str | msgspec.UnsetType | None = msgspec.UNSET
    top_level_category_guid: str | msgspec.UnsetType | None = msgspec.UNSET


def list_all(call: Call) -> Paged[msgspec.Struct]:
    plan = named(call)
    return page_of(call, iteration_items.list_all(call.unit, plan), _wire_in(call, plan))


def read(call: Call) -> msgspec.Struct:
    plan = named(call)
    return _wire_in(call, plan)(_named(call, plan))


def create(call: Call) -> msgspec.Struct:
    plan = named(call)
    return _wire_in(call, plan)(iteration_items.create(call.unit, plan, _said(call), now=call.now))


def update(call: Call) -> Reply:
    plan = named(call)
    item = iteration_items.change(call.unit, plan, _named(call, plan), _said(call), now=call.now)
    return Reply(200, _wire_in(call, plan)(item), ALONE)


def delete(call: Call) -> None:
    plan = named(call)
    iteration_items.remove(call.unit, plan, _named(call, plan), now=call.now)


def _named(call: Call, plan: Plan) -> iteration_items.Item:
    return iteration_items.read(call.unit, plan, call.params["iteration_item_guid"])


def _said(call: Call) -> dict[str, Any]:
    """What was sent. Raises MissingParams without an amount, Unprocessable for a category of somebody else."""
    body = call.body("iteration_item", ItemBody)
    if body.planned_amount is msgspec.UNSET or body.planned_amount is None:
        raise MissingParams("planned_amount")
    return fields.sent(body, _READERS | {"category_guid": partial(category_guid, call)})


def _wire_in(call: Call, plan: Plan) -> "partial[msgspec.Struct]":
    """How items of the plan's current iteration are shown."""
    return partial(_wire, call.session.user_guid, spending_plans.current(call.unit, plan).guid)


def _wire(user_guid: str, iteration_guid: str, item: iteration_items.Item) -> msgspec.Struct:
    guids = item.transaction_guids
    return shown(
        IterationItem,
        item,
        actual_amount=None if item.actual_amount is None else money.from_micros(item.actual_amount),
        item_type=None if item.item_type is None else str(int(item.item_type)),
        planned_amount=money.from_micros(item.planned_amount),
        spending_plan_iteration_guid=iteration_guid,
        transaction_guids=None if guids is None else msgspec.json.decode(guids),
        user_guid=user_guid,
    )


def _kind(value: Any, name: str) -> iteration_items.Kind:
    names = {int(each): each.name for each in iteration_items.Kind}
    return iteration_items.Kind(fields.choice(value, name, names))


_READERS: dict[str, fields.Reader] = {
    "item_type": _kind,
    "planned_amount": fields.micros,
    "scheduled_payment_guid": fields.guid,
    "top_level_category_guid": fields.guid,
}

_TAG = "spending plan"
_ITEMS = "/spending_plans/{spending_plan_guid}/iterations/current/iteration_items"
_ITEM = f"{_ITEMS}/{{iteration_item_guid}}"
_TAKES: dict[str, Any] = {"takes": ItemBody, "body_root": "iteration_item", "root_optional": True, "planned": True}
ROUTES = (
    Route(
        _TAG, "GET", _ITEMS, list_all, "List spending plan iteration items", "iteration_items", IterationItem,
        many=True, paged=True, query=PAGE, planned=True, note="The oldest first.",
    ),
    Route(
        _TAG, "POST", _ITEMS, create, "Create a spending plan iteration item", "iteration_item", IterationItem,
        **_TAKES, long=True, errors=(400, 401, 404, 422),
        note="item_type is a number or a name. 422 for a category or a scheduled payment that is not the user's.",
    ),
    Route(
        _TAG, "GET", _ITEM, read, "Read a spending plan iteration item", "iteration_item", IterationItem, planned=True,
        note="404 for an item of another plan or iteration.",
    ),
    Route(
        _TAG, "PUT", _ITEM, update, "Update a spending plan iteration item", "iteration_item", IterationItem,
        **_TAKES, long=True, paged=True, errors=(400, 401, 404, 422),
        note="With a pagination object beside it, as documented. What is not sent stays, null takes it back.",
    ),
    Route(
        _TAG, "DELETE", _ITEM, delete, "Delete a spending plan iteration item", long=True, empty=True, planned=True,
        note="One that was made of a payment or a budget comes again in the next iteration.",
    ),
)  # fmt: skip

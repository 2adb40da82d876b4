"""Budgets on the Nexus wire."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.codec import read_rooted
from fanlight.api.nexus.categories import category_guid
from fanlight.api.nexus.kit import PAGE, WHOLE, Call, Route, shown
from fanlight.base import money
from fanlight.base.errors import Malformed, MissingParams, NotFound
from fanlight.base.paging import Paged
from fanlight.core import categories
from fanlight.planning.budgeting import budget_generation, budget_months, budgets
from fanlight.planning.budgeting.budget_figures import Figures

ROOT = "budget"
Sent = Any | msgspec.UnsetType


class Budget(msgspec.Struct):
    amount: Decimal
    category_guid: str
    created_at: str
    guid: str
    is_exceeded: bool
    is_off_track: bool
    metadata: str | None
    name: str | None
    off_track_percentage: float | None
    parent_guid: str | None
    percent_spent: float | None
    projected_spending: Decimal
    revision: int
    transaction_total: Decimal
    updated_at: str
    user_guid: str


class BudgetBody(fields.ChangeBody, kw_only=True):
    amount: Sent = msgspec.UNSET
    category_guid: Sent = msgspec.UNSET
    metadata: Sent = msgspec.UNSET
    parent_guid: Sent = msgspec.UNSET


def list_all(call: Call) -> list[msgspec.Struct] | Paged[msgspec.Struct]:
    found = budget_months.list_all(call.unit, call.user_id, call.today)
    return call.paged(found, partial(_wire, call, _names(call), _guids(found)))


def read(call: Call) -> msgspec.Struct:
    return _shown(call, call.params["budget_guid"])


def create(call: Call) -> msgspec.Struct:
    said = _said(call)
    if said.get("category_guid") is None:
        raise MissingParams("category_guid")
    category = categories.read(call.unit, call.user_id, said["category_guid"])
    made = budgets.create(
        call.unit,
        call.user_id,
        category,
        said.get("amount") or 0,
        parent_guid=said.get("parent_guid"),
        metadata=said.get("metadata"),
        now=call.now,
    )
    budget_months.expect(call.unit, call.user_id, call.today)
    return _shown(call, made.guid)


def update(call: Call) -> msgspec.Struct:
    row, said = budgets.read(call.unit, call.user_id, call.params["budget_guid"]), _said(call)
    changes = {name: value for name, value in said.items() if name == "metadata" or value is not None}
    changes = {name: value for name, value in changes.items() if name in {"amount", "metadata"}}
    if not changes:
        raise MissingParams("amount or metadata")
    budgets.change(call.unit, row, **changes, now=call.now)
    return _shown(call, row.guid)


def delete(call: Call) -> None:
    budgets.remove(call.unit, budgets.read(call.unit, call.user_id, call.params["budget_guid"]))


def generate(call: Call) -> list[msgspec.Struct]:
    budget_generation.generate(call.unit, call.user_id, call.today, now=call.now)
    found = budget_months.list_all(call.unit, call.user_id, call.today)
    names, guids = _names(call), _guids(found)
    return [_wire(call, names, guids, each) for each in found]


def _shown(call: Call, guid: str) -> msgspec.Struct:
    found = budget_months.list_all(call.unit, call.user_id, call.today)
    for each in found:
        if each.budget.guid == guid:
            return _wire(call, _names(call), _guids(found), each)
    raise NotFound("There is no such budget.")


def _wire(call: Call, names: Mapping[str, str], guids: Mapping[int | None, str], found: Figures) -> msgspec.Struct:
    budget = found.budget
    return shown(
        Budget,
        budget,
        amount=money.from_micros(budget.amount),
        is_exceeded=found.is_exceeded,
        is_off_track=found.is_off_track,
        name=names.get(budget.category_guid),
        off_track_percentage=found.off_track_percentage,
        parent_guid=guids.get(budget.parent_id),
        percent_spent=found.percent_spent,
        projected_spending=money.from_micros(found.projected),
        transaction_total=money.from_micros(found.spent),
        user_guid=call.session.user_guid,
    )


def _names(call: Call) -> dict[str, str]:
    """The name of every category by its guid."""
    return {each.guid: each.name for each in categories.list_all(call.unit, call.user_id)}


def _guids(found: list[Figures]) -> dict[int | None, str]:
    """The guid of every budget by its key."""
    return {each.budget.id: each.budget.guid for each in found}


def _said(call: Call) -> dict[str, Any]:
    """What was sent; the documented example of an update has its object in a list of one. Raises Malformed."""
    document = call.document()
    held = document.get(ROOT)
    if isinstance(held, list):
        if len(held) > 1:
            raise Malformed("budget must be one budget.")
        if not held:
            raise MissingParams(ROOT)
        document = {ROOT: held[0]}
    body = read_rooted(document, ROOT, BudgetBody)
    return fields.sent(body, _READERS | {"category_guid": partial(category_guid, call)})


def _parent_guid(value: Any, name: str) -> str | None:
    """Of a top-level category it may come empty."""
    return fields.text(value, name, longest=fields.LONGEST_GUID, may_be_empty=True) or None


_READERS: dict[str, fields.Reader] = {
    "amount": fields.micros,
    "metadata": fields.metadata,
    "parent_guid": _parent_guid,
}

_BUDGET = "/budgets/{budget_guid}"
_TAKES: dict[str, Any] = {"takes": BudgetBody, "body_root": ROOT, "root_optional": True}
ROUTES = (
    Route(
        "budgets", "GET", "/budgets", list_all, "List budgets", "budgets", Budget, many=True, may_page=True,
        query=PAGE, errors=(401,), planned=True,
        note=f"The oldest first. {WHOLE} Figures are of this month in the time zone of the client "
        "(docs/reference/rules.md).",
    ),
    Route(
        "budgets", "GET", _BUDGET, read, "Read a budget", "budget", Budget, planned=True,
        also=(("GET", "/budget/{budget_guid}"),),
    ),
    Route(
        "budgets", "POST", "/budgets", create, "Create a budget", "budget", Budget, **_TAKES,
        errors=(400, 401, 422), planned=True,
        note="422 (4220) for a category that has a budget, a category that is none of the user's, a subcategory whose "
        "parent has no budget, and subcategories that would plan more than their parent. parent_guid is found where "
        "it is not sent. Without an amount it is 0.",
    ),
    Route(
        "budgets", "PUT", _BUDGET, update, "Update a budget", "budget", Budget, **_TAKES,
        errors=(400, 401, 404, 422), planned=True,
        note="amount and metadata; anything else is ignored. The object may stand in a list of one, as in the "
        "documented example. 422 when subcategories would plan more than their parent, on either side.",
    ),
    Route(
        "budgets", "DELETE", _BUDGET, delete, "Delete a budget", empty=True,
        note="The budgets of its subcategories go with it.",
    ),
    Route(
        "budgets", "POST", "/budgets/generate", generate, "Generate budgets", "budgets", Budget, many=True,
        errors=(401, 422), planned=True,
        note="From the two calendar months before this one; all budgets of the user are answered. 422 (4221) when no "
        "category has transactions in both.",
    ),
)  # fmt: skip

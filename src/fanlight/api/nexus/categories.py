"""Categories on the Nexus wire, and what went through them."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.nexus.kit import PAGE, WHOLE, Call, Route, shown
from fanlight.api.nexus.transactions import ACCOUNTS, days_of_path, named_accounts
from fanlight.base import money
from fanlight.base.clock import start_of_day
from fanlight.base.errors import MissingParams, NotFound, Unprocessable
from fanlight.base.paging import Paged
from fanlight.core import accounts, categories, category_totals
from fanlight.planning.budgeting import budgets


class Category(msgspec.Struct):
    created_at: str | None
    guid: str
    is_default: bool
    is_income: bool
    metadata: str | None
    name: str
    parent_guid: str | None
    updated_at: str | None


class CategoryTotal(msgspec.Struct):
    category_guid: str
    end_date: int
    start_date: int
    total: Decimal
    user_guid: str


class CategoryBody(fields.ChangeBody, kw_only=True):
    metadata: str | msgspec.UnsetType | None = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    parent_guid: str | msgspec.UnsetType = msgspec.UNSET


def list_all(call: Call) -> list[msgspec.Struct] | Paged[msgspec.Struct]:
    return call.paged(categories.list_all(call.unit, call.user_id), wire)


def list_defaults(call: Call) -> list[msgspec.Struct] | Paged[msgspec.Struct]:
    return call.paged(categories.defaults(), wire)


def read(call: Call) -> msgspec.Struct:
    return wire(_named(call))


def create(call: Call) -> msgspec.Struct:
    said = _said(call)
    missing = [name for name in ("name", "parent_guid") if name not in said]
    if missing:
        raise MissingParams(*missing)
    said.setdefault("metadata", None)
    return wire(categories.create(call.unit, call.user_id, **said, now=call.now))


def update(call: Call) -> msgspec.Struct:
    category, said = _named(call), _said(call)
    said.pop("parent_guid", None)
    if not said:
        raise MissingParams("name or metadata")
    return wire(categories.change(call.unit, call.user_id, category, **said, now=call.now))


def delete(call: Call) -> dict[str, Any]:
    category = _named(call)
    categories.remove(call.unit, call.user_id, category, now=call.now)
    budgets.remove_of_category(call.unit, call.user_id, category.guid)
    return {}


def totals(call: Call) -> list[msgspec.Struct]:
    first, last = days_of_path(call)
    found = category_totals.between(call.unit, call.user_id, first, last, _shown_accounts(call))
    return [_total(call, each, date.fromisoformat(first), date.fromisoformat(last)) for each in found]


def _total(call: Call, total: category_totals.Total, first: date, last: date) -> msgspec.Struct:
    return CategoryTotal(
        category_guid=total.category_guid,
        end_date=start_of_day(last),
        start_date=start_of_day(first),
        total=money.from_micros(total.amount),
        user_guid=call.session.user_guid,
    )


def _shown_accounts(call: Call) -> list[int]:
    """The keys of the accounts that count: those named, or all, but for hidden ones."""
    guids = named_accounts(call)
    return [
        account.id
        for account in accounts.list_all(call.unit, call.user_id)
        if (guids is None or account.guid in guids) and not account.facts["is_hidden"].value
    ]


def category_guid(call: Call, value: Any, name: str) -> str:
    """A field of a body that names a category of the user, or a default one. Raises Malformed, Unprocessable."""
    try:
        return categories.read(call.unit, call.user_id, fields.guid(value, name)).guid
    except NotFound:
        raise Unprocessable(f"{name} names no category of this user.") from None


def _named(call: Call) -> categories.Category:
    return categories.read(call.unit, call.user_id, call.params["category_guid"])


def _said(call: Call) -> dict[str, Any]:
    return fields.sent(call.body("category", CategoryBody), _READERS)


def wire(category: categories.Category) -> msgspec.Struct:
    return shown(Category, category)


_READERS: dict[str, fields.Reader] = {
    "metadata": fields.metadata,
    "name": fields.name,
    "parent_guid": fields.guid,
}

_CATEGORY = "/categories/{category_guid}"
_TAKES: dict[str, Any] = {"takes": CategoryBody, "body_root": "category", "root_optional": True}
ROUTES = (
    Route(
        "categories", "GET", "/categories", list_all, "List categories", "categories", Category, many=True,
        may_page=True, query=PAGE, errors=(401,), note=WHOLE,
    ),
    Route(
        "categories", "GET", "/categories/default", list_defaults, "List default categories", "categories", Category,
        many=True, may_page=True, query=PAGE, errors=(401,), note=WHOLE,
    ),
    Route("categories", "GET", _CATEGORY, read, "Read a category", "category", Category),
    Route(
        "categories", "POST", "/categories", create, "Create a subcategory", "category", Category, **_TAKES,
        errors=(400, 401, 404, 422), note="422 below a category that is itself below another, or for a double name.",
    ),
    Route(
        "categories", "PUT", _CATEGORY, update, "Update a subcategory", "category", Category, **_TAKES,
        errors=(400, 401, 403, 404, 422), long=True,
        note="403 for a default one. A parent cannot be changed; it is ignored.",
    ),
    Route(
        "categories", "DELETE", _CATEGORY, delete, "Delete a subcategory", errors=(401, 403, 404, 422), long=True,
        note="403 for a default one, 422 while a transaction or a rule is in it. Its budget goes with it.",
    ),
    Route(
        "categories", "GET", "/date_range_category_totals/from/{start_date}/to/{end_date}", totals,
        "List category totals between two days", "date_range_category_totals", CategoryTotal, many=True,
        query=ACCOUNTS, errors=(400, 401), reads=True,
        note="Spending counts above zero, in categories of income what came in. The parts of a split count instead of "
        "their parent; what is hidden does not. Days in UTC, as Unix seconds of their first moment.",
    ),
)  # fmt: skip

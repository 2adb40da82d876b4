"""Holdings on the Nexus wire: every field of the sheet, and what a user may say of one."""

from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.nexus.kit import PAGE, Call, Param, Route, shown
from fanlight.api.nexus.shapes import Field, add_names, resolve, struct_of, typed
from fanlight.base.paging import Paged
from fanlight.core import holdings
from fanlight.core.account_types import HOLDING_TYPES

COST_PLACES = 6

SETTABLE: dict[str, Field] = {
    "bond_coupon_rate": Field(Decimal),
    "bond_maturity_date": Field(str),
    "cost_basis": Field(Decimal),
    "currency_code": Field(str),
    "cusip": Field(str, set_by=False),
    "daily_change": Field(Decimal),
    "description": Field(str),
    "equity_classification": Field(int),
    "fixed_income_classification": Field(int),
    "holding_type": Field(int),
    "isin": Field(str, set_by=False),
    "market_value": Field(Decimal),
    "metadata": Field(str, set_by=False),
    "purchase_price": Field(Decimal),
    "shares": Field(Decimal),
    "symbol": Field(str),
}
ALLOCATIONS = tuple(
    f"allocations_{name}"
    for name in ("cash", "convertible", "foreign_bond", "foreign_stock", "other", "preferred", "unknown")
    + ("us_bond", "us_stock")
)
_PLAIN: dict[str, Any] = dict.fromkeys(ALLOCATIONS, Decimal | None) | {
    "account_guid": str,
    "cost_basis_updated_at": str | None,
    "created_at": str | None,
    "deleted_at": str | None,
    "external_guid": str | None,
    "feed_holding_type_name": str | None,
    "guid": str,
    "holding_type_name": str | None,
    "member_guid": str,
    "updated_at": str | None,
    "user_guid": str,
}

Holding = struct_of("Holding", SETTABLE, _PLAIN)

Sent = Any | msgspec.UnsetType


class HoldingBody(fields.ChangeBody, kw_only=True):
    """What may be said of a holding; what is not sent stays, null takes back what was said before."""

    cost_basis: Sent = msgspec.UNSET
    currency_code: Sent = msgspec.UNSET
    metadata: Sent = msgspec.UNSET


def list_all(call: Call) -> Paged[msgspec.Struct]:
    guids = call.query.all("account_guid", "account_guid[]", "account_guids", "account_guids[]")
    member = call.query.get("member_guid") or None
    which = holdings.Filter(frozenset(guids) if guids else None, member)
    found = holdings.page(call.unit, call.user_id, which, call.page)
    return Paged([wire(each) for each in found.items], found.page, found.total)


def read(call: Call) -> msgspec.Struct:
    return wire(_named(call))


def update(call: Call) -> msgspec.Struct:
    holding = _named(call)
    said = fields.sent(call.body("holding", HoldingBody), _READERS)
    holdings.edit(call.unit, holding, said, now=call.now)
    return wire(_named(call))


def wire(holding: holdings.Holding) -> msgspec.Struct:
    facts = holding.facts
    values = resolve(facts, SETTABLE)
    add_names(values, (("holding_type", HOLDING_TYPES),))
    allocations = {name: typed(facts.feed.get(name), Decimal) for name in ALLOCATIONS}
    return shown(Holding, holding, **values, **allocations, external_guid=holding.provider_id)


def _named(call: Call) -> holdings.Holding:
    return holdings.read(call.unit, call.user_id, call.params["holding_guid"])


_READERS: dict[str, fields.Reader] = {
    "cost_basis": partial(fields.amount, places=COST_PLACES),
    "currency_code": fields.currency,
    "metadata": fields.metadata,
}

_FILTERS = (
    Param("account_guid", "Holdings of this account; also account_guid[], account_guids[]."),
    Param("member_guid", "Holdings of this member."),
)
_HOLDING = "/holdings/{holding_guid}"
ROUTES = (
    Route(
        "holdings", "GET", "/holdings", list_all, "List holdings", "holdings", Holding, many=True, paged=True,
        query=(*_FILTERS, *PAGE), errors=(401,), reads=True,
        note="In the order in which they came. Filters are ours; what they name and is not there has none. Members "
        "whose use_cases do not hold PFM show no holdings. CUSIPs are shown where the institution or partner tells "
        "them. Allocations are percent of the holding.",
    ),
    Route("holdings", "GET", _HOLDING, read, "Read a holding", "holding", Holding, reads=True),
    Route(
        "holdings", "PUT", _HOLDING, update, "Update a holding", "holding", Holding, takes=HoldingBody,
        body_root="holding", root_optional=True, errors=(400, 401, 404),
        note="null takes an edit back, and the institution's value returns. A value that is there already is no edit. "
        "cost_basis has at most 6 decimals and may be below 0. cost_basis_updated_at moves when the shown value does.",
    ),
)  # fmt: skip

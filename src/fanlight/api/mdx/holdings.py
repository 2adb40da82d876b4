"""Holdings that a partner keeps, on MDX Real Time v5. No public page shows their paths: these are our choice."""

from datetime import date
from typing import Annotated, Any

import msgspec

from fanlight.api.mdx.kit import (
    BALANCE,
    RATE,
    Currency,
    Description,
    Digits,
    Id,
    Metadata,
    Noun,
    account_of,
    new_id,
)
from fanlight.api.partner import Call, Route
from fanlight.base.errors import Conflict, NotFound, Unprocessable
from fanlight.core import holdings
from fanlight.core.account_types import HOLDING_TYPES, INVESTMENT
from fanlight.core.holdings import Holding
from fanlight.core.provenance import to_json

QUANTITY = Digits(18, 8)
_Classification = Annotated[int, msgspec.Meta(ge=0, le=99)]
_Symbol = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]

NOUN = Noun(
    root="holding",
    required=("id", "description", "market_value"),
    decimals=dict.fromkeys(("cost_basis", "daily_change", "market_value"), BALANCE)
    | {"bond_coupon_rate": RATE, "purchase_price": QUANTITY, "shares": QUANTITY},
    names={"holding_type": HOLDING_TYPES},
    moments=(),
    other={
        "id": Id,
        "bond_maturity_date": date,
        "currency_code": Currency,
        "cusip": Annotated[str, msgspec.Meta(pattern="^[0-9A-Z*@#]{9}$")],
        "description": Description,
        "equity_classification": _Classification,
        "fixed_income_classification": _Classification,
        "isin": Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}[0-9A-Z]{9}[0-9]$")],
        "metadata": Metadata,
        "symbol": _Symbol,
    },
    feed_names={},
)
Body = NOUN.body()


def create(call: Call) -> dict[str, Any]:
    account = account_of(call)
    sent = NOUN.given(call, Body, new=True)
    provider_id = new_id(sent)
    if account.facts_of_feed().get("account_type") != INVESTMENT:
        raise Unprocessable("Only an account of the type INVESTMENT has holdings.")
    if holdings.by_provider_id(call.unit, account.user_id, account.id, provider_id) is not None:
        raise Conflict("The account has a holding with this id already.")
    holdings.add_all(call.unit, [holdings.new(account, provider_id, to_json(sent), now=call.now)])
    return _wire(_read(call, provider_id))


def show(call: Call) -> dict[str, Any]:
    return _wire(_named(call))


def update(call: Call) -> dict[str, Any]:
    """Fields that are not sent stay; the id cannot be changed."""
    known = _named(call)
    sent = NOUN.given(call, Body, new=False)
    sent.pop("id", None)
    feed = to_json({**known.facts.feed, **sent})
    holdings.write_all(call.unit, [holdings.told(known, known.provider_id, feed, now=call.now)])
    return _wire(_named(call))


def delete(call: Call) -> None:
    """Gone whole; its id may be used again."""
    holdings.remove(call.unit, _named(call))


def _named(call: Call) -> Holding:
    return _read(call, call.params["holding_id"])


def _read(call: Call, provider_id: str) -> Holding:
    account = account_of(call)
    found = holdings.by_provider_id(call.unit, account.user_id, account.id, provider_id)
    if found is None:
        raise NotFound("The account has no holding with this id (the partner's own id, not the guid).")
    return found


def _wire(holding: Holding) -> dict[str, Any]:
    own = {"id": holding.provider_id, "account_guid": holding.account_guid, "guid": holding.guid}
    return {"holding": NOUN.shown(holding.facts.feed) | own}


_PATH = "/{client_id}/users/{user_id}/members/{member_id}/accounts/{account_id}/holdings"
ROUTES = (
    Route("POST", _PATH, create, "Create a holding of an investment account (the path is our choice)"),
    Route("GET", f"{_PATH}/{{holding_id}}", show, "Read a holding", reads=True),
    Route("PUT", f"{_PATH}/{{holding_id}}", update, "Update a holding"),
    Route("DELETE", f"{_PATH}/{{holding_id}}", delete, "Delete a holding", durable=True),
)

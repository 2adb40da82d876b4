"""Accounts that a partner keeps, on MDX Real Time v5."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import msgspec

from fanlight.api.mdx.kit import (
    BALANCE,
    RATE,
    Currency,
    Id,
    Metadata,
    Moment,
    Name,
    Noun,
    account_of,
    member_of,
    new_id,
)
from fanlight.api.partner import Call, Route
from fanlight.base.errors import Conflict
from fanlight.core import account_numbers, accounts, partner_held
from fanlight.core.account_numbers import Numbers
from fanlight.core.account_types import ACCOUNT_SUBTYPES, ACCOUNT_TYPES
from fanlight.core.partner_held import Held
from fanlight.core.provenance import to_json

Number = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9 -]{1,34}$")]
RoutingNumber = Annotated[str, msgspec.Meta(pattern="^[0-9]{9}$")]
SHOWN_DIGITS = 4

_BALANCES = (
    ("available_balance", "available_credit", "balance", "cash_surrender_value", "credit_limit", "death_benefit")
    + ("last_payment", "loan_amount", "minimum_balance", "minimum_payment", "original_balance", "past_due_amount")
    + ("payoff_balance", "pay_out_amount", "pending_balance", "premium_amount", "statement_balance")
)
NOUN = Noun(
    root="account",
    required=("id", "name", "balance", "type"),
    decimals=dict.fromkeys(_BALANCES, BALANCE)
    | dict.fromkeys(("apr", "apy", "cash_advance_apr", "interest_rate"), RATE),
    names={"type": ACCOUNT_TYPES, "subtype": ACCOUNT_SUBTYPES},
    moments=(
        Moment("last_payment", "last_payment_at"),
        Moment("matures", "matures_on"),
        Moment("past_due", "past_due_on"),
        Moment("payment_due", "payment_due_at"),
        Moment("started", "started_on"),
    ),
    other={
        "id": Id,
        "account_number": Number,
        "currency_code": Currency,
        "day_payment_is_due": Annotated[int, msgspec.Meta(ge=1, le=31)],
        "has_monthly_transfer_limit": bool,
        "insured_name": Name,
        "is_closed": bool,
        "is_hidden": bool,
        "metadata": Metadata,
        "monthly_transfer_count": Annotated[int, msgspec.Meta(ge=0, le=1_000_000)],
        "name": Name,
        "nickname": Name,
        "routing_number": RoutingNumber,
        "statement_closed_on": date,
    },
    feed_names={"type": "account_type", "subtype": "account_subtype"},
)
# An old client's spelling.
Body = NOUN.body(routing_transit_number=RoutingNumber)


def create(call: Call) -> dict[str, Any]:
    member = member_of(call)
    sent = _given(call, new=True)
    provider_id = new_id(sent)
    if accounts.by_provider_id(call.unit, member.user_id, member.id, provider_id) is not None:
        raise Conflict("The member has an account with this id already.")
    if accounts.is_blocked(call.unit, member.user_id, member.id, provider_id):
        raise Conflict("The user has blocked the account with this id.")
    number = sent.pop("account_number", None)
    accounts.add(call.unit, _row(call, member, provider_id, _feed({"is_closed": False}, sent, number)))
    made = accounts.by_provider_id(call.unit, member.user_id, member.id, provider_id)
    assert made is not None  # noqa: S101 - it was just added
    _keep_number(call, made, number)
    return _wire(call, made)


def show(call: Call) -> dict[str, Any]:
    return _wire(call, account_of(call))


def update(call: Call) -> dict[str, Any]:
    """Fields that are not sent stay; the id cannot be changed."""
    account = account_of(call)
    sent = _given(call, new=False)
    sent.pop("id", None)
    number = sent.pop("account_number", _number(call, account).account_number)
    feed = _feed(account.facts_of_feed(), sent, number)
    is_closed = bool(feed.get("is_closed"))
    accounts.update_feed(call.unit, account, account.provider_id, to_json(feed), is_closed=is_closed, now=call.now)
    changed = account_of(call)
    _keep_number(call, changed, number)
    return _wire(call, changed)


def delete(call: Call) -> None:
    """The account with its transactions, holdings and numbers; its id may be used again."""
    partner_held.delete_account(call.unit, account_of(call), now=call.now)


def _given(call: Call, *, new: bool) -> dict[str, Any]:
    sent = NOUN.given(call, Body, new=new)
    if "routing_transit_number" in sent:
        sent.setdefault("routing_number", sent.pop("routing_transit_number"))
        sent.pop("routing_transit_number", None)
    return sent


def _feed(known: Mapping[str, Any], sent: Mapping[str, Any], number: str | None) -> dict[str, Any]:
    """The feed side; of the account number only its end, the rest is sealed elsewhere."""
    return {**known, **sent, "account_number": None if number is None else _masked(number)}


def _masked(number: str) -> str:
    shown = number[-SHOWN_DIGITS:] if len(number) > SHOWN_DIGITS else ""
    return "*" * (len(number) - len(shown)) + shown


def _row(call: Call, member: Held, provider_id: str, feed: Mapping[str, Any]) -> accounts.Row:
    is_closed = bool(feed.get("is_closed"))
    return accounts.new(member.user_id, member.id, provider_id, to_json(feed), is_closed=is_closed, now=call.now)


def _own_row(call: Call, account: accounts.Account) -> account_numbers.AccountNumber | None:
    """The number that came with the account itself, not under an id of its own."""
    found = account_numbers.of_account(call.unit, account.user_id, account.id)
    return next((row for row in found if row.partner_id is None), None)


def _number(call: Call, account: accounts.Account) -> Numbers:
    row = _own_row(call, account)
    return Numbers() if row is None else account_numbers.numbers(call.runtime.vault, row)


def _keep_number(call: Call, account: accounts.Account, number: str | None) -> None:
    """Seal the account's own number, where it is another than before."""
    row, vault = _own_row(call, account), call.runtime.vault
    wanted = Numbers(account_number=number, routing_number=account.facts_of_feed().get("routing_number"))
    if row is not None and account_numbers.numbers(vault, row) == wanted:
        return
    if row is not None:
        account_numbers.delete_one(call.unit, row)
    if number is not None:
        account_numbers.add(call.unit, vault, account, wanted, now=call.now)


def _wire(call: Call, account: accounts.Account) -> dict[str, Any]:
    own = {
        "id": account.provider_id,
        "account_number": _number(call, account).account_number,
        "guid": account.guid,
        "member_guid": account.member_guid,
        "member_id": call.params["member_id"],
    }
    return {"account": NOUN.shown(account.facts_of_feed()) | own}


_PATH = "/{client_id}/users/{user_id}/members/{member_id}/accounts"
ROUTES = (
    Route("POST", _PATH, create, "Create an account; its number is sealed, Nexus shows the last four digits"),
    Route("GET", f"{_PATH}/{{account_id}}", show, "Read an account", reads=True),
    Route("PUT", f"{_PATH}/{{account_id}}", update, "Update an account"),
    Route("DELETE", f"{_PATH}/{{account_id}}", delete, "Delete an account with everything below it", durable=True),
)

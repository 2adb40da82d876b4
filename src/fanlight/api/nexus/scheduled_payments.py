"""Scheduled payments on the Nexus wire."""

from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.nexus.kit import PAGE, WHOLE, Call, Route, shown
from fanlight.base import money
from fanlight.base.errors import Malformed, MissingParams
from fanlight.base.paging import Paged
from fanlight.core.transactions import Type
from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.planning.paying import scheduled_payments


class ScheduledPayment(msgspec.Struct):
    amount: Decimal
    created_at: str
    description: str
    guid: str
    is_completed: bool
    is_recurring: bool | None
    merchant_guid: str | None
    occurs_on: str
    recurrence_day: int | None
    recurrence_type: int | None
    recurrence_type_name: str | None
    transaction_type: int
    transaction_type_name: str
    updated_at: str
    user_guid: str


class PaymentBody(fields.ChangeBody, kw_only=True):
    amount: Any | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    is_completed: bool | msgspec.UnsetType | None = msgspec.UNSET
    is_recurring: bool | msgspec.UnsetType | None = msgspec.UNSET
    merchant_guid: str | msgspec.UnsetType | None = msgspec.UNSET
    occurs_on: str | msgspec.UnsetType = msgspec.UNSET
    recurrence_day: int | str | msgspec.UnsetType | None = msgspec.UNSET
    recurrence_type: int | str | msgspec.UnsetType | None = msgspec.UNSET
    transaction_type: int | str | msgspec.UnsetType = msgspec.UNSET


def list_all(call: Call) -> list[msgspec.Struct] | Paged[msgspec.Struct]:
    return call.paged(scheduled_payments.list_all(call.unit, call.user_id), partial(wire, call))


def read(call: Call) -> msgspec.Struct:
    return wire(call, _named(call))


def create(call: Call) -> msgspec.Struct:
    said = _said(call)
    missing = [name for name in ("amount", "description", "occurs_on", "transaction_type") if name not in said]
    if missing:
        raise MissingParams(*missing)
    return wire(call, scheduled_payments.create(call.unit, call.user_id, said, now=call.now))


def update(call: Call) -> msgspec.Struct:
    payment, said = _named(call), _said(call)
    if not said:
        raise MissingParams("a field of scheduled_payment")
    return wire(call, scheduled_payments.change(call.unit, payment, said, now=call.now))


def delete(call: Call) -> None:
    scheduled_payments.remove(call.unit, _named(call), now=call.now)


def wire(call: Call, row: scheduled_payments.Row) -> msgspec.Struct:
    """A scheduled payment as the wire has it."""
    return shown(
        ScheduledPayment,
        row,
        amount=money.from_micros(row.amount),
        is_recurring=row.is_recurring or None,
        recurrence_type_name=None if row.recurrence_type is None else row.recurrence_type.name,
        transaction_type_name=row.transaction_type.name,
        user_guid=call.session.user_guid,
    )


def _named(call: Call) -> scheduled_payments.Row:
    return scheduled_payments.read(call.unit, call.user_id, call.params["guid"])


def _said(call: Call) -> dict[str, Any]:
    """What was sent; nothing but a merchant and a recurrence is taken back by null."""
    body = call.body("scheduled_payment", PaymentBody)
    if body.amount is None:
        raise Malformed("amount must be a number.")
    said = fields.sent(body, _READERS)
    said |= {name: False for name in ("is_completed", "is_recurring") if name in said and said[name] is None}
    return said


def _cadence(value: Any, name: str) -> Cadence:
    return Cadence(fields.choice(value, name, {int(each): each.name for each in Cadence}))


def _type(value: Any, name: str) -> Type:
    return Type(fields.choice(value, name, {int(each): each.name for each in Type}))


_READERS: dict[str, fields.Reader] = {
    "amount": fields.micros,
    "description": fields.name,
    "is_completed": fields.flag,
    "is_recurring": fields.flag,
    "merchant_guid": fields.guid,
    "occurs_on": fields.plain_day,
    "recurrence_day": partial(fields.whole, least=1, most=31),
    "recurrence_type": _cadence,
    "transaction_type": _type,
}

_PAYMENT = "/scheduled_payments/{guid}"
_TAKES: dict[str, Any] = {"takes": PaymentBody, "body_root": "scheduled_payment", "root_optional": True}
_RULES = (
    "recurrence_type and recurrence_day are given with is_recurring true, and only then: else 400. 422 for an unknown "
    "merchant, and for a second payment of one."
)
ROUTES = (
    Route(
        "scheduled payments", "GET", "/scheduled_payments", list_all, "List scheduled payments", "scheduled_payments",
        ScheduledPayment, many=True, may_page=True, query=PAGE, errors=(401,), planned=True,
        note=f"{WHOLE} What a client made, and what was found in the user's transactions.",
    ),
    Route(
        "scheduled payments", "POST", "/scheduled_payments", create, "Create a scheduled payment", "scheduled_payment",
        ScheduledPayment, **_TAKES, errors=(400, 401, 422), planned=True,
        note=f"{_RULES} A recurring one of a day that is over is answered with its next day.",
    ),
    Route(
        "scheduled payments", "GET", _PAYMENT, read, "Read a scheduled payment", "scheduled_payment", ScheduledPayment,
        planned=True,
    ),
    Route(
        "scheduled payments", "PUT", _PAYMENT, update, "Update a scheduled payment", "scheduled_payment",
        ScheduledPayment, **_TAKES, errors=(400, 401, 404, 422), planned=True,
        note=f"{_RULES} What was found stays as it was changed.",
    ),
    Route(
        "scheduled payments", "DELETE", _PAYMENT, delete, "Delete a scheduled payment", empty=True, planned=True,
        note="What was found is not found again for its merchant.",
    ),
)  # fmt: skip

"""What a user says of accounts on the Nexus wire: manual ones made and deleted, and values of any account changed."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, NamedTuple

import msgspec

from fanlight.api import fields
from fanlight.api.nexus.account_shape import DECIMALS, Account, wire
from fanlight.api.nexus.accounts import account_of
from fanlight.api.nexus.kit import Call, Route
from fanlight.base.errors import MissingParams
from fanlight.core import account_edits, accounts, manual_accounts
from fanlight.core.account_edits import REQUIRED
from fanlight.core.account_types import ACCOUNT_SUBTYPES, ACCOUNT_TYPES, PROPERTY_TYPES
from fanlight.core.provenance import Facts

HIGHEST_RATE = 100
LAST_DAY_OF_MONTH = 31
RATES = ("apr", "apy", "interest_rate")


class Said(NamedTuple):
    """How a field is read, and what its schema says."""

    read: fields.Reader
    schema: dict[str, Any]


def _rate(value: Any, name: str) -> Decimal:
    return fields.amount(value, name, least=0, most=HIGHEST_RATE, places=fields.RATE_PLACES)


def _choice(names: Mapping[int, str]) -> Said:
    ids, words = {"type": "integer", "enum": [*names]}, {"type": "string", "enum": [*names.values()]}
    return Said(partial(_chosen, names), {"anyOf": [ids, words]})


def _chosen(names: Mapping[int, str], value: Any, name: str) -> int:
    return fields.choice(value, name, names)


def _day_of_month(value: Any, name: str) -> int:
    return fields.whole(value, name, least=1, most=LAST_DAY_OF_MONTH)


_AMOUNT = Said(fields.amount, {"type": "number"})
_RATE = Said(_rate, {"type": "number", "minimum": 0, "maximum": HIGHEST_RATE})
_FLAG = Said(fields.flag, {"type": "boolean"})
_NAME = Said(fields.name, {"type": "string", "minLength": 1, "maxLength": fields.LONGEST_NAME})
_MOMENT = Said(fields.moment, {"type": "string", "format": "date-time"})
_DAY = Said(fields.iso_day, {"type": "string", "format": "date"})
SAID: dict[str, Said] = (
    dict.fromkeys((*DECIMALS, "available_credit", "pay_out_amount", "premium_amount"), _AMOUNT)
    | dict.fromkeys(RATES, _RATE)
    | dict.fromkeys(("is_business", "is_closed", "is_hidden"), _FLAG)
    | dict.fromkeys(("name", "nickname", "insured_name"), _NAME)
    | dict.fromkeys(("last_payment_at", "payment_due_at"), _MOMENT)
    | dict.fromkeys(("matures_on", "started_on"), _DAY)
    | {
        "account_subtype": _choice(ACCOUNT_SUBTYPES),
        "account_type": _choice(ACCOUNT_TYPES),
        "currency_code": Said(fields.currency, {"type": "string", "minLength": 3, "maxLength": 3}),
        "day_payment_is_due": Said(_day_of_month, {"type": "integer", "minimum": 1, "maximum": LAST_DAY_OF_MONTH}),
        "metadata": Said(fields.metadata, {"type": "string", "maxLength": fields.LONGEST_METADATA}),
        "property_type": _choice(PROPERTY_TYPES),
    }
)
_READERS = {name: said.read for name, said in SAID.items()}
AccountBody = msgspec.defstruct(
    "AccountBody",
    [
        (name, Annotated[Any, msgspec.Meta(extra_json_schema=said.schema)] | msgspec.UnsetType, msgspec.UNSET)
        for name, said in sorted(SAID.items())
    ],
    bases=(fields.ChangeBody,),
    kw_only=True,
    module=__name__,
)


def create(call: Call) -> msgspec.Struct:
    said = _said(call)
    missing = [name for name in REQUIRED if said.get(name) is None]
    if missing:
        raise MissingParams(*missing)
    account_edits.check(Facts(feed={}, edits=said), said)
    return wire(manual_accounts.create(call.unit, call.user_id, said, now=call.now))


def update(call: Call) -> msgspec.Struct:
    account = account_of(call)
    account_edits.edit(call.unit, account, _said(call), now=call.now)
    return wire(accounts.read(call.unit, call.user_id, account.guid))


def delete(call: Call) -> None:
    manual_accounts.delete(call.unit, account_of(call), now=call.now)


def _said(call: Call) -> dict[str, Any]:
    """What was sent, each value as it is kept. Raises Malformed, MissingParams when there is nothing."""
    return fields.sent(call.body("account", AccountBody), _READERS)


ROUTES = (
    Route(
        "accounts", "POST", "/accounts", create, "Create a manual account", "account", Account, takes=AccountBody,
        body_root="account", root_optional=True, errors=(400, 401),
        note="name and account_type are required. Types as integers or as names. property_type is for accounts of type "
        "8 only. Amounts have up to 14 digits with 2 decimals, rates are 0 to 100. 422 beyond 1,000 of them.",
    ),
    Route(
        "accounts", "PUT", "/accounts/{account_guid}", update, "Update an account", "account", Account,
        takes=AccountBody, body_root="account", root_optional=True, errors=(400, 401, 404),
        note="Manual accounts take every field. On others what the institution alone can say is refused with 400: "
        "balances, values, payments made and due, currency. null takes an edit back, and the feed's value returns. A "
        "value that is shown already is no edit.",
    ),
    Route(
        "accounts", "DELETE", "/accounts/{account_guid}", delete, "Delete a manual account", errors=(401, 404, 422),
        empty=True, long=True,
        note="422 for any other account: it would come back. Those are blocked or hidden.",
    ),
)  # fmt: skip

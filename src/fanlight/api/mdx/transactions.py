"""Transactions that a partner keeps, on MDX Real Time v5."""

import re
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from fanlight.api.mdx.kit import Currency, Description, Digits, Id, Metadata, Moment, Name, Noun, account_of, new_id
from fanlight.api.partner import Call, Route
from fanlight.base.errors import NotFound, Unprocessable
from fanlight.core import categories, check_images, partner_transactions, transaction_lists, transactions
from fanlight.core.accounts import Account
from fanlight.core.transaction_lists import Transaction
from fanlight.core.transactions import Status, Type
from fanlight.enrichment.categories import BY_KEY

FORBIDDEN_PREFIX = "TRN-"
MAX_CHECK_IMAGE = 256 * 1024
LONGEST_CHECK_NUMBER = 18
FARTHEST = {"latitude": 90, "longitude": 180}

_IMAGE = r"^data:(image/[A-Za-z0-9.+-]{1,40}|application/pdf);base64,[A-Za-z0-9+/]+={0,2}$"
_CheckNumber: Any = (
    Annotated[int, msgspec.Meta(ge=0, lt=10**LONGEST_CHECK_NUMBER)]
    | Annotated[str, msgspec.Meta(pattern=f"^[0-9]{{1,{LONGEST_CHECK_NUMBER}}}$")]
)

NOUN = Noun(
    root="transaction",
    required=("id", "amount", "description", "status", "type"),
    decimals={"amount": Digits(10, 2, signed=False), "latitude": Digits(17, 15), "longitude": Digits(18, 15)},
    names={
        "status": {status.value: status.name for status in Status},
        "type": {kind.value: kind.name for kind in Type},
    },
    moments=(Moment("posted", "posted_on"), Moment("transacted", "transacted_on")),
    other={
        "id": Id,
        "category": Name,
        "category_guid": Annotated[str, msgspec.Meta(pattern="^CAT-[0-9a-f-]{36}$")],
        "check_image": Annotated[str, msgspec.Meta(max_length=MAX_CHECK_IMAGE, pattern=_IMAGE)],
        "check_number": _CheckNumber,
        "currency_code": Currency,
        "description": Description,
        "is_international": bool,
        "localized_description": Description,
        "localized_memo": Description,
        "memo": Description,
        "merchant_category_code": Annotated[int, msgspec.Meta(ge=0, le=9999)],
        "metadata": Metadata,
    },
    feed_names={"type": "transaction_type"},
)
Body = NOUN.body()


def create(call: Call) -> dict[str, Any]:
    account = account_of(call)
    sent = _given(call, new=True)
    provider_id, image = new_id(sent, FORBIDDEN_PREFIX), sent.pop("check_image", None)
    partner_transactions.create(call.unit, account, provider_id, sent, now=call.now)
    made = _read(call, account, provider_id)
    if image is not None:
        check_images.keep(call.unit, call.runtime.vault, made, image)
    return _wire(call, made)


def show(call: Call) -> dict[str, Any]:
    return _wire(call, _named(call))


def update(call: Call) -> dict[str, Any]:
    """Fields that are not sent stay; the id cannot be changed. Set back to PENDING, it loses the posted date."""
    known = _named(call)
    sent = _given(call, new=False)
    sent.pop("id", None)
    if "check_image" in sent:
        check_images.keep(call.unit, call.runtime.vault, known, sent.pop("check_image"))
    partner_transactions.update(call.unit, account_of(call), known, sent, now=call.now)
    return _wire(call, _named(call))


def delete(call: Call) -> None:
    """Gone whole; its id may be used again."""
    transactions.remove(call.unit, _named(call))


def _given(call: Call, *, new: bool) -> dict[str, Any]:
    sent = NOUN.given(call, Body, new=new)
    for name, farthest in FARTHEST.items():
        if sent.get(name) is not None and abs(Decimal(sent[name])) > farthest:
            raise Unprocessable(f"{name} must be from -{farthest} to {farthest}")
    if "check_number" in sent:
        number = sent["check_number"]
        sent["check_number"] = None if number is None else int(number)
        sent["check_number_string"] = None if number is None else str(number)
    return _with_category(call, sent)


def _with_category(call: Call, sent: dict[str, Any]) -> dict[str, Any]:
    """A name leads to a guid, a guid to a category of this user; raises Unprocessable for any other guid."""
    if sent.get("category_guid") is not None:
        try:
            categories.read(call.unit, account_of(call).user_id, sent["category_guid"])
        except NotFound:
            raise Unprocessable("category_guid names no category of this user") from None
    elif "category" in sent:
        known = BY_KEY.get("_".join(re.findall("[A-Z0-9]+", (sent["category"] or "").upper())))
        sent["category_guid"] = None if known is None else known.guid
    return sent


def _named(call: Call) -> Transaction:
    return _read(call, account_of(call), call.params["transaction_id"])


def _read(call: Call, account: Account, provider_id: str) -> Transaction:
    found = transaction_lists.of_partner(call.unit, account.user_id, account.id, provider_id)
    if found is None:
        raise NotFound("The account has no transaction with this id (the partner's own id, not the guid).")
    return found


def _wire(call: Call, transaction: Transaction) -> dict[str, Any]:
    own = {
        "id": transaction.provider_id,
        "account_guid": transaction.account_guid,
        "check_image": check_images.read(call.unit, call.runtime.vault, transaction),
        "guid": transaction.guid,
    }
    feed = transaction.facts_of_feed() | {"status": int(transaction.status)}
    return {"transaction": NOUN.shown(feed) | own}


_PATH = "/{client_id}/users/{user_id}/members/{member_id}/accounts/{account_id}/transactions"
ROUTES = (
    Route("POST", _PATH, create, "Create a transaction"),
    Route("GET", f"{_PATH}/{{transaction_id}}", show, "Read a transaction", reads=True),
    Route("PUT", f"{_PATH}/{{transaction_id}}", update, "Update a transaction"),
    Route("DELETE", f"{_PATH}/{{transaction_id}}", delete, "Delete a transaction", durable=True),
)

"""What a user does to transactions on the Nexus wire: edits, own ones, splits; and enrichment of what is not kept."""

from functools import partial
from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.codec import convert
from fanlight.api.nexus.categories import category_guid
from fanlight.api.nexus.kit import Call, Reply, Route
from fanlight.api.nexus.transaction_shape import TYPES, Transaction, wire
from fanlight.base import money
from fanlight.base.errors import Malformed, MissingParams
from fanlight.core import accounts, transaction_edits, transaction_lists
from fanlight.core.describing import Described, Told, describe
from fanlight.core.transaction_edits import MAX_CHILDREN
from fanlight.core.transactions import Type
from fanlight.enrichment.categories import BY_GUID
from fanlight.enrichment.flags import Flags
from fanlight.enrichment.judging import By

LONGEST_DESCRIPTION = 1024
LONGEST_MEMO = 1024
LONGEST_CHECK_NUMBER = 18
MOST_CATEGORIZED = 100
LEAST_PARTS = 2

# What else may be told of a category or a description, in the numbers of the sibling endpoints.
CATEGORIZED_BY = {By.MERCHANT: 5, By.KIND: 4, By.MCC: 0, By.WORDS: 9, By.NOTHING: 10}
SCRUBBER, FEED = 0, 2

Sent = Any | msgspec.UnsetType


class TransactionBody(fields.ChangeBody, kw_only=True):
    """What may be said of a transaction; what is not sent stays, null takes back what was said before."""

    amount: Sent = msgspec.UNSET
    category_guid: Sent = msgspec.UNSET
    check_number_string: Sent = msgspec.UNSET
    currency_code: Sent = msgspec.UNSET
    date: Sent = msgspec.UNSET
    description: Sent = msgspec.UNSET
    has_been_split: bool | msgspec.UnsetType | None = msgspec.UNSET
    has_been_viewed: bool | msgspec.UnsetType | None = msgspec.UNSET
    is_business: bool | msgspec.UnsetType | None = msgspec.UNSET
    is_flagged: bool | msgspec.UnsetType | None = msgspec.UNSET
    is_hidden: bool | msgspec.UnsetType | None = msgspec.UNSET
    is_international: bool | msgspec.UnsetType | None = msgspec.UNSET
    memo: Sent = msgspec.UNSET
    metadata: Sent = msgspec.UNSET
    transaction_type: Sent = msgspec.UNSET
    type: Sent = msgspec.UNSET
    user_description: Sent = msgspec.UNSET


class ChildBody(TransactionBody, kw_only=True):
    """The child of the old way to split."""

    parent_guid: str | None = None


class Categorized(msgspec.Struct, kw_only=True):
    """What enrichment makes of a description that is not kept."""

    amount: Any
    categorized_by: int
    category: str
    category_guid: str
    described_by: int
    description: str
    extended_transaction_type: str | None
    external_guid: str | None
    id: str | None
    is_bill_pay: bool
    is_direct_deposit: bool
    is_expense: bool
    is_fee: bool
    is_income: bool
    is_overdraft_fee: bool
    is_payroll_advance: bool
    is_subscription: bool
    memo: str | None
    merchant_category_code: int | None
    merchant_guid: str | None
    merchant_location_guid: str | None
    original_description: str
    type: str


def update(call: Call) -> msgspec.Struct:
    row = transaction_lists.read(call.unit, call.user_id, call.params["transaction_guid"])
    transaction_edits.edit(call.unit, row, _said(call, call.body("transaction", TransactionBody)), now=call.now)
    return wire(transaction_lists.read(call.unit, call.user_id, row.guid))


def create(call: Call) -> msgspec.Struct:
    account = accounts.read(call.unit, call.user_id, call.params["account_guid"])
    said = _said(call, call.body("transaction", TransactionBody))
    missing = [name for name in ("amount", "date", "description", "transaction_type") if said.get(name) is None]
    if missing:
        raise MissingParams(*missing)
    known = {name: value for name, value in said.items() if value is not None}
    made = transaction_edits.write_down(call.unit, account, known, now=call.now)
    return wire(transaction_lists.read(call.unit, call.user_id, made.guid))


def delete(call: Call) -> dict[str, Any]:
    row = transaction_lists.read(call.unit, call.user_id, call.params["transaction_guid"])
    transaction_edits.delete(call.unit, row, now=call.now)
    return {}


def split(call: Call) -> list[msgspec.Struct]:
    parent = transaction_lists.read(call.unit, call.user_id, call.params["transaction_guid"])
    parts = [_part(call, each) for each in _list(call, at_least=LEAST_PARTS, at_most=MAX_CHILDREN)]
    transaction_edits.split(call.unit, parent, parts, now=call.now)
    return [wire(child) for child in transaction_lists.children(call.unit, call.user_id, parent.id)]


def split_off(call: Call) -> msgspec.Struct:
    body = call.body("transaction", ChildBody)
    if not body.parent_guid:
        raise MissingParams("parent_guid")
    parent = transaction_lists.read(call.unit, call.user_id, body.parent_guid)
    transaction_edits.split(call.unit, parent, [_with_amount(_said(call, body))], now=call.now, whole=False)
    return wire(transaction_lists.children(call.unit, call.user_id, parent.id)[-1])


def unsplit(call: Call) -> Reply:
    parent = transaction_lists.read(call.unit, call.user_id, call.params["transaction_guid"])
    transaction_edits.unsplit(call.unit, parent, now=call.now)
    return Reply(204, None)


def categorize(call: Call) -> list[Categorized]:
    """Nothing is kept."""
    sent = _list(call, at_least=1, at_most=MOST_CATEGORIZED)
    told = [_told(each) for each in sent]
    described = describe(call.unit, call.user_id, told)
    return [_categorized(*each) for each in zip(sent, told, described, strict=True)]


def _list(call: Call, *, at_least: int, at_most: int) -> list[dict[str, Any]]:
    """The body's list, its length looked at before anything in it is. Raises MissingParams, Malformed."""
    sent = call.document().get("transactions")
    if not isinstance(sent, list) or any(not isinstance(each, dict) for each in sent):
        raise MissingParams("transactions")
    if not at_least <= len(sent) <= at_most:
        raise Malformed(f"transactions must hold {at_least} to {at_most} entries.")
    return sent


def _part(call: Call, sent: dict[str, Any]) -> dict[str, Any]:
    return _with_amount(_said(call, convert(sent, TransactionBody)))


def _with_amount(said: dict[str, Any]) -> dict[str, Any]:
    if said.get("amount") is None:
        raise MissingParams("amount")
    return {name: said.get(name) for name in ("amount", "category_guid", "description", "memo")}


def _said(call: Call, body: TransactionBody) -> dict[str, Any]:
    """What was sent, each value as it is kept. Raises Malformed, Unprocessable, MissingParams when there is nothing."""
    said = fields.sent(body, _READERS | {"category_guid": partial(category_guid, call)})
    for name, alias in (("description", "user_description"), ("transaction_type", "type")):
        if alias in said:
            said.setdefault(name, said.pop(alias))
    return said


def _amount(value: Any, name: str) -> str:
    return str(fields.amount(value, name, least=0))


def _type(value: Any, name: str) -> int:
    return fields.choice(value, name, TYPES)


def _told(sent: dict[str, Any]) -> Told:
    described = sent.get("description")
    if not isinstance(described, str) or not described.strip():
        raise MissingParams("description")
    code = sent.get("merchant_category_code")
    if sent.get("amount") is not None:
        fields.amount(sent["amount"], "amount")
    return Told(
        description=fields.text(described, "description", longest=LONGEST_DESCRIPTION),
        memo=_optional_text(sent, "memo"),
        transaction_type=_direction(sent),
        merchant_category_code=None
        if code is None
        else fields.whole(code, "merchant_category_code", least=0, most=9999),
    )


def _categorized(sent: dict[str, Any], told: Told, found: Described) -> Categorized:
    flags = {f"is_{flag.name.lower()}": flag in found.flags for flag in Flags if flag.name in _SHOWN_FLAGS}
    return Categorized(
        amount=sent.get("amount"),
        categorized_by=CATEGORIZED_BY[found.by],
        category=BY_GUID[found.category_guid].name,
        category_guid=found.category_guid,
        described_by=FEED if found.description == told.description else SCRUBBER,
        description=found.description,
        extended_transaction_type=None,
        external_guid=_optional_text(sent, "external_guid"),
        id=_optional_text(sent, "id"),
        memo=told.memo,
        merchant_category_code=told.merchant_category_code,
        merchant_guid=found.merchant_guid,
        merchant_location_guid=None,
        original_description=told.description,
        type=told.transaction_type.name,
        **flags,
    )


def _direction(sent: dict[str, Any]) -> Type:
    """As it is given, else by the amount's sign."""
    for name in ("transaction_type", "type"):
        if sent.get(name) is not None:
            return Type(_type(sent[name], name))
    amount = None if sent.get("amount") is None else money.parse(sent["amount"])
    return Type.CREDIT if amount is not None and amount < 0 else Type.DEBIT


def _optional_text(sent: dict[str, Any], name: str) -> str | None:
    value = sent.get(name)
    return None if value is None else fields.text(value, name, longest=LONGEST_MEMO)


_SHOWN_FLAGS = frozenset(
    ("BILL_PAY", "DIRECT_DEPOSIT", "EXPENSE", "FEE", "INCOME", "OVERDRAFT_FEE", "PAYROLL_ADVANCE", "SUBSCRIPTION")
)
_FLAGS = ("has_been_viewed", "is_business", "is_flagged", "is_hidden", "is_international")
# Not has_been_split, which follows from the children.
_READERS: dict[str, fields.Reader] = dict.fromkeys(_FLAGS, fields.flag) | {
    "amount": _amount,
    "check_number_string": partial(fields.text, longest=LONGEST_CHECK_NUMBER),
    "currency_code": fields.currency,
    "date": fields.plain_day,
    "description": partial(fields.text, longest=LONGEST_DESCRIPTION),
    "memo": partial(fields.text, longest=LONGEST_MEMO, may_be_empty=True),
    "metadata": fields.metadata,
    "transaction_type": _type,
    "type": _type,
    "user_description": partial(fields.text, longest=LONGEST_DESCRIPTION),
}

_TRANSACTION = "/transactions/{transaction_guid}"
ROUTES = (
    Route(
        "transactions", "PUT", _TRANSACTION, update, "Update a transaction", "transaction", Transaction,
        takes=TransactionBody, body_root="transaction", root_optional=True, errors=(400, 401, 404, 422),
        also=(("PUT", "/transaction/{transaction_guid}"),),
        note="null takes an edit back, and the system's or institution's value returns. A value that is there "
        "already is no edit. Amount, type, currency and check number are a manual transaction's. has_been_split is "
        "ignored.",
    ),
    Route(
        "transactions", "POST", "/accounts/{account_guid}/transactions", create, "Create a manual transaction",
        "transaction", Transaction, takes=TransactionBody, body_root="transaction", root_optional=True,
        errors=(400, 401, 404, 422), note="On manual accounts only, else 422. The type as transaction_type or type.",
    ),
    Route(
        "transactions", "DELETE", _TRANSACTION, delete, "Delete a transaction", errors=(401, 404, 422),
        note="Manual ones and children of a split; 422 for what an institution or a partner tells.",
    ),
    Route(
        "transactions", "POST", _TRANSACTION + "/split", split, "Split a transaction", "transactions", Transaction,
        many=True, errors=(400, 401, 404, 422), note="422 when the amounts do not add up, or it is split already.",
    ),
    Route(
        "transactions", "DELETE", _TRANSACTION + "/unsplit", unsplit, "Take a split back", errors=(401, 404),
        empty=True, note="204 also for one that is not split.",
    ),
    Route(
        "transactions", "POST", "/transactions", split_off, "Split one part off (deprecated)", "transaction",
        Transaction, takes=ChildBody, body_root="transaction", errors=(400, 401, 404, 422), deprecated=True,
        note="The parts may add up to the parent or less; the rest stays the parent's.",
    ),
    Route(
        "transactions", "POST", "/transactions/categorize_and_describe", categorize, "Categorize and describe",
        "transactions", Categorized, many=True, errors=(400, 401),
        note="Nothing is kept. A negative amount without a type is a credit. The client's rules apply, not the user's.",
    ),
)  # fmt: skip

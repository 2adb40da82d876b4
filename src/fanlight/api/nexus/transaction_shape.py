"""How a transaction looks on the Nexus wire: every field of the sheet, and which side each value comes from."""

from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec

from fanlight.api.nexus.kit import shown
from fanlight.api.nexus.shapes import Field, add_names, resolve, struct_of
from fanlight.base.clock import timestamp
from fanlight.core.provenance import SetBy
from fanlight.core.transaction_lists import Transaction as Listed
from fanlight.core.transactions import Status, Type, category_set_by, description_set_by
from fanlight.enrichment.categories import BY_GUID, UNCATEGORIZED
from fanlight.enrichment.flags import Flags

STATUSES = {status.value: status.name for status in Status}
TYPES = {kind.value: kind.name for kind in Type}

SETTABLE: dict[str, Field] = {
    "amount": Field(Decimal),
    "check_number": Field(int),
    "check_number_string": Field(str, set_by=False),
    "currency_code": Field(str),
    "date": Field(str, feed=False),
    "description": Field(str),
    "is_international": Field(bool),
    "latitude": Field(Decimal),
    "longitude": Field(Decimal),
    "memo": Field(str),
    "posted_at": Field(str, set_by=False),
    "posted_on": Field(str),
    "transacted_at": Field(str, set_by=False),
    "transacted_on": Field(str),
    "transaction_type": Field(int),
}
OF_SYSTEM = {
    "is_bill_pay": Flags.BILL_PAY,
    "is_direct_deposit": Flags.DIRECT_DEPOSIT,
    "is_expense": Flags.EXPENSE,
    "is_fee": Flags.FEE,
    "is_income": Flags.INCOME,
    "is_overdraft_fee": Flags.OVERDRAFT_FEE,
    "is_payroll_advance": Flags.PAYROLL_ADVANCE,
    "is_subscription": Flags.SUBSCRIPTION,
}
OF_USER = ("has_been_viewed", "is_business", "is_flagged")
_BY_PARTNER = ("localized_description", "localized_memo")
_GUIDS = ("merchant_guid", "merchant_location_guid", "parent_guid", "user_transaction_rule_guid")
_PLAIN: dict[str, Any] = (
    dict.fromkeys((*OF_SYSTEM, *OF_USER, "has_been_split", "is_hidden"), bool)
    | dict.fromkeys((*_GUIDS, *_BY_PARTNER, "metadata"), str | None)
    | {
        "account_guid": str,
        "category_guid": str,
        "category_name": str,
        "category_set_by": int,
        "category_set_by_name": str,
        "created_at": str | None,
        "extended_transaction_type": str | None,
        "external_guid": str | None,
        "feed_status": int | None,
        "feed_transaction_type_name": str | None,
        "guid": str,
        "is_recurring": bool | None,
        "member_guid": str | None,
        "member_is_managed_by_user": bool | None,
        "merchant_category_code": int | None,
        "original_description": str | None,
        "status": int | None,
        "status_name": str | None,
        "status_set_by": int | None,
        "status_set_by_name": str | None,
        "top_level_category": str | None,
        "top_level_category_guid": str | None,
        "transaction_type_name": str | None,
        "updated_at": str | None,
        "user_guid": str | None,
    }
)
_MOMENTS = ("posted_at", "transacted_at")

Transaction = struct_of("Transaction", SETTABLE, _PLAIN)

RENDERING = 1
"""Raised by hand whenever the same row is shown otherwise. Fields, their types and the names of categories count by
themselves."""


def mark(shape: type[msgspec.Struct], rendering: int = RENDERING) -> int:
    """What kept answers are kept under: another one where they would be made otherwise today."""
    told = [(field.encode_name, str(field.type)) for field in msgspec.structs.fields(shape)]
    named = [(each.guid, each.name, each.parent_guid) for each in BY_GUID.values()]
    return int.from_bytes(sha256(msgspec.json.encode((rendering, told, named))).digest()[:4])


MARK = mark(Transaction)


def wire(transaction: Listed) -> msgspec.Struct:
    facts, system = transaction.facts, transaction.facts_of_system()
    values = resolve(facts, SETTABLE)
    for name in _MOMENTS:
        values[name] = timestamp(values[name])
        values[f"feed_{name}"] = timestamp(values[f"feed_{name}"])
    values |= _described(transaction, system) | _categorised(transaction)
    add_names(values, (("transaction_type", TYPES),))
    flags = Flags(system.get("flags", 0))
    told_by = SetBy.FEED if transaction.is_fed or facts.feed else SetBy.USER
    return shown(
        Transaction,
        transaction,
        **values,
        **{name: flag in flags for name, flag in OF_SYSTEM.items()},
        **{name: bool(facts.edits.get(name)) for name in OF_USER},
        **{name: facts.feed.get(name) for name in _BY_PARTNER},
        metadata=facts["metadata"].value,
        merchant_guid=system.get("merchant_guid"),
        merchant_location_guid=system.get("merchant_location_guid"),
        extended_transaction_type=facts.feed.get("extended_transaction_type"),
        external_guid=transaction.provider_id,
        feed_status=transaction.status if facts.feed else None,
        is_recurring=bool(system.get("is_recurring")),
        merchant_category_code=facts.feed.get("merchant_category_code"),
        original_description=facts.feed.get("description"),
        status_name=transaction.status.name,
        status_set_by=told_by,
        status_set_by_name=told_by.name,
    )


def _described(transaction: Listed, system: dict[str, Any]) -> dict[str, Any]:
    by_rule = transaction.user_transaction_rule_guid is not None
    set_by = description_set_by(transaction.facts, system, by_rule=by_rule)
    return {
        "description": transaction.description,
        "description_set_by": set_by,
        "description_set_by_name": set_by.name,
    }


def _categorised(transaction: Listed) -> dict[str, Any]:
    known = BY_GUID.get(transaction.category_guid, BY_GUID[UNCATEGORIZED])
    name = transaction.own_category_name or known.name
    parent = transaction.own_category_parent_guid or known.parent_guid
    set_by = category_set_by(transaction.facts, by_rule=transaction.user_transaction_rule_guid is not None)
    return {
        "category_name": name,
        "category_set_by": set_by,
        "category_set_by_name": set_by.name,
        "top_level_category": BY_GUID[parent].name if parent else name,
        "top_level_category_guid": parent or transaction.category_guid,
    }

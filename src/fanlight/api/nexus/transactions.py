"""Transactions on the Nexus wire."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from fanlight.api.nexus.kit import PAGE, Call, Param, Route, shown
from fanlight.api.nexus.shapes import Field, add_names, resolve, struct_of
from fanlight.base.clock import date_of, timestamp
from fanlight.base.errors import Malformed
from fanlight.base.paging import Paged
from fanlight.core import accounts, members, transactions
from fanlight.core.provenance import SetBy
from fanlight.core.transactions import Filter, Status, Type

DAYS_BACK = 120
DAYS_AHEAD = 5
UNCATEGORIZED = ("CAT-d7851c65-3353-e490-1953-fb9235e681e4", "Uncategorized")

STATUSES = {status.value: status.name for status in Status}
TYPES = {kind.value: kind.name for kind in Type}

DATES = (
    Param("from_date", "First day, YYYY-MM-DD; default 120 days back.", "date"),
    Param("to_date", "Last day, YYYY-MM-DD; default 5 days ahead.", "date"),
)
ACCOUNTS = (Param("account_guid", "Transactions of this account; also account_guid[], account_guids[]."),)

USE_CASE = (Param("use_case", "Transactions of members with this use case: PFM or MONEY_MOVEMENT."),)

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
_FLAGS = (
    "has_been_split",
    "has_been_viewed",
    "is_bill_pay",
    "is_business",
    "is_direct_deposit",
    "is_expense",
    "is_fee",
) + ("is_flagged", "is_hidden", "is_income", "is_overdraft_fee", "is_payroll_advance", "is_subscription")
_UNKNOWN_YET = ("merchant_guid", "merchant_location_guid", "parent_guid", "user_transaction_rule_guid")
_BY_PARTNER = ("localized_description", "localized_memo", "metadata")
_PLAIN: dict[str, Any] = (
    dict.fromkeys(_FLAGS, bool)
    | dict.fromkeys(_UNKNOWN_YET + _BY_PARTNER, str | None)
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


def list_all(call: Call) -> Paged[msgspec.Struct]:
    """A page of the user's transactions, of some accounts where these are named; unknown accounts have none."""
    guids = call.query.all("account_guid", "account_guid[]", "account_guids", "account_guids[]")
    return _page(call, account_ids=_keys(call, guids) if guids else None)


def of_account(call: Call) -> Paged[msgspec.Struct]:
    account = accounts.read(call.unit, call.user_id, call.params["account_guid"])
    return _page(call, account_ids=(account.id,))


def of_member(call: Call) -> Paged[msgspec.Struct]:
    member = members.read(call.unit, call.user_id, call.params["member_guid"], now=call.now)
    return _page(call, member_id=member.id)


def read(call: Call) -> msgspec.Struct:
    return wire(transactions.read(call.unit, call.user_id, call.params["transaction_guid"]))


def wire(transaction: transactions.Transaction) -> msgspec.Struct:
    facts = transaction.facts
    values = resolve(facts, SETTABLE)
    for name in _MOMENTS:
        values[name] = timestamp(values[name])
        values[f"feed_{name}"] = timestamp(values[f"feed_{name}"])
    add_names(values, (("transaction_type", TYPES),))
    category_guid, category_name = UNCATEGORIZED
    return shown(
        Transaction,
        transaction,
        **values,
        **dict.fromkeys(_FLAGS, False),
        **dict.fromkeys(_UNKNOWN_YET),
        **{name: facts.feed.get(name) for name in _BY_PARTNER},
        category_guid=category_guid,
        category_name=category_name,
        category_set_by=SetBy.SYSTEM,
        category_set_by_name=SetBy.SYSTEM.name,
        extended_transaction_type=facts.feed.get("extended_transaction_type"),
        external_guid=transaction.provider_id,
        feed_status=transaction.status,
        is_recurring=None,
        merchant_category_code=facts.feed.get("merchant_category_code"),
        original_description=facts.feed.get("description"),
        status_name=transaction.status.name,
        status_set_by=SetBy.FEED,
        status_set_by_name=SetBy.FEED.name,
        top_level_category=category_name,
        top_level_category_guid=category_guid,
    )


def _page(call: Call, *, account_ids: tuple[int, ...] | None = None, member_id: int | None = None) -> Paged[Any]:
    today = date_of(call.now)
    which = Filter(
        from_date=_day(call, "from_date", today - timedelta(days=DAYS_BACK)),
        to_date=_day(call, "to_date", today + timedelta(days=DAYS_AHEAD)),
        account_ids=account_ids,
        member_id=member_id,
        use_case=_use_case(call),
    )
    page = transactions.page(call.unit, call.user_id, which, call.page)
    return Paged([wire(transaction) for transaction in page.items], page.page, page.total)


def _keys(call: Call, guids: list[str]) -> tuple[int, ...]:
    wanted = set(guids)
    return tuple(account.id for account in accounts.list_all(call.unit, call.user_id) if account.guid in wanted)


def _use_case(call: Call) -> str | None:
    text = call.query.get("use_case", "use_case[]")
    if text not in (None, "", "PFM", "MONEY_MOVEMENT"):
        raise Malformed("use_case must be PFM or MONEY_MOVEMENT.")
    return text or None


def _day(call: Call, name: str, default: date) -> str:
    text = call.query.get(name)
    if not text:
        return default.isoformat()
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError as error:
        raise Malformed(f"{name} must be a date as YYYY-MM-DD.") from error


ROUTES = (
    Route(
        "members", "GET", "/members/{member_guid}/transactions", of_member, "List a member's transactions",
        "transactions", Transaction, many=True, paged=True, query=(*DATES, *PAGE), errors=(400, 401, 404), reads=True,
    ),
    Route(
        "accounts", "GET", "/accounts/{account_guid}/transactions", of_account, "List an account's transactions",
        "transactions", Transaction, many=True, paged=True, query=(*DATES, *PAGE), errors=(400, 401, 404), reads=True,
    ),
    Route(
        "transactions", "GET", "/transactions", list_all, "List transactions", "transactions", Transaction, many=True,
        paged=True, query=(*DATES, *ACCOUNTS, *USE_CASE, *PAGE), errors=(400, 401), reads=True,
    ),
    Route(
        "transactions", "GET", "/transactions/{transaction_guid}", read, "Read a transaction",
        "transaction", Transaction, also=(("GET", "/transaction/{transaction_guid}"),), reads=True,
    ),
)  # fmt: skip

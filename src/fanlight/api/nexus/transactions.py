"""Lists of transactions on the Nexus wire, and single ones."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.codec import encode
from fanlight.api.nexus.kit import PAGE, Call, Param, Route
from fanlight.api.nexus.transaction_shape import MARK, Transaction, wire
from fanlight.base.asgi import Query
from fanlight.base.clock import DAY, date_of, start_of_day
from fanlight.base.errors import Malformed
from fanlight.base.paging import Paged, read_page
from fanlight.core import accounts, categories, members, transaction_lists
from fanlight.core.transaction_lists import Filter, Kept, Made

DAYS_BACK = 120
DAYS_AHEAD = 5
QUICK_SIZE = 100

DATES = (
    Param("from_date", "First day, YYYY-MM-DD; default 120 days back.", "date"),
    Param("to_date", "Last day, YYYY-MM-DD; default 5 days ahead.", "date"),
)
ACCOUNTS = (Param("account_guid", "Transactions of this account; also account_guid[], account_guids[]."),)
USE_CASE = (Param("use_case", "Transactions of members with this use case: PFM or MONEY_MOVEMENT."),)
RULE = (Param("user_transaction_rule_guid", "Transactions that this rule changed."),)
_ORDER = "Newest day first. The children of a split are listed beside their parent."


def list_all(call: Call) -> Paged[msgspec.Raw]:
    """A page of the user's transactions, of some accounts where these are named; unknown accounts have none."""
    return _page(call, _by_day(call), named_accounts(call), **_narrowed(call))


def of_account(call: Call) -> Paged[msgspec.Raw]:
    return _page(call, _by_day(call), _account(call))


def of_member(call: Call) -> Paged[msgspec.Raw]:
    member = members.read(call.unit, call.user_id, call.params["member_guid"], now=call.now)
    return _page(call, _by_day(call), None, member_id=member.id)


def created_between(call: Call) -> Paged[msgspec.Raw]:
    return _page(call, {"created": _moments(call)}, named_accounts(call), **_narrowed(call))


def updated_between(call: Call) -> Paged[msgspec.Raw]:
    return _page(call, {"updated": _moments(call)}, named_accounts(call), **_narrowed(call))


def of_account_created_between(call: Call) -> Paged[msgspec.Raw]:
    return _page(call, {"created": _moments(call)}, _account(call))


def of_account_updated_between(call: Call) -> Paged[msgspec.Raw]:
    return _page(call, {"updated": _moments(call)}, _account(call))


def by_category(call: Call) -> Paged[msgspec.Raw]:
    category = categories.read(call.unit, call.user_id, call.params["category_guid"])
    wanted = (category.guid,)
    return _page(call, _path_days(call), named_accounts(call), category_guids=wanted, use_case=_use_case(call))


def by_top_level_category(call: Call) -> Paged[msgspec.Raw]:
    category = categories.read(call.unit, call.user_id, call.params["category_guid"])
    everything = categories.list_all(call.unit, call.user_id)
    wanted = tuple(each.guid for each in everything if category.guid in (each.guid, each.parent_guid))
    return _page(call, _path_days(call), named_accounts(call), category_guids=wanted, use_case=_use_case(call))


def read(call: Call) -> msgspec.Struct:
    return wire(transaction_lists.read(call.unit, call.user_id, call.params["transaction_guid"]))


def _page(call: Call, when: dict[str, Any], guids: frozenset[str] | None, **which: Any) -> Paged[msgspec.Raw]:
    """A page of answers: those that are kept, and those that are made now, and kept."""
    wanted = Filter(account_guids=guids, **when, **which)
    page = transaction_lists.page(call.unit, call.user_id, wanted, call.page, mark=MARK)
    made = _made(call, [each for each in page.items if each.wire is None])
    shown = [msgspec.Raw(each.wire or made[each.id].wire) for each in page.items]
    if made:
        kept, user_id = list(made.values()), call.user_id
        call.write_later(lambda unit: transaction_lists.keep_wires(unit, user_id, kept, mark=MARK))
    return Paged(shown, page.page, page.total)


def _made(call: Call, missing: list[Kept]) -> dict[int, Made]:
    rows = transaction_lists.read_all(call.unit, call.user_id, [each.id for each in missing])
    return {row.id: Made(row.id, row.revision, encode(wire(row))) for row in rows}


def _account(call: Call) -> frozenset[str]:
    return frozenset((accounts.read(call.unit, call.user_id, call.params["account_guid"]).guid,))


def named_accounts(call: Call) -> frozenset[str] | None:
    """The accounts that the query names; None when it names none."""
    guids = call.query.all("account_guid", "account_guid[]", "account_guids", "account_guids[]")
    return frozenset(guids) if guids else None


def _narrowed(call: Call) -> dict[str, str | None]:
    return {"rule_guid": call.query.get("user_transaction_rule_guid") or None, "use_case": _use_case(call)}


def _use_case(call: Call) -> str | None:
    return fields.use_case(call.query.get("use_case", "use_case[]"))


def _is_quick(query: Query) -> bool:
    """A short page of the days that the wire looks at by itself."""
    is_long = query.get("from_date", "to_date", "user_transaction_rule_guid") is not None
    return not is_long and read_page(None, query.get("records_per_page")).size <= QUICK_SIZE


def days_of_query(call: Call) -> tuple[str, str]:
    """`from_date` and `to_date`, or the days that the wire looks at by itself. Raises Malformed."""
    first, last = _usual_days(call.now // DAY)
    given = call.query.get("from_date"), call.query.get("to_date")
    if not any(given):
        return first, last
    return _in_order(given[0] or first, given[1] or last, "from_date", "to_date")


@lru_cache(maxsize=2)
def _usual_days(day: int) -> tuple[str, str]:
    """The days that are looked at on a day since 1970."""
    today = date_of(day * DAY)
    return (today - timedelta(days=DAYS_BACK)).isoformat(), (today + timedelta(days=DAYS_AHEAD)).isoformat()


def days_of_path(call: Call) -> tuple[str, str]:
    """`start_date` and `end_date`. Raises Malformed."""
    return _in_order(call.params["start_date"], call.params["end_date"], "start_date", "end_date")


def _in_order(first: str, last: str, first_name: str, last_name: str) -> tuple[str, str]:
    days = fields.day(first, first_name), fields.day(last, last_name)
    if days[0] > days[1]:
        raise Malformed(f"{first_name} must not be after {last_name}.")
    return days[0].isoformat(), days[1].isoformat()


def _by_day(call: Call) -> dict[str, Any]:
    first, last = days_of_query(call)
    return {"from_date": first, "to_date": last}


def _path_days(call: Call) -> dict[str, Any]:
    first, last = days_of_path(call)
    return {"from_date": first, "to_date": last}


def _moments(call: Call) -> tuple[int, int]:
    """The moments of whole days in UTC, the last one included."""
    first, last = days_of_path(call)
    return start_of_day(fields.day(first, "start_date")), start_of_day(fields.day(last, "end_date")) + DAY


_BETWEEN = "{start_date}/{end_date}"
_LIST: dict[str, Any] = {"many": True, "paged": True, "reads": True}
ROUTES = (
    Route(
        "members", "GET", "/members/{member_guid}/transactions", of_member, "List a member's transactions",
        "transactions", Transaction, **_LIST, quick=_is_quick, query=(*DATES, *PAGE), errors=(400, 401, 404),
        note=_ORDER,
    ),
    Route(
        "accounts", "GET", "/accounts/{account_guid}/transactions", of_account, "List an account's transactions",
        "transactions", Transaction, **_LIST, quick=_is_quick, query=(*DATES, *PAGE), errors=(400, 401, 404),
        note=_ORDER,
    ),
    Route(
        "accounts", "GET", "/accounts/{account_guid}/transactions/created_between/" + _BETWEEN,
        of_account_created_between, "List an account's transactions by day of creation", "transactions", Transaction,
        **_LIST, query=PAGE, errors=(400, 401, 404),
    ),
    Route(
        "accounts", "GET", "/accounts/{account_guid}/transactions/updated_between/" + _BETWEEN,
        of_account_updated_between, "List an account's transactions by day of change", "transactions", Transaction,
        **_LIST, query=PAGE, errors=(400, 401, 404),
    ),
    Route(
        "transactions", "GET", "/transactions", list_all, "List transactions", "transactions", Transaction, **_LIST,
        quick=_is_quick, query=(*DATES, *ACCOUNTS, *USE_CASE, *RULE, *PAGE), errors=(400, 401), note=_ORDER,
    ),
    Route(
        "transactions", "GET", "/transactions/created_between/" + _BETWEEN, created_between,
        "List transactions by day of creation", "transactions", Transaction, **_LIST,
        query=(*ACCOUNTS, *USE_CASE, *RULE, *PAGE), errors=(400, 401), note="Days in UTC, both included.",
    ),
    Route(
        "transactions", "GET", "/transactions/updated_between/" + _BETWEEN, updated_between,
        "List transactions by day of change", "transactions", Transaction, **_LIST,
        query=(*ACCOUNTS, *USE_CASE, *RULE, *PAGE), errors=(400, 401), note="Days in UTC, both included.",
    ),
    Route(
        "transactions", "GET", "/transactions/by_category_guid/{category_guid}/by_date/" + _BETWEEN, by_category,
        "List transactions of a category", "transactions", Transaction, **_LIST, query=(*ACCOUNTS, *USE_CASE, *PAGE),
        errors=(400, 401, 404), note="Of exactly this category.",
    ),
    Route(
        "transactions", "GET", "/transactions/by_top_level_category_guid/{category_guid}/by_date/" + _BETWEEN,
        by_top_level_category, "List transactions of a category and those below it", "transactions", Transaction,
        **_LIST, query=(*ACCOUNTS, *USE_CASE, *PAGE), errors=(400, 401, 404),
    ),
    Route(
        "transactions", "GET", "/transactions/{transaction_guid}", read, "Read a transaction",
        "transaction", Transaction, also=(("GET", "/transaction/{transaction_guid}"),), reads=True,
    ),
)  # fmt: skip

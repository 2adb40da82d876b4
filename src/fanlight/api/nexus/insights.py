"""Insights on the Nexus wire: lists of them, single ones, how their user took them, and what they speak of."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.nexus import account_shape, categories, merchants, scheduled_payments, transaction_shape
from fanlight.api.nexus.kit import PAGE, Call, Route, shown
from fanlight.base.errors import MissingParams
from fanlight.base.paging import Paged
from fanlight.core import accounts, transaction_lists
from fanlight.core import categories as known_categories
from fanlight.enrichment import merchants as catalogue
from fanlight.planning.insights import store
from fanlight.planning.paying import scheduled_payments as known_payments


class Insight(msgspec.Struct):
    active_at: str | None
    client_guid: str | None
    created_at: str | None
    cta_clicked_at: str | None
    description: str | None
    guid: str
    has_associated_accounts: bool
    has_associated_categories: bool
    has_associated_merchants: bool
    has_associated_scheduled_payments: bool
    has_associated_transactions: bool
    has_been_displayed: bool
    is_dismissed: bool
    micro_call_to_action: str | None
    micro_description: str | None
    micro_title: str | None
    template: str
    title: str
    updated_at: str | None
    user_guid: str
    user_id: str


class InsightBody(fields.ChangeBody, kw_only=True):
    """How the user took it; `cta_clicked_at` is an addition of ours."""

    has_been_displayed: Any = msgspec.UNSET
    is_dismissed: Any = msgspec.UNSET
    cta_clicked_at: Any = msgspec.UNSET


def list_all(call: Call) -> Paged[msgspec.Struct]:
    return _listed(call, store.page(call.unit, call.user_id, call.page, now=call.now))


def of_account(call: Call) -> Paged[msgspec.Struct]:
    account = accounts.read(call.unit, call.user_id, call.params["account_guid"])
    return _of(call, store.ACCOUNT, account.guid)


def of_transaction(call: Call) -> Paged[msgspec.Struct]:
    transaction = transaction_lists.read(call.unit, call.user_id, call.params["transaction_guid"])
    return _of(call, store.TRANSACTION, transaction.guid)


def read(call: Call) -> msgspec.Struct:
    return _wire_one(call, _named(call))


def update(call: Call) -> msgspec.Struct:
    return _wire_one(call, respond(call, _named(call), "insight"))


def list_accounts(call: Call) -> Paged[msgspec.Struct]:
    known = {each.guid: each for each in accounts.list_all(call.unit, call.user_id)}
    found = _associated(call, store.ACCOUNT)
    return found._replace(items=[account_shape.wire(known[guid]) for guid in found.items])


def list_categories(call: Call) -> Paged[msgspec.Struct]:
    known = {each.guid: each for each in known_categories.list_all(call.unit, call.user_id)}
    found = _associated(call, store.CATEGORY)
    return found._replace(items=[categories.wire(known[guid]) for guid in found.items])


def list_merchants(call: Call) -> Paged[msgspec.Struct]:
    found = _associated(call, store.MERCHANT)
    known = [merchant for guid in found.items if (merchant := catalogue.by_guid(guid)) is not None]
    return found._replace(items=[merchants.wire(call, each) for each in known])


def list_scheduled_payments(call: Call) -> Paged[msgspec.Struct]:
    known = {each.guid: each for each in known_payments.list_all(call.unit, call.user_id)}
    found = _associated(call, store.SCHEDULED_PAYMENT)
    return found._replace(items=[scheduled_payments.wire(call, known[guid]) for guid in found.items])


def list_transactions(call: Call) -> Paged[msgspec.Struct]:
    found = _associated(call, store.TRANSACTION)
    rows = [transaction_lists.read(call.unit, call.user_id, guid) for guid in found.items]
    return found._replace(items=[transaction_shape.wire(each) for each in rows])


def respond(call: Call, insight: store.Insight, root: str) -> store.Insight:
    """Keep what the body under its root says of how the user took it. Raises MissingParams when it says nothing."""
    said = fields.sent(call.body(root, InsightBody), _READERS)
    given = {name: value for name, value in said.items() if value is not None}
    if not given:
        raise MissingParams("has_been_displayed or is_dismissed")
    return store.respond(call.unit, insight, now=call.now, **given)


def _named(call: Call) -> store.Insight:
    return store.read(call.unit, call.user_id, call.params["insight_guid"])


def _of(call: Call, kind: str, guid: str) -> Paged[msgspec.Struct]:
    return _listed(call, store.page_of(call.unit, call.user_id, kind, guid, call.page, now=call.now))


def _associated(call: Call, kind: str) -> Paged[Any]:
    """A page of the guids of what an insight speaks of, the most relevant first, as far as it is still there."""
    insight, page = _named(call), call.page
    links = store.living_links(call.unit, call.user_id, [insight.id])
    guids = links.get(insight.id, {}).get(kind, ())
    return Paged(list(guids[page.offset :][: page.size]), page, len(guids))


def _listed(call: Call, found: Paged[store.Insight]) -> Paged[msgspec.Struct]:
    links = store.living_links(call.unit, call.user_id, [each.id for each in found.items])
    return Paged([_wire(each, links.get(each.id, {})) for each in found.items], found.page, found.total)


def _wire_one(call: Call, insight: store.Insight) -> msgspec.Struct:
    links = store.living_links(call.unit, call.user_id, [insight.id])
    return _wire(insight, links.get(insight.id, {}))


def _wire(insight: store.Insight, links: Mapping[str, Sequence[str]]) -> msgspec.Struct:
    return shown(
        Insight,
        insight,
        user_id=insight.external_id,
        has_associated_accounts=store.ACCOUNT in links,
        has_associated_categories=store.CATEGORY in links,
        has_associated_merchants=store.MERCHANT in links,
        has_associated_scheduled_payments=store.SCHEDULED_PAYMENT in links,
        has_associated_transactions=store.TRANSACTION in links,
    )


_READERS: dict[str, fields.Reader] = {
    "has_been_displayed": fields.flag,
    "is_dismissed": fields.flag,
    "cta_clicked_at": fields.moment,
}
TAKES = (
    "No field is required, but one of them has to be there. Once displayed or dismissed it is not relevant any more, "
    "for good. cta_clicked_at, a time, is an addition of ours: when the user clicked the call to action; one to come "
    "counts as now."
)
LISTS = "Newest first: what is active (for 90 days) and what the user did not dismiss."
_LISTED = f"{LISTS} What was never displayed and does not hold any more is left out."
_THERE = "The most relevant first; only what is still there."
_INSIGHT = "/insights/{insight_guid}"
_LIST: dict[str, Any] = {"many": True, "paged": True, "query": PAGE, "planned": True}
ROUTES = (
    Route(
        "insights", "GET", "/insights", list_all, "List all insights of a user", "insights", Insight, **_LIST,
        errors=(401,), note=_LISTED,
    ),
    Route(
        "insights", "GET", _INSIGHT, read, "Read an insight", "insight", Insight, planned=True,
        note="Also one that is dismissed or no longer active.",
    ),
    Route(
        "insights", "PUT", _INSIGHT, update, "Update an insight", "insight", Insight, takes=InsightBody,
        body_root="insight", root_optional=True, errors=(400, 401, 404), planned=True, note=TAKES,
    ),
    Route(
        "insights", "GET", f"{_INSIGHT}/accounts", list_accounts, "List the accounts of an insight", "accounts",
        account_shape.Account, **_LIST, note=_THERE,
    ),
    Route(
        "insights", "GET", f"{_INSIGHT}/categories", list_categories, "List the categories of an insight", "categories",
        categories.Category, **_LIST, note=_THERE,
    ),
    Route(
        "insights", "GET", f"{_INSIGHT}/merchants", list_merchants, "List the merchants of an insight", "merchants",
        merchants.Merchant, **_LIST, note=_THERE,
    ),
    Route(
        "insights", "GET", f"{_INSIGHT}/scheduled_payments", list_scheduled_payments,
        "List the scheduled payments of an insight", "scheduled_payments", scheduled_payments.ScheduledPayment, **_LIST,
        note=_THERE,
    ),
    Route(
        "insights", "GET", f"{_INSIGHT}/transactions", list_transactions, "List the transactions of an insight",
        "transactions", transaction_shape.Transaction, **_LIST, note=_THERE,
    ),
    Route(
        "insights", "GET", "/accounts/{account_guid}/insights", of_account, "List an account's insights", "insights",
        Insight, **_LIST, note=_LISTED,
    ),
    Route(
        "insights", "GET", "/transactions/{transaction_guid}/insights", of_transaction,
        "List a transaction's insights", "insights", Insight, **_LIST, note=_LISTED,
    ),
)  # fmt: skip

"""Beats on the Nexus wire: the older face of insights, of the same rows."""

from collections.abc import Mapping, Sequence

import msgspec

from fanlight.api.nexus.insights import LISTS, TAKES, InsightBody, respond
from fanlight.api.nexus.kit import PAGE, WHOLE, Call, Route, shown
from fanlight.base.paging import Paged
from fanlight.planning.insights import store


class Beat(msgspec.Struct):
    account_guids: list[str]
    created_at: str | None
    description: str
    digest: str
    displayed_at: str | None
    guid: str
    has_been_displayed: bool
    is_dismissed: bool
    is_relevant: bool
    primary_account_guid: str | None
    primary_transaction_guid: str | None
    template: str
    title: str
    transaction_guids: list[str]
    updated_at: str | None
    user_guid: str


def list_all(call: Call) -> list[msgspec.Struct] | Paged[msgspec.Struct]:
    found = store.list_all(call.unit, call.user_id, now=call.now)
    links = store.living_links(call.unit, call.user_id, [each.id for each in found])
    return call.paged(found, lambda each: _wire(each, links.get(each.id, {})))


def read(call: Call) -> msgspec.Struct:
    return _wire_one(call, _named(call))


def update(call: Call) -> msgspec.Struct:
    return _wire_one(call, respond(call, _named(call), "beat"))


def _named(call: Call) -> store.Insight:
    return store.read(call.unit, call.user_id, call.params["beat_guid"])


def _wire_one(call: Call, insight: store.Insight) -> msgspec.Struct:
    links = store.living_links(call.unit, call.user_id, [insight.id])
    return _wire(insight, links.get(insight.id, {}))


def _wire(insight: store.Insight, links: Mapping[str, Sequence[str]]) -> msgspec.Struct:
    """A beat names only what is still there."""
    accounts, transactions = links.get(store.ACCOUNT, ()), links.get(store.TRANSACTION, ())
    account, transaction = insight.primary_account_guid, insight.primary_transaction_guid
    return shown(
        Beat,
        insight,
        account_guids=list(accounts),
        transaction_guids=list(transactions),
        primary_account_guid=account if account in accounts else None,
        primary_transaction_guid=transaction if transaction in transactions else None,
    )


_BEAT = "/beats/{beat_guid}"
ROUTES = (
    Route(
        "beats", "GET", "/beats", list_all, "List beats", "beats", Beat, many=True, may_page=True, query=PAGE,
        errors=(401,), planned=True, deprecated=True, note=f"{LISTS} {WHOLE}",
    ),
    Route(
        "beats", "GET", _BEAT, read, "Read a beat", "beat", Beat, planned=True, deprecated=True,
        note="Also one that is dismissed or no longer active.",
    ),
    Route(
        "beats", "PUT", _BEAT, update, "Update a beat", "beat", Beat, takes=InsightBody, body_root="beat",
        root_optional=True, errors=(400, 401, 404), planned=True, deprecated=True, note=TAKES,
    ),
)  # fmt: skip

"""Insights as they are kept: what was told, what it speaks of, and how its user took it.

Lists show what is active, what its user did not dismiss and what still holds or was displayed; a single one is shown
whatever became of it. What an insight speaks of is shown as long as it is there.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, false, func, insert, or_, select, update

from fanlight.base.errors import NotFound
from fanlight.base.paging import Page, Paged
from fanlight.enrichment import merchants
from fanlight.enrichment.categories import BY_GUID
from fanlight.storage.statements import Clause, array, binds, columns, keys_in, statement
from fanlight.storage.tables import (
    accounts,
    categories,
    clients,
    insight_links,
    insights,
    members,
    scheduled_payments,
    transactions,
    users,
)
from fanlight.storage.unit import Unit

ACCOUNT, CATEGORY, MERCHANT = "account", "category", "merchant"
SCHEDULED_PAYMENT, TRANSACTION = "scheduled_payment", "transaction"
KINDS = (ACCOUNT, CATEGORY, MERCHANT, SCHEDULED_PAYMENT, TRANSACTION)
"""What an insight may speak of."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What the table holds; moments in Unix seconds."""

    id: int = 0
    user_id: int
    guid: str
    template: str
    digest: str
    about: str
    title: str
    description: str
    micro_title: str | None
    micro_description: str | None
    micro_call_to_action: str | None
    primary_account_guid: str | None
    primary_transaction_guid: str | None
    is_relevant: bool
    has_been_displayed: bool
    is_dismissed: bool
    active_at: int
    expires_at: int
    displayed_at: int | None
    cta_clicked_at: int | None
    created_at: int
    updated_at: int


class Insight(Row, frozen=True, kw_only=True):
    """An insight with whom it is for: guids, and the partner's id of the user."""

    user_guid: str
    external_id: str
    client_guid: str


class Told(NamedTuple):
    """What was told before, and when last."""

    template: str
    about: str
    created_at: int


class Link(NamedTuple):
    """One thing that an insight speaks of."""

    insight_id: int
    kind: str
    guid: str


_FIELDS = Row.__struct_fields__
_SHOWN = (users.c.guid, users.c.external_id, clients.c.guid)
_JOINED = insights.join(users, users.c.id == insights.c.user_id).join(clients, clients.c.id == users.c.client_id)
_OWN = insights.c.user_id == bindparam("user_id")
_OF_USER = insights.c.user_id == bindparam("user")
_ACTIVE = (
    _OWN
    & (insights.c.active_at <= bindparam("now"))
    & (insights.c.expires_at > bindparam("now"))
    & (insights.c.is_dismissed == 0)
)
# An insight has no field that says whether its facts still hold: only what was seen stays when they do not.
_LISTED = _ACTIVE & ((insights.c.is_relevant == 1) | (insights.c.has_been_displayed == 1))
_NEWEST = (insights.c.active_at.desc(), insights.c.id.desc())
# Said so that the insights find their links, not the index of all that the user has.
_LINK_OF_USER = func.coalesce(insight_links.c.user_id == bindparam("user_id"), false())
_LINKED = (
    exists()
    .where(insight_links.c.user_id == bindparam("user_id"))
    .where(insight_links.c.insight_id == insights.c.id)
    .where(insight_links.c.kind == bindparam("kind"), insight_links.c.guid == bindparam("guid"))
)


def _insight(*row: Any) -> Insight:
    names = Insight.__struct_fields__
    flags = ("is_relevant", "has_been_displayed", "is_dismissed")
    values = dict(zip(names, row, strict=True))
    return Insight(**values | {name: bool(values[name]) for name in flags})


def _there() -> ColumnElement[bool]:
    """Whether what a link names may still be shown; categories and merchants are looked up beside it."""
    account = accounts.join(members, members.c.id == accounts.c.member_id)
    of_transaction = transactions.join(accounts, accounts.c.id == transactions.c.account_id).join(
        members, members.c.id == accounts.c.member_id
    )
    living = accounts.c.deleted_at.is_(None) & members.c.deleted_at.is_(None)
    own: ColumnElement[int] = bindparam("user_id")
    return or_(
        insight_links.c.kind == CATEGORY,
        insight_links.c.kind == MERCHANT,
        and_(
            insight_links.c.kind == ACCOUNT,
            exists()
            .select_from(account)
            .where(accounts.c.guid == insight_links.c.guid, accounts.c.user_id == own, living),
        ),
        and_(
            insight_links.c.kind == TRANSACTION,
            exists()
            .select_from(of_transaction)
            .where(transactions.c.guid == insight_links.c.guid, transactions.c.user_id == own, living)
            .where(func.coalesce(transactions.c.deleted_at, 0) == 0),
        ),
        and_(
            insight_links.c.kind == SCHEDULED_PAYMENT,
            exists()
            .where(scheduled_payments.c.guid == insight_links.c.guid, scheduled_payments.c.user_id == own)
            .where(scheduled_payments.c.deleted_at.is_(None)),
        ),
    )


@statement
def _insert() -> Clause:
    return insert(insights).values(binds(_FIELDS[1:]))


@statement
def _insert_link() -> Clause:
    return insert(insight_links).values(binds(("user_id", "insight_id", "kind", "guid")))


@statement
def _told() -> Clause:
    return (
        select(insights.c.template, insights.c.about, func.max(insights.c.created_at))
        .where(_OWN)
        .group_by(insights.c.template, insights.c.about)
    )


@statement
def _relevant() -> Clause:
    return (
        select(insights.c.id, insights.c.template, insights.c.about)
        .where(_OWN, insights.c.is_relevant == 1)
        .order_by(insights.c.id)
    )


@statement
def _end() -> Clause:
    ended = keys_in(insights.c.id, "ids")
    return update(insights).where(_OF_USER, ended).values(is_relevant=0, updated_at=bindparam("now"))


@statement
def _expire() -> Clause:
    over = (insights.c.is_relevant == 1) & (insights.c.expires_at <= bindparam("now"))
    return update(insights).where(_OF_USER, over).values(is_relevant=0, updated_at=bindparam("now"))


@statement
def _links() -> Clause:
    return (
        select(insight_links.c.insight_id, insight_links.c.kind, insight_links.c.guid)
        .where(_LINK_OF_USER, keys_in(insight_links.c.insight_id, "ids"))
        .order_by(insight_links.c.id)
    )


@statement
def _living_links() -> Clause:
    named = keys_in(insight_links.c.insight_id, "ids")
    return (
        select(insight_links.c.insight_id, insight_links.c.kind, insight_links.c.guid)
        .where(_LINK_OF_USER, named, _there())
        .order_by(insight_links.c.id)
    )


@statement
def _own_categories() -> Clause:
    return select(categories.c.guid).where(categories.c.user_id == bindparam("user_id"))


@statement
def _transactions_told_by() -> Clause:
    joined = insight_links.join(insights, insights.c.id == insight_links.c.insight_id)
    of_kind = (insight_links.c.user_id == bindparam("user_id")) & (insight_links.c.kind == TRANSACTION)
    named = keys_in(insight_links.c.guid, "guids") & keys_in(insights.c.template, "templates")
    return select(insight_links.c.guid, insights.c.template).select_from(joined).where(of_kind, named)


@statement
def _all() -> Clause:
    return select(*columns(insights, Row), *_SHOWN).select_from(_JOINED).where(_ACTIVE).order_by(*_NEWEST)


@statement
def _page() -> Clause:
    rows = select(*columns(insights, Row), *_SHOWN).select_from(_JOINED).where(_LISTED)
    return rows.order_by(*_NEWEST).limit(bindparam("size")).offset(bindparam("offset"))


@statement
def _count() -> Clause:
    return select(func.count()).select_from(insights).where(_LISTED)


@statement
def _page_of() -> Clause:
    rows = select(*columns(insights, Row), *_SHOWN).select_from(_JOINED).where(_LISTED, _LINKED)
    return rows.order_by(*_NEWEST).limit(bindparam("size")).offset(bindparam("offset"))


@statement
def _count_of() -> Clause:
    return select(func.count()).select_from(insights).where(_LISTED, _LINKED)


@statement
def _read() -> Clause:
    rows = select(*columns(insights, Row), *_SHOWN).select_from(_JOINED)
    return rows.where(_OWN, insights.c.guid == bindparam("guid"))


@statement
def _update() -> Clause:
    names = ("is_relevant", "has_been_displayed", "is_dismissed", "displayed_at", "cta_clicked_at", "updated_at")
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(insights).where(insights.c.id == bindparam("of"), _OF_USER).values(**values)


@statement
def _purge() -> Clause:
    return delete(insights).where(insights.c.created_at <= bindparam("kept_before"))


def add(unit: Unit, row: Row, links: Mapping[str, Iterable[str]]) -> None:
    """Keep a new insight with the guids of what it speaks of, by kind."""
    key = unit.insert_row(_insert, row)
    unit.many(
        _insert_link,
        (
            {"user_id": row.user_id, "insight_id": key, "kind": kind, "guid": guid}
            for kind, guids in links.items()
            for guid in dict.fromkeys(guids)
        ),
    )


def told(unit: Unit, user_id: int) -> list[Told]:
    """Everything that the user was ever told, each thing once."""
    return unit.all(Told, _told, user_id=user_id)


def relevant(unit: Unit, user_id: int) -> list[tuple[int, str, str]]:
    """Key, template and `about` of what is still of use."""
    return unit.all(lambda key, template, about: (key, template, about), _relevant, user_id=user_id)


def end(unit: Unit, user_id: int, keys: Collection[int], *, now: int) -> None:
    """What insights say does not hold any more."""
    if keys:
        unit.run(_end, user=user_id, ids=array(keys), now=now)


def expire(unit: Unit, user_id: int, *, now: int) -> None:
    """What is no longer active is of no use either."""
    unit.run(_expire, user=user_id, now=now)


def links(unit: Unit, user_id: int, keys: Collection[int]) -> dict[int, dict[str, tuple[str, ...]]]:
    """The guids of what insights speak of, by insight and kind, the most relevant first, gone ones too."""
    return _by_insight(unit.all(Link, _links, user_id=user_id, ids=array(keys)) if keys else ())


def living_links(unit: Unit, user_id: int, keys: Collection[int]) -> dict[int, dict[str, tuple[str, ...]]]:
    """The same of what is still there."""
    found = unit.all(Link, _living_links, user_id=user_id, ids=array(keys)) if keys else []
    named = {each.guid for each in found if each.kind == CATEGORY} - BY_GUID.keys()
    own = set(unit.all(str, _own_categories, user_id=user_id)) if named else set()
    return _by_insight(each for each in found if _is_known(each, own))


def transactions_told_by(unit: Unit, user_id: int, guids: Collection[str], templates: Sequence[str]) -> set[str]:
    """Which of some transactions an insight of one of some templates speaks of."""
    if not guids:
        return set()
    given = {"guids": array(guids), "templates": array(templates)}
    return set(unit.all(lambda guid, _template: str(guid), _transactions_told_by, user_id=user_id, **given))


def page(unit: Unit, user_id: int, page: Page, *, now: int) -> Paged[Insight]:
    """A page of what is active and not dismissed, and holds or was displayed, newest first."""
    found = unit.all(_insight, _page, user_id=user_id, now=now, size=page.size, offset=page.offset)
    return Paged(found, page, unit.scalar(_count, user_id=user_id, now=now))


def page_of(unit: Unit, user_id: int, kind: str, guid: str, page: Page, *, now: int) -> Paged[Insight]:
    """A page of those that speak of one thing."""
    given = {"user_id": user_id, "kind": kind, "guid": guid, "now": now}
    found = unit.all(_insight, _page_of, **given, size=page.size, offset=page.offset)
    return Paged(found, page, unit.scalar(_count_of, **given))


def list_all(unit: Unit, user_id: int, *, now: int) -> list[Insight]:
    """Everything that is active and not dismissed, whether or not it still holds, newest first."""
    return unit.all(_insight, _all, user_id=user_id, now=now)


def read(unit: Unit, user_id: int, guid: str) -> Insight:
    insight = unit.one(_insight, _read, user_id=user_id, guid=guid)
    if insight is None:
        raise NotFound("There is no such insight.")
    return insight


def respond(
    unit: Unit, insight: Insight, *, now: int, has_been_displayed: bool | None = None, is_dismissed: bool | None = None,
    cta_clicked_at: int | None = None,
) -> Insight:  # fmt: skip
    """Keep how the user took an insight; None says nothing.

    Once displayed or dismissed it is not relevant any more, for good.
    """
    is_displayed = insight.has_been_displayed if has_been_displayed is None else has_been_displayed
    is_gone = insight.is_dismissed if is_dismissed is None else is_dismissed
    new = msgspec.structs.replace(
        insight,
        has_been_displayed=is_displayed,
        is_dismissed=is_gone,
        displayed_at=(insight.displayed_at or now) if is_displayed else None,
        is_relevant=insight.is_relevant and not is_displayed and not is_gone,
        cta_clicked_at=insight.cta_clicked_at if cta_clicked_at is None else min(cta_clicked_at, now),
    )
    if new == insight:
        return insight
    new = msgspec.structs.replace(new, updated_at=now)
    names = ("is_relevant", "has_been_displayed", "is_dismissed", "displayed_at", "cta_clicked_at", "updated_at")
    unit.run(_update, of=new.id, user=new.user_id, **{f"new_{name}": getattr(new, name) for name in names})
    return new


def _is_known(link: Link, own_categories: Collection[str]) -> bool:
    if link.kind == CATEGORY:
        return link.guid in BY_GUID or link.guid in own_categories
    return link.kind != MERCHANT or merchants.by_guid(link.guid) is not None


def _by_insight(found: Iterable[Link]) -> dict[int, dict[str, tuple[str, ...]]]:
    known: dict[int, dict[str, tuple[str, ...]]] = {}
    for each in found:
        of_insight = known.setdefault(each.insight_id, {})
        of_insight[each.kind] = (*of_insight.get(each.kind, ()), each.guid)
    return known


def purge(unit: Unit, *, kept_before: int) -> int:
    """Remove what was told long enough ago; how many."""
    return unit.run(_purge, kept_before=kept_before)

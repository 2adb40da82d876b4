"""Holdings: what an investment account is made of, as an institution tells it or a partner keeps it.

`feed` is what they say, `edits` what the user says; the user is believed first. What an institution does not tell any
more is deleted but kept for a while, for a position may come back. Only what is for PFM shows its holdings.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from fanlight.base.errors import NotFound
from fanlight.base.guids import new_guid
from fanlight.base.paging import Page, Paged
from fanlight.core.accounts import Row as AccountRow
from fanlight.core.provenance import Facts
from fanlight.storage.statements import Clause, array, binds, columns, keys_in, row_of, statement
from fanlight.storage.tables import accounts, holdings, members, users
from fanlight.storage.unit import Unit


class Row(msgspec.Struct, frozen=True):
    """What the table holds."""

    id: int
    user_id: int
    account_id: int
    member_id: int
    guid: str
    provider_id: str | None
    feed: str
    edits: str
    cost_basis_updated_at: int | None
    created_at: int
    updated_at: int
    deleted_at: int | None

    @property
    def facts(self) -> Facts:
        return Facts.parse(self.feed, self.edits)


class Holding(Row, frozen=True):
    """A holding with the guids it shows."""

    account_guid: str
    member_guid: str
    user_guid: str


class Filter(NamedTuple):
    """Which holdings: of some accounts, of a member; None is all."""

    account_guids: frozenset[str] | None = None
    member_guid: str | None = None


_row = row_of(Row)
_holding = row_of(Holding)
_WRITTEN = ("provider_id", "feed", "edits", "cost_basis_updated_at", "updated_at", "deleted_at")
_SHOWN = (accounts.c.guid, members.c.guid, users.c.guid)
_JOINED = (
    holdings.join(accounts, accounts.c.id == holdings.c.account_id)
    .join(members, members.c.id == holdings.c.member_id)
    .join(users, users.c.id == holdings.c.user_id)
)
_OF_USER = (
    (holdings.c.user_id == bindparam("user_id"))
    & holdings.c.deleted_at.is_(None)
    & accounts.c.deleted_at.is_(None)
    & members.c.deleted_at.is_(None)
    & or_(members.c.use_cases.is_(None), members.c.use_cases.contains('"PFM"'))
)
_LISTED = (
    _OF_USER
    & or_(bindparam("account_guids").is_(None), keys_in(accounts.c.guid, "account_guids"))
    & or_(bindparam("member_guid").is_(None), members.c.guid == bindparam("member_guid"))
)
_NAMED = (holdings.c.id == bindparam("of")) & (holdings.c.user_id == bindparam("user"))


@statement
def _insert() -> Clause:
    return insert(holdings).values(binds(Row.__struct_fields__[1:]))


@statement
def _page() -> Clause:
    rows = select(*columns(holdings, Row), *_SHOWN).select_from(_JOINED).where(_LISTED)
    return rows.order_by(holdings.c.id).limit(bindparam("size")).offset(bindparam("offset"))


@statement
def _count() -> Clause:
    return select(func.count()).select_from(_JOINED).where(_LISTED)


@statement
def _read() -> Clause:
    named = holdings.c.guid == bindparam("guid")
    return select(*columns(holdings, Row), *_SHOWN).select_from(_JOINED).where(_OF_USER, named)


@statement
def _known() -> Clause:
    """Deleted ones too: merge must know them again."""
    of_account = holdings.c.account_id == bindparam("account_id")
    rows = select(*columns(holdings, Row)).where(holdings.c.user_id == bindparam("user_id"), of_account)
    return rows.order_by(holdings.c.id)


@statement
def _by_provider_id() -> Clause:
    """A partner sees what it keeps, whatever it is for."""
    named = (holdings.c.account_id == bindparam("account_id")) & (holdings.c.provider_id == bindparam("provider_id"))
    living = (holdings.c.user_id == bindparam("user_id")) & holdings.c.deleted_at.is_(None)
    return select(*columns(holdings, Row), *_SHOWN).select_from(_JOINED).where(living, named)


@statement
def _write() -> Clause:
    return update(holdings).where(_NAMED).values({name: bindparam(f"new_{name}") for name in _WRITTEN})


@statement
def _remove() -> Clause:
    return delete(holdings).where(_NAMED)


@statement
def _erase() -> Clause:
    of_account = holdings.c.account_id == bindparam("account_id")
    return delete(holdings).where(holdings.c.user_id == bindparam("user_id"), of_account)


@statement
def _purge() -> Clause:
    return delete(holdings).where(holdings.c.deleted_at <= bindparam("deleted_before"))


def new(account: AccountRow, provider_id: str | None, feed: str, *, now: int) -> Row:
    """A holding of an account that is not kept yet."""
    return Row(
        id=0,
        user_id=account.user_id,
        account_id=account.id,
        member_id=account.member_id,
        guid=new_guid("HOL"),
        provider_id=provider_id,
        feed=feed,
        edits="",
        cost_basis_updated_at=None if Facts.parse(feed, "").feed.get("cost_basis") is None else now,
        created_at=now,
        updated_at=now,
        deleted_at=None,
    )


def told(row: Row, provider_id: str | None, feed: str, *, now: int) -> Row:
    """The row as its feed has it now; the very same when that is nothing new. What the user said stays."""
    return _changed(row, now, provider_id=provider_id, feed=feed, deleted_at=None)


def gone(row: Row, *, now: int) -> Row:
    """The row as one that its feed does not tell any more."""
    return row if row.deleted_at is not None else _changed(row, now, deleted_at=now)


def page(unit: Unit, user_id: int, which: Filter, page: Page) -> Paged[Holding]:
    """A page of the user's holdings, in the order in which they came."""
    guids = None if which.account_guids is None else array(sorted(which.account_guids))
    given = {"user_id": user_id, "account_guids": guids, "member_guid": which.member_guid}
    found = unit.all(_holding, _page, size=page.size, offset=page.offset, **given)
    return Paged(found, page, unit.scalar(_count, **given))


def read(unit: Unit, user_id: int, guid: str) -> Holding:
    holding = unit.one(_holding, _read, user_id=user_id, guid=guid)
    if holding is None:
        raise NotFound("There is no such holding.")
    return holding


def edit(unit: Unit, holding: Holding, given: Mapping[str, Any], *, now: int) -> None:
    """Keep what a user says; None takes it back, and the feed's value returns."""
    write_all(unit, [_changed(holding, now, edits=holding.facts.edited(given))])


def known(unit: Unit, account: AccountRow) -> list[Row]:
    """All that is kept of an account, what is gone too."""
    return unit.all(_row, _known, user_id=account.user_id, account_id=account.id)


def by_provider_id(unit: Unit, user_id: int, account_id: int, provider_id: str) -> Holding | None:
    """The account's holding of this id."""
    return unit.one(_holding, _by_provider_id, user_id=user_id, account_id=account_id, provider_id=provider_id)


def add_all(unit: Unit, rows: Iterable[Row]) -> None:
    """Keep new holdings (their `id` is ignored)."""
    names = Row.__struct_fields__[1:]
    unit.many(_insert, ({name: getattr(row, name) for name in names} for row in rows))


def write_all(unit: Unit, rows: Iterable[Row]) -> None:
    """Write rows back under their keys."""
    unit.many(_write, (_written(row) for row in rows))


def remove(unit: Unit, row: Row) -> None:
    """Gone whole, at once."""
    unit.run(_remove, of=row.id, user=row.user_id)


def erase(unit: Unit, user_id: int, account_id: int) -> None:
    """Every holding of an account, at once."""
    unit.run(_erase, user_id=user_id, account_id=account_id)


def purge(unit: Unit, *, deleted_before: int) -> int:
    """Remove what was deleted long enough ago; how many."""
    return unit.run(_purge, deleted_before=deleted_before)


def _written(row: Row) -> dict[str, Any]:
    return {"of": row.id, "user": row.user_id, **{f"new_{name}": getattr(row, name) for name in _WRITTEN}}


def _changed(row: Row, now: int, **changes: Any) -> Row:
    """The row with changes and their moments; the same row where they change nothing."""
    if all(getattr(row, name) == value for name, value in changes.items()):
        return row
    after = msgspec.structs.replace(row, **changes, updated_at=now)
    if after.facts["cost_basis"].value == row.facts["cost_basis"].value:
        return after
    return msgspec.structs.replace(after, cost_basis_updated_at=now)

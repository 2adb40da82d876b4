"""Holdings: what an investment account is made of."""

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.base.guids import new_guid
from fanlight.core.accounts import Row as AccountRow
from fanlight.core.provenance import Facts
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
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
    created_at: int
    updated_at: int


class Holding(Row, frozen=True):
    """A holding with the guids it shows."""

    account_guid: str
    member_guid: str
    user_guid: str

    @property
    def facts(self) -> Facts:
        return Facts.parse(self.feed, self.edits)


_holding = row_of(Holding)
_SHOWN = (accounts.c.guid, members.c.guid, users.c.guid)
_JOINED = (
    holdings.join(accounts, accounts.c.id == holdings.c.account_id)
    .join(members, members.c.id == holdings.c.member_id)
    .join(users, users.c.id == holdings.c.user_id)
)
_OF_USER = (
    (holdings.c.user_id == bindparam("user_id")) & accounts.c.deleted_at.is_(None) & members.c.deleted_at.is_(None)
)
_NAMED = (holdings.c.id == bindparam("of")) & (holdings.c.user_id == bindparam("user"))


@statement
def _insert() -> Clause:
    return insert(holdings).values(binds(Row.__struct_fields__[1:]))


@statement
def _by_provider_id() -> Clause:
    named = (holdings.c.account_id == bindparam("account_id")) & (holdings.c.provider_id == bindparam("provider_id"))
    return select(*columns(holdings, Row), *_SHOWN).select_from(_JOINED).where(_OF_USER, named)


@statement
def _update_feed() -> Clause:
    return update(holdings).where(_NAMED).values(feed=bindparam("new_feed"), updated_at=bindparam("now"))


@statement
def _remove() -> Clause:
    return delete(holdings).where(_NAMED)


def new(account: AccountRow, provider_id: str, feed: str, *, now: int) -> Row:
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
        created_at=now,
        updated_at=now,
    )


def add(unit: Unit, row: Row) -> None:
    """Keep a new holding (its `id` is ignored)."""
    unit.insert_row(_insert, row)


def by_provider_id(unit: Unit, user_id: int, account_id: int, provider_id: str) -> Holding | None:
    """The account's holding of this id."""
    return unit.one(_holding, _by_provider_id, user_id=user_id, account_id=account_id, provider_id=provider_id)


def update_feed(unit: Unit, row: Row, feed: str, *, now: int) -> None:
    """Take over what the feed says now, where it says something new."""
    if feed != row.feed:
        unit.run(_update_feed, of=row.id, user=row.user_id, new_feed=feed, now=now)


def remove(unit: Unit, row: Row) -> None:
    """Gone whole, at once."""
    unit.run(_remove, of=row.id, user=row.user_id)

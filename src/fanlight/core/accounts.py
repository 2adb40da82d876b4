"""Accounts: what a person holds or owes at an institution."""

from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.base.errors import NotFound
from fanlight.base.guids import new_guid
from fanlight.core.provenance import Facts
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import accounts, institutions, members, users
from fanlight.storage.unit import Unit

MANUAL = "manual"
"""`provider_id` of what a user keeps by hand."""


class Row(msgspec.Struct, frozen=True):
    """What the table holds."""

    id: int
    user_id: int
    member_id: int
    guid: str
    provider_id: str
    feed: str
    edits: str
    is_closed: bool
    created_at: int
    updated_at: int
    imported_at: int
    deleted_at: int | None

    @property
    def is_manual(self) -> bool:
        """Whether the user keeps it by hand."""
        return self.provider_id == MANUAL

    def facts_of_feed(self) -> dict[str, Any]:
        """The feed side alone."""
        return Facts.parse(self.feed, "").feed


class Account(Row, frozen=True):
    """An account with the guids it shows."""

    member_guid: str
    institution_guid: str
    user_guid: str
    member_is_managed_by_user: bool

    @property
    def facts(self) -> Facts:
        return Facts.parse(self.feed, self.edits)


_row = row_of(Row)
_account = row_of(Account)
_SHOWN = (members.c.guid, institutions.c.guid, users.c.guid, members.c.partner_id.is_(None))
_JOINED = (
    accounts.join(members, members.c.id == accounts.c.member_id)
    .join(institutions, institutions.c.id == members.c.institution_id)
    .join(users, users.c.id == accounts.c.user_id)
)
_OF_USER = (
    (accounts.c.user_id == bindparam("user_id")) & accounts.c.deleted_at.is_(None) & members.c.deleted_at.is_(None)
)
_OF_MEMBER = _OF_USER & (accounts.c.member_id == bindparam("member_id"))


@statement
def _insert() -> Clause:
    return insert(accounts).values(binds(Row.__struct_fields__[1:]))


@statement
def _update_feed() -> Clause:
    return (
        update(accounts)
        .where(accounts.c.id == bindparam("of"), accounts.c.user_id == bindparam("user"))
        .values(
            provider_id=bindparam("new_provider_id"),
            feed=bindparam("new_feed"),
            is_closed=bindparam("closed"),
            imported_at=bindparam("now"),
            updated_at=bindparam("changed_at"),
        )
    )


@statement
def _all() -> Clause:
    return select(*columns(accounts, Row), *_SHOWN).select_from(_JOINED).where(_OF_USER).order_by(accounts.c.id)


@statement
def _of_member() -> Clause:
    return select(*columns(accounts, Row), *_SHOWN).select_from(_JOINED).where(_OF_MEMBER).order_by(accounts.c.id)


@statement
def _read() -> Clause:
    named = accounts.c.guid == bindparam("guid")
    return select(*columns(accounts, Row), *_SHOWN).select_from(_JOINED).where(_OF_USER, named)


@statement
def _known() -> Clause:
    """Every account of a member, deleted ones too: merge must know them again."""
    of_member = (accounts.c.user_id == bindparam("user_id")) & (accounts.c.member_id == bindparam("member_id"))
    return select(*columns(accounts, Row)).where(of_member).order_by(accounts.c.id)


@statement
def _by_provider_id() -> Clause:
    named = accounts.c.provider_id == bindparam("provider_id")
    return select(*columns(accounts, Row), *_SHOWN).select_from(_JOINED).where(_OF_MEMBER, named)


@statement
def _mark_deleted() -> Clause:
    named = (accounts.c.id == bindparam("of")) & (accounts.c.user_id == bindparam("user"))
    return update(accounts).where(named).values(deleted_at=bindparam("now"), updated_at=bindparam("now"))


@statement
def _purge() -> Clause:
    held = select(members.c.id).where(members.c.partner_id.is_not(None))
    return delete(accounts).where(accounts.c.deleted_at <= bindparam("deleted_before"), accounts.c.member_id.in_(held))


def new(user_id: int, member_id: int, provider_id: str, feed: str, *, is_closed: bool, now: int) -> Row:
    """An account that is not kept yet."""
    return Row(
        id=0,
        user_id=user_id,
        member_id=member_id,
        guid=new_guid("ACT"),
        provider_id=provider_id,
        feed=feed,
        edits="",
        is_closed=is_closed,
        created_at=now,
        updated_at=now,
        imported_at=now,
        deleted_at=None,
    )


def list_all(unit: Unit, user_id: int) -> list[Account]:
    return unit.all(_account, _all, user_id=user_id)


def of_member(unit: Unit, user_id: int, member_id: int) -> list[Account]:
    return unit.all(_account, _of_member, user_id=user_id, member_id=member_id)


def read(unit: Unit, user_id: int, guid: str) -> Account:
    account = unit.one(_account, _read, user_id=user_id, guid=guid)
    if account is None:
        raise NotFound("There is no such account.")
    return account


def known(unit: Unit, user_id: int, member_id: int) -> list[Row]:
    return unit.all(_row, _known, user_id=user_id, member_id=member_id)


def add(unit: Unit, row: Row) -> int:
    """Keep a new account (its `id` is ignored); the row's key."""
    return unit.insert_row(_insert, row)


def update_feed(unit: Unit, row: Row, provider_id: str, feed: str, *, is_closed: bool, now: int) -> None:
    """Take over what the feed says now; `updated_at` moves only when something changed."""
    changed = feed != row.feed or provider_id != row.provider_id or is_closed != row.is_closed
    unit.run(
        _update_feed,
        of=row.id,
        user=row.user_id,
        new_provider_id=provider_id,
        new_feed=feed,
        closed=is_closed,
        now=now,
        changed_at=now if changed else row.updated_at,
    )


def by_provider_id(unit: Unit, user_id: int, member_id: int, provider_id: str) -> Account | None:
    """The member's living account of this id."""
    return unit.one(_account, _by_provider_id, user_id=user_id, member_id=member_id, provider_id=provider_id)


def delete_account(unit: Unit, row: Row, *, now: int) -> None:
    """Invisible at once."""
    unit.run(_mark_deleted, of=row.id, user=row.user_id, now=now)


def purge_partner_held(unit: Unit, *, deleted_before: int) -> int:
    """Remove accounts that a partner deleted long enough ago; how many. Deleted fed ones stay, or feeds revive them."""
    return unit.run(_purge, deleted_before=deleted_before)

"""Accounts: what a person holds or owes, as an institution tells it, a partner keeps it or the person wrote it down.

`feed` is what the institution or partner says, `edits` what the user says; the user is believed first.
"""

from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from fanlight.base.errors import NotFound
from fanlight.base.guids import new_guid
from fanlight.core.institutions import MANUAL_INSTITUTION
from fanlight.core.provenance import Facts
from fanlight.core.transactions import changed
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import accounts, institutions, members, transactions, users
from fanlight.storage.unit import Unit

MANUAL = "manual"
"""`provider_id` of what a user keeps by hand."""

USUAL = '["PFM"]'
"""`use_cases` of a member that says none."""


class Row(msgspec.Struct, frozen=True):
    """What the table holds."""

    id: int
    user_id: int
    member_id: int
    guid: str
    provider_id: str
    number_key: str | None
    feed: str
    edits: str
    is_closed: bool
    created_at: int
    updated_at: int
    imported_at: int
    blocked_at: int | None
    deleted_at: int | None

    @property
    def facts(self) -> Facts:
        return Facts.parse(self.feed, self.edits)

    def facts_of_feed(self) -> dict[str, Any]:
        """The feed side alone."""
        return Facts.parse(self.feed, "").feed


class Account(Row, frozen=True):
    """An account with the guids it shows."""

    member_guid: str
    institution_guid: str
    user_guid: str
    member_is_managed_by_user: bool
    use_cases: str | None

    @property
    def is_manual(self) -> bool:
        """Whether the user keeps it by hand."""
        return self.institution_guid == MANUAL_INSTITUTION

    def is_for(self, use_case: str) -> bool:
        """Whether its member carries a use case; one that says none is for PFM."""
        return f'"{use_case}"' in (self.use_cases or USUAL)


_row = row_of(Row)
_account = row_of(Account)
_SHOWN = (members.c.guid, institutions.c.guid, users.c.guid, members.c.partner_id.is_(None), members.c.use_cases)
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
            number_key=bindparam("new_number_key"),
            feed=bindparam("new_feed"),
            is_closed=bindparam("closed"),
            imported_at=bindparam("now"),
            updated_at=bindparam("changed_at"),
        )
    )


@statement
def _update_edits() -> Clause:
    return (
        update(accounts)
        .where(accounts.c.id == bindparam("of"), accounts.c.user_id == bindparam("user"))
        .values(edits=bindparam("new_edits"), is_closed=bindparam("closed"), updated_at=bindparam("now"))
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
def _mark_transactions_deleted() -> Clause:
    # Not `IS NULL`: the index of the account is to be taken, not one of all the user's living transactions.
    living = func.coalesce(transactions.c.deleted_at, 0) == 0
    of_account = (transactions.c.user_id == bindparam("user")) & (transactions.c.account_id == bindparam("of"))
    return update(transactions).where(of_account, living).values(deleted_at=bindparam("now"), **changed())


@statement
def _purge() -> Clause:
    by_hand = institutions.c.guid == MANUAL_INSTITUTION
    joined = members.join(institutions, institutions.c.id == members.c.institution_id)
    not_fed = select(members.c.id).select_from(joined).where(members.c.partner_id.is_not(None) | by_hand)
    ended = (accounts.c.deleted_at <= bindparam("deleted_before")) & accounts.c.blocked_at.is_(None)
    return delete(accounts).where(ended, accounts.c.member_id.in_(not_fed))


def new(
    user_id: int, member_id: int, provider_id: str, feed: str, *, is_closed: bool, now: int,
    number_key: str | None = None, edits: str = "",
) -> Row:  # fmt: skip
    """An account that is not kept yet."""
    return Row(
        id=0,
        user_id=user_id,
        member_id=member_id,
        guid=new_guid("ACT"),
        provider_id=provider_id,
        number_key=number_key,
        feed=feed,
        edits=edits,
        is_closed=is_closed,
        created_at=now,
        updated_at=now,
        imported_at=now,
        blocked_at=None,
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


def is_blocked(unit: Unit, user_id: int, member_id: int, provider_id: str) -> bool:
    """Whether the user wants nothing more of the member's account of this id."""
    rows = known(unit, user_id, member_id)
    return any(row.blocked_at is not None and row.provider_id == provider_id for row in rows)


def living(unit: Unit, user_id: int, member_id: int) -> set[int]:
    """The keys of the member's accounts that are there: one may be blocked while data of it is on its way."""
    return {row.id for row in known(unit, user_id, member_id) if row.deleted_at is None}


def add(unit: Unit, row: Row) -> int:
    """Keep a new account (its `id` is ignored); the row's key."""
    return unit.insert_row(_insert, row)


def update_feed(
    unit: Unit, row: Row, provider_id: str, feed: str, *, is_closed: bool, now: int, number_key: str | None = None
) -> None:
    """Take over what the feed says now; a key that it does not give stays, and so does what the user said.

    `updated_at` moves only when something changed.
    """
    is_closed = bool(row.facts.edits.get("is_closed", is_closed))
    is_changed = feed != row.feed or provider_id != row.provider_id or is_closed != row.is_closed
    unit.run(
        _update_feed,
        of=row.id,
        user=row.user_id,
        new_provider_id=provider_id,
        new_number_key=number_key or row.number_key,
        new_feed=feed,
        closed=is_closed,
        now=now,
        changed_at=now if is_changed else row.updated_at,
    )


def update_edits(unit: Unit, row: Row, edits: str, *, now: int) -> None:
    """Keep what the user says now."""
    is_closed = bool(Facts.parse(row.feed, edits)["is_closed"].value)
    unit.run(_update_edits, of=row.id, user=row.user_id, new_edits=edits, closed=is_closed, now=now)


def by_provider_id(unit: Unit, user_id: int, member_id: int, provider_id: str) -> Account | None:
    """The member's living account of this id."""
    return unit.one(_account, _by_provider_id, user_id=user_id, member_id=member_id, provider_id=provider_id)


def delete_account(unit: Unit, row: Row, *, now: int) -> None:
    """Invisible at once with its transactions."""
    unit.run(_mark_deleted, of=row.id, user=row.user_id, now=now)
    unit.run(_mark_transactions_deleted, of=row.id, user=row.user_id, now=now)


def purge(unit: Unit, *, deleted_before: int) -> int:
    """Remove accounts that a partner or a user deleted long enough ago; how many.

    What institutions tell stays although it is deleted, and so does what is blocked: else it would come back.
    """
    return unit.run(_purge, deleted_before=deleted_before)

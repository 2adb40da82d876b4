"""Transactions: what moved on an account. Amounts are positive; the type says the direction."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, insert, literal_column, or_, select, update

from fanlight.base.errors import NotFound
from fanlight.base.guids import new_guid
from fanlight.base.paging import Page, Paged
from fanlight.core.provenance import Facts
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import accounts, members, transactions, users
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

PARTNER = "partner"
"""`fingerprint` of what a partner keeps."""
CHECK_IMAGE = "check image"


class Status(IntEnum):
    """`status`."""

    POSTED = 1
    PENDING = 2


class Type(IntEnum):
    """`transaction_type`."""

    CREDIT = 1
    DEBIT = 2


class Row(msgspec.Struct, frozen=True):
    """What the table holds; `amount` in millionths, `date` as YYYY-MM-DD."""

    id: int
    user_id: int
    account_id: int
    member_id: int
    guid: str
    provider_id: str | None
    fingerprint: str
    status: Status
    amount: int
    date: str
    feed: str
    edits: str
    created_at: int
    updated_at: int
    deleted_at: int | None

    def facts_of_feed(self) -> dict[str, Any]:
        """The feed side alone."""
        return Facts.parse(self.feed, "").feed


class Transaction(Row, frozen=True):
    """A transaction with the guids it shows."""

    account_guid: str
    member_guid: str
    user_guid: str
    member_is_managed_by_user: bool

    @property
    def facts(self) -> Facts:
        return Facts.parse(self.feed, self.edits)


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which transactions: days from and to (YYYY-MM-DD, both included), of some accounts, one member, one use case."""

    from_date: str
    to_date: str
    account_ids: tuple[int, ...] | None = None
    member_id: int | None = None
    use_case: str | None = None


_row = row_of(Row)
_transaction = row_of(Transaction)
_SHOWN = (accounts.c.guid, members.c.guid, users.c.guid, members.c.partner_id.is_(None))
_JOINED = (
    transactions.join(accounts, accounts.c.id == transactions.c.account_id)
    .join(members, members.c.id == transactions.c.member_id)
    .join(users, users.c.id == transactions.c.user_id)
)
_OF_USER = (
    (transactions.c.user_id == bindparam("user_id"))
    & transactions.c.deleted_at.is_(None)
    & accounts.c.deleted_at.is_(None)
    & members.c.deleted_at.is_(None)
)
_IN_RANGE = transactions.c.date.between(bindparam("from_date"), bindparam("to_date"))
# One text for every filter: an absent one is NULL; the accounts travel as a JSON array.
_FILTERED = (
    _OF_USER
    & _IN_RANGE
    & or_(bindparam("member_id").is_(None), transactions.c.member_id == bindparam("member_id"))
    & or_(bindparam("use_case").is_(None), members.c.use_cases.like(bindparam("use_case")))
    & or_(
        bindparam("account_ids").is_(None),
        transactions.c.account_id.in_(select(func.json_each(bindparam("account_ids")).table_valued("value").c.value)),
    )
)


@statement
def _insert() -> Clause:
    return insert(transactions).values(binds(Row.__struct_fields__[1:]))


@statement
def _page() -> Clause:
    return (
        select(*columns(transactions, Row), *_SHOWN)
        .select_from(_JOINED)
        .where(_FILTERED)
        .order_by(transactions.c.date.desc(), transactions.c.id.desc())
        .limit(bindparam("size"))
        .offset(bindparam("offset"))
    )


@statement
def _count() -> Clause:
    return select(func.count()).select_from(_JOINED).where(_FILTERED)


@statement
def _read() -> Clause:
    named = transactions.c.guid == bindparam("guid")
    return select(*columns(transactions, Row), *_SHOWN).select_from(_JOINED).where(_OF_USER, named)


@statement
def _known() -> Clause:
    """Living transactions of an account from a day on: what merge compares with."""
    return (
        select(*columns(transactions, Row))
        .where(
            transactions.c.user_id == bindparam("user_id"),
            transactions.c.account_id == bindparam("account_id"),
            transactions.c.date >= bindparam("from_date"),
            transactions.c.deleted_at.is_(None),
        )
        .order_by(transactions.c.id)
    )


@statement
def _update() -> Clause:
    names = ("provider_id", "fingerprint", "status", "amount", "date", "feed", "updated_at")
    return (
        update(transactions)
        .where(transactions.c.id == bindparam("of"), transactions.c.user_id == bindparam("user"))
        .values(**{name: bindparam(f"new_{name}") for name in names})
    )


@statement
def _delete() -> Clause:
    named = (transactions.c.id == bindparam("of")) & (transactions.c.user_id == bindparam("user"))
    return update(transactions).where(named).values(deleted_at=bindparam("now"))


@statement
def _of_partner() -> Clause:
    # The fingerprint stands in the text, so that the partial index serves.
    named = (transactions.c.account_id == bindparam("account_id")) & (
        transactions.c.provider_id == bindparam("provider_id")
    )
    kept = transactions.c.fingerprint == literal_column(f"'{PARTNER}'")
    return select(*columns(transactions, Row), *_SHOWN).select_from(_JOINED).where(_OF_USER, named, kept)


@statement
def _remove() -> Clause:
    return delete(transactions).where(transactions.c.id == bindparam("of"), transactions.c.user_id == bindparam("user"))


@statement
def _set_check_image() -> Clause:
    named = (transactions.c.id == bindparam("of")) & (transactions.c.user_id == bindparam("user"))
    return update(transactions).where(named).values(check_image=bindparam("sealed"))


@statement
def _check_image() -> Clause:
    named = (transactions.c.id == bindparam("of")) & (transactions.c.user_id == bindparam("user"))
    return select(transactions.c.check_image).where(named)


@statement
def _erase_check_images() -> Clause:
    of_account = (transactions.c.account_id == bindparam("of")) & (transactions.c.user_id == bindparam("user"))
    return update(transactions).where(of_account, transactions.c.check_image.is_not(None)).values(check_image=None)


def new(
    *, user_id: int, account_id: int, member_id: int, provider_id: str | None, fingerprint: str, status: Status,
    amount: int, date: str, feed: str, now: int,
) -> Row:  # fmt: skip
    """A transaction that is not kept yet."""
    return Row(
        id=0,
        user_id=user_id,
        account_id=account_id,
        member_id=member_id,
        guid=new_guid("TRN"),
        provider_id=provider_id,
        fingerprint=fingerprint,
        status=status,
        amount=amount,
        date=date,
        feed=feed,
        edits="",
        created_at=now,
        updated_at=now,
        deleted_at=None,
    )


def page(unit: Unit, user_id: int, which: Filter, page: Page) -> Paged[Transaction]:
    """A page of the user's transactions, newest day first."""
    ids = None if which.account_ids is None else msgspec.json.encode(which.account_ids).decode()
    given = {
        "from_date": which.from_date,
        "to_date": which.to_date,
        "member_id": which.member_id,
        "account_ids": ids,
        "use_case": None if which.use_case is None else f'%"{which.use_case}"%',
    }
    rows = unit.all(_transaction, _page, user_id=user_id, size=page.size, offset=page.offset, **given)
    return Paged(rows, page, unit.scalar(_count, user_id=user_id, **given))


def read(unit: Unit, user_id: int, guid: str) -> Transaction:
    transaction = unit.one(_transaction, _read, user_id=user_id, guid=guid)
    if transaction is None:
        raise NotFound("There is no such transaction.")
    return transaction


def known(unit: Unit, user_id: int, account_id: int, from_date: str) -> list[Row]:
    return unit.all(_row, _known, user_id=user_id, account_id=account_id, from_date=from_date)


def add_all(unit: Unit, rows: Iterable[Row]) -> None:
    """Keep new transactions (their `id` is ignored)."""
    unit.many(_insert, ({name: getattr(row, name) for name in Row.__struct_fields__[1:]} for row in rows))


def update_all(unit: Unit, rows: Iterable[Row]) -> None:
    """Write changed rows back under their keys; guid, edits and creation stay."""
    names = ("provider_id", "fingerprint", "status", "amount", "date", "feed", "updated_at")
    unit.many(
        _update,
        ({"of": row.id, "user": row.user_id, **{f"new_{name}": getattr(row, name) for name in names}} for row in rows),
    )


def delete_all(unit: Unit, user_id: int, keys: Iterable[int], *, now: int) -> None:
    unit.many(_delete, ({"of": key, "user": user_id, "now": now} for key in keys))


def of_partner(unit: Unit, user_id: int, account_id: int, provider_id: str) -> Transaction | None:
    """The account's transaction of a partner's own id."""
    return unit.one(_transaction, _of_partner, user_id=user_id, account_id=account_id, provider_id=provider_id)


def remove(unit: Unit, row: Row) -> None:
    """Gone whole, at once."""
    unit.run(_remove, of=row.id, user=row.user_id)


def keep_check_image(unit: Unit, vault: Vault, row: Row, data_uri: str | None) -> None:
    """Seal the picture of a check; None erases it."""
    sealed = None if data_uri is None else vault.seal(CHECK_IMAGE, _context(row), data_uri.encode())
    unit.run(_set_check_image, of=row.id, user=row.user_id, sealed=sealed)


def check_image(unit: Unit, vault: Vault, row: Row) -> str | None:
    """The picture as a data URI. Raises VaultError (another key)."""
    sealed = unit.scalar(_check_image, of=row.id, user=row.user_id)
    return None if sealed is None else vault.open(CHECK_IMAGE, _context(row), sealed).decode()


def erase_check_images(unit: Unit, user_id: int, account_id: int) -> None:
    unit.run(_erase_check_images, of=account_id, user=user_id)


def _context(row: Row) -> str:
    return f"user={row.user_id}|transaction={row.guid}"

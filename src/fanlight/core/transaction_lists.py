"""Lists of transactions: which ones, a page of them, and what a single one shows.

Only accounts that are there are looked into, so a list is one range of one index. An answer that was made of a row is
kept beside it (`wire`) until the row changes, and then serves every list; what is not kept yet is read whole.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, func, literal_column, or_, select, update

from fanlight.base.errors import NotFound
from fanlight.base.paging import Page, Paged
from fanlight.core.transactions import PARTNER, Row, keys_in
from fanlight.storage.statements import Clause, columns, row_of, statement
from fanlight.storage.tables import accounts, categories, members, transaction_rules, transactions, users
from fanlight.storage.unit import Unit

FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"


class Transaction(Row, frozen=True, gc=False):
    """A transaction with what it shows of others: guids, and the name and parent of a category that the user made."""

    account_guid: str
    member_guid: str
    user_guid: str
    member_is_managed_by_user: bool
    parent_guid: str | None
    user_transaction_rule_guid: str | None
    own_category_name: str | None
    own_category_parent_guid: str | None


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which transactions: days from and to (YYYY-MM-DD, both included), moments, accounts, a member, a use case ...

    `created` and `updated` are Unix seconds, the first included, the last not.
    """

    from_date: str = FIRST_DAY
    to_date: str = LAST_DAY
    account_guids: frozenset[str] | None = None
    member_id: int | None = None
    use_case: str | None = None
    rule_guid: str | None = None
    category_guids: tuple[str, ...] | None = None
    created: tuple[int, int] | None = None
    updated: tuple[int, int] | None = None

    @property
    def is_plain(self) -> bool:
        """Whether days and accounts say it all."""
        return self.rule_guid is None and self.category_guids is None and self.created is None and self.updated is None


class Kept(NamedTuple):
    """A row's key and revision, and the answer that was made of it, if it is kept."""

    id: int
    revision: int
    wire: bytes | None


class _Account(NamedTuple):
    id: int
    guid: str
    member_id: int
    use_cases: str | None
    is_living: bool


_transaction = row_of(Transaction)
_parents = transactions.alias("parents")
_SHOWN = (
    accounts.c.guid,
    members.c.guid,
    users.c.guid,
    members.c.partner_id.is_(None),
    _parents.c.guid,
    transaction_rules.c.guid,
    categories.c.name,
    categories.c.parent_guid,
)
_OWN_CATEGORY = and_(categories.c.guid == transactions.c.category_guid, categories.c.user_id == transactions.c.user_id)
_JOINED = (
    transactions.join(accounts, accounts.c.id == transactions.c.account_id)
    .join(members, members.c.id == transactions.c.member_id)
    .join(users, users.c.id == transactions.c.user_id)
    .outerjoin(_parents, _parents.c.id == transactions.c.parent_id)
    .outerjoin(transaction_rules, transaction_rules.c.id == transactions.c.rule_id)
    .outerjoin(categories, _OWN_CATEGORY)
)
# Said so that a key or a guid finds the row, not the index of all that the user has.
_OF_USER = (
    (transactions.c.user_id == bindparam("user_id"))
    & (func.coalesce(transactions.c.deleted_at, 0) == 0)
    & accounts.c.deleted_at.is_(None)
    & members.c.deleted_at.is_(None)
)
_OF_DAYS = (
    (transactions.c.user_id == bindparam("user_id"))
    & transactions.c.deleted_at.is_(None)
    & transactions.c.date.between(bindparam("from_date"), bindparam("to_date"))
)
_PLAIN = _OF_DAYS & keys_in(transactions.c.account_id, "account_ids")


def _unless_null(name: str, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return or_(bindparam(name).is_(None), condition)


def _between(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    first, end = f"{name}_from", f"{name}_to"
    return _unless_null(first, (column >= bindparam(first)) & (column < bindparam(end)))


# One text for every other filter: an absent one is NULL.
_FILTERED = (
    _PLAIN
    & _unless_null("rule_id", transactions.c.rule_id == bindparam("rule_id"))
    & _unless_null("categories", keys_in(transactions.c.category_guid, "categories"))
    & _between(transactions.c.created_at, "created")
    & _between(transactions.c.updated_at, "updated")
)


def _page_where(which: ColumnElement[bool]) -> Clause:
    return (
        select(transactions.c.id, transactions.c.revision, transactions.c.wire)
        .where(which)
        .order_by(transactions.c.date.desc(), transactions.c.id.desc())
        .limit(bindparam("size"))
        .offset(bindparam("offset"))
    )


@statement
def _page_of_all() -> Clause:
    return _page_where(_OF_DAYS)


@statement
def _page() -> Clause:
    return _page_where(_PLAIN)


@statement
def _filtered_page() -> Clause:
    return _page_where(_FILTERED)


@statement
def _count_of_all() -> Clause:
    return select(func.count()).select_from(transactions).where(_OF_DAYS)


@statement
def _count() -> Clause:
    return select(func.count()).select_from(transactions).where(_PLAIN)


@statement
def _filtered_count() -> Clause:
    return select(func.count()).select_from(transactions).where(_FILTERED)


@statement
def _all_accounts() -> Clause:
    living = accounts.c.deleted_at.is_(None) & members.c.deleted_at.is_(None)
    return (
        select(accounts.c.id, accounts.c.guid, accounts.c.member_id, members.c.use_cases, living)
        .select_from(accounts.join(members, members.c.id == accounts.c.member_id))
        .where(accounts.c.user_id == bindparam("user_id"))
    )


@statement
def _rule_id() -> Clause:
    named = transaction_rules.c.guid == bindparam("guid")
    return select(transaction_rules.c.id).where(transaction_rules.c.user_id == bindparam("user_id"), named)


@statement
def _read() -> Clause:
    named = transactions.c.guid == bindparam("guid")
    return select(*columns(transactions, Row), *_SHOWN).select_from(_JOINED).where(_OF_USER, named)


@statement
def _read_all() -> Clause:
    named = keys_in(transactions.c.id, "ids")
    return select(*columns(transactions, Row), *_SHOWN).select_from(_JOINED).where(_OF_USER, named)


@statement
def _children() -> Clause:
    named = transactions.c.parent_id == bindparam("parent_id")
    rows = select(*columns(transactions, Row), *_SHOWN).select_from(_JOINED)
    return rows.where(_OF_USER, named).order_by(transactions.c.id)


@statement
def _of_partner() -> Clause:
    named = (transactions.c.account_id == bindparam("account_id")) & (
        transactions.c.provider_id == bindparam("provider_id")
    )
    # The fingerprint stands in the text, so that the partial index serves.
    kept = transactions.c.fingerprint == literal_column(f"'{PARTNER}'")
    return select(*columns(transactions, Row), *_SHOWN).select_from(_JOINED).where(_OF_USER, named, kept)


@statement
def _keep_wire() -> Clause:
    same = (transactions.c.id == bindparam("of")) & (transactions.c.revision == bindparam("made_of"))
    return (
        update(transactions).where(transactions.c.user_id == bindparam("user"), same).values(wire=bindparam("new_wire"))
    )


def page(unit: Unit, user_id: int, which: Filter, page: Page) -> Paged[Kept]:
    """A page of the user's transactions, newest day first."""
    rule_id = None if which.rule_guid is None else unit.scalar(_rule_id, user_id=user_id, guid=which.rule_guid)
    known = unit.all(_Account, _all_accounts, user_id=user_id)
    ids = [account.id for account in known if _is_wanted(account, which)]
    if not ids or (rule_id is None and which.rule_guid is not None):
        return Paged([], page, 0)
    given: dict[str, Any] = {"user_id": user_id, "from_date": which.from_date, "to_date": which.to_date}
    pages, count = _page_of_all, _count_of_all
    if len(ids) < len(known) or not which.is_plain:
        pages, count = _page, _count
        given["account_ids"] = _array(ids)
    if not which.is_plain:
        pages, count = _filtered_page, _filtered_count
        given |= _moments("created", which.created) | _moments("updated", which.updated)
        wanted = which.category_guids
        given |= {"rule_id": rule_id, "categories": None if wanted is None else _array(wanted)}
    found = unit.all(Kept, pages, size=page.size, offset=page.offset, **given)
    return Paged(found, page, unit.scalar(count, **given))


def read(unit: Unit, user_id: int, guid: str) -> Transaction:
    transaction = unit.one(_transaction, _read, user_id=user_id, guid=guid)
    if transaction is None:
        raise NotFound("There is no such transaction.")
    return transaction


def read_all(unit: Unit, user_id: int, keys: Sequence[int]) -> list[Transaction]:
    """The user's transactions of these keys, in no order."""
    return unit.all(_transaction, _read_all, user_id=user_id, ids=_array(keys)) if keys else []


def children(unit: Unit, user_id: int, parent_id: int) -> list[Transaction]:
    """What a transaction was split into, in the order in which it was."""
    return unit.all(_transaction, _children, user_id=user_id, parent_id=parent_id)


def of_partner(unit: Unit, user_id: int, account_id: int, provider_id: str) -> Transaction | None:
    """The account's transaction of a partner's own id."""
    return unit.one(_transaction, _of_partner, user_id=user_id, account_id=account_id, provider_id=provider_id)


def keep_wires(unit: Unit, user_id: int, made: Iterable[Kept]) -> None:
    """Keep answers beside the rows that they were made of, as long as these have not changed."""
    unit.many(
        _keep_wire,
        ({"of": each.id, "user": user_id, "made_of": each.revision, "new_wire": each.wire} for each in made),
    )


def _is_wanted(account: _Account, which: Filter) -> bool:
    return (
        bool(account.is_living)
        and (which.account_guids is None or account.guid in which.account_guids)
        and (which.member_id is None or account.member_id == which.member_id)
        and (which.use_case is None or f'"{which.use_case}"' in (account.use_cases or ""))
    )


def _moments(name: str, span: tuple[int, int] | None) -> dict[str, int | None]:
    first, end = span or (None, None)
    return {f"{name}_from": first, f"{name}_to": end}


def _array(values: Iterable[Any]) -> str:
    return msgspec.json.encode(list(values)).decode()

"""Lists of transactions: which ones, a page of them, and what a single one shows.

Only accounts that are there are looked into, so a list is one range of one index. An answer that was made of a row is
kept until the row changes, and serves every list; what is not kept yet is read whole. So is what another release kept:
an answer serves under the mark that it was kept under.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, func, insert, literal_column, or_, select

from fanlight.base.errors import NotFound
from fanlight.base.paging import Page, Paged
from fanlight.core.transactions import PARTNER, Row
from fanlight.storage.statements import Clause, Statement, array, columns, keys_in, row_of, statement
from fanlight.storage.tables import accounts, categories, kept_answers, members, transaction_rules, transactions, users
from fanlight.storage.unit import Unit

FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"
LAST_MOMENT = 1 << 62


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

    `created` and `updated` are Unix seconds, the first included, the last not; with them days do not count. Neither
    does a rule beside categories.
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


class Kept(msgspec.Struct, frozen=True, gc=False):
    """A row's key, and the answer that was made of it, if it is kept under the mark that is asked for."""

    id: int
    wire: bytes | None


class Made(NamedTuple):
    """An answer that was made of a row at a revision."""

    id: int
    revision: int
    wire: bytes


class _Account(msgspec.Struct, frozen=True, gc=False):
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
_OWN = transactions.c.user_id == bindparam("user_id")
_ON_DAYS = transactions.c.date.between(bindparam("from_date"), bindparam("to_date"))
_OF_DAYS = _OWN & transactions.c.deleted_at.is_(None) & _ON_DAYS
_ON_ACCOUNTS = keys_in(transactions.c.account_id, "account_ids")
_OF_ACCOUNTS = _OF_DAYS & _ON_ACCOUNTS
_OF_CATEGORIES = _OF_ACCOUNTS & keys_in(transactions.c.category_guid, "categories")
_BY_RULE = transactions.c.rule_id == bindparam("rule_id")
_OF_RULE = _OWN & (func.coalesce(transactions.c.deleted_at, 0) == 0) & _ON_DAYS & _ON_ACCOUNTS & _BY_RULE
# What was made between two moments has not changed before the first of them: one index serves both.
_OF_MOMENTS = (
    _OWN
    & transactions.c.deleted_at.is_(None)
    & (transactions.c.created_at > literal_column("0"))  # so that the partial index serves
    & (transactions.c.updated_at >= bindparam("since"))
    & (transactions.c.updated_at < bindparam("until"))
    & (transactions.c.created_at >= bindparam("made_since"))
    & (transactions.c.created_at < bindparam("made_until"))
    & _ON_ACCOUNTS
    & or_(bindparam("rule_id").is_(None), _BY_RULE)
)


def _page_where(which: ColumnElement[bool]) -> Clause:
    kept = (kept_answers.c.id == transactions.c.id) & (kept_answers.c.mark == bindparam("mark"))
    return (
        select(transactions.c.id, kept_answers.c.wire)
        .select_from(transactions.outerjoin(kept_answers, kept))
        .where(which)
        .order_by(transactions.c.date.desc(), transactions.c.id.desc())
        .limit(bindparam("size"))
        .offset(bindparam("offset"))
    )


@statement
def _page_of_all() -> Clause:
    return _page_where(_OF_DAYS)


@statement
def _page_of_accounts() -> Clause:
    return _page_where(_OF_ACCOUNTS)


@statement
def _page_of_categories() -> Clause:
    return _page_where(_OF_CATEGORIES)


@statement
def _page_of_rule() -> Clause:
    return _page_where(_OF_RULE)


@statement
def _page_of_moments() -> Clause:
    return _page_where(_OF_MOMENTS)


def _count_where(which: ColumnElement[bool]) -> Clause:
    return select(func.count()).select_from(transactions).where(which)


@statement
def _count_of_all() -> Clause:
    return _count_where(_OF_DAYS)


@statement
def _count_of_accounts() -> Clause:
    return _count_where(_OF_ACCOUNTS)


@statement
def _count_of_categories() -> Clause:
    return _count_where(_OF_CATEGORIES)


@statement
def _count_of_rule() -> Clause:
    return _count_where(_OF_RULE)


@statement
def _count_of_moments() -> Clause:
    return _count_where(_OF_MOMENTS)


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
    mark: ColumnElement[int] = bindparam("mark")
    wire: ColumnElement[bytes] = bindparam("wire")
    made = select(transactions.c.id, mark, wire).where(transactions.c.user_id == bindparam("user"), same)
    return insert(kept_answers).prefix_with("OR REPLACE").from_select(("id", "mark", "wire"), made)


def page(unit: Unit, user_id: int, which: Filter, page: Page, *, mark: int) -> Paged[Kept]:
    """A page of the user's transactions, newest day first, with the answers that are kept under a mark."""
    known = unit.all(_Account, _all_accounts, user_id=user_id)
    ids = [account.id for account in known if _is_wanted(account, which)]
    rule_id = None if which.rule_guid is None else unit.scalar(_rule_id, user_id=user_id, guid=which.rule_guid)
    if not ids or (rule_id is None and which.rule_guid is not None):
        return Paged([], page, 0)
    pages, count, given = _way(which, rule_id)
    if len(ids) == len(known) and pages is _page_of_accounts:
        pages, count = _page_of_all, _count_of_all
    else:
        given["account_ids"] = array(ids)
    found = unit.all(Kept, pages, user_id=user_id, size=page.size, offset=page.offset, mark=mark, **given)
    is_end = 0 < len(found) < page.size
    total = page.offset + len(found) if is_end else unit.scalar(count, user_id=user_id, **given)
    return Paged(found, page, total)


def read(unit: Unit, user_id: int, guid: str) -> Transaction:
    transaction = unit.one(_transaction, _read, user_id=user_id, guid=guid)
    if transaction is None:
        raise NotFound("There is no such transaction.")
    return transaction


def read_all(unit: Unit, user_id: int, keys: Sequence[int]) -> list[Transaction]:
    """The user's transactions of these keys, in no order."""
    return unit.all(_transaction, _read_all, user_id=user_id, ids=array(keys)) if keys else []


def children(unit: Unit, user_id: int, parent_id: int) -> list[Transaction]:
    """What a transaction was split into, in the order in which it was."""
    return unit.all(_transaction, _children, user_id=user_id, parent_id=parent_id)


def of_partner(unit: Unit, user_id: int, account_id: int, provider_id: str) -> Transaction | None:
    """The account's transaction of a partner's own id."""
    return unit.one(_transaction, _of_partner, user_id=user_id, account_id=account_id, provider_id=provider_id)


def keep_wires(unit: Unit, user_id: int, made: Iterable[Made], *, mark: int) -> None:
    """Keep answers that were made of rows, where these have not changed since."""
    unit.many(
        _keep_wire,
        ({"of": each.id, "user": user_id, "made_of": each.revision, "wire": each.wire, "mark": mark} for each in made),
    )


def _is_wanted(account: _Account, which: Filter) -> bool:
    return (
        bool(account.is_living)
        and (which.account_guids is None or account.guid in which.account_guids)
        and (which.member_id is None or account.member_id == which.member_id)
        and (which.use_case is None or f'"{which.use_case}"' in (account.use_cases or ""))
    )


def _way(which: Filter, rule_id: int | None) -> tuple[Statement, Statement, dict[str, Any]]:
    """The statements for a page and a count by what narrows most, and what they are given."""
    if which.created is not None or which.updated is not None:
        return _page_of_moments, _count_of_moments, {"rule_id": rule_id, **_moments(which)}
    days = {"from_date": which.from_date, "to_date": which.to_date}
    if which.category_guids is not None:
        return _page_of_categories, _count_of_categories, {**days, "categories": array(which.category_guids)}
    if rule_id is not None:
        return _page_of_rule, _count_of_rule, {**days, "rule_id": rule_id}
    return _page_of_accounts, _count_of_accounts, days


def _moments(which: Filter) -> dict[str, int]:
    made_since, made_until = which.created or (0, LAST_MOMENT)
    since, until = which.updated or (made_since, LAST_MOMENT)
    return {"since": since, "until": until, "made_since": made_since, "made_until": made_until}

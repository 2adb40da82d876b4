"""Transactions: what moved on an account. Amounts are positive; the type says the direction.

Three sides say what one is: `feed` (the institution or partner), `system` (enrichment and the client's rules) and
`edits` (its user). The columns beside them are what comes out: an edit before a user's rule before the system before
the feed; but a category that came in the feed is somebody's word, and stands before the system's guess.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import IntEnum
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from fanlight.base import money
from fanlight.base.folding import fold
from fanlight.base.guids import new_guid
from fanlight.core.provenance import Facts, SetBy
from fanlight.enrichment.categories import UNCATEGORIZED
from fanlight.storage.statements import Clause, array, binds, columns, keys_in, row_of, statement
from fanlight.storage.tables import transactions
from fanlight.storage.unit import Unit

PARTNER = "partner"
"""`fingerprint` of what a partner keeps."""
MANUAL = "manual"
"""`fingerprint` of what a user wrote down."""
SPLIT = "split"
"""`fingerprint` of a child of a split."""
UNREAD = ""
"""`description_key` of a row by whose words no rule was looked for yet."""


class Status(IntEnum):
    """`status`."""

    POSTED = 1
    PENDING = 2


class Type(IntEnum):
    """`transaction_type`."""

    CREDIT = 1
    DEBIT = 2


class Row(msgspec.Struct, frozen=True, gc=False):
    """What the table holds; `amount` in millionths, `date` as YYYY-MM-DD."""

    id: int
    user_id: int
    account_id: int
    member_id: int
    guid: str
    parent_id: int | None
    provider_id: str | None
    fingerprint: str
    doubt: str | None
    status: Status
    transaction_type: Type
    amount: int
    date: str
    description: str
    description_key: str
    category_guid: str
    merchant_guid: str | None
    rule_id: int | None
    is_hidden: bool
    has_been_split: bool
    feed: str
    system: str
    edits: str
    revision: int
    created_at: int
    updated_at: int
    deleted_at: int | None

    @property
    def facts(self) -> Facts:
        """What the institution and the user say."""
        return Facts.parse(self.feed, self.edits)

    @property
    def is_fed(self) -> bool:
        """Whether an institution tells it, not a user or a partner."""
        return self.fingerprint not in (PARTNER, MANUAL, SPLIT)

    def facts_of_feed(self) -> dict[str, Any]:
        """The feed side alone."""
        return Facts.parse(self.feed, "").feed

    def facts_of_system(self) -> dict[str, Any]:
        """The system's side alone, empty before enrichment."""
        return _parsed(self.system)


class Rule(NamedTuple):
    """What a user's rule does to a transaction whose description matches."""

    id: int
    match_key: str
    category_guid: str
    description: str


RuleFor = Callable[[int | None, str | None], Rule | None]
"""The rule of a key, or the last one that a description leads to; without a description none is looked for."""

_row = row_of(Row)
_COLUMNS = Row.__struct_fields__[1:]
_FED = (
    ("provider_id", "fingerprint", "doubt", "status", "transaction_type", "amount", "date", "description")
    + ("description_key", "category_guid", "merchant_guid", "rule_id", "is_hidden", "has_been_split", "feed", "system")
    + ("updated_at",)
)  # fmt: skip
_NAMED = (transactions.c.id == bindparam("of")) & (transactions.c.user_id == bindparam("user"))
# What every row begins with: nothing was said of it but by its feed, and nothing came of it yet.
_FRESH: dict[str, Any] = {
    "id": 0,
    "description_key": UNREAD,
    "category_guid": UNCATEGORIZED,
    "merchant_guid": None,
    "rule_id": None,
    "is_hidden": False,
    "has_been_split": False,
    "system": "",
    "edits": "",
    "revision": 0,
    "deleted_at": None,
}


def changed() -> dict[str, Any]:
    """What every change of a row sets beside its own: a new revision, which ends an answer that was made of the row."""
    return {"revision": transactions.c.revision + 1}


@statement
def _insert() -> Clause:
    return insert(transactions).values(binds(_COLUMNS))


@statement
def _known() -> Clause:
    """Living transactions that an institution told of an account, from a day on.

    What a user moved to another day stands beside them.
    """
    of_account = (transactions.c.user_id == bindparam("user_id")) & (
        transactions.c.account_id == bindparam("account_id")
    )
    told = (transactions.c.fingerprint != kind for kind in (PARTNER, MANUAL, SPLIT))
    # Said so that the index of accounts serves, not the one of all that the user has.
    fed = and_(func.coalesce(transactions.c.deleted_at, 0) == 0, *told)
    moved = (transactions.c.edits != "") & (transactions.c.date < bindparam("from_date"))
    rows = columns(transactions, Row)
    in_time = select(*rows).where(of_account, fed, transactions.c.date >= bindparam("from_date"))
    return in_time.union_all(select(*rows).where(of_account, fed, moved))


@statement
def _revisions() -> Clause:
    named = keys_in(transactions.c.id, "ids")
    return select(*columns(transactions, Row)).where(transactions.c.user_id == bindparam("user_id"), named)


@statement
def _update() -> Clause:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _FED}
    return update(transactions).where(_NAMED).values(**values, **changed())


@statement
def _update_sides() -> Clause:
    names = (*_FED, "edits")
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(transactions).where(_NAMED).values(**values, **changed())


@statement
def _delete() -> Clause:
    living = transactions.c.deleted_at.is_(None)
    return update(transactions).where(_NAMED, living).values(deleted_at=bindparam("now"), **changed())


@statement
def _delete_children() -> Clause:
    # Two statements: with one for both, all of the user's rows would be looked at for each key.
    of_parent = (transactions.c.parent_id == bindparam("of")) & (transactions.c.user_id == bindparam("user"))
    living = func.coalesce(transactions.c.deleted_at, 0) == 0
    return update(transactions).where(of_parent, living).values(deleted_at=bindparam("now"), **changed())


@statement
def _mark_split() -> Clause:
    marked: dict[str, Any] = {"has_been_split": bindparam("split"), "updated_at": bindparam("now")}
    return update(transactions).where(_NAMED).values(**marked, **changed())


@statement
def _remove() -> Clause:
    return delete(transactions).where(_NAMED)


@statement
def _purge() -> Clause:
    return delete(transactions).where(transactions.c.deleted_at <= bindparam("deleted_before"))


def new(
    *, user_id: int, account_id: int, member_id: int, provider_id: str | None, fingerprint: str, status: Status,
    amount: int, date: str, feed: str, now: int, transaction_type: int, description: str, doubt: str | None = None,
    parent_id: int | None = None,
) -> Row:  # fmt: skip
    """A transaction that is not kept yet, as the feed has it: not enriched, no rule applied."""
    return Row(
        user_id=user_id,
        account_id=account_id,
        member_id=member_id,
        guid=new_guid("TRN"),
        parent_id=parent_id,
        provider_id=provider_id,
        fingerprint=fingerprint,
        doubt=doubt,
        status=status,
        transaction_type=Type(transaction_type),
        amount=amount,
        date=date,
        description=description,
        feed=feed,
        created_at=now,
        updated_at=now,
        **_FRESH,
    )


def following(row: Row, before: Row | None) -> Row:
    """The row with the rule that it follows by what is kept of it; with none while it is new, or reads anew.

    It reads anew when its institution or partner tells it in other words.
    """
    if before is None and row.rule_id is None and row.description_key == UNREAD:
        return row
    if before is None or row.facts_of_feed().get("description") != before.facts_of_feed().get("description"):
        return msgspec.structs.replace(row, rule_id=None, description_key=UNREAD)
    return msgspec.structs.replace(row, rule_id=before.rule_id, description_key=before.description_key)


def settled(row: Row, rule_for: RuleFor) -> Row:
    """The row with the columns that come out of its three sides and the user's rules.

    A rule that it follows stays. One is looked for only by other words than the row was settled by: a rule that is made
    to look for another text acts from then on, whatever else becomes of the row.
    """
    feed, edits, system = _parsed(row.feed), _parsed(row.edits), _parsed(row.system)
    described = edits.get("description") or system.get("description") or feed.get("description") or ""
    key = fold(described)
    rule = rule_for(row.rule_id, None if key == row.description_key else described)
    if rule is not None and not edits.get("description"):
        described, key = rule.description, fold(rule.description)
    by_rule = None if rule is None else rule.category_guid
    amount = None if row.is_fed else edits.get("amount") or feed.get("amount")
    category = edits.get("category_guid") or by_rule or feed.get("category_guid") or system.get("category_guid")
    return msgspec.structs.replace(
        row,
        description=described,
        description_key=key,
        category_guid=category or UNCATEGORIZED,
        merchant_guid=system.get("merchant_guid"),
        rule_id=None if rule is None else rule.id,
        transaction_type=Type(edits.get("transaction_type") or feed.get("transaction_type") or row.transaction_type),
        amount=row.amount if amount is None else money.to_micros(Decimal(amount)),
        date=edits.get("date") or feed.get("date") or row.date,
        is_hidden=bool(edits.get("is_hidden")),
    )


def description_set_by(facts: Facts, system: Mapping[str, Any], *, by_rule: bool) -> SetBy:
    """Whose words a description is; a rule is its user's word."""
    if by_rule or "description" in facts.edits:
        return SetBy.USER
    cleaned = system.get("description")
    return SetBy.FEED if cleaned in (None, facts.feed.get("description")) else SetBy.SYSTEM


def category_set_by(facts: Facts, *, by_rule: bool) -> SetBy:
    """A rule is its user's word, a category that came with the transaction its institution's."""
    if by_rule or "category_guid" in facts.edits:
        return SetBy.USER
    return SetBy.FEED if facts.feed.get("category_guid") else SetBy.SYSTEM


def known(unit: Unit, user_id: int, account_id: int, from_date: str) -> list[Row]:
    """What merge compares with, oldest first: what an institution told from a day on, and all that a user moved."""
    rows = unit.all(_row, _known, user_id=user_id, account_id=account_id, from_date=from_date)
    return sorted(rows, key=lambda row: row.id)  # the database would sort them with all that is in them


def by_keys(unit: Unit, user_id: int, keys: Iterable[int]) -> list[Row]:
    """The user's rows of these keys, deleted ones too."""
    return unit.all(_row, _revisions, user_id=user_id, ids=array(keys))


def add_all(unit: Unit, rows: Iterable[Row]) -> None:
    """Keep new transactions (their `id` is ignored)."""
    unit.many_of(_insert, rows)


def add(unit: Unit, row: Row) -> int:
    """Keep a new transaction (its `id` is ignored); its key."""
    return unit.insert_row(_insert, row)


def update_all(unit: Unit, rows: Iterable[Row]) -> None:
    """Write changed rows back under their keys; guid, edits and creation stay."""
    unit.many(_update, (_changes(row, _FED) for row in rows))


def write_back(unit: Unit, row: Row) -> None:
    """The same for one row with what its user said."""
    unit.run(_update_sides, **_changes(row, (*_FED, "edits")))


def delete_all(unit: Unit, user_id: int, keys: Iterable[int], *, now: int) -> None:
    """Invisible at once, with the children of what was split."""
    gone = [{"of": key, "user": user_id, "now": now} for key in keys]
    unit.many(_delete, gone)
    unit.many(_delete_children, gone)


def mark_split(unit: Unit, user_id: int, key: int, *, is_split: bool, now: int) -> None:
    """Say of a transaction that it has parts, or none any more."""
    unit.run(_mark_split, of=key, user=user_id, split=int(is_split), now=now)


def remove(unit: Unit, row: Row) -> None:
    """Gone whole, at once."""
    unit.run(_remove, of=row.id, user=row.user_id)


def purge(unit: Unit, *, deleted_before: int) -> int:
    """Remove what was deleted long enough ago; how many."""
    return unit.run(_purge, deleted_before=deleted_before)


def _changes(row: Row, names: Iterable[str]) -> dict[str, Any]:
    return {"of": row.id, "user": row.user_id, **{f"new_{name}": getattr(row, name) for name in names}}


def _parsed(side: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(side) if side else {}
    return found

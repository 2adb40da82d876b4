"""Merging accounts that a user calls duplicates: one survives, with the transactions of both and none of them twice.

Who survives: what a partner keeps before what a user connected, what is fed before what is kept by hand, then what is
known longest, then what has more transactions. The other is deleted for good, but stays known, so that its institution
cannot bring it back; what it was told of later is not kept.

Of a movement that both have, the survivor's stays, with what the user said of the other's. What only the other had is
moved; where the survivor's own feed should have told it too, it is marked as doubtful. Pendings are the survivor's own.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, bindparam, case, exists, func, select, update

from fanlight.base.errors import Malformed, Unprocessable
from fanlight.base.folding import fold
from fanlight.core import accounts, erasing, holdings, split_parts, transactions
from fanlight.core.account_matching import Entry, match
from fanlight.core.accounts import Account
from fanlight.core.enriching import Says
from fanlight.core.provenance import to_json
from fanlight.core.transactions import MANUAL, Row, Status, changed
from fanlight.storage.statements import Clause, Statement, statement
from fanlight.storage.tables import holdings as holdings_table
from fanlight.storage.tables import taggings
from fanlight.storage.tables import transactions as table
from fanlight.storage.unit import Unit

DOUBT = "it came from an account that was merged into this one, whose own feed may tell it in another way"
"""`doubt` of a moved transaction in days of which the survivor has transactions of its own."""
CARRIED = ("nickname", "metadata", "is_business")
"""What the user said of the account that goes, and that is kept where they said nothing of the survivor."""
CARRIED_OF_TRANSACTIONS = ("category_guid", "description", "memo", "metadata", "is_hidden") + (
    "is_flagged",
    "is_business",
    "has_been_viewed",
)
_NEVER = "9999-99-99"


class _Sides(NamedTuple):
    """What is bound in statements on both accounts."""

    user: int
    of: int
    into: int
    into_member: int


class _Plan(NamedTuple):
    """Who goes into whom, what each has, and which of the one's are which of the other's."""

    loser: Account
    survivor: Account
    own: list[Entry]
    others: list[Entry]
    pairs: dict[int, int]

    @property
    def sides(self) -> _Sides:
        return _Sides(self.survivor.user_id, self.loser.id, self.survivor.id, self.survivor.member_id)


_OF_ACCOUNT = (table.c.user_id == bindparam("user")) & (table.c.account_id == bindparam("of"))
# Said so that the index of the account is taken, not one of all the user's living transactions.
_LIVING = func.coalesce(table.c.deleted_at, 0) == 0


@statement
def _entries() -> Clause:
    """In the institution's own words; not the children of splits: they follow their parents."""
    return _entries_in(func.coalesce(func.json_extract(table.c.feed, "$.description"), table.c.description))


@statement
def _cleaned_entries() -> Clause:
    """In the words that are left of those of any institution."""
    cleaned = func.json_extract(func.nullif(table.c.system, ""), "$.description")
    return _entries_in(func.coalesce(cleaned, table.c.description))


def _entries_in(words: ColumnElement[Any]) -> Clause:
    told_on = func.coalesce(func.json_extract(table.c.feed, "$.date"), table.c.date)
    is_pending = table.c.status == int(Status.PENDING)
    wanted = (table.c.id, told_on, table.c.transaction_type, table.c.amount, words, is_pending)
    return select(*wanted).where(_OF_ACCOUNT, _LIVING, table.c.parent_id.is_(None))


@statement
def _spoken_of() -> Clause:
    """Which of an account's transactions its user said something of: edited, split or tagged them."""
    is_tagged = exists().where(taggings.c.transaction_id == table.c.id)
    said = (table.c.edits != "") | (table.c.has_been_split == 1) | is_tagged
    return select(table.c.id).where(_OF_ACCOUNT, said, table.c.parent_id.is_(None))


@statement
def _move_tags() -> Clause:
    """Unless the other has the tag already: then it goes with the transaction."""
    same = taggings.alias("same")
    has_it = exists().where(same.c.transaction_id == bindparam("into"), same.c.tag_id == taggings.c.tag_id)
    named = (taggings.c.user_id == bindparam("user")) & (taggings.c.transaction_id == bindparam("of"))
    return update(taggings).where(named, ~has_it).values(transaction_id=bindparam("into"))


@statement
def _move_children() -> Clause:
    named = (table.c.user_id == bindparam("user")) & (table.c.parent_id == bindparam("of"))
    return update(table).where(named, table.c.deleted_at.is_(None)).values(parent_id=bindparam("into"), **changed())


@statement
def _move() -> Clause:
    """All that is still there. The ids mean nothing at another connection; by its content each is known again."""
    return (
        update(table)
        .where(_OF_ACCOUNT, _LIVING)
        .values(
            account_id=bindparam("into"),
            member_id=bindparam("into_member"),
            provider_id=None,
            doubt=case((table.c.date >= bindparam("covered_from"), bindparam("why")), else_=table.c.doubt),
            updated_at=bindparam("now"),
            **changed(),
        )
    )


@statement
def _holdings_there() -> Clause:
    of_account = holdings_table.c.account_id == bindparam("account_id")
    living = of_account & holdings_table.c.deleted_at.is_(None)
    return select(func.count()).where(holdings_table.c.user_id == bindparam("user_id"), living)


@statement
def _move_holdings() -> Clause:
    named = (holdings_table.c.user_id == bindparam("user")) & (holdings_table.c.account_id == bindparam("of"))
    where: dict[str, Any] = {"account_id": bindparam("into"), "member_id": bindparam("into_member")}
    return update(holdings_table).where(named).values(**where, updated_at=bindparam("now"))


def merge(unit: Unit, one: Account, other: Account, *, now: int) -> Account:
    """Make one account of two of the same user; the survivor. Raises Malformed, Unprocessable.

    What is planned with the one that goes is the caller's to move.
    """
    _refuse(one, other)
    plan = _plan(unit, one, other)
    _merge_transactions(unit, plan, now=now)
    _merge_holdings(unit, plan.sides, now=now)
    _carry(unit, plan.loser, plan.survivor, now=now)
    erasing.account(unit, plan.loser)
    accounts.delete_account(unit, plan.loser, now=now)
    return accounts.read(unit, plan.survivor.user_id, plan.survivor.guid)


def _plan(unit: Unit, one: Account, other: Account) -> _Plan:
    is_one_institution = one.institution_guid == other.institution_guid and not one.is_manual
    wanted = _entries if is_one_institution else _cleaned_entries
    entries = {account.id: _entries_of(unit, account, wanted) for account in (one, other)}
    loser, survivor = sorted((one, other), key=lambda account: _rank(account, len(entries[account.id])))
    own, others = entries[survivor.id], entries[loser.id]
    return _Plan(loser, survivor, own, others, match(others, own, same_words=is_one_institution))


def _refuse(one: Account, other: Account) -> None:
    if one.id == other.id:
        raise Malformed("accounts must hold two different accounts.")
    if not (one.member_is_managed_by_user or other.member_is_managed_by_user):
        raise Unprocessable("accounts: both belong to members that a partner manages.")
    if one.facts["account_type"].value != other.facts["account_type"].value:
        raise Unprocessable("accounts: they are of different types.")
    if one.member_id == other.member_id and not one.is_manual:
        raise Unprocessable("accounts: their institution tells both of them, so they are two.")
    currencies = {one.facts["currency_code"].value, other.facts["currency_code"].value} - {None}
    if len(currencies) > 1:
        raise Unprocessable(f"accounts: they are in different currencies, {' and '.join(sorted(currencies))}.")


def _rank(account: Account, transactions: int) -> tuple[bool, bool, int, int, int]:
    """The higher one survives."""
    is_held, is_fed = not account.member_is_managed_by_user, not account.is_manual
    return is_held, is_fed, -account.created_at, transactions, -account.id


def _merge_transactions(unit: Unit, plan: _Plan, *, now: int) -> None:
    sides = plan.sides
    _carry_words(unit, plan.pairs, sides, now=now)
    gone = [*plan.pairs, *(each.id for each in plan.others if each.is_pending and each.id not in plan.pairs)]
    transactions.delete_all(unit, sides.user, gone, now=now)
    covered_from = _NEVER if plan.survivor.is_manual else min((each.day for each in plan.own), default=_NEVER)
    unit.run(_move, **sides._asdict(), covered_from=covered_from, why=DOUBT, now=now)


def _carry_words(unit: Unit, pairs: Mapping[int, int], sides: _Sides, *, now: int) -> None:
    """What the user said of a transaction that goes is said of the one that stays, where they said nothing of that."""
    spoken_of = set(unit.all(int, _spoken_of, user=sides.user, of=sides.of))
    wanted = {one: other for one, other in pairs.items() if one in spoken_of}
    if not wanted:
        return
    unit.many(_move_tags, ({"user": sides.user, "of": one, "into": other} for one, other in wanted.items()))
    rows = {row.id: row for row in transactions.by_keys(unit, sides.user, {*wanted, *wanted.values()})}
    says = Says.of(unit, sides.user)
    for one, other in wanted.items():
        _carry_words_of(unit, rows[one], rows[other], says, now=now)


def _carry_words_of(unit: Unit, gone: Row, stays: Row, says: Says, *, now: int) -> None:
    names = set(CARRIED_OF_TRANSACTIONS) - ({"description"} if gone.fingerprint == MANUAL else set())
    edits = _known(gone.facts.edits, names) | stays.facts.edits
    if edits != stays.facts.edits:
        transactions.write_back(
            unit, says.settled(msgspec.structs.replace(stays, edits=to_json(edits), updated_at=now))
        )
    if gone.has_been_split and not stays.has_been_split:
        unit.run(_move_children, user=stays.user_id, of=gone.id, into=stays.id)
        transactions.mark_split(unit, stays.user_id, stays.id, is_split=True, now=now)
        split_parts.follow(unit, [(stays, stays)], says.settled, now=now)


def _merge_holdings(unit: Unit, sides: _Sides, *, now: int) -> None:
    """The survivor's own, if it has any: its feed tells them all."""
    if unit.scalar(_holdings_there, user_id=sides.user, account_id=sides.into):
        holdings.erase(unit, sides.user, sides.of)
    else:
        unit.run(_move_holdings, **sides._asdict(), now=now)


def _carry(unit: Unit, loser: Account, survivor: Account, *, now: int) -> None:
    edits = _known(loser.facts.edits, CARRIED) | survivor.facts.edits
    if edits != survivor.facts.edits:
        accounts.update_edits(unit, survivor, to_json(edits), now=now)


def _known(said: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: said[name] for name in names if name in said}


def _entries_of(unit: Unit, account: Account, wanted: Statement) -> list[Entry]:
    rows = unit.all(Entry, wanted, user=account.user_id, of=account.id)
    return [each._replace(words=fold(each.words)) for each in rows]

"""Movements: of a user's transactions what the links among them are found by, all of it or what a change may touch.

The other side of a transfer has the same amount and a near day; what comes again and again has the same account,
direction and merchant or words. So after a change only these are read, not a whole history.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, bindparam, func, literal_column, select

from fanlight.base.folding import fold
from fanlight.core.transactions import Row
from fanlight.enrichment import transfers
from fanlight.enrichment.pipeline import By
from fanlight.storage.statements import Clause, array, keys_in, statement
from fanlight.storage.tables import accounts, members, transactions
from fanlight.storage.unit import Unit

DAYS_BACK = 800
"""Two years and some weeks, so that what comes once a year is seen three times."""
DAYS_AROUND = max(transfers.DAYS_BEFORE, transfers.DAYS_AFTER) + 1
"""How far from a changed transaction the other side of a transfer is looked for."""


class System(msgspec.Struct, frozen=True):
    """What of the system's side matters here."""

    by: str = By.NOTHING
    category_guid: str = ""
    description: str = ""
    merchant_guid: str | None = None
    twin: str | None = None
    is_recurring: bool = False


class Movement(msgspec.Struct, frozen=True):
    """One transaction among others."""

    id: int
    guid: str
    account_id: int
    transaction_type: int
    amount: int
    date: str
    description_key: str
    currency: str | None
    system: System

    @property
    def series(self) -> "Series":
        return _series(self, self.system)


class Series(NamedTuple):
    """What comes again and again has this in common: where, in which direction, and the merchant or else the words."""

    account_id: int
    transaction_type: int
    words: str


class Change(NamedTuple):
    """Where the links of changed transactions are looked for, by what these were and what they are."""

    days: frozenset[str] = frozenset()
    amounts: frozenset[int] = frozenset()
    series: frozenset[Series] = frozenset()
    words: frozenset[str] = frozenset()
    """The descriptions that the transactions of these series have."""

    def __or__(self, other: "Change") -> "Change":
        days, amounts, series, words = other
        return Change(self.days | days, self.amounts | amounts, self.series | series, self.words | words)


class Look(NamedTuple):
    """What is looked at: everything, or what a change may touch, and then other transactions keep their links."""

    movements: Sequence[Movement]
    change: Change | None = None
    left: frozenset[int] = frozenset()
    """The keys of halves of transfers whose other half is gone."""


class _Half(NamedTuple):
    id: int
    guid: str
    date: str
    amount: int
    twin: str


_DECODER = msgspec.json.Decoder(System)
_NOTHING = System()
_JOINED = transactions.join(accounts, accounts.c.id == transactions.c.account_id).join(
    members, members.c.id == accounts.c.member_id
)
# Said as the partial indexes say it, so that they serve.
_LIVES = transactions.c.deleted_at.is_(None)
_HAS_TWIN = transactions.c.system.like(literal_column("""'%"twin"%'"""))


_WHOLE = (
    transactions.c.id,
    transactions.c.guid,
    transactions.c.account_id,
    transactions.c.transaction_type,
    transactions.c.amount,
    transactions.c.date,
    transactions.c.description_key,
    func.json_extract(transactions.c.feed, "$.currency_code"),
    transactions.c.system,
)
_HALF = (
    transactions.c.id,
    transactions.c.guid,
    transactions.c.date,
    transactions.c.amount,
    func.json_extract(transactions.c.system, "$.twin"),
)


def _living(
    shown: Sequence[ColumnElement[Any]],
    *which: ColumnElement[bool],
    lives: ColumnElement[bool] = _LIVES,
) -> Clause:
    """Those of living accounts; the children of a split are part of their parent."""
    own = (transactions.c.user_id == bindparam("user_id")) & lives
    seen = accounts.c.deleted_at.is_(None) & members.c.deleted_at.is_(None) & transactions.c.parent_id.is_(None)
    return select(*shown).select_from(_JOINED).where(own, seen, *which)


@statement
def _all() -> Clause:
    return _living(_WHOLE, transactions.c.date >= bindparam("from_date"))


@statement
def _near() -> Clause:
    return _living(_WHOLE, keys_in(transactions.c.date, "days"), keys_in(transactions.c.amount, "amounts"))


@statement
def _of_words() -> Clause:
    # No first day: with one, the index of days would be walked.
    return _living(_WHOLE, keys_in(transactions.c.description_key, "words"))


@statement
def _edited() -> Clause:
    """What its user gave other words stays in the series of its merchant."""
    edited = (transactions.c.edits != "") & keys_in(transactions.c.account_id, "account_ids")
    return _living(_WHOLE, edited, lives=func.coalesce(transactions.c.deleted_at, 0) == 0)


@statement
def _halves() -> Clause:
    return _living(_HALF, _HAS_TWIN)


def everything(unit: Unit, user_id: int, today: date) -> Look:
    """All of a user's movements that may belong together."""
    return Look(_in_order(unit.all(_movement, _all, user_id=user_id, from_date=_first(today))))


def around(unit: Unit, user_id: int, today: date, change: Change) -> Look:
    """The movements that what changed may belong together with, or did.

    So may the half of a transfer that is left where the other one went with its account, whenever that was.
    """
    left = _left(unit.all(_Half, _halves, user_id=user_id))
    change |= Change(days=_near_days(each.date for each in left), amounts=frozenset(each.amount for each in left))
    account_ids = {series.account_id for series in change.series}
    found = chain(
        unit.all(_movement, _near, user_id=user_id, days=array(change.days), amounts=array(change.amounts)),
        unit.all(_movement, _of_words, user_id=user_id, words=array(change.words)),
        unit.all(_movement, _edited, user_id=user_id, account_ids=array(account_ids)),
    )
    first = _first(today)
    unique = {each.id: each for each in found if each.date >= first}
    return Look(_in_order(unique.values()), change, frozenset(each.id for each in left))


def change_of(rows: Iterable[Row]) -> Change:
    """Where the links of rows are looked for. Give them as they were, too: what they belonged to may need others."""
    rows = list(rows)
    systems = [_system(row.system) for row in rows]
    pairs = list(zip(rows, systems, strict=True))
    return Change(
        days=_near_days(row.date for row in rows),
        amounts=frozenset(row.amount for row in rows),
        series=frozenset(_series(row, system) for row, system in pairs),
        words=frozenset(words for row, system in pairs for words in (row.description_key, fold(system.description))),
    )


def _movement(*row: Any) -> Movement:
    values = [*row[:-1], _system(row[-1])]
    return Movement(*values)


def _system(text: str) -> System:
    return _DECODER.decode(text) if text else _NOTHING


def _series(of: Row | Movement, system: System) -> Series:
    return Series(of.account_id, of.transaction_type, system.merchant_guid or of.description_key)


def _left(halves: Sequence[_Half]) -> list[_Half]:
    pairs = {(half.guid, half.twin) for half in halves}
    return [half for half in halves if (half.twin, half.guid) not in pairs]


def _near_days(days: Iterable[str]) -> frozenset[str]:
    around = range(-DAYS_AROUND, DAYS_AROUND + 1)
    middles = {date.fromisoformat(day).toordinal() for day in days}
    return frozenset(date.fromordinal(max(1, middle + far)).isoformat() for middle in middles for far in around)


def _first(today: date) -> str:
    return date.fromordinal(today.toordinal() - DAYS_BACK).isoformat()


def _in_order(movements: Iterable[Movement]) -> list[Movement]:
    return sorted(movements, key=lambda each: (each.date, each.id))

"""Sights: a transaction as it looks in a feed, of now or of before, in the form in which two are compared. Pure.

A user may change the date and the words of a row; what an institution said of it stays in its feed side, and only that
is compared with what the institution says now.
"""

import datetime as dt
import hashlib
import re
from decimal import Decimal
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

import msgspec

from fanlight.base import money
from fanlight.base.folding import fold
from fanlight.core.transactions import Row, Status
from fanlight.institutions.port import FeedTransaction

VERSION = 2
"""Of the fingerprint. Rows are compared by what their feed side says, so those of another version need no rewriting."""
REMEMBERED = 65_536
_WORD = re.compile(r"[^\W\d_]{2,}")
_GENERIC = frozenset(
    """
    ach auth authorization autopay bill card check checkcard chk co com crd credit dda deb debit des direct
    electronic hold inc int intl llc mastercard memo mobile online payment paypal pending pmt point pos pp
    ppd preauth prenote processing purchase recurring ref sale sp sq the trans transaction tst visa web
    withdrawal www xfer
    """.split()  # noqa: SIM905 - words are read as words
)
"""Words that banks and processors put before a name, which say nothing of whom was paid."""
_STEM = 4


class Likeness(IntEnum):
    """How much the words of two transactions have in common."""

    NONE = 0
    """They name different ones, or nothing by which they could be one."""
    SOMEWHERE = 1
    """They begin with different names but share one, as two shops of one town do."""
    UNNAMED = 2
    """One of them names nobody."""
    NAME = 3
    """They begin with the same name."""
    LONGER = 4
    """All words of the one are in the other."""
    EQUAL = 5


class Key(NamedTuple):
    """What does not change about a transaction once it has posted; twins have it in common."""

    status: Status
    transaction_type: int
    amount: int
    day: int
    text: str


class Sight(msgspec.Struct, frozen=True, gc=False):
    """What is compared of a transaction. `at` is its place in the list that it came in; days are ordinals."""

    at: int
    id: str | None
    key: Key
    posted: int | None
    transacted: int | None
    balance: int | None
    reference: str | None

    @property
    def is_pending(self) -> bool:
        return self.key.status == Status.PENDING


class _Kept(msgspec.Struct, frozen=True, gc=False):
    """What is read of a feed side as it is kept."""

    date: dt.date
    amount: Decimal
    transaction_type: int
    description: str = ""
    posted_on: dt.date | None = None
    transacted_on: dt.date | None = None
    balance_after: Decimal | None = None
    pending_id: str | None = None


_read = msgspec.json.Decoder(_Kept).decode


def of_row(at: int, row: Row) -> Sight:
    """A known row, as its institution told it."""
    return _sight(at, row.provider_id, row.status, _read(row.feed))


def of_feed(at: int, feed: FeedTransaction, provider_id: str | None) -> Sight:
    """What a feed tells; the id is given apart, for not every one is believed."""
    return _sight(at, provider_id, Status.PENDING if feed.is_pending else Status.POSTED, feed)


def fingerprint(sight: Sight, occurrence: int) -> str:
    """A name for what has no id: its lasting traits, the balance after it where that is told, and which twin it is."""
    _, transaction_type, amount, day, text = sight.key
    traits = f"{transaction_type}|{amount}|{day}|{sight.balance}|{occurrence}|{text}"
    return f"{VERSION}.{hashlib.sha256(traits.encode()).hexdigest()[:30]}"


def likeness(one: Sight, other: Sight) -> Likeness:
    return alike(one.key.text, other.key.text)


def alike(one: str, other: str) -> Likeness:
    """How alike two folded texts are."""
    if one == other:
        return Likeness.EQUAL
    names, others = name_of(one), name_of(other)
    if bool(names) != bool(others):
        return Likeness.UNNAMED
    words, other_words = _words_of(one), _words_of(other)
    if words <= other_words or other_words <= words:
        return Likeness.LONGER
    if not names:
        return Likeness.NONE
    if _begin_alike(names[0], others[0]):
        return Likeness.NAME
    return Likeness.SOMEWHERE if set(names) & set(others) else Likeness.NONE


@lru_cache(maxsize=REMEMBERED)
def name_of(text: str) -> tuple[str, ...]:
    """The words of a folded text that may name somebody; a masked number (`xxxx9406`) does not."""
    return tuple(word for word in _WORD.findall(text) if word not in _GENERIC and word.strip("x"))


@lru_cache(maxsize=REMEMBERED)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


@lru_cache(maxsize=REMEMBERED)
def stem(text: str) -> str:
    """How the name in a folded text begins: whoever begins alike stands under one stem; empty where it names nobody."""
    names = name_of(text)
    return names[0][:_STEM] if names else ""


def _begin_alike(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return shorter == longer or (len(shorter) >= _STEM and longer.startswith(shorter))


def _sight(at: int, provider_id: str | None, status: Status, said: _Kept | FeedTransaction) -> Sight:
    key = Key(
        status, said.transaction_type, money.to_micros(said.amount), said.date.toordinal(), fold(said.description)
    )
    balance = said.balance_after
    return Sight(
        at=at,
        id=provider_id,
        key=key,
        posted=None if said.posted_on is None else said.posted_on.toordinal(),
        transacted=None if said.transacted_on is None else said.transacted_on.toordinal(),
        balance=None if balance is None else money.to_micros(balance),
        reference=said.pending_id,
    )

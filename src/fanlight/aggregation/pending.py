"""Pending: which of the rows that wait a posted transaction was. Pure.

The rows are found by type, day and amount; what is equal in these and in its words stands in one line, so that a feed
of any size costs a bounded look for each of its transactions.
"""

from bisect import bisect_left
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import NamedTuple

from fanlight.core.transactions import Row

POSTS_WITHIN_DAYS = 10
TIP_PERCENT = 135
"""A posted amount may be this much of the pending one."""
CANDIDATES = 32
"""How many different lines are compared for one posted transaction, nearest days first; people have a handful."""

_Words = frozenset[str]


class _Place(NamedTuple):
    """Where a line stands."""

    transaction_type: int
    day: int
    amount: int


class _Candidate(NamedTuple):
    """A line and how well its first row fits; the greatest is the likest, and among equals the one known first."""

    shared_words: int
    nearness: int
    age: int
    place: _Place
    words: _Words


class Waiting:
    """Pending rows that a feed does not name any more, in the order in which they are known."""

    def __init__(self, rows: Iterable[Row]) -> None:
        # Ordered: lines that go from the front of a plain dict leave gaps that every look would walk over.
        self._lines: dict[_Place, OrderedDict[_Words, deque[tuple[int, Row]]]] = {}
        self._amounts: dict[tuple[int, int], list[int]] = defaultdict(list)
        for order, row in enumerate(rows):
            place, words = _read(row)
            line = self._lines.setdefault(place, OrderedDict()).setdefault(words, deque())
            line.append((order, row))
        for place in sorted(self._lines):
            self._amounts[place[:2]].append(place.amount)

    def __iter__(self) -> Iterator[Row]:
        """What still waits."""
        return (row for lines in self._lines.values() for line in lines.values() for _, row in line)

    def take(self, posted: Row) -> Row | None:
        """The row that a posted one was, which waits no longer: exact amounts before tips, like texts, near days."""
        if not self._lines:
            return None
        place, words = _read(posted)
        exact = self._compare(_same_amount(place), place.day, words)
        tipped = (each for each in self._compare(self._tips(place), place.day, words) if each.shared_words)
        found = max(exact, default=None) or max(tipped, default=None)
        return None if found is None else self._remove(found)

    def _compare(self, places: Iterable[_Place], day: int, words: _Words) -> Iterator[_Candidate]:
        candidates = (
            _Candidate(len(words & text), place.day - day, -line[0][0], place, text)
            for place in places
            for text, line in self._lines.get(place, {}).items()
        )
        return islice(candidates, CANDIDATES)

    def _tips(self, posted: _Place) -> Iterator[_Place]:
        """Where a row stands that became this posted one with a tip."""
        least = -(-posted.amount * 100 // TIP_PERCENT)
        for day in _days(posted):
            amounts = self._amounts.get((posted.transaction_type, day), [])
            for at in range(bisect_left(amounts, least), bisect_left(amounts, posted.amount)):
                yield posted._replace(day=day, amount=amounts[at])

    def _remove(self, found: _Candidate) -> Row:
        lines = self._lines[found.place]
        _, row = lines[found.words].popleft()
        if not lines[found.words]:
            del lines[found.words]
        if not lines:
            del self._lines[found.place]
            amounts = self._amounts[found.place[:2]]
            del amounts[bisect_left(amounts, found.place.amount)]
        return row


def _same_amount(posted: _Place) -> Iterator[_Place]:
    return (posted._replace(day=day) for day in _days(posted))


def _days(posted: _Place) -> range:
    """The days on which a row may have been pending, the nearest first."""
    return range(posted.day, posted.day - POSTS_WITHIN_DAYS - 1, -1)


def _read(row: Row) -> tuple[_Place, _Words]:
    facts = row.facts_of_feed()
    place = _Place(facts["transaction_type"], date.fromisoformat(row.date).toordinal(), row.amount)
    return place, frozenset(str(facts["description"]).upper().split())

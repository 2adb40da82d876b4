"""Matching: which transactions of two accounts, that turned out to be one, are the same real movement. Pure.

Two that are alike on both sides are two movements, so every one counts once. What differs in nothing goes first, then
what institutions tell differently: the words, and the day by a few.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from datetime import date
from typing import NamedTuple

DAYS_APART = 3
"""How many days two connections may differ in when they tell of one movement in the same words."""


class Entry(NamedTuple):
    """As much of a transaction as tells it from others; `day` and `words` are the institution's, where there is one."""

    id: int
    day: str
    transaction_type: int
    amount: int
    words: str
    is_pending: bool


def match(others: Iterable[Entry], own: Iterable[Entry], *, same_words: bool) -> dict[int, int]:
    """Which of the others is which of the own ones, by their keys. `same_words`: both have them of one institution."""
    left, right = {each.id: each for each in others}, {each.id: each for each in own}
    found: dict[int, int] = {}
    keys = [_alike] if same_words else [_alike, _alike_but_for_words]
    for key in keys:
        _pair(found, left, right, key, 0)
    _pair(found, left, right, _alike_but_for_day, DAYS_APART)
    return found


def _pair(
    found: dict[int, int], left: dict[int, Entry], right: dict[int, Entry], key: Callable[[Entry], Hashable], apart: int
) -> None:
    """Take out of both sides what has the same key and lies no further apart, the nearest first."""
    waiting: dict[Hashable, list[tuple[int, int]]] = defaultdict(list)
    for entry in sorted(right.values(), key=_in_time):
        waiting[key(entry)].append(_in_time(entry))
    for entry in sorted(left.values(), key=_in_time):
        near = waiting.get(key(entry))
        at = None if near is None else _nearest(near, _in_time(entry)[0], apart)
        if near is not None and at is not None:
            _, same = near.pop(at)
            found[entry.id] = same
            del left[entry.id], right[same]


def _nearest(waiting: list[tuple[int, int]], day: int, apart: int) -> int | None:
    """Where in a list in order of time the one is that lies nearest to a day, if one lies near enough."""
    after = bisect_left(waiting, (day, 0))
    places = [at for at in (after, after - 1) if 0 <= at < len(waiting) and abs(waiting[at][0] - day) <= apart]
    return min(places, key=lambda at: abs(waiting[at][0] - day), default=None)


def _in_time(entry: Entry) -> tuple[int, int]:
    return date.fromisoformat(entry.day).toordinal(), entry.id


def _alike(entry: Entry) -> Hashable:
    return entry.day, entry.transaction_type, entry.amount, entry.words


def _alike_but_for_words(entry: Entry) -> Hashable:
    return entry.day, entry.transaction_type, entry.amount


def _alike_but_for_day(entry: Entry) -> Hashable:
    return entry.transaction_type, entry.amount, entry.words

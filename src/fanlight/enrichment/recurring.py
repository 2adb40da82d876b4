"""What comes again and again: movements of one merchant or wording, alike in amount, at even distances. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K")

LEAST = 3
"""How often something has come before it is said to come again."""
ALIKE_PERCENT = 20
"""How far an amount may be from the one before it."""
MAX_GROUP = 1_000
"""Movements of one wording that are looked at, the newest."""

# Days from one to the next: weekly, every two weeks, twice a month, monthly, quarterly, yearly.
_CADENCES = (range(6, 9), range(13, 16), range(14, 18), range(26, 36), range(85, 98), range(358, 373))


class Movement(NamedTuple, Generic[K]):
    """One movement: its key, what it is alike to (an account, a direction, a merchant or wording), and when."""

    key: K
    alike: Hashable
    day: date
    amount: int


def recurring(movements: Iterable[Movement[K]]) -> set[K]:
    """The keys of those that belong to a series of three or more."""
    groups: dict[Hashable, list[Movement[K]]] = defaultdict(list)
    for movement in movements:
        groups[movement.alike].append(movement)
    return {key for group in groups.values() if len(group) >= LEAST for key in _of_group(group)}


def _of_group(group: list[Movement[K]]) -> Iterator[K]:
    group.sort(key=lambda movement: movement.day)
    newest = group[-MAX_GROUP:]
    for cadence in _CADENCES:
        for run in _runs(newest, cadence):
            if len(run) >= LEAST:
                yield from (movement.key for movement in run)


def _runs(group: Sequence[Movement[K]], cadence: range) -> Iterator[list[Movement[K]]]:
    """Stretches in which each comes one step of the cadence after the one before it, alike in amount."""
    run = [group[0]]
    for before, after in pairwise(group):
        if (after.day - before.day).days in cadence and _are_alike(before.amount, after.amount):
            run.append(after)
            continue
        yield run
        run = [after]
    yield run


def _are_alike(one: int, other: int) -> bool:
    return abs(one - other) * 100 <= ALIKE_PERCENT * max(one, other)

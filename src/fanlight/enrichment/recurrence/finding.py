"""Finding: which of a group's occurrences make up series, and what each of these is. Pure.

A group is what came on one account, in one direction, from or to one merchant or with one wording. What is looked at is
the whole of it, then what has the very same amount, then what has nearly the same; the way that has most evidence for
it is taken, and what is left is looked at again.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

from fanlight.enrichment.recurrence.cadence import MEASURES
from fanlight.enrichment.recurrence.fitting import LEAST, Fit, best_fit, difference

K = TypeVar("K")
G = TypeVar("G", bound=Hashable)

MAX_GROUP = 1_000
"""Occurrences of one group that are looked at, the newest."""
_ROUNDS = 4
_OF_SERIES = 2.0
"""Evidence that each more series has to bring, so that one is not taken for two."""
_PLAINLY = 1.25
"""How much more evidence there has to be for parting a group than for not doing so."""
_APART = 1.25
"""By which factor the next amount is greater where a cluster of amounts ends."""
_CHANGED = 0.5
"""By how much an amount may change at once within a series, as a share of the greater one."""
_CHANGED_WITH_DAY = 0.25
"""The same where the day changes too."""
_NEW_PRICE = 0.26
"""The same for what is the only one at its amount."""
_FEW = 80
"""Among so many movements what comes once a year is looked for; among more it is found by chance."""
_YEAR, _NEAR, _ALIKE = 365, 3, 0.15


class Occurrence(NamedTuple, Generic[K, G]):
    """One movement: its key, its group, its day, its amount in millionths."""

    key: K
    group: G
    day: date
    amount: int


class _Group(NamedTuple):
    days: list[int]
    amounts: list[int]


def by_group(occurrences: Iterable[Occurrence[K, G]]) -> dict[G, list[Occurrence[K, G]]]:
    """What may make up series, by group, in the order of days; the newest of large ones."""
    groups: dict[G, list[Occurrence[K, G]]] = defaultdict(list)
    for each in occurrences:
        groups[each.group].append(each)
    return {group: _in_order(found)[-MAX_GROUP:] for group, found in groups.items() if len(found) >= LEAST}


def fits(days: list[int], amounts: list[int]) -> list[Fit]:
    """The series of one group whose days (ordinals) do not fall; each place is in one of them at most."""
    group = _Group(days, amounts)
    # What is left is parted again, most of it as it was.
    fit_of = cache(lambda places: best_fit(places, days, amounts))
    left = list(range(len(days)))
    found: list[Fit] = []
    for _ in range(_ROUNDS):
        fresh = _most_evident(left, group, fit_of)
        if not fresh:
            break
        found += fresh
        used = {place for fit in fresh for place in fit.places}
        left = [place for place in left if place not in used]
        if len(left) < LEAST:
            break
    found += _yearly(left, group)
    joined = _joined(sorted(found, key=lambda fit: fit.places), group)
    return [_longer(fit, left, group) for fit in joined]


def _in_order(occurrences: list[Occurrence[K, G]]) -> list[Occurrence[K, G]]:
    # What came on one day is in the order of amounts: the order in which it was given says nothing.
    return sorted(occurrences, key=lambda each: (each.day, each.amount))


def _most_evident(left: list[int], group: _Group, fit_of: Callable[[tuple[int, ...]], Fit | None]) -> list[Fit]:
    ways = [[fit for cluster in way if (fit := fit_of(tuple(cluster))) is not None] for way in _ways(left, group)]
    best = max(ways, key=_evidence_of)
    return best if _evidence_of(best) > _PLAINLY * _evidence_of(ways[0]) else ways[0]


def _yearly(left: list[int], group: _Group) -> list[Fit]:
    """What comes once a year among other things that are not too many, with nearly the same amount.

    Takes what it finds out of what is left.
    """
    if not LEAST <= len(left) <= _FEW or group.days[left[-1]] - group.days[left[0]] < 2 * _YEAR - _NEAR:
        return []
    found = []
    for first in list(left):
        if first in left and _comes_yearly(first, left, group):
            fit = best_fit(_like(first, left, group), *group)
            if fit is not None:
                found.append(fit)
                left[:] = [place for place in left if place not in fit.places]
    return found


def _comes_yearly(first: int, left: list[int], group: _Group) -> bool:
    """Whether nearly the same came a year and two years later."""
    days, amount = group.days, group.amounts[first]
    for years in (1, 2):
        day = days[first] + years * _YEAR
        at = bisect_left(left, day - _NEAR, key=days.__getitem__)
        end = bisect_right(left, day + _NEAR, key=days.__getitem__)
        if all(difference(amount, group.amounts[place]) > _ALIKE for place in left[at:end]):
            return False
    return True


def _like(place: int, left: list[int], group: _Group) -> list[int]:
    """What has about the amount of one, whenever it came."""
    return [each for each in left if difference(group.amounts[place], group.amounts[each]) <= _ALIKE]


def _evidence_of(way: list[Fit]) -> float:
    return sum(fit.evidence - _OF_SERIES for fit in way)


def _ways(left: list[int], group: _Group) -> Iterator[list[list[int]]]:
    """Ways to part a group: not at all, by equal amounts, by amounts that are near each other."""
    yield [left]
    counted = Counter([group.amounts[place] for place in left])
    if len(counted) == 1:
        return
    often = [amount for amount, count in counted.items() if count >= LEAST]
    if often:
        equal: dict[int, list[int]] = {amount: [] for amount in often}
        for place in left:
            if (amount := group.amounts[place]) in equal:
                equal[amount].append(place)
        yield list(equal.values())
    near = _clusters(sorted(counted), left, group)
    if len(near) > 1:
        yield [cluster for cluster in near if len(cluster) >= LEAST]


def _clusters(distinct: list[int], left: list[int], group: _Group) -> list[list[int]]:
    number, at = {distinct[0]: 0}, 0
    for before, after in pairwise(distinct):
        at += after > before * _APART
        number[after] = at
    clusters: list[list[int]] = [[] for _ in range(at + 1)]
    for place in left:
        clusters[number[group.amounts[place]]].append(place)
    return clusters


def _joined(found: list[Fit], group: _Group) -> list[Fit]:
    """Those of which one goes on where another ended, with another price or another day, are one."""
    joined: list[Fit] = []
    for fit in found:
        before = next((each for each in joined if _goes_on(each, fit, group)), None)
        if before is None:
            joined.append(fit)
        else:
            joined[joined.index(before)] = _one(before, fit, group)
    return joined


def _goes_on(before: Fit, after: Fit, group: _Group) -> bool:
    if before.grid.cadence is not after.grid.cadence:
        return False
    last, first = before.places[-1], after.places[0]
    measure = MEASURES[after.grid.cadence]
    apart = group.days[first] - group.days[last]
    longest = measure.period * (measure.bridged + 1) + measure.slack
    shortest = measure.period / 3
    if not shortest <= apart <= longest:
        return False
    ((_, off),) = after.grid.marks([group.days[last]])
    most = _CHANGED if abs(off) <= measure.slack else _CHANGED_WITH_DAY
    return difference(group.amounts[last], group.amounts[first]) <= most


def _one(before: Fit, after: Fit, group: _Group) -> Fit:
    """Both, on the grid of the later; slots of the earlier one are counted back from it so that none is there twice."""
    marks = after.grid.marks([group.days[before.places[-1]]])
    last = min(marks[0][0], after.slots[0] - 1)
    slots = tuple(last - (before.slots[-1] - slot) for slot in before.slots)
    return Fit(before.evidence + after.evidence, after.grid, before.places + after.places, slots + after.slots)


def _longer(fit: Fit, left: list[int], group: _Group) -> Fit:
    """With what came next at a new price: on its day, among whatever else came."""
    last = fit.places[-1]
    slack = min(1, MEASURES[fit.grid.cadence].slack)
    later = [place for place in left if group.days[place] > group.days[last]]
    marks = fit.grid.marks([group.days[place] for place in later])
    for (slot, off), place in zip(marks, later, strict=True):
        is_next = slot == fit.slots[-1] + 1 and abs(off) <= slack
        if is_next and difference(group.amounts[last], group.amounts[place]) <= _NEW_PRICE:
            left.remove(place)
            grown = fit._replace(places=(*fit.places, place), slots=(*fit.slots, slot))
            return _longer(grown, left, group)
    return fit


def ordinals(occurrences: Sequence[Occurrence[K, G]]) -> tuple[list[int], list[int]]:
    """Days and amounts of a group."""
    return [each.day.toordinal() for each in occurrences], [each.amount for each in occurrences]

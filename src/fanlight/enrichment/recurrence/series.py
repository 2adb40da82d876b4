"""Series: what comes again and again, described: how often, when next, how much, and how sure that is. Pure."""

import math
from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from enum import IntEnum
from itertools import pairwise
from statistics import median, median_low
from typing import Generic, NamedTuple, TypeVar

from fanlight.enrichment.recurrence import finding
from fanlight.enrichment.recurrence.business_days import around
from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.enrichment.recurrence.finding import Occurrence
from fanlight.enrichment.recurrence.fitting import Fit, difference
from fanlight.enrichment.recurrence.grids import Grid
from fanlight.enrichment.recurrence.schedule import Schedule, gaps, nearest_day, standing

K = TypeVar("K", bound=Hashable)
G = TypeVar("G", bound=Hashable)

RECENT = 12
"""Occurrences that the band of amounts is made of, the newest."""
_EXPECTED_OF = 3
"""How many of the newest the expected amount is the median of, where amounts vary."""
SCATTERED = 0.5
"""Amounts that differ by more than this from one to the next (the median, as a share of the greater one) are any."""
_SAME = 0.005
_EVIDENCE = 12.0


class Status(IntEnum):
    """How a series stands: it goes on, its last occurrence is overdue, or it has ended."""

    ACTIVE = 1
    MISSED = 2
    ENDED = 3


class PriceChange(NamedTuple):
    """From which occurrence on the amount is another one, in millionths."""

    on: date
    before: int
    after: int


class Series(NamedTuple, Generic[K, G]):
    """A series; amounts in millionths. `due_on` is the day on which the last occurrence was due.

    `is_scattered`: lately amounts differ so much from one to the next that the next may be any. `missed` are days on
    which an occurrence was due and none came, in order; `keys` are the occurrences in theirs.
    """

    group: G
    schedule: Schedule
    amount: int
    low: int
    high: int
    is_scattered: bool
    first_on: date
    last_on: date
    due_on: date
    next_on: date | None
    confidence: int
    status: Status
    missed: tuple[date, ...]
    prices: tuple[PriceChange, ...]
    keys: tuple[K, ...]

    @property
    def cadence(self) -> Cadence:
        return self.schedule.cadence


def find(occurrences: Iterable[Occurrence[K, G]], today: date) -> list[Series[K, G]]:
    """The series among movements, as they stand on a day; of each group those that began first are first."""
    groups = finding.by_group(occurrences)
    return [
        _described(group, own, fit, today)
        for group, own in groups.items()
        for fit in finding.fits(*finding.ordinals(own))
    ]


def recurring(occurrences: Iterable[Occurrence[K, G]]) -> set[K]:
    """The keys of those that belong to a series."""
    groups = finding.by_group(occurrences).values()
    return {own[place].key for own in groups for fit in finding.fits(*finding.ordinals(own)) for place in fit.places}


def status_of(missed: int, next_on: date | None) -> Status:
    """By how many occurrences are overdue since the last one, and whether another is due."""
    if next_on is None:
        return Status.ENDED
    return Status.MISSED if missed else Status.ACTIVE


def _described(group: G, own: Sequence[Occurrence[K, G]], fit: Fit, today: date) -> Series[K, G]:
    chosen = [own[place] for place in fit.places]
    came_last = chosen[-1].day
    dues = [nearest_day(fit.grid.due(slot)) for slot in fit.slots]
    schedule = _schedule(
        fit.grid, [(due.toordinal(), each.day.toordinal()) for due, each in zip(dues, chosen, strict=True)]
    )
    prices = _price_changes(chosen)
    stands = standing(schedule, dues[-1], came_last, today)
    lately = _lately(chosen, prices)
    return Series(
        group=group,
        schedule=schedule,
        amount=_expected(lately, chosen),
        low=min(lately),
        high=max(lately),
        is_scattered=_is_scattered(lately),
        first_on=chosen[0].day,
        last_on=came_last,
        due_on=dues[-1],
        next_on=stands.next_on,
        confidence=round(100 * (1 - math.exp(-fit.evidence / _EVIDENCE))),
        status=status_of(len(stands.missed), stands.next_on),
        missed=(*gaps(schedule, dues), *stands.missed),
        prices=tuple(prices),
        keys=tuple(each.key for each in chosen),
    )


def _schedule(grid: Grid, pairs: list[tuple[int, int]]) -> Schedule:
    """The grid's schedule; `pairs` are the days on which occurrences were due and came."""
    step = grid.step if grid.step > 14 else None
    if grid.step:
        last = date.fromordinal(pairs[-1][0])
        day = last.day if step else last.isoweekday()
        return Schedule(grid.cadence, day, step=step, shift=_shift(pairs))
    return Schedule(grid.cadence, grid.phase, grid.second or None, shift=_shift(pairs))


def _shift(pairs: list[tuple[int, int]]) -> int:
    """Where occurrences came that were due on no business day: mostly before it, after it, or on it."""
    found = [(came > due) - (came < due) for due, came in pairs if around(due) != (due, due)]
    if not found:
        return 0
    return max((0, 1, -1), key=found.count)


def _lately(chosen: Sequence[Occurrence[K, G]], prices: list[PriceChange]) -> list[int]:
    """The newest amounts, since the price changed."""
    since = prices[-1].on if prices else date.min
    return [each.amount for each in chosen if each.day >= since][-RECENT:]


def _expected(lately: list[int], chosen: Sequence[Occurrence[K, G]]) -> int:
    is_steady = len(lately) == 1 or difference(chosen[-2].amount, chosen[-1].amount) <= _SAME
    return lately[-1] if is_steady else median_low(lately[-_EXPECTED_OF:])


def _is_scattered(lately: list[int]) -> bool:
    return len(lately) > 1 and median(difference(one, other) for one, other in pairwise(lately)) > SCATTERED


def _price_changes(chosen: Sequence[Occurrence[K, G]]) -> list[PriceChange]:
    """Where a steady amount became another steady one: two of it, or one after three of the other."""
    stretches: list[list[Occurrence[K, G]]] = []
    for each in chosen:
        if stretches and difference(stretches[-1][-1].amount, each.amount) <= _SAME:
            stretches[-1].append(each)
        else:
            stretches.append([each])
    changes = []
    for before, after in pairwise(stretches):
        is_newest = after is stretches[-1]
        if len(before) >= 2 and (len(after) >= 2 or (is_newest and len(before) >= 3)):
            changes.append(PriceChange(after[0].day, before[-1].amount, after[0].amount))
    return changes

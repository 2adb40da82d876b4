"""Grids: the days on which something would be due, laid over the days on which it came. Pure; days are ordinals.

Each mark is the number of the nearest due day (its slot) and by how many days the day is off; one that was moved over
a weekend or a holiday is not off.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from fanlight.enrichment.recurrence.business_days import around
from fanlight.enrichment.recurrence.cadence import MEASURES, Cadence
from fanlight.enrichment.recurrence.schedule import ordinal_of

FAR = 10_000
"""By how much a day is off that no slot is near."""
_END = 31
_LATE = 28
_TRIED = 4
_FEW = 8
_TOGETHER, _TOGETHER_IN_WEEK = 0.5, 0.6
"""The share of days that has to be near the due ones for a closer look."""
_MIDDLE = 12
_AROUND, _AROUND_HALF = 4, 2
Mark = tuple[int, int]


class Grid(NamedTuple):
    """Due days: every `step` days from a phase on; or a day, or two, in each of so many months, by what is left."""

    cadence: Cadence
    phase: int
    step: int = 0
    second: int = 0
    rest: int = 0

    def marks(self, days: Iterable[int]) -> list[Mark]:
        if self.step:
            step, phase = self.step, self.phase
            return [_step_mark(day, step, phase) for day in days]
        if self.second:
            first, second = self.phase, self.second
            return [_half_mark(day, first, second) for day in days]
        months, phase, rest = MEASURES[self.cadence].months, self.phase, self.rest
        if months == 1:
            return [_month_mark(day, phase) for day in days]
        return [_every(_month_mark(day, phase), months, rest) for day in days]

    def due(self, slot: int) -> int:
        """The day of a slot."""
        if self.step:
            return slot * self.step + self.phase
        if self.second:
            return _of_month(slot // 2, self.second if slot % 2 else self.phase)
        return _of_month(slot * MEASURES[self.cadence].months + self.rest, self.phase)


def by_step(cadence: Cadence, step: int, days: Sequence[int]) -> Grid | None:
    """The grid that fits days best; None when they are not on a few days of all that are possible."""
    counted = Counter([day % step for day in days])
    near = 1 if step < _LATE else 2
    best, most = 0, -1
    for phase, count in counted.most_common(_TRIED):
        number = count + sum(
            counted[(phase + off) % step] + counted[(phase - off) % step] for off in range(1, near + 1)
        )
        if number > most:
            best, most = phase, number
    together = _TOGETHER_IN_WEEK if cadence is Cadence.EVERY_WEEK else _TOGETHER
    return Grid(cadence, best, step=step) if most >= together * len(days) else None


def by_month(cadence: Cadence, days: Sequence[int]) -> Grid | None:
    """The same for a day of the month."""
    months = MEASURES[cadence].months
    counted = Counter([_calendar(day)[1] for day in days])
    numbers = [number for number in _meant(counted) if _near(counted, number, _AROUND) >= _TOGETHER * len(days)]
    found = _best([Grid(cadence, number) for number in numbers], _month_grid_marks(days), cadence, counted)
    if found is None or months == 1:
        return found
    rest, _ = Counter([_month_mark(day, found.phase)[0] % months for day in days]).most_common(1)[0]
    return found._replace(rest=rest)


def by_halves(days: Sequence[int]) -> Grid | None:
    """The same for two days of the month that are about half of it apart."""
    counted = Counter([_calendar(day)[1] for day in days])
    numbers = {number: _near(counted, number, _AROUND_HALF) for number in _meant(counted)}
    pairs = [
        Grid(Cadence.TWICE_A_MONTH, first, second=second)
        for first in numbers
        for second in numbers
        if 11 <= second - first <= 19 and numbers[first] + numbers[second] >= _TOGETHER * len(days)
    ]
    return _best(pairs, lambda grid: grid.marks(days), Cadence.TWICE_A_MONTH, counted)


def _month_grid_marks(days: Sequence[int]) -> Callable[[Grid], list[Mark]]:
    return lambda grid: [_month_mark(day, grid.phase) for day in days]


def _best(
    grids: Iterable[Grid], marks: Callable[[Grid], list[Mark]], cadence: Cadence, counted: Counter[int]
) -> Grid | None:
    """The grid from which the days are least off; of equal ones the one whose days are most often hit."""
    most = MEASURES[cadence].slack + 1
    scored = [
        (sum([min(abs(off), most) for _, off in marks(grid)]), -counted[grid.phase] - counted[grid.second], grid)
        for grid in grids
    ]
    return min(scored)[2] if scored else None


def _meant(counted: Counter[int]) -> list[int]:
    """Days of the month that may be meant: those that occur most, and its end or begin where one is near."""
    tried = [number for number, _ in counted.most_common(_TRIED if counted.total() > _FEW else _FEW)]
    if any(number >= _LATE for number in counted):
        tried.append(_END)
    if any(number <= 3 or number >= _LATE for number in counted):
        tried.append(1)
    return list(dict.fromkeys(tried))


def _near(counted: Counter[int], number: int, far: int) -> int:
    """How many are so many days around a day of the month at most."""
    return sum(counted[(number + off - 1) % _END + 1] for off in range(-far, far + 1))


def _every(mark: Mark, months: int, rest: int) -> Mark:
    slot, off = divmod(mark[0] - rest, months)
    return (slot, FAR) if off else (slot, mark[1])


@lru_cache(maxsize=1 << 13)
def _calendar(day: int) -> tuple[int, int]:
    """The number of a day's month, counted through the years, and its own number in it."""
    on = date.fromordinal(day)
    return on.year * 12 + on.month - 1, on.day


_of_month = lru_cache(maxsize=1 << 12)(ordinal_of)


@lru_cache(maxsize=1 << 14)
def _step_mark(day: int, step: int, phase: int) -> Mark:
    half = step // 2
    slot, rest = divmod(day - phase + half, step)
    return slot, _off(day, day - rest + half)


@lru_cache(maxsize=1 << 15)
def _month_mark(day: int, number: int) -> Mark:
    month, _ = _calendar(day)
    off = _off(day, _of_month(month, number))
    if -_MIDDLE < off < _MIDDLE:
        return month, off
    other = month + (1 if off > 0 else -1)
    return min((month, off), (other, _off(day, _of_month(other, number))), key=_distance)


@lru_cache(maxsize=1 << 14)
def _half_mark(day: int, first: int, second: int) -> Mark:
    month, _ = _calendar(day)
    if day - _of_month(month, first) < -_FEW:
        slots = (2 * month - 1, 2 * month)
    elif day - _of_month(month, second) > _FEW:
        slots = (2 * month + 1, 2 * month + 2)
    else:
        slots = (2 * month, 2 * month + 1)
    one, other = ((slot, _off(day, _of_month(slot // 2, second if slot % 2 else first))) for slot in slots)
    return min(one, other, key=_distance)


def _distance(mark: Mark) -> int:
    return abs(mark[1])


def _off(day: int, due: int) -> int:
    before, after = around(due)
    return min(day - before, 0) or max(day - after, 0)

"""Schedules: the days on which occurrences are due, and when a series is overdue or over. Pure."""

import calendar
from collections.abc import Iterator
from datetime import date
from itertools import pairwise, takewhile
from typing import NamedTuple

from fanlight.enrichment.recurrence.business_days import CYCLE, YEARS, around
from fanlight.enrichment.recurrence.cadence import MEASURES, Cadence

_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()
_MOST_MISSED = 12
"""How many missed days are kept, the newest."""


class Schedule(NamedTuple):
    """When a series is due.

    `day`: of the month (31 for its last), or of the week (1 Monday). `step`: 28 or 30 for what comes every so many days
    and is called monthly. `shift`: what is due on no business day comes before (-1) or after it (1), or on it (0).
    """

    cadence: Cadence
    day: int
    second_day: int | None = None
    step: int | None = None
    shift: int = 0

    def after(self, due: date) -> date | None:
        """The day that is due after another one that is; None beyond the last year that there is."""
        step = self.step or {Cadence.EVERY_WEEK: 7, Cadence.EVERY_TWO_WEEKS: 14}.get(self.cadence)
        if step:
            return _within(due.toordinal() + step)
        month = due.year * 12 + due.month - 1
        if self.second_day is not None:
            first, second = sorted((self.day, self.second_day))
            is_first = due.toordinal() < ordinal_of(month, second)
            return _within(ordinal_of(month, second) if is_first else ordinal_of(month + 1, first))
        return _within(ordinal_of(month + MEASURES[self.cadence].months, self.day))

    def moved(self, due: date) -> date:
        """Where what is due comes when that is no business day."""
        if not self.shift:
            return due
        return nearest_day(around(due.toordinal())[self.shift > 0])


class Standing(NamedTuple):
    """How a series stands on a day: the days that are overdue since the last one, and the next day, None at its end."""

    missed: tuple[date, ...]
    next_on: date | None


def standing(schedule: Schedule, due: date, last: date, today: date) -> Standing:
    """What was due after the last occurrence (that came on `last`, due on `due`) and has not come; what is due next."""
    measure = MEASURES[schedule.cadence]
    missed: list[date] = []
    for each in _following(schedule, due):
        on = _within(max(schedule.moved(each).toordinal(), last.toordinal() + 1))
        if on is None:
            break
        if on.toordinal() + measure.patience >= today.toordinal():
            return Standing(tuple(missed), on)
        missed.append(on)
        if len(missed) == measure.gone:
            break
    return Standing(tuple(missed), None)


def gaps(schedule: Schedule, dues: list[date]) -> list[date]:
    """The days between the first and the last that were due and on which nothing came; the newest of them."""
    missed = []
    for before, after in pairwise(dues):
        missed += [schedule.moved(each) for each in takewhile(after.__gt__, _following(schedule, before))]
    return missed[-_MOST_MISSED:]


def ordinal_of(month: int, day: int) -> int:
    """A day of a month, which is counted through the years; the last one for a number that it does not have."""
    years, number = divmod(month, 12)
    cycle, year = divmod(years - 1, YEARS)
    last = calendar.monthrange(year + 1, number + 1)[1]
    return date(year + 1, number + 1, min(day, last)).toordinal() + cycle * CYCLE


def nearest_day(ordinal: int) -> date:
    """The day of an ordinal; the first or the last that there is for one before or after these."""
    return date.fromordinal(min(max(ordinal, _FIRST), _LAST))


def _within(ordinal: int) -> date | None:
    return date.fromordinal(ordinal) if ordinal <= _LAST else None


def _following(schedule: Schedule, due: date) -> Iterator[date]:
    following = schedule.after(due)
    while following is not None:
        yield following
        following = schedule.after(following)

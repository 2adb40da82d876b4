"""Schedules: the days on which occurrences are due, and when a series is overdue or over. Pure."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from fanlight.enrichment.recurrence.business_days import around
from fanlight.enrichment.recurrence.cadence import MEASURES, Cadence

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

    def after(self, due: date) -> date:
        """The day that is due after another one that is."""
        step = self.step or {Cadence.EVERY_WEEK: 7, Cadence.EVERY_TWO_WEEKS: 14}.get(self.cadence)
        if step:
            return due + timedelta(days=step)
        if self.second_day is not None:
            first, second = sorted((self.day, self.second_day))
            is_first = due.day < day_of(due.year, due.month, second).day
            return day_of(due.year, due.month, second) if is_first else month_later(due, 1, first)
        return month_later(due, MEASURES[self.cadence].months, self.day)

    def moved(self, due: date) -> date:
        """Where what is due comes when that is no business day."""
        if not self.shift:
            return due
        return date.fromordinal(around(due.toordinal())[self.shift > 0])


class Standing(NamedTuple):
    """How a series stands on a day: the days that are overdue since the last one, and the next day, None at its end."""

    missed: tuple[date, ...]
    next_on: date | None


def standing(schedule: Schedule, due: date, last: date, today: date) -> Standing:
    """What was due after the last occurrence (that came on `last`, due on `due`) and has not come; what is due next."""
    measure = MEASURES[schedule.cadence]
    missed: list[date] = []
    for each in _following(schedule, due):
        on = max(schedule.moved(each), last + timedelta(days=1))
        if on + timedelta(days=measure.patience) >= today:
            return Standing(tuple(missed), on)
        missed.append(on)
        if len(missed) == measure.gone:
            break
    return Standing(tuple(missed), None)


def gaps(schedule: Schedule, dues: list[date]) -> list[date]:
    """The days between the first and the last that were due and on which nothing came; the newest of them."""
    missed = []
    for before, after in pairwise(dues):
        each = schedule.after(before)
        while each < after:
            missed.append(schedule.moved(each))
            each = schedule.after(each)
    return missed[-_MOST_MISSED:]


def day_of(year: int, month: int, day: int) -> date:
    """A day of a month; the last one for a number that it does not have."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def month_later(due: date, months: int, day: int) -> date:
    count = due.year * 12 + due.month - 1 + months
    return day_of(count // 12, count % 12 + 1, day)


def _following(schedule: Schedule, due: date) -> Iterator[date]:
    while True:
        due = schedule.after(due)
        yield due

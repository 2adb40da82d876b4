"""Occurrences: the days on which something falls that comes again and again. Pure.

`day` is a day of the week (1 Monday to 7) for weekly cadences, else a day of the month; in a shorter month it is the
last day. `second_day` is for what comes twice a month; where it is not known it is half a month from the first.
`anchor` is any day on or near which it falls: it says in which week or month, for cadences that leave some out.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.planning import days

WEEKLY = {Cadence.EVERY_WEEK: 7, Cadence.EVERY_TWO_WEEKS: 14}
"""How many days apart those are that go by the week."""
_MONTHS = {Cadence.EVERY_QUARTER: 3, Cadence.EVERY_YEAR: 12}


def days_of(cadence: Cadence) -> int:
    """The largest number that `day` may be."""
    return 7 if cadence in WEEKLY else 31


def next_on(cadence: Cadence, day: int, anchor: date, after: date, *, second_day: int | None = None) -> date:
    """The first occurrence after a day."""
    last = after + timedelta(days=400)
    return next(_from(cadence, (day, second_day), anchor, after + timedelta(days=1), last))


def between(
    cadence: Cadence, day: int, anchor: date, first: date, last: date, *, second_day: int | None = None
) -> list[date]:
    """The occurrences from one day to another, both included."""
    return list(_from(cadence, (day, second_day), anchor, first, last))


def other_day(day: int) -> int:
    """The second day of what comes twice a month, where only one is known."""
    return day + 15 if day <= 15 else day - 15


def _from(cadence: Cadence, chosen: tuple[int, int | None], anchor: date, first: date, last: date) -> Iterator[date]:
    day, second = chosen
    if cadence in WEEKLY:
        return _weekly(WEEKLY[cadence], day, anchor, first, last)
    both = sorted({day, second or other_day(day)}) if cadence is Cadence.TWICE_A_MONTH else [day]
    return _monthly(_MONTHS.get(cadence, 1), both, anchor, first, last)


def _weekly(step: int, day: int, anchor: date, first: date, last: date) -> Iterator[date]:
    start = _nearest_weekday(anchor, day)
    at = first + timedelta(days=(start - first).days % step)
    while at <= last:
        yield at
        at += timedelta(days=step)


def _monthly(step: int, chosen: list[int], anchor: date, first: date, last: date) -> Iterator[date]:
    phase = _number(_nearest_month(anchor, chosen[0])) % step
    month = days.month_of(first)
    month = days.later(month, (phase - _number(month)) % step)
    while days.first_of(month) <= last:
        found = sorted({days.day_within(month, each) for each in chosen})
        yield from (each for each in found if first <= each <= last)
        month = days.later(month, step)


def _nearest_weekday(anchor: date, day: int) -> date:
    """It may have been moved from its own day by a holiday."""
    away = (day - anchor.isoweekday() + 3) % 7 - 3
    return anchor + timedelta(days=away)


def _nearest_month(anchor: date, day: int) -> str:
    """The month to which the anchor belongs: a day may have been moved over the end of its month."""
    month = days.month_of(anchor)
    around = (days.later(month, each) for each in (0, -1, 1))
    return min(around, key=lambda each: abs(days.day_within(each, day) - anchor))


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7])

"""The world's calendar: months by number, paydays, and the days on which banks post."""

import datetime as dt
from calendar import monthrange

from fanlight.base.clock import DAY

_FIRST_PAYDAY = dt.date(2015, 1, 2)  # a Friday


def month_number(year: int, month: int) -> int:
    """Months since year 0, so that the next month is one more."""
    return year * 12 + month - 1


def month_of(seconds: int) -> int:
    day = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return month_number(day.year, day.month)


def month_start(month: int) -> int:
    """Unix seconds of the month's first moment in UTC."""
    return int(dt.datetime(month // 12, month % 12 + 1, 1, tzinfo=dt.UTC).timestamp())


def month_length(month: int) -> int:
    return monthrange(month // 12, month % 12 + 1)[1]


def date_in(month: int, day: int) -> dt.date:
    """A day of a month; days beyond its end are its last."""
    return dt.date(month // 12, month % 12 + 1, min(day, month_length(month)))


def moment_in(month: int, day: int, second: int) -> int:
    """Unix seconds of a day of a month and a second of that day."""
    return month_start(month) + (min(day, month_length(month)) - 1) * DAY + second


def banking_moment(month: int, day: int, second: int) -> int:
    """The same, but a Saturday or Sunday counts as the Monday after it."""
    weekday = date_in(month, day).weekday()
    return moment_in(month, day, second) + (max(7 - weekday, 0) * DAY if weekday > 4 else 0)


def paydays(month: int, phase: int) -> list[int]:
    """The days of a month on which a two-week payroll pays; `phase` is 0 or 1."""
    first = date_in(month, 1)
    offset = (phase * 7 - (first - _FIRST_PAYDAY).days) % 14
    return list(range(1 + offset, month_length(month) + 1, 14))


def posting_delays(weekday: int) -> tuple[int, ...]:
    """In how many days, 1 to 3, a purchase can post: banks post on weekdays (Monday is 0)."""
    return tuple(delay for delay in (1, 2, 3) if (weekday + delay) % 7 < 5)

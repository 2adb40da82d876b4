"""Business days: weekends and the holidays of United States banks, by rule. Pure; days are ordinals.

A calendar is the same every 400 years, and these are whole weeks: so there are days before the first year and after the
last one, too.
"""

from datetime import date, timedelta
from functools import lru_cache

CYCLE = 146_097
"""Days of 400 years."""
YEARS = 400
_WEEK = 7
_FRIDAY = 4
_THURSDAY = 3


@lru_cache(maxsize=1 << 13)
def around(day: int) -> tuple[int, int]:
    """The business day at or before a day, and the one at or after it: where a payment of that day may be moved to."""
    before = after = day
    while not is_business(before):
        before -= 1
    while not is_business(after):
        after += 1
    return before, after


def is_business(day: int) -> bool:
    # The first ordinal was a Monday.
    if (day - 1) % _WEEK > _FRIDAY:
        return False
    alike = (day - 1) % CYCLE + 1
    return alike not in holidays(date.fromordinal(alike).year)


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[int]:
    """The federal holidays of a year as banks keep them: one on a Sunday on the Monday after it, on a Saturday not."""
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    # The last Monday of May is a week before the first one of June.
    moved = [
        _nth(year, 1, 0, 3),
        _nth(year, 2, 0, 3),
        _nth(year, 6, 0, 1) - timedelta(days=_WEEK),
        _nth(year, 9, 0, 1),
        _nth(year, 10, 0, 2),
        _nth(year, 11, _THURSDAY, 4),
    ]
    return frozenset((day + timedelta(days=day.weekday() == 6)).toordinal() for day in (*fixed, *moved))


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % _WEEK + (number - 1) * _WEEK)

"""How far back the bank tells what happened, over FDX and OFX alike, and the spans of time that it is asked for."""

import datetime as dt
from typing import NamedTuple

from fanlight.base.clock import date_of

HISTORY_YEARS = 2


class Span(NamedTuple):
    """A time span, both ends included."""

    start: int
    end: int


def oldest(now: int) -> dt.date:
    """The first day of history: 24 months ago, and one day for clients in other time zones."""
    today = date_of(now)
    day = today.replace(year=today.year - HISTORY_YEARS, day=min(today.day, 28 if today.month == 2 else 31))
    return day - dt.timedelta(days=1)

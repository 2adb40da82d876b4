"""Time: Unix seconds in UTC inside, ISO 8601 with a numeric offset on the wire.

A clock is a plain callable, so that a test turns it by hand.
"""

import datetime as dt
import time
from collections.abc import Callable

Clock = Callable[[], int]

DAY = 86_400


def system_clock() -> int:
    """The present in Unix seconds."""
    return int(time.time())


class FixedClock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, seconds: int) -> None:
        self.now += seconds


def shifted_clock(today: dt.date, real: Clock = system_clock) -> Clock:
    """The real time of day, moved to begin on the given date (`--today`)."""
    now = dt.datetime.fromtimestamp(real(), dt.UTC)
    offset = (today - now.date()).days * DAY
    return lambda: real() + offset


def timestamp(seconds: int | None) -> str | None:
    """`2021-10-26T19:43:53+00:00`, the form of live answers; None stays None."""
    if seconds is None:
        return None
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return moment.isoformat(timespec="seconds")


def date_of(seconds: int) -> dt.date:
    """The UTC calendar day of a moment."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).date()


def start_of_day(date: dt.date) -> int:
    """Unix seconds of the day's first UTC moment."""
    return int(dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC).timestamp())

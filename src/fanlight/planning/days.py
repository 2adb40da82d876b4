"""Days and months as a user has them: in the time zone of their client. Pure but for reading that zone.

A month is a text `YYYY-MM`, a day `YYYY-MM-DD` or a `date`.
"""

import calendar
import datetime as dt
import logging
import zoneinfo
from datetime import date
from functools import lru_cache

from sqlalchemy import bindparam, select

from fanlight.core.clients import UTC
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import clients, users
from fanlight.storage.unit import Unit

log = logging.getLogger(__name__)


@statement
def _zone_of_user() -> Clause:
    joined = users.join(clients, clients.c.id == users.c.client_id)
    return select(clients.c.time_zone).select_from(joined).where(users.c.id == bindparam("user_id"))


def today_of(unit: Unit, user_id: int, now: int) -> date:
    """The user's day at a moment."""
    return day_in(zone_of(unit, user_id), now)


def zone_of(unit: Unit, user_id: int) -> str:
    """The time zone in which the user has their days."""
    return unit.scalar(_zone_of_user, user_id=user_id) or UTC


def day_in(zone: str, now: int) -> date:
    """The day at a moment (Unix seconds) in a time zone."""
    if zone == UTC:
        return dt.datetime.fromtimestamp(now, dt.UTC).date()
    return dt.datetime.fromtimestamp(now, _zone_of(zone)).date()


@lru_cache(maxsize=256)
def _zone_of(name: str) -> dt.tzinfo:
    """A zone by its name; UTC where this machine does not know it any more."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        log.warning("There is no time zone %s here: its days begin in UTC.", name)
        return dt.UTC


def month_of(day: date | str) -> str:
    return str(day)[:7]


def first_of(month: str) -> date:
    """The month's first day."""
    return date(int(month[:4]), int(month[5:7]), 1)


def last_of(month: str) -> date:
    """The month's last day."""
    first = first_of(month)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def days_of(month: str) -> int:
    """How many days the month has."""
    return last_of(month).day


def later(month: str, months: int) -> str:
    """The month so many months later, or earlier for a negative number."""
    count = int(month[:4]) * 12 + int(month[5:7]) - 1 + months
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def day_within(month: str, day: int) -> date:
    """A day of the month by its number; the last day for a number that the month does not have."""
    return first_of(month).replace(day=max(1, min(day, days_of(month))))

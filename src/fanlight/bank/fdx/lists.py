"""Lists at the data endpoints: date rules, limits, and opaque page keys that hold the list still."""

import datetime as dt

import msgspec

from fanlight.bank.answers import FdxError
from fanlight.bank.history import Span, oldest
from fanlight.bank.oauth.issuer import Issuer
from fanlight.base.asgi import Query
from fanlight.base.clock import DAY, start_of_day

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 100
DEFAULT_DAYS = 7
_FOREVER = 2**40


class Cursor(msgspec.Struct, array_like=True, frozen=True):
    """Where a list goes on: `before` is the last item shown, `as_of` the moment that the list shows."""

    list: str
    start: int
    end: int
    as_of: int
    before: tuple[int, str]


def read_limit(query: Query) -> int:
    text = query.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) >= 1):
        raise FdxError(400, 400, "limit must be a whole number above 0.")
    return min(int(text), LARGEST_LIMIT)


def read_cursor(issuer: Issuer, query: Query, name: str) -> Cursor | None:
    """The cursor of a pageKey; raises FdxError for one that this list did not give."""
    text = query.get("pageKey")
    if text is None:
        return None
    cursor = issuer.shared.page_keys.open(text, Cursor)
    if cursor is None or cursor.list != name:
        raise FdxError(400, 400, "pageKey is not one that this list gave.")
    return cursor


def read_span(query: Query, now: int) -> Span:
    """The span asked for; raises FdxError 703 where it is one-sided, reversed, unreadable or too old."""
    moments = query.get("startTime"), query.get("endTime")
    dates = query.get("startDate"), query.get("endDate")
    if moments == dates == (None, None):
        return Span(now - DEFAULT_DAYS * DAY, _FOREVER)
    first, last = (_moment(text) for text in moments) if any(moments) else (_midnight(text) for text in dates)
    span = Span(first, last if any(moments) else last + DAY - 1)
    if span.start > span.end:
        raise FdxError(400, 703, "The start is after the end.")
    if span.start < start_of_day(oldest(now)):
        raise FdxError(400, 703, f"Transactions go back to {oldest(now)}.")
    return span


def _midnight(text: str | None) -> int:
    try:
        return start_of_day(dt.date.fromisoformat(_given(text)))
    except ValueError as error:
        raise FdxError(400, 703, "startDate and endDate are dates such as 2026-01-31.") from error


def _moment(text: str | None) -> int:
    """A moment; without an offset it is taken as UTC. A space is a plus that nobody escaped."""
    try:
        moment = dt.datetime.fromisoformat(_given(text).replace(" ", "+"))
        return int((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp())
    except (ValueError, OverflowError) as error:
        raise FdxError(400, 703, "startTime and endTime are times such as 2026-01-31T00:00:00Z.") from error


def _given(text: str | None) -> str:
    if text is None:
        raise FdxError(400, 703, "Send both a start and an end, or neither.")
    return text[:40]

"""Values as OFX writes and reads them: dates with a time zone, amounts, statuses, and refusals of one transaction."""

import datetime as dt
import re

from fanlight.bank.ofx.document import Element, group, leaf, optional
from fanlight.bank.ofx.passwords import MUST_ACT, OK
from fanlight.bank.world.figures import dollars
from fanlight.base.clock import DAY

BAD_DATE, BAD_DATE_RANGE, NO_SUCH_ACCOUNT = 2020, 2027, 2003

_DATE_TIME = re.compile(
    r"(?P<day>\d{8})(?:(?P<time>\d{4}(?:\d\d)?)(?:\.\d{1,3})?)?(?:\[(?P<hours>[+-]?\d{1,2}(?:\.\d{1,2})?)(?::\w{1,9})?])?",
    re.ASCII,
)


class OfxError(Exception):
    """A refusal of one transaction; the others of the same request are answered as usual."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def status(code: int, message: str = "") -> Element:
    severity = "INFO" if code in (OK, MUST_ACT) else "ERROR"
    return group("STATUS", leaf("CODE", code), leaf("SEVERITY", severity), optional("MESSAGE", message))


def amount(cents: int) -> str:
    return str(dollars(cents))


def instant(seconds: int) -> str:
    """`20260131061452.000[0:GMT]`."""
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y%m%d%H%M%S}.000[0:GMT]"


def read_instant(text: str, *, end_of_day: bool = False) -> int:
    """Unix seconds of a date with or without time and zone (GMT); `end_of_day` is for a date that ends a span."""
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        raise OfxError(BAD_DATE, "A date is written as 20260131 or 20260131061452.000[-5:EST].")
    try:
        zone = dt.timezone(dt.timedelta(hours=float(found["hours"] or 0)))
        digits = found["day"] + (found["time"] or "").ljust(6, "0")
        seconds = int(dt.datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=zone).timestamp())
    except (ValueError, OverflowError) as error:
        raise OfxError(BAD_DATE, "There is no such date.") from error
    return seconds + DAY - 1 if end_of_day and found["time"] is None else seconds

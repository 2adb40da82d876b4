"""Values of OFX elements: texts, amounts, and moments with the bank's own time zone."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from fanlight.base import money

MAX_TEXT = 1024
MAX_DIGITS = 15
_YEARS = range(1900, 2201)
_AMOUNT = re.compile(r"[+-]?(?:[0-9]{1,20}(?:[.,][0-9]{0,20})?|[.,][0-9]{1,20})")
_MOMENT = re.compile(
    r"(?P<date>[0-9]{8})(?P<time>[0-9]{4}(?:[0-9]{2}(?:\.[0-9]{1,6})?)?)?"
    r"(?:\[(?P<offset>[+-]?[0-9]{1,2}(?:\.[0-9]{1,2})?)?(?::?[^\]]{0,64})\])?"
)


def text(value: str | None) -> str | None:
    """A text as it can be kept and shown: bounded, in one line, without control characters."""
    if value is None:
        return None
    return "".join(character for character in value[:MAX_TEXT] if character >= " ").strip() or None


def currency(value: str | None) -> str | None:
    code = text(value)
    return code.upper() if code and len(code) == 3 else None


def whole(value: str | None) -> int | None:
    found = value or ""
    return int(found) if found.isascii() and found.isdecimal() and len(found) <= MAX_DIGITS else None


def amount(value: str | None) -> Decimal | None:
    """An amount; OFX lets its decimals follow a point or a comma and has no thousands separators."""
    if value is None or not _AMOUNT.fullmatch(value):
        return None
    return money.parse(value.replace(",", "."))


def moment(value: str | None) -> datetime | None:
    """A moment in the bank's own offset, which is Greenwich where none is written; a date alone is its midnight."""
    match = _MOMENT.fullmatch(value or "")
    if match is None:
        return None
    try:
        zone = timezone(timedelta(hours=float(match["offset"]))) if match["offset"] else UTC
        clock = (match["time"] or "").partition(".")[0].ljust(6, "0")
        found = datetime.strptime(match["date"] + clock, "%Y%m%d%H%M%S").replace(tzinfo=zone)
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def seconds(found: datetime | None) -> int | None:
    return None if found is None else int(found.timestamp())

"""Values of JSON objects: texts, numbers, moments; what is not there or cannot be read is None. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from fanlight.base import money

MAX_TEXT = 1024
MAX_DIGITS = 15
_YEARS = range(1900, 2201)


def currency_of(entry: Mapping[str, Any]) -> str | None:
    code = text_of(mapping(entry.get("currency")), "currencyCode")
    return code.upper() if code and len(code) == 3 else None


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def text_of(entry: Mapping[str, Any], name: str) -> str | None:
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = "".join(character for character in str(value)[:MAX_TEXT] if character >= " ").strip()
    return text or None


def whole_of(entry: Mapping[str, Any], name: str) -> int | None:
    text = text_of(entry, name) or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else None


def amount_of(entry: Mapping[str, Any], name: str) -> Decimal | None:
    return money.parse(entry.get(name))


def first_amount(entry: Mapping[str, Any], *names: str) -> Decimal | None:
    return next((value for name in names if (value := amount_of(entry, name)) is not None), None)


def instant_of(entry: Mapping[str, Any], name: str) -> datetime | None:
    """A timestamp, or a date alone as its first moment: a date is never moved to another day."""
    text = text_of(entry, name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) if moment.year in _YEARS else None


def moment_of(entry: Mapping[str, Any], name: str) -> int | None:
    instant = instant_of(entry, name)
    return None if instant is None else int(instant.timestamp())


def date_of(entry: Mapping[str, Any], name: str) -> date | None:
    """The calendar day as the institution wrote it, in the institution's own offset."""
    instant = instant_of(entry, name)
    return None if instant is None else instant.date()


def first_date(entry: Mapping[str, Any], *names: str) -> date | None:
    return next((day for name in names if (day := date_of(entry, name)) is not None), None)

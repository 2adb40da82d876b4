"""Values of request bodies, checked one by one: a text, an amount, a day. What does not fit is refused by its name.

A body's JSON says little of what may stand in it: numbers come as numbers or as texts, booleans as either, and a text
may hold anything. Each function gives the value in the form in which the core takes it, or raises Malformed.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from fanlight.api.codec import read_flag
from fanlight.base import money
from fanlight.base.errors import Malformed
from fanlight.core.members import USE_CASES

LONGEST_NAME = 255
LONGEST_METADATA = 8192
LONGEST_GUID = 64
LONGEST_NUMBER = 64
"""How many characters a number has that is sent as a text."""
LARGEST_AMOUNT = Decimal("999999999999.99")
"""14 digits with 2 decimals: what the wire documents for balances."""
AMOUNT_PLACES = 2
RATE_PLACES = 6

YEARS = range(1900, 2201)
_LINES = frozenset("\t\n\r")
# Marks that turn the direction of what stands behind them: a name could be shown as another one.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Control characters, halves of surrogate pairs, separators of lines and paragraphs.
_UNSHOWN = frozenset(("Cc", "Cs", "Zl", "Zp"))
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")

Reader = Callable[[Any, str], Any]
"""Gives the value of a field, by its name, as it is kept; raises Malformed."""


class ChangeBody(msgspec.Struct, kw_only=True):
    """What the body of any change may hold beside its own fields; no webhooks are sent, so it only has to be one."""

    skip_webhook: bool | None = None


def sent(body: msgspec.Struct, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """What a body says of the fields that have readers; what is null there takes a word back, and is None."""
    held = ((name, getattr(body, name), read) for name, read in readers.items())
    return {
        name: None if value is None else read(value, name) for name, value, read in held if value is not msgspec.UNSET
    }


def name(value: Any, name: str) -> str:
    """What a person calls something."""
    return text(value, name, longest=LONGEST_NAME)


def metadata(value: Any, name: str) -> str:
    """What a client notes down for itself, in as many lines as it likes."""
    return text(value, name, longest=LONGEST_METADATA, may_be_empty=True, lines=True)


def guid(value: Any, name: str) -> str:
    """What may be a guid."""
    return text(value, name, longest=LONGEST_GUID)


def use_case(value: str | None) -> str | None:
    """`use_case` of a query, None for none."""
    if value and value not in USE_CASES:
        raise Malformed(f"use_case must be {' or '.join(USE_CASES)}.")
    return value or None


def text(value: Any, name: str, *, longest: int, may_be_empty: bool = False, lines: bool = False) -> str:
    """A text of at most so many characters, without invisible ones; with `lines`, line ends and tabs may be in it."""
    if not isinstance(value, str):
        raise Malformed(f"{name} must be a text.")
    if len(value) > longest:
        raise Malformed(f"{name} must be no longer than {longest} characters.")
    if not may_be_empty and not value.strip():
        raise Malformed(f"{name} must not be empty.")
    if not value.isascii() or not value.isprintable():
        _refuse_unshown(value, name, _LINES if lines else frozenset())
    return value


def amount(
    value: Any, name: str, *, least: Decimal | int | None = None, most: Decimal | int = LARGEST_AMOUNT,
    places: int = AMOUNT_PLACES,
) -> Decimal:  # fmt: skip
    """An exact amount, with two decimals or as many as it needs; never below `-most`, or below `least` if given.

    A number or a text of one, however it is written (`1e3` is 1000); more decimals than `places` are refused, not
    rounded.
    """
    number = _number(value)
    lowest = -most if least is None else least
    if number is None or not lowest <= number <= most or _places(number) > places:
        raise Malformed(f"{name} must be a number from {lowest} to {most} with at most {places} decimals.")
    return money.from_micros(money.to_micros(number))


def micros(value: Any, name: str, *, least: Decimal | int = 0) -> int:
    """An exact amount as it is kept, in millionths; not below 0 unless said otherwise."""
    return money.to_micros(amount(value, name, least=least))


def whole(value: Any, name: str, *, least: int, most: int) -> int:
    """A whole number in a range."""
    number = _number(value)
    if number is None or not least <= number <= most or number != int(number):
        raise Malformed(f"{name} must be a whole number from {least} to {most}.")
    return int(number)


def choice(value: Any, name: str, names: Mapping[int, str]) -> int:
    """One of an enumeration, given by its id or by its name."""
    known: dict[str, int] = {text: key for key, text in names.items()} | {str(key): key for key in names}
    is_named = isinstance(value, str | int) and not isinstance(value, bool)
    found = known.get(str(value).upper()) if is_named else None
    if found is None:
        raise Malformed(f"{name} must be one of {', '.join(f'{key} ({text})' for key, text in names.items())}.")
    return found


def flag(value: Any, name: str) -> bool:
    """True or false."""
    found = read_flag(value, name)
    if found is None:
        raise Malformed(f"{name} must be true or false.")
    return found


def day(value: Any, name: str) -> dt.date:
    """A day of the calendar, YYYY-MM-DD."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise Malformed(f"{name} must be a date of the form YYYY-MM-DD.")
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise Malformed(f"{name} must be a day of the calendar.") from None


def iso_day(value: Any, name: str) -> str:
    """The same, as it is kept."""
    return day(value, name).isoformat()


def plain_day(value: Any, name: str) -> str:
    """The same of a day on which something of this time happened: years that nobody means are refused."""
    found = day(value, name)
    if found.year not in YEARS:
        raise Malformed(f"{name} must be from {YEARS[0]} to {YEARS[-1]}.")
    return found.isoformat()


def moment(value: Any, name: str) -> int:
    """Unix seconds of a time in ISO 8601; without an offset it is in UTC, of a day alone it is the first moment."""
    text = value if isinstance(value, str) and len(value) <= LONGEST_NUMBER else ""
    try:
        found = dt.datetime.fromisoformat(text)
        known = found if found.tzinfo else found.replace(tzinfo=dt.UTC)
        return int(known.astimezone(dt.UTC).timestamp())
    except (ValueError, OverflowError):
        raise Malformed(f"{name} must be a time in ISO 8601, such as 2026-08-02T12:00:00+00:00.") from None


def currency(value: Any, name: str) -> str:
    """The three letters of ISO 4217."""
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise Malformed(f"{name} must be three capital letters of ISO 4217.")
    return value


def _number(value: Any) -> Decimal | None:
    """The exact number, within the limits of money; None for anything else."""
    if isinstance(value, str) and (len(value) > LONGEST_NUMBER or not value.isascii() or "_" in value):
        return None
    return None if money.parse(value) is None else Decimal(str(value) if isinstance(value, float) else value)


def _places(number: Decimal) -> int:
    """How many decimals it needs. Arithmetic would round a long one first."""
    _, digits, exponent = number.as_tuple()
    written = "".join(map(str, digits))
    zeros = len(written) - len(written.rstrip("0"))
    return max(0, -int(exponent) - zeros) if number else 0


def _refuse_unshown(value: str, name: str, allowed: frozenset[str]) -> None:
    for character in value:
        if character in allowed:
            continue
        if unicodedata.category(character) in _UNSHOWN or character in _TURNING:
            raise Malformed(f"{name} must not hold the character U+{ord(character):04X}.")

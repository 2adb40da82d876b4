"""What protocols of investments have in common: exact numbers, names of securities, what they are divided into. Pure.

A number that is given and cannot be read makes its position unreadable: a wrong one is worse than none.
"""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from fanlight.base import money

UNKNOWN, EQUITY, ETF, MONEY_MARKET, MUTUAL_FUND, ANNUITY = 0, 1, 2, 3, 4, 6
CASH, FIXED_INCOME, OPTIONS, ALTERNATIVE, CERTIFICATE = 8, 9, 10, 11, 12

AMOUNT_PLACES = 6
CENTS = 2
QUANTITY_PLACES = 8
WHOLE = Decimal(100)
_ROUNDING = Decimal(1)
"""How far portions may be from a whole, in percent."""

_CUSIP = re.compile(r"[0-9A-Z*@#]{9}")
_ISIN = re.compile(r"[A-Z]{2}[0-9A-Z]{9}[0-9]")
_BY_CUSIP = ("US", "CA")
"""Countries whose ISIN holds the CUSIP."""
_PORTIONS = {
    "DOMESTICBOND": "us_bond",
    "INTLBOND": "foreign_bond",
    "INTLSTOCK": "foreign_stock",
    "LARGESTOCK": "us_stock",
    "MIDSTOCK": "us_stock",
    "SMALLSTOCK": "us_stock",
    "MONEYMARKET": "cash",
    "MONEYMRKT": "cash",
    "CASH": "cash",
    "CONVERTIBLE": "convertible",
    "PREFERRED": "preferred",
    "OTHER": "other",
}


class Unreadable(Exception):
    """A position holds something that cannot be read; the message says what, and never the value."""


def exact(value: object, name: str, *, places: int = AMOUNT_PLACES) -> Decimal | None:
    """A number as it is kept, None for one that is not given. Raises Unreadable."""
    if value is None or value == "":
        return None
    number = money.parse(value)
    if number is None or (isinstance(value, str) and not (value.isascii() and "_" not in value)):
        raise Unreadable(f"{name} is no number within the limits")
    return _plain(number, places)


def product(units: Decimal | None, price: Decimal | None) -> Decimal | None:
    """What units are worth at a price, which is rounded itself; None where either is missing or beyond all limits."""
    found = None if units is None or price is None else money.parse(units * price)
    return None if found is None else _plain(found, CENTS)


def quotient(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """The price of one unit; None where there are none."""
    found = None if one is None or not other else money.parse(abs(one / other))
    return None if found is None else _plain(found, QUANTITY_PLACES)


def owed(value: Decimal | None, *, is_short: bool) -> Decimal | None:
    """Short positions are below zero, with whichever sign they came."""
    return -abs(value) if value and is_short else value


def cusip(value: str | None) -> str | None:
    """A CUSIP by its form; anything else is none."""
    text = (value or "").upper()
    return text if _CUSIP.fullmatch(text) else None


def isin(value: str | None) -> str | None:
    text = (value or "").upper()
    return text if _ISIN.fullmatch(text) else None


def cusip_of(isin: str) -> str | None:
    """The CUSIP inside of an ISIN of its countries."""
    return isin[2:11] if isin.startswith(_BY_CUSIP) else None


def allocations(portions: Iterable[tuple[str | None, object]]) -> dict[str, Decimal]:
    """Percent of a holding by `allocations_...`, of portions by asset class.

    Nothing where they are more than a whole; what they leave open is unknown.
    """
    found: dict[str, Decimal] = {}
    for name, percent in portions:
        part = money.parse(percent)
        if part is None or not 0 <= part <= WHOLE:
            return {}
        field = f"allocations_{_PORTIONS.get(name or '', 'unknown')}"
        found[field] = found.get(field, Decimal(0)) + _plain(part, AMOUNT_PLACES)
    total = sum(found.values(), Decimal(0))
    if not found or total > WHOLE + _ROUNDING:
        return {}
    if total < WHOLE - _ROUNDING:
        found["allocations_unknown"] = found.get("allocations_unknown", Decimal(0)) + WHOLE - total
    return found


def _plain(number: Decimal, places: int) -> Decimal:
    """The number without what is beyond its places, written the same however it was written before."""
    try:
        return Decimal(format(round(number, places).normalize() + 0, "f"))
    except InvalidOperation as error:
        raise Unreadable("a number with more digits than can be counted with") from error

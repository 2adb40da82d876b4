"""How insights and notifications say amounts, shares, days and names. Pure."""

from collections.abc import Iterable
from datetime import date

from fanlight.base import money as amounts
from fanlight.planning.counted import DOLLAR
from fanlight.planning.facts import Facts, Movement

MICRO_TITLE, MICRO_DESCRIPTION = 60, 300
"""How many characters there is room for in short texts."""
NAME = 32
"""How many characters of a name are said in a title."""


def money(micros: int, currency: str = DOLLAR) -> str:
    """An amount in millionths as `$1,920.07`, or as `1,920.07 EUR` where it is no dollar; without its sign."""
    worth = f"{abs(amounts.from_micros(micros)):,.2f}"
    return f"${worth}" if currency == DOLLAR else f"{worth} {currency}"


def percent(part: int, whole: int) -> int:
    """A share in whole percent, half up; 0 of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else 0


def day(on: date | str) -> str:
    """A day as `May 3`."""
    known = on if isinstance(on, date) else date.fromisoformat(on)
    return f"{known:%B} {known.day}"


def month(of: str) -> str:
    """A month (YYYY-MM) as `May 2026`."""
    return f"{date.fromisoformat(f'{of}-01'):%B %Y}"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 payment`, `2 payments`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def short(text: str, room: int = NAME) -> str:
    """A text cut to its room, with an ellipsis where something is missing."""
    said = " ".join(text.split())
    return said if len(said) <= room else said[: room - 1].rstrip() + "…"


def currency_of(facts: Facts, account_id: int) -> str:
    return facts.accounts[account_id].currency if account_id in facts.accounts else DOLLAR


def merchants(movements: Iterable[Movement]) -> tuple[str, ...]:
    """The merchants of movements, each once."""
    return tuple(dict.fromkeys(each.merchant_guid for each in movements if each.merchant_guid))

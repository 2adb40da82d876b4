"""Figures of the world, counted in whole numbers, as the decimals that every protocol writes."""

from decimal import Decimal


def dollars(cents: int) -> Decimal:
    """An amount with exactly two places."""
    return Decimal(cents).scaleb(-2)


def percent(hundredths: int) -> Decimal:
    return Decimal(hundredths).scaleb(-2)


def units(ten_thousandths: int) -> Decimal:
    """How much of a security, with exactly four places."""
    return Decimal(ten_thousandths).scaleb(-4)

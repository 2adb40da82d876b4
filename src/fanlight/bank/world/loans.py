"""Loans: a fixed payment, monthly interest, and what is still owed at the start of any month."""

import random
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from fanlight.bank.world.calendar import month_number


class Schedule(NamedTuple):
    """An amortization; `owed[k]` is the debt in cents before payment k, the last one is 0."""

    original: int
    rate: int  # hundredths of a percent a year
    term: int
    first: int  # the month of the first payment
    due_day: int
    payment: int
    owed: tuple[int, ...]

    def at(self, month: int) -> int:
        """The debt at the start of a month."""
        return self.owed[min(max(month - self.first, 0), len(self.owed) - 1)]

    def interest(self, month: int) -> int:
        return interest_of(self.at(month), self.rate)

    def due(self, month: int) -> int:
        """The payment of a month; 0 before the loan and after its end, less for the last one."""
        if month < self.first or self.at(month) == 0:
            return 0
        return self.at(month) + self.interest(month) - self.at(month + 1)


def interest_of(owed: int, rate: int) -> int:
    """A month's interest in cents, rounded down."""
    return owed * rate // 120_000


def mortgage(dice: random.Random) -> Schedule:
    first = month_number(2016, 1) + dice.randrange(84)
    return _schedule(dice.randrange(2_200, 3_900) * 10_000, dice.randrange(290, 620), 360, first, dice.randint(1, 4))


def installment_loan(dice: random.Random) -> Schedule:
    first = month_number(2023, 3) + dice.randrange(16)
    return _schedule(dice.randrange(160, 310) * 10_000, dice.randrange(420, 890), 72, first, dice.randint(9, 17))


def _schedule(original: int, rate: int, term: int, first: int, due_day: int) -> Schedule:
    payment = _annuity(original, rate, term)
    owed, left = [original], original
    while left > 0 and len(owed) <= term:
        left = left + interest_of(left, rate) - payment if len(owed) < term else 0
        owed.append(max(left, 0))
    return Schedule(original, rate, term, first, due_day, payment, tuple(owed))


def _annuity(original: int, rate: int, term: int) -> int:
    monthly = Decimal(rate) / 120_000
    exact = original * monthly / (1 - (1 + monthly) ** -term)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))

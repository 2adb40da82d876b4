"""A household: the habits, bills, loans and income that make a person's months alike."""

import hashlib
from typing import NamedTuple

from fanlight.bank.world.calendar import month_number
from fanlight.bank.world.loans import installment_loan, mortgage
from fanlight.bank.world.market import Market, Portfolio
from fanlight.bank.world.merchants import (
    COFFEE,
    ERRANDS,
    FAST_FOOD,
    FUEL,
    GROCERIES,
    RESTAURANTS,
    SHOPS,
    SUBSCRIPTIONS,
    UTILITIES,
    Bill,
    Merchant,
)
from fanlight.bank.world.people import Person
from fanlight.bank.world.tables import EMPLOYERS

SAVED_MONTHLY = 20_000
_SAVINGS_START = month_number(2020, 1)


class Habit(NamedTuple):
    """How often a month a kind of merchant is visited, and out of how many favorites."""

    merchants: tuple[Merchant, ...]
    favorites: int
    least: int
    most: int
    tipped: bool = False

    @property
    def expected(self) -> int:
        """A usual month's spending in cents; prices lean to the lower end by a third."""
        price = sum(each.low + (each.high - each.low) // 3 for each in self.merchants) // len(self.merchants)
        return price * (self.least + self.most) // 2


class Subscription(NamedTuple):
    """A fixed charge to the card on a day of the month."""

    merchant: Merchant
    day: int


class StandingBill(NamedTuple):
    """A utility that draws from checking on a day of the month."""

    bill: Bill
    day: int


HABITS = (
    Habit(GROCERIES, 3, 10, 13),
    Habit(FUEL, 2, 4, 6),
    Habit(RESTAURANTS, 5, 8, 11, tipped=True),
    Habit(FAST_FOOD, 3, 5, 7),
    Habit(COFFEE, 2, 7, 11),
    Habit(SHOPS, 6, 5, 8),
    Habit(ERRANDS, 5, 3, 5),
)
_CASH_AND_CHECKS = 42_000


class Household:
    """What stays the same about a person from month to month; all money in cents."""

    def __init__(self, person: Person, market: Market) -> None:
        dice = person.dice("household")
        self.person = person
        self.portfolio = Portfolio(person, market)
        self.mortgage = mortgage(dice)
        self.loan = installment_loan(dice)
        self.habits = tuple(
            habit._replace(merchants=tuple(dice.sample(habit.merchants, habit.favorites))) for habit in HABITS
        )
        self.subscriptions = tuple(Subscription(each, dice.randint(2, 26)) for each in dice.sample(SUBSCRIPTIONS, 4))
        self.utilities = tuple(StandingBill(each, dice.randint(5, 25)) for each in UTILITIES)
        self.employer = dice.choice(EMPLOYERS)
        self.employer_id = f"{dice.randrange(10**9):09}"
        self.pay_phase = dice.randrange(2)
        self.pay = self._pay()
        self.debit_card = f"{dice.randrange(10_000):04}"
        self.check_number = dice.randrange(120, 900)
        self.carried = dice.choice((0, 0, dice.randrange(60_000, 240_000)))
        self.card_rate = dice.randrange(1_899, 2_799, 25)
        self.credit_line = dice.randrange(12, 25) * 100_000
        self.card_due_day = dice.randint(19, 24)
        self.savings_rate = dice.randrange(150, 425, 5)
        self._checking = self.mortgage.payment + dice.randrange(210_000, 360_000)
        self._savings = dice.randrange(900_000, 2_600_000)

    def number(self, descriptor: str, digits: int) -> str:
        """A store's or a contract's number: always the same for this household."""
        digest = hashlib.blake2b(descriptor.encode(), digest_size=8, key=self.person.secret).digest()
        return f"{int.from_bytes(digest) % 10**digits:0{digits}}"

    def checking_at(self, month: int) -> int:
        """The checking balance at the start of a month: what is above it is swept to savings."""
        return self._checking + self.person.dice(f"checking/{month}").randrange(40_000)

    def savings_at(self, month: int) -> int:
        """The savings balance at the start of a month: slowly up, the rest goes to Treasury bills."""
        noise = self.person.dice(f"savings/{month}").randrange(20_000)
        return self._savings + 6_000 * max(month - _SAVINGS_START, 0) + noise

    def _pay(self) -> int:
        """One paycheck, so that a year's income is a little above a year's spending."""
        habits = sum(habit.expected for habit in self.habits)
        fixed = sum(bill.usual for bill in UTILITIES) + sum(each.merchant.low for each in self.subscriptions)
        loans = self.mortgage.payment + self.loan.payment
        monthly = habits + fixed + loans + self.portfolio.contribution + SAVED_MONTHLY + _CASH_AND_CHECKS
        return monthly * 105 // 100 * 12 // 26

"""The ledger of one person: what is posted, what is pending, and the balances at any moment.

A month's opening balances follow from the month's number, and a month's last movements (card payment, sweep to
savings, Treasury bills) lead exactly to the next month's. So a balance is the same on whatever day it is computed,
and nobody has to add up a life from its beginning.
"""

from collections.abc import Iterable
from typing import NamedTuple

from fanlight.bank.world.calendar import banking_moment, moment_in, month_length, month_of
from fanlight.bank.world.household import Household
from fanlight.bank.world.month import bank_name, month_of_life
from fanlight.bank.world.movements import Movement, Sheet
from fanlight.bank.world.people import CARD, CHECKING, INVESTMENT, LOAN, MORTGAGE, SAVINGS

_MONTHS_KEPT = 40
_EVENING = 82_800


class Entry(NamedTuple):
    """A movement as it shows at a moment: pending or posted. Sorts by time, then id."""

    time: int
    id: str
    pending: bool
    movement: Movement


class Book(NamedTuple):
    """A month of all accounts: opening balances in cents (debts below 0) and what posts, by time."""

    opening: dict[str, int]
    posted: tuple[Movement, ...]


class Ledger:
    """Books by month, made when they are asked for."""

    def __init__(self, household: Household) -> None:
        self.household = household
        self._lives: dict[int, tuple[Movement, ...]] = {}
        self._books: dict[int, Book] = {}

    def balance(self, role: str, now: int) -> int:
        """Cents in the account, opening and all that has posted; negative where it is owed."""
        book = self.book(month_of(now))
        return book.opening[role] + sum(
            each.cents for each in book.posted if each.role == role and each.posted_at <= now
        )

    def held(self, role: str, now: int) -> int:
        """Cents that pending purchases hold."""
        return sum(entry.movement.held for entry in self._pending(role, now))

    def entries(self, role: str, start: int, end: int, now: int) -> list[Entry]:
        """What shows of a time span (both ends included) at a moment, newest first."""
        last = min(end, now)
        if start > last:
            return []
        found = [entry for entry in self._pending(role, now) if start <= entry.time <= end]
        for month in range(month_of(start), month_of(last) + 1):
            found += [
                Entry(each.posted_at, each.id, False, each)
                for each in self.book(month).posted
                if each.role == role and start <= each.posted_at <= last
            ]
        return sorted(found, reverse=True)

    def statement_balance(self, role: str, month: int) -> int:
        """The balance at the end of a month."""
        return self.book(month + 1).opening[role]

    def last_payment(self, role: str, now: int) -> Movement | None:
        """The latest payment onto a debt, of this month or the one before."""
        months = (month_of(now), month_of(now) - 1)
        payments = (each for month in months for each in reversed(self.book(month).posted))
        return next((p for p in payments if p.role == role and p.kind == "PAYMENT" and p.posted_at <= now), None)

    def book(self, month: int) -> Book:
        if month not in self._books:
            if len(self._books) >= _MONTHS_KEPT:
                self._books.pop(next(iter(self._books)))
            self._books[month] = self._close(month)
        return self._books[month]

    def _pending(self, role: str, now: int) -> list[Entry]:
        month = month_of(now)
        return [
            Entry(each.at, each.pending_id, True, each)
            for each in (*self._life(month - 1), *self._life(month))
            if each.pending_id and each.role == role and each.at <= now < each.posted_at
        ]

    def _life(self, month: int) -> tuple[Movement, ...]:
        if month not in self._lives:
            if len(self._lives) >= _MONTHS_KEPT:
                self._lives.pop(next(iter(self._lives)))
            self._lives[month] = month_of_life(self.household, month)
        return self._lives[month]

    def _posting(self, month: int) -> list[Movement]:
        """What posts in a month without the month's closing movements."""
        first, end = moment_in(month, 1, 0), moment_in(month + 1, 1, 0)
        both = (*self._life(month - 1), *self._life(month))
        return [each for each in both if first <= each.posted_at < end]

    def _opening(self, month: int) -> dict[str, int]:
        home = self.household
        return {
            CHECKING: home.checking_at(month),
            SAVINGS: home.savings_at(month),
            CARD: -home.carried + _total(self._posting(month - 1), CARD),
            LOAN: -home.loan.at(month),
            MORTGAGE: -home.mortgage.at(month),
            INVESTMENT: home.portfolio.cash,
        }

    def _close(self, month: int) -> Book:
        opening, posted = self._opening(month), self._posting(month)
        sheet = Sheet(self.household, month, "closing")
        _card_payment(sheet, _total(self._posting(month - 1), CARD))
        surplus = _surplus(self.household.checking_at(month), [*posted, *sheet.movements], CHECKING)
        _sweep(sheet, surplus - self.household.checking_at(month + 1))
        surplus = _surplus(self.household.savings_at(month), [*posted, *sheet.movements], SAVINGS)
        _treasury_bills(sheet, surplus - self.household.savings_at(month + 1))
        return Book(opening, tuple(sorted((*posted, *sheet.movements), key=lambda each: (each.posted_at, each.id))))


def _total(movements: Iterable[Movement], role: str) -> int:
    return sum(each.cents for each in movements if each.role == role)


def _surplus(opening: int, movements: list[Movement], role: str) -> int:
    return opening + _total(movements, role)


def _card_payment(sheet: Sheet, charged: int) -> None:
    """What was charged last month is paid, so that only the carried balance stays."""
    home = sheet.household
    number = next(each.number for each in home.person.accounts if each.role == CARD)
    moment = banking_moment(sheet.month, home.card_due_day, 30_600)
    bank = bank_name(home)
    text = f"{bank} CREDIT CARD AUTO PAY XXXX{number[-4:]}"
    sheet.entry(CHECKING, moment, charged, text, "BILLPAYMENT", payee=bank.title())
    sheet.entry(CARD, moment, -charged, "AUTOMATIC PAYMENT - THANK YOU", "PAYMENT")


def _sweep(sheet: Sheet, cents: int) -> None:
    numbers = {each.role: each.number[-4:] for each in sheet.household.person.accounts}
    moment = moment_in(sheet.month, month_length(sheet.month), _EVENING)
    source, target = (CHECKING, SAVINGS) if cents > 0 else (SAVINGS, CHECKING)
    out = f"AUTO SWEEP TO XXXXXX{numbers[target]}"
    into = f"AUTO SWEEP FROM XXXXXX{numbers[source]}"
    if cents:
        sheet.legs(moment, (source, out), (target, into), abs(cents))


def _treasury_bills(sheet: Sheet, cents: int) -> None:
    moment = moment_in(sheet.month, month_length(sheet.month), _EVENING + 60)
    purpose = "TREAS DRCT" if cents > 0 else "REDEMPTION"
    if cents:
        text = sheet.filled(f"TREASURY DIRECT DES:{purpose} ID:XXXXX{{id4}} PPD", 28)
        sheet.entry(SAVINGS, moment, -cents, text, "TRANSFER", payee="TreasuryDirect")

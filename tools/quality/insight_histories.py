"""A household's history: accounts, what came and went on them, and what there is to tell of it."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

HISTORY, LOOK, BEYOND = 395, 36, 16
"""Days of a history, of which the last ones are looked at one by one, and how far the future is made up."""
CHECKING, SAVINGS, CARD, INVESTMENT = 1, 2, 4, 5
PLAN_529 = 11
DAY = timedelta(days=1)
EVENTS = (
    "duplicate",
    "odd bill",
    "dearer",
    "new subscription",
    "fee",
    "overdraft",
    "low checking",
    "low savings",
    "large purchase",
    "tax refund",
    "benefit",
    "micro deposits",
    "payoff",
    "near limit",
    "growth",
    "529",
    "hsa",
    "check",
    "large deposit",
    "dispute",
    "milestone",
    "interest",
    "529 withdrawal",
)
PER_WORLD = 9
"""What may be put on one of the days that are looked at, and how many of them are."""


class Account(NamedTuple):
    """`opening` in cents before the first day: on a card what is owed. `due_day` of its month it is to be paid."""

    name: str
    type: int
    opening: int = 0
    subtype: int | None = None
    limit: int | None = None
    due_day: int | None = None


class Entry(NamedTuple):
    """What came or went, in cents. `payee` is whom it was paid to, `branch` the top-level category it is of."""

    key: int
    account: str
    day: date
    cents: int
    is_credit: bool
    text: str
    kind: str
    payee: str
    branch: str


class World:
    """All of a household; `looks` are the days on which it is looked at."""

    def __init__(self, seed: int, last: date, accounts: list[Account], entries: list[Entry], budgets: dict[str, int]):
        self.seed, self.accounts, self.budgets = seed, tuple(accounts), budgets
        self.first, self.last, self.entries = last - (LOOK - 1) * DAY, last, tuple(entries)

    @property
    def looks(self) -> Iterator[date]:
        return (self.first + n * DAY for n in range(LOOK))

    @cached_property
    def of_account(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {each.name: [] for each in self.accounts}
        for each in self.entries:
            found[each.account].append(each)
        return found

    @cached_property
    def _sums(self) -> dict[str, tuple[list[date], list[int]]]:
        found = {}
        for account in self.accounts:
            held, days, sums = account.opening, [date.min], [account.opening]
            for each in self.of_account[account.name]:
                held += each.cents if each.is_credit != (account.type == CARD) else -each.cents
                days.append(each.day)
                sums.append(held)
            found[account.name] = (days, sums)
        return found

    def balance(self, account: str, day: date) -> int:
        """At the end of a day; of a card what is owed."""
        days, sums = self._sums[account]
        return sums[bisect_right(days, day) - 1]


class Truth(NamedTuple):
    """Something to tell: of what, and on one of which days. One that is not `sure` may be told or not."""

    template: str
    subject: str
    first: date
    last: date
    sure: bool = True

"""Months that are over, and what was spent and earned in them: for rules that compare. Pure.

Only accounts count that people live from day to day with, in the main currency, and whose history began before the
first month that is asked for: an account that was connected later would look like growth. Transfers and investments are
neither spent nor earned; what comes back for a returned purchase makes less spent. A month is told of once institutions
have told all of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from fanlight.enrichment.categories import INCOME, INVESTMENTS, RETURNED_PURCHASE, TRANSFER
from fanlight.planning import days
from fanlight.planning.counted import is_spent_from
from fanlight.planning.facts import Facts

TELL_FROM, TELL_TO = 3, 10
"""Days of a month on which the one before it is told of: most of what was pending is posted by then."""
WHOLE = "once every institution has told of the accounts that count after the month ended"
"""How rules say `are_whole`."""
_NEITHER = frozenset((TRANSFER, INVESTMENTS))


class Sums(NamedTuple):
    """What was spent by month and top-level category (guid), and earned by month, in millionths."""

    spent: Mapping[tuple[str, str], int]
    earned: Mapping[str, int]

    def spending(self, month: str) -> int:
        """All that was spent in a month."""
        return sum(spent for (of, _), spent in self.spent.items() if of == month)

    def of_category(self, category_guid: str, months: Sequence[str]) -> list[int]:
        """What was spent on a category in each month."""
        return [self.spent.get((month, category_guid), 0) for month in months]


def is_telling_time(facts: Facts) -> bool:
    """Whether the month before this one is told of today."""
    return TELL_FROM <= facts.today.day <= TELL_TO


def are_whole(facts: Facts, months: Sequence[str]) -> bool:
    """Whether institutions told of all accounts that count from the first of some months on, after the last of them."""
    counted = counted_accounts(facts, months[0])
    return are_told(facts, counted, days.first_of(days.later(months[-1], 1)))


def are_told(facts: Facts, accounts: Iterable[int], since: date) -> bool:
    """Whether institutions told of accounts on a day or later: so that what was before it is known.

    Nothing is awaited of a closed account, nor of one that no institution tells of.
    """
    known = (facts.accounts[key] for key in accounts)
    return all(each.is_closed or each.fed_on is None or each.fed_on >= since for each in known)


def before(facts: Facts, count: int) -> tuple[str, ...]:
    """The months before this one, the oldest first."""
    return tuple(days.later(facts.month, -back) for back in range(count, 0, -1))


def counted_accounts(facts: Facts, first: str) -> frozenset[int]:
    """The keys of the accounts that count from a month on."""
    currency = facts.main_currency
    early = {each.account_id for month, known in facts.by_month.items() if month < first for each in known}
    kept = (each for each in facts.accounts.values() if is_spent_from(each.type) and each.currency == currency)
    return frozenset(each.id for each in kept if each.id in early)


def sums(facts: Facts, months: Sequence[str]) -> Sums:
    """What was spent and earned in some months, the first of them first; empty where no history goes back so far."""
    counted = counted_accounts(facts, months[0])
    spent: dict[tuple[str, str], int] = {}
    earned: dict[str, int] = {}
    tops: dict[str, str] = {}
    for month in months:
        for _, account_id, category_guid, _, debits, credits_ in facts.by_month.get(month, ()):
            if account_id not in counted:
                continue
            top = tops.get(category_guid) or tops.setdefault(category_guid, facts.top_level(category_guid))
            if top == INCOME and category_guid != RETURNED_PURCHASE:
                earned[month] = earned.get(month, 0) + credits_ - debits
            elif top not in _NEITHER:
                spent[month, top] = spent.get((month, top), 0) + debits - credits_
    return Sums(spent, earned)

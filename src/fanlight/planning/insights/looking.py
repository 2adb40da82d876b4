"""What rules look at in common: what is recent, whose money it is, and whether something still holds. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from fanlight.core.transactions import Status
from fanlight.planning.facts import Account, Facts, Movement
from fanlight.planning.insights.port import Finding, Kept
from fanlight.planning.insights.wording import DOLLAR


def recent(facts: Facts, days: int, *, account_id: int | None = None) -> Iterator[Movement]:
    """Movements of the last so many days before today and of today, the newest first; of one account if it is named."""
    first = facts.today - timedelta(days=days)
    known = facts.movements if account_id is None else facts.by_account.get(account_id, ())
    for each in reversed(known):
        if each.day < first:
            return
        yield each


def deposits(facts: Facts) -> Iterator[tuple[Movement, Account]]:
    """What was posted of late to accounts that hold what may be spent, the newest first."""
    for each in reversed(facts.recent):
        if not each.is_debit and each.status is Status.POSTED:
            account = facts.accounts[each.account_id]
            if account.is_cash:
                yield each, account


def main_currency(facts: Facts) -> str:
    """The currency that most accounts are in, the first of several: sums are made of what is in it."""
    counted = Counter(each.currency for each in facts.accounts.values())
    return counted.most_common(1)[0][0] if counted else DOLLAR


def no_longer(find: Callable[[Facts], Iterable[Finding]]) -> Callable[[Facts, Kept], bool]:
    """An `is_over` for rules that find the same thing for as long as it holds."""

    def is_over(facts: Facts, kept: Kept) -> bool:
        return all(each.about != kept.about for each in find(facts))

    return is_over


def newest_first(movements: Iterable[Movement], most: int) -> list[Movement]:
    return sorted(movements, key=lambda each: (each.day, each.id), reverse=True)[:most]


def largest_first(movements: Iterable[Movement], most: int) -> list[Movement]:
    return sorted(movements, key=lambda each: (-each.amount, each.day, each.id))[:most]

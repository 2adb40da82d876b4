"""Movements that rules look at: those of late, the newest or the largest of some. Pure."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from fanlight.planning.facts import Facts, Movement


def recent(facts: Facts, days: int, *, account_id: int | None = None) -> Iterator[Movement]:
    """Movements of the last so many days before today and of today, the newest first; of one account if it is named."""
    first = facts.today - timedelta(days=days)
    known = facts.movements if account_id is None else facts.by_account.get(account_id, ())
    for each in reversed(known):
        if each.day < first:
            return
        yield each


def newest_first(movements: Iterable[Movement], most: int) -> list[Movement]:
    return sorted(movements, key=lambda each: (each.day, each.id), reverse=True)[:most]


def largest_first(movements: Iterable[Movement], most: int) -> list[Movement]:
    return sorted(movements, key=lambda each: (-each.amount, each.day, each.id))[:most]

"""Budgets against the months: reads what their figures are made of, and keeps what usually comes later in a month."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from fanlight.base import money
from fanlight.core import category_totals
from fanlight.core.category_totals import Total
from fanlight.planning import branches, counted, days, tallies
from fanlight.planning.budgeting import budgets
from fanlight.planning.budgeting.budget_figures import Figures, figures, usual_rests
from fanlight.storage.unit import Unit

MONTHS = 3
"""How many earlier months say what is usual."""
_MOST = money.to_micros(money.LIMIT)


class Grounds(NamedTuple):
    """What counts for a user's budgets: keys of accounts, and the parents of the categories that the user made."""

    accounts: Sequence[int]
    parents: Mapping[str, str | None]


def grounds(unit: Unit, user_id: int) -> Grounds:
    found = counted.spent_from(counted.shown(unit, user_id))
    return Grounds([each.id for each in found], branches.of_user(unit, user_id).parents)


def list_all(unit: Unit, user_id: int, today: date) -> list[Figures]:
    """The user's budgets with their figures of this month, the oldest first. Tallies are to be up to date."""
    rows, month = budgets.list_all(unit, user_id), days.month_of(today)
    keys, parents = grounds(unit, user_id)
    return figures(rows, tallies.between(unit, user_id, month, month), keys, parents, today)


def expect(unit: Unit, user_id: int, today: date) -> None:
    """Keep for every budget what usually comes after this day of the month. Tallies are to be up to date.

    For when a day began, something was spent, or a budget was made.
    """
    rows = budgets.list_all(unit, user_id)
    if not rows:
        return
    keys, parents = grounds(unit, user_id)
    months = _known_months(unit, user_id, today, keys)
    totals = [total for month in months for total in _after(unit, user_id, today, month, keys)]
    for row, rest in zip(rows, usual_rests(rows, totals, len(months), parents), strict=True):
        kept = max(-_MOST, min(rest, _MOST))
        if kept != row.usual_rest:
            budgets.keep_rest(unit, row, kept)


def _known_months(unit: Unit, user_id: int, today: date, keys: Sequence[int]) -> list[str]:
    """Those of the last months in which the user has transactions."""
    month = days.month_of(today)
    found = tallies.between(unit, user_id, days.later(month, -MONTHS), days.later(month, -1))
    return sorted({each.month for each in found if each.account_id in keys})


def _after(unit: Unit, user_id: int, today: date, month: str, counted: Sequence[int]) -> list[Total]:
    """The totals of an earlier month after this day; nothing comes after a month's last day."""
    if today.day == days.days_of(days.month_of(today)) or today.day >= days.days_of(month):
        return []
    first, last = days.day_within(month, today.day + 1), days.last_of(month)
    return category_totals.between(unit, user_id, first.isoformat(), last.isoformat(), list(counted))

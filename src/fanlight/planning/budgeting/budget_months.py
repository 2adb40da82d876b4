"""Budgets against the months: reads what their figures are made of, and keeps what is still expected of a month."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from fanlight.base import money
from fanlight.core.transactions import Type
from fanlight.planning import branches, counted, days, tallies
from fanlight.planning.budgeting import budgets, usual_spending
from fanlight.planning.budgeting.budget_figures import Figures, Spent, expected_rests, figures
from fanlight.planning.paying import series, series_days
from fanlight.planning.paying.series import Series
from fanlight.storage.unit import Unit

MONTHS = 3
"""How many earlier months say what is usual."""


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
    """Keep for every budget what is still expected this month. Tallies and series are to be up to date.

    For when a day began, something was spent, or a budget was made.
    """
    rows = budgets.list_all(unit, user_id)
    if not rows:
        return
    (keys, parents), found = grounds(unit, user_id), series.list_all(unit, user_id)
    of_series = [guid for each in found for guid in each.known.recent]
    months = _known_months(unit, user_id, today, keys)
    later = _later_days(today, months)
    usual = usual_spending.on_days(unit, user_id, later, accounts=keys, of_series=of_series)
    known = _coming((each for each in found if each.account_id in keys), today)
    for row, rest in zip(rows, expected_rests(rows, known, usual, len(months), parents), strict=True):
        kept = money.within(rest)
        if kept != row.usual_rest:
            budgets.keep_rest(unit, row, kept)


def _coming(found: Iterable[Series], today: date) -> list[Spent]:
    """What series will still bring this month, by category."""
    end = days.last_of(days.month_of(today))
    times = ((each, len(series_days.expected(each, today, end))) for each in found)
    return [
        (each.category_guid, each.amount * number * (1 if each.transaction_type is Type.DEBIT else -1))
        for each, number in times
    ]


def _known_months(unit: Unit, user_id: int, today: date, keys: Sequence[int]) -> list[str]:
    """Those of the last months in which the user has transactions."""
    month = days.month_of(today)
    found = tallies.between(unit, user_id, days.later(month, -MONTHS), days.later(month, -1))
    return sorted({each.month for each in found if each.account_id in keys})


def _later_days(today: date, months: Iterable[str]) -> list[str]:
    """The days of earlier months that are later in them than this day; nothing comes after a last day."""
    if today.day == days.days_of(days.month_of(today)):
        return []
    return [f"{month}-{day:02}" for month in months for day in range(today.day + 1, days.days_of(month) + 1)]

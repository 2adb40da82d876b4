"""What became of budgets in a month: spent, projected, exceeded, off track. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

import msgspec

from fanlight.enrichment.categories import INCOME, TRANSFER
from fanlight.planning.branches import Branches
from fanlight.planning.budgeting.budgets import Row
from fanlight.planning.days import month_of
from fanlight.planning.paying.series import RECENT
from fanlight.planning.tallies import Tally
from fanlight.planning.written import Written

Spent: TypeAlias = tuple[str, int]
"""Debits less credits of a category, by its guid; in millionths."""


class Figures(msgspec.Struct, frozen=True):
    """A budget with what became of it this month; amounts in millionths."""

    budget: Row
    spent: int
    projected: int
    is_income: bool

    @property
    def is_exceeded(self) -> bool:
        return not self.is_income and self.spent > self.budget.amount

    @property
    def is_off_track(self) -> bool:
        return not self.is_income and self.projected > self.budget.amount

    @property
    def percent_spent(self) -> float:
        """0 where nothing was planned."""
        return round(self.spent * 100 / self.budget.amount, 2) if self.budget.amount else 0.0

    @property
    def off_track_percentage(self) -> float | None:
        """None where nothing was planned."""
        if not self.budget.amount:
            return None
        beyond = self.projected - self.budget.amount if self.is_off_track else 0
        return round(beyond * 100 / self.budget.amount, 2)


_CENT = 10_000
"""Millionths; nobody expects fractions of it."""

RULES = (
    Written(
        "budget.transaction_total",
        "Debits less credits of this calendar month, in the time zone of the client, in the budget's category and "
        "those below it, also such as the user made; credits less debits for Income and what is below it. The parts of "
        "a split count in their own categories. Hidden transactions, hidden accounts, deleted accounts and everything "
        "in Transfer or below it count for nothing. Below 0 when more came back than was spent.",
        "ours",
    ),
    Written(
        "budget.percent_spent",
        "transaction_total / amount * 100, rounded to 2 decimals; 0 where the amount is 0.",
        "documented",
    ),
    Written("budget.is_exceeded", "transaction_total is above amount; never for a budget of income.", "ours"),
    Written(
        "budget.projected_spending",
        "transaction_total, what is known to come, and what is usual beside it, each if above 0. Known to come are the "
        "occurrences of series that are active (see there), on accounts that count: those that are due after today and "
        "up to the month's end, and one that was due by today and has not come, each with the amount that is expected "
        "next and in the category of the newest. Usual is the mean, over those of the last three calendar months in "
        "which the user has transactions, of what was spent in the budget's categories on days of a higher number than "
        "today's, in whole cents, without what the system found to come again and again and without the "
        f"{RECENT} newest occurrences of each series; on the last day of a month, and without earlier months, 0. So a "
        "bill that was paid is not expected again, on whatever day it was paid.",
        "ours",
    ),
    Written("budget.is_off_track", "projected_spending is above amount; never for a budget of income.", "ours"),
    Written(
        "budget.off_track_percentage",
        "By how many percent of amount projected_spending is above it, rounded to 2 decimals; 0 when it is not off "
        "track, null where the amount is 0.",
        "ours",
    ),
)


def figures(
    budgets: Sequence[Row], tallies: Iterable[Tally], accounts: Collection[int], parents: Mapping[str, str | None],
    today: date,
) -> list[Figures]:  # fmt: skip
    """Each budget with its figures.

    `tallies` are those of this month, others are left out; `accounts` the keys of accounts that count, `parents` has
    the parents of the categories that the user made.
    """
    month = month_of(today)
    counted = (each for each in tallies if each.month == month and each.account_id in accounts)
    spent = spent_by_category(((each.category_guid, each.debits - each.credits) for each in counted), parents)
    return [_figures(each, spent, is_income=is_income(each.category_guid, parents)) for each in budgets]


def expected_rests(
    budgets: Sequence[Row], known: Iterable[Spent], usual: Iterable[Spent], months: int,
    parents: Mapping[str, str | None],
) -> list[int]:  # fmt: skip
    """What is still expected this month, for each budget; not below 0.

    `known` is what will come by itself, by category, `usual` what came beside that in the same days of so many months.
    """
    coming, came = spent_by_category(known, parents), spent_by_category(usual, parents)
    sides = ((each, is_income(each.category_guid, parents)) for each in budgets)
    return [
        max(0, _of_budget(each, coming, is_income=side))
        + (max(0, mean(_of_budget(each, came, is_income=side), months)) if months else 0)
        for each, side in sides
    ]


def spent_by_category(amounts: Iterable[Spent], parents: Mapping[str, str | None]) -> dict[str, int]:
    """What was spent, by category, counted in all that are above it too; without what is in Transfer."""
    found: dict[str, int] = {}
    for guid, spent in amounts:
        line = lineage(guid, parents)
        if TRANSFER not in line:
            for each in line:
                found[each] = found.get(each, 0) + spent
    return found


def mean(amount: int, months: int) -> int:
    """What falls to each of the months, in whole cents, half up."""
    step = months * _CENT
    return (2 * amount + step) // (2 * step) * _CENT


def lineage(guid: str, parents: Mapping[str, str | None]) -> list[str]:
    """A category and those above it. `parents` has those of the categories that the user made."""
    return Branches(parents).line(guid)


def is_income(guid: str, parents: Mapping[str, str | None]) -> bool:
    """Whether a category is Income or below it."""
    return INCOME in lineage(guid, parents)


def _figures(budget: Row, spent: Mapping[str, int], *, is_income: bool) -> Figures:
    total = _of_budget(budget, spent, is_income=is_income)
    return Figures(budget, spent=total, projected=total + budget.usual_rest, is_income=is_income)


def _of_budget(budget: Row, spent: Mapping[str, int], *, is_income: bool) -> int:
    found = spent.get(budget.category_guid, 0)
    return -found if is_income else found

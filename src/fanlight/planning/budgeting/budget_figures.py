"""What became of budgets in a month: spent, projected, exceeded, off track. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import msgspec

from fanlight.core.category_totals import Total
from fanlight.enrichment.categories import BY_GUID, INCOME, TRANSFER
from fanlight.planning.branches import Branches
from fanlight.planning.budgeting.budgets import Row
from fanlight.planning.days import month_of
from fanlight.planning.tallies import Tally
from fanlight.planning.written import Written


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


CENT = 10_000
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
        "transaction_total, and what usually comes after this day of the month: the mean, over those of the last three "
        "calendar months in which the user has transactions, of what was spent in the budget's categories on days of a "
        "higher number than today's, in whole cents, if above 0. A bill that was paid is not expected again, but one "
        "that is usually paid later. On the last day of a month, and without earlier months, it is transaction_total.",
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


def usual_rests(
    budgets: Sequence[Row], totals: Iterable[Total], months: int, parents: Mapping[str, str | None]
) -> list[int]:
    """What usually comes after this day of the month, for each budget.

    `totals` are the categories' totals after that day in earlier months, `months` is of how many months.
    """
    spent = spent_by_category(((each.category_guid, _spent(each)) for each in totals), parents)
    return [
        _mean(_of_budget(each, spent, is_income=is_income(each.category_guid, parents)), months) if months else 0
        for each in budgets
    ]


def spent_by_category(amounts: Iterable[tuple[str, int]], parents: Mapping[str, str | None]) -> dict[str, int]:
    """What was spent, by category, counted in all that are above it too; without what is in Transfer."""
    found: dict[str, int] = {}
    for guid, spent in amounts:
        line = lineage(guid, parents)
        if TRANSFER not in line:
            for each in line:
                found[each] = found.get(each, 0) + spent
    return found


def lineage(guid: str, parents: Mapping[str, str | None]) -> list[str]:
    """A category and those above it. `parents` has those of the categories that the user made."""
    return Branches(parents).line(guid)


def is_income(guid: str, parents: Mapping[str, str | None]) -> bool:
    """Whether a category is Income or below it."""
    return INCOME in lineage(guid, parents)


def _figures(budget: Row, spent: Mapping[str, int], *, is_income: bool) -> Figures:
    total = _of_budget(budget, spent, is_income=is_income)
    return Figures(budget, spent=total, projected=total + max(0, budget.usual_rest), is_income=is_income)


def _of_budget(budget: Row, spent: Mapping[str, int], *, is_income: bool) -> int:
    found = spent.get(budget.category_guid, 0)
    return -found if is_income else found


def _mean(amount: int, months: int) -> int:
    """What falls to each of the months, in whole cents."""
    step = months * CENT
    return (2 * amount + step) // (2 * step) * CENT


def _spent(total: Total) -> int:
    """Totals of default categories of income are what came in."""
    category = BY_GUID.get(total.category_guid)
    return -total.amount if category is not None and category.is_income else total.amount

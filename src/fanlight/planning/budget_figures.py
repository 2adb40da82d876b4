"""What became of budgets in a month: spent, projected, exceeded, off track. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import msgspec

from fanlight.planning.budgets import Row
from fanlight.planning.tallies import Tally


class Figures(msgspec.Struct, frozen=True):
    """A budget with what became of it this month; amounts in millionths."""

    budget: Row
    spent: int
    projected: int
    is_income: bool

    @property
    def is_exceeded(self) -> bool:
        return self.spent > self.budget.amount

    @property
    def is_off_track(self) -> bool:
        return self.projected > self.budget.amount

    @property
    def percent_spent(self) -> float:
        """0 where nothing was planned."""
        return round(self.spent * 100 / self.budget.amount, 2) if self.budget.amount else 0.0


def figures(
    budgets: Sequence[Row], tallies: Iterable[Tally], accounts: Collection[int], parents: Mapping[str, str | None],
    today: date,
) -> list[Figures]:  # fmt: skip
    """Each budget with its figures.

    `tallies` are those of this month, `accounts` the keys of accounts that count, `parents` the parent of each category
    (the user's own ones too).
    """
    raise NotImplementedError

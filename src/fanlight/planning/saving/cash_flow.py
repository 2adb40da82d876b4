"""The monthly cash flow profile: what is planned to come in and to be spent, and what of it goes to goals."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, select, update

from fanlight.base.guids import new_guid
from fanlight.enrichment.categories import INCOME
from fanlight.planning import staleness
from fanlight.planning.budgeting import budgets
from fanlight.planning.written import Written
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import cash_flow_profiles
from fanlight.storage.unit import Unit


class Row(msgspec.Struct, frozen=True):
    """What the table holds; `goals_contribution` in millionths, None where nobody said it."""

    id: int
    user_id: int
    guid: str
    goals_contribution: int | None
    uses_estimated_goals_contribution: bool
    created_at: int
    updated_at: int


class Profile(msgspec.Struct, frozen=True):
    """A profile as it is shown; amounts in millionths for a month."""

    guid: str
    budgeted_income: int
    budgeted_expenses: int
    estimated_goals_contribution: int | None
    goals_contribution: int
    uses_estimated_goals_contribution: bool

    @property
    def contribution(self) -> int:
        """The one that is in use."""
        if self.uses_estimated_goals_contribution:
            return self.estimated_goals_contribution or 0
        return self.goals_contribution


RULES = (
    Written("monthly_cash_flow_profile: when", "One for each user; made when it is first read or changed.", "ours"),
    Written("monthly_cash_flow_profile.budgeted_income", "The amount of the budget of Income; 0 without one.", "ours"),
    Written(
        "monthly_cash_flow_profile.budgeted_expenses",
        "The sum of the amounts of the budgets of all other categories of the top level.",
        "ours",
    ),
    Written(
        "monthly_cash_flow_profile.estimated_goals_contribution",
        "budgeted_income less budgeted_expenses, not below 0; null without a budget of Income.",
        "documented",
    ),
    Written(
        "monthly_cash_flow_profile.goals_contribution",
        "What was set; until something is, and after null was sent, the estimate, or 0 where there is none.",
        "ours",
    ),
    Written(
        "monthly_cash_flow_profile.uses_estimated_goals_contribution",
        "False until it is set. True: goals are projected with the estimate; false: with goals_contribution.",
        "ours",
    ),
)

_row = row_of(Row)


@statement
def _insert() -> Clause:
    return insert(cash_flow_profiles).values(binds(Row.__struct_fields__[1:]))


@statement
def _read() -> Clause:
    of_user = cash_flow_profiles.c.user_id == bindparam("user_id")
    return select(*columns(cash_flow_profiles, Row)).where(of_user)


@statement
def _update() -> Clause:
    names = ("goals_contribution", "uses_estimated_goals_contribution", "updated_at")
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(cash_flow_profiles).where(cash_flow_profiles.c.user_id == bindparam("user")).values(**values)


def read(unit: Unit, user_id: int, *, now: int) -> Profile:
    """The user's profile, which is made where there is none yet."""
    return _shown(unit, _kept(unit, user_id, now=now))


def change(unit: Unit, user_id: int, *, now: int, **changes: Any) -> Profile:
    """Change `goals_contribution` (None takes it back) or `uses_estimated_goals_contribution`."""
    row = msgspec.structs.replace(_kept(unit, user_id, now=now), **changes, updated_at=now)
    names = ("goals_contribution", "uses_estimated_goals_contribution", "updated_at")
    unit.run(_update, user=user_id, **{f"new_{name}": getattr(row, name) for name in names})
    staleness.mark(unit, user_id, cash_flow_profiles.name)
    return _shown(unit, row)


def contribution(unit: Unit, user_id: int) -> int:
    """What goes to goals each month, in millionths; nothing is made for it."""
    return _shown(unit, unit.one(_row, _read, user_id=user_id) or _new(user_id, now=0)).contribution


def planned(rows: Iterable[budgets.Row]) -> tuple[int | None, int]:
    """Income and expenses that budgets plan, in millionths; None for an income that has no budget. Pure."""
    top = [each for each in rows if each.parent_id is None]
    income = next((each.amount for each in top if each.category_guid == INCOME), None)
    return income, sum(each.amount for each in top if each.category_guid != INCOME)


def shown(row: Row, rows: Iterable[budgets.Row]) -> Profile:
    """A profile beside budgets. Pure."""
    income, expenses = planned(rows)
    estimate = None if income is None else max(0, income - expenses)
    said = row.goals_contribution
    return Profile(
        guid=row.guid,
        budgeted_income=income or 0,
        budgeted_expenses=expenses,
        estimated_goals_contribution=estimate,
        goals_contribution=(estimate or 0) if said is None else said,
        uses_estimated_goals_contribution=row.uses_estimated_goals_contribution,
    )


def _shown(unit: Unit, row: Row) -> Profile:
    return shown(row, budgets.list_all(unit, row.user_id))


def _kept(unit: Unit, user_id: int, *, now: int) -> Row:
    row = unit.one(_row, _read, user_id=user_id)
    if row is None:
        row = _new(user_id, now=now)
        unit.insert_row(_insert, row)
    return row


def _new(user_id: int, *, now: int) -> Row:
    return Row(
        id=0,
        user_id=user_id,
        guid=new_guid("MCF"),
        goals_contribution=None,
        uses_estimated_goals_contribution=False,
        created_at=now,
        updated_at=now,
    )

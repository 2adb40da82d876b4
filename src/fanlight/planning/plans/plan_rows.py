"""Spending plans as they are kept: plans, the accounts that take part, and iterations."""

from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.base.guids import new_guid
from fanlight.planning.days import first_of, last_of, month_of
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import (
    accounts,
    members,
    spending_plan_accounts,
    spending_plan_iterations,
    spending_plans,
)
from fanlight.storage.unit import Unit


class Plan(msgspec.Struct, frozen=True):
    """What the table of plans holds."""

    id: int
    user_id: int
    guid: str
    current_iteration_number: int
    created_at: int
    updated_at: int


class PlanAccount(msgspec.Struct, frozen=True):
    """What the table of their accounts holds; `deleted_at` is set on what a user took out."""

    id: int
    user_id: int
    spending_plan_id: int
    account_id: int
    guid: str
    created_at: int
    updated_at: int
    deleted_at: int | None


class ShownAccount(PlanAccount, frozen=True):
    """With the guids that it shows."""

    account_guid: str


class Iteration(msgspec.Struct, frozen=True):
    """A month of a plan; days as YYYY-MM-DD."""

    id: int
    user_id: int
    spending_plan_id: int
    guid: str
    iteration_number: int
    start_on: str
    end_on: str
    created_at: int
    updated_at: int

    @property
    def month(self) -> str:
        return month_of(self.start_on)


_plan, _account = row_of(Plan), row_of(PlanAccount)
_shown, _iteration = row_of(ShownAccount), row_of(Iteration)
_OF_USER = spending_plans.c.user_id == bindparam("user_id")
_NAMED = (spending_plans.c.id == bindparam("of")) & (spending_plans.c.user_id == bindparam("user"))
_IN_PLAN = (spending_plan_accounts.c.user_id == bindparam("user_id")) & (
    spending_plan_accounts.c.spending_plan_id == bindparam("plan_id")
)
_OF_PLAN = (spending_plan_iterations.c.user_id == bindparam("user_id")) & (
    spending_plan_iterations.c.spending_plan_id == bindparam("plan_id")
)
_ITERATIONS = columns(spending_plan_iterations, Iteration)


@statement
def _plans() -> Clause:
    return select(*columns(spending_plans, Plan)).where(_OF_USER).order_by(spending_plans.c.id)


@statement
def _read_plan() -> Clause:
    return select(*columns(spending_plans, Plan)).where(_OF_USER, spending_plans.c.guid == bindparam("guid"))


@statement
def _insert_plan() -> Clause:
    return insert(spending_plans).values(binds(Plan.__struct_fields__[1:]))


@statement
def _move_on() -> Clause:
    values: dict[str, Any] = {"current_iteration_number": bindparam("number"), "updated_at": bindparam("now")}
    return update(spending_plans).where(_NAMED).values(**values)


@statement
def _delete_plan() -> Clause:
    return delete(spending_plans).where(_NAMED)


@statement
def _accounts() -> Clause:
    """All that are or were in the plan."""
    return select(*columns(spending_plan_accounts, PlanAccount)).where(_IN_PLAN).order_by(spending_plan_accounts.c.id)


@statement
def _shown_accounts() -> Clause:
    joined = spending_plan_accounts.join(accounts, accounts.c.id == spending_plan_accounts.c.account_id)
    joined = joined.join(members, members.c.id == accounts.c.member_id)
    lives = accounts.c.deleted_at.is_(None) & members.c.deleted_at.is_(None)
    return (
        select(*columns(spending_plan_accounts, PlanAccount), accounts.c.guid)
        .select_from(joined)
        .where(_IN_PLAN, spending_plan_accounts.c.deleted_at.is_(None), lives)
        .order_by(spending_plan_accounts.c.id)
    )


@statement
def _insert_account() -> Clause:
    return insert(spending_plan_accounts).values(binds(PlanAccount.__struct_fields__[1:]))


@statement
def _take_out() -> Clause:
    named = (spending_plan_accounts.c.id == bindparam("of")) & (spending_plan_accounts.c.user_id == bindparam("user"))
    return update(spending_plan_accounts).where(named).values(deleted_at=bindparam("now"), updated_at=bindparam("now"))


@statement
def _iterations() -> Clause:
    return select(*_ITERATIONS).where(_OF_PLAN).order_by(spending_plan_iterations.c.iteration_number)


@statement
def _read_iteration() -> Clause:
    numbered = spending_plan_iterations.c.iteration_number == bindparam("number")
    return select(*_ITERATIONS).where(_OF_PLAN, numbered)


@statement
def _insert_iteration() -> Clause:
    return insert(spending_plan_iterations).values(binds(Iteration.__struct_fields__[1:]))


def list_all(unit: Unit, user_id: int) -> list[Plan]:
    """The user's plans, oldest first."""
    return unit.all(_plan, _plans, user_id=user_id)


def find(unit: Unit, user_id: int, guid: str) -> Plan | None:
    return unit.one(_plan, _read_plan, user_id=user_id, guid=guid)


def add(unit: Unit, user_id: int, *, now: int) -> Plan:
    """A new plan, still without its first iteration."""
    plan = Plan(0, user_id, new_guid("SPL"), 0, now, now)
    return msgspec.structs.replace(plan, id=unit.insert_row(_insert_plan, plan))


def remove(unit: Unit, plan: Plan) -> None:
    """Gone whole, with its accounts, iterations and items."""
    unit.run(_delete_plan, of=plan.id, user=plan.user_id)


def accounts_of(unit: Unit, plan: Plan) -> list[PlanAccount]:
    """The accounts that are in a plan, and those that were taken out."""
    return unit.all(_account, _accounts, user_id=plan.user_id, plan_id=plan.id)


def shown_accounts(unit: Unit, plan: Plan) -> list[ShownAccount]:
    """The accounts that are in a plan and still there."""
    return unit.all(_shown, _shown_accounts, user_id=plan.user_id, plan_id=plan.id)


def add_account(unit: Unit, plan: Plan, account_id: int, *, now: int) -> None:
    row = PlanAccount(0, plan.user_id, plan.id, account_id, new_guid("SPA"), now, now, None)
    unit.insert_row(_insert_account, row)


def take_out(unit: Unit, row: PlanAccount, *, now: int) -> None:
    """The account does not come in again."""
    unit.run(_take_out, of=row.id, user=row.user_id, now=now)


def iterations(unit: Unit, plan: Plan) -> list[Iteration]:
    """The plan's iterations, oldest first."""
    return unit.all(_iteration, _iterations, user_id=plan.user_id, plan_id=plan.id)


def iteration(unit: Unit, plan: Plan, number: int) -> Iteration | None:
    return unit.one(_iteration, _read_iteration, user_id=plan.user_id, plan_id=plan.id, number=number)


def add_iteration(unit: Unit, plan: Plan, month: str, *, now: int) -> tuple[Plan, Iteration]:
    """The next one, for a month (YYYY-MM); it is the current one then."""
    number, days = plan.current_iteration_number + 1, (first_of(month).isoformat(), last_of(month).isoformat())
    row = Iteration(0, plan.user_id, plan.id, new_guid("SPI"), number, *days, now, now)
    row = msgspec.structs.replace(row, id=unit.insert_row(_insert_iteration, row))
    unit.run(_move_on, of=plan.id, user=plan.user_id, number=number, now=now)
    return msgspec.structs.replace(plan, current_iteration_number=number, updated_at=now), row

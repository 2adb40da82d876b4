"""Spending plans on the Nexus wire: plans, their accounts and their iterations."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec

from fanlight.api.nexus.kit import PAGE, Call, Reply, Route, shown
from fanlight.base.errors import NotFound
from fanlight.base.paging import Paged
from fanlight.core import clients
from fanlight.planning.plans import plan_rows, spending_plans
from fanlight.planning.plans.plan_rows import Iteration as PlanIteration
from fanlight.planning.plans.plan_rows import Plan, ShownAccount

R = TypeVar("R")

ALONE = {"pagination": {"current_page": 1, "per_page": 25, "total_entries": 1, "total_pages": 1}}
"""What the wire shows beside some single objects."""
_DIGITS = 9


class SpendingPlan(msgspec.Struct):
    created_at: str
    current_iteration_number: int
    guid: str
    updated_at: str
    user_guid: str


class SpendingPlanAccount(msgspec.Struct):
    account_guid: str
    client_guid: str
    created_at: str
    guid: str
    spending_plan_guid: str
    updated_at: str
    user_guid: str


class Iteration(msgspec.Struct):
    created_at: str
    end_on: str
    guid: str
    iteration_number: int
    spending_plan_guid: str
    start_on: str
    updated_at: str
    user_guid: str


def list_all(call: Call) -> Paged[msgspec.Struct]:
    return page_of(call, plan_rows.list_all(call.unit, call.user_id), partial(_plan, call))


def read(call: Call) -> msgspec.Struct:
    return _plan(call, named(call))


def create(call: Call) -> msgspec.Struct:
    return _plan(call, spending_plans.create(call.unit, call.user_id, now=call.now))


def delete(call: Call) -> None:
    spending_plans.remove(call.unit, named(call))


def list_accounts(call: Call) -> Paged[msgspec.Struct]:
    plan = named(call)
    return page_of(call, plan_rows.shown_accounts(call.unit, plan), _account_in(call, plan))


def read_account(call: Call) -> msgspec.Struct:
    plan = named(call)
    return _account_in(call, plan)(_named_account(call, plan))


def delete_account(call: Call) -> None:
    plan = named(call)
    spending_plans.take_out(call.unit, plan, _named_account(call, plan), now=call.now)


def list_iterations(call: Call) -> Paged[msgspec.Struct]:
    plan = named(call)
    return page_of(call, plan_rows.iterations(call.unit, plan), partial(_iteration, call, plan))


def read_current(call: Call) -> Reply:
    plan = named(call)
    return Reply(200, _iteration(call, plan, spending_plans.current(call.unit, plan)), ALONE)


def read_iteration(call: Call) -> msgspec.Struct:
    plan, text = named(call), call.params["iteration_number"]
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise NotFound("The spending plan has no such iteration.")
    return _iteration(call, plan, spending_plans.iteration(call.unit, plan, int(text)))


def named(call: Call) -> Plan:
    """The plan that the path names."""
    return spending_plans.read(call.unit, call.user_id, call.params["spending_plan_guid"])


def page_of(call: Call, rows: Sequence[R], wire: Callable[[R], msgspec.Struct]) -> Paged[msgspec.Struct]:
    """A list as it is shown, with its pagination always."""
    page = call.page
    return Paged([wire(row) for row in rows[page.offset :][: page.size]], page, len(rows))


def _named_account(call: Call, plan: Plan) -> ShownAccount:
    return spending_plans.read_account(call.unit, plan, call.params["spending_plan_account_guid"])


def _plan(call: Call, plan: Plan) -> msgspec.Struct:
    return shown(SpendingPlan, plan, user_guid=call.session.user_guid)


def _account_in(call: Call, plan: Plan) -> "partial[msgspec.Struct]":
    """How the plan's accounts are shown."""
    client = clients.read(call.unit, call.session.client_id).guid
    guids = {"client_guid": client, "spending_plan_guid": plan.guid, "user_guid": call.session.user_guid}
    return partial(shown, SpendingPlanAccount, **guids)


def _iteration(call: Call, plan: Plan, row: PlanIteration) -> msgspec.Struct:
    return shown(Iteration, row, spending_plan_guid=plan.guid, user_guid=call.session.user_guid)


_TAG = "spending plan"
_PLAN = "/spending_plans/{spending_plan_guid}"
_ACCOUNT = f"{_PLAN}/spending_plan_account/{{spending_plan_account_guid}}"
_ACCOUNTS = f"{_PLAN}/spending_plan_accounts/{{spending_plan_account_guid}}"
_PAGED: dict[str, Any] = {"many": True, "paged": True, "query": PAGE, "planned": True}
ROUTES = (
    Route(
        _TAG, "GET", "/spending_plans", list_all, "List spending plans", "spending_plans", SpendingPlan, **_PAGED,
        errors=(401,), note="The oldest first.",
    ),
    Route(
        _TAG, "POST", "/spending_plans", create, "Create a spending plan", "spending_plan", SpendingPlan,
        long=True, errors=(401, 422), planned=True,
        note=f"No body. With the accounts that money is spent from and iteration 1 for this month, its items made of "
        f"what is known; 422 beyond {spending_plans.MOST} plans of a user.",
    ),
    Route(
        _TAG, "GET", _PLAN, read, "Read a spending plan", "spending_plan", SpendingPlan, planned=True,
    ),
    Route(_TAG, "DELETE", _PLAN, delete, "Delete a spending plan", empty=True),
    Route(
        _TAG, "GET", f"{_PLAN}/spending_plan_accounts", list_accounts, "List spending plan accounts",
        "spending_plan_accounts", SpendingPlanAccount, **_PAGED, also=(("GET", f"{_PLAN}/spending_plan_account"),),
        note="Open accounts that are not hidden, of the types that money is spent from; new ones join.",
    ),
    Route(
        _TAG, "GET", _ACCOUNT, read_account, "Read a spending plan account", "spending_plan_account",
        SpendingPlanAccount, also=(("GET", _ACCOUNTS),), planned=True,
    ),
    Route(
        _TAG, "DELETE", _ACCOUNT, delete_account, "Delete a spending plan account", empty=True,
        also=(("DELETE", _ACCOUNTS),), planned=True, note="Its transactions count no more; it does not join again.",
    ),
    Route(
        _TAG, "GET", f"{_PLAN}/iterations", list_iterations, "List spending plan iterations", "iterations", Iteration,
        **_PAGED, note="The oldest first; one for each month.",
    ),
    Route(
        _TAG, "GET", f"{_PLAN}/iterations/current", read_current, "Read the current iteration", "iteration", Iteration,
        paged=True, planned=True, note="With a pagination object beside it, as documented.",
    ),
    Route(
        _TAG, "GET", f"{_PLAN}/iterations/{{iteration_number}}", read_iteration, "Read a spending plan iteration",
        "iteration", Iteration, planned=True,
    ),
)  # fmt: skip

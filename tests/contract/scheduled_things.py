"""Scheduled payments and spending plans: things of the contract's cases and of other tests."""

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

from contract.account_things import manual
from fanlight.enrichment.merchants import catalogue
from fanlight.planning.plans import spending_plans
from support.world import Nexus

if TYPE_CHECKING:
    from contract.things import Things

PLANS_KEPT = spending_plans.MOST - 2
_MERCHANTS = count(100)
MONTHLY = {"is_recurring": True, "recurrence_type": 3, "recurrence_day": 15}


def payment(nexus: Nexus, **fields: Any) -> dict[str, Any]:
    """A new payment that happens once, on a day of this month unless said otherwise."""
    body = {"amount": 45.63, "description": "Power bill", "occurs_on": "2026-08-20", "transaction_type": 2, **fields}
    answer: dict[str, Any] = nexus.ok("POST", "/scheduled_payments", {"scheduled_payment": body})["scheduled_payment"]
    return answer


def plan(nexus: Nexus) -> str:
    """A new spending plan; where there are many, old ones go but for the first."""
    for old in nexus.ok("GET", "/spending_plans")["spending_plans"][1:-PLANS_KEPT]:
        assert nexus.send("DELETE", f"/spending_plans/{old['guid']}").status_code == 204
    return str(nexus.ok("POST", "/spending_plans")["spending_plan"]["guid"])


def items_of(nexus: Nexus, guid: str) -> list[dict[str, Any]]:
    """All items of a plan's current iteration."""
    path = f"/spending_plans/{guid}/iterations/current/iteration_items?records_per_page=1000"
    found: list[dict[str, Any]] = nexus.ok("GET", path)["iteration_items"]
    return found


def item(nexus: Nexus, guid: str, **fields: Any) -> dict[str, Any]:
    """A new item of a plan's current iteration."""
    path = f"/spending_plans/{guid}/iterations/current/iteration_items"
    answer: dict[str, Any] = nexus.ok("POST", path, {"planned_amount": 110, **fields})["iteration_item"]
    return answer


def accounts_of(nexus: Nexus, guid: str) -> list[dict[str, Any]]:
    """The accounts of a plan."""
    found: list[dict[str, Any]] = nexus.ok(
        "GET", f"/spending_plans/{guid}/spending_plan_accounts?records_per_page=1000"
    )["spending_plan_accounts"]
    return found


def _free_merchant(_: "Things") -> str:
    return catalogue()[next(_MERCHANTS)].guid


def _paid_merchant(things: "Things") -> str:
    guid = _free_merchant(things)
    payment(things.nexus, merchant_guid=guid)
    return guid


def _plan_account(things: "Things") -> str:
    """Of a new account that has joined the plan."""
    account = manual(things.nexus, account_type=1)["guid"]
    found = accounts_of(things.nexus, things.get("plan"))
    return str(next(each["guid"] for each in found if each["account_guid"] == account))


def _other(things: "Things") -> Nexus:
    return things.world.user(things.unique("other"))


def _foreign_plan(things: "Things") -> str:
    other = _other(things)
    manual(other, account_type=1)
    guid = plan(other)
    things.keep("foreign_item", str(items_of(other, guid)[0]["guid"]))
    things.keep("foreign_plan_account", str(accounts_of(other, guid)[0]["guid"]))
    return guid


def _of_foreign_plan(name: str) -> Callable[["Things"], str]:
    def get(things: "Things") -> str:
        things.get("foreign_plan")
        return things.get(name)

    return get


def _full_session(things: "Things") -> str:
    other = _other(things)
    for _ in range(spending_plans.MOST):
        other.ok("POST", "/spending_plans")
    return other.token


KEPT: dict[str, Callable[["Things"], str]] = {
    "foreign_payment": lambda things: str(payment(_other(things))["guid"]),
    "foreign_plan": _foreign_plan,
    "foreign_item": _of_foreign_plan("foreign_item"),
    "foreign_plan_account": _of_foreign_plan("foreign_plan_account"),
    "full_session": _full_session,
    "paid_merchant": _paid_merchant,
    "plan": lambda things: plan(things.nexus),
    "item_of_another_plan": lambda things: str(item(things.nexus, plan(things.nexus))["guid"]),
    "recurring_payment": lambda things: str(payment(things.nexus, **MONTHLY)["guid"]),
}
FRESH: dict[str, Callable[["Things"], str]] = {
    "payment": lambda things: str(payment(things.nexus)["guid"]),
    "monthly_payment": lambda things: str(payment(things.nexus, **MONTHLY)["guid"]),
    "free_merchant": _free_merchant,
    "new_plan": lambda things: plan(things.nexus),
    "plan_account": _plan_account,
    "item": lambda things: str(item(things.nexus, things.get("plan"))["guid"]),
}

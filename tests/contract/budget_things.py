"""Budgets, goals and contributions: things of the contract's cases and of other tests."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from contract.account_things import manual, movement
from contract.money_things import category
from support.world import Nexus

if TYPE_CHECKING:
    from contract.things import Things

CREDIT_CARD = 4


def budget(nexus: Nexus, name: str, amount: float, **fields: Any) -> dict[str, Any]:
    """A new budget for a default category, which must have none."""
    body = {"category_guid": category(name), "amount": amount, **fields}
    answer: dict[str, Any] = nexus.ok("POST", "/budgets", {"budget": body})["budget"]
    return answer


def contribute(nexus: Nexus, amount: float = 100) -> None:
    """Give goals so much a month."""
    body = {"monthly_cash_flow_profile": {"goals_contribution": amount, "uses_estimated_goals_contribution": False}}
    nexus.ok("PUT", "/monthly_cash_flow_profile", body)


def goal(nexus: Nexus, account: str, amount: float = 1000, **fields: Any) -> dict[str, Any]:
    """A new goal to save for a vacation, unless said otherwise."""
    body = {"account_guid": account, "amount": amount, "goal_type_name": "SAVE_AMOUNT", "meta_type_name": "VACATION"}
    answer: dict[str, Any] = nexus.ok("POST", "/goals", {"goal": body | {"name": "Europe"} | fields})["goal"]
    return answer


def debt(nexus: Nexus, owed: float = 500) -> str:
    """A credit card on which so much is owed."""
    return str(manual(nexus, name="Card", account_type=CREDIT_CARD, balance=owed)["guid"])


def _without(things: "Things", name: str) -> str:
    """A category that has no budget any more."""
    guid = category(name)
    for each in things.nexus.ok("GET", "/budgets")["budgets"]:
        if each["category_guid"] == guid:
            assert things.nexus.send("DELETE", f"/budgets/{each['guid']}").status_code == 204
    return guid


def _budget(things: "Things", name: str = "Shopping", amount: float = 100) -> str:
    _without(things, name)
    return str(budget(things.nexus, name, amount)["guid"])


def _part(things: "Things") -> str:
    things.keep("whole_budget", _budget(things, "Food & Dining", 100))
    return str(budget(things.nexus, "Groceries", 60)["guid"])


def _spent(things: "Things") -> str:
    account = things.get("own_account")
    for day in ("2026-06-10", "2026-07-10"):
        movement(things.nexus, account, 30, day, category_guid=category("Kids"))
    return account


def _contributing(things: "Things") -> str:
    contribute(things.nexus)
    return things.get("manual")


def _goal(things: "Things") -> str:
    return str(goal(things.nexus, things.get("contributing"))["guid"])


def _first_goal(things: "Things") -> str:
    """Beside one other, and no more."""
    for each in things.nexus.ok("GET", "/goals")["goals"]:
        things.nexus.send("DELETE", f"/goals/{each['guid']}")
    first = _goal(things)
    things.keep("second_goal", _goal(things))
    return first


def _idle(things: "Things") -> str:
    """The session of a user who has a goal, and gives goals nothing any more."""
    other = things.world.user(things.unique("idle"))
    contribute(other)
    account = str(manual(other)["guid"])
    things.keep("idle_account", account)
    things.keep("idle_goal", str(goal(other, account)["guid"]))
    contribute(other, 0)
    return other.token


def _of_idle(name: str) -> Callable[["Things"], str]:
    def get(things: "Things") -> str:
        things.get("idle_session")
        return things.get(name)

    return get


def _fresh_session(things: "Things") -> str:
    fresh: Nexus = things.world.user(things.unique("fresh"))
    return fresh.token


def _foreign_budget(things: "Things") -> str:
    return str(budget(things.world.user(things.unique("other")), "Shopping", 100)["guid"])


def _foreign_goal(things: "Things") -> str:
    other = things.world.user(things.unique("other"))
    contribute(other)
    return str(goal(other, str(manual(other)["guid"]))["guid"])


KEPT: dict[str, Callable[["Things"], str]] = {
    "contributing": _contributing,
    "debt": lambda things: debt(things.nexus),
    "foreign_budget": _foreign_budget,
    "foreign_goal": _foreign_goal,
    "fresh_session": _fresh_session,
    "idle_session": _idle,
    "idle_account": _of_idle("idle_account"),
    "idle_goal": _of_idle("idle_goal"),
    "kids_spent": _spent,
    "second_goal": lambda things: things.get("first_goal") and things.get("second_goal"),
    "whole_budget": lambda things: things.get("part_budget") and things.get("whole_budget"),
}
FRESH: dict[str, Callable[["Things"], str]] = {
    "budget": _budget,
    "part_budget": _part,
    "without_budget": lambda things: _without(things, "Shopping"),
    "goal": _goal,
    "first_goal": _first_goal,
}

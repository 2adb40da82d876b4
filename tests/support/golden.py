"""Golden worlds: what a person's lists of planning are on certain days, in lines that are easily reviewed.

`python -m support.golden` (in tests) writes them anew; whoever does that reads the difference line by line.
"""

import json
import tempfile
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from fanlight.base.clock import DAY, start_of_day, timestamp
from support.processes import until
from support.world import Nexus, World, running

PLACE = Path(__file__).parent.parent / "data" / "planning"


class Golden(NamedTuple):
    """A person of the simulated bank, the seed of its world, the first day, and how many days later to look."""

    name: str
    username: str
    seed: int
    first: date
    later: tuple[int, ...]
    zone: str = "UTC"

    @property
    def file(self) -> Path:
        return PLACE / f"{self.name}.json"


WORLDS = (
    Golden("summer", "ada", 1, date(2026, 8, 2), (0, 12, 30)),
    Golden("new_year", "grace", 2, date(2026, 12, 28), (0, 5, 38), "America/New_York"),
    Golden("leap_day", "linus", 3, date(2028, 2, 27), (0, 2, 15)),
)


def lists_of(golden: Golden) -> dict[str, dict[str, list[str]]]:
    """The lists of each day, by its date."""
    with tempfile.TemporaryDirectory() as place:
        noon = start_of_day(golden.first) + DAY // 2
        with running(Path(place), seed=golden.seed, now=noon) as world:
            return dict(_days(world, golden, noon))


def _days(world: World, golden: Golden, noon: int) -> Iterator[tuple[str, dict[str, list[str]]]]:
    world.rows("UPDATE clients SET time_zone = ?", golden.zone)
    name = f"golden-{golden.name}"
    nexus = world.user(name)
    member = nexus.connect(golden.username)["guid"]
    _settle_in(nexus)
    for days in golden.later:
        world.clock.now = noon + days * DAY
        nexus = Nexus(world, world.session(world.api_token(name)))  # which has the member aggregated
        until(partial(_is_done, nexus, member), "the aggregation did not end")
        yield (golden.first.fromordinal(golden.first.toordinal() + days)).isoformat(), dict(_lists(nexus))


def _is_done(nexus: Nexus, member: str) -> bool:
    """Whether all that the new session set off is over."""
    is_idle = nexus.world.rows("SELECT count(*) FROM tasks") == [(0,)]
    return is_idle and nexus.read(member)["successfully_aggregated_at"] == timestamp(nexus.world.clock())


def _settle_in(nexus: Nexus) -> None:
    """What a person does first: budgets, a contribution, goals, a plan."""
    nexus.ok("POST", "/budgets/generate")
    nexus.ok("PUT", "/monthly_cash_flow_profile", {"monthly_cash_flow_profile": {"goals_contribution": 300}})
    for account in nexus.ok("GET", "/accounts")["accounts"]:
        kind = {"SAVINGS": "SAVE_AMOUNT", "CREDIT_CARD": "PAYOFF"}.get(account["account_type_name"])
        if kind is not None:
            amount = 30_000 if kind == "SAVE_AMOUNT" else account["balance"]
            goal = {"account_guid": account["guid"], "amount": amount, "goal_type_name": kind}
            nexus.ok("POST", "/goals", {"goal": goal | {"meta_type_name": "OTHER", "name": account["name"]}})
    nexus.ok("POST", "/spending_plans")


def _lists(nexus: Nexus) -> Iterator[tuple[str, list[str]]]:
    categories = {each["guid"]: each["name"] for each in nexus.ok("GET", "/categories")["categories"]}
    yield "budgets", [_budget(each) for each in nexus.ok("GET", "/budgets")["budgets"]]
    profile = nexus.ok("GET", "/monthly_cash_flow_profile")["monthly_cash_flow_profile"]
    yield "monthly_cash_flow_profile", [f"{name} {value}" for name, value in profile.items() if "guid" not in name]
    yield "goals", [_goal(each) for each in nexus.ok("GET", "/goals")["goals"]]
    payments = nexus.ok("GET", "/scheduled_payments")["scheduled_payments"]
    yield "scheduled_payments", sorted(map(_payment, payments))
    plan = nexus.ok("GET", "/spending_plans")["spending_plans"][0]
    path = f"/spending_plans/{plan['guid']}/iterations"
    yield (
        "iterations",
        [
            f"{each['iteration_number']}: {each['start_on']} to {each['end_on']}"
            for each in nexus.ok("GET", path)["iterations"]
        ],
    )
    described = {each["guid"]: each["description"] for each in payments}
    items = nexus.ok("GET", f"{path}/current/iteration_items?records_per_page=1000")["iteration_items"]
    yield "iteration_items", [_item(each, categories, described) for each in items]
    yield (
        "notifications",
        [
            f"{each['notification_type_name']}: {each['subject']}"
            for each in nexus.ok("GET", "/notifications")["notifications"]
        ],
    )
    yield (
        "insights",
        [
            f"{each['template']}: {each['title']} | {each['description']}"
            for each in nexus.ok("GET", "/insights?records_per_page=100")["insights"]
        ],
    )


def _budget(each: dict[str, Any]) -> str:
    marks = [name for name in ("is_exceeded", "is_off_track") if each[name]]
    figures = f"{each['transaction_total']} of {each['amount']} ({each['percent_spent']} %)"
    return " ".join([f"{each['name']}: {figures}, projected {each['projected_spending']}", *marks])


def _goal(each: dict[str, Any]) -> str:
    figures = f"{each['current_amount']} of {each['amount']}"
    kind = f"{each['goal_type_name']} {each['track_type_name']}"
    until = (each["completed_at"] if each["is_complete"] else each["projected_to_complete_at"]) or "never"
    return (
        f"{each['position']} {each['name']}: {kind} {figures}, {'done' if each['is_complete'] else 'by'} {until[:10]}"
    )


def _payment(each: dict[str, Any]) -> str:
    again = f"{each['recurrence_type_name']} {each['recurrence_day']}" if each["is_recurring"] else "once"
    return f"{each['occurs_on']} {each['transaction_type_name']} {each['amount']} {each['description']} ({again})"


def _item(each: dict[str, Any], categories: dict[str, str], described: dict[str, str]) -> str:
    what = described.get(each["scheduled_payment_guid"]) or categories.get(
        each["category_guid"] or "", "everything else"
    )
    count = len(each["transaction_guids"] or ())
    return f"{each['item_type']} {what}: planned {each['planned_amount']}, actual {each['actual_amount']} ({count})"


def main() -> None:
    PLACE.mkdir(parents=True, exist_ok=True)
    for golden in WORLDS:
        golden.file.write_text(json.dumps(lists_of(golden), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

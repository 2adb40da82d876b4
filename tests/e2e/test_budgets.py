"""Budgets against real transactions: the month of the client's zone, splits and what is hidden, what usually comes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contract.account_things import manual, movement
from contract.budget_things import budget
from contract.money_things import category
from fanlight.base.clock import DAY
from fanlight.core import clients
from support.world import Nexus, World

GROCERIES, RESTAURANTS, PAYCHECK, FOOD, SHOPPING, CARD_PAYMENT, RENT = map(
    category,
    ("Groceries", "Restaurants", "Paycheck", "Food & Dining", "Shopping", "Credit Card Payment", "Mortgage & Rent"),
)


def shown(nexus: Nexus, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in nexus.ok("GET", "/budgets")["budgets"] if each["name"] == name)
    assert nexus.ok("GET", f"/budgets/{found['guid']}")["budget"] == found
    return found


def spent(nexus: Nexus, name: str = "Food & Dining") -> float:
    return float(shown(nexus, name)["transaction_total"])


def refused(nexus: Nexus, method: str, path: str, body: Any = None, code: int = 4220) -> None:
    before = nexus.ok("GET", "/budgets")
    response = nexus.send(method, path, body)
    assert (response.status_code, response.json()["error"]["code"]) == (int(str(code)[:3]), code)
    assert nexus.ok("GET", "/budgets") == before


def at(world: World, *moment: int) -> None:
    world.clock.now = int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[arg-type,misc]


@pytest.fixture
def account(nexus: Nexus) -> str:
    return str(manual(nexus)["guid"])


def test_this_months_transactions_count_in_their_category_and_above(nexus: Nexus, account: str) -> None:
    budget(nexus, "Food & Dining", 100)
    part = budget(nexus, "Groceries", 50)
    own = nexus.ok("POST", "/categories", {"category": {"name": "Farm shops", "parent_guid": FOOD}})["category"]["guid"]
    movement(nexus, account, 60, "2026-08-01", category_guid=GROCERIES)
    movement(nexus, account, 10, "2026-08-02", category_guid=GROCERIES, credit=True)
    movement(nexus, account, 55, "2026-08-02", category_guid=own)
    movement(nexus, account, 1000, "2026-07-31", category_guid=GROCERIES)
    movement(nexus, account, 1000, "2026-08-02", category_guid=SHOPPING)

    whole, part = shown(nexus, "Food & Dining"), shown(nexus, "Groceries")

    assert (whole["transaction_total"], whole["percent_spent"], whole["is_exceeded"]) == (105.0, 105.0, True)
    assert (part["transaction_total"], part["percent_spent"], part["is_exceeded"]) == (50.0, 100.0, False)
    assert part["parent_guid"] == whole["guid"]


def test_parts_of_a_split_and_what_is_hidden(nexus: Nexus, account: str) -> None:
    budget(nexus, "Food & Dining", 100)
    budget(nexus, "Groceries", 50)
    whole = movement(nexus, account, 30, "2026-08-01", category_guid=GROCERIES)
    parts = [{"amount": 10, "category_guid": RESTAURANTS}, {"amount": 20, "category_guid": SHOPPING}]
    children = nexus.ok("POST", f"/transactions/{whole}/split", {"transactions": parts})["transactions"]
    assert (spent(nexus), spent(nexus, "Groceries")) == (10, 0)

    for each in children:
        nexus.ok("PUT", f"/transactions/{each['guid']}", {"transaction": {"is_hidden": True}})
    assert spent(nexus) == 0

    assert nexus.send("DELETE", f"/transactions/{whole}/unsplit").status_code == 204
    assert (spent(nexus), spent(nexus, "Groceries")) == (30, 30)
    nexus.ok("PUT", f"/transactions/{whole}", {"transaction": {"is_hidden": True}})
    assert spent(nexus) == 0


def test_hidden_and_deleted_accounts_and_transfers_do_not_count(nexus: Nexus, account: str) -> None:
    budget(nexus, "Food & Dining", 100)
    budget(nexus, "Transfer", 100)
    other = str(manual(nexus)["guid"])
    movement(nexus, account, 1, "2026-08-01", category_guid=FOOD)
    movement(nexus, other, 20, "2026-08-01", category_guid=FOOD)
    movement(nexus, account, 300, "2026-08-01", category_guid=CARD_PAYMENT)
    assert (spent(nexus), spent(nexus, "Transfer")) == (21, 0)

    nexus.ok("PUT", f"/accounts/{other}", {"account": {"is_hidden": True}})
    assert spent(nexus) == 1
    nexus.ok("PUT", f"/accounts/{other}", {"account": {"is_hidden": False}})
    assert spent(nexus) == 21
    assert nexus.send("DELETE", f"/accounts/{account}").status_code == 204
    assert spent(nexus) == 20


def test_budgets_of_subcategories_stay_within_their_parent(nexus: Nexus) -> None:
    groceries = {"budget": {"category_guid": GROCERIES, "amount": 60}}
    refused(nexus, "POST", "/budgets", groceries)
    whole = budget(nexus, "Food & Dining", 100)
    refused(nexus, "POST", "/budgets", {"budget": {"category_guid": FOOD, "amount": 1}})
    part = nexus.ok("POST", "/budgets", groceries)["budget"]
    refused(nexus, "POST", "/budgets", {"budget": {"category_guid": RESTAURANTS, "amount": 40.01}})
    budget(nexus, "Restaurants", 40)

    refused(nexus, "PUT", f"/budgets/{part['guid']}", {"budget": {"amount": 60.01}})
    refused(nexus, "PUT", f"/budgets/{whole['guid']}", {"budget": {"amount": 99.99}})
    nexus.ok("PUT", f"/budgets/{whole['guid']}", {"budget": {"amount": 120}})
    changed = nexus.ok("PUT", f"/budgets/{part['guid']}", {"budget": {"amount": 80}})["budget"]
    assert (changed["amount"], changed["revision"]) == (80.0, 2)

    assert nexus.send("DELETE", f"/budgets/{whole['guid']}").status_code == 204
    assert nexus.ok("GET", "/budgets") == {"budgets": []}


def test_a_budget_goes_with_its_category_and_leaves_room_in_its_parent(nexus: Nexus) -> None:
    whole = budget(nexus, "Food & Dining", 100)
    own = nexus.ok("POST", "/categories", {"category": {"name": "Farm shops", "parent_guid": FOOD}})["category"]["guid"]
    part = nexus.ok("POST", "/budgets", {"budget": {"category_guid": own, "amount": 30}})["budget"]
    assert (part["name"], part["parent_guid"]) == ("Farm shops", whole["guid"])

    nexus.ok("DELETE", f"/categories/{own}")

    assert nexus.get(f"/budgets/{part['guid']}").status_code == 404
    assert [each["guid"] for each in nexus.ok("GET", "/budgets")["budgets"]] == [whole["guid"]]
    budget(nexus, "Groceries", 100)


def test_currencies_are_not_added_up(nexus: Nexus, account: str) -> None:
    budget(nexus, "Food & Dining", 100)
    euros = str(manual(nexus, currency_code="EUR")["guid"])
    movement(nexus, account, 10, "2026-08-01", category_guid=GROCERIES)
    movement(nexus, euros, 20, "2026-08-01", category_guid=GROCERIES)
    assert spent(nexus) == 10

    manual(nexus, currency_code="EUR")
    assert spent(nexus) == 20


def test_the_month_turns_with_the_clients_zone(own_world: World) -> None:
    at(own_world, 2026, 8, 31, 23, 30)
    nexus = own_world.user("zoned")
    account = str(manual(nexus)["guid"])
    budget(nexus, "Food & Dining", 100)
    movement(nexus, account, 30, "2026-08-31", category_guid=GROCERIES)
    movement(nexus, account, 7, "2026-09-01", category_guid=GROCERIES)
    assert spent(nexus) == 30

    name = own_world.ready["client_id"]
    own_world.unit(clients.set_time_zone, name, "Asia/Tokyo")
    assert spent(nexus) == 7
    own_world.unit(clients.set_time_zone, name, "America/New_York")
    at(own_world, 2026, 9, 1, 1, 30)
    again = Nexus(own_world, own_world.session(own_world.api_token("zoned")))
    assert spent(again) == 30
    at(own_world, 2026, 9, 1, 4, 1)
    again = Nexus(own_world, own_world.session(own_world.api_token("zoned")))
    assert spent(again) == 7


def test_a_bill_that_was_paid_is_not_expected_again_and_one_to_come_is(own_world: World) -> None:
    nexus = own_world.user("billed")
    account = str(manual(nexus)["guid"])
    for month in ("2026-05", "2026-06", "2026-07"):
        movement(nexus, account, 1000, f"{month}-01", category_guid=RENT)
        movement(nexus, account, 90, f"{month}-20", category_guid=SHOPPING)
    movement(nexus, account, 1000, "2026-08-01", category_guid=RENT)
    budget(nexus, "Home", 1000)
    budget(nexus, "Shopping", 80)

    rent, bought = shown(nexus, "Home"), shown(nexus, "Shopping")
    assert (rent["projected_spending"], rent["is_off_track"], rent["off_track_percentage"]) == (1000.0, False, 0.0)
    assert (bought["transaction_total"], bought["projected_spending"]) == (0.0, 90.0)
    assert (bought["is_exceeded"], bought["is_off_track"], bought["off_track_percentage"]) == (False, True, 12.5)

    own_world.clock.advance(18 * DAY)
    nexus = Nexus(own_world, own_world.session(own_world.api_token("billed")))
    assert shown(nexus, "Shopping")["projected_spending"] == 90.0  # due today

    movement(nexus, account, 30, "2026-07-25", description="Shoes", category_guid=SHOPPING)
    assert shown(nexus, "Shopping")["projected_spending"] == 100.0
    movement(nexus, account, 90, "2026-08-20", category_guid=SHOPPING)
    assert shown(nexus, "Shopping")["projected_spending"] == 100.0


def test_what_comes_again_is_expected_by_its_own_days(own_world: World) -> None:
    """Not by those on which it came in earlier months: a bill came later once, and some months have three pays."""
    at(own_world, 2026, 8, 4, 12)
    nexus = own_world.user("by-series")
    account = str(manual(nexus)["guid"])
    for day in ("2026-05-04", "2026-06-04", "2026-07-05", "2026-08-04"):
        movement(nexus, account, 1748.09, day, description="Mortgage", category_guid=RENT)
    for day in ("05-08", "05-22", "06-05", "06-19", "07-03", "07-17", "07-31"):
        pay = {"description": "ACME payroll", "category_guid": PAYCHECK}
        movement(nexus, account, 1000, f"2026-{day}", credit=True, **pay)
    movement(nexus, account, 30, "2026-06-20", description="Sofa", category_guid=category("Furnishings"))
    budget(nexus, "Home", 2000)
    budget(nexus, "Income", 2000)
    budget(nexus, "Paycheck", 2000)

    assert shown(nexus, "Home")["projected_spending"] == 1758.09
    assert shown(nexus, "Income")["projected_spending"] == shown(nexus, "Paycheck")["projected_spending"] == 2000.0


def test_what_is_overdue_is_expected_once(own_world: World) -> None:
    nexus = own_world.user("overdue")
    account = str(manual(nexus)["guid"])
    for month in ("2026-05", "2026-06", "2026-07"):
        movement(nexus, account, 1000, f"{month}-01", description="Flat rent", category_guid=RENT)
    budget(nexus, "Home", 500)
    rent = shown(nexus, "Home")
    assert (rent["transaction_total"], rent["projected_spending"], rent["is_off_track"]) == (0.0, 1000.0, True)

    own_world.clock.advance(25 * DAY)
    nexus = Nexus(own_world, own_world.session(own_world.api_token("overdue")))
    assert shown(nexus, "Home")["projected_spending"] == 0.0  # given up


def test_budgets_are_generated_from_the_two_complete_months(nexus: Nexus, account: str) -> None:
    movement(nexus, account, 10, "2026-06-01", category_guid=GROCERIES)
    movement(nexus, account, 900, "2026-08-01", category_guid=GROCERIES)
    movement(nexus, account, 900, "2026-05-31", category_guid=GROCERIES)
    for day in ("2026-07-01", "2026-07-31"):
        movement(nexus, account, 5, day, category_guid=SHOPPING)
    refused(nexus, "POST", "/budgets/generate", code=4221)

    movement(nexus, account, 20.01, "2026-07-31", category_guid=FOOD)
    for day in ("2026-06-15", "2026-07-15"):
        movement(nexus, account, 3000, day, category_guid=PAYCHECK, credit=True)
    found = nexus.ok("POST", "/budgets/generate")["budgets"]

    assert {each["name"]: each["amount"] for each in found} == {"Food & Dining": 15.01, "Income": 3000.0}
    assert {each["name"]: each["transaction_total"] for each in found} == {"Food & Dining": 900.0, "Income": 0.0}


def test_generating_again_changes_what_qualifies_and_keeps_the_rest(nexus: Nexus, account: str) -> None:
    food = budget(nexus, "Food & Dining", 500, metadata="mine")
    part = budget(nexus, "Groceries", 40)
    kept = budget(nexus, "Shopping", 70)
    for day in ("2026-06-15", "2026-07-15"):
        movement(nexus, account, 25, day, category_guid=GROCERIES)

    found = {each["guid"]: each for each in nexus.ok("POST", "/budgets/generate")["budgets"]}
    assert found.keys() == {food["guid"], part["guid"], kept["guid"]}
    changed = found[food["guid"]]
    assert (changed["amount"], changed["metadata"], changed["revision"]) == (40.0, "mine", 2)
    assert (found[kept["guid"]], found[part["guid"]]["amount"]) == (kept, 40.0)

    assert {each["guid"]: each for each in nexus.ok("POST", "/budgets/generate")["budgets"]} == found


def test_another_user_has_none_of_it(world: World, nexus: Nexus, account: str) -> None:
    made = budget(nexus, "Food & Dining", 100)
    other = world.user("another-of-budgets")
    budget(other, "Food & Dining", 100)
    movement(nexus, account, 30, "2026-08-01", category_guid=GROCERIES)

    assert (spent(nexus), spent(other)) == (30, 0)
    for method in ("GET", "PUT", "DELETE"):
        body = {"budget": {"amount": 1}} if method == "PUT" else None
        assert other.send(method, f"/budgets/{made['guid']}", body).status_code == 404
    within = {"budget": {"category_guid": GROCERIES, "parent_guid": made["guid"], "amount": 1}}
    assert other.send("POST", "/budgets", within).status_code == 422


def test_the_profile_follows_the_budgets(nexus: Nexus) -> None:
    def profile() -> dict[str, Any]:
        found: dict[str, Any] = nexus.ok("GET", "/monthly_cash_flow_profile")["monthly_cash_flow_profile"]
        return found

    first = profile()
    budget(nexus, "Food & Dining", 700)
    budget(nexus, "Groceries", 600)
    budget(nexus, "Shopping", 100.5)
    assert profile() == first | {"budgeted_expenses": 800.5}
    income = budget(nexus, "Income", 1000)
    budget(nexus, "Paycheck", 900)
    assert profile() == first | {
        "budgeted_expenses": 800.5,
        "budgeted_income": 1000.0,
        "estimated_goals_contribution": 199.5,
        "goals_contribution": 199.5,
    }

    nexus.ok("PUT", f"/budgets/{income['guid']}", {"budget": {"amount": 900}})
    assert profile()["estimated_goals_contribution"] == 99.5
    nexus.send("DELETE", f"/budgets/{income['guid']}")
    assert profile() == first | {"budgeted_expenses": 800.5}

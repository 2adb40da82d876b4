"""Spending plans and scheduled payments on a real server over months: found, rolled by the clock, paid."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contract.account_things import manual, movement
from contract.budget_things import budget
from contract.money_things import category
from contract.scheduled_things import MONTHLY, accounts_of, item, items_of, payment, plan
from fanlight.core import clients
from support.world import Nexus, World

GROCERIES, PAYCHECK, RENT, TRANSFER, SHOPPING = map(
    category, ("Groceries", "Paycheck", "Mortgage & Rent", "Transfer", "Shopping")
)


def at(world: World, name: str, *day: int) -> Nexus:
    """The user's new session on another day, at noon unless the hour is given."""
    moment = (*day, 12)[:4] if len(day) == 3 else day
    world.clock.now = int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[arg-type,misc]
    return Nexus(world, world.session(world.api_token(name)))


def lived(nexus: Nexus) -> str:
    """An account with a rent, a pay and shopping, from February to July 2026."""
    account = str(manual(nexus, account_type=1)["guid"])
    for month in range(2, 8):
        movement(nexus, account, 1200, f"2026-{month:02}-03", description="Flat rent", category_guid=RENT)
        pay = {"description": "ACME payroll", "category_guid": PAYCHECK}
        movement(nexus, account, 3000, f"2026-{month:02}-15", credit=True, **pay)
    for day, amount in (("2026-05-07", 31), ("2026-06-19", 12), ("2026-07-28", 77)):
        movement(nexus, account, amount, day, description="Grocer", category_guid=GROCERIES)
    return account


def payments(nexus: Nexus) -> dict[str, dict[str, Any]]:
    return {each["description"]: each for each in nexus.ok("GET", "/scheduled_payments")["scheduled_payments"]}


def by_type(nexus: Nexus, guid: str) -> dict[tuple[str, float], dict[str, Any]]:
    """Items by type and planned amount."""
    return {(each["item_type"], each["planned_amount"]): each for each in items_of(nexus, guid)}


def test_payments_are_found_and_roll_with_the_clock(own_world: World) -> None:
    nexus = own_world.user("rolling")
    account = lived(nexus)
    rent, pay = payments(nexus)["Flat rent"], payments(nexus)["ACME payroll"]
    assert len(payments(nexus)) == 2
    assert (rent["amount"], rent["occurs_on"], rent["recurrence_type_name"]) == (1200, "2026-08-03", "EVERY_MONTH")
    assert (pay["transaction_type_name"], pay["occurs_on"], pay["is_recurring"]) == ("CREDIT", "2026-08-15", True)

    movement(nexus, account, 1250, "2026-08-03", description="Flat rent", category_guid=RENT)
    nexus = at(own_world, "rolling", 2026, 8, 16)
    later = payments(nexus)
    assert (later["Flat rent"]["guid"], later["Flat rent"]["occurs_on"]) == (rent["guid"], "2026-09-03")
    assert later["ACME payroll"]["occurs_on"] == "2026-09-15"

    nexus = at(own_world, "rolling", 2027, 1, 20)
    assert payments(nexus) == {}  # neither came any more


def test_a_deleted_one_is_not_found_again_and_a_changed_one_stays(own_world: World) -> None:
    nexus = own_world.user("deleting")
    account = lived(nexus)
    found = payments(nexus)
    assert nexus.send("DELETE", f"/scheduled_payments/{found['Flat rent']['guid']}").status_code == 204
    path = f"/scheduled_payments/{found['ACME payroll']['guid']}"
    nexus.ok("PUT", path, {"scheduled_payment": {"amount": 2500, "description": "Pay"}})
    movement(nexus, account, 1200, "2026-08-03", description="Flat rent", category_guid=RENT)
    movement(nexus, account, 3100, "2026-08-15", description="ACME payroll", category_guid=PAYCHECK, credit=True)

    nexus = at(own_world, "deleting", 2026, 8, 17)

    assert {name: each["amount"] for name, each in payments(nexus).items()} == {"Pay": 2500}


def test_hiding_an_account_hides_its_payments_and_showing_it_brings_the_same_back(nexus: Nexus) -> None:
    account = lived(nexus)
    before = payments(nexus)
    assert before.keys() == {"Flat rent", "ACME payroll"}
    nexus.ok("PUT", f"/accounts/{account}", {"account": {"is_hidden": True}})
    assert payments(nexus) == {}
    assert nexus.get(f"/scheduled_payments/{before['Flat rent']['guid']}").status_code == 404
    nexus.ok("PUT", f"/accounts/{account}", {"account": {"is_hidden": False}})
    assert {name: each["guid"] for name, each in payments(nexus).items()} == {
        name: each["guid"] for name, each in before.items()
    }


def test_a_recurring_payment_of_a_past_day_is_answered_as_it_is_read(nexus: Nexus) -> None:
    made = payment(nexus, **MONTHLY, occurs_on="2026-06-03")
    assert made["occurs_on"] == "2026-08-15"
    path = f"/scheduled_payments/{made['guid']}"
    assert nexus.ok("GET", path)["scheduled_payment"] == made
    put = nexus.ok("PUT", path, {"occurs_on": "2026-07-01", "recurrence_day": 1})["scheduled_payment"]
    assert put["occurs_on"] == "2026-09-01"
    assert nexus.ok("GET", path)["scheduled_payment"] == put


def test_a_payment_that_happens_once_is_completed_by_its_transaction(nexus: Nexus) -> None:
    account = str(manual(nexus)["guid"])
    guid = payment(nexus, occurs_on="2026-08-04")["guid"]
    assert payments(nexus)["Power bill"]["is_completed"] is False
    movement(nexus, account, 44, "2026-08-02", description="CITY POWER BILL")
    assert payments(nexus)["Power bill"]["is_completed"] is True
    nexus.ok("PUT", f"/scheduled_payments/{guid}", {"is_completed": False})
    assert payments(nexus)["Power bill"]["is_completed"] is False


def test_a_plan_over_months(own_world: World) -> None:
    nexus = own_world.user("planning")
    account = lived(nexus)
    budget(nexus, "Food & Dining", 300)
    guid = plan(nexus)
    assert set(by_type(nexus, guid)) == {("0", 1200), ("3", 3000), ("1", 300), ("3", 0), ("2", 0)}
    item(nexus, guid, planned_amount=55, item_type="PLANNED_EXPENSE", category_guid=SHOPPING)
    food = by_type(nexus, guid)[("1", 300)]
    nexus.ok(
        "PUT", f"/spending_plans/{guid}/iterations/current/iteration_items/{food['guid']}", {"planned_amount": 350}
    )

    rent = movement(nexus, account, 1200, "2026-08-03", description="Flat rent", category_guid=RENT)
    eaten = movement(nexus, account, 20, "2026-08-02", description="Grocer", category_guid=GROCERIES)
    bought = movement(nexus, account, 9, "2026-08-02", description="Shoes", category_guid=SHOPPING)
    other = movement(nexus, account, 4, "2026-08-01", description="Something")
    movement(nexus, account, 500, "2026-08-01", description="To savings", category_guid=TRANSFER)
    found = by_type(nexus, guid)
    assert {key: (each["actual_amount"], each["transaction_guids"]) for key, each in found.items()} == {
        ("0", 1200): (1200, [rent]),
        ("3", 3000): (None, None),
        ("1", 350): (20, [eaten]),
        ("1", 55): (9, [bought]),
        ("3", 0): (None, None),
        ("2", 0): (4, [other]),
    }
    august = nexus.ok("GET", f"/spending_plans/{guid}/iterations/current")["iteration"]

    nexus = at(own_world, "planning", 2026, 10, 1)
    assert nexus.ok("GET", f"/spending_plans/{guid}")["spending_plan"]["current_iteration_number"] == 3
    iterations = nexus.ok("GET", f"/spending_plans/{guid}/iterations")["iterations"]
    assert [each["start_on"] for each in iterations] == ["2026-08-01", "2026-09-01", "2026-10-01"]
    assert iterations[0] == august == nexus.ok("GET", f"/spending_plans/{guid}/iterations/1")["iteration"]
    now = by_type(nexus, guid)
    assert {("1", 350), ("1", 55), ("2", 0)} <= set(now)
    assert all(each["actual_amount"] is each["transaction_guids"] is None for each in now.values())
    assert {each["guid"] for each in now.values()}.isdisjoint(each["guid"] for each in found.values())
    old = next(iter(found.values()))["guid"]
    assert nexus.get(f"/spending_plans/{guid}/iterations/current/iteration_items/{old}").status_code == 404


def test_the_month_turns_with_the_clients_zone(own_world: World) -> None:
    nexus = at(own_world, own_world.user("zoned-plan").ok("GET", "/user")["user"]["external_guid"], 2026, 8, 31, 23)
    guid = plan(nexus)
    assert nexus.ok("GET", f"/spending_plans/{guid}/iterations/current")["iteration"]["start_on"] == "2026-08-01"
    own_world.unit(clients.set_time_zone, own_world.ready["client_id"], "Asia/Tokyo")
    answer = nexus.ok("GET", f"/spending_plans/{guid}/iterations/current")["iteration"]
    assert (answer["iteration_number"], answer["start_on"]) == (2, "2026-09-01")
    own_world.unit(clients.set_time_zone, own_world.ready["client_id"], "America/New_York")
    again = nexus.ok("GET", f"/spending_plans/{guid}/iterations/current")["iteration"]
    assert again == answer  # a month that began does not go


def test_changes_show_at_once(nexus: Nexus) -> None:
    account = str(manual(nexus, account_type=1)["guid"])
    guid = plan(nexus)
    bought = movement(nexus, account, 9, "2026-08-02", description="Shoes", category_guid=SHOPPING)
    assert by_type(nexus, guid)[("2", 0)]["transaction_guids"] == [bought]
    made = item(nexus, guid, planned_amount=30, category_guid=SHOPPING)
    assert (made["actual_amount"], made["transaction_guids"]) == (9, [bought])
    assert by_type(nexus, guid)[("2", 0)]["transaction_guids"] is None
    nexus.ok("PUT", f"/transactions/{bought}", {"transaction": {"is_hidden": True}})
    assert by_type(nexus, guid)[(None, 30)]["actual_amount"] is None  # type: ignore[index]
    nexus.ok("PUT", f"/transactions/{bought}", {"transaction": {"is_hidden": False}})
    joined = accounts_of(nexus, guid)
    assert [each["account_guid"] for each in joined] == [account]
    assert nexus.send("DELETE", f"/spending_plans/{guid}/spending_plan_account/{joined[0]['guid']}").status_code == 204
    assert accounts_of(nexus, guid) == []
    assert by_type(nexus, guid)[(None, 30)]["actual_amount"] is None  # type: ignore[index]


def test_an_item_for_a_new_recurring_payment_is_there_at_once(nexus: Nexus) -> None:
    guid = plan(nexus)
    made = payment(nexus, **MONTHLY)
    (found,) = (each for each in items_of(nexus, guid) if each["scheduled_payment_guid"] == made["guid"])
    assert (found["item_type"], found["planned_amount"]) == ("0", 45.63)
    assert nexus.send("DELETE", f"/scheduled_payments/{made['guid']}").status_code == 204
    assert all(each["scheduled_payment_guid"] is None for each in items_of(nexus, guid))


@pytest.mark.parametrize("body", [{"planned_amount": "x"}, {"planned_amount": 1, "item_type": 9}])
def test_nothing_is_half_stored(nexus: Nexus, body: dict[str, Any]) -> None:
    guid = plan(nexus)
    before = items_of(nexus, guid)
    path = f"/spending_plans/{guid}/iterations/current/iteration_items"
    assert nexus.send("POST", path, body).status_code == 400
    assert nexus.send("PUT", f"{path}/{before[0]['guid']}", body).status_code == 400
    assert items_of(nexus, guid) == before

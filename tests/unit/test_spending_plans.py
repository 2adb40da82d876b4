"""Spending plans: which items a month has, what becomes of them, and which transactions are in which."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fanlight.core.transactions import Type
from fanlight.enrichment.categories import RETURNED_PURCHASE
from fanlight.enrichment.merchants import catalogue
from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.planning.paying import scheduled_payments
from fanlight.planning.plans import item_rows, iteration_items, plan_rows, spending_plans
from fanlight.planning.plans.item_rows import Item, Kind
from fanlight.planning.plans.plan_rows import Plan
from unit.household import (
    FOOD,
    GROCERIES,
    HOME,
    NOW,
    PAYCHECK,
    RENT,
    SHOPPING,
    TELEVISION,
    TRANSFER,
    UNCATEGORIZED,
    UNIT,
    USER,
    Household,
    household,
)

AUGUST, CREDIT = date(2026, 8, 2), int(Type.CREDIT)
MERCHANT, EMPLOYER = catalogue()[10].guid, catalogue()[11].guid


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    with household(tmp_path) as built:
        yield built


def planned(home: Household, today: date = AUGUST) -> Plan:
    """A plan of that day, after all is settled."""
    scheduled_payments.follow(home.unit, USER, today, now=NOW)
    return spending_plans.create(home.unit, USER, now=NOW)


def items(home: Household, plan: Plan) -> dict[str, Item]:
    """The current iteration's by origin, those of the user by `own` and their planned amount."""
    plan = spending_plans.read(home.unit, USER, plan.guid)
    found = iteration_items.list_all(home.unit, plan)
    named = {each.origin or f"own {each.planned_amount // UNIT}": each for each in found}
    assert len(named) == len(found)
    return {name.split(":")[0] if name[:3] == "pay" else name: each for name, each in named.items()}


def own(home: Household, plan: Plan, amount: int, **said: Any) -> Item:
    plan = spending_plans.read(home.unit, USER, plan.guid)
    return iteration_items.create(home.unit, plan, {"planned_amount": amount * UNIT} | said, now=NOW)


def changed(home: Household, plan: Plan, name: str, amount: int) -> None:
    plan = spending_plans.read(home.unit, USER, plan.guid)
    said = {"planned_amount": amount * UNIT}
    iteration_items.change(home.unit, plan, items(home, plan)[name], said, now=NOW)


def removed(home: Household, plan: Plan, name: str) -> None:
    plan = spending_plans.read(home.unit, USER, plan.guid)
    iteration_items.remove(home.unit, plan, items(home, plan)[name], now=NOW)


def actual(item: Item) -> tuple[int | None, list[str] | None]:
    """The amount in whole units, and the guids."""
    guids = item.transaction_guids
    amount = None if item.actual_amount is None else item.actual_amount // UNIT
    return amount, None if guids is None else msgspec.json.decode(guids)


def test_the_items_of_a_month(home: Household) -> None:
    home.series(MERCHANT, amount=12 * UNIT)
    home.series("pay", cadence=Cadence.EVERY_WEEK, day=5, transaction_type=CREDIT, next_on="2026-08-07", amount=UNIT)
    home.series("club", cadence=Cadence.EVERY_YEAR, day=1, next_on="2027-01-01")
    food = home.budget(FOOD, 400)
    home.budget(GROCERIES, 300, parent_id=1)
    home.budget(PAYCHECK, 5000)
    found = items(home, plan := planned(home))
    made = [(each.item_type, each.planned_amount // UNIT) for each in iteration_items.list_all(home.unit, plan)]
    assert sorted(made[:2]) + made[2:] == [
        (Kind.RECURRING_EXPENSE, 12),
        (Kind.INCOME, 4),  # Fridays: 7, 14, 21, 28
        (Kind.PLANNED_EXPENSE, 400),
        (Kind.INCOME, 0),
        (Kind.OTHER_EXPENSE, 0),
    ]
    assert (found[f"budget:{food}"].category_guid, found[f"budget:{food}"].top_level_category_guid) == (FOOD, FOOD)
    (payment,) = (row for row in scheduled_payments.list_all(home.unit, USER) if row.merchant_guid == MERCHANT)
    (item,) = (each for each in found.values() if each.scheduled_payment_guid == payment.guid)
    assert item.category_guid == TELEVISION


def test_the_accounts_are_those_that_money_is_spent_from(home: Household) -> None:
    home.account(4, 2)
    home.rows("UPDATE accounts SET is_closed = 1 WHERE id = 4")
    plan = planned(home)
    assert [each.account_guid for each in plan_rows.shown_accounts(home.unit, plan)] == ["ACT-1", "ACT-2"]


def test_a_new_account_joins_and_one_that_was_taken_out_does_not_come_back(home: Household) -> None:
    plan = planned(home)
    card = plan_rows.shown_accounts(home.unit, plan)[1]
    spending_plans.take_out(home.unit, plan, card, now=NOW)
    home.account(4, 11)
    home.settle(AUGUST)
    assert [each.account_guid for each in plan_rows.shown_accounts(home.unit, plan)] == ["ACT-1", "ACT-4"]


def test_each_transaction_is_in_one_item(home: Household) -> None:
    home.series(MERCHANT)
    home.series(EMPLOYER, transaction_type=CREDIT, category_guid=PAYCHECK, amount=900 * UNIT, low=900 * UNIT,
                high=900 * UNIT)  # fmt: skip
    food, groceries = home.budget(FOOD, 400), home.budget(HOME, 1000)
    paid = home.transaction("2026-08-05", 11, FOOD, merchant=MERCHANT)
    eaten, shopped = home.transaction("2026-08-06", 20, FOOD), home.transaction("2026-08-07", 30, GROCERIES)
    refund = home.transaction("2026-08-08", 5, GROCERIES, transaction_type=CREDIT)
    rent = home.transaction("2026-08-09", 700, RENT, merchant=MERCHANT)  # of the merchant, but another amount
    pay = home.transaction("2026-08-10", 900, PAYCHECK, merchant=EMPLOYER, transaction_type=CREDIT)
    gift = home.transaction("2026-08-11", 50, UNCATEGORIZED, transaction_type=CREDIT)
    toy = home.transaction("2026-08-12", 8, SHOPPING, account_id=Household.CARD)
    back = home.transaction("2026-08-13", 3, RETURNED_PURCHASE, transaction_type=CREDIT)
    home.transaction("2026-08-14", 300, TRANSFER)
    home.transaction("2026-08-14", 300, SHOPPING, is_hidden=1)
    home.transaction("2026-08-14", 300, SHOPPING, account_id=Household.MORTGAGE)
    home.transaction("2026-08-14", 300, SHOPPING, deleted_at=NOW)
    home.transaction("2026-07-31", 300, SHOPPING)
    home.transaction("2026-09-01", 300, SHOPPING)
    plan = planned(home)
    rows = {name: actual(each) for name, each in items(home, plan).items() if name != "payment"}
    assert rows == {
        f"budget:{food}": (45, [eaten, shopped, refund]),
        f"budget:{groceries}": (700, [rent]),
        "income": (50, [gift]),
        "other": (5, [toy, back]),
    }
    paying = [each for each in iteration_items.list_all(home.unit, plan) if each.scheduled_payment_guid]
    assert sorted(map(actual, paying), key=str) == sorted([(11, [paid]), (900, [pay])], key=str)


def test_a_budget_of_which_nothing_is_left_is_listed_once_something_was_spent_in_it(home: Household) -> None:
    home.series(MERCHANT, category_guid=FOOD, amount=400 * UNIT)
    food = f"budget:{home.budget(FOOD, 400)}"
    plan = planned(home)
    assert items(home, plan).keys() == {"payment", "income", "other"}

    eaten = home.transaction("2026-08-06", 20, FOOD)
    home.settle(AUGUST)
    found = items(home, plan)
    assert (actual(found[food]), actual(found["other"])) == ((20, [eaten]), (None, None))

    home.rows("DELETE FROM transactions")
    home.settle(AUGUST)
    assert food not in items(home, plan)
    home.rows("UPDATE budgets SET amount = 401000000")
    home.settle(AUGUST)
    assert items(home, plan)[food].planned_amount == UNIT


def test_what_a_client_said_of_a_budget_of_which_nothing_is_left_is_listed(home: Household) -> None:
    food = f"budget:{home.budget(FOOD, 400)}"
    plan = planned(home)
    changed(home, plan, food, 0)
    assert food in items(home, plan)


def test_what_is_known_to_be_of_a_series_pays_it_whatever_its_amount(home: Household) -> None:
    home.series(MERCHANT, facts='{"recent":["TRN-dear"]}')
    home.transaction("2026-08-05", 99, FOOD, guid="TRN-dear")
    assert actual(items(home, planned(home))["payment"]) == (99, ["TRN-dear"])


def test_a_payment_counts_from_its_first_day_on(home: Household) -> None:
    said = {"amount": UNIT, "transaction_type": Type.DEBIT, "is_recurring": True, "description": "x"}
    later = {"occurs_on": "2026-09-03", "recurrence_type": Cadence.EVERY_MONTH, "recurrence_day": 3}
    weekly = {"occurs_on": "2026-08-17", "recurrence_type": Cadence.EVERY_WEEK, "recurrence_day": 1}
    odd = {"occurs_on": "2026-08-13", "recurrence_type": Cadence.EVERY_MONTH, "recurrence_day": 20}
    rows = [scheduled_payments.create(home.unit, USER, said | when, now=NOW) for when in (later, weekly, odd)]
    plan = planned(home)
    found = {
        each.scheduled_payment_guid: each.planned_amount // UNIT for each in iteration_items.list_all(home.unit, plan)
    }
    assert [found.get(row.guid) for row in rows] == [None, 3, 2]
    home.settle(date(2026, 8, 25))
    later_on = iteration_items.list_all(home.unit, plan)
    assert {each.scheduled_payment_guid: each.planned_amount // UNIT for each in later_on} == found


def test_parts_count_instead_of_what_they_are_of(home: Household) -> None:
    food = home.budget(FOOD, 400)
    home.transaction("2026-08-05", 30, FOOD, id=100, has_been_split=1)
    part = home.transaction("2026-08-05", 10, GROCERIES, parent_id=100)
    home.transaction("2026-08-06", 9, SHOPPING, id=200, has_been_split=1)
    whole = home.transaction("2026-08-06", 9, SHOPPING, parent_id=200)
    home.transaction("2026-08-07", 5, SHOPPING, id=300, is_hidden=1, has_been_split=1)
    home.transaction("2026-08-07", 5, SHOPPING, parent_id=300)
    found = items(home, planned(home))
    amount, guids = actual(found[f"budget:{food}"])
    assert (amount, len(guids or []), part in (guids or [])) == (30, 2, True)
    assert actual(found["other"]) == (9, [whole])


def test_items_follow_what_they_are_made_of_and_go_with_it(home: Household) -> None:
    home.series(MERCHANT)
    food = home.budget(FOOD, 400)
    plan = planned(home)
    home.rows("UPDATE series SET amount = 15000000")
    home.rows("UPDATE budgets SET amount = 500000000")
    home.settle(AUGUST)
    assert items(home, plan)["payment"].planned_amount == 15 * UNIT
    assert items(home, plan)[f"budget:{food}"].planned_amount == 500 * UNIT
    home.rows("DELETE FROM series")
    home.rows("DELETE FROM budgets")
    home.settle(AUGUST)
    assert items(home, plan).keys() == {"income", "other"}


def test_a_paid_bill_keeps_its_item_after_its_day(home: Household) -> None:
    home.series(MERCHANT)
    plan = planned(home)
    home.rows("UPDATE series SET next_on = '2026-09-05', last_on = '2026-08-05'")
    home.settle(date(2026, 8, 20))
    assert items(home, plan)["payment"].planned_amount == 10 * UNIT


def test_nothing_is_written_when_nothing_changed(home: Household) -> None:
    home.series(MERCHANT)
    home.transaction("2026-08-05", 10, merchant=MERCHANT)
    planned(home)
    before = home.connection.total_changes
    home.settle(AUGUST)
    assert home.connection.total_changes == before


def test_months_that_passed_unseen_are_all_there(home: Household) -> None:
    plan = planned(home)
    home.settle(date(2027, 1, 15))
    plan = spending_plans.read(home.unit, USER, plan.guid)
    found = plan_rows.iterations(home.unit, plan)
    assert [each.start_on for each in found] == [
        "2026-08-01", "2026-09-01", "2026-10-01", "2026-11-01", "2026-12-01", "2027-01-01",
    ]  # fmt: skip
    assert plan.current_iteration_number == 6
    assert found[-1].end_on == "2027-01-31"


def test_what_a_user_made_comes_along_but_for_other_expenses(home: Household) -> None:
    plan = planned(home)
    for number, kind in enumerate((None, *Kind)):
        own(home, plan, number, item_type=kind)
    home.settle(date(2026, 10, 1))
    found = items(home, plan)
    assert found.keys() == {"own 0", "own 1", "own 2", "own 4", "income", "other"}
    assert [found[f"own {n}"].item_type for n in (0, 1, 2, 4)] == [
        None, Kind.RECURRING_EXPENSE, Kind.PLANNED_EXPENSE, Kind.INCOME,
    ]  # fmt: skip


def test_what_a_user_changed_of_what_was_made_stays_and_comes_along(home: Household) -> None:
    food = home.budget(FOOD, 400)
    plan = planned(home)
    changed(home, plan, f"budget:{food}", 450)
    home.rows("UPDATE budgets SET amount = 500000000")
    for today in (AUGUST, date(2026, 9, 1), date(2026, 12, 1)):
        home.settle(today)
        assert items(home, plan)[f"budget:{food}"].planned_amount == 450 * UNIT
    home.rows("DELETE FROM budgets")
    home.settle(date(2026, 12, 2))
    assert f"budget:{food}" in items(home, plan)
    home.settle(date(2027, 1, 1))
    assert f"budget:{food}" not in items(home, plan)


def test_a_change_is_remembered_over_months_in_which_there_is_no_item(home: Household) -> None:
    home.series("insurance", cadence=Cadence.EVERY_QUARTER, day=5)
    plan = planned(home)
    changed(home, plan, "payment", 99)
    home.settle(date(2026, 9, 5))
    assert "payment" not in items(home, plan)
    home.settle(date(2026, 11, 5))
    assert items(home, plan)["payment"].planned_amount == 99 * UNIT


def test_a_change_is_remembered_when_its_item_comes_within_a_month(home: Household) -> None:
    key = home.series("insurance", cadence=Cadence.EVERY_QUARTER, day=5)
    plan = planned(home)
    changed(home, plan, "payment", 99)
    home.settle(date(2026, 9, 5))
    home.rows("UPDATE series SET cadence = 3 WHERE id = ?", key)
    home.settle(date(2026, 9, 6))
    assert items(home, plan)["payment"].planned_amount == 99 * UNIT


def test_a_change_is_remembered_when_its_item_is_deleted(home: Household) -> None:
    plan = planned(home)
    changed(home, plan, "other", 99)
    removed(home, plan, "other")
    home.settle(date(2026, 9, 5))
    assert items(home, plan)["other"].planned_amount == 99 * UNIT


def test_what_a_user_deleted_is_not_made_again_in_its_iteration(home: Household) -> None:
    food = home.budget(FOOD, 400)
    plan = planned(home)
    for name in (f"budget:{food}", "other"):
        removed(home, plan, name)
    home.transaction("2026-08-05", 30, FOOD)
    home.settle(AUGUST)
    assert items(home, plan).keys() == {"income"}
    home.settle(date(2026, 9, 1))
    assert items(home, plan).keys() == {"income", "other", f"budget:{food}"}


def test_an_item_of_a_users_own_has_what_is_in_its_category(home: Household) -> None:
    plan = planned(home)
    own(home, plan, 50, category_guid=GROCERIES, item_type=Kind.PLANNED_EXPENSE)
    own(home, plan, 60, category_guid=FOOD)
    shopped, eaten = home.transaction("2026-08-05", 30, GROCERIES), home.transaction("2026-08-05", 9, FOOD)
    home.settle(AUGUST)
    found = items(home, plan)
    assert (actual(found["own 50"]), actual(found["own 60"])) == ((30, [shopped]), (9, [eaten]))
    assert actual(found["other"]) == (None, None)


def test_an_item_of_a_users_own_for_a_payment_has_what_pays_it(home: Household) -> None:
    plan = planned(home)
    said = {"amount": 45 * UNIT, "description": "Power bill", "occurs_on": "2026-08-05", "transaction_type": Type.DEBIT}
    once = scheduled_payments.create(home.unit, USER, said, now=NOW)
    item = own(home, plan, 45, scheduled_payment_guid=once.guid, item_type=Kind.RECURRING_EXPENSE)
    paid = home.transaction("2026-08-04", 44, HOME, words="power bill 12")
    home.settle(AUGUST)
    assert actual(items(home, plan)["own 45"]) == (44, [paid])
    assert item.top_level_category_guid is None


def test_a_deleted_plan_leaves_nothing_but_others(home: Household) -> None:
    home.connection.execute("COMMIT")
    home.connection.execute("PRAGMA foreign_keys = ON")
    home.connection.execute("BEGIN")
    plan, other = planned(home), planned(home)
    spending_plans.remove(home.unit, plan)
    assert [each.guid for each in plan_rows.list_all(home.unit, USER)] == [other.guid]
    left = {name for (name,) in home.rows("SELECT DISTINCT spending_plan_id FROM spending_plan_iterations")}
    assert left == {other.id}
    assert len(item_rows.everything(home.unit, spending_plans.current(home.unit, other))) == 2

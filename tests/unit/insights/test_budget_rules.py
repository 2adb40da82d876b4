"""Budgets, and what a person usually spends at a merchant."""

from datetime import date

import pytest

from fanlight.planning.facts import Movement
from fanlight.planning.insights.rules.category_budget import RULE as BUDGET
from fanlight.planning.insights.rules.merchant_budget import RULE as MERCHANTS
from unit.insights.facts_builder import MERCHANT, account, budget, category, facts, found, kept, movement, only

MIDDLE = "2026-05-10"  # 32 % of the month


@pytest.mark.parametrize(
    ("spent", "tier", "title"),
    [
        ("98.00", "25", "Groceries: 49% of the budget used"),
        ("100.00", "50", "Groceries: 50% of the budget used"),
        ("149.99", "50", "Groceries: 74% of the budget used"),
        ("150.00", "75", "Groceries: 75% of the budget used"),
        ("200.00", "75", "Groceries: 100% of the budget used"),
        ("200.01", "over", "Groceries: over budget"),
    ],
)
def test_each_tier_is_a_thing_of_its_own(spent: str, tier: str, title: str) -> None:
    own = budget("GROCERIES", "200.00", spent)

    told = only(BUDGET, facts(today=MIDDLE, budgets=[own]))

    assert told.about == f"{own.budget.guid}.2026-05.{tier}"
    assert told.title == title
    assert told.categories == (category("GROCERIES"),)


def test_what_is_left_is_said_and_what_is_beyond() -> None:
    left = only(BUDGET, facts(today=MIDDLE, budgets=[budget("GROCERIES", "200.00", "163.29")]))
    beyond = only(BUDGET, facts(today=MIDDLE, budgets=[budget("GROCERIES", "200.00", "236.71")]))

    assert left.description == "You spent $163.29 of the $200.00 planned for Groceries in May 2026: $36.71 are left."
    assert beyond.description.endswith("in May 2026: $36.71 more than planned.")
    all_of_it = only(BUDGET, facts(today=MIDDLE, budgets=[budget("GROCERIES", "200.00", "200.00")]))
    assert all_of_it.description.endswith("planned for Groceries in May 2026: nothing is left.")
    assert all_of_it.micro_description == "$200.00 of $200.00 spent: nothing is left."


@pytest.mark.parametrize(
    ("key", "amount", "spent", "today"),
    [
        ("GROCERIES", "200.00", "50.00", "2026-05-01"),
        ("GROCERIES", "200.00", "64.51", MIDDLE),
        ("GROCERIES", "200.00", "190.00", "2026-05-30"),
        ("GROCERIES", "200.00", "-20.00", MIDDLE),
        ("GROCERIES", "0.00", "20.00", MIDDLE),
        ("INCOME", "200.00", "190.00", MIDDLE),
    ],
    ids=["25 %", "as old as the month", "slower than the month", "refunds", "nothing planned", "income"],
)
def test_what_is_no_news_of_a_budget(key: str, amount: str, spent: str, today: str) -> None:
    assert not found(BUDGET, facts(today=today, budgets=[budget(key, amount, spent)]))


def test_a_budget_is_over_with_its_tier_and_its_month() -> None:
    own = budget("GROCERIES", "200.00", "120.00")
    told = kept(BUDGET, only(BUDGET, facts(today=MIDDLE, budgets=[own])))
    assert BUDGET.is_over is not None

    assert not BUDGET.is_over(facts(today="2026-05-31", budgets=[own]), told)
    assert BUDGET.is_over(facts(today="2026-06-01", budgets=[own]), told)
    assert BUDGET.is_over(facts(today=MIDDLE, budgets=[]), told)
    more = budget("GROCERIES", "200.00", "160.00", guid=own.budget.guid)
    assert BUDGET.is_over(facts(today=MIDDLE, budgets=[more]), told)


def purchases(
    amounts: dict[str, str], guid: str = MERCHANT, key: str = "COFFEE_SHOPS", account_id: int = 1
) -> list[Movement]:
    """By day."""
    return [
        movement(day, amount, key, merchant_guid=guid, description="Corner Coffee", account_id=account_id)
        for day, amount in amounts.items()
    ]


BEFORE = movement("2026-01-31", "1.00")
"""The history began before the first of the three months."""
THREE_MONTHS = {f"2026-0{month}-{day}": "40.00" for month in (2, 3, 4) for day in ("05", "20")}


def test_a_merchant_has_the_usual_month_as_its_budget() -> None:
    now = purchases({"2026-05-02": "30.00", "2026-05-09": "20.00"})

    told = only(MERCHANTS, facts([BEFORE, *purchases(THREE_MONTHS), *now], today=MIDDLE))

    assert told.about == f"{MERCHANT}.2026-05.50"
    assert told.title == "Corner Coffee: 62% of a usual month"
    assert told.description == "You spent $50.00 at Corner Coffee in May 2026, of the $80.00 of a usual month."
    assert told.transactions == (now[1].guid, now[0].guid)
    assert told.merchants == (MERCHANT,)


def test_more_than_a_usual_month_is_said_so() -> None:
    given = facts([BEFORE, *purchases(THREE_MONTHS), *purchases({"2026-05-09": "90.00"})], today=MIDDLE)
    told = only(MERCHANTS, given)

    assert told.about.endswith(".over")
    assert told.title == "Corner Coffee: more than usual"
    assert "more than the $80.00" in told.description


@pytest.mark.parametrize(
    ("known", "now"),
    [
        (THREE_MONTHS, "20.00"),
        (THREE_MONTHS, "25.00"),
        (dict.fromkeys(THREE_MONTHS, "20.00"), "39.00"),
        ({day: amount for day, amount in THREE_MONTHS.items() if day != "2026-03-20"}, "70.00"),
        ({day: amount for day, amount in THREE_MONTHS.items() if not day.startswith("2026-02")}, "70.00"),
    ],
    ids=["25 %", "as old as the month", "little", "once in a month", "two months"],
)
def test_what_is_no_news_of_a_merchant(known: dict[str, str], now: str) -> None:
    assert not found(MERCHANTS, facts([BEFORE, *purchases(known), *purchases({"2026-05-09": now})], today=MIDDLE))


def test_a_month_of_which_not_all_is_known_is_no_usual_one() -> None:
    now = purchases({"2026-05-09": "70.00"})
    began = [*purchases(THREE_MONTHS), *now]
    assert not found(MERCHANTS, facts(began, today=MIDDLE)), "the history began within the three months"
    of_other = [BEFORE, *purchases(THREE_MONTHS | {"2026-05-09": "70.00"}, account_id=2)]
    assert not found(MERCHANTS, facts(of_other, today=MIDDLE, accounts=[account(), account("CREDIT_CARD", id=2)]))
    for fed_on, times in ((date(2026, 4, 30), 0), (date(2026, 5, 1), 1)):
        given = facts([BEFORE, *began], today=MIDDLE, accounts=[account(fed_on=fed_on)])
        assert len(found(MERCHANTS, given)) == times


def test_transfers_have_no_merchant_budget() -> None:
    everything = THREE_MONTHS | {"2026-05-09": "70.00"}

    assert not found(MERCHANTS, facts([BEFORE, *purchases(everything, key="TRANSFER")], today=MIDDLE))


def test_three_merchants_at_most() -> None:
    everything = THREE_MONTHS | {"2026-05-09": "70.00"}
    guids = [f"MCH-00000000-0000-0000-0000-00000000001{n}" for n in range(5)]

    given = facts([BEFORE, *(each for guid in guids for each in purchases(everything, guid))], today=MIDDLE)

    assert [each.merchants for each in found(MERCHANTS, given)] == [(guid,) for guid in guids[:3]]


def test_the_month_of_a_merchant_ends() -> None:
    given = facts([BEFORE, *purchases(THREE_MONTHS), *purchases({"2026-05-09": "70.00"})], today=MIDDLE)
    told = kept(MERCHANTS, only(MERCHANTS, given))
    assert MERCHANTS.is_over is not None

    assert not MERCHANTS.is_over(facts(today="2026-05-31"), told)
    assert MERCHANTS.is_over(facts(today="2026-06-01"), told)

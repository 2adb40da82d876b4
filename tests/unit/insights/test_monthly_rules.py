"""What is told once a month of the one that ended: income, the largest category, the cost of living."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from fanlight.planning.facts import Facts
from fanlight.planning.insights.port import Rule
from fanlight.planning.insights.rules import (
    cost_of_living_to_income,
    monthly_category_total,
    monthly_spend_to_income_comparison,
)
from fanlight.planning.tallies import Tally
from unit.insights.facts_builder import account, category, facts, found, only, tally

COMPARISON, TOTAL = monthly_spend_to_income_comparison.RULE, monthly_category_total.RULE
LIVING = cost_of_living_to_income.RULE
BEFORE = tally("2026-01", "GROCERIES", "300.00")
"""The history began earlier."""


def month(name: str, *, earned: str = "3000.00", **spent: str) -> list[Tally]:
    return [tally(name, "PAYCHECK", "0", earned)] + [tally(name, key, amount) for key, amount in spent.items()]


def told(tallies: Iterable[Tally], today: str = "2026-05-03", **more: Any) -> Facts:
    return facts(today=today, tallies=[BEFORE, *tallies], **more)


APRIL = month("2026-04", GROCERIES="400.00", RESTAURANTS="200.00", MORTGAGE_RENT="1500.00", GAS="210.20")


def test_spending_is_compared_with_income() -> None:
    finding = only(COMPARISON, told(APRIL))
    assert finding.about == "2026-04"
    assert finding.title == "April: 77% of income spent"
    assert finding.description == "You earned $3,000.00 and spent $2,310.20 in April: $689.80 was left."
    assert finding.categories == (category("HOME"), category("FOOD_DINING"), category("AUTO_TRANSPORT"))


def test_more_spent_than_earned_is_said_so() -> None:
    finding = only(COMPARISON, told(month("2026-04", earned="2000.00", MORTGAGE_RENT="2036.71")))
    assert finding.title == "April: spent more than earned"
    assert finding.description.endswith("in April: $36.71 more than you earned.")


def test_nothing_is_left_of_what_was_earned() -> None:
    finding = only(COMPARISON, told(month("2026-04", MORTGAGE_RENT="3000.00")))
    assert finding.description == "You earned $3,000.00 and spent $3,000.00 in April: nothing was left."


def test_transfers_do_not_count_and_what_is_returned_makes_less_spent() -> None:
    others = [
        tally("2026-04", "CREDIT_CARD_PAYMENT", "900.00"),
        tally("2026-04", "BUY", "800.00"),
        tally("2026-04", "RETURNED_PURCHASE", "0", "110.20"),
    ]
    description = only(COMPARISON, told([*APRIL, *others])).description
    assert "earned $3,000.00 and spent $2,200.00" in description


def test_other_accounts_and_currencies_do_not_count() -> None:
    others = [account("MORTGAGE", id=2), account(id=3, currency="EUR"), account("CREDIT_CARD", id=4)]
    tallies = [
        tally(of, "SHOPPING", "100.00", account_id=key)
        for of, keys in (("2026-01", (2, 3)), ("2026-04", (2, 3, 4)))
        for key in keys
    ]
    given = told([*APRIL, *tallies], accounts=[account(), *others])
    assert "spent $2,310.20" in only(COMPARISON, given).description, "card 4 was connected later"


MONTHLY = pytest.mark.parametrize("rule", [COMPARISON, TOTAL], ids=lambda rule: rule.template)


@MONTHLY
@pytest.mark.parametrize("today", ["2026-05-01", "2026-05-02", "2026-05-11", "2026-06-05"])
def test_a_month_is_told_from_the_third_to_the_tenth_of_the_next(rule: Rule, today: str) -> None:
    assert found(rule, told(APRIL, "2026-05-10"))
    assert found(rule, told(APRIL, today)) == []


@MONTHLY
@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ({"fed_on": date(2026, 4, 30)}, False),
        ({"fed_on": date(2026, 5, 1)}, True),
        ({"fed_on": date(2026, 4, 30), "is_closed": True}, True),
        ({"fed_on": None}, True),
    ],
    ids=["before the month ended", "after", "closed", "not fed"],
)
def test_a_month_is_told_once_every_institution_has_told_of_it(rule: Rule, more: dict[str, Any], is_told: bool) -> None:
    tallies = [*APRIL, tally("2026-01", "GROCERIES", "5.00", account_id=2)]
    accounts = [account(fed_on=date(2026, 5, 4)), account("CREDIT_CARD", **{"id": 2} | more)]
    assert bool(found(rule, told(tallies, "2026-05-04", accounts=accounts))) is is_told


@MONTHLY
def test_nothing_is_awaited_of_an_account_that_does_not_count(rule: Rule) -> None:
    others = [account("MORTGAGE", id=2, fed_on=date(2026, 4, 1)), account("CREDIT_CARD", id=3, fed_on=date(2026, 4, 1))]
    tallies = [*APRIL, tally("2026-01", "HOME", "5.00", account_id=2), tally("2026-05", "HOME", "5.00", account_id=3)]
    assert found(rule, told(tallies, accounts=[account(), *others]))


@MONTHLY
def test_a_month_that_is_not_whole_is_not_told(rule: Rule) -> None:
    assert found(rule, facts(today="2026-05-03", tallies=APRIL)) == []


@pytest.mark.parametrize(
    "tallies",
    [month("2026-04", earned="99.99", GROCERIES="400.00"), month("2026-04", GROCERIES="99.99")],
    ids=["little earned", "little spent"],
)
def test_with_too_little_nothing_is_compared(tallies: list[Tally]) -> None:
    assert found(COMPARISON, told(tallies)) == []


def test_the_largest_category_is_told_and_compared_with_the_month_before() -> None:
    march = month("2026-03", MORTGAGE_RENT="1450.00", HOME_SUPPLIES="90.00")
    finding = only(TOTAL, told([*march, *APRIL]))
    assert finding.about == "2026-04"
    assert finding.title == "April: $1,500.00 on Home"
    assert finding.description == (
        "You spent more on Home than on anything else in April: $1,500.00, $40.00 less than in March."
    )
    assert finding.categories == (category("HOME"),)


def test_without_a_month_before_it_is_not_compared() -> None:
    assert only(TOTAL, told(APRIL)).description.endswith("in April: $1,500.00.")
    began_in_march = [tally("2026-03", "MORTGAGE_RENT", "700.00"), *APRIL]
    assert only(TOTAL, facts(today="2026-05-03", tallies=began_in_march)).description.endswith("in April: $1,500.00.")


@pytest.mark.parametrize(
    "spent",
    [{"GROCERIES": "49.99"}, {"UNCATEGORIZED": "900.00"}, {"CREDIT_CARD_PAYMENT": "900.00"}],
    ids=lambda spent: next(iter(spent)),
)
def test_these_are_no_category_of_the_month(spent: dict[str, str]) -> None:
    assert found(TOTAL, told(month("2026-04", **spent))) == []


def quarter(**spent: str) -> list[Tally]:
    return [each for of in ("2026-02", "2026-03", "2026-04") for each in month(of, **spent)]


def test_a_high_share_of_income_is_told() -> None:
    finding = only(LIVING, told(quarter(MORTGAGE_RENT="1200.00", GROCERIES="400.00")))
    assert finding.about == "Housing"
    assert finding.title == "Housing: 40% of income"
    assert finding.description == (
        "Housing took $1,200.00 a month in the last 3 months, 40% of your income of $3,000.00. More than 35% is high."
    )
    assert finding.categories == (category("HOME"),)
    assert LIVING.window == 90


def test_only_the_kind_furthest_above_its_share_is_told() -> None:
    assert only(LIVING, told(quarter(MORTGAGE_RENT="1200.00", RESTAURANTS="900.00"))).about == "Food"


@pytest.mark.parametrize("kind", cost_of_living_to_income.KINDS, ids=lambda kind: kind.name)
def test_each_of_the_five_kinds_has_its_share(kind: cost_of_living_to_income.Kind) -> None:
    at_most = kind.high_percent * 30

    def spent(amount: str) -> list[Tally]:
        return [
            each
            for of in ("2026-02", "2026-03", "2026-04")
            for each in (*month(of), tally(of, "HOME", amount)._replace(category_guid=kind.category_guid))
        ]

    assert found(LIVING, told(spent(f"{at_most}.00"))) == []
    assert only(LIVING, told(spent(f"{at_most}.01"))).about == kind.name


@pytest.mark.parametrize(
    "given",
    [
        told(quarter(SHOPPING="2000.00")),
        told(quarter(MORTGAGE_RENT="1200.00"), "2026-05-11"),
        told(month("2026-03", MORTGAGE_RENT="1200.00") + month("2026-04", MORTGAGE_RENT="1200.00")),
        facts(today="2026-05-03", tallies=quarter(MORTGAGE_RENT="1200.00")),
        told(quarter(MORTGAGE_RENT="1200.00"), accounts=[account(fed_on=date(2026, 4, 30))]),
    ],
    ids=["another category", "later", "two months", "not whole", "not all of it is known"],
)
def test_no_high_cost_of_living_is_told(given: Facts) -> None:
    assert found(LIVING, given) == []

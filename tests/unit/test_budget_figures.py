"""Figures of budgets: what counts, percents, projections; and the amounts that are generated."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.money_things import category
from fanlight.enrichment.categories import DEFAULTS
from fanlight.planning.budgeting.budget_figures import Figures, expected_rests, figures
from fanlight.planning.budgeting.budget_generation import GENERATED, means
from fanlight.planning.budgeting.budgets import Row
from fanlight.planning.tallies import Tally

UNIT = 1_000_000
TODAY = date(2026, 8, 2)
FOOD, GROCERIES, RESTAURANTS = map(category, ("Food & Dining", "Groceries", "Restaurants"))
INCOME, PAYCHECK, SHOPPING = map(category, ("Income", "Paycheck", "Shopping"))
TRANSFER, CARD_PAYMENT = map(category, ("Transfer", "Credit Card Payment"))
OWN, OWN_INCOME = "CAT-own", "CAT-own-income"
PARENTS = {OWN: FOOD, OWN_INCOME: INCOME}
FOODS = [each.guid for each in DEFAULTS if each.parent_guid == FOOD] + [OWN]
AMOUNTS = st.integers(0, 10**15)


def budget(guid: str = FOOD, amount: int = 100 * UNIT, key: int = 1, usual_rest: int = 0) -> Row:
    return Row(key, 1, None, f"BGT-{key}", guid, amount, None, 1, 0, 0, usual_rest)


def tally(guid: str, debits: int = 0, credits: int = 0, account: int = 1, month: str = "2026-08") -> Tally:  # noqa: A002
    return Tally(month, account, guid, 1, debits * UNIT, credits * UNIT)


def one(row: Row, *found: Tally) -> Figures:
    (figure,) = figures([row], found, {1}, PARENTS, TODAY)
    return figure


def test_a_category_counts_with_those_below_it_and_with_nothing_else() -> None:
    found = [tally(FOOD, 1), tally(GROCERIES, 20, 5), tally(OWN, 300), tally(SHOPPING, 4000), tally(PAYCHECK, 0, 50000)]

    assert one(budget(), *found).spent == 316 * UNIT
    assert one(budget(GROCERIES), *found).spent == 15 * UNIT
    assert one(budget(OWN), *found).spent == 300 * UNIT


def test_other_accounts_and_other_months_do_not_count() -> None:
    found = one(budget(), tally(FOOD, 1), tally(FOOD, 20, account=2), tally(FOOD, 300, month="2026-07"))
    assert found.spent == UNIT


def test_transfers_never_count() -> None:
    found = [tally(TRANSFER, 10), tally(CARD_PAYMENT, 20)]
    assert one(budget(TRANSFER), *found).spent == one(budget(CARD_PAYMENT), *found).spent == 0


def test_income_is_what_came_in_and_never_too_much() -> None:
    found = one(budget(INCOME), tally(PAYCHECK, 5, 300), tally(OWN_INCOME, 0, 20))

    assert (found.spent, found.percent_spent) == (315 * UNIT, 315.0)
    assert (found.is_exceeded, found.is_off_track, found.off_track_percentage) == (False, False, 0)


def test_more_refunds_than_spending_is_below_zero() -> None:
    found = one(budget(), tally(FOOD, 10, 30))
    assert (found.spent, found.percent_spent, found.is_exceeded) == (-20 * UNIT, -20.0, False)


@pytest.mark.parametrize(
    ("amount", "spent", "percent", "exceeded"),
    [
        (153_000_000, 1_952_800_000, 1276.34, True),
        (100 * UNIT, 100 * UNIT, 100.0, False),
        (100 * UNIT, 100 * UNIT + 1, 100.0, True),
        (0, 5 * UNIT, 0, True),
        (0, 0, 0, False),
        (300 * UNIT, 100 * UNIT, 33.33, False),
    ],
)
def test_percents_are_as_documented(amount: int, spent: int, percent: float, exceeded: bool) -> None:
    found = Figures(budget(amount=amount), spent, spent, is_income=False)
    assert (found.percent_spent, found.is_exceeded) == (percent, exceeded)


@given(AMOUNTS, st.integers(1, 10**15))
def test_percents_are_the_formula(spent: int, amount: int) -> None:
    found = Figures(budget(amount=amount), spent, spent, is_income=False)
    assert found.percent_spent == pytest.approx(spent / amount * 100, abs=0.0051, rel=1e-12)


@pytest.mark.parametrize(
    ("rest", "projected", "off_track", "percentage"),
    [(50, 110, True, 10.0), (40, 100, False, 0.0), (0, 60, False, 0.0)],
)
def test_what_is_expected_is_added_to_what_was_spent(
    rest: int, projected: int, off_track: bool, percentage: float
) -> None:  # fmt: skip
    found = one(budget(usual_rest=rest * UNIT), tally(FOOD, 60))

    assert (found.projected, found.is_off_track) == (projected * UNIT, off_track)
    assert found.off_track_percentage == percentage


def test_where_nothing_was_planned_there_is_no_percentage_off_track() -> None:
    assert one(budget(amount=0), tally(FOOD, 60)).off_track_percentage is None


@given(st.lists(st.tuples(st.sampled_from(FOODS), st.integers(0, 10**9), st.integers(0, 10**9))))
def test_parts_add_up_to_their_whole_where_only_they_have_money(found: list[tuple[str, int, int]]) -> None:
    tallies = [Tally("2026-08", 1, guid, 1, debits, credits_) for guid, debits, credits_ in found]
    rows = [budget(guid, key=key) for key, guid in enumerate([FOOD, *FOODS])]

    whole, *parts = figures(rows, tallies, {1}, PARENTS, TODAY)

    assert whole.spent == sum(part.spent for part in parts)
    assert all(each.projected >= each.spent for each in (whole, *parts))


def test_what_is_usual_is_the_mean_of_the_months() -> None:
    cent = 10_000
    totals = [(GROCERIES, 30 * cent), (GROCERIES, 40 * cent), (OWN, 5 * cent), (CARD_PAYMENT, cent)]
    income = [(PAYCHECK, -300 * cent), (OWN_INCOME, -30 * cent)]
    rows = [budget(FOOD), budget(OWN), budget(INCOME), budget(TRANSFER), budget(SHOPPING)]

    assert expected_rests(rows, [], [*totals, *income], 3, PARENTS) == [25 * cent, 2 * cent, 110 * cent, 0, 0]
    assert expected_rests(rows, [], [], 0, PARENTS) == [0] * 5


def test_what_is_known_to_come_is_expected_beside_what_is_usual() -> None:
    known, usual = [(GROCERIES, 100), (PAYCHECK, -70), (SHOPPING, -5)], [(OWN, 30_000), (SHOPPING, 60_000)]
    rows = [budget(FOOD), budget(INCOME), budget(SHOPPING), budget(OWN)]
    assert expected_rests(rows, known, usual, 3, PARENTS) == [10_100, 70, 20_000, 10_000]
    assert expected_rests(rows, known, [(FOOD, -90_000)], 3, PARENTS) == [100, 70, 0, 0]
    assert expected_rests(rows, known, [], 0, PARENTS) == [100, 70, 0, 0]


MONTHS = ("2026-06", "2026-07")


def generated(*found: Tally) -> dict[str, int]:
    return means(found, MONTHS, {1}, PARENTS)


def test_a_category_qualifies_with_a_transaction_in_each_of_two_months() -> None:
    assert generated(tally(GROCERIES, 10, month="2026-06"), tally(OWN, 21, month="2026-07")) == {FOOD: 15_500_000}
    assert generated(tally(GROCERIES, 10, month="2026-07"), tally(GROCERIES, 10, month="2026-07")) == {}
    assert generated(tally(GROCERIES, 10, month="2026-06"), tally(FOOD, 10, month="2026-07", account=2)) == {}
    assert generated(tally(GROCERIES, 10, month="2026-06"), tally(FOOD, month="2026-07")) == {}


def test_only_the_categories_that_are_named_are_generated() -> None:
    both = [tally(each.guid, 1, 3, month=month) for each in DEFAULTS for month in MONTHS]
    names = {each.guid: each.name for each in DEFAULTS}

    assert list(generated(*both)) == list(GENERATED)
    assert len(GENERATED) == 17
    assert {"Transfer", "Investments", "Pets", "Gifts & Donations"}.isdisjoint(names[guid] for guid in GENERATED)


def test_income_is_generated_from_what_came_in_and_nothing_is_below_zero() -> None:
    both = [tally(guid, 1, 3, month=month) for guid in (PAYCHECK, GROCERIES) for month in MONTHS]
    assert generated(*both) == {INCOME: 2 * UNIT, FOOD: 0}


@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_amounts_are_means_in_whole_cents(first: int, second: int) -> None:
    found = [Tally(month, 1, SHOPPING, 1, spent, 0) for month, spent in zip(MONTHS, (first, second), strict=True)]
    amount = means(found, MONTHS, {1}, PARENTS)[SHOPPING]

    assert amount % 10_000 == 0
    assert abs(amount - (first + second) / 2) <= 5_000

"""What is usual beside what comes again and again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fanlight.planning.budgeting import usual_spending
from unit.household import FOOD, HOME, SHOPPING, UNIT, USER, Household, household

DAYS = ("2026-06-10", "2026-07-10", "2026-07-11")
RECURRING = '{"description":"x","is_recurring":true}'


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    with household(tmp_path) as built:
        yield built


def usual(home: Household, *of_series: str) -> dict[str, int]:
    found = usual_spending.on_days(home.unit, USER, DAYS, accounts=[1, 2], of_series=of_series)
    return {guid: amount // UNIT for guid, amount in found}


def test_debits_less_credits_of_the_days_and_accounts(home: Household) -> None:
    home.transaction("2026-06-10", 30, FOOD)
    home.transaction("2026-07-11", 5, FOOD, transaction_type=1, account_id=Household.CARD)
    home.transaction("2026-07-10", 90, FOOD, account_id=Household.MORTGAGE)
    home.transaction("2026-07-10", 90, FOOD, is_hidden=1)
    home.transaction("2026-06-11", 90, FOOD)
    assert usual(home) == {FOOD: 25}


def test_what_comes_again_and_again_is_left_out_with_its_parts(home: Household) -> None:
    home.transaction("2026-06-10", 30, FOOD, system=RECURRING)
    known = home.transaction("2026-06-10", 40, HOME)
    home.transaction("2026-07-10", 90, HOME, id=100, has_been_split=1, system=RECURRING)
    home.transaction("2026-07-10", 50, SHOPPING, parent_id=100)
    whole = home.transaction("2026-07-10", 70, HOME, id=200, has_been_split=1)
    home.transaction("2026-07-10", 20, FOOD, parent_id=200)
    home.transaction("2026-07-11", 7, FOOD, system='{"description":"\\"is_recurring\\":true"}')
    assert usual(home) == {FOOD: 27, HOME: 90}
    assert usual(home, known, whole) == {FOOD: 7}

"""Which accounts count: the types that money is spent from, in the currency of most of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fanlight.planning import counted
from unit.household import USER, Household, household


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], "USD"),
        ([("CHECKING", "EUR")], "EUR"),
        ([("CHECKING", "USD"), ("SAVINGS", "EUR"), ("CREDIT_CARD", "EUR")], "EUR"),
        ([("CHECKING", "EUR"), ("SAVINGS", "USD"), ("CASH", "GBP"), ("CASH", "USD"), ("CASH", "EUR")], "EUR"),
        ([("LOAN", "EUR"), ("MORTGAGE", "EUR"), ("CHECKING", "USD")], "USD"),
        ([("LOAN", "EUR"), ("MORTGAGE", "EUR"), ("INVESTMENT", "USD")], "EUR"),
    ],
)
def test_the_main_currency_is_that_of_most_accounts(told: list[tuple[str, str]], expected: str) -> None:
    assert counted.main_currency(iter(told)) == expected


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    with household(tmp_path) as built:
        yield built


def test_only_accounts_in_the_main_currency_count(home: Household) -> None:
    for key, said in ((4, '"account_type":1,"currency_code":"EUR"'), (5, '"account_type":2,"currency_code":"USD"')):
        home.account(key, 1)
        home.rows("UPDATE accounts SET feed = ? WHERE id = ?", f"{{{said}}}", key)
    shown = counted.shown(home.unit, USER)
    assert [each.id for each in shown] == [1, 2, 3, 4, 5]
    assert [each.id for each in counted.spent_from(shown)] == [1, 2, 5]

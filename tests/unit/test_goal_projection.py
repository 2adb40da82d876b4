"""What was reached of goals and when the rest will be: by balance, by debt, in the order of positions."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.planning.saving.goal_projection import (
    MOST_MONTHS,
    GoalType,
    Held,
    Standing,
    months,
    owed,
    projected,
    reached,
)

UNKNOWN, CHECKING, SAVINGS, CARD = 0, 1, 2, 4
SAVE, PAYOFF = GoalType.SAVE_AMOUNT, GoalType.PAYOFF
TODAY = date(2026, 8, 31)
RESTS = st.lists(st.integers(0, 10**9), max_size=8)


def saving(amount: int, account: int = 1, *, complete: bool = False, spent: bool = False) -> Standing:
    return Standing(SAVE, account, amount, None, complete, spent)


def paying(amount: int, started_with: int, account: int = 1) -> Standing:
    return Standing(PAYOFF, account, amount, started_with, is_complete=False, has_been_spent=False)


@pytest.mark.parametrize(
    ("kind", "balance", "expected"),
    [
        (CARD, 500, 500), (CARD, -5, 0), (CARD, None, 0), (CHECKING, 500, 0), (CHECKING, -30, 30),
        (UNKNOWN, 500, 0), (UNKNOWN, -30, 30),
    ],
)  # fmt: skip
def test_what_is_owed_goes_by_the_type_of_the_account(kind: int, balance: int | None, expected: int) -> None:
    assert owed(Held(kind, balance)) == expected


@pytest.mark.parametrize(("balance", "expected"), [(-5, 0), (0, 0), (400, 400), (1000, 1000), (5000, 1000)])
def test_savings_are_the_balance_within_the_amount(balance: int, expected: int) -> None:
    assert reached([saving(1000)], {1: Held(SAVINGS, balance)}) == [expected]


def test_goals_of_one_account_share_its_balance_by_their_positions() -> None:
    held = {1: Held(SAVINGS, 1500), 2: Held(SAVINGS, 70)}
    assert reached([saving(1000), saving(1000), saving(1000, 2)], held) == [1000, 500, 70]


def test_what_was_spent_takes_nothing_of_the_balance() -> None:
    goals = [saving(1000, complete=True, spent=True), saving(1000, complete=True), saving(1000)]
    assert reached(goals, {1: Held(SAVINGS, 1200)}) == [1000, 1000, 200]


@pytest.mark.parametrize(
    ("amount", "started_with", "debt", "expected"),
    [
        (500, 500, 500, 0),
        (500, 500, 200, 300),
        (500, 500, 0, 500),
        (500, 500, 700, 0),
        (200, 500, 400, 100),
        (200, 500, 100, 200),
        (500, 450, 450, 50),
    ],
)
def test_debts_are_paid_off_from_where_they_began(amount: int, started_with: int, debt: int, expected: int) -> None:
    assert reached([paying(amount, started_with)], {1: Held(CARD, debt)}) == [expected]


@pytest.mark.parametrize("kind", [CARD, UNKNOWN, SAVINGS])
def test_nothing_is_reached_without_a_balance(kind: int) -> None:
    assert reached([paying(500, 0), saving(500)], {1: Held(kind, None)}) == [0, 0]


def test_the_whole_contribution_goes_to_one_goal_after_the_other() -> None:
    assert months([250, 0, 50, 100], 100) == [3, None, 3, 4]
    assert projected(TODAY, [250, 0, 50, 100], 100) == [
        date(2026, 11, 30),
        None,
        date(2026, 11, 30),
        date(2026, 12, 31),
    ]


@pytest.mark.parametrize("contribution", [0, -1])
def test_without_a_contribution_nothing_is_reached(contribution: int) -> None:
    assert months([1, 0], contribution) == [None, None]


def test_what_takes_longer_than_a_life_has_no_day() -> None:
    assert months([MOST_MONTHS, 1], 1) == [MOST_MONTHS, None]
    assert projected(date(2026, 2, 28), [MOST_MONTHS], 1) == [date(2126, 2, 28)]


@given(RESTS, st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_larger_contribution_is_never_later(rests: list[int], contribution: int, more: int) -> None:
    slow, fast = months(rests, contribution), months(rests, contribution + more)

    assert all(late is None or (soon is not None and soon <= late) for late, soon in zip(slow, fast, strict=True))


@given(RESTS, st.integers(1, 10**6))
def test_who_comes_later_is_never_sooner(rests: list[int], contribution: int) -> None:
    found = [each for each in months(rests, contribution) if each is not None]

    assert all(former <= latter for former, latter in pairwise(found))


@given(RESTS, st.integers(1, 10**6))
def test_what_was_given_until_then_is_enough_and_a_month_before_was_not(rests: list[int], contribution: int) -> None:
    total = 0
    for rest, needed in zip(rests, months(rests, contribution), strict=True):
        total += rest
        if needed is not None:
            assert (needed - 1) * contribution < total <= needed * contribution


@given(st.lists(st.integers(1, 10**9), max_size=6), st.integers(-(10**9), 10**10))
def test_a_balance_is_given_out_once(amounts: list[int], balance: int) -> None:
    found = reached([saving(amount) for amount in amounts], {1: Held(SAVINGS, balance)})

    assert sum(found) == min(max(0, balance), sum(amounts))
    assert all(0 <= each <= amount for each, amount in zip(found, amounts, strict=True))

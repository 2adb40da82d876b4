"""Running balances: a whole chain has no gaps in any order, and what is missing, doubled or turned round is found."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.aggregation.balance_chain import Gap, findings, gaps, has_wrong_sign, steps
from fanlight.core.transactions import Row
from fanlight.institutions.port import FeedAccount
from unit.merging import START, applied, entry

CHECKING, CARD = 1, 4


def history(cents: list[int], *, kind: int = CHECKING, opening: int = 100_000) -> list[Row]:
    """Rows of an account that each lead from one balance to the next; money in is above zero."""
    balance, feed = opening, []
    for day, change in enumerate(cents):
        balance += change if kind == CHECKING else -change
        feed.append(
            entry(
                provider_id=f"t{day}",
                amount=Decimal(abs(change)).scaleb(-2),
                transaction_type=1 if change > 0 else 2,
                date=START + timedelta(days=day),
                balance_after=Decimal(balance).scaleb(-2),
            )
        )
    return applied([], feed)


def dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


CHANGES = st.lists(st.integers(1, 10**6).flatmap(lambda cents: st.sampled_from((cents, -cents))), max_size=30)


@pytest.mark.parametrize("kind", [CHECKING, CARD])
@given(cents=CHANGES, shuffler=st.randoms(use_true_random=False))
def test_a_whole_history_has_no_gap_in_any_order(kind: int, cents: list[int], shuffler: random.Random) -> None:
    rows = history(cents, kind=kind)
    shuffler.shuffle(rows)
    chain = steps(rows, kind)
    assert len(chain) == len(cents)
    assert gaps(chain) == []


def test_what_is_missing_is_told_with_its_days_and_its_sum() -> None:
    rows = history([-100, -250, 3_000, -75, -20])
    chain = steps([rows[0], rows[1], rows[4]], CHECKING)
    assert gaps(chain) == [Gap(START + timedelta(days=1), START + timedelta(days=4), (3_000 - 75) * 10_000)]


def test_a_doubled_one_is_found() -> None:
    rows = history([-100, -250, -75])
    (gap,) = gaps(steps([*rows, rows[1]], CHECKING))
    assert gap.amount == 250 * 10_000


def test_the_last_balance_is_the_account_s_or_that_without_what_is_pending() -> None:
    rows = history([-100, -250])
    assert gaps(steps(rows, CHECKING), dollars(99_650)) == []
    assert gaps(steps(rows, CHECKING), dollars(99_000), held=-6_500_000) == []
    (gap,) = gaps(steps(rows, CHECKING), dollars(99_000))
    assert (gap.before, gap.amount) == (None, -6_500_000)


def test_rows_without_a_balance_say_nothing() -> None:
    assert steps(applied([], [entry(), entry(provider_id="p", is_pending=True, balance_after=Decimal(1))]), 1) == []
    assert gaps([], Decimal(5)) == []


def card(owed: int, available: int, limit: int = 5_000) -> FeedAccount:
    return FeedAccount(
        provider_id="a",
        account_type=CARD,
        balance=Decimal(owed),
        available_credit=Decimal(available),
        credit_limit=Decimal(limit),
    )


@pytest.mark.parametrize(
    ("owed", "available", "is_wrong"),
    [
        (1_200, 3_800, False),
        (1_200, 3_700, False),
        (-1_200, 3_800, True),
        (-1_200, 3_750, True),
        (0, 5_000, False),
        (-50, 5_050, False),
        (50, 5_050, True),
        (4_900, 100, False),
    ],
)
def test_a_debt_with_the_wrong_sign_contradicts_what_can_be_spent(owed: int, available: int, is_wrong: bool) -> None:
    assert has_wrong_sign(card(owed, available)) == is_wrong


def test_findings_name_their_kinds() -> None:
    account = FeedAccount(provider_id="a", account_type=CHECKING, balance=dollars(99_650))
    rows = history([-100, -250])
    assert findings(account, rows) == []
    assert findings(account, rows[1:], ["ACT-1"]) == [{"kind": "resembles", "guids": ["ACT-1"]}]
    day = date(2026, 5, 1).isoformat()
    told = {"kind": "gap", "after": day, "before": None, "amount": "-2.50"}
    assert findings(account, rows[:1]) == [told]
    assert findings(card(-1_200, 3_800), []) == [{"kind": "balance_sign"}]

"""Transfers are found by amount, days and what they say of themselves, never by the amount alone."""

import time

from hypothesis import given
from hypothesis import strategies as st

from fanlight.enrichment.transfers import DAYS_AFTER, DAYS_BEFORE, Movement, Says, pair


def out(key: int, day: int = 0, *, account: int = 1, amount: int = 100, says: Says = Says.TRANSFER) -> Movement[int]:
    return Movement(key, account, is_credit=False, amount=amount, currency="USD", day=day, says=says)


def into(key: int, day: int = 0, *, account: int = 2, amount: int = 100, says: Says = Says.TRANSFER) -> Movement[int]:
    return Movement(key, account, is_credit=True, amount=amount, currency="USD", day=day, says=says)


def test_two_sides_of_one_transfer_are_found() -> None:
    assert pair([out(1, 0), into(2, 1)]) == [(1, 2)]


def test_one_side_that_says_so_is_enough_where_the_other_says_nothing() -> None:
    assert pair([out(1), into(2, says=Says.NOTHING)]) == [(1, 2)]
    assert pair([out(1, says=Says.NOTHING), into(2, says=Says.NOTHING)]) == []
    assert pair([out(1), into(2, says=Says.SOMETHING_ELSE)]) == []


def test_amount_account_direction_currency_and_days_must_fit() -> None:
    assert pair([out(1), into(2, amount=101)]) == []
    assert pair([out(1), into(2, account=1)]) == []
    assert pair([out(1), out(2, account=2)]) == []
    assert pair([out(1), into(2)._replace(currency="CAD")]) == []
    assert pair([out(1), into(2, DAYS_AFTER)]) == [(1, 2)]
    assert pair([out(1), into(2, DAYS_AFTER + 1)]) == []
    assert pair([out(1, 10), into(2, 10 - DAYS_BEFORE)]) == [(1, 2)]
    assert pair([out(1, 10), into(2, 10 - DAYS_BEFORE - 1)]) == []


def test_of_several_the_likeliest_are_taken_and_each_once() -> None:
    assert pair([out(1, 0), into(2, 3), into(3, 1, says=Says.NOTHING)]) == [(1, 2)]
    assert sorted(pair([out(1, 0), out(2, 1), into(3, 0), into(4, 1)])) == [(1, 3), (2, 4)]


MOVEMENTS = st.lists(
    st.builds(
        lambda credit, account, amount, day, says: (into if credit else out)(
            0, day, account=account, amount=amount, says=says
        ),
        st.booleans(), st.integers(1, 3), st.integers(1, 3), st.integers(0, 12), st.sampled_from(Says),
    ),
    max_size=25,
)  # fmt: skip


@given(MOVEMENTS)
def test_no_movement_is_in_two_pairs_and_every_pair_fits(drawn: list[Movement[int]]) -> None:
    movements = [movement._replace(key=key) for key, movement in enumerate(drawn)]
    found = pair(movements)
    keys = [key for both in found for key in both]
    assert len(keys) == len(set(keys))
    for debit, credit in ((movements[a], movements[b]) for a, b in found):
        assert (debit.is_credit, credit.is_credit) == (False, True)
        assert debit.account != credit.account
        assert debit.amount == credit.amount
        assert -DAYS_BEFORE <= credit.day - debit.day <= DAYS_AFTER
        assert debit.says + credit.says > 0


def test_many_of_one_amount_are_paired_in_no_time() -> None:
    def taken(count: int) -> float:
        movements = [(out if key % 2 else into)(key, key // 40) for key in range(count)]
        began = time.process_time()
        assert len(pair(movements)) == count // 2
        return time.process_time() - began

    assert min(taken(20_000) for _ in range(2)) < 40 * min(taken(2_000) for _ in range(3))

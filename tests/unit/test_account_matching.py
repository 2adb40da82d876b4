"""Which transactions of two accounts are the same movement: none is joined wrongly, none counted twice."""

from hypothesis import given
from hypothesis import strategies as st

from fanlight.core.account_matching import DAYS_APART, Entry, match

DEBIT, CREDIT = 2, 1


def entry(key: int, day: str = "2026-07-10", amount: int = 5, words: str = "coffee", kind: int = DEBIT) -> Entry:
    return Entry(key, day, kind, amount, words, is_pending=False)


ENTRIES = st.lists(
    st.builds(
        Entry,
        id=st.integers(1, 10**6),
        day=st.dates().map(str) | st.sampled_from(["2026-07-10", "2026-07-11"]),
        transaction_type=st.sampled_from([DEBIT, CREDIT]),
        amount=st.integers(0, 3),
        words=st.sampled_from(["coffee", "tea"]),
        is_pending=st.booleans(),
    ),
    unique_by=lambda each: each.id,
    max_size=20,
)


def test_the_same_list_is_the_same_movements() -> None:
    entries = [entry(1), entry(2), entry(3, "2026-07-11"), entry(4, amount=7)]

    assert match(entries, entries, same_words=True) == {1: 1, 2: 2, 3: 3, 4: 4}


def test_of_three_alike_and_two_alike_one_is_left() -> None:
    assert match([entry(1), entry(2), entry(3)], [entry(11), entry(12)], same_words=True) == {1: 11, 2: 12}


def test_the_right_words_go_first() -> None:
    found = match([entry(1, words="tea"), entry(2)], [entry(11), entry(12, words="tea")], same_words=False)

    assert found == {1: 12, 2: 11}


def test_other_words_of_another_institution_are_the_same_movement_but_not_of_the_same() -> None:
    one, other = [entry(1, words="SQ *COFFEE")], [entry(11)]

    assert match(one, other, same_words=False) == {1: 11}
    assert match(one, other, same_words=True) == {}


def test_the_day_may_differ_by_a_few_in_the_same_words() -> None:
    near, far = entry(11, f"2026-07-{10 + DAYS_APART}"), entry(12, f"2026-07-{11 + DAYS_APART}")

    assert match([entry(1)], [far], same_words=False) == {}
    assert match([entry(1)], [far, near], same_words=False) == {1: 11}
    assert match([entry(1)], [entry(13, "2026-07-11", words="tea")], same_words=False) == {}


def test_what_went_out_did_not_come_in() -> None:
    assert match([entry(1)], [entry(11, kind=CREDIT)], same_words=False) == {}


@given(ENTRIES, ENTRIES, st.booleans())
def test_every_movement_is_joined_with_one_of_its_amount_at_most(
    others: list[Entry], own: list[Entry], same_words: bool
) -> None:
    found = match(others, own, same_words=same_words)
    left, right = {each.id: each for each in others}, {each.id: each for each in own}

    assert len(set(found.values())) == len(found)
    for one, other in found.items():
        assert left[one][2:4] == right[other][2:4]

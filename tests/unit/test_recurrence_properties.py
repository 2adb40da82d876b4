"""Recurrence, whatever comes: order, other groups and whole weeks change nothing, and what is said fits together."""

import random
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from fanlight.enrichment.recurrence import Cadence, Occurrence, Series, Status, find, recurring
from fanlight.enrichment.recurrence.schedule import Schedule

TODAY = date(2026, 6, 30)
Happened = Occurrence[int, int]
AMOUNTS = st.sampled_from((999, 999, 1299, 1500, 4000, 8800, 120_000))


@st.composite
def regular(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Days before today and amounts of something that comes at even distances, more or less."""
    step, count = draw(st.sampled_from((7, 14, 15, 30, 91, 365))), draw(st.integers(3, 12))
    first, amount = draw(st.integers(0, 60)), draw(AMOUNTS)
    off = draw(st.lists(st.integers(-2, 2), min_size=count, max_size=count))
    return [(first + at * step + off[at], amount) for at in range(count)]


ANYTHING = st.lists(st.tuples(st.integers(0, 1_200), AMOUNTS), max_size=30)
GROUPS = st.lists(st.tuples(st.lists(regular(), max_size=3), ANYTHING), min_size=1, max_size=3)


def built(groups: list[tuple[list[list[tuple[int, int]]], list[tuple[int, int]]]]) -> list[Happened]:
    pairs = [(group, each) for group, (even, any_) in enumerate(groups) for each in sum(even, list(any_))]
    return [
        Occurrence(key, group, TODAY - timedelta(days=ago), amount) for key, (group, (ago, amount)) in enumerate(pairs)
    ]


def seen(found: list[Series[int, int]], *, ties: dict[int, tuple[date, int]]) -> set[object]:
    """What was found, occurrences by day and amount: of equal ones either may be taken."""
    return {(each._replace(keys=()), tuple(ties[key] for key in each.keys)) for each in found}


@settings(max_examples=150)
@given(GROUPS, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(
    groups: list[tuple[list[list[tuple[int, int]]], list[tuple[int, int]]]], dice: random.Random
) -> None:
    happened = built(groups)
    ties = {each.key: (each.day, each.amount) for each in happened}
    expected = seen(find(happened, TODAY), ties=ties)
    dice.shuffle(happened)
    assert seen(find(happened, TODAY), ties=ties) == expected


@settings(max_examples=100)
@given(GROUPS)
def test_another_group_changes_nothing(groups: list[tuple[list[list[tuple[int, int]]], list[tuple[int, int]]]]) -> None:
    happened = built(groups)
    alone = [each for each in happened if each.group == 0]
    assert [each for each in find(happened, TODAY) if each.group == 0] == find(alone, TODAY)


@settings(max_examples=250)
@given(GROUPS)
def test_what_is_said_fits_together(groups: list[tuple[list[list[tuple[int, int]]], list[tuple[int, int]]]]) -> None:
    happened = {each.key: each for each in built(groups)}
    found = find(happened.values(), TODAY)
    keys = [key for each in found for key in each.keys]
    assert len(keys) == len(set(keys))
    for each in found:
        own = [happened[key] for key in each.keys]
        assert len(own) >= 3
        assert {one.group for one in own} == {each.group}
        assert (each.first_on, each.last_on) == (own[0].day, own[-1].day)
        assert [one.day for one in own] == sorted(one.day for one in own)
        assert each.low <= each.amount <= each.high
        assert each.next_on is None or each.next_on > each.last_on
        assert 0 < each.confidence <= 100
        assert list(each.missed) == sorted(each.missed)


@settings(max_examples=100)
@given(st.integers(0, 6), st.integers(4, 30), st.integers(-60, 60), AMOUNTS)
def test_whole_weeks_do_not_change_a_weekly_series(weekday: int, count: int, weeks: int, amount: int) -> None:
    start = date(2024, 1, 1) + timedelta(days=weekday)
    on = [start + timedelta(days=7 * at) for at in range(count)]
    (there,) = find([Occurrence(at, 0, day, amount) for at, day in enumerate(on)], on[-1])
    moved = timedelta(weeks=weeks)
    (here,) = find([Occurrence(at, 0, day + moved, amount) for at, day in enumerate(on)], on[-1] + moved)
    assert there.cadence is here.cadence is Cadence.EVERY_WEEK
    assert (there.schedule, there.keys) == (here.schedule, here.keys)
    assert there.next_on is not None
    assert there.next_on + moved == here.next_on


@given(
    st.sampled_from(Cadence), st.integers(1, 31), st.integers(1, 31), st.sampled_from((-1, 0, 1)),
    st.dates(date(2000, 1, 1), date(2080, 1, 1)),
)  # fmt: skip
def test_what_is_due_comes_later_and_later(cadence: Cadence, day: int, second: int, shift: int, due: date) -> None:
    twice = (second if second != day else day % 31 + 1) if cadence is Cadence.TWICE_A_MONTH else None
    schedule = Schedule(cadence, day, twice, shift=shift)
    for _ in range(30):
        after = schedule.after(due)
        assert after is not None
        assert due < after
        assert abs((schedule.moved(after) - after).days) <= 4
        due = after


ANY_DAY = st.one_of(st.dates(), st.dates(max_value=date(3, 12, 31)), st.dates(date(9990, 1, 1)))


@st.composite
def anywhere(draw: st.DrawFn) -> list[Happened]:
    """Something that comes at even distances, more or less, and other things, in any years that there are."""
    start, steps = draw(ANY_DAY).toordinal(), [step * draw(st.sampled_from((1, -1))) for step, _ in draw(regular())]
    even = [start + step for step in steps]
    others = [day.toordinal() for day in draw(st.lists(ANY_DAY, max_size=5))]
    within = [day for day in even + others if date.min.toordinal() <= day <= date.max.toordinal()]
    amounts = draw(st.lists(AMOUNTS, min_size=len(within), max_size=len(within)))
    return [Occurrence(at, 0, date.fromordinal(day), amounts[at]) for at, day in enumerate(within)]


@settings(max_examples=400)
@given(anywhere(), ANY_DAY)
def test_whatever_the_days_are_something_is_found_or_nothing(happened: list[Happened], today: date) -> None:
    found = find(happened, today)
    assert {key for each in found for key in each.keys} == recurring(happened)
    for each in found:
        assert each.next_on is None or each.next_on > each.last_on
        assert (each.next_on is None) == (each.status is Status.ENDED)
        assert list(each.missed) == sorted(each.missed)


@given(st.sampled_from(Cadence), st.integers(1, 31), st.integers(1, 31), st.sampled_from((-1, 0, 1)), ANY_DAY)
def test_nothing_is_due_beyond_the_last_year(cadence: Cadence, day: int, second: int, shift: int, due: date) -> None:
    twice = (second if second != day else day % 31 + 1) if cadence is Cadence.TWICE_A_MONTH else None
    schedule = Schedule(cadence, day, twice, shift=shift)
    after = schedule.after(due)
    assert abs((schedule.moved(due) - due).days) <= 4
    assert due < after if after is not None else due.year == date.max.year


def test_what_comes_at_the_end_of_all_years_is_not_expected_again() -> None:
    on = [date(9999, month, 15) for month in range(6, 13)]
    (found,) = find([Occurrence(at, 0, day, 999) for at, day in enumerate(on)], on[-1])
    assert (found.cadence, found.last_on, found.next_on) == (Cadence.EVERY_MONTH, on[-1], None)
    weekly = [date.max - timedelta(days=7 * ago) for ago in range(8)]
    (found,) = find([Occurrence(at, 0, day, 999) for at, day in enumerate(weekly)], TODAY)
    assert (found.cadence, found.status, found.next_on) == (Cadence.EVERY_WEEK, Status.ENDED, None)

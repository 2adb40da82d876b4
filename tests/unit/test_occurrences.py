"""Days on which something falls again and again: month ends, weeks that are left out, anchors that were moved."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.planning.paying.occurrences import between, days_of, next_on

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
APART = {
    Cadence.EVERY_WEEK: (7, 7),
    Cadence.EVERY_TWO_WEEKS: (14, 14),
    Cadence.EVERY_MONTH: (28, 31),
    Cadence.TWICE_A_MONTH: (1, 18),
    Cadence.EVERY_QUARTER: (89, 92),
    Cadence.EVERY_YEAR: (365, 366),
}


@pytest.mark.parametrize(
    ("cadence", "day", "anchor", "after", "expected"),
    [
        (Cadence.EVERY_MONTH, 31, "2026-01-31", "2026-01-31", "2026-02-28"),
        (Cadence.EVERY_MONTH, 31, "2028-01-31", "2028-01-31", "2028-02-29"),
        (Cadence.EVERY_MONTH, 3, "2018-12-13", "2018-12-13", "2019-01-03"),
        (Cadence.EVERY_WEEK, 5, "2026-07-31", "2026-07-31", "2026-08-07"),
        (Cadence.EVERY_TWO_WEEKS, 5, "2026-07-31", "2026-08-20", "2026-08-28"),
        (Cadence.EVERY_TWO_WEEKS, 5, "2026-07-30", "2026-07-31", "2026-08-14"),  # came a day early, on a Thursday
        (Cadence.EVERY_TWO_WEEKS, 5, "2026-08-01", "2026-08-01", "2026-08-14"),  # came a day late
        (Cadence.TWICE_A_MONTH, 15, "2026-02-15", "2026-02-15", "2026-02-28"),
        (Cadence.TWICE_A_MONTH, 20, "2026-02-20", "2026-02-20", "2026-03-05"),
        (Cadence.EVERY_QUARTER, 31, "2026-01-31", "2026-01-31", "2026-04-30"),
        (Cadence.EVERY_QUARTER, 1, "2026-03-31", "2026-03-31", "2026-04-01"),  # the first of April, come early
        (Cadence.EVERY_YEAR, 29, "2024-02-29", "2024-02-29", "2025-02-28"),
    ],
)
def test_the_next_day(cadence: Cadence, day: int, anchor: str, after: str, expected: str) -> None:
    found = next_on(cadence, day, date.fromisoformat(anchor), date.fromisoformat(after))
    assert found.isoformat() == expected


def test_what_comes_twice_a_month_on_days_that_are_known() -> None:
    found = between(Cadence.TWICE_A_MONTH, 15, date(2026, 1, 15), date(2026, 2, 1), date(2026, 3, 31), second_day=31)
    assert [day.day for day in found] == [15, 28, 15, 31]


@given(st.sampled_from(list(Cadence)), st.integers(1, 31), DAYS, DAYS)
def test_days_are_as_far_apart_as_their_cadence_says(cadence: Cadence, day: int, anchor: date, after: date) -> None:
    day = min(day, days_of(cadence))
    found = [after]
    for _ in range(6):
        found.append(next_on(cadence, day, anchor, found[-1]))
    least, most = APART[cadence]
    gaps = [(b - a).days for a, b in pairwise(found[1:])]
    assert all(least <= gap <= most for gap in gaps)
    assert 1 <= (found[1] - after).days <= most


@given(st.sampled_from(list(Cadence)), st.integers(1, 31), DAYS, DAYS, st.integers(0, 400))
def test_what_is_between_is_what_comes_next_and_next(
    cadence: Cadence, day: int, anchor: date, first: date, length: int
) -> None:
    day, last = min(day, days_of(cadence)), first + timedelta(days=length)
    expected, at = [], first - timedelta(days=1)
    while (at := next_on(cadence, day, anchor, at)) <= last:
        expected.append(at)
    assert between(cadence, day, anchor, first, last) == expected


@given(st.sampled_from(list(Cadence)), st.integers(1, 31), DAYS, DAYS)
def test_an_occurrence_anchors_the_same_days(cadence: Cadence, day: int, anchor: date, after: date) -> None:
    day = min(day, days_of(cadence))
    found = next_on(cadence, day, anchor, after)
    assert next_on(cadence, day, found, after) == found
    assert next_on(cadence, day, found, found) == next_on(cadence, day, anchor, found)

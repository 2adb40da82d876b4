"""Days and months: where a day begins in a zone, months before and after, days that a month does not have."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.planning import days

NEW_YEAR = 1_767_225_600  # 2026-01-01 00:00 UTC


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("UTC", "2025-12-31", "2026-01-01"),
        ("America/New_York", "2025-12-31", "2025-12-31"),
        ("Pacific/Auckland", "2026-01-01", "2026-01-01"),
    ],
)
def test_a_day_is_that_of_the_zone(zone: str, before: str, after: str) -> None:
    assert [days.day_in(zone, NEW_YEAR + each).isoformat() for each in (-1, 0)] == [before, after]


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(-600, 600))
def test_months_go_on_and_come_back(day: date, months: int) -> None:
    month = days.month_of(day)
    assert days.later(days.later(month, months), -months) == month
    assert (days.later(month, months) > month) == (months > 0)
    assert days.first_of(month) <= day <= days.last_of(month)


def test_a_day_that_a_month_does_not_have_is_its_last() -> None:
    assert days.day_within("2026-02", 31) == date(2026, 2, 28)
    assert days.day_within("2024-02", 31) == date(2024, 2, 29)
    assert days.day_within("2026-12", 31) == date(2026, 12, 31)

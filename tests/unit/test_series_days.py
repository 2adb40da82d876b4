"""On which days a series is still expected: after today, and once what is overdue."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.planning.paying import series, series_days
from fanlight.planning.paying.series import Status
from unit.household import USER, Household, household

END = date(2026, 8, 31)
WEEKLY = {"cadence": Cadence.EVERY_WEEK, "day": 5, "next_on": "2026-08-07", "facts": '{"due_on":"2026-07-31"}'}
MONTHLY = {"day": 1, "next_on": "2026-08-01", "facts": '{"due_on":"2026-07-01"}'}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    with household(tmp_path) as built:
        yield built


@pytest.mark.parametrize(
    ("said", "today", "expected"),
    [
        (WEEKLY, 2, [7, 14, 21, 28]),
        (WEEKLY, 7, [7, 14, 21, 28]),
        (WEEKLY, 8, [7, 14, 21, 28]),
        (WEEKLY, 14, [7, 21, 28]),
        (WEEKLY, 31, [7]),
        (WEEKLY | {"next_on": "2026-08-08"}, 2, [8, 14, 21, 28]),
        (WEEKLY | {"status": int(Status.MISSED)}, 2, []),
        (WEEKLY | {"status": int(Status.ENDED), "next_on": None}, 2, []),
        (MONTHLY, 2, [1]),
        (MONTHLY | {"next_on": "2026-09-01", "facts": '{"due_on":"2026-08-01"}'}, 2, []),
        # The first of August is a Saturday: what comes before it was due in July, what comes after it on Monday.
        (MONTHLY | {"next_on": "2026-08-03", "facts": '{"due_on":"2026-07-01","shift":1}'}, 2, [3]),
        ({"day": 15, "second_day": 30, "cadence": 4, "next_on": "2026-08-15", "facts": '{"due_on":"2026-07-30"}'}, 2,
         [15, 30]),
    ],
)  # fmt: skip
def test_days_of_this_month(home: Household, said: dict[str, Any], today: int, expected: list[int]) -> None:
    home.series("x", **said)
    (row,) = series.list_all(home.unit, USER)
    found = series_days.expected(row, date(2026, 8, today), END)
    assert [day.isoformat() for day in found] == [f"2026-08-{day:02}" for day in expected]


def test_the_last_year_ends(home: Household) -> None:
    home.series("x", next_on="9999-12-05", day=5, facts='{"due_on":"9999-11-05"}')
    (row,) = series.list_all(home.unit, USER)
    assert series_days.expected(row, date(9999, 12, 1), date.max) == [date(9999, 12, 5)]

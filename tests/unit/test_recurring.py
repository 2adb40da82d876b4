"""What comes again and again is found, and what only looks like it is not."""

from datetime import date, timedelta

import pytest

from fanlight.enrichment.recurrence import Occurrence, recurring

START = date(2026, 1, 15)


def series(days: list[int], amounts: list[int] | None = None, alike: str = "shop") -> list[Occurrence[int, str]]:
    amounts = amounts or [999] * len(days)
    return [
        Occurrence(at, alike, START + timedelta(days=day), amount)
        for at, (day, amount) in enumerate(zip(days, amounts, strict=True))
    ]


@pytest.mark.parametrize(
    "days",
    [[0, 7, 14], [0, 14, 28, 42], [0, 16, 31], [0, 31, 59, 90], [0, 90, 181, 273], [0, 365, 730]],
    ids=["weekly", "every two weeks", "twice a month", "monthly", "quarterly", "yearly"],
)
def test_a_series_is_found_at_every_cadence(days: list[int]) -> None:
    assert recurring(series(days)) == set(range(len(days)))


@pytest.mark.parametrize("days", [[0, 30], [0, 1, 2, 3], [0, 30, 45, 100], [0, 30, 200, 230], [0, 0, 0]])
def test_what_is_not_even_is_none(days: list[int]) -> None:
    assert recurring(series(days)) == set()


def test_amounts_may_creep_but_not_jump() -> None:
    assert recurring(series([0, 30, 60], [1000, 1100, 1200])) == {0, 1, 2}
    assert recurring(series([0, 30, 60], [1000, 1100, 9000])) == set()


def test_only_the_stretch_that_is_even_belongs_to_it() -> None:
    assert recurring(series([0, 3, 33, 63, 93, 200])) == {1, 2, 3, 4}


def test_the_order_in_which_they_come_does_not_matter() -> None:
    assert recurring(reversed(series([0, 30, 60]))) == {0, 1, 2}


def test_different_things_are_no_series() -> None:
    mixed = [*series([0], alike="a"), *series([30], alike="b"), *series([60], alike="c")]
    assert recurring(mixed) == set()

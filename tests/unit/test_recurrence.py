"""What comes again and again, described: cadence, next day, amount, prices, what is missed, and what is none."""

import random
from datetime import date, timedelta

import pytest

from fanlight.enrichment.recurrence import Cadence, Occurrence, PriceChange, Series, Status, find
from fanlight.enrichment.recurrence.business_days import holidays

Found = Series[int, str]


def days(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


def monthly(day: int, first: int, last: int) -> list[date]:
    """A day (31: the last one) of months of 2025 and 2026, counted from January 2025."""
    starts = [date(2025 + (month + 1) // 12, (month + 1) % 12 + 1, 1) for month in range(first, last + 1)]
    return [start - timedelta(days=max(1, (start - timedelta(days=1)).day - day + 1)) for start in starts]


def happened(on: list[date], amounts: int | list[int] = 999, group: str = "shop") -> list[Occurrence[int, str]]:
    each = amounts if isinstance(amounts, list) else [amounts] * len(on)
    return [Occurrence(at, group, day, amount) for at, (day, amount) in enumerate(zip(on, each, strict=True))]


def only(on: list[date], amounts: int | list[int] = 999, today: str = "") -> Found:
    given = date.fromisoformat(today) if today else max(on)
    (found,) = find(happened(on, amounts), given)
    return found


def test_a_month_end_is_the_last_day_of_every_month() -> None:
    found = only(monthly(31, 0, 3), today="2025-05-02")
    assert [str(day) for day in monthly(31, 0, 3)] == ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"]
    assert (found.cadence, found.schedule.day, found.next_on) == (Cadence.EVERY_MONTH, 31, date(2025, 5, 31))


def test_twice_a_month_has_two_days() -> None:
    found = only(sorted(monthly(15, 0, 4) + monthly(31, 0, 4)), today="2025-06-01")
    assert found.cadence is Cadence.TWICE_A_MONTH
    assert (found.schedule.day, found.schedule.second_day, found.next_on) == (15, 31, date(2025, 6, 15))


def test_every_two_weeks_is_not_twice_a_month() -> None:
    start = date(2025, 1, 3)
    found = only([start + timedelta(days=14 * at) for at in range(8)])
    assert (found.cadence, found.schedule.day, found.next_on) == (Cadence.EVERY_TWO_WEEKS, 5, date(2025, 4, 25))


@pytest.mark.parametrize(("shift", "next_on"), [(-1, "2025-08-29"), (1, "2025-09-02"), (0, "2025-08-31")])
def test_weekends_and_holidays_move_the_next_day_where_they_moved_earlier_ones(shift: int, next_on: str) -> None:
    """The last of August 2025 is a Sunday, and the Monday after it is Labor Day."""
    ends = monthly(31, 0, 6)
    moved = {-1: {date(2025, 5, 31): date(2025, 5, 30)}, 1: {date(2025, 5, 31): date(2025, 6, 2)}, 0: {}}[shift]
    found = only([moved.get(day, day) for day in ends], today="2025-08-05")
    assert (found.schedule.day, found.schedule.shift, str(found.next_on)) == (31, shift, next_on)


def test_the_holidays_are_those_of_the_banks() -> None:
    expected = days(
        "2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19", "2026-07-04", "2026-09-07", "2026-10-12",
        "2026-11-11", "2026-11-26", "2026-12-25",
    )  # fmt: skip
    assert holidays(2026) == {day.toordinal() for day in expected}
    assert date(2023, 1, 2).toordinal() in holidays(2023), "New Year on a Sunday is kept on Monday"


def test_one_that_is_missing_in_the_middle_is_told() -> None:
    on = monthly(10, 0, 6)
    found = only([day for day in on if day.month != 4], today="2025-07-11")
    assert (found.missed, found.status, found.next_on) == ((date(2025, 4, 10),), Status.ACTIVE, date(2025, 8, 10))


@pytest.mark.parametrize(
    ("today", "status", "next_on", "missed"),
    [
        ("2025-08-10", Status.ACTIVE, "2025-08-10", []),
        ("2025-08-17", Status.ACTIVE, "2025-08-10", []),
        ("2025-08-18", Status.MISSED, "2025-09-10", ["2025-08-10"]),
        ("2025-09-17", Status.MISSED, "2025-09-10", ["2025-08-10"]),
        ("2025-09-18", Status.ENDED, "None", ["2025-08-10", "2025-09-10"]),
    ],
)
def test_what_does_not_come_is_missed_and_then_over(
    today: str, status: Status, next_on: str, missed: list[str]
) -> None:
    found = only(monthly(10, 0, 6), today=today)
    assert (found.status, str(found.next_on), [str(day) for day in found.missed]) == (status, next_on, missed)


def test_a_new_price_is_the_same_series() -> None:
    found = only(monthly(5, 0, 9), [999] * 6 + [1299] * 4)
    assert found.prices == (PriceChange(date(2025, 7, 5), 999, 1299),)
    assert (found.amount, found.low, found.high, len(found.keys)) == (1299, 1299, 1299, 10)


def test_one_occurrence_at_a_new_price_is_enough_after_three() -> None:
    assert only(monthly(5, 0, 4), [999] * 4 + [1299]).prices == (PriceChange(date(2025, 5, 5), 999, 1299),)
    assert only(monthly(5, 0, 5), [999, 999, 999, 999, 1299, 999]).prices == ()


def test_a_bill_has_a_band() -> None:
    amounts = [8000, 9500, 11000, 9000, 7000, 6500, 6800, 8000]
    found = only(monthly(20, 0, 7), amounts)
    assert (found.amount, found.low, found.high, found.prices) == (6800, 6500, 11000, ())


def test_two_subscriptions_of_one_merchant_are_two() -> None:
    first, second = monthly(5, 0, 7), monthly(20, 0, 7)
    mixed = sorted([*zip(first, [999] * 8, strict=True), *zip(second, [1499] * 8, strict=True)])
    found = find(happened([day for day, _ in mixed], [amount for _, amount in mixed]), date(2025, 8, 21))
    kept = [(each.cadence, each.schedule.day, each.amount, len(each.keys)) for each in found]
    assert kept == [(Cadence.EVERY_MONTH, 5, 999, 8), (Cadence.EVERY_MONTH, 20, 1499, 8)]


def test_two_cadences_of_one_merchant_are_two() -> None:
    start = date(2025, 1, 6)
    weekly = [(start + timedelta(days=7 * at), 2000) for at in range(20)]
    mixed = sorted([*weekly, *((day, 9900) for day in monthly(28, 0, 4))])
    found = find(happened([day for day, _ in mixed], [amount for _, amount in mixed]), date(2025, 5, 29))
    assert {(each.cadence, each.amount) for each in found} == {
        (Cadence.EVERY_WEEK, 2000),
        (Cadence.EVERY_MONTH, 9900),
    }


def test_a_subscription_is_found_among_other_purchases() -> None:
    dice = random.Random(3)
    noise = [(date(2025, 1, 1) + timedelta(days=dice.randrange(365)), dice.randrange(500, 9000)) for _ in range(80)]
    mixed = sorted([*noise, *((day, 1499) for day in monthly(12, 0, 11))])
    (found,) = find(happened([day for day, _ in mixed], [amount for _, amount in mixed]), date(2025, 12, 31))
    assert (found.cadence, found.amount, found.schedule.day, len(found.keys)) == (Cadence.EVERY_MONTH, 1499, 12, 12)


@pytest.mark.parametrize("seed", range(12))
def test_shopping_is_no_series(seed: int) -> None:
    dice = random.Random(seed)
    on = sorted(date(2025, 1, 1) + timedelta(days=dice.randrange(365)) for _ in range(60))
    groceries = [dice.randrange(1200, 18000) for _ in on]
    coffee = [dice.choice((450, 525, 600)) for _ in on]
    assert find([*happened(on, groceries, "grocer"), *happened(on, coffee, "coffee")], date(2026, 1, 1)) == []


def test_one_that_is_told_twice_on_a_day_is_in_the_series_once() -> None:
    on = sorted([*monthly(7, 0, 5), date(2025, 3, 7)])
    assert len(only(on).keys) == 6


def test_what_is_paid_by_hand_is_early_or_late() -> None:
    on = [day + timedelta(days=off) for day, off in zip(monthly(10, 0, 7), (0, 3, -2, 1, -3, 2, 0, 4), strict=True)]
    found = only(on, 180_000)
    assert (found.cadence, len(found.keys)) == (Cadence.EVERY_MONTH, 8)
    assert found.next_on is not None
    assert abs((found.next_on - date(2025, 9, 10)).days) <= 3


def test_every_thirty_days_is_monthly_and_goes_on_so() -> None:
    start = date(2025, 1, 8)
    found = only([start + timedelta(days=30 * at) for at in range(12)])
    assert (found.cadence, found.schedule.step) == (Cadence.EVERY_MONTH, 30)
    assert found.next_on == start + timedelta(days=360)


def test_the_longer_the_surer() -> None:
    sure = [only(monthly(3, 0, months)).confidence for months in (2, 5, 11)]
    assert sure == sorted(sure)
    assert 0 < sure[0] < 70 < sure[-1] <= 100


def test_a_series_goes_on_on_another_day() -> None:
    found = only([*monthly(5, 0, 7), *monthly(19, 8, 15)])
    assert (found.schedule.day, len(found.keys)) == (19, 16)


def test_what_was_left_off_for_long_is_another_series() -> None:
    on = [*monthly(5, 0, 7), *monthly(5, 14, 20)]
    found = find(happened(on), max(on))
    assert [(len(each.keys), each.status) for each in found] == [(8, Status.ENDED), (7, Status.ACTIVE)]


def test_amounts_that_may_be_any_are_told() -> None:
    on = monthly(10, 0, 7)
    assert only(on, [3996, 48489, 46196, 7584, 41000, 5230, 38810, 6127]).is_scattered
    assert not only(on, [9000, 12000, 11000, 7500, 5000, 4200, 6000, 8800]).is_scattered, "a bill of the seasons"
    assert not only(on, [3000, 3000, 3000, 9000, 3000, 3000, 3000, 3000]).is_scattered, "one of all"

"""Bills: one that is not as usual, one that is to come."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from fanlight.core.transactions import Status, Type
from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.planning.facts import Movement
from fanlight.planning.insights.rules.bill_amount_not_standard import RULE as NOT_STANDARD
from fanlight.planning.insights.rules.upcoming_bill import RULE as UPCOMING
from fanlight.planning.paying import series as kept_series
from unit.insights.facts_builder import (
    MERCHANT,
    TODAY,
    account,
    ago,
    category,
    facts,
    found,
    kept,
    movement,
    only,
    payment,
    series,
)

BILL = kept_series.Facts(is_bill=True)


def bill(on: str, worth: str, key: str = "UTILITIES", **more: Any) -> Movement:
    made = movement(on, worth, key, merchant_guid=MERCHANT, description="City Power")
    return msgspec.structs.replace(made, **more)


def usual(*amounts: str, key: str = "UTILITIES") -> list[Movement]:
    return [bill(ago(30 * n), amount, key) for n, amount in enumerate(amounts, start=1)]


def test_the_documented_example_is_28_percent_lower() -> None:
    paid = bill(ago(1), "31.26")

    told = only(NOT_STANDARD, facts([*usual("43.43", "43.43", "43.43"), paid]))

    assert told.title == "Bill lower than usual"
    assert told.description == "You paid City Power $31.26. That is 28% lower than your average of $43.43."
    assert told.about == paid.guid
    assert told.transactions == (paid.guid,)
    assert told.categories == (category("UTILITIES"),)
    assert told.merchants == (MERCHANT,)
    assert told.accounts == (account().guid,)


def test_a_higher_bill_is_said_to_be_higher_in_its_currency() -> None:
    given = [*usual("40.00", "50.00", key="INTERNET"), bill(ago(0), "90.00", "INTERNET")]

    told = only(NOT_STANDARD, facts(given, accounts=[account(currency="EUR")]))

    assert told.title == "Bill higher than usual"
    assert "90.00 EUR" in told.description
    assert "100% higher than your average of 45.00 EUR" in told.description


@pytest.mark.parametrize(
    "more",
    [
        {"status": Status.PENDING},
        {"type": Type.CREDIT},
        {"merchant_guid": None},
        {"merchant_guid": "MCH-00000000-0000-0000-0000-000000000002"},
        {"category_guid": category("TELEVISION")},
        {"category_guid": category("BILLS_UTILITIES")},
        {"amount": 45_340_000},
        {"day": TODAY - timedelta(days=11)},
    ],
    ids=["pending", "credit", "no merchant", "other merchant", "no bill", "other category", "below 5 %", "no news"],
)
def test_what_is_no_unusual_bill(more: dict[str, Any]) -> None:
    assert not found(NOT_STANDARD, facts([*usual("43.43", "43.43", "43.43"), bill(ago(1), "31.26", **more)]))


def test_too_little_is_known_of_the_merchant() -> None:
    assert not found(NOT_STANDARD, facts([*usual("43.43"), bill(ago(1), "31.26")]))
    assert found(NOT_STANDARD, facts([*usual("43.43", "43.43"), bill(ago(1), "31.26")]))


def test_three_credits_are_no_earlier_debit() -> None:
    credits_ = [bill(ago(30 * n), "-43.43") for n in (1, 2, 3)]

    assert not found(NOT_STANDARD, facts([*credits_, bill(ago(1), "31.26")]))


def test_a_bill_is_due_in_three_days() -> None:
    due, steady = series("80.00", ago(27), known=BILL), payment(ago(-3), "80.00")
    due_payment = payment(ago(-3), "80.00", series_key=due.key, is_recurring=True)

    told = only(UPCOMING, facts(series=[due], scheduled_payments=[due_payment]))

    assert told.title == "City Power is due May 23"
    assert told.description == "A payment of $80.00 to City Power is expected on May 23."
    assert told.scheduled_payments == (due_payment.guid,)
    assert told.merchants == (MERCHANT,)
    assert told.accounts == (account().guid,)
    assert only(UPCOMING, facts(scheduled_payments=[steady])).accounts == ()
    own = payment(ago(-3), "45.63", description="Power bill", is_own=True)
    assert only(UPCOMING, facts(scheduled_payments=[own])).description == "Power bill, $45.63, is expected on May 23."


@pytest.mark.parametrize("days", [0, 4, -1])
def test_other_days_are_not_near(days: int) -> None:
    assert not found(UPCOMING, facts(scheduled_payments=[payment(ago(-days), "80.00")]))


@pytest.mark.parametrize(
    "more",
    [{"is_completed": True}, {"transaction_type": Type.CREDIT}, {"series_key": "of a series that is no more"}],
    ids=["completed", "credit", "series gone"],
)
def test_what_is_no_bill_to_come(more: dict[str, Any]) -> None:
    assert not found(UPCOMING, facts(scheduled_payments=[payment(ago(-2), "80.00", **more)]))


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ("CREDIT_CARD_PAYMENT", BILL),
        ("TRANSFER", BILL),
        ("MUSIC", kept_series.Facts(is_bill=True, is_subscription=True)),
        ("GROCERIES", kept_series.Facts()),
    ],
)
def test_cards_subscriptions_and_habits_are_no_bills(key: str, known: kept_series.Facts) -> None:
    again = series("80.00", ago(28), key, known=known)

    assert not found(UPCOMING, facts(series=[again], scheduled_payments=[payment(ago(-2), "80", series_key=again.key)]))


def test_a_subscription_that_a_client_wrote_down_is_known_by_its_merchant() -> None:
    again = series("80.00", ago(28), known=kept_series.Facts(is_subscription=True))

    assert not found(UPCOMING, facts(series=[again], scheduled_payments=[payment(ago(-2), "80.00")]))


def test_the_same_merchant_day_and_amount_is_told_once() -> None:
    two = [payment(ago(-2), "80.00"), payment(ago(-2), "80.00")]
    others = [payment(ago(-2), "81.00"), payment(ago(-1), "80.00"), payment(ago(-2), "80.00", merchant_guid=None)]

    assert len(found(UPCOMING, facts(scheduled_payments=two))) == 1
    assert len(found(UPCOMING, facts(scheduled_payments=[*two, *others]))) == 4


def test_each_day_of_a_recurring_bill_is_told() -> None:
    again = payment(ago(-3), "80.00", is_recurring=True, recurrence_type=Cadence.EVERY_MONTH, recurrence_day=23)

    first = only(UPCOMING, facts(scheduled_payments=[again]))
    later = payment("2026-06-23", "80.00", guid=again.guid)
    second = only(UPCOMING, facts(today="2026-06-20", scheduled_payments=[later]))

    assert first.about != second.about
    assert first.scheduled_payments == second.scheduled_payments


def test_a_bill_is_over_when_it_was_paid_moved_or_deleted() -> None:
    due = payment(ago(-3), "80.00")
    told = kept(UPCOMING, only(UPCOMING, facts(scheduled_payments=[due])))
    assert UPCOMING.is_over is not None

    assert not UPCOMING.is_over(facts(today=ago(-3), scheduled_payments=[due]), told)
    assert UPCOMING.is_over(facts(today=ago(-4), scheduled_payments=[due]), told)
    assert UPCOMING.is_over(facts(scheduled_payments=[]), told)
    moved = payment(ago(-20), "80.00", guid=due.guid)
    assert UPCOMING.is_over(facts(scheduled_payments=[moved]), told)
    paid = payment(ago(-3), "80.00", guid=due.guid, is_completed=True)
    assert UPCOMING.is_over(facts(scheduled_payments=[paid]), told)

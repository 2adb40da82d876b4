"""Subscriptions: found, and dearer than they were."""

from typing import Any

import pytest

from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.planning.insights.rules import subscription_detected, subscription_price_increase
from fanlight.planning.paying import series as kept_series
from fanlight.planning.paying.series import Series, Status
from unit.insights.facts_builder import MERCHANT, ago, category, facts, found, kept, micros, movement, only, series

DETECTED, DEARER = subscription_detected.RULE, subscription_price_increase.RULE


def subscription(amount: str = "15.49", last_on: str = ago(2), **more: Any) -> Series:
    known = kept_series.Facts(is_subscription=more.pop("is_subscription", True), **more.pop("known", {}))
    values = {"first_on": ago(62), "count": 3, "description": "Streamflix"} | more
    return series(amount, last_on, "TELEVISION", known=known, **values)


BEFORE = movement(ago(120), "8", "GROCERIES")
"""What is known of the account from before a subscription began."""


def test_a_new_subscription_is_told_with_its_last_charge() -> None:
    charge = movement(ago(2), "15.99", "TELEVISION", merchant_guid=MERCHANT)
    given = facts([BEFORE, charge], series=[subscription(known={"recent": (charge.guid,)})])
    finding = only(DETECTED, given)
    assert finding.about == MERCHANT
    assert finding.title == "New subscription: Streamflix"
    assert finding.description == (
        "Streamflix has charged you every month since March 19, $15.99 the last time. It looks like a subscription."
    )
    assert finding.accounts == (given.accounts[1].guid,)
    assert finding.transactions == (charge.guid,)
    assert finding.categories == (category("TELEVISION"),)
    assert finding.merchants == (MERCHANT,)


def test_without_its_charges_the_amount_is_that_of_the_series() -> None:
    given = facts([BEFORE], series=[subscription("4.00", cadence=Cadence.EVERY_WEEK)])
    assert "every week since March 19, $4.00 the last time" in only(DETECTED, given).description


@pytest.mark.parametrize(
    "other",
    [
        {"is_subscription": False},
        {"first_on": ago(101)},
        {"count": 1},
        {"status": Status.ENDED},
        {"status": Status.MISSED},
        {"amount": "-15.49"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_it_is_no_new_subscription(other: dict[str, Any]) -> None:
    assert found(DETECTED, facts([BEFORE], series=[subscription(**other)])) == []


def test_what_was_there_when_the_account_was_connected_may_be_old() -> None:
    assert found(DETECTED, facts([movement(ago(62), "8", "GROCERIES")], series=[subscription()])) == []
    assert found(DETECTED, facts([BEFORE], series=[subscription(cadence=Cadence.EVERY_YEAR)])) == []


def test_a_subscription_is_over_when_it_ends_and_not_when_it_grows_old() -> None:
    assert DETECTED.is_over is not None
    told = kept(DETECTED, only(DETECTED, facts([BEFORE], series=[subscription()])))
    assert not DETECTED.is_over(facts(series=[subscription(first_on=ago(150))]), told)
    assert DETECTED.is_over(facts(series=[subscription(status=Status.ENDED)]), told)
    assert DETECTED.is_over(facts(), told)


def dearer(before: str = "15.49", on: str = ago(2), **more: Any) -> Series:
    known = {"price_changed_on": on, "price_before": micros(before)} | more.pop("known", {})
    return subscription("17.99", on, known=known, first_on=ago(300), **more)


def test_a_higher_price_is_told_with_the_difference() -> None:
    charge = movement(ago(2), "17.99", "TELEVISION", merchant_guid=MERCHANT)
    given = facts([charge], series=[dearer(known={"recent": (charge.guid,)})])
    finding = only(DEARER, given)
    assert finding.about == f"{MERCHANT} {ago(2)}"
    assert finding.title == "Price increase"
    assert finding.description == "Streamflix charged $17.99 on May 18: $2.50 more than the normal amount of $15.49."
    assert finding.transactions == (charge.guid,)
    assert finding.accounts == (given.accounts[1].guid,)
    assert finding.merchants == (MERCHANT,)


def test_a_rise_of_one_percent_is_told() -> None:
    assert found(DEARER, facts(series=[dearer("17.81")]))
    assert not found(DEARER, facts(series=[dearer("17.82")]))


@pytest.mark.parametrize(
    "other",
    [
        dearer("19.99"),
        dearer("17.99"),
        dearer(on=ago(11)),
        dearer(is_subscription=False),
        dearer(status=Status.ENDED),
        subscription("17.99"),
    ],
    ids=["cheaper", "the same", "long ago", "no subscription", "ended", "never changed"],
)
def test_it_is_no_higher_price(other: Series) -> None:
    assert found(DEARER, facts(series=[other])) == []

"""Savings for emergencies: an account for them, and the sums they pass."""

from typing import Any

import pytest

from fanlight.core.transactions import Status
from fanlight.planning.facts import Account, Facts
from fanlight.planning.insights.rules import designate_emergency_savings_account, emergency_savings_milestone_reached
from unit.insights.facts_builder import account, ago, facts, found, kept, movement, only, tally

DESIGNATE, REACHED = designate_emergency_savings_account.RULE, emergency_savings_milestone_reached.RULE
CHECKING = account()
SPENT = [tally(f"2026-0{of}", "GROCERIES", amount) for of, amount in ((2, "1.00"), (3, "2280.00"), (4, "2340.00"))]


def savings(balance: str = "1500.00", name: str = "Saver", **more: Any) -> Account:
    return account("SAVINGS", **{"id": 2, "balance": balance, "name": name} | more)


def spending(*others: Account, **more: Any) -> Facts:
    return facts(accounts=[CHECKING, *others], **{"tallies": SPENT} | more)


def test_the_largest_savings_account_is_suggested() -> None:
    best = savings("1500.00")
    finding = only(DESIGNATE, spending(savings("90.00", "Holidays", id=3), best))
    assert finding.about == "choose"
    assert finding.title == "Choose an account for emergencies"
    assert finding.description == (
        '3 months of your spending come to $6,930.00. Saver holds $1,500.00: give it a name with "emergency" to follow '
        "it as your emergency savings."
    )
    assert finding.accounts == (best.guid,)


def test_where_the_account_for_emergencies_is_closed_another_is_suggested() -> None:
    finding = only(DESIGNATE, spending(savings(), savings("0.00", "Rainy day", id=3, is_closed=True)))
    assert finding.about == "change"
    assert finding.description.startswith("Rainy day is closed. 3 months")


def test_without_savings_opening_an_account_is_suggested() -> None:
    finding = only(DESIGNATE, spending(savings(subtype=2)))
    assert finding.about == "open"
    assert finding.title == "Open an account for emergencies"
    assert "$6,930.00" in finding.description
    assert finding.accounts == ()


@pytest.mark.parametrize(
    "given",
    [
        spending(savings(name="Emergency fund")),
        spending(savings(name="Our rainy-day money")),
        spending(savings(), tallies=SPENT[1:]),
        spending(savings(), tallies=SPENT[:2]),
        facts(accounts=[account("CREDIT_CARD")], tallies=SPENT),
    ],
    ids=["there is one", "there is one of another name", "no whole history", "nothing spent", "cards only"],
)
def test_no_account_for_emergencies_is_suggested(given: Facts) -> None:
    assert found(DESIGNATE, given) == []


def test_a_suggestion_is_over_when_it_was_followed() -> None:
    assert DESIGNATE.is_over is not None
    told = kept(DESIGNATE, only(DESIGNATE, spending(savings())))
    assert not DESIGNATE.is_over(spending(savings("10.00")), told)
    assert DESIGNATE.is_over(spending(savings(name="Emergency")), told)


def saved(balance: str, *amounts: str, name: str = "Emergency fund", **more: Any) -> Facts:
    moved = [movement(more.pop("day", ago(4)), each, "TRANSFER", account_id=2, **more) for each in amounts]
    return facts(moved, accounts=[CHECKING, savings(balance, name), savings("9000.00", "Other", id=3)])


def test_a_sum_that_was_passed_is_told() -> None:
    given = saved("1036.71", "-60.00")
    finding = only(REACHED, given)
    assert finding.about == f"{given.accounts[2].guid} 1000"
    assert finding.title == "$1,000.00 saved for emergencies"
    assert finding.description == ("Emergency fund now holds $1,036.71: your emergency savings passed $1,000.00.")
    assert finding.accounts == (given.accounts[2].guid,)
    assert finding.transactions == (given.movements[0].guid,)


def test_only_the_highest_of_several_is_told() -> None:
    assert only(REACHED, saved("2500.00", "-2100.00")).title == "$2,500.00 saved for emergencies"


def test_the_only_savings_account_counts_by_any_name() -> None:
    moved = [movement(ago(4), "-60.00", "TRANSFER", account_id=2)]
    assert found(REACHED, facts(moved, accounts=[CHECKING, savings("1036.71")]))
    assert found(REACHED, facts(moved, accounts=[CHECKING, savings("1036.71"), savings("5.00", id=3)])) == []


@pytest.mark.parametrize(
    "given",
    [
        saved("1036.71", "-36.71"),
        saved("1036.71", "-60.00", day=ago(15)),
        saved("1036.71", "-60.00", status=Status.PENDING),
        saved("999.99", "-60.00"),
        saved("1036.71", "-60.00", "60.00"),
        saved("1036.71"),
        facts([movement(ago(4), "-60.00")], accounts=[account(balance="1036.71")]),
    ],
    ids=["was there", "long ago", "pending", "not yet", "out again", "nothing moved", "no savings"],
)
def test_no_sum_was_passed(given: Facts) -> None:
    assert found(REACHED, given) == []


def test_a_sum_is_over_when_it_is_spent() -> None:
    assert REACHED.is_over is not None
    told = kept(REACHED, only(REACHED, saved("1036.71", "-60.00")))
    assert not REACHED.is_over(saved("1000.00"), told)
    assert REACHED.is_over(saved("999.99"), told)
    assert REACHED.is_over(facts(), told)

"""Micro deposits: pairs of one sender, or one that says what it is."""

from typing import Any

import pytest

from fanlight.core.transactions import Status
from fanlight.planning.facts import Movement
from fanlight.planning.insights.rules.micro_deposit import RULE
from unit.insights.facts_builder import account, ago, facts, found, movement, only


def tiny(day: str, amount: str = "-0.12", key: str = "INCOME", **more: Any) -> Movement:
    values = {"description": "Plain Pay", "feed_description": "PLAIN PAY 8812"} | more
    return movement(day, amount, key, **values)


def test_two_of_one_sender_are_told_whatever_their_numbers() -> None:
    first, second = tiny(ago(3)), tiny(ago(2), "-0.31", feed_description="PLAIN PAY 9944")
    given = facts([first, second])
    finding = only(RULE, given)
    assert finding.title == "Small test deposits"
    assert finding.description == (
        "Small deposits of $0.12 and $0.31 came into Checking by May 18 from Plain Pay. Such deposits verify an "
        "account: ask your bank if you expected none."
    )
    assert finding.transactions == (first.guid, second.guid)
    assert finding.accounts == (given.accounts[1].guid,)


def test_one_that_calls_itself_a_verification_is_told_and_the_second_is_the_same() -> None:
    first = tiny(ago(3), feed_description="PLAIN ACCTVERIFY 1")
    finding = only(RULE, facts([first]))
    assert finding.title == "Small test deposit"
    assert finding.description.startswith("A small deposit of $0.12 came into Checking by May 17")
    second = tiny(ago(2), "-0.31", feed_description="PLAIN ACCTVERIFY 2")
    assert only(RULE, facts([first, second])).about == finding.about
    assert RULE.window == 30


@pytest.mark.parametrize(
    "others",
    [
        [tiny(ago(2))],
        [tiny(ago(2), "-1.00"), tiny(ago(2), "-1.00")],
        [tiny(ago(2), "0.12"), tiny(ago(2), "0.31")],
        [tiny(ago(6)), tiny(ago(2))],
        [tiny(ago(2)), tiny(ago(2), feed_description="SOMEBODY ELSE")],
        [tiny(ago(2), key="INTEREST_INCOME"), tiny(ago(2), key="INTEREST_INCOME")],
        [tiny(ago(2), twin="TRN-1"), tiny(ago(2), twin="TRN-2")],
        [tiny(ago(2), status=Status.PENDING), tiny(ago(2))],
        [tiny(ago(9)), tiny(ago(8))],
    ],
    ids=["one", "a dollar", "debits", "far apart", "two senders", "interest", "own transfers", "pending", "long ago"],
)
def test_they_are_no_micro_deposits(others: list[Movement]) -> None:
    assert found(RULE, facts(others)) == []


def test_cards_get_none() -> None:
    assert found(RULE, facts([tiny(ago(2)), tiny(ago(2))], accounts=[account("CREDIT_CARD")])) == []

"""Debts: payments that are due, limits that are near, interest."""

from typing import Any

import pytest

from fanlight.core.transactions import Status
from fanlight.planning.facts import Account
from fanlight.planning.insights.rules.credit_card_close_to_limit import RULE as CLOSE
from fanlight.planning.insights.rules.credit_card_interest_summary import RULE as INTEREST
from fanlight.planning.insights.rules.credit_utilization import RULE as UTILIZATION
from fanlight.planning.insights.rules.debt_payment_reminder import RULE as REMINDER
from unit.insights.facts_builder import account, ago, at, facts, found, kept, movement, only


def card(**more: Any) -> Account:
    return account("CREDIT_CARD", **{"name": "Blue Card", "balance": "400.00", "credit_limit": "1000.00"} | more)


def due(**more: Any) -> Account:
    return card(**{"payment_due_at": at(ago(-9)), "minimum_payment": "25.00"} | more)


def test_a_payment_is_coming() -> None:
    own = due()

    told = only(REMINDER, facts(accounts=[own]))

    assert told.title == "Blue Card: payment due May 29"
    assert told.description == (
        "The next payment for Blue Card is due on May 29. $400.00 are owed. At least $25.00 are due."
    )
    assert told.accounts == (own.guid,)
    assert told.about == f"{own.guid}.{own.payment_due_at}"
    assert found(REMINDER, facts(accounts=[account("MORTGAGE", payment_due_at=at(ago(-9)))]))


@pytest.mark.parametrize(
    "more",
    [
        {"is_closed": True},
        {"balance": "0.00"},
        {"balance": "-10.00"},
        {"balance": None},
        {"type": "CHECKING"},
        {"payment_due_at": None},
        {"payment_due_at": at(ago(0))},
    ],
    ids=["closed", "nothing owed", "paid too much", "unknown balance", "no debt", "no day", "now"],
)
def test_no_payment_is_coming(more: dict[str, Any]) -> None:
    assert not found(REMINDER, facts(accounts=[due(**more)]))


def test_a_payment_of_the_last_30_days_counts_and_a_refund_does_not() -> None:
    def told(day: str, key: str, **more: Any) -> bool:
        return bool(found(REMINDER, facts([movement(day, "-50.00", key, **more)], accounts=[due()])))

    assert not told(ago(29), "CREDIT_CARD_PAYMENT")
    assert told(ago(30), "CREDIT_CARD_PAYMENT")
    assert told(ago(5), "RETURNED_PURCHASE")
    assert told(ago(5), "REIMBURSEMENT")  # of a disputed charge
    assert told(ago(5), "BONUS")  # cash back
    assert told(ago(5), "CLOTHING")
    assert not told(ago(5), "CLOTHING", twin="TRN-1")


def test_any_credit_on_a_loan_is_a_payment() -> None:
    loan = account("LOAN", payment_due_at=at(ago(-9)))

    assert not found(REMINDER, facts([movement(ago(5), "-50.00", "MORTGAGE_RENT")], accounts=[loan]))


def test_a_reminder_is_over_when_paid_or_past_or_of_another_day() -> None:
    own = due()
    told = kept(REMINDER, only(REMINDER, facts(accounts=[own])))
    assert REMINDER.is_over is not None

    assert not REMINDER.is_over(facts(accounts=[own]), told)
    paid = [movement(ago(0), "-400.00", "CREDIT_CARD_PAYMENT")]
    assert REMINDER.is_over(facts(paid, accounts=[own]), told)
    assert REMINDER.is_over(facts(today=ago(-10), accounts=[own]), told)
    assert REMINDER.is_over(facts(accounts=[due(payment_due_at=at(ago(-39)))]), told)
    assert REMINDER.is_over(facts(accounts=[]), told)


def test_three_quarters_of_a_limit() -> None:
    own = card(balance="750.00")

    told = only(CLOSE, facts(accounts=[own]))

    assert told.title == "Blue Card is close to its limit"
    assert told.description == "$750.00 of $1,000.00 are used on Blue Card, 75% of the limit. $250.00 are left."
    assert told.accounts == (own.guid,)
    assert only(CLOSE, facts(accounts=[card(balance="1000.00")])).title == "Blue Card is at its limit"


@pytest.mark.parametrize(
    "more",
    [
        {"balance": "749.99"},
        {"balance": None},
        {"balance": "900.00", "is_closed": True},
        {"balance": "900.00", "credit_limit": None},
        {"balance": "900.00", "credit_limit": "0.00"},
        {"balance": "900.00", "type": "LINE_OF_CREDIT"},
    ],
)
def test_there_is_room_on_a_card_or_it_is_none(more: dict[str, Any]) -> None:
    assert not found(CLOSE, facts(accounts=[card(**more)]))


def test_a_limit_is_far_again() -> None:
    told = kept(CLOSE, only(CLOSE, facts(accounts=[card(balance="900.00")])))
    assert CLOSE.is_over is not None

    assert not CLOSE.is_over(facts(accounts=[card(balance="760.00")]), told)
    assert CLOSE.is_over(facts(accounts=[card(balance="100.00")]), told)
    assert CLOSE.is_over(facts(accounts=[]), told)


def test_all_cards_together() -> None:
    cards = [card(), card(id=2, balance="200.00", credit_limit="1000.00"), card(id=3, balance="-50.00")]

    told = only(UTILIZATION, facts(accounts=[*cards[:2], account(id=4)]))

    assert told.title == "30% of your credit is used"
    assert told.description.startswith("$600.00 of $2,000.00 on 2 credit cards are used.")
    assert told.accounts == (cards[0].guid, cards[1].guid)
    assert not found(UTILIZATION, facts(accounts=cards))


@pytest.mark.parametrize(
    "more",
    [{"balance": "299.99"}, {"is_closed": True}, {"credit_limit": None}, {"balance": "800.00"}, {"type": "LOAN"}],
    ids=["little", "closed", "no limit", "told by the other rule", "no card"],
)
def test_one_card_of_which_this_rule_says_nothing(more: dict[str, Any]) -> None:
    assert not found(UTILIZATION, facts(accounts=[card(**more)]))


def test_utilization_is_over_when_less_is_used() -> None:
    told = kept(UTILIZATION, only(UTILIZATION, facts(accounts=[card()])))
    assert UTILIZATION.is_over is not None

    assert not UTILIZATION.is_over(facts(accounts=[card(balance="800.00")]), told)
    assert UTILIZATION.is_over(facts(accounts=[card(balance="10.00")]), told)


def test_interest_of_90_days_on_all_cards() -> None:
    cards = [card(), card(id=2)]
    charged = [
        movement(ago(80), "12.10", "FINANCE_CHARGE"),
        movement(ago(50), "14.60", feed_description="INTEREST CHARGE ON PURCHASES", account_id=2),
        movement(ago(20), "10.01", "FINANCE_CHARGE"),
    ]
    others = [
        movement(ago(90), "99.00", "FINANCE_CHARGE"),
        movement(ago(20), "99.00", "FINANCE_CHARGE", status=Status.PENDING),
        movement(ago(20), "99.00", "LATE_FEE"),
        movement(ago(20), "-99.00", "FINANCE_CHARGE"),
    ]

    told = only(INTEREST, facts([*charged, *others], accounts=cards))

    assert told.title == "$36.71 of card interest in 90 days"
    assert told.description == "Interest on 2 credit cards cost you $36.71 in the last 90 days, in 3 charges."
    assert told.transactions == tuple(each.guid for each in reversed(charged))
    assert told.accounts == (cards[0].guid, cards[1].guid)
    assert INTEREST.window == 90


def test_interest_elsewhere_and_pennies_are_not_told() -> None:
    assert not found(INTEREST, facts([movement(ago(3), "30.00", "FINANCE_CHARGE")], accounts=[account("LOAN")]))
    assert not found(INTEREST, facts([movement(ago(3), "0.99", "FINANCE_CHARGE")], accounts=[card()]))
    assert not found(INTEREST, facts([movement(ago(3), "30.00", "GROCERIES")], accounts=[card()]))

"""Overdrafts that are, were charged for, or are ahead."""

from typing import Any

import pytest

from fanlight.core.transactions import Type
from fanlight.enrichment.flags import Flags
from fanlight.planning.facts import Facts
from fanlight.planning.insights.rules.overdraft_warning import RULE
from unit.insights.facts_builder import MERCHANT, account, ago, facts, found, kept, movement, only, payment, series

CHECKING = account(balance="100.00", name="Everyday")
PAY = series("-2000.00", ago(10), "PAYCHECK", merchant_guid=None, name_key="acme", next_on=ago(-5))


def with_payments(*payments: Any, **more: Any) -> Facts:
    return facts(scheduled_payments=payments, accounts=more.pop("accounts", [CHECKING]), **more)


def test_an_overdrawn_account_is_told() -> None:
    below = account(balance="-36.71", name="Everyday")
    finding = only(RULE, facts(accounts=[below]))
    assert finding.title == "Account overdrawn"
    assert finding.description == "Everyday is overdrawn by $36.71."
    assert finding.accounts == (below.guid,)


def test_an_overdraft_fee_is_told_for_three_days() -> None:
    fee = movement(ago(3), "35.00", "BANKING_FEE", flags=Flags.FEE | Flags.OVERDRAFT_FEE)
    finding = only(RULE, facts([fee], accounts=[CHECKING]))
    assert finding.description == "Everyday was charged $35.00 on May 17 because there was too little in it."
    assert finding.transactions == (fee.guid,)
    old = movement(ago(4), "35.00", "BANKING_FEE", flags=Flags.FEE | Flags.OVERDRAFT_FEE)
    assert found(RULE, facts([old], accounts=[CHECKING])) == []
    other = movement(ago(1), "35.00", "BANKING_FEE", flags=Flags.FEE)
    assert found(RULE, facts([other], accounts=[CHECKING])) == []


def test_what_is_due_before_the_next_income_is_told_where_the_balance_does_not_last() -> None:
    rent, power = payment(ago(-2), "80.00"), payment(ago(-4), "65.20", merchant_guid=None)
    finding = only(RULE, with_payments(rent, power, series=[PAY]))
    assert finding.title == "Account may be overdrawn"
    assert finding.description == (
        "Everyday may be short by $45.20 from May 24 on: 2 payments of $145.20 in all are due before more is expected "
        "to come in."
    )
    assert finding.accounts == (CHECKING.guid,)
    assert finding.scheduled_payments == (rent.guid, power.guid)
    assert finding.merchants == (MERCHANT,)


def test_what_is_due_after_the_next_income_does_not_count() -> None:
    assert found(RULE, with_payments(payment(ago(-5), "500.00"), series=[PAY])) == []


def test_without_an_income_fourteen_days_are_looked_ahead() -> None:
    assert found(RULE, with_payments(payment(ago(-14), "500.00")))
    assert found(RULE, with_payments(payment(ago(-15), "500.00"))) == []


def test_what_comes_in_earlier_helps_and_on_the_same_day_does_not() -> None:
    due = payment(ago(-4), "150.00")
    assert found(RULE, with_payments(payment(ago(-3), "60.00", transaction_type=Type.CREDIT), due)) == []
    assert found(RULE, with_payments(payment(ago(-4), "60.00", transaction_type=Type.CREDIT), due))


@pytest.mark.parametrize(
    "other",
    [{"is_completed": True}, {"occurs_on": ago(1)}, {"amount": "100.00"}],
    ids=["completed", "of a day before", "just enough"],
)
def test_these_payments_leave_enough(other: dict[str, Any]) -> None:
    assert found(RULE, with_payments(payment(**{"occurs_on": ago(-3), "amount": "150.00"} | other))) == []


def test_the_available_balance_counts_where_it_is_lower() -> None:
    held = account(balance="200.00", available_balance="100.00")
    assert found(RULE, with_payments(payment(ago(-3), "150.00"), accounts=[held]))
    more = account(balance="200.00", available_balance="700.00")
    assert found(RULE, with_payments(payment(ago(-3), "150.00"), accounts=[more])) == []
    unknown = account(balance=None)
    assert found(RULE, with_payments(payment(ago(-3), "150.00"), accounts=[unknown])) == []


def test_with_several_checking_accounts_only_payments_of_a_series_are_on_one() -> None:
    second = account(id=2, balance="50.00", name="Second")
    rent = series("150.00", ago(25), account_id=2, name_key="rent", merchant_guid=None)
    accounts = [CHECKING, second]
    assert found(RULE, with_payments(payment(ago(-3), "150.00"), accounts=accounts)) == []
    of_series = payment(ago(-3), "150.00", series_key=rent.key)
    assert only(RULE, with_payments(of_series, accounts=accounts, series=[rent])).accounts == (second.guid,)


@pytest.mark.parametrize(
    "other",
    [account("CREDIT_CARD", balance="-20.00"), account(balance="-20.00", is_closed=True), account(balance="0.00")],
    ids=["a card", "closed", "nothing in it"],
)
def test_these_accounts_are_not_overdrawn(other: Any) -> None:
    assert found(RULE, facts(accounts=[other])) == []


def test_a_warning_is_over_after_a_deposit_and_a_fee_stays() -> None:
    assert RULE.is_over is not None
    due = payment(ago(-3), "150.00")
    told = kept(RULE, only(RULE, with_payments(due)))
    assert not RULE.is_over(with_payments(due), told)
    assert RULE.is_over(with_payments(due, accounts=[account(balance="900.00")]), told)
    below = kept(RULE, only(RULE, facts(accounts=[account(balance="-1.00")])))
    assert RULE.is_over(facts(accounts=[account(balance="1.00")]), below)
    fee = movement(ago(1), "35.00", "BANKING_FEE", flags=Flags.OVERDRAFT_FEE)
    charged = kept(RULE, only(RULE, facts([fee])))
    assert not RULE.is_over(facts(), charged)

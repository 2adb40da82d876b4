"""Deposits of every kind: pay, taxes, benefits, checks, large ones, into savings and into health savings."""

from typing import Any, NamedTuple

import pytest

from fanlight.core.transactions import Status
from fanlight.planning.facts import Account, Movement
from fanlight.planning.insights.port import Rule
from fanlight.planning.insights.rules import (
    check_deposit,
    government_deposit,
    hsa_deposit,
    large_deposit,
    paycheck_deposit,
    savings_account_deposit,
    tax_deposit,
)
from unit.insights.facts_builder import MERCHANT, account, ago, category, facts, found, movement, only


class Case(NamedTuple):
    """A deposit that its rule tells of, and how."""

    rule: Rule
    key: str
    said: str
    title: str
    description: str
    on: Account = account(name="Everyday")
    amount: str = "-1850.00"

    def movement(self, **other: Any) -> Movement:
        values = {"description": "The payer", "feed_description": self.said, "merchant_guid": MERCHANT} | other
        day, amount, key = values.pop("day", ago(2)), values.pop("amount", self.amount), values.pop("key", self.key)
        return movement(day, amount, key, **values)

    def told(self, **other: Any) -> bool:
        return bool(found(self.rule, facts([self.movement(**other)], accounts=[self.on])))


PAY = Case(
    paycheck_deposit.RULE, "PAYCHECK", "ACME PAYROLL", "Paycheck: $1,850.00",
    "A paycheck of $1,850.00 came into Everyday on May 18: The payer.",
)  # fmt: skip
TAX = Case(
    tax_deposit.RULE, "FEDERAL_TAX", "IRS TREAS 310 TAX REF", "Tax refund: $1,850.00",
    "A tax refund of $1,850.00 came into Everyday on May 18: The payer.",
)  # fmt: skip
BENEFIT = Case(
    government_deposit.RULE, "INCOME", "SSA TREAS 310 XXSOC SEC", "Government payment: $1,850.00",
    "A government payment of $1,850.00 came into Everyday on May 18: The payer.",
)  # fmt: skip
CHECK = Case(
    check_deposit.RULE, "CHECK", "DEPOSIT 12", "Check deposited: $1,850.00",
    "A check of $1,850.00 came into Everyday on May 18: The payer.",
)  # fmt: skip
LARGE = Case(
    large_deposit.RULE, "INCOME", "COUNTER CREDIT", "Large deposit: $500.00",
    "A deposit of $500.00 came into Everyday on May 18: The payer.", amount="-500.00",
)  # fmt: skip
SAVED = Case(
    savings_account_deposit.RULE, "TRANSFER", "FROM CHECKING", "Saved: $10.01",
    "A deposit of $10.01 came into Saver on May 18: The payer.", account("SAVINGS", name="Saver"), "-10.01",
)  # fmt: skip
HEALTH = Case(
    hsa_deposit.RULE, "DEPOSIT", "CONTRIBUTION", "Health savings: $10.01",
    "A deposit of $10.01 came into My HSA on May 18: The payer.", account("INVESTMENT", name="My HSA"), "-10.01",
)  # fmt: skip
CASES = (PAY, TAX, BENEFIT, CHECK, LARGE, SAVED, HEALTH)
EVERY = pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule.template)


@EVERY
def test_a_deposit_is_told_with_what_belongs_to_it(case: Case) -> None:
    deposit = case.movement()
    finding = only(case.rule, facts([deposit], accounts=[case.on]))
    assert finding.about == deposit.guid
    assert finding.title == case.title
    assert finding.description == case.description
    assert finding.accounts == (case.on.guid,)
    assert finding.transactions == (deposit.guid,)
    assert finding.categories == (category(case.key),)
    assert finding.merchants == (MERCHANT,)


@EVERY
@pytest.mark.parametrize(
    "other",
    [
        {"amount": "1850.00"},
        {"status": Status.PENDING},
        {"day": ago(11)},
        {"key": "INTEREST_INCOME", "amount": "-9.00"},
    ],
    ids=["a debit", "pending", "long ago", "interest"],
)
def test_this_is_no_deposit_of_any_kind(case: Case, other: dict[str, Any]) -> None:
    if case is BENEFIT:
        other = other | ({"feed_description": "INTEREST"} if "key" in other else {})
    assert not case.told(**other)


@EVERY
def test_no_deposit_arrives_on_a_card(case: Case) -> None:
    card = account("CREDIT_CARD", name="HSA Card")
    assert found(case.rule, facts([case.movement()], accounts=[card])) == []


@pytest.mark.parametrize(
    ("case", "other"),
    [
        (PAY, {"key": "INCOME"}),
        (TAX, {"key": "INCOME"}),
        (TAX, {"twin": "TRN-1"}),
        (BENEFIT, {"feed_description": "ACME PAYROLL"}),
        (BENEFIT, {"feed_description": "UNIVERSAL CREDIT LOAN PROCEEDS"}),
        (BENEFIT, {"key": "FEDERAL_TAX"}),
        (BENEFIT, {"key": "PAYCHECK"}),
        (CHECK, {"key": "INCOME"}),
        (CHECK, {"key": "TRANSFER", "feed_description": "MOBILE DEPOSIT"}),
        (LARGE, {"amount": "-499.99"}),
        (LARGE, {"key": "TRANSFER"}),
        (LARGE, {"key": "RETURNED_PURCHASE"}),
        (LARGE, {"twin": "TRN-1"}),
        (SAVED, {"amount": "-10.00"}),
        (SAVED, {"key": "INTEREST_INCOME"}),
        (HEALTH, {"amount": "-10.00"}),
        (HEALTH, {"key": "DIVIDEND_CAP_GAINS"}),
    ],
    ids=lambda value: value.rule.template if isinstance(value, Case) else " ".join(value.values()),
)
def test_it_is_not_this_kind_of_deposit(case: Case, other: dict[str, Any]) -> None:
    assert not case.told(**other)


def test_savings_and_health_savings_are_told_by_their_accounts() -> None:
    assert found(SAVED.rule, facts([SAVED.movement()], accounts=[account()])) == []
    assert found(HEALTH.rule, facts([HEALTH.movement()], accounts=[account("INVESTMENT", name="Thsar")])) == []
    assert found(HEALTH.rule, facts([HEALTH.movement()], accounts=[account("SAVINGS", name="Health Savings Account")]))


@pytest.mark.parametrize(
    "said", ["MOBILE DEPOSIT", "CHECK DEPOSIT 0071", "REMOTE ONLINE DEPOSIT #1", "EDEPOSIT IN BRANCH"]
)
def test_a_text_tells_of_a_check(said: str) -> None:
    assert CHECK.told(key="INCOME", feed_description=said)


@pytest.mark.parametrize(
    "said", ["VACP TREAS 310 XXVA BENEF", "CA EDD UI BENEFIT", "DWP UC", "STATE PENSION", "UNEMPLOYMENT COMP"]
)
def test_a_text_tells_of_a_benefit(said: str) -> None:
    assert BENEFIT.told(feed_description=said)

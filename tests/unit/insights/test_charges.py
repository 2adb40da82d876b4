"""Charges: refunds of disputes, payments that came twice, fees, large ones."""

from typing import Any

import pytest

from fanlight.core.transactions import Status, Type
from fanlight.enrichment.flags import Flags
from fanlight.planning.facts import Movement
from fanlight.planning.insights.rules.charge_dispute_refund import RULE as DISPUTE
from fanlight.planning.insights.rules.duplicate_payment import RULE as DUPLICATE
from fanlight.planning.insights.rules.fee_detected import RULE as FEE
from fanlight.planning.insights.rules.large_transaction import RULE as LARGE
from unit.insights.facts_builder import MERCHANT, account, ago, category, facts, found, movement, only

SAID = "DISPUTE CREDIT 4471"


def refund(amount: str = "-36.71", said: str = SAID, day: str = ago(2), **more: Any) -> Movement:
    return movement(day, amount, **{"feed_description": said, "description": "Dispute credit"} | more)


def test_a_disputed_charge_came_back() -> None:
    charge = movement(ago(40), "36.71", description="Gadget Shop", merchant_guid=MERCHANT)
    credit = refund()

    told = only(DISPUTE, facts([movement(ago(90), "36.71"), charge, credit]))

    assert told.title == "$36.71 came back after a dispute"
    assert told.description == (
        "A credit of $36.71 came on May 18 for a charge that was disputed, for Gadget Shop of April 10."
    )
    assert told.transactions == (credit.guid, charge.guid)
    assert told.merchants == (MERCHANT,)


@pytest.mark.parametrize("said", ["CHARGEBACK REVERSAL", "Charge back adj", "PROVISIONAL CREDIT", "TEMP CR CLAIM 12"])
def test_other_words_for_it_and_no_charge_to_be_seen(said: str) -> None:
    credit = refund(said=said)

    told = only(DISPUTE, facts([credit]))

    assert told.transactions == (credit.guid,)
    assert told.description.endswith("for a charge that was disputed.")


@pytest.mark.parametrize(
    "credit",
    [
        refund("36.71"),
        refund(status=Status.PENDING),
        refund(twin="TRN-1"),
        refund(said="REFUND GADGET SHOP", description="Gadget Shop"),
        refund(said="INDISPUTABLE GOODS", description="Goods"),
        refund(day=ago(11)),
    ],
    ids=["debit", "pending", "own transfer", "plain refund", "part of a word", "no news"],
)
def test_what_is_no_refund_of_a_dispute(credit: Movement) -> None:
    assert not found(DISPUTE, facts([credit]))


def paid(day: str = ago(2), amount: str = "36.71", **more: Any) -> Movement:
    return movement(day, amount, **{"merchant_guid": MERCHANT, "description": "Gadget Shop"} | more)


def test_the_same_payment_twice() -> None:
    two = [paid(), paid(account_id=2)]

    told = only(DUPLICATE, facts(two, accounts=[account(), account(id=2)]))

    assert told.title == "Gadget Shop: charged twice?"
    assert told.description == "There are 2 payments of $36.71 to Gadget Shop on May 18. One may be a mistake."
    assert told.transactions == tuple(each.guid for each in two)
    assert told.accounts == (account().guid, account(id=2).guid)
    assert told.merchants == (MERCHANT,)


def test_a_third_payment_is_the_same_thing() -> None:
    two, three = facts([paid(), paid()]), facts([paid(), paid(), paid()])

    assert only(DUPLICATE, two).about == only(DUPLICATE, three).about
    assert only(DUPLICATE, three).title == "Gadget Shop: charged 3 times?"


@pytest.mark.parametrize(
    "other",
    [
        paid(ago(3)),
        paid(amount="36.72"),
        paid(merchant_guid="MCH-00000000-0000-0000-0000-000000000002"),
        paid(merchant_guid=None),
        paid(status=Status.PENDING),
        paid(type=Type.CREDIT),
        paid(twin="TRN-1"),
    ],
    ids=["other day", "other amount", "other merchant", "no merchant", "pending", "refund", "own transfer"],
)
def test_two_payments_that_are_not_the_same(other: Movement) -> None:
    assert not found(DUPLICATE, facts([paid(), other]))


def test_parts_of_a_split_and_old_pairs_are_no_duplicates() -> None:
    assert not found(DUPLICATE, facts([paid(parent_id=7), paid(parent_id=7)]))
    assert not found(DUPLICATE, facts([paid(ago(40)), paid(ago(40)), paid(ago(1), "5.00")]))


def test_a_bus_ride_there_and_back_is_nothing_to_speak_of() -> None:
    rides = [paid(ago(days), "2.90") for days in (1, 1, 15, 15, 30, 30)]

    assert not found(DUPLICATE, facts(rides))
    assert found(DUPLICATE, facts(rides[:4]))


def test_a_fee() -> None:
    fee = movement(ago(1), "12.00", "BANKING_FEE", description="Monthly maintenance fee")

    told = only(FEE, facts([fee]))

    assert told.title == "$12.00 fee on Checking"
    assert told.description == "Checking was charged $12.00 on May 19: Monthly maintenance fee."
    assert told.transactions == (fee.guid,)
    assert told.categories == (category("BANKING_FEE"),)
    assert found(FEE, facts([movement(ago(1), "3.00", "ATM_FEE")]))
    assert found(FEE, facts([movement(ago(1), "35.00", flags=Flags.OVERDRAFT_FEE)]))


@pytest.mark.parametrize(
    ("amount", "key", "more"),
    [
        ("-12.00", "BANKING_FEE", {}),
        ("12.00", "BANKING_FEE", {"status": Status.PENDING}),
        ("12.00", "FINANCE_CHARGE", {}),
        ("12.00", "TRADE_COMMISSIONS", {}),
        ("100.00", "ATM_FEE", {}),
        ("12.00", "GROCERIES", {"flags": Flags.FEE}),
    ],
    ids=["given back", "pending", "interest", "trade", "withdrawal", "called otherwise"],
)
def test_what_is_no_fee(amount: str, key: str, more: dict[str, Any]) -> None:
    assert not found(FEE, facts([movement(ago(1), amount, key, **more)]))
    assert not found(FEE, facts([movement(ago(11), "12.00", "BANKING_FEE")]))


def test_a_large_payment() -> None:
    large = movement(ago(1), "500.00", "FURNISHINGS", description="Chairs & Co", merchant_guid=MERCHANT)

    told = only(LARGE, facts([large]))

    assert told.title == "Large payment: $500.00"
    assert told.description == "$500.00 went to Chairs & Co from Checking on May 19."
    assert (told.transactions, told.merchants) == ((large.guid,), (MERCHANT,))
    assert told.categories == (category("FURNISHINGS"),)


@pytest.mark.parametrize(
    ("amount", "key", "more"),
    [
        ("499.99", "FURNISHINGS", {}),
        ("-900.00", "FURNISHINGS", {}),
        ("900.00", "FURNISHINGS", {"status": Status.PENDING}),
        ("900.00", "FURNISHINGS", {"twin": "TRN-1"}),
        ("900.00", "CREDIT_CARD_PAYMENT", {}),
        ("900.00", "BUY", {}),
    ],
    ids=["less", "credit", "pending", "own transfer", "transfer", "investment"],
)
def test_what_is_no_large_payment(amount: str, key: str, more: dict[str, Any]) -> None:
    assert not found(LARGE, facts([movement(ago(1), amount, key, **more)]))
    assert not found(LARGE, facts([movement(ago(11), "900.00", "FURNISHINGS")]))

"""Spending: a category that grows, the small purchases of a week, a card paid off, an account not connected."""

from datetime import date
from typing import Any

import pytest

from fanlight.core.transactions import Status
from fanlight.enrichment.flags import Flags
from fanlight.enrichment.merchants import catalogue
from fanlight.planning.facts import Account, Facts, Movement
from fanlight.planning.insights.rules import (
    category_spending,
    celebrate_credit_card_payoff,
    discovered_account,
    weekly_small_purchases_summary,
)
from unit.insights.facts_builder import (
    MERCHANT,
    account,
    ago,
    budget,
    category,
    facts,
    found,
    kept,
    movement,
    only,
    tallies_of,
    tally,
)

GROWN, WEEK = category_spending.RULE, weekly_small_purchases_summary.RULE
PAID, DISCOVERED = celebrate_credit_card_payoff.RULE, discovered_account.RULE

EARLIER = [tally("2026-01", "GROCERIES", "10.00")] + [
    tally(f"2026-0{of}", "RESTAURANTS", amount) for of, amount in ((2, "250.00"), (3, "260.00"), (4, "267.00"))
]


def grown(amounts: dict[str, str], earlier: Any = EARLIER, **more: Any) -> Facts:
    movements = [movement(ago(3), amount, key, merchant_guid=MERCHANT) for key, amount in amounts.items()]
    return facts(movements, tallies=[*earlier, *tallies_of(movements)], **more)


def test_a_category_that_grew_is_told_and_a_limit_is_suggested() -> None:
    given = grown({"RESTAURANTS": "400.00", "FAST_FOOD": "20.00"})
    finding = only(GROWN, given)
    assert finding.about == f"{category('FOOD_DINING')} 2026-05"
    assert finding.title == "More spent on Food & Dining"
    assert finding.description == (
        "You spent $420.00 on Food & Dining in May so far: 62% more than the $259.00 of an average month. A limit of "
        "$260.00 would keep it at what is usual."
    )
    assert finding.categories == (category("FOOD_DINING"),)
    assert finding.transactions == tuple(each.guid for each in given.movements)
    assert finding.merchants == (MERCHANT,)


def test_a_category_is_compared_with_months_of_which_all_is_known() -> None:
    for fed_on, times in ((date(2026, 4, 30), 0), (date(2026, 5, 1), 1)):
        given = grown({"RESTAURANTS": "420.00"}, accounts=[account(fed_on=fed_on)])
        assert len(found(GROWN, given)) == times


def test_half_as_much_again_is_what_it_takes() -> None:
    assert found(GROWN, grown({"RESTAURANTS": "388.50"}))
    assert found(GROWN, grown({"RESTAURANTS": "388.49"})) == []


@pytest.mark.parametrize(
    "given",
    [
        grown({"RESTAURANTS": "400.00"}, EARLIER[1:]),
        grown({"RESTAURANTS": "400.00"}, EARLIER[:2]),
        grown({"RESTAURANTS": "49.00"}, [EARLIER[0], *(each._replace(debits=10_000_000) for each in EARLIER[1:])]),
        grown({"RESTAURANTS": "400.00"}, budgets=[budget("FAST_FOOD", "50.00", "0")]),
        grown({"FEDERAL_TAX": "900.00"}, [*EARLIER, *(tally(f"2026-0{of}", "FEDERAL_TAX", "9.00") for of in (2, 3))]),
        grown({"TRANSFER": "900.00"}, [*EARLIER, *(tally(f"2026-0{of}", "TRANSFER", "9.00") for of in (2, 3))]),
    ],
    ids=["no whole history", "spent in one month", "little money", "has a budget", "taxes", "transfers"],
)
def test_no_category_grew(given: Facts) -> None:
    assert found(GROWN, given) == []


def test_an_account_connected_later_is_no_growth() -> None:
    later = [movement(ago(3), "400.00", "RESTAURANTS", account_id=2)]
    accounts = [account(), account("CREDIT_CARD", id=2)]
    assert found(GROWN, facts(later, accounts=accounts, tallies=[*EARLIER, *tallies_of(later)])) == []


def test_growth_is_over_when_something_is_returned_and_with_the_month() -> None:
    assert GROWN.is_over is not None
    told = kept(GROWN, only(GROWN, grown({"RESTAURANTS": "400.00"})))
    assert not GROWN.is_over(grown({"RESTAURANTS": "410.00"}), told)
    assert GROWN.is_over(grown({"RESTAURANTS": "300.00"}), told)
    assert GROWN.is_over(grown({"RESTAURANTS": "400.00"}, today="2026-06-01"), told)


def purchases(*amounts: str, day: str = "2026-05-13", **more: Any) -> list[Movement]:
    values = {"description": "Corner Coffee", "merchant_guid": MERCHANT} | more
    return [movement(day, amount, values.get("key", "COFFEE_SHOPS"), **_without_key(values)) for amount in amounts]


def _without_key(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "key"}


FOUR = ("3.50", "4.20", "9.99", "5.00")


def test_small_purchases_of_the_week_are_summed_up() -> None:
    bought = purchases(*FOUR) + purchases("2.31", day="2026-05-17", key="FAST_FOOD", description="Burgers")
    given = facts(bought, today="2026-05-18")
    finding = only(WEEK, given)
    assert finding.about == "2026-05-11"
    assert finding.title == "5 small purchases, $25.00 in all"
    assert finding.description == (
        "Between May 11 and May 17 you made 5 purchases below $10.00: $25.00 in all, 4 of them at Corner Coffee."
    )
    assert finding.transactions == tuple(each.guid for each in bought)
    assert finding.merchants == (MERCHANT,)
    assert finding.categories == (category("COFFEE_SHOPS"), category("FAST_FOOD"))
    assert finding.accounts == (given.accounts[1].guid,)


@pytest.mark.parametrize(("fed_on", "is_told"), [(date(2026, 5, 17), False), (date(2026, 5, 18), True), (None, True)])
def test_a_week_is_told_once_every_institution_has_told_of_it(fed_on: date | None, is_told: bool) -> None:
    accounts = [account(), account("CREDIT_CARD", id=2, fed_on=fed_on), account("LOAN", id=3, fed_on=date(2026, 5, 1))]
    given = facts(purchases(*FOUR, "1.00"), today="2026-05-18", accounts=accounts)
    assert bool(found(WEEK, given)) is is_told


@pytest.mark.parametrize(("today", "is_told"), [("2026-05-20", True), ("2026-05-21", False), ("2026-05-17", False)])
def test_a_week_is_told_from_monday_to_wednesday(today: str, is_told: bool) -> None:
    assert bool(found(WEEK, facts(purchases(*FOUR, "1.00"), today=today))) is is_told


@pytest.mark.parametrize(
    "fifth",
    [
        purchases(),
        purchases("10.00"),
        purchases("-5.00"),
        purchases("5.00", day="2026-05-10"),
        purchases("5.00", day="2026-05-18"),
        purchases("5.00", key="ATM_FEE"),
        purchases("5.00", key="TRANSFER"),
        purchases("5.00", flags=Flags.SUBSCRIPTION),
        purchases("5.00", flags=Flags.BILL_PAY),
    ],
    ids=["none", "ten", "a credit", "earlier", "later", "a fee", "a transfer", "a subscription", "a bill"],
)
def test_it_is_no_fifth_small_purchase(fifth: list[Movement]) -> None:
    assert found(WEEK, facts(purchases(*FOUR) + fifth, today="2026-05-18")) == []


def paid(amount: str = "-640.00", day: str = ago(4), key: str = "CREDIT_CARD_PAYMENT", **more: Any) -> Movement:
    return movement(day, amount, key, **more)


def card(balance: str | None = "0.00", **more: Any) -> Account:
    return account("CREDIT_CARD", balance=balance, name="Blue Card", **more)


def test_a_card_that_was_paid_off_is_told() -> None:
    payment = paid()
    finding = only(PAID, facts([payment], accounts=[card()]))
    assert finding.about == card().guid
    assert finding.description == (
        "Nothing is owed on Blue Card any more, after your payment of $640.00 on May 16. Well done."
    )
    assert finding.accounts == (card().guid,)
    assert finding.transactions == (payment.guid,)
    assert PAID.window == 180


@pytest.mark.parametrize(
    ("payment", "of"),
    [
        (paid(), card("0.01")),
        (paid(), card(None)),
        (paid("-99.99"), card()),
        (paid("640.00"), card()),
        (paid(day=ago(15)), card()),
        (paid(key="RETURNED_PURCHASE"), card()),
        (paid(status=Status.PENDING), card()),
        (paid(), card(is_closed=True)),
        (paid(), account("LOAN", balance="0.00")),
    ],
    ids=["owed", "unknown", "little", "a debit", "long ago", "a refund", "pending", "closed", "a loan"],
)
def test_no_card_was_paid_off(payment: Movement, of: Account) -> None:
    assert found(PAID, facts([payment], accounts=[of])) == []


def test_the_joy_is_over_when_much_is_owed_again() -> None:
    assert PAID.is_over is not None
    told = kept(PAID, only(PAID, facts([paid()], accounts=[card()])))
    assert not PAID.is_over(facts(accounts=[card("99.99")]), told)
    assert PAID.is_over(facts(accounts=[card("100.00")]), told)
    assert PAID.is_over(facts(), told)


def named(name: str) -> str:
    return next(each.guid for each in catalogue() if each.name == name)


def sent(
    day: int, amount: str = "150.00", to: str = "Discover", key: str = "CREDIT_CARD_PAYMENT", **more: Any
) -> Movement:
    return movement(ago(day), amount, key, merchant_guid=named(to), **more)


def test_a_card_that_is_paid_but_not_connected_is_told() -> None:
    first, second = sent(40), sent(9, "170.00")
    given = facts([first, second])
    finding = only(DISCOVERED, given)
    assert finding.about == named("Discover")
    assert finding.title == "An account at Discover?"
    assert finding.description == (
        "Since April 10 there were 2 payments to or from Discover, $320.00 in all, and no account there is connected. "
        "Connect it to see it here."
    )
    assert finding.transactions == (second.guid, first.guid)
    assert finding.merchants == (named("Discover"),)
    assert finding.accounts == (given.accounts[1].guid,)


@pytest.mark.parametrize(("to", "key"), [("Nelnet", "STUDENT_LOAN"), ("Wells Fargo Home Mortgage", "MORTGAGE_RENT")])
def test_lenders_hold_accounts_too(to: str, key: str) -> None:
    assert found(DISCOVERED, facts([sent(40, to=to, key=key), sent(9, to=to, key=key)]))


@pytest.mark.parametrize(
    "moved",
    [
        [sent(9)],
        [sent(9), sent(9)],
        [sent(90), sent(60)],
        [sent(40, twin="TRN-1"), sent(9)],
        [sent(40, key="BANKING_FEE"), sent(9, key="BANKING_FEE")],
        [sent(40, to="PayPal", key="TRANSFER"), sent(9, to="PayPal", key="TRANSFER")],
        [sent(40, to="Netflix"), sent(9, to="Netflix")],
    ],
    ids=["once", "one day", "long ago", "the other side is here", "fees", "no bank", "a shop"],
)
def test_no_account_is_discovered(moved: list[Movement]) -> None:
    assert found(DISCOVERED, facts(moved)) == []


def test_what_is_connected_is_not_discovered_and_ends_what_was_told() -> None:
    assert DISCOVERED.is_over is not None
    moved = [sent(40), sent(9)]
    told = kept(DISCOVERED, only(DISCOVERED, facts(moved)))
    connected = facts(moved, institution_names={"INS-1": "Discover Bank"})
    of_that_name = facts(moved, accounts=[account(), account("CREDIT_CARD", id=2, name="Discover it Card")])
    for given in (connected, of_that_name):
        assert found(DISCOVERED, given) == []
        assert DISCOVERED.is_over(given, told)
    assert not DISCOVERED.is_over(facts(moved), told)

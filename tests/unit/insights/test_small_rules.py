"""Low balances, the welcome, and what clients want read."""

from typing import Any

import pytest

from fanlight.planning.insights.rules.account_balance_low import RULE as LOW
from fanlight.planning.insights.rules.custom_insight import RULE as CUSTOM
from fanlight.planning.insights.rules.introduce_insights import RULE as WELCOME
from unit.insights.facts_builder import account, ago, at, campaign, facts, found, kept, movement, only

USED = movement(ago(3), "12.00")


@pytest.mark.parametrize(("kind", "balance"), [("CHECKING", "99.99"), ("SAVINGS", "0.00"), ("PREPAID", "36.71")])
def test_little_is_left(kind: str, balance: str) -> None:
    own = account(kind, balance=balance)

    told = only(LOW, facts([USED], accounts=[own]))

    assert told.title == f"{own.name}: ${balance} left"
    assert told.description == f"The balance of {own.name} is ${balance}, below $100.00."
    assert told.accounts == (own.guid,)


@pytest.mark.parametrize(
    "more",
    [
        {"balance": "100.00"},
        {"balance": "-0.01"},
        {"balance": None},
        {"is_closed": True},
        {"type": "CASH"},
        {"type": "CREDIT_CARD"},
    ],
)
def test_what_is_no_low_balance(more: dict[str, Any]) -> None:
    assert not found(LOW, facts([USED], accounts=[account(**{"balance": "5.00"} | more)]))


def test_an_account_that_sleeps_is_not_low() -> None:
    assert not found(LOW, facts(accounts=[account(balance="5.00")]))
    assert not found(LOW, facts([movement(ago(30), "12.00")], accounts=[account(balance="5.00")]))


def test_a_low_balance_is_over_when_there_is_more() -> None:
    told = kept(LOW, only(LOW, facts([USED], accounts=[account(balance="5.00")])))
    assert LOW.is_over is not None

    assert not LOW.is_over(facts(accounts=[account(balance="6.00")]), told)
    assert LOW.is_over(facts(accounts=[account(balance="600.00")]), told)
    assert LOW.is_over(facts(accounts=[account(balance="-6.00")]), told)
    assert LOW.is_over(facts(accounts=[]), told)


def test_new_users_are_welcome_once_they_have_an_account() -> None:
    new: dict[str, Any] = {"user_created_at": at(ago(30))}
    told = only(WELCOME, facts(**new))

    assert told.title == "Insights are here"
    assert not found(WELCOME, facts(accounts=[], **new))
    assert not found(WELCOME, facts(user_created_at=at(ago(31))))
    assert WELCOME.is_over is not None
    assert not WELCOME.is_over(facts(**new), kept(WELCOME, told))
    assert WELCOME.is_over(facts(), kept(WELCOME, told))


def test_a_campaign_on_its_days() -> None:
    own = campaign(call_to_action="See hours", from_date=ago(0), to_date=ago(0))

    told = only(CUSTOM, facts(campaigns=[own]))

    assert told == (own.guid, own.title, own.description, None, None, "See hours", (), (), (), (), ())
    assert not found(CUSTOM, facts(today=ago(1), campaigns=[own]))
    assert not found(CUSTOM, facts(today=ago(-1), campaigns=[own]))
    assert not found(CUSTOM, facts())


def test_a_campaign_is_over_with_its_last_day_or_when_removed() -> None:
    own = campaign()
    told = kept(CUSTOM, only(CUSTOM, facts(campaigns=[own])))
    assert CUSTOM.is_over is not None

    assert not CUSTOM.is_over(facts(campaigns=[own]), told)
    assert CUSTOM.is_over(facts(today=ago(-11), campaigns=[own]), told)
    assert CUSTOM.is_over(facts(), told)

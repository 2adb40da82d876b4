"""529 plans: which accounts are of one, and what moves on them."""

from typing import Any

import pytest

from fanlight.core.transactions import Status
from fanlight.planning.insights.rules.deposit_529 import RULE as DEPOSIT
from fanlight.planning.insights.rules.deposit_529 import is_529
from fanlight.planning.insights.rules.withdrawal_529 import RULE as WITHDRAWAL
from unit.insights.facts_builder import account, ago, facts, found, movement, only

NAMED: dict[str, Any] = {"name": "College Plan 529"}


@pytest.mark.parametrize(
    "name", ["Anna 529 savings", "College Plan 529", "529 college plan", "Savings (529)", "529-2 Ben"]
)
def test_names_of_plans(name: str) -> None:
    assert is_529(account("INVESTMENT", name=name))
    assert is_529(account("SAVINGS", name=name, subtype=None))
    assert not is_529(account("INVESTMENT", name=f"{name} prepaid"))


@pytest.mark.parametrize("name", ["Savings 529", "My 1529 plans"[:7], "529", "x529-2", "College plan"])
def test_names_that_are_none(name: str) -> None:
    assert not is_529(account("INVESTMENT", name=name))


def test_the_type_says_it_too_but_not_of_a_prepaid_one() -> None:
    assert is_529(account("INVESTMENT", name="College", subtype=11))
    assert not is_529(account("INVESTMENT", name="Prepaid college", subtype=11))
    assert not is_529(account("INVESTMENT", name="College", subtype=9))


def test_a_deposit_with_its_pace() -> None:
    own = account("INVESTMENT", **NAMED)
    deposits = [movement(ago(day), "-100.00") for day in (100, 70, 40, 2)]

    told = only(DEPOSIT, facts([*deposits, movement(ago(30), "10.00")], accounts=[own]))

    assert told.title == "$100.00 into College Plan 529"
    assert told.description == (
        "On May 18 $100.00 came into College Plan 529. The 3 deposits of the last 90 days come to $1,216.67 in a year "
        "at that pace."
    )
    assert told.transactions == (deposits[-1].guid,)
    assert told.accounts == (own.guid,)
    alone = only(DEPOSIT, facts(deposits[-1:], accounts=[own]))
    assert "The 1 deposit of" in alone.description


@pytest.mark.parametrize(("amount", "more"), [("-10.00", {}), ("100.00", {}), ("-100.00", {"account_id": 2})])
def test_what_is_no_deposit_into_a_plan(amount: str, more: dict[str, Any]) -> None:
    accounts = [account("INVESTMENT", **NAMED), account(id=2)]

    assert not found(DEPOSIT, facts([movement(ago(2), amount, **more)], accounts=accounts))
    assert not found(DEPOSIT, facts([movement(ago(11), "-100.00")], accounts=accounts))
    assert found(DEPOSIT, facts([movement(ago(2), "-10.01", status=Status.PENDING)], accounts=accounts))


def test_a_withdrawal() -> None:
    own, out = account("INVESTMENT", **NAMED), movement(ago(2), "2400.00")

    told = only(WITHDRAWAL, facts([out], accounts=[own]))

    assert told.title == "$2,400.00 out of College Plan 529"
    assert told.description == "On May 18 $2,400.00 went out of College Plan 529."
    assert (told.accounts, told.transactions) == ((own.guid,), (out.guid,))


def test_what_is_no_withdrawal_from_a_plan() -> None:
    own = account("INVESTMENT", **NAMED)

    assert not found(WITHDRAWAL, facts([movement(ago(2), "-2400.00")], accounts=[own]))
    assert not found(WITHDRAWAL, facts([movement(ago(2), "2400.00")], accounts=[account()]))
    assert not found(WITHDRAWAL, facts([movement(ago(11), "2400.00")], accounts=[own]))

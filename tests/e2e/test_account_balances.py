"""Balances by month: worked back from the current one, for what one has and for what one owes."""

import re
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from contract.account_things import fed, manual, movement
from support.world import Nexus, World

MONTHS = [(2026, 5), (2026, 6), (2026, 7), (2026, 8)]


def months(nexus: Nexus, account: str, query: str = "") -> list[tuple[int, int, Any, Any]]:
    """Year, month, balance, total."""
    found = nexus.ok("GET", f"/accounts/{account}/monthly_account_balance?{query}")["monthly_account_balances"]
    assert {each["account_guid"] for each in found} <= {account}
    return [(each["year"], each["month"], each["balance"], each["transaction_total"]) for each in found]


def written_down(nexus: Nexus, **fields: Any) -> str:
    """An account that stands at 100, with movements from May on: 30 in, 5 out, 20 out, 1.5 out."""
    account = str(manual(nexus, **fields)["guid"])
    movement(nexus, account, 30, "2026-05-31", credit=True)
    movement(nexus, account, 5, "2026-07-01")
    movement(nexus, account, 20, "2026-07-31")
    movement(nexus, account, 1.5, "2026-08-01")
    return account


def test_what_one_has_grows_with_credits(nexus: Nexus) -> None:
    assert months(nexus, written_down(nexus)) == [
        (2026, 5, 126.5, 30.0), (2026, 6, 126.5, 0.0), (2026, 7, 101.5, -25.0), (2026, 8, 100.0, -1.5),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["CREDIT_CARD", "LOAN", "MORTGAGE", "LINE_OF_CREDIT", "INSURANCE", 12])
def test_what_one_owes_grows_with_debits(world: World, kind: int | str) -> None:
    nexus = world.user(f"owing-{kind}")

    assert months(nexus, written_down(nexus, account_type=kind)) == [
        (2026, 5, 73.5, -30.0), (2026, 6, 73.5, 0.0), (2026, 7, 98.5, 25.0), (2026, 8, 100.0, 1.5),
    ]  # fmt: skip


def test_the_days_asked_for_choose_the_months_and_what_is_added_up(nexus: Nexus) -> None:
    account = written_down(nexus)

    assert months(nexus, account, "from_date=2026-07-02&to_date=2026-07-31") == [(2026, 7, 101.5, -20.0)]
    assert months(nexus, account, "from_date=2026-07-02&to_date=2026-07-30") == [(2026, 7, 101.5, 0.0)]
    assert months(nexus, account, "from_date=0001-01-01&to_date=9999-12-31") == months(nexus, account)
    assert months(nexus, account, "from_date=0001-01-01&to_date=2026-04-30") == []
    assert months(nexus, account, "from_date=2026-09-01&to_date=9999-12-31") == []


def test_what_is_dated_ahead_does_not_stand_on_the_account_yet(nexus: Nexus) -> None:
    account = written_down(nexus)
    movement(nexus, account, 10, "2026-09-03", credit=True)

    assert months(nexus, account, "from_date=2026-08-01&to_date=2026-09-30") == [
        (2026, 8, 90.0, -1.5), (2026, 9, 100.0, 10.0),
    ]  # fmt: skip


def test_pending_ones_and_children_of_splits_do_not_count(world: World, nexus: Nexus) -> None:
    account = written_down(nexus)
    before = months(nexus, account)
    whole = movement(nexus, account, 8, "2026-07-15")
    parts = [{"amount": 3}, {"amount": 5}]
    nexus.ok("POST", f"/transactions/{whole}/split", {"transactions": parts})
    assert months(nexus, account)[-2][2:] == (101.5, -33.0)

    world.rows("UPDATE transactions SET status = 2 WHERE guid = ?", whole)

    assert months(nexus, account) == before


def test_without_a_balance_there_is_nothing_to_work_back_from(nexus: Nexus) -> None:
    account = written_down(nexus, balance=None)

    assert months(nexus, account) == []


def test_without_transactions_it_begins_with_the_account(nexus: Nexus) -> None:
    account = manual(nexus, balance="-12.34")["guid"]

    assert months(nexus, account) == [(2026, 8, -12.34, 0.0)]


@pytest.mark.parametrize(("kind", "sign"), [("CHECKING", 1), ("CREDIT_CARD", -1)])
def test_what_an_institution_tells_adds_up(world: World, kind: str, sign: int) -> None:
    nexus = world.user(f"told-{kind}")
    account = fed(nexus, "ada", kind)
    told = nexus.ok("GET", f"/accounts/{account['guid']}/transactions?records_per_page=1000")["transactions"]
    changes = {
        month: sum(
            (Decimal(str(each["amount"])) * (1 if each["transaction_type"] == 1 else -1) * sign)
            for each in told
            if each["date"].startswith(f"2026-{month:02}") and each["status_name"] == "POSTED"
        )
        for _, month in MONTHS
    }

    found = months(nexus, account["guid"])

    assert [each[:2] for each in found] == MONTHS
    assert found[-1][2] == account["balance"]
    for (_, _, before, _), (_, month, balance, total) in pairwise(found):
        assert Decimal(str(balance)) - Decimal(str(before)) == Decimal(str(total)) == changes[month]


def test_amounts_are_plain_numbers(nexus: Nexus) -> None:
    text = nexus.get(f"/accounts/{written_down(nexus)}/monthly_account_balance").text

    assert re.findall(r'"balance":([^,]+),', text) == ["126.50", "126.50", "101.50", "100.00"]


def test_sums_of_the_largest_amounts_do_not_overflow(own_world: World) -> None:
    nexus = own_world.nexus
    account = manual(nexus, account_type=1, balance=0)["guid"]
    for _ in range(12):
        movement(nexus, account, 999_999_999_999.99, "2026-07-30")
    (month,) = nexus.ok("GET", f"/accounts/{account}/monthly_account_balance?from_date=2026-07-01&to_date=2026-07-31")[
        "monthly_account_balances"
    ]
    assert month["transaction_total"] == -11_999_999_999_999.88
    (total,) = nexus.ok("GET", "/date_range_category_totals/from/2026-07-01/to/2026-07-31")[
        "date_range_category_totals"
    ]
    assert total["total"] == 11_999_999_999_999.88

"""Categories of a user's own and what went through them: sums to the cent, new names at once, nothing left dangling."""

from decimal import Decimal
from typing import Any

import pytest

from contract.account_things import held, manual, movement
from contract.money_things import category
from contract.partner_things import Partner
from support.world import Nexus, World

GROCERIES, RESTAURANTS, PAYCHECK, FOOD = map(category, ("Groceries", "Restaurants", "Paycheck", "Food & Dining"))
JULY = "2026-07-01", "2026-07-31"


def own(nexus: Nexus, name: str = "Farm shops") -> str:
    answer = nexus.ok("POST", "/categories", {"category": {"name": name, "parent_guid": FOOD}})
    return str(answer["category"]["guid"])


def totals(nexus: Nexus, days: tuple[str, str] = JULY, query: str = "") -> dict[str, Decimal]:
    path = f"/date_range_category_totals/from/{days[0]}/to/{days[1]}{query}"
    found = nexus.ok("GET", path)["date_range_category_totals"]
    assert len({each["category_guid"] for each in found}) == len(found)
    return {each["category_guid"]: Decimal(str(each["total"])) for each in found}


def put(nexus: Nexus, guid: str, **fields: Any) -> dict[str, Any]:
    answer: dict[str, Any] = nexus.ok("PUT", f"/transactions/{guid}", {"transaction": fields})["transaction"]
    return answer


@pytest.fixture
def account(nexus: Nexus) -> str:
    return str(manual(nexus)["guid"])


def test_spending_counts_above_zero_and_income_in_its_own_categories_too(nexus: Nexus, account: str) -> None:
    movement(nexus, account, 30.10, "2026-07-01", category_guid=GROCERIES)
    movement(nexus, account, 12.20, "2026-07-31", category_guid=GROCERIES)
    movement(nexus, account, 5.05, "2026-07-15", category_guid=GROCERIES, credit=True)
    movement(nexus, account, 2000, "2026-07-15", category_guid=PAYCHECK, credit=True)
    movement(nexus, account, 1, "2026-06-30", category_guid=GROCERIES)
    movement(nexus, account, 1, "2026-08-01", category_guid=RESTAURANTS)

    assert totals(nexus) == {GROCERIES: Decimal("37.25"), PAYCHECK: Decimal(2000)}
    assert totals(nexus, ("0001-01-01", "9999-12-31"))[GROCERIES] == Decimal("38.25")


def test_the_parts_of_a_split_count_instead_of_it(nexus: Nexus, account: str) -> None:
    guid = movement(nexus, account, 30, "2026-07-10", category_guid=GROCERIES)
    parts = [{"amount": 10, "category_guid": RESTAURANTS}, {"amount": 20, "category_guid": FOOD}]
    children = nexus.ok("POST", f"/transactions/{guid}/split", {"transactions": parts})["transactions"]
    assert totals(nexus) == {RESTAURANTS: Decimal(10), FOOD: Decimal(20)}

    dearest = max(children, key=lambda child: child["amount"])["guid"]
    put(nexus, dearest, is_hidden=True)
    assert totals(nexus) == {RESTAURANTS: Decimal(10)}


def test_what_is_hidden_or_gone_does_not_count(nexus: Nexus, account: str) -> None:
    _, hidden, deleted = (
        movement(nexus, account, amount, "2026-07-10", category_guid=GROCERIES) for amount in (1, 10, 100)
    )
    other = str(manual(nexus)["guid"])
    movement(nexus, other, 1000, "2026-07-10", category_guid=RESTAURANTS)
    put(nexus, hidden, is_hidden=True)
    nexus.ok("DELETE", f"/transactions/{deleted}")
    assert totals(nexus) == {GROCERIES: Decimal(1), RESTAURANTS: Decimal(1000)}
    assert totals(nexus, query=f"?account_guid={other}") == {RESTAURANTS: Decimal(1000)}
    assert totals(nexus, query=f"?account_guid[]={other}&account_guid[]={account}") == totals(nexus)

    nexus.ok("PUT", f"/accounts/{other}", {"account": {"is_hidden": True}})
    assert totals(nexus) == {GROCERIES: Decimal(1)}
    assert totals(nexus, query=f"?account_guid={other}") == {}
    nexus.ok("PUT", f"/accounts/{other}", {"account": {"is_hidden": False}})
    assert nexus.send("DELETE", f"/accounts/{account}").status_code == 204
    assert totals(nexus) == {RESTAURANTS: Decimal(1000)}


def test_another_user_has_none_of_it(world: World, nexus: Nexus, account: str) -> None:
    movement(nexus, account, 30, "2026-07-10", category_guid=GROCERIES)
    other = world.user("another-of-categories")

    assert totals(other) == totals(other, query=f"?account_guid={account}") == {}


def test_a_new_name_is_shown_at_once(nexus: Nexus, account: str) -> None:
    guid = own(nexus)
    named = movement(nexus, account, 30, "2026-07-10", category_guid=guid)
    query = "/transactions?from_date=2026-07-01&to_date=2026-07-31"
    for name in ("Farm shops", "Orchards"):
        nexus.ok("PUT", f"/categories/{guid}", {"category": {"name": name}})
        (listed,) = nexus.ok("GET", query)["transactions"]
        read = nexus.ok("GET", f"/transactions/{named}")["transaction"]
        assert listed["category_name"] == read["category_name"] == name
        assert listed["top_level_category_guid"] == FOOD


def test_a_category_is_kept_while_a_transaction_is_seen_in_it(nexus: Nexus) -> None:
    guid, member = own(nexus), nexus.connect("ada")["guid"]
    found = nexus.ok("GET", "/transactions")["transactions"][0]["guid"]
    put(nexus, found, category_guid=guid)
    refused = nexus.send("DELETE", f"/categories/{guid}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, 4220)
    assert nexus.ok("GET", f"/transactions/{found}")["transaction"]["category_guid"] == guid

    nexus.ok("DELETE", f"/members/{member}")

    assert nexus.ok("DELETE", f"/categories/{guid}") == {}
    assert nexus.get(f"/categories/{guid}").status_code == 404


def test_a_category_is_free_when_its_transactions_have_others(nexus: Nexus, account: str) -> None:
    guid = own(nexus)
    used = movement(nexus, account, 30, "2026-07-10", category_guid=guid)
    gone = movement(nexus, account, 30, "2026-07-11", category_guid=guid)
    put(nexus, used, category_guid=GROCERIES)
    assert nexus.send("DELETE", f"/categories/{guid}").status_code == 422
    nexus.ok("DELETE", f"/transactions/{gone}")

    assert nexus.ok("DELETE", f"/categories/{guid}") == {}
    assert own(nexus) != guid  # the name is free again


def test_a_deleted_category_does_not_come_back_with_what_a_partner_said(world: World, nexus: Nexus) -> None:
    user = nexus.ok("GET", "/user")["user"]["external_guid"]
    guid, account = own(nexus), held(nexus, user, "c")["external_guid"]
    partner = Partner(world, user)
    made = partner.transaction("member-c", account, "t", category_guid=guid)["guid"]
    assert nexus.send("DELETE", f"/categories/{guid}").status_code == 422
    put(nexus, made, category_guid=GROCERIES)
    assert nexus.ok("DELETE", f"/categories/{guid}") == {}

    shown = put(nexus, made, category_guid=None)

    assert shown["category_guid"] != guid
    assert nexus.get(f"/categories/{shown['category_guid']}").status_code == 200
    assert partner.ok("GET", f"/members/member-c/accounts/{account}/transactions/t")["category_guid"] is None

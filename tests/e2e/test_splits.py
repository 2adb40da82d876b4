"""The parts of a split follow what they are parts of, whoever changes it, and add up as they did."""

import json
from typing import Any

import pytest

from contract.partner_things import Partner
from e2e.test_provenance import listed, put, read
from support.world import Nexus, World


def partner_of(world: World, name: str) -> tuple[Nexus, Partner]:
    nexus, partner = world.user(name), Partner(world, name)
    partner.member("m")
    partner.account("m", "a")
    return nexus, partner


def by_hand(nexus: Nexus, **fields: Any) -> str:
    account = nexus.ok("POST", "/accounts", {"account": {"name": "Wallet", "account_type": 9, "balance": 50}})
    body = {"amount": 30, "date": "2026-07-30", "description": "Market", "transaction_type": 2} | fields
    path = f"/accounts/{account['account']['guid']}/transactions"
    return str(nexus.ok("POST", path, {"transaction": body})["transaction"]["guid"])


def split(nexus: Nexus, guid: str, *amounts: float) -> list[str]:
    parts = {"transactions": [{"amount": amount} for amount in amounts]}
    return [each["guid"] for each in nexus.ok("POST", f"/transactions/{guid}/split", parts)["transactions"]]


def split_off(nexus: Nexus, guid: str, amount: float) -> str:
    body = {"transaction": {"parent_guid": guid, "amount": amount}}
    return str(nexus.ok("POST", "/transactions", body)["transaction"]["guid"])


def amounts(nexus: Nexus, guids: list[str]) -> list[float]:
    return [read(nexus, guid)["amount"] for guid in guids]


def say(partner: Partner, name: str, **fields: Any) -> None:
    partner.ok("PUT", f"/members/m/accounts/a/transactions/{name}.json", {"transaction": fields})


def held(partner: Partner, nexus: Nexus, name: str, **fields: Any) -> str:
    partner.transaction("m", "a", name, **fields)
    return next(str(each["guid"]) for each in listed(nexus) if each["external_guid"] == name)


def test_parts_add_up_again_when_a_partner_changes_the_amount(world: World) -> None:
    nexus, partner = partner_of(world, "split-held")
    parts = split(nexus, held(partner, nexus, "t", amount=10), 6, 4)
    say(partner, "t", amount=5)
    assert amounts(nexus, parts) == [1, 4]
    say(partner, "t", amount=12.5)
    assert amounts(nexus, parts) == [1, 11.5]


def test_a_split_of_which_nothing_would_be_left_is_taken_back(world: World) -> None:
    nexus, partner = partner_of(world, "split-back")
    whole = held(partner, nexus, "t", amount=10)
    parts = split(nexus, whole, 5, 5)
    say(partner, "t", amount=4)
    assert read(nexus, whole)["has_been_split"] is False
    assert all(nexus.get(f"/transactions/{guid}").status_code == 404 for guid in parts)


def test_what_was_left_to_the_whole_grows_and_shrinks_with_it(world: World) -> None:
    nexus, partner = partner_of(world, "split-off")
    part = split_off(nexus, held(partner, nexus, "t", amount=10), 4)
    say(partner, "t", memo="nothing of money")
    say(partner, "t", amount=20)
    say(partner, "t", amount=4.5)
    assert amounts(nexus, [part]) == [4]
    say(partner, "t", amount=3)
    assert amounts(nexus, [part]) == [3]


def test_parts_post_with_the_whole_on_its_day_unless_they_have_one_of_their_own(world: World) -> None:
    nexus, partner = partner_of(world, "split-posts")
    pending = {"status": "PENDING", "posted_on": None, "amount": 10}
    parts = split(nexus, held(partner, nexus, "t", **pending), 6, 4)
    put(nexus, parts[1], date="2026-07-01", description="Mine")
    say(partner, "t", status="POSTED", transacted_on="2026-07-28", posted_on="2026-07-29", type="CREDIT")
    first, second = (read(nexus, guid) for guid in parts)
    assert (first["status_name"], first["date"]) == ("POSTED", "2026-07-28")
    assert (second["status_name"], second["date"], second["description"]) == ("POSTED", "2026-07-01", "Mine")
    assert first["transaction_type_name"] == second["transaction_type_name"] == "CREDIT"


def test_parts_read_as_the_whole_does_when_it_is_told_in_other_words(world: World) -> None:
    nexus, partner = partner_of(world, "split-words")
    whole = held(partner, nexus, "t", amount=10, description="Coffee")
    (named, unnamed) = split(nexus, whole, 6, 4)
    put(nexus, named, description="Ours")
    before = read(nexus, unnamed)["description"]
    say(partner, "t", description="Tea House")
    assert read(nexus, unnamed)["description"] == read(nexus, whole)["description"] != before
    assert read(nexus, named)["description"] == "Ours"


def test_parts_of_what_a_user_wrote_down_follow_its_day_type_and_currency(world: World) -> None:
    nexus = world.user("split-by-hand")
    whole = by_hand(nexus)
    parts = split(nexus, whole, 10, 20)
    put(nexus, whole, date="2026-07-04", transaction_type=1, currency_code="EUR")
    for part in (read(nexus, guid) for guid in parts):
        assert (part["date"], part["transaction_type"], part["currency_code"]) == ("2026-07-04", 1, "EUR")
    assert amounts(nexus, parts) == [10, 20]
    put(nexus, whole, memo="of nobody's concern")
    assert [read(nexus, guid)["memo"] for guid in parts] == [None, None]


@pytest.mark.parametrize("amount", [11, None])
def test_the_amount_of_a_split_and_of_a_part_of_one_stays(world: World, amount: int | None) -> None:
    nexus = world.user(f"split-amount-{amount}")
    whole = by_hand(nexus)
    parts = split(nexus, whole, 10, 20)
    before = world.rows("SELECT amount, edits FROM transactions ORDER BY id DESC LIMIT 3")
    for guid in (whole, parts[0]):
        response = nexus.send("PUT", f"/transactions/{guid}", {"transaction": {"amount": amount, "memo": "x"}})
        assert response.status_code == 422
        assert "amount" in json.dumps(response.json())
    assert world.rows("SELECT amount, edits FROM transactions ORDER BY id DESC LIMIT 3") == before
    assert put(nexus, parts[0], amount=10, memo="the same is no edit")["memo"] == "the same is no edit"


def test_parts_follow_the_rule_that_the_whole_follows_and_no_other(world: World) -> None:
    """A part of what is there already is no new transaction: a text that is looked for from now on is not its own."""
    nexus = world.user("split-rule")
    whole = by_hand(nexus, description="Old market")
    category = read(nexus, whole)["category_guid"]
    body = {"match_description": "nothing like it", "description": "Ours", "category_guid": category}
    rule = nexus.ok("POST", "/transaction_rules", {"transaction_rule": body})["transaction_rule"]["guid"]
    nexus.ok("PUT", f"/transaction_rules/{rule}", {"transaction_rule": {"match_description": "Old market"}})
    parts = [read(nexus, guid) for guid in split(nexus, whole, 10, 20)]
    assert {(each["description"], each["user_transaction_rule_guid"]) for each in parts} == {("Old market", None)}


def test_what_a_partner_deletes_goes_with_its_parts(world: World) -> None:
    nexus, partner = partner_of(world, "split-deleted")
    parts = split(nexus, held(partner, nexus, "t", amount=10), 6, 4)
    response = partner.send("DELETE", "/members/m/accounts/a/transactions/t.json")
    assert response.status_code in (200, 204)
    assert all(nexus.get(f"/transactions/{guid}").status_code == 404 for guid in parts)

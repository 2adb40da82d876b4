"""A British institution from the window to the data: a consent first, both versions, declined, ended, renewed."""

from typing import Any

import pytest

from support.waiting import eventually
from support.world import Nexus, World

CODES = {"mx_bank_uk": "4.0", "mxbs_uk": "3.1"}
institutions = pytest.mark.parametrize("code", CODES)


def accounts(nexus: Nexus, member: dict[str, Any]) -> dict[int, dict[str, Any]]:
    found = nexus.ok("GET", f"/members/{member['guid']}/accounts")["accounts"]
    return {each["account_type"]: each for each in found}


def consents(world: World, code: str) -> dict[str, int]:
    return world.bank.activity.by_kind(code)


@institutions
def test_from_the_window_to_transactions(world: World, nexus: Nexus, code: str) -> None:
    asked = consents(world, code).get("uk_consent", 0)
    member = nexus.connect(f"ada-{code}", code)
    assert member["connection_status"] == "CONNECTED"
    assert consents(world, code)["uk_consent"] == asked + 1
    found = accounts(nexus, member)
    assert found.keys() == {1, 2, 3, 4, 7}
    assert {each["currency_code"] for each in found.values()} == {"GBP"}
    current, card = found[1], found[4]
    assert 0 < current["available_balance"] <= current["balance"]
    assert card["balance"] > 0
    assert card["available_credit"] == pytest.approx(card["credit_limit"] - card["balance"], abs=2_000)
    moved = nexus.ok("GET", f"/accounts/{current['guid']}/transactions")["transactions"]
    assert len(moved) >= 25
    assert {each["currency_code"] for each in moved} == {"GBP"}


def test_a_declined_consent_connects_nothing(world: World, nexus: Nexus) -> None:
    member = nexus.member("mx_bank_uk")
    world.walk(member["oauth_window_uri"], "ada", "deny")
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    (state,) = nexus.ok("GET", "/oauth_states")["oauth_states"]
    assert state["auth_status"] == 3


def test_numbers_and_owners(world: World, nexus: Nexus) -> None:
    member = nexus.connect("ada-details", "mx_bank_uk")
    for job in ("verify", "identify"):
        nexus.ok("POST", f"/members/{member['guid']}/{job}")
        assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"
    current = accounts(nexus, member)[1]
    numbers = nexus.ok("GET", f"/members/{member['guid']}/account_numbers")["account_numbers"]
    own = [each for each in numbers if each["account_guid"] == current["guid"]]
    assert any(len(each["account_number"]) == 8 and len(each["routing_number"]) == 6 for each in own)
    owners = nexus.ok("GET", f"/members/{member['guid']}/account_owners")["account_owners"]
    assert {each["country"] for each in owners} == {"GB"}


@institutions
def test_a_consent_that_ended_asks_for_the_person(own_world: World, code: str) -> None:
    nexus = own_world.user("ended")
    member = nexus.connect("ada", code)
    before = {each["guid"] for each in accounts(nexus, member).values()}
    own_world.bank.revoke_user(code, "ada")
    nexus.ok("POST", f"/members/{member['guid']}/aggregate")
    impaired = nexus.settled(member["guid"])
    assert impaired["connection_status"] == "IMPAIRED"
    own_world.walk(nexus.window(member["guid"]), "ada")
    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"
    assert {each["guid"] for each in accounts(nexus, member).values()} == before


def test_new_ids_of_a_new_consent_are_the_same_accounts(own_world: World) -> None:
    nexus = own_world.user("renewed")
    member = nexus.connect("data_new_ids", "mx_bank_uk")
    before = accounts(nexus, member)
    moved = nexus.ok("GET", f"/accounts/{before[1]['guid']}/transactions")["pagination"]["total_entries"]
    own_world.walk(nexus.window(member["guid"]), "data_new_ids")
    nexus.settled(member["guid"])
    after = accounts(nexus, member)
    assert {kind: each["guid"] for kind, each in after.items()} == {kind: each["guid"] for kind, each in before.items()}
    again = nexus.ok("GET", f"/accounts/{before[1]['guid']}/transactions")["pagination"]["total_entries"]
    assert again == moved


def test_a_deleted_member_ends_its_consent_at_the_bank(own_world: World) -> None:
    nexus = own_world.user("deleted")
    member = nexus.connect("ada", "mx_bank_uk")
    assert nexus.send("DELETE", f"/members/{member['guid']}").status_code in (200, 204)
    assert eventually(lambda: consents(own_world, "mx_bank_uk").get("uk_revoked") == 1)


def test_a_consent_is_to_be_confirmed_here_within_ninety_days(own_world: World) -> None:
    own_world.user("reconfirmed").connect("ada", "mx_bank_uk")
    ((confirmed_by,),) = own_world.rows("SELECT reconfirm_by FROM grants")
    assert confirmed_by == own_world.clock() + 90 * 86_400


def test_one_account_that_fails_leaves_the_others(world: World, nexus: Nexus) -> None:
    member = nexus.connect("data_one_bad_account", "mx_bank_uk")
    found = accounts(nexus, member)
    assert found.keys() == {1, 2, 3, 4, 7}
    assert nexus.ok("GET", f"/accounts/{found[1]['guid']}/transactions")["transactions"]
    assert not nexus.ok("GET", f"/accounts/{found[4]['guid']}/transactions")["transactions"]

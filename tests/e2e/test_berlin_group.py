"""A Berlin Group interface through the whole window: a consent, the bank's page, accounts, renewal and its end."""

from typing import Any

import pytest

from support import logins, replays
from support.processes import until
from support.world import Nexus, World

CODE = "mx_bank_berlin"
POSTED, PENDING = 1, 2
ERRORED, CANCELLED = 3, 1
DAY = 86_400


def outcome(nexus: Nexus, member: dict[str, Any]) -> tuple[str, str | None]:
    return member["connection_status"], logins.job(nexus, member)["error_message"]


def accounts(nexus: Nexus, guid: str) -> dict[int, dict[str, Any]]:
    return {each["account_type"]: each for each in nexus.ok("GET", f"/members/{guid}/accounts")["accounts"]}


def transactions(nexus: Nexus, account: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"/accounts/{account['guid']}/transactions?records_per_page=1000"
    found: list[dict[str, Any]] = nexus.ok("GET", path)["transactions"]
    return found


def statuses(world: World) -> list[str]:
    """How the consents stand at the bank, in the order in which they were asked for."""
    return [each.status for each in world.bank.xs2a.consents._consents.values()]


def test_a_window_ends_in_accounts_cards_and_transactions(nexus: Nexus) -> None:
    member = nexus.connect("ada", CODE)
    assert outcome(nexus, member) == ("CONNECTED", None)
    found = accounts(nexus, member["guid"])
    assert set(found) == {1, 2, 4}  # loans and investments are no payment accounts
    card = found[4]
    assert card["balance"] > 0
    assert card["available_credit"] <= card["credit_limit"] - card["balance"]
    assert {each["currency_code"] for each in found.values()} == {"EUR"}
    assert all(each["account_number"] and len(each["account_number"]) <= 4 for each in found.values())
    for account in (found[1], card):
        shown = transactions(nexus, account)
        assert len(shown) > 30
        assert {each["status"] for each in shown} == {POSTED, PENDING}
        assert {each["transaction_type"] for each in shown} == {1, 2}


def test_later_runs_stand_on_the_consent_alone(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.connect("ada", CODE)
    shown = len(transactions(nexus, accounts(nexus, member["guid"])[4]))
    for _ in range(3):
        own_world.clock.advance(1200)  # longer than any access token lives
        assert outcome(nexus, logins.again(nexus, member["guid"])) == ("CONNECTED", None)
    assert len(transactions(nexus, accounts(nexus, member["guid"])[4])) == shown


def test_the_fifth_run_of_a_day_is_put_off_and_the_member_stays_connected(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.connect("ada", CODE)
    for _ in range(3):
        assert outcome(nexus, logins.again(nexus, member["guid"]))[1] is None
    status, text = outcome(nexus, logins.again(nexus, member["guid"]))
    assert status == "CONNECTED"
    assert text is not None


def test_who_declines_is_told_so_and_nothing_is_connected(nexus: Nexus) -> None:
    member = nexus.member(CODE)
    nexus.world.walk(member["oauth_window_uri"], "ada", decision="deny")
    (state,) = nexus.ok("GET", f"/oauth_states?outbound_member_guid={member['guid']}")["oauth_states"]
    assert (state["auth_status"], state["error_reason"]) == (ERRORED, CANCELLED)
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    assert statuses(nexus.world)[-1] == "rejected"


def test_a_callback_without_the_persons_word_connects_nothing(own_world: World) -> None:
    """Whoever knows the address of the callback, even in the right browser, has not given a consent by it."""
    nexus = own_world.nexus
    member = nexus.member(CODE)
    with own_world.browser() as browser:
        browser.open(member["oauth_window_uri"])
        (consent,) = own_world.bank.xs2a.consents._consents.values()
        browser.open(consent.return_uri)
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    assert "valid" not in statuses(own_world)


def test_two_members_of_one_person_end_each_others_consent(own_world: World) -> None:
    first, second = own_world.user("first"), own_world.user("second")
    older = first.connect("ada", CODE)
    assert second.connect("ada", CODE)["connection_status"] == "CONNECTED"
    assert statuses(own_world) == ["expired", "valid"]
    ended = logins.again(first, older["guid"])
    assert (ended["connection_status"], ended["needs_updated_credentials"]) == ("IMPAIRED", True)


def test_a_consent_that_ended_is_renewed_in_place(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.connect("ada", CODE)
    before = accounts(nexus, member["guid"])
    history = {each["guid"] for each in transactions(nexus, before[4])}
    own_world.bank.revoke_user(CODE, "ada")
    assert logins.again(nexus, member["guid"])["connection_status"] == "IMPAIRED"
    own_world.walk(nexus.window(member["guid"]), "ada")
    assert outcome(nexus, nexus.settled(member["guid"])) == ("CONNECTED", None)
    after = accounts(nexus, member["guid"])
    assert {kind: each["guid"] for kind, each in after.items()} == {kind: each["guid"] for kind, each in before.items()}
    assert {each["guid"] for each in transactions(nexus, after[4])} == history


def test_a_consent_is_over_at_its_end(own_world: World) -> None:
    member = own_world.nexus.connect("ada", CODE)
    own_world.clock.advance(181 * DAY)
    nexus = Nexus(own_world, own_world.session(own_world.api_token("sandbox-user")))
    logins.rested(nexus, member["guid"])
    assert logins.again(nexus, member["guid"])["connection_status"] == "IMPAIRED"


def test_deleting_a_member_ends_the_consent_at_the_bank(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.connect("ada", CODE)
    assert statuses(own_world) == ["valid"]
    nexus.ok("DELETE", f"/members/{member['guid']}")
    until(lambda: statuses(own_world) == ["terminatedByTpp"], "the consent lives on")
    assert own_world.rows("SELECT count(*) FROM grants WHERE status <> 'ended'") == [(0,)]


@pytest.mark.parametrize(
    ("username", "status"),
    [("data_unavailable", "FAILED"), ("data_unauthorized", "IMPAIRED"), ("data_throttled", "FAILED")]
    + [("data_garbage", "FAILED")],
)
def test_what_the_bank_says_is_the_members_status(nexus: Nexus, username: str, status: str) -> None:
    assert nexus.connect(username, CODE)["connection_status"] == status


def test_one_bad_account_does_not_stop_the_others(nexus: Nexus) -> None:
    member = nexus.connect("data_one_bad_account", CODE)
    status, text = outcome(nexus, member)
    assert status == "CONNECTED"
    assert (text or "").startswith("Some accounts could not be brought up to date.")
    found = accounts(nexus, member["guid"])
    assert {kind for kind in found if not transactions(nexus, found[kind])} == {4}


def test_numbers_owners_and_longer_history(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.connect("ada", CODE)
    guid = member["guid"]
    assert outcome(nexus, logins.again(nexus, guid, "verify")) == ("CONNECTED", None)
    (number,) = nexus.ok("GET", f"/accounts/{accounts(nexus, guid)[1]['guid']}/account_numbers")["account_numbers"]
    assert number["account_number"].startswith("DE")
    assert outcome(nexus, logins.again(nexus, guid, "identify")) == ("CONNECTED", None)
    owners = nexus.ok("GET", f"/members/{guid}/account_owners")["account_owners"]
    assert len(owners) == 3
    before = len(transactions(nexus, accounts(nexus, guid)[1]))
    own_world.clock.advance(1500)
    assert outcome(nexus, logins.again(nexus, guid, "extend_history"))[0] == "CONNECTED"
    path = f"/accounts/{accounts(nexus, guid)[1]['guid']}/transactions?records_per_page=1000&from_date=2020-01-01"
    assert len(nexus.ok("GET", path)["transactions"]) > before


def test_a_run_is_read_again_from_its_recording(own_world: World) -> None:
    member = own_world.nexus.connect("ada", CODE)
    before = replays.kept(own_world)
    replays.command(own_world, "replay", member["guid"], "--apply")
    assert replays.kept(own_world) == before

"""SimpleFIN from the setup token to transactions, and what people and operators see when something goes wrong."""

import base64
from typing import Any

import pytest

from support import logins, replays
from support.world import Nexus, World

CODE = "mx_simplefin"
POSTED, PENDING = 1, 2
FIELD = "CRD-5e7a0c34-8b19-4d62-a9f3-1c6b7d20e845"


def connected(nexus: Nexus, username: str = "ada", token: str | None = None) -> dict[str, Any]:
    """A settled member that was made with a setup token."""
    given = [{"guid": FIELD, "value": token or setup_token(nexus.world, username)}]
    body = {"member": {"institution_guid": nexus.world.institutions[CODE], "credentials": given}}
    return logins.rested(nexus, nexus.ok("POST", "/members", body)["member"]["guid"])


def setup_token(world: World, username: str) -> str:
    return world.bank.simplefin.setup_token(CODE, username)


def outcome(nexus: Nexus, member: dict[str, Any]) -> tuple[str, str | None]:
    return member["connection_status"], logins.job(nexus, member)["error_message"]


def accounts(nexus: Nexus, guid: str) -> dict[int, dict[str, Any]]:
    return {each["account_type"]: each for each in nexus.ok("GET", f"/members/{guid}/accounts")["accounts"]}


def transactions(nexus: Nexus, account: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = nexus.ok("GET", f"/accounts/{account['guid']}/transactions?records_per_page=1000")[
        "transactions"
    ]
    return found


def claims(world: World) -> int:
    return int(world.bank.activity.of(CODE, "claim"))


def requests(world: World) -> int:
    return int(world.bank.activity.of(CODE, "simplefin"))


def exchanged(world: World, guid: str) -> list[bytes | None]:
    sql = "SELECT exchanged FROM member_credentials WHERE member_id = (SELECT id FROM members WHERE guid = ?)"
    return [row[0] for row in world.rows(sql, guid)]


def test_a_token_is_claimed_once_and_every_account_comes_in_three_requests(nexus: Nexus) -> None:
    world = nexus.world
    claimed, asked = claims(world), requests(world)
    member = connected(nexus)
    assert outcome(nexus, member) == ("CONNECTED", None)
    assert claims(world) == claimed + 1
    assert requests(world) == asked + 3  # the list, and two spans of days
    found = accounts(nexus, member["guid"])
    assert set(found) == {1, 2, 3, 4, 5, 7}
    assert found[4]["balance"] > 0
    assert found[7]["balance"] > 0
    assert found[1]["account_number"] is None or found[1]["account_number"].endswith(found[1]["name"][-5:-1])
    shown = transactions(nexus, found[4])
    assert {each["status"] for each in shown} == {POSTED, PENDING}
    assert {each["transaction_type"] for each in shown} == {1, 2}
    assert all(each["amount"] >= 0 for each in shown)
    for _ in range(2):
        assert logins.again(nexus, member["guid"])["connection_status"] == "CONNECTED"
    assert claims(world) == claimed + 1
    assert len(transactions(nexus, found[4])) == len(shown)


def test_a_claimed_token_is_refused_and_the_text_says_that_somebody_else_may_have_it(nexus: Nexus) -> None:
    token = setup_token(nexus.world, "bob")
    assert connected(nexus, token=token)["connection_status"] == "CONNECTED"
    status, text = outcome(nexus, connected(nexus, token=token))
    assert status == "DENIED"
    assert "somebody else may have access" in (text or "")
    assert "new setup token" in (text or "")


def test_an_answer_that_is_lost_asks_for_a_new_token(nexus: Nexus) -> None:
    member = connected(nexus, "claim_lost")
    status, text = outcome(nexus, member)
    assert (status, exchanged(nexus.world, member["guid"])) == ("DENIED", [None])
    assert "new setup token" in (text or "")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/mx_simplefin/simplefin/claim/x",
        "https://bridge.example/simplefin/claim/x",
        "https://169.254.169.254/claim/x",
        "https://user:pass@bridge.example/claim/x",
        "file:///etc/claim/passwd",
    ],
)
def test_a_token_for_another_server_sends_nothing(nexus: Nexus, address: str) -> None:
    token = base64.b64encode(address.encode()).decode()
    before = claims(nexus.world)
    status, text = outcome(nexus, connected(nexus, token=token))
    assert status == "DENIED"
    assert "setup token" in (text or "")
    assert "//" not in (text or "")
    assert claims(nexus.world) == before


@pytest.mark.parametrize(
    ("username", "status"),
    [
        ("data_unauthorized", "IMPAIRED"),
        ("data_payment", "IMPEDED"),
        ("data_unavailable", "FAILED"),
        ("data_throttled", "FAILED"),
        ("data_garbage", "FAILED"),
        ("data_all_sign_in_again", "IMPEDED"),
    ],
)
def test_what_the_server_says_is_the_members_status(nexus: Nexus, username: str, status: str) -> None:
    assert connected(nexus, username)["connection_status"] == status


@pytest.mark.parametrize(
    ("username", "kind"),
    [("data_one_bad_account", 4), ("data_missing", 4), ("data_new_code", 4), ("data_sign_in_again", 2)],
)
def test_one_account_in_trouble_does_not_stop_the_others(nexus: Nexus, username: str, kind: int) -> None:
    member = connected(nexus, username)
    status, text = outcome(nexus, member)
    assert status == "CONNECTED"
    assert (text or "").startswith("Some accounts could not be brought up to date.")
    found = accounts(nexus, member["guid"])
    assert len(found) == 6
    assert {each for each in found if not transactions(nexus, found[each])} == {kind}


def test_an_account_in_miles_is_left_out_and_its_address_never_asked_for(nexus: Nexus) -> None:
    member = connected(nexus, "data_miles")
    assert outcome(nexus, member) == ("CONNECTED", None)
    names = [each["name"] for each in nexus.ok("GET", f"/members/{member['guid']}/accounts")["accounts"]]
    assert len(names) == 6
    assert "Frequent Flyer" not in names


def test_revoked_access_is_repaired_by_a_new_token_on_the_same_member(own_world: World) -> None:
    nexus = own_world.nexus
    member = connected(nexus)
    before = accounts(nexus, member["guid"])
    history = {kind: {each["guid"] for each in transactions(nexus, before[kind])} for kind in before}
    own_world.bank.revoke_user(CODE, "ada")
    own_world.clock.advance(60)
    assert outcome(nexus, logins.again(nexus, member["guid"]))[0] == "IMPAIRED"
    body = {"member": {"credentials": [{"guid": FIELD, "value": setup_token(own_world, "ada")}]}}
    nexus.ok("PUT", f"/members/{member['guid']}", body)
    assert outcome(nexus, logins.rested(nexus, member["guid"])) == ("CONNECTED", None)
    after = accounts(nexus, member["guid"])
    assert {kind: each["guid"] for kind, each in after.items()} == {kind: each["guid"] for kind, each in before.items()}
    assert all(history[kind] <= {each["guid"] for each in transactions(nexus, after[kind])} for kind in after)


def test_what_a_token_was_exchanged_for_is_sealed_and_goes_with_the_login(own_world: World) -> None:
    nexus = own_world.nexus
    member = connected(nexus)
    (sealed,) = exchanged(own_world, member["guid"])
    assert sealed is not None
    assert b"access_url" not in sealed
    assert b"simplefin" not in sealed
    nexus.ok("DELETE", f"/members/{member['guid']}")
    assert own_world.rows("SELECT count(*) FROM member_credentials") == [(0,)]


def test_a_pending_purchase_posts_under_another_id_and_is_the_same_transaction(own_world: World) -> None:
    nexus = own_world.nexus
    member = connected(nexus)
    card = accounts(nexus, member["guid"])[4]
    waiting = {each["guid"] for each in transactions(nexus, card) if each["status"] == PENDING}
    assert waiting
    own_world.clock.advance(5 * 86_400)
    fresh = Nexus(own_world, own_world.session(own_world.api_token("sandbox-user")))
    logins.rested(fresh, member["guid"])
    logins.again(fresh, member["guid"])
    posted = {each["guid"] for each in transactions(fresh, card) if each["status"] == POSTED}
    assert waiting <= posted


def test_a_run_is_read_again_from_its_recording(own_world: World) -> None:
    """The recording has neither the claim nor the access; where the answers came from is told by what is kept."""
    member = connected(own_world.nexus)
    before = replays.kept(own_world)
    replays.command(own_world, "replay", member["guid"], "--apply")
    assert replays.kept(own_world) == before

"""Signing on is not repeated by itself where it only brings the next refusal; a clock that jumps repeats nothing."""

from typing import Any

import pytest

from support import logins
from support.gate import gated
from support.processes import until
from support.world import Nexus, World


def _sign_ons(world: World) -> int:
    return int(world.bank.activity.of("mxbank", "ofx"))


@pytest.mark.parametrize("password", ["INVALID", "LOCKED", "terms"])
def test_a_new_session_does_not_sign_on_where_a_person_has_to_do_something(own_world: World, password: str) -> None:
    guid = logins.signed_in(own_world.nexus, password)["guid"]
    before = _sign_ons(own_world)
    for _ in range(3):
        own_world.session(own_world.api_token("sandbox-user"))
    assert own_world.nexus.settled(guid)["is_being_aggregated"] is False
    assert _sign_ons(own_world) == before


def test_the_same_wrong_credentials_again_do_not_begin_the_count_anew(own_world: World) -> None:
    nexus = own_world.nexus
    guid = logins.signed_in(nexus, "INVALID")["guid"]
    for _ in range(2):
        logins.change(nexus, guid, "INVALID")
        after = logins.rested(nexus, guid)
    assert after["connection_status"] == "PREVENTED"
    logins.change(nexus, guid, "right")
    assert logins.rested(nexus, guid)["connection_status"] == "CONNECTED"


def _keep(nexus: Nexus, guid: str, password: str) -> str:
    """Give one field alone, and ask for a job: the member's status at its end."""
    body = {"member": {"credential_guid": logins.PASSWORD, "value": password}}
    nexus.ok("POST", f"/members/{guid}/credentials", body)
    return str(logins.again(nexus, guid)["connection_status"])


def test_one_wrong_field_again_does_not_begin_the_count_anew(own_world: World) -> None:
    nexus = own_world.nexus
    guid = logins.signed_in(nexus, "INVALID")["guid"]
    assert [_keep(nexus, guid, "INVALID") for _ in range(2)] == ["DENIED", "PREVENTED"]


def test_one_field_with_another_value_begins_the_count_anew(own_world: World) -> None:
    nexus = own_world.nexus
    guid = logins.signed_in(nexus, "INVALID")["guid"]
    passwords = ("UNAUTHORIZED", "INVALID", "UNAUTHORIZED")
    assert [_keep(nexus, guid, password) for password in passwords] == ["DENIED"] * 3


def _anew(nexus: Nexus, guid: str, password: str, username: str = "mxuser") -> dict[str, Any]:
    """Delete a member and make it anew; the new one once it rests."""
    nexus.ok("DELETE", f"/members/{guid}")
    return logins.signed_in(nexus, password, username)


def test_a_member_made_anew_with_the_same_login_does_not_begin_the_count_anew(own_world: World) -> None:
    nexus = own_world.nexus
    member = logins.signed_in(nexus, "INVALID")
    seen = []
    for username in ("mxuser", "MXUSER "):
        member = _anew(nexus, member["guid"], "INVALID", username)
        seen.append(member["connection_status"])
    assert seen == ["DENIED", "PREVENTED"]
    member = _anew(nexus, member["guid"], "right")
    assert member["connection_status"] == "CONNECTED"
    assert _anew(nexus, member["guid"], "INVALID")["connection_status"] == "DENIED"


def test_another_login_or_a_member_forgotten_begins_with_no_refusal(own_world: World) -> None:
    nexus = own_world.nexus
    guid = logins.signed_in(nexus, "INVALID")["guid"]
    for _ in range(2):
        guid = _anew(nexus, guid, "INVALID")["guid"]
    guid = _anew(nexus, guid, "INVALID", "another")["guid"]
    assert nexus.read(guid)["connection_status"] == "DENIED"
    nexus.ok("DELETE", f"/members/{guid}")
    own_world.clock.advance(own_world.runtime.settings.deleted_retention)
    own_world.run(own_world.runtime.sweep())
    logins.renew(nexus)
    assert logins.signed_in(nexus, "INVALID")["connection_status"] == "DENIED"


def test_of_a_deleted_login_no_more_is_kept_than_a_fingerprint(own_world: World) -> None:
    nexus = own_world.nexus
    nexus.ok("DELETE", f"/members/{logins.signed_in(nexus, username='canary-login')['guid']}")
    assert own_world.rows("SELECT count(*) FROM member_credentials") == [(0,)]
    ((kept,),) = own_world.rows("SELECT last_login FROM members")
    assert len(kept) == 4 + 32  # under which key, and the fingerprint
    assert b"canary" not in kept


@pytest.mark.parametrize("alike", ["MXUSER", " mxuser ", "\uff4dxuser"])
def test_the_same_login_in_another_writing_is_the_same(own_world: World, alike: str) -> None:
    logins.signed_in(own_world.nexus, username="mxuser")
    credentials = logins.login("anything", alike)
    body = {"member": {"institution_guid": own_world.institutions["mxbank"], "credentials": credentials}}
    assert own_world.nexus.send("POST", "/members", body).status_code == 422


def test_a_member_for_money_movement_alone_is_not_aggregated_when_it_is_made(own_world: World) -> None:
    member = logins.sign_in(own_world.nexus, use_cases=["MONEY_MOVEMENT"])
    assert (member["is_being_aggregated"], member["most_recent_job_guid"]) == (False, None)


def test_a_clock_that_jumps_does_not_sign_on_twice(own_world: World) -> None:
    with gated(own_world) as gate:
        gate.shut()
        guid = logins.sign_in(own_world.nexus)["guid"]
        gate.holds()
        began = _sign_ons(own_world)
        own_world.clock.advance(7200)
        logins.renew(own_world.nexus)
        own_world.runtime.queue.wake()
        until(lambda: own_world.rows("SELECT attempts FROM tasks") == [(2,)], "the task was not claimed anew")
        own_world.rows("SELECT 1")
        assert _sign_ons(own_world) == began
        gate.open()
        assert logins.rested(own_world.nexus, guid)["connection_status"] in ("CONNECTED", "FAILED")

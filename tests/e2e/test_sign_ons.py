"""Signing on is not repeated by itself where it only brings the next refusal; a clock that jumps repeats nothing."""

import pytest

from support import logins
from support.gate import gated
from support.processes import until
from support.world import World


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

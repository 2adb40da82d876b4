"""A pause by the operator, of a member or of a whole institution: what was comes back, nothing is let in meanwhile."""

from typing import Any

import pytest

from fanlight.aggregation import operators
from support import logins
from support.world import Nexus, World


def _paused(world: World, guid: str) -> None:
    world.unit(operators.set_member, guid, "pause", now=world.clock())


def _resumed(world: World, guid: str) -> dict[str, Any]:
    world.unit(operators.set_member, guid, "resume", now=world.clock())
    return world.nexus.read(guid)


def _prevented(nexus: Nexus) -> str:
    guid = str(logins.signed_in(nexus, "INVALID")["guid"])
    for _ in range(2):
        logins.again(nexus, guid)
    assert nexus.read(guid)["connection_status"] == "PREVENTED"
    return guid


@pytest.mark.parametrize(
    ("password", "status"),
    [("anything", "CONNECTED"), ("INVALID", "DENIED"), ("LOCKED", "LOCKED"), ("terms", "IMPEDED")]
    + [("UNAVAILABLE", "FAILED"), ("challenge", "EXPIRED")],
)
def test_a_member_comes_back_from_a_pause_as_it_was(own_world: World, password: str, status: str) -> None:
    before = logins.signed_in(own_world.nexus, password)
    _paused(own_world, before["guid"])

    after = _resumed(own_world, before["guid"])

    assert after["connection_status"] == status
    assert after["needs_updated_credentials"] == before["needs_updated_credentials"]
    assert after["is_being_aggregated"] is False


def test_a_prevented_member_is_still_prevented_after_a_pause(own_world: World) -> None:
    guid = _prevented(own_world.nexus)
    _paused(own_world, guid)

    assert _resumed(own_world, guid)["connection_status"] == "PREVENTED"
    assert own_world.nexus.get(f"/members/{guid}/aggregate").status_code == 202


def test_an_institution_that_is_disabled_and_enabled_leaves_its_members_as_they_were(own_world: World) -> None:
    guid = logins.signed_in(own_world.nexus, "INVALID")["guid"]
    for word, status in (("disable", "DISABLED"), ("enable", "DENIED")):
        assert own_world.unit(operators.set_institution, "mxbank", word, now=own_world.clock()) == 1
        assert own_world.nexus.read(guid)["connection_status"] == status


@pytest.mark.parametrize("moment", ["before the window is opened", "while the person is at the institution"])
def test_a_disabled_institution_takes_no_new_connection(own_world: World, moment: str) -> None:
    nexus = own_world.nexus
    member = nexus.member()

    def disable() -> None:
        own_world.unit(operators.set_institution, "mx_bank_oauth", "disable", now=own_world.clock())

    if moment.startswith("before"):
        disable()
        with own_world.browser() as browser:
            browser.open(member["oauth_window_uri"])
    else:
        client, callback = own_world.up_to_callback(member["oauth_window_uri"], meanwhile=disable)
        client.get(callback)

    assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    state = nexus.ok("GET", f"/oauth_states?outbound_member_guid={member['guid']}")["oauth_states"][0]
    assert (state["auth_status"], state["error_reason"]) == (3, 4)
    assert own_world.rows("SELECT count(*) FROM grants") == [(0,)]

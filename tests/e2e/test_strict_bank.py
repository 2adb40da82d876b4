"""The simulated bank's strict brand through the wire: FAPI 2.0 with pushed requests, keys, DPoP with nonces."""

from support.processes import until
from support.world import Nexus, World

STRICT = "mx_bank_fapi"


def test_a_member_of_the_strict_bank_lives_and_is_revoked(own_world: World) -> None:
    nexus: Nexus = own_world.user("strict")
    counted = own_world.bank.activity.of
    member = nexus.connect("ada", STRICT)
    assert member["connection_status"] == "CONNECTED"
    assert len(nexus.ok("GET", f"/members/{member['guid']}/accounts")["accounts"]) == 6
    # The first request is refused for its nonce, the second is taken.
    assert (counted(STRICT, "par"), counted(STRICT, "grant")) == (2, 1)

    own_world.clock.advance(1000)
    nexus.ok("POST", f"/members/{member['guid']}/aggregate")
    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"
    # The nonce of a quarter of an hour ago is old: once for it, once for the tokens.
    assert counted(STRICT, "refresh") == 2

    nexus.send("DELETE", f"/members/{member['guid']}")
    until(lambda: counted(STRICT, "revoke") == 2, "the tokens were not revoked")


def test_a_customer_of_the_strict_bank_says_no(own_world: World) -> None:
    nexus = own_world.user("strict")
    member = nexus.member(STRICT)
    own_world.walk(member["oauth_window_uri"], decision="deny")
    (state,) = nexus.ok("GET", f"/oauth_states?outbound_member_guid={member['guid']}")["oauth_states"]
    assert (state["auth_status"], state["error_reason"]) == (3, 1)

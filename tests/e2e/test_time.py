"""What time does to sessions, windows, PENDING members and tokens. The clock is turned by hand."""

import httpx2

from fanlight.core import clients
from fanlight.core.sessions import TOUCH_EVERY
from support.world import World

MX = "mx_bank_oauth"
MINUTE = 60
HOUR = 3600


def test_a_session_slides_for_thirty_minutes(own_world: World) -> None:
    nexus = own_world.nexus
    own_world.clock.advance(30 * MINUTE - 1)
    assert nexus.get("/user").status_code == 200
    own_world.clock.advance(30 * MINUTE - 1)
    assert nexus.get("/members/MBR-none").status_code == 404
    own_world.clock.advance(30 * MINUTE - 1)
    assert nexus.get("/accounts").status_code == 200
    own_world.clock.advance(30 * MINUTE + TOUCH_EVERY)
    ended = nexus.get("/user")
    assert (ended.status_code, ended.json()["error"]["code"]) == (401, 4011)


def test_an_api_token_lives_ten_minutes(own_world: World) -> None:
    token = own_world.api_token("sandbox-user")
    own_world.clock.advance(10 * MINUTE)
    answer = own_world.http.post(f"{own_world.url}/sessions", headers={"MD-API-TOKEN": token})
    assert answer.status_code == 401


def test_a_pending_member_ends_after_an_hour_with_its_window(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.member()
    own_world.clock.advance(29 * MINUTE)
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    own_world.clock.advance(29 * MINUTE)
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    own_world.clock.advance(2 * MINUTE)
    assert nexus.get(f"/members/{member['guid']}").status_code == 404
    assert own_world.http.get(member["oauth_window_uri"]).status_code == 400
    own_world.run(own_world.runtime.sweep())
    assert own_world.rows("SELECT count(*) FROM members") == [(0,)]


def test_an_opened_window_puts_the_end_off_for_a_quarter_of_an_hour(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.member()
    own_world.clock.advance(29 * MINUTE)
    nexus.get("/user")
    own_world.clock.advance(29 * MINUTE)
    nexus.get("/user")
    client, url = own_world.up_to_callback(
        member["oauth_window_uri"], meanwhile=lambda: own_world.clock.advance(9 * MINUTE)
    )
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    assert client.get(url).status_code == 200
    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"


def test_a_late_callback_redeems_nothing(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.member()
    client, url = own_world.up_to_callback(member["oauth_window_uri"])
    before = own_world.bank.activity.of(MX, "token")
    own_world.clock.advance(15 * MINUTE)
    assert client.get(url).status_code == 400
    assert own_world.bank.activity.of(MX, "token") == before
    (state,) = nexus.ok("GET", "/oauth_states?auth_status=3")["oauth_states"]
    assert state["error_reason"] == 6


def test_a_window_of_a_connected_member_lives_an_hour(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.connect()
    uri = nexus.window(member["guid"])
    own_world.clock.advance(HOUR)
    assert own_world.http.get(uri).status_code == 400


def test_a_finished_state_notes_its_first_reading(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.connect(skip_aggregation=True)
    (state,) = nexus.ok("GET", f"/oauth_states?outbound_member_guid={member['guid']}")["oauth_states"]
    assert state["first_retrieved_at"] is None
    first = nexus.ok("GET", f"/oauth_states/{state['guid']}")["oauth_state"]["first_retrieved_at"]
    own_world.clock.advance(5 * MINUTE)
    assert nexus.ok("GET", f"/oauth_states/{state['guid']}")["oauth_state"]["first_retrieved_at"] == first


def test_a_token_near_its_end_is_refreshed_and_rotated(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.connect()
    for _ in range(3):
        own_world.clock.advance(13 * MINUTE)
        nexus.ok("GET", f"/members/{member['guid']}/aggregate")
        assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"
    assert own_world.bank.activity.of(MX, "refresh") == 3


def test_a_revoked_grant_impairs_the_member_until_it_is_renewed(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.connect("ada")
    own_world.bank.revoke_user(MX, "ada")
    nexus.ok("GET", f"/members/{member['guid']}/aggregate")
    impaired = nexus.settled(member["guid"])
    assert (impaired["connection_status_id"], impaired["needs_updated_credentials"]) == (20, True)
    job = nexus.ok("GET", f"/jobs/{impaired['most_recent_job_guid']}")["job"]
    assert (job["status_name"], job["is_authenticated"]) == ("DENIED", False)

    own_world.walk(nexus.window(member["guid"]), "ada")

    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"


def test_a_deleted_member_is_purged_after_two_weeks(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.connect()
    nexus.send("DELETE", f"/members/{member['guid']}")
    own_world.run(own_world.runtime.sweep())
    assert own_world.rows("SELECT count(*) FROM members") == [(1,)]
    own_world.clock.advance(14 * 24 * HOUR)
    own_world.run(own_world.runtime.sweep())
    assert own_world.rows("SELECT count(*) FROM transactions") == [(0,)]
    assert own_world.rows("SELECT count(*) FROM members") == [(0,)]


def test_pending_items_post_under_the_same_guid(own_world: World) -> None:
    nexus = own_world.nexus
    member = nexus.connect()
    pending = _transactions(own_world, "PENDING")
    own_world.clock.advance(5 * 24 * HOUR)
    nexus.token = own_world.session(own_world.api_token("sandbox-user"))
    nexus.settled(member["guid"])
    posted = _transactions(own_world, "POSTED")
    assert pending
    kept = {guid for guid in pending if guid in posted}
    assert kept == set(pending)
    assert all(posted[guid]["external_guid"] != pending[guid]["external_guid"] for guid in kept)


def _transactions(world: World, status: str) -> dict[str, dict[str, object]]:
    found = world.nexus.ok("GET", "/transactions?records_per_page=1000")["transactions"]
    return {entry["guid"]: entry for entry in found if entry["status_name"] == status}


def test_a_disabled_client_is_refused_at_once(own_world: World) -> None:
    own_world.unit(clients.disable, "sandbox", now=own_world.clock())
    assert own_world.nexus.get("/user").status_code == 401
    key = {"MD-API-KEY": own_world.ready["api_key"]}
    answer = httpx2.get(f"{own_world.ready['sso']}/sandbox/users/sandbox-user/api_token", headers=key)
    assert answer.status_code == 403

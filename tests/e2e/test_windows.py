"""How windows begin and end: superseding, expiry, repeats, reasons, renewals. Success is counted at the bank."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from fanlight.core import clients
from fanlight.demo.browser import Left
from support.waiting import eventually
from support.world import Nexus, World, running

MX = "mx_bank_oauth"
REVOKED = 2
"""Requests that revoke one grant: for its refresh token, then for its access token."""

REASONS = {
    "access_denied": (1, "CANCELLED"),
    "login_required": (2, "DENIED"),
    "account_selection_required": (2, "DENIED"),
    "consent_required": (3, "IMPEDED"),
    "interaction_required": (3, "IMPEDED"),
    "server_error": (4, "PROVIDER_ERROR"),
    "temporarily_unavailable": (4, "PROVIDER_ERROR"),
    "invalid_request": (5, "SERVER_ERROR"),
    "invalid_scope": (5, "SERVER_ERROR"),
    "unauthorized_client": (5, "SERVER_ERROR"),
    "token_invalid_grant": (4, "PROVIDER_ERROR"),
    "token_invalid_client": (5, "SERVER_ERROR"),
    "token_server_error": (4, "PROVIDER_ERROR"),
    "token_garbage": (4, "PROVIDER_ERROR"),
    "bad_id_token": (4, "PROVIDER_ERROR"),
}


def state_of(nexus: Nexus, member: str) -> dict[str, object]:
    states = nexus.ok("GET", f"/oauth_states?outbound_member_guid={member}")["oauth_states"]
    newest: dict[str, object] = states[0]
    return newest


def redirected(nexus: Nexus, member: str) -> str:
    """The query that an app is called back with, whatever the outcome."""
    return nexus.window(member, referral_source="APP", client_redirect_url="https://client.example/return?x=1")


@pytest.mark.parametrize("username", REASONS)
def test_an_error_at_the_bank_has_its_reason(world: World, nexus: Nexus, username: str) -> None:
    number, name = REASONS[username]
    member = nexus.member()

    with pytest.raises(Left) as left:
        world.walk(redirected(nexus, member["guid"]), username)

    parts = urlsplit(left.value.url)
    assert parts.netloc == "client.example"
    assert parse_qs(parts.query) == {
        "x": ["1"],
        "status": ["error"],
        "member_guid": [member["guid"]],
        "error_reason": [name],
    }
    state = state_of(nexus, member["guid"])
    assert (state["auth_status"], state["error_reason"]) == (3, number)
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"


def test_a_person_who_denies_has_cancelled(world: World, nexus: Nexus) -> None:
    member = nexus.member()
    page = world.walk(member["oauth_window_uri"], decision="deny")
    assert page.message["error-reason"] == "CANCELLED"
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"


def test_the_query_of_the_uri_is_in_order(nexus: Nexus) -> None:
    guid = nexus.member()["guid"]
    uri = nexus.window(
        guid,
        client_redirect_url="https://client.example/return",
        ui_message_webview_url_scheme="ExampleApp",
        referral_source="APP",
        skip_aggregation="true",
    )
    assert urlsplit(uri).query == (
        "skip_aggregation=true&referral_source=APP&ui_message_webview_url_scheme=ExampleApp"
        "&client_redirect_url=https%3A%2F%2Fclient.example%2Freturn"
    )
    assert urlsplit(nexus.window(guid)).query == "referral_source=BROWSER&ui_message_webview_url_scheme=MX"


def test_the_parameters_count_beside_and_inside_a_new_member(world: World, nexus: Nexus) -> None:
    institution = world.institutions[MX]
    beside = {"member": {"institution_guid": institution, "is_oauth": True}, "referral_source": "APP"}
    inside = {"member": {"institution_guid": institution, "is_oauth": True, "oauth_referral_source": "APP"}}
    for body in (beside, inside):
        with pytest.raises(Left) as left:
            world.walk(nexus.ok("POST", "/members", body)["member"]["oauth_window_uri"])
        assert left.value.url.startswith("mx://oauth_complete?status=success&member_guid=MBR-")


def test_a_fresh_uri_makes_unopened_ones_useless(world: World, nexus: Nexus) -> None:
    member = nexus.member()
    fresh = nexus.window(member["guid"])

    old = world.http.get(member["oauth_window_uri"])

    assert old.status_code == 400
    assert 'data-error-reason="SESSION_ERROR"' in old.text
    states = nexus.ok("GET", f"/oauth_states?outbound_member_guid={member['guid']}")["oauth_states"]
    assert [state["auth_status"] for state in states] == [1, 3]
    world.walk(fresh)
    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"


def test_looking_ahead_spends_nothing(world: World, nexus: Nexus) -> None:
    member = nexus.member()
    uri = member["oauth_window_uri"]
    ahead = [("Sec-Purpose", "prefetch;prerender"), ("Purpose", "prefetch"), ("X-Moz", "prefetch")]
    ahead.append(("X-Purpose", "preview"))

    answers = [world.http.get(uri, headers={name: value}) for name, value in ahead]
    answers += [world.http.head(uri) for _ in range(20)]

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    world.walk(uri)
    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"


def test_another_host_is_sent_home_before_anything_is_spent(world: World, nexus: Nexus) -> None:
    uri = nexus.member()["oauth_window_uri"]
    elsewhere = world.http.get(uri, headers={"Host": "evil.example"})
    assert (elsewhere.status_code, elsewhere.headers["location"]) == (303, uri)
    assert "set-cookie" not in elsewhere.headers
    assert world.http.get(uri).headers["location"].startswith(world.ready["bank"])


def test_a_used_uri_shows_a_page_without_message(world: World, nexus: Nexus) -> None:
    uri = nexus.member()["oauth_window_uri"]
    world.walk(uri)
    again = world.http.get(uri)
    assert again.status_code == 400
    assert "data-error-reason" not in again.text
    assert "location" not in again.headers


def test_the_same_person_again_renews_the_first_member(world: World, nexus: Nexus) -> None:
    first = nexus.connect("grace")
    accounts = nexus.ok("GET", "/accounts")["accounts"]
    second = nexus.member()

    page = world.walk(second["oauth_window_uri"], "grace")

    assert page.message["member-guid"] == first["guid"]
    state = state_of(nexus, second["guid"])
    assert (state["auth_status"], state["inbound_member_guid"]) == (2, first["guid"])
    assert nexus.read(second["guid"])["connection_status"] == "PENDING"
    nexus.settled(first["guid"])
    assert [entry["guid"] for entry in nexus.ok("GET", "/accounts")["accounts"]] == [e["guid"] for e in accounts]


def test_another_person_cannot_take_over_a_connected_member(world: World, nexus: Nexus) -> None:
    member = nexus.connect("linus")
    before = world.bank.activity.of(MX, "revoke")

    page = world.walk(nexus.window(member["guid"]), "mallory")

    assert page.message["error-reason"] == "DENIED"
    again = world.walk(nexus.window(member["guid"]), "mallory")
    assert again.message["error-reason"] == "DENIED"
    assert nexus.read(member["guid"])["connection_status"] == "CONNECTED"
    assert state_of(nexus, member["guid"])["error_reason"] == 2
    grants = world.rows("SELECT status FROM grants ORDER BY id DESC LIMIT 3")
    assert [status for (status,) in grants][2] == "active"
    nexus.ok("GET", f"/members/{member['guid']}/aggregate")
    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"
    assert eventually(lambda: world.bank.activity.of(MX, "revoke") == before + 2 * REVOKED)


def test_the_same_login_of_another_user_is_another_member(world: World) -> None:
    one, other = world.user("same-login-1"), world.user("same-login-2")
    assert one.connect("shared")["guid"] != other.connect("shared")["guid"]


def test_renewing_replaces_the_grant_and_revokes_the_old_one(world: World, nexus: Nexus) -> None:
    member = nexus.connect("barbara")
    before = world.bank.activity.of(MX, "revoke")
    world.walk(nexus.window(member["guid"], skip_aggregation="true"), "barbara")
    nexus.ok("GET", f"/members/{member['guid']}/aggregate")
    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"
    generations = world.rows(
        "SELECT g.generation, g.status FROM grants g JOIN members m ON m.id = g.member_id WHERE m.guid = ?"
        " ORDER BY g.generation",
        member["guid"],
    )
    assert generations[-1] == (2, "active")
    assert eventually(lambda: world.bank.activity.of(MX, "revoke") == before + REVOKED)


def test_skipping_leaves_the_member_connected_without_data(world: World, nexus: Nexus) -> None:
    member = nexus.member(skip_aggregation=True)
    world.walk(member["oauth_window_uri"])
    shown = nexus.read(member["guid"])
    assert (shown["connection_status"], shown["is_being_aggregated"]) == ("CONNECTED", False)
    assert shown["successfully_aggregated_at"] is None
    assert shown["most_recent_job_guid"] is None


def test_a_person_without_id_token_is_known_by_the_data(world: World, nexus: Nexus) -> None:
    first = nexus.connect("no_id_token")
    second = nexus.member()
    assert world.walk(second["oauth_window_uri"], "no_id_token").message["member-guid"] == first["guid"]


def test_deleting_a_member_revokes_its_grant(world: World, nexus: Nexus) -> None:
    member = nexus.connect("edsger")
    before = world.bank.activity.of(MX, "revoke")
    assert nexus.send("DELETE", f"/members/{member['guid']}").json() == {}
    assert nexus.get(f"/members/{member['guid']}").status_code == 404
    assert nexus.ok("GET", "/accounts")["accounts"] == []
    nexus.connect("edsger")
    assert eventually(lambda: world.bank.activity.of(MX, "revoke") == before + REVOKED)


def test_a_member_at_mxbank_cannot_use_oauth(world: World, nexus: Nexus) -> None:
    body = {"member": {"institution_guid": world.institutions["mxbank"], "skip_aggregation": True}}
    member = nexus.ok("POST", "/members", body)["member"]
    answer = nexus.get(f"/members/{member['guid']}/oauth_window_uri", params={"referral_source": "NOWHERE"})
    assert answer.status_code == 400
    assert answer.json() == {"error": {"code": 4000, "message": "Member cannot use OAuth"}}


def test_the_state_of_a_deleted_member_tells_its_end(nexus: Nexus) -> None:
    member = nexus.member()
    guid = state_of(nexus, member["guid"])["guid"]
    nexus.ok("DELETE", f"/members/{member['guid']}")
    state = nexus.ok("GET", f"/oauth_states/{guid}")["oauth_state"]
    assert (state["auth_status"], state["error_reason"]) == (3, 6)
    assert nexus.ok("GET", "/oauth_states?auth_status=1")["oauth_states"] == []


def test_a_client_can_have_the_person_asked_first(tmp_path: Path) -> None:
    with running(tmp_path / "world") as world:
        nexus = world.nexus
        world.unit(clients.set_confirm_page, "sandbox", wanted=True)
        uri = nexus.member()["oauth_window_uri"]
        pages = [world.http.get(uri) for _ in range(50)]
        assert {page.status_code for page in pages} == {200}
        assert "MX Bank (OAuth)" in pages[0].text
        assert "sandbox" in pages[0].text
        for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site", "Origin": world.url}):
            assert world.http.post(uri, headers=headers).status_code == 403
        own = {"Origin": world.url, "Sec-Fetch-Site": "same-origin"}
        assert world.http.post(uri, headers=own).headers["location"].startswith(world.ready["bank"])
        assert world.http.post(uri, headers=own).status_code == 400
        assert world.http.get(uri).status_code == 400

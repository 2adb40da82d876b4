"""`require_confirmation`: what a window brought is not used before the client says that its own user came back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fanlight.core import clients
from fanlight.demo.browser import Left, Page
from support.waiting import eventually
from support.world import Nexus, World, running

MX = "mx_bank_oauth"
RETURN = "https://client.example/return"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose client has to confirm; leave its clock alone."""
    with running(tmp_path_factory.mktemp("strict")) as world:
        world.unit(clients.set_require_confirmation, "sandbox", wanted=True)
        yield world


@pytest.fixture
def user(strict: World, request: pytest.FixtureRequest) -> Nexus:
    return strict.user("".join(each if each.isalnum() else "-" for each in request.node.name)[:200])


def newest(nexus: Nexus, member: str) -> dict[str, Any]:
    state: dict[str, Any] = nexus.ok("GET", f"/oauth_states?outbound_member_guid={member}")["oauth_states"][0]
    return state


def confirm(nexus: Nexus, state: str) -> Any:
    return nexus.ok("POST", f"/oauth_states/{state}/confirm")["oauth_state"]


def grants_of(world: World, member: str) -> list[tuple[int, str]]:
    sql = "SELECT generation, grants.status FROM grants JOIN members ON members.id = grants.member_id WHERE guid = ?"
    return [(generation, status) for generation, status in world.rows(f"{sql} ORDER BY generation", member)]


def test_the_person_sees_success_and_nothing_is_used(strict: World, user: Nexus) -> None:
    member = user.member()

    page = strict.walk(member["oauth_window_uri"])

    assert page.status == 200
    assert (page.message["type"], page.message["member-guid"]) == ("oauthComplete/success", member["guid"])
    state = newest(user, member["guid"])
    assert page.message["oauth-state-guid"] == state["guid"]
    assert (state["auth_status"], state["error_reason"]) == (1, None)
    assert state["inbound_member_guid"] == member["guid"]
    shown = user.read(member["guid"])
    assert (shown["connection_status"], shown["is_being_aggregated"]) == ("PENDING", False)
    assert grants_of(strict, member["guid"]) == [(1, "held")]
    user.get(f"/members/{member['guid']}/aggregate")
    assert user.settled(member["guid"])["connection_status"] == "PENDING"
    assert user.ok("GET", "/accounts")["accounts"] == []
    assert strict.bank.activity.of(MX, "fdx") == 0


def test_a_confirmation_puts_the_grant_to_use(strict: World, user: Nexus) -> None:
    member = user.member()
    strict.walk(member["oauth_window_uri"])
    guid = newest(user, member["guid"])["guid"]

    state = confirm(user, guid)

    assert (state["guid"], state["auth_status"], state["inbound_member_guid"]) == (guid, 2, member["guid"])
    assert user.settled(member["guid"])["connection_status"] == "CONNECTED"
    assert user.ok("GET", "/accounts")["accounts"] != []
    assert [status for _, status in grants_of(strict, member["guid"])] == ["ended", "active"]


def test_a_second_confirmation_changes_nothing(strict: World, user: Nexus) -> None:
    member = user.member()
    strict.walk(member["oauth_window_uri"])
    guid = newest(user, member["guid"])["guid"]
    first = confirm(user, guid)
    user.settled(member["guid"])
    grants, revision = grants_of(strict, member["guid"]), user.read(member["guid"])["revision"]

    assert confirm(user, guid) == first

    assert grants_of(strict, member["guid"]) == grants
    assert user.read(member["guid"])["revision"] == revision


def test_skipping_is_remembered(strict: World, user: Nexus) -> None:
    member = user.member(skip_aggregation=True)
    strict.walk(member["oauth_window_uri"])
    confirm(user, newest(user, member["guid"])["guid"])
    shown = user.read(member["guid"])
    assert (shown["connection_status"], shown["is_being_aggregated"]) == ("CONNECTED", False)
    assert shown["most_recent_job_guid"] is None


def test_a_forwarded_link_gives_nothing_to_who_sent_it(strict: World, user: Nexus) -> None:
    """The victim walks a window of the attacker's member and comes back to the client as themselves."""
    victim = strict.user("victim")
    member = user.member()
    uri = user.window(member["guid"], referral_source="APP", client_redirect_url=RETURN)
    with pytest.raises(Left) as left:
        strict.walk(uri, "victim")
    told = parse_qs(urlsplit(left.value.url).query)
    assert set(told) == {"status", "member_guid", "oauth_state_guid"}

    refused = victim.send("POST", f"/oauth_states/{told['oauth_state_guid'][0]}/confirm")

    assert refused.status_code == 404
    assert victim.ok("GET", "/oauth_states")["oauth_states"] == []
    assert user.read(member["guid"])["connection_status"] == "PENDING"
    assert user.ok("GET", "/accounts")["accounts"] == []


@pytest.mark.parametrize("guid", ["OAS-00000000-0000-4000-8000-000000000000", "x", "OAS-1"])
def test_a_guid_of_nothing_is_not_found(user: Nexus, guid: str) -> None:
    assert user.send("POST", f"/oauth_states/{guid}/confirm").status_code == 404


def test_without_a_session_there_is_no_confirmation(strict: World, user: Nexus) -> None:
    member = user.member()
    strict.walk(member["oauth_window_uri"])
    path = f"{strict.url}/oauth_states/{newest(user, member['guid'])['guid']}/confirm"
    assert strict.http.post(path).status_code == 401
    assert strict.http.post(path, headers={"MD-SESSION-TOKEN": "A" * 86}).status_code == 401


def test_what_nobody_came_back_with_cannot_be_confirmed(strict: World, user: Nexus) -> None:
    member = user.member()
    guid = newest(user, member["guid"])["guid"]
    assert user.send("POST", f"/oauth_states/{guid}/confirm").status_code == 409
    strict.walk(member["oauth_window_uri"], decision="deny")
    assert user.send("POST", f"/oauth_states/{guid}/confirm").status_code == 409
    assert user.read(member["guid"])["connection_status"] == "PENDING"


def test_a_connected_member_goes_on_with_its_grant_until_the_new_one_is_confirmed(strict: World, user: Nexus) -> None:
    member = user.member()
    strict.walk(member["oauth_window_uri"], "barbara")
    confirm(user, newest(user, member["guid"])["guid"])
    user.settled(member["guid"])

    strict.walk(user.window(member["guid"], skip_aggregation="true"), "barbara")

    assert [status for _, status in grants_of(strict, member["guid"])] == ["ended", "active", "held"]
    user.get(f"/members/{member['guid']}/aggregate")
    assert user.settled(member["guid"])["connection_status"] == "CONNECTED"
    confirm(user, newest(user, member["guid"])["guid"])
    statuses = [status for _, status in grants_of(strict, member["guid"])]
    assert (statuses[0], statuses[2], statuses[3]) == ("ended", "ended", "active")
    assert statuses[1] in {"revoking", "ended"}


def test_of_two_that_wait_one_confirmed_ends_the_other(strict: World, user: Nexus) -> None:
    member = user.member(skip_aggregation=True)
    strict.walk(member["oauth_window_uri"], "grace")
    first = newest(user, member["guid"])["guid"]
    strict.walk(user.window(member["guid"], skip_aggregation="true"), "grace")
    second = newest(user, member["guid"])["guid"]

    confirm(user, second)

    assert user.send("POST", f"/oauth_states/{first}/confirm").status_code == 409
    state = user.ok("GET", f"/oauth_states/{first}")["oauth_state"]
    assert (state["auth_status"], state["error_reason"]) == (3, 6)
    assert [status for _, status in grants_of(strict, member["guid"])].count("active") == 1


def test_another_person_is_refused_at_the_window_and_who_was_never_confirmed_is_nobody(
    strict: World, user: Nexus
) -> None:
    member = user.member(skip_aggregation=True)
    strict.walk(member["oauth_window_uri"], "mallory")
    strict.walk(user.window(member["guid"], skip_aggregation="true"), "linus")
    confirm(user, newest(user, member["guid"])["guid"])

    page = strict.walk(user.window(member["guid"]), "mallory")
    assert page.message["error-reason"] == "DENIED"
    assert "oauth-state-guid" not in page.message
    page = strict.walk(user.window(member["guid"]), "linus")
    assert page.message["type"] == "oauthComplete/success"


def test_the_same_person_again_renews_the_first_member_once_confirmed(strict: World, user: Nexus) -> None:
    first = user.member(skip_aggregation=True)
    strict.walk(first["oauth_window_uri"], "edsger")
    confirm(user, newest(user, first["guid"])["guid"])
    second = user.member(skip_aggregation=True)

    page = strict.walk(second["oauth_window_uri"], "edsger")

    assert page.message["member-guid"] == first["guid"]
    assert confirm(user, newest(user, second["guid"])["guid"])["inbound_member_guid"] == first["guid"]
    assert user.read(second["guid"])["connection_status"] == "PENDING"
    assert [status for _, status in grants_of(strict, first["guid"])][-1] == "active"
    assert grants_of(strict, second["guid"]) == [(1, "ended")]


def test_a_repeated_callback_shows_success_while_it_waits(strict: World, user: Nexus) -> None:
    member = user.member()
    client, url = strict.up_to_callback(member["oauth_window_uri"])
    assert client.get(url).status_code == 200

    again = Page(client.get(url))

    assert again.status == 400
    assert "You are all set" in again.text
    assert newest(user, member["guid"])["auth_status"] == 1


def test_deleting_the_member_revokes_what_waits(strict: World, user: Nexus) -> None:
    member = user.member()
    strict.walk(member["oauth_window_uri"])
    guid = newest(user, member["guid"])["guid"]
    before = strict.bank.activity.of(MX, "revoke")

    user.ok("DELETE", f"/members/{member['guid']}")

    assert user.send("POST", f"/oauth_states/{guid}/confirm").status_code == 409
    assert eventually(lambda: strict.bank.activity.of(MX, "revoke") > before)


def test_what_is_not_confirmed_in_time_is_revoked(tmp_path: Path) -> None:
    with running(tmp_path / "world", confirmation_lifetime=300) as world:
        world.unit(clients.set_require_confirmation, "sandbox", wanted=True)
        user = world.nexus
        member = user.member()
        world.walk(member["oauth_window_uri"], "ada")
        guid = newest(user, member["guid"])["guid"]
        before = world.bank.activity.of(MX, "revoke")

        world.clock.advance(301)

        assert user.send("POST", f"/oauth_states/{guid}/confirm").status_code == 409
        state = user.ok("GET", f"/oauth_states/{guid}")["oauth_state"]
        assert (state["auth_status"], state["error_reason"]) == (3, 6)
        world.run(world.runtime.sweep())
        assert user.read(member["guid"])["connection_status"] == "PENDING"
        assert eventually(lambda: world.bank.activity.of(MX, "revoke") > before)
        assert eventually(lambda: grants_of(world, member["guid"]) == [(1, "ended")])
        assert world.rows("SELECT subject FROM grants") == [(None,)]


def test_a_pending_member_lives_as_long_as_its_grant_waits(tmp_path: Path) -> None:
    with running(tmp_path / "world", confirmation_lifetime=1200) as world:
        world.unit(clients.set_require_confirmation, "sandbox", wanted=True)
        user = world.nexus
        member = user.member(skip_aggregation=True)
        world.clock.advance(3000)
        world.walk(user_session(world).window(member["guid"], skip_aggregation="true"))
        world.clock.advance(1000)

        confirm(user_session(world), newest(user_session(world), member["guid"])["guid"])

        assert user_session(world).read(member["guid"])["connection_status"] == "CONNECTED"


def user_session(world: World) -> Nexus:
    """A session of the sandbox's user now: the first one ends when the clock is turned far."""
    return Nexus(world, world.session(world.api_token(world.ready["user_id"])))

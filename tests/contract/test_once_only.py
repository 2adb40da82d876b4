"""What is spent once is spent once, however many come at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2

from support.world import World

MANY = 200


def _at_once(world: World, send: Callable[[], httpx2.Response]) -> list[httpx2.Response]:
    """The same request from many threads, none of them waiting for another."""
    with ThreadPoolExecutor(MANY) as threads:
        return [answer.result() for answer in [threads.submit(send) for _ in range(MANY)]]


def test_an_api_token_opens_one_session(world: World) -> None:
    world.user("many")
    token = world.api_token("many")
    before = world.rows("SELECT count(*) FROM sessions")[0][0]

    answers = _at_once(world, lambda: world.http.post(f"{world.url}/sessions", headers={"MD-API-TOKEN": token}))

    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [200] + [401] * (MANY - 1)
    assert world.rows("SELECT count(*) FROM sessions")[0][0] == before + 1
    opened = next(answer.json()["session"]["token"] for answer in answers if answer.status_code == 200)
    user = world.http.get(f"{world.url}/user", headers={"MD-SESSION-TOKEN": opened})
    assert user.json()["user"]["external_guid"] == "many"


def test_an_external_guid_is_given_once(world: World) -> None:
    nexus = world.user("many-members")
    body = {"institution_guid": world.institutions["mxbank"], "skip_aggregation": True, "external_guid": "the one"}

    answers = _at_once(world, lambda: nexus.send("POST", "/members", {"member": body}))

    assert sorted(answer.status_code for answer in answers) == [200] + [422] * (MANY - 1)
    assert world.rows("SELECT count(*) FROM members WHERE external_guid = 'the one'") == [(1,)]


def test_a_user_is_made_once(world: World) -> None:
    url = f"{world.ready['mdx']}/{world.ready['client_id']}/users.json"
    headers = {"MD-API-KEY": world.ready["api_key"]}

    answers = _at_once(world, lambda: world.http.post(url, json={"user": {"id": "only"}}, headers=headers))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (MANY - 1)


def test_one_aggregation_runs_at_a_time(world: World) -> None:
    nexus = world.user("one-job")
    body = {"institution_guid": world.institutions["mxbank"], "skip_aggregation": True}
    guid = nexus.ok("POST", "/members", {"member": body})["member"]["guid"]

    answers = _at_once(world, lambda: nexus.get(f"/members/{guid}/aggregate"))

    assert {answer.status_code for answer in answers} <= {200, 202}
    began = sum(answer.status_code == 200 for answer in answers)
    jobs = world.rows("SELECT count(*) FROM jobs JOIN members ON members.id = member_id WHERE members.guid = ?", guid)
    assert jobs == [(began,)]


def test_the_windows_of_a_member_leave_one_open(world: World) -> None:
    nexus = world.user("many-windows")
    guid = nexus.member()["guid"]

    answers = _at_once(world, lambda: nexus.get(f"/members/{guid}/oauth_window_uri"))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["member"]["oauth_window_uri"] for answer in answers}) == MANY
    pending = nexus.ok("GET", f"/oauth_states?outbound_member_guid={guid}&auth_status=1")["oauth_states"]
    assert len(pending) == 1

"""Attempts that are cut short: a grant is kept or revoked and never both, and no consent is left at an institution."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from fanlight.oauth import keeping
from fanlight.oauth.callbacks import Callback
from support.entries import change
from support.waiting import eventually
from support.world import World, running

MX, UK, BERLIN = "mx_bank_oauth", "mx_bank_uk", "mx_bank_berlin"
TIMEOUT, DAY = 2, 86_400
KEEPS = "keep the grant"


def grants(world: World) -> list[tuple[str, str | None]]:
    return [(status, why) for status, why in world.rows("SELECT status, ended_for FROM grants ORDER BY id")]


def states(world: World) -> list[tuple[str, int, int | None, int]]:
    sql = "SELECT phase, auth_status, error_reason, sealed IS NULL FROM oauth_states ORDER BY id"
    return [(phase, status, reason, is_erased) for phase, status, reason, is_erased in world.rows(sql)]


def revoked(world: World, code: str) -> int:
    """How many consents the bank was asked to end."""
    if code == UK:
        return int(world.bank.activity.of(UK, "uk_revoked"))
    return [each.status for each in world.bank.xs2a.consents._consents.values()].count("terminatedByTpp")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process is in a transaction of its own."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def closed_while_locked(world: World, client: httpx2.Client, url: str, cancelled: str) -> None:
    """Deliver a callback, and lock the database once its code is redeemed: what keeps the grant has to wait.

    Then the timeout passes, or the callback is cancelled, or everything is, as when a server is stopped.
    """
    before = world.bank.activity.of(MX, "token")
    cookies = {each.name: each.value or "" for each in client.cookies.jar}
    given = dict(parse_qsl(urlsplit(url).query))
    callback = Callback(state=given["state"], code=given["code"], iss=given["iss"])
    coming = asyncio.create_task(world.runtime.windows.close(callback, cookies))
    while world.bank.activity.of(MX, "token") == before:
        await asyncio.sleep(0)
    with locked(world.runtime.store.path):
        while not (found := [each for each in asyncio.all_tasks() if each.get_name().startswith(KEEPS)]):
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        if cancelled == "nothing":
            await asyncio.sleep(TIMEOUT)
        if cancelled in {"callback", "everything"}:
            coming.cancel()
        if cancelled == "everything":
            found[0].cancel()
            await asyncio.sleep(0.02)
    with contextlib.suppress(asyncio.CancelledError):
        await coming


@pytest.mark.parametrize("cancelled", ["nothing", "callback", "everything"])
def test_a_grant_that_waits_to_be_kept_is_kept_whatever_happens_meanwhile(tmp_path: Path, cancelled: str) -> None:
    with running(tmp_path, redemption_timeout=TIMEOUT) as world:
        member = world.nexus.member(skip_aggregation=True)
        client, url = world.up_to_callback(member["oauth_window_uri"])

        world.run(closed_while_locked(world, client, url, cancelled))

        assert grants(world) == [("active", None)]
        assert states(world) == [("finished", 2, None, 1)]
        assert world.nexus.read(member["guid"])["connection_status"] == "CONNECTED"
        world.clock.advance(TIMEOUT + 1)
        world.run(world.runtime.sweep())
        assert grants(world) == [("active", None)]
        assert world.bank.activity.of(MX, "revoke") == 0


@pytest.mark.parametrize("code", [UK, BERLIN])
@pytest.mark.parametrize("phase", ["opened", "redeeming"])
def test_a_consent_that_was_given_and_never_came_back_is_ended(own_world: World, code: str, phase: str) -> None:
    """The person authorised and closed the browser, or this server died while it redeemed."""
    member = own_world.nexus.member(code)
    own_world.up_to_callback(member["oauth_window_uri"])
    own_world.rows("UPDATE oauth_states SET phase = ?", phase)

    own_world.clock.advance(own_world.runtime.settings.attempt_lifetime + 1)
    own_world.run(own_world.runtime.sweep())

    assert states(own_world) == [("finished", 3, 6 if phase == "opened" else 5, 1)]
    assert eventually(lambda: revoked(own_world, code) == 1)
    assert eventually(lambda: grants(own_world) == [("ended", "unused")])
    own_world.clock.advance(DAY)
    own_world.run(own_world.runtime.sweep())
    assert own_world.rows("SELECT count(*) FROM members WHERE guid = ?", member["guid"]) == [(0,)]


def test_more_consents_than_one_sweep_ends_are_ended_by_the_next(
    own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their members are over by then, and are kept until it is done."""
    monkeypatch.setattr(keeping, "ENDED_AT_ONCE", 2)
    for _ in range(3):
        own_world.opened(own_world.http, own_world.nexus.member(BERLIN)["oauth_window_uri"])
    own_world.clock.advance(DAY)
    own_world.run(own_world.runtime.sweep())
    assert sorted(phase for phase, *_ in states(own_world)) == ["finished", "finished", "opened"]
    own_world.run(own_world.runtime.sweep())
    assert {phase for phase, *_ in states(own_world)} == {"finished"}
    assert eventually(lambda: revoked(own_world, BERLIN) == 3)


@pytest.mark.parametrize("is_connected", [False, True])
def test_a_member_that_is_deleted_leaves_no_consent(own_world: World, is_connected: bool) -> None:
    nexus = own_world.nexus
    if is_connected:
        guid = nexus.connect("ada", BERLIN, skip_aggregation=True)["guid"]
        uri = nexus.window(guid)
    else:
        member = nexus.member(BERLIN)
        guid, uri = member["guid"], member["oauth_window_uri"]
    client, url = own_world.up_to_callback(uri)

    nexus.ok("DELETE", f"/members/{guid}")

    assert states(own_world)[-1] == ("finished", 3, 6, 1)
    assert client.get(url).status_code == 400
    assert eventually(lambda: revoked(own_world, BERLIN) == 1)  # a new consent ends the one before by itself


def test_a_user_who_is_deleted_leaves_no_consent(own_world: World) -> None:
    leaving = own_world.user("leaving")
    own_world.up_to_callback(leaving.member(BERLIN)["oauth_window_uri"])
    key = {"MD-API-KEY": own_world.ready["api_key"], "Accept": "application/json"}
    path = f"{own_world.ready['mdx']}/{own_world.ready['client_id']}/users/leaving.json"
    assert own_world.http.delete(path, headers=key).status_code in {200, 204}
    assert eventually(lambda: revoked(own_world, BERLIN) == 1)


def test_what_cannot_be_opened_any_more_ends_all_the_same(own_world: World) -> None:
    own_world.up_to_callback(own_world.nexus.member(BERLIN)["oauth_window_uri"])
    own_world.rows("UPDATE oauth_states SET sealed = x'00'")
    own_world.clock.advance(own_world.runtime.settings.attempt_lifetime + 1)
    own_world.run(own_world.runtime.sweep())
    assert states(own_world) == [("finished", 3, 6, 1)]


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_two_people_do_not_connect_one_member_where_no_name_tells(own_world: World, is_confirmed: bool) -> None:
    """Both windows were opened before there was a connection, and nothing is known yet to compare with."""
    change(own_world, MX, subject_is_stable=False)
    own_world.rows("UPDATE clients SET require_confirmation = ?", int(is_confirmed))
    nexus = own_world.nexus
    member = nexus.member(skip_aggregation=True)
    one, one_url = own_world.up_to_callback(member["oauth_window_uri"], "ada")
    other, other_url = own_world.up_to_callback(nexus.window(member["guid"], skip_aggregation="true"), "grace")

    assert one.get(one_url).status_code == 200
    if is_confirmed:
        first = nexus.ok("GET", "/oauth_states")["oauth_states"][-1]["guid"]
        nexus.ok("POST", f"/oauth_states/{first}/confirm")
    page = other.get(other_url)

    assert 'data-error-reason="SESSION_ERROR"' in page.text
    assert eventually(lambda: grants(own_world)[-2:] == [("active", None), ("ended", "unused")])
    own_world.walk(nexus.window(member["guid"], skip_aggregation="true"), "ada")
    assert nexus.read(member["guid"])["connection_status"] == "CONNECTED"

"""Attacks on the window in both its forms: other browsers, mixed-up issuers, replays, races. One success, or none."""

import asyncio
import base64
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from fanlight.core import clients
from fanlight.demo.browser import Page
from support.waiting import eventually
from support.world import Nexus, World, running

MX = "mx_bank_oauth"


@pytest.fixture(scope="module", params=[False, True], ids=["get spends", "asked first"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world for each form of the window; leave its clock alone."""
    with running(tmp_path_factory.mktemp("world")) as built:
        built.unit(clients.set_confirm_page, "sandbox", wanted=request.param)
        yield built


@pytest.fixture(params=[False, True], ids=["get spends", "asked first"])
def timed(own_world: World, request: pytest.FixtureRequest) -> World:
    """The same for one test, which turns the clock."""
    own_world.unit(clients.set_confirm_page, "sandbox", wanted=request.param)
    return own_world


def changed(url: str, **fields: str | None) -> str:
    """The URL with query fields replaced, or left out where None."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()} | fields
    kept = {name: value for name, value in query.items() if value is not None}
    return urlsplit(url)._replace(query=urlencode(kept)).geturl()


def token_requests(world: World) -> int:
    return int(world.bank.activity.of(MX, "token"))


def test_a_callback_in_another_browser_does_nothing_and_the_right_one_still_can(world: World, nexus: Nexus) -> None:
    member = nexus.member()
    client, url = world.up_to_callback(member["oauth_window_uri"])
    before = token_requests(world)

    other = world.http.get(url)
    stolen = httpx2.get(url, headers={"Cookie": "fanlight_oauth_1=wrong"})

    assert {other.status_code, stolen.status_code} == {400}
    assert token_requests(world) == before
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    assert client.get(url).status_code == 200
    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"


@pytest.mark.parametrize("iss", [None, "https://evil.example", "swapped", "trailing"])
def test_another_issuer_is_refused_before_any_token_request(world: World, nexus: Nexus, iss: str | None) -> None:
    member = nexus.member()
    client, url = world.up_to_callback(member["oauth_window_uri"])
    before = token_requests(world)
    right = parse_qs(urlsplit(url).query)["iss"][0]
    wrong = {"swapped": right.replace(MX, "mxcu_oauth"), "trailing": right + "/"}.get(iss or "", iss)

    page = client.get(changed(url, iss=wrong))

    assert 'data-error-reason="SESSION_ERROR"' in page.text
    assert token_requests(world) == before
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    assert client.get(url).status_code == 400


def test_an_error_from_another_issuer_is_not_believed(world: World, nexus: Nexus) -> None:
    member = nexus.member()
    client, url = world.up_to_callback(member["oauth_window_uri"])
    page = client.get(changed(url, code=None, error="access_denied", iss="https://evil.example"))
    assert 'data-error-reason="SESSION_ERROR"' in page.text


@pytest.mark.parametrize("state", ["", "x", "A" * 86, None])
def test_an_unknown_state_redirects_nowhere(world: World, state: str | None) -> None:
    query = "?error=access_denied&client_redirect_url=https://evil.example"
    url = f"{world.url}/oauth/redirect_from{query}" + ("" if state is None else f"&state={state}")
    answer = world.http.get(url)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "evil.example" not in answer.text


def test_a_code_of_another_attempt_is_refused_by_pkce(world: World, nexus: Nexus) -> None:
    one, other = nexus.member(), nexus.member()
    client, url = world.up_to_callback(one["oauth_window_uri"])
    _, other_url = world.up_to_callback(other["oauth_window_uri"], "mallory")
    code = parse_qs(urlsplit(other_url).query)["code"][0]

    page = client.get(changed(url, code=code))

    assert 'data-error-reason="PROVIDER_ERROR"' in page.text
    assert nexus.read(one["guid"])["connection_status"] == "PENDING"


def test_a_repeated_callback_shows_the_outcome_and_redeems_nothing(world: World, nexus: Nexus) -> None:
    member = nexus.member()
    uri = nexus.window(member["guid"], referral_source="APP", ui_message_webview_url_scheme="exampleapp")
    client, url = world.up_to_callback(uri)
    assert client.get(url).status_code == 303
    before = token_requests(world)

    again = client.get(url)

    assert (again.status_code, token_requests(world)) == (400, before)
    assert "location" not in again.headers
    assert f'href="exampleapp://oauth_complete?status=success&amp;member_guid={member["guid"]}"' in again.text
    assert 'id="oauth-close-window"' in again.text
    assert "data-member-guid" not in again.text


def test_a_forged_member_guid_is_not_echoed(world: World, nexus: Nexus) -> None:
    token = nexus.member()["oauth_window_uri"].split("/")[-1].split("?")[0]
    answer = world.http.get(f"{world.url}/oauth/predirect_to/%3Cscript%3E/{token}")
    assert answer.status_code == 400
    assert "<script>" not in answer.text.replace('<script src="', "")


def test_a_token_works_only_with_its_own_member(world: World, nexus: Nexus) -> None:
    one, other = nexus.member(), nexus.member()
    token = one["oauth_window_uri"].split("/")[-1]
    assert world.http.get(f"{world.url}/oauth/predirect_to/{other['guid']}/{token}").status_code == 400
    assert world.opened(world.http, one["oauth_window_uri"]).status_code == 303


def test_the_cookie_is_for_this_attempt_only(world: World, nexus: Nexus) -> None:
    answer = world.opened(world.http, nexus.member()["oauth_window_uri"])
    cookie = answer.headers["set-cookie"]
    pattern = r"fanlight_oauth_\d+=[\w-]{43}; Max-Age=900; Path=/oauth/redirect_from; HttpOnly; SameSite=Lax"
    assert re.fullmatch(pattern, cookie)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "cross-origin-opener-policy" not in answer.headers


def test_200_parallel_openings_spend_a_uri_once(world: World, nexus: Nexus) -> None:
    uri = nexus.member()["oauth_window_uri"]
    method = "POST" if asks(world) else "GET"
    answers = asyncio.run(_in_parallel(uri, 200, {"Origin": world.url}, method))
    assert sorted(answer.status_code for answer in answers) == [303] + [400] * 199


def test_200_parallel_callbacks_redeem_once(world: World, nexus: Nexus) -> None:
    member = nexus.member()
    client, url = world.up_to_callback(member["oauth_window_uri"])
    before = token_requests(world)
    cookie = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar)

    answers = asyncio.run(_in_parallel(url, 200, {"Cookie": cookie}))

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 199
    assert token_requests(world) == before + 1
    grants = world.rows(
        "SELECT count(*) FROM grants g JOIN members m ON m.id = g.member_id WHERE m.guid = ?", member["guid"]
    )
    assert grants == [(1,)]


def test_a_button_that_is_pressed_twice_ends_well(world: World, nexus: Nexus) -> None:
    """The bank answers twice with one code: the second callback shows the outcome of the first."""
    member = nexus.member(skip_aggregation=True)
    client, url = world.up_to_callback(member["oauth_window_uri"])
    before = token_requests(world)
    answers = asyncio.run(_in_parallel(url, 20, {"Cookie": cookies_of(client)}))
    waiting = [each for each in answers if "Almost there" in each.text]
    assert all(each.headers["refresh"] == "1" for each in waiting)
    assert "You are all set" in client.get(url).text
    assert token_requests(world) == before + 1


def test_what_the_database_holds_opens_nothing(world: World, nexus: Nexus) -> None:
    """Only digests are kept: a copy of the database gives no window and no callback."""
    member = nexus.member()
    client, url = world.up_to_callback(nexus.window(member["guid"]))
    fresh = nexus.window(member["guid"])
    rows = world.rows(
        "SELECT token_hash, state_hash, cookie_hash FROM oauth_states WHERE member_guid = ?", member["guid"]
    )
    for digest in (each for row in rows for each in row if each is not None):
        text = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        assert text not in fresh + url + cookies_of(client)
        for token in (text, (text * 3)[:85] + "A"):
            assert world.http.get(f"{world.url}/oauth/predirect_to/{member['guid']}/{token}").status_code == 400
            assert world.http.get(changed(url, state=token)).status_code == 400


def test_a_state_of_another_clients_user_is_another_browsers(world: World, nexus: Nexus) -> None:
    """Somebody delivers a callback, or an error, with the state of an attempt that is not theirs."""
    member = nexus.member(skip_aggregation=True)
    mine, _ = world.up_to_callback(world.user("somebody-else").member()["oauth_window_uri"])
    client, url = world.up_to_callback(member["oauth_window_uri"])
    before = token_requests(world)
    for stolen in (url, changed(url, code=None, error="access_denied")):
        answer = mine.get(stolen)
        assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert token_requests(world) == before
    assert client.get(url).status_code == 200


def test_no_redirect_is_another_than_303(world: World, nexus: Nexus) -> None:
    member = nexus.member(skip_aggregation=True)
    uri = nexus.window(member["guid"], referral_source="APP", skip_aggregation="true")
    elsewhere = world.http.get(uri, headers={"Host": "evil.example"})
    client, url = world.up_to_callback(uri)
    opened = world.opened(world.http, nexus.window(member["guid"]))
    assert {each.status_code for each in (elsewhere, client.get(url), opened)} == {303}


@pytest.mark.parametrize("end", ["success", "declined", "repeated", "unknown"])
def test_no_page_can_be_framed_kept_or_told_of(world: World, nexus: Nexus, end: str) -> None:
    member = nexus.member(skip_aggregation=True)
    client, url = world.up_to_callback(member["oauth_window_uri"])
    answer = client.get(changed(url, code=None, error="access_denied") if end == "declined" else url)
    if end == "repeated":
        answer = client.get(url)
    if end == "unknown":
        answer = client.get(f"{world.url}/oauth/redirect_from?state=x&code=y")
    headers = answer.headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert (headers["x-frame-options"], headers["cache-control"]) == ("DENY", "no-store")
    assert (headers["referrer-policy"], headers["x-content-type-options"]) == ("no-referrer", "nosniff")
    code, state = (parse_qs(urlsplit(url).query)[name][0] for name in ("code", "state"))
    assert code not in answer.text
    assert state not in answer.text


def test_a_late_callback_redeems_nothing(timed: World) -> None:
    member = timed.nexus.member(skip_aggregation=True)
    client, url = timed.up_to_callback(member["oauth_window_uri"])
    timed.clock.advance(timed.runtime.settings.attempt_lifetime + 1)
    before = token_requests(timed)
    assert client.get(url).status_code == 400
    timed.run(timed.runtime.sweep())
    assert client.get(url).status_code == 400
    assert token_requests(timed) == before
    assert timed.nexus.ok("GET", "/oauth_states")["oauth_states"][0]["error_reason"] == 6


def test_a_callback_of_a_deleted_member_redeems_nothing(world: World, nexus: Nexus) -> None:
    member = nexus.member()
    client, url = world.up_to_callback(member["oauth_window_uri"])
    nexus.ok("DELETE", f"/members/{member['guid']}")
    before = token_requests(world)
    answer = client.get(url)
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert token_requests(world) == before
    assert world.rows("SELECT count(*) FROM grants WHERE member_guid = ?", member["guid"]) == [(0,)]


def test_a_member_deleted_while_its_code_is_redeemed_leaves_no_grant(world: World, nexus: Nexus) -> None:
    member = nexus.member()
    world.bank.behavior.slow_seconds = 0.5
    client, url = world.up_to_callback(member["oauth_window_uri"], "token_slow")
    before = token_requests(world)
    answer = asyncio.run(_deleted_meanwhile(nexus, member["guid"], client, url))
    assert 'data-error-reason="SESSION_ERROR"' in answer.text
    assert token_requests(world) == before + 1
    grants = "SELECT DISTINCT status FROM grants WHERE member_guid = ?"
    assert eventually(lambda: world.rows(grants, member["guid"]) == [("ended",)])


async def _deleted_meanwhile(nexus: Nexus, guid: str, client: httpx2.Client, url: str) -> httpx2.Response:
    coming = asyncio.create_task(asyncio.to_thread(client.get, url))
    await asyncio.sleep(0.2)
    await asyncio.to_thread(nexus.ok, "DELETE", f"/members/{guid}")
    return await coming


def test_the_request_is_pushed_when_the_person_goes_on_and_not_before(timed: World) -> None:
    """The bank forgets a pushed request after a minute; who thinks for longer than that is not punished."""
    uri = timed.nexus.member(skip_aggregation=True)["oauth_window_uri"]
    first = timed.http.get(uri, follow_redirects=False) if asks(timed) else None
    timed.clock.advance(61)
    client, url = timed.up_to_callback(uri)
    assert first is None or Page(first).forms
    assert client.get(url).status_code == 200


def test_a_request_uri_that_ran_out_ends_at_the_bank_and_a_fresh_window_works(timed: World) -> None:
    nexus = timed.nexus
    member = nexus.member(skip_aggregation=True)
    location = timed.opened(timed.http, member["oauth_window_uri"]).headers["location"]
    timed.clock.advance(61)
    assert timed.http.get(location).status_code == 400
    timed.walk(nexus.window(member["guid"], skip_aggregation="true"))
    assert nexus.read(member["guid"])["connection_status"] == "CONNECTED"


def asks(world: World) -> bool:
    """Whether this world's client has the person asked first."""
    return bool(world.unit(clients.by_name, "sandbox").confirm_page)


def cookies_of(client: httpx2.Client) -> str:
    return "; ".join(f"{each.name}={each.value}" for each in client.cookies.jar)


async def _in_parallel(
    url: str, count: int, headers: dict[str, str] | None = None, method: str = "GET"
) -> list[httpx2.Response]:
    limits = httpx2.Limits(max_connections=count)
    async with httpx2.AsyncClient(timeout=60, limits=limits, headers=headers) as client:
        return await asyncio.gather(*(client.request(method, url) for _ in range(count)))

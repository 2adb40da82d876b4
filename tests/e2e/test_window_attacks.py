"""Attacks on the window: other browsers, mixed-up issuers, replays, races. Exactly one success, or none."""

import asyncio
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from support.world import Nexus, World

MX = "mx_bank_oauth"


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
    assert world.http.get(one["oauth_window_uri"]).status_code == 303


def test_the_cookie_is_for_this_attempt_only(world: World, nexus: Nexus) -> None:
    answer = world.http.get(nexus.member()["oauth_window_uri"])
    cookie = answer.headers["set-cookie"]
    pattern = r"fanlight_oauth_\d+=[\w-]{43}; Max-Age=900; Path=/oauth/redirect_from; HttpOnly; SameSite=Lax"
    assert re.fullmatch(pattern, cookie)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "cross-origin-opener-policy" not in answer.headers


def test_200_parallel_openings_spend_a_uri_once(world: World, nexus: Nexus) -> None:
    uri = nexus.member()["oauth_window_uri"]
    answers = asyncio.run(_in_parallel(uri, 200))
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


async def _in_parallel(url: str, count: int, headers: dict[str, str] | None = None) -> list[httpx2.Response]:
    limits = httpx2.Limits(max_connections=count)
    async with httpx2.AsyncClient(timeout=60, limits=limits, headers=headers) as client:
        return await asyncio.gather(*(client.get(url) for _ in range(count)))

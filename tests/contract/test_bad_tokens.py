"""Tokens and keys that are missing, malformed, used, old, ended, or of somebody who may not."""

import base64
import os

import httpx2
import pytest

from contract.bad import refused
from fanlight.api.nexus.routes import ROUTES
from fanlight.core import clients, oauth_states
from fanlight.core.sessions import TOUCH_EVERY
from support.world import Nexus, World

MINUTE = 60
SPELLED = [(method, path) for route in ROUTES if not route.opens for method, path in route.spellings]
MALFORMED = ["test", "A" * 85, "A" * 87, "A" * 85 + "=", "A" * 85 + "\u00e9", "null", "Bearer x"] + [
    "A" * 85 + last for last in "+/"
]


def _unknown() -> str:
    return base64.urlsafe_b64encode(os.urandom(64)).rstrip(b"=").decode()


def _partner(world: World, face: str, name: str, **headers: str) -> httpx2.Response:
    tail = "/api_token.json" if face == "sso" else ".json"
    given = {"MD-API-KEY": world.ready["api_key"]} | headers
    url = f"{world.ready[face]}/{world.ready['client_id']}/users/{name}{tail}"
    return world.http.get(url, headers={name: value for name, value in given.items() if value})


def _is_error_of(face: str, response: httpx2.Response, status: int) -> None:
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error.keys() == {"code", "status", "message"}
    assert error["code" if face == "mdx" else "status"] == status


def _open(world: World, token: str, path: str = "/sessions") -> httpx2.Response:
    return world.http.post(world.url + path, headers={"MD-API-TOKEN": token})


@pytest.mark.parametrize("spelling", SPELLED, ids=" ".join)
def test_every_route_asks_for_a_live_session(world: World, spelling: tuple[str, str]) -> None:
    method, path = spelling
    url = world.url + path.replace("{", "").replace("}", "")

    refused(world.http.request(method, url), 4010)
    refused(world.http.request(method, url, headers={"MD-SESSION-TOKEN": ""}), 4010)
    refused(world.http.request(method, url, headers={"MD-SESSION-TOKEN": "test"}), 4010)
    refused(world.http.request(method, url, headers={"MD-SESSION-TOKEN": _unknown()}), 4011)
    refused(world.http.request(method, url, headers={"MD-API-TOKEN": _unknown()}), 4010)


@pytest.mark.parametrize("token", MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_session_token(world: World, token: str) -> None:
    headers = [(b"md-session-token", token.encode("latin-1"))]

    refused(world.http.get(f"{world.url}/user", headers=headers), 4010)


@pytest.mark.parametrize("position", [0, 5, 11, 40, 84, 85])
def test_a_token_with_one_character_changed(world: World, nexus: Nexus, position: int) -> None:
    other = "A" if nexus.token[position] != "A" else "B"
    changed = nexus.token[:position] + other + nexus.token[position + 1 :]

    refused(Nexus(world, changed).get("/user"), 4010, 4011)
    assert nexus.get("/user").status_code == 200


def test_a_token_has_one_spelling(world: World, nexus: Nexus) -> None:
    """The last of 86 characters carries four bits that decoding drops: fifteen other texts must not be the token."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(nexus.token[-1])

    for bits in range(1, 16):
        changed = nexus.token[:-1] + alphabet[last ^ bits]
        refused(Nexus(world, changed).get("/user"), 4010, 4011)


def test_an_api_token_is_no_session_token(world: World) -> None:
    world.user("with-api-token")

    refused(Nexus(world, world.api_token("with-api-token")).get("/user"), 4011)


def test_a_session_token_is_no_api_token(world: World, nexus: Nexus) -> None:
    refused(_open(world, nexus.token), 4011)
    assert nexus.get("/user").status_code == 200


@pytest.mark.parametrize("token", MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_api_token(world: World, token: str) -> None:
    headers = [(b"md-api-token", token.encode("latin-1"))]

    refused(world.http.post(f"{world.url}/sessions", headers=headers), 4010)


def test_an_unknown_api_token(world: World) -> None:
    refused(_open(world, _unknown()), 4011)


def test_an_api_token_is_used_once(world: World) -> None:
    world.user("opens-twice")
    token = world.api_token("opens-twice")

    assert _open(world, token).status_code == 200
    before = world.rows("SELECT count(*) FROM sessions")
    refused(_open(world, token), 4011)
    refused(_open(world, token, "/sessions.json"), 4011)
    assert world.rows("SELECT count(*) FROM sessions") == before


def test_an_older_api_token_stays_good_beside_a_newer_one(world: World) -> None:
    world.user("two-tokens")
    older, newer = world.api_token("two-tokens"), world.api_token("two-tokens")

    assert _open(world, newer).status_code == _open(world, older).status_code == 200


def test_a_session_slides_and_then_ends(own_world: World) -> None:
    nexus = own_world.user("slider")
    own_world.clock.advance(29 * MINUTE + 59)
    assert nexus.get("/user").status_code == 200
    own_world.clock.advance(29 * MINUTE + 59)
    assert nexus.get("/accounts").status_code == 200, "a list slides too"
    own_world.clock.advance(29 * MINUTE + 59)
    refused(nexus.get("/members/MBR-1"), 4040)
    own_world.clock.advance(29 * MINUTE + 59)
    assert nexus.get("/user").status_code == 200, "a refusal slides too"

    own_world.clock.advance(30 * MINUTE + TOUCH_EVERY)
    refused(nexus.get("/user"), 4011)
    refused(nexus.get("/user"), 4011)


def test_a_session_ends_at_thirty_minutes(own_world: World) -> None:
    nexus = own_world.user("exact")
    own_world.clock.advance(30 * MINUTE)

    refused(nexus.get("/user"), 4011)


def test_an_expired_session_changes_nothing(own_world: World) -> None:
    nexus = own_world.user("late")
    member = nexus.member()
    own_world.clock.advance(30 * MINUTE + TOUCH_EVERY)
    before = own_world.rows("SELECT name, revision, deleted_at FROM members")

    refused(nexus.send("PUT", f"/members/{member['guid']}", {"member": {"name": "late"}}), 4011)
    refused(nexus.send("DELETE", f"/members/{member['guid']}"), 4011)
    refused(nexus.get(f"/members/{member['guid']}/oauth_window_uri"), 4011)

    assert own_world.rows("SELECT name, revision, deleted_at FROM members") == before
    assert own_world.rows("SELECT count(*) FROM oauth_states") == [(1,)]


def test_an_api_token_lives_ten_minutes(own_world: World) -> None:
    own_world.user("slow")
    first, second = own_world.api_token("slow"), own_world.api_token("slow")
    own_world.clock.advance(10 * MINUTE - 1)
    assert _open(own_world, first).status_code == 200

    own_world.clock.advance(2)
    refused(_open(own_world, second), 4011)


def test_sessions_end_when_the_partner_ends_them(world: World) -> None:
    nexus = world.user("ended")
    waiting = world.api_token("ended")
    url = f"{world.ready['sso']}/{world.ready['client_id']}/users/ended/sessions.json"

    assert world.http.delete(url, headers={"MD-API-KEY": world.ready["api_key"]}).status_code == 204

    refused(nexus.get("/user"), 4011)
    refused(_open(world, waiting), 4011)


@pytest.mark.parametrize("how", ["disabled", "deleted"])
def test_a_user_who_is_gone_has_no_session(world: World, how: str) -> None:
    nexus, name = world.user(f"is-{how}"), f"is-{how}"
    waiting = world.api_token(name)
    url = f"{world.ready['mdx']}/{world.ready['client_id']}/users/{name}.json"
    headers = {"MD-API-KEY": world.ready["api_key"]}
    if how == "disabled":
        assert world.http.put(url, json={"user": {"is_disabled": True}}, headers=headers).status_code == 200
    else:
        assert world.http.delete(url, headers=headers).status_code == 204

    refused(nexus.get("/user"), 4011)
    assert refused(_open(world, waiting), 4010, 4011, 4030)
    _is_error_of("sso", _partner(world, "sso", name), 403 if how == "disabled" else 404)


def test_a_disabled_client_opens_nothing_and_ends_everything(own_world: World) -> None:
    nexus = own_world.user("of-disabled")
    waiting = own_world.api_token("of-disabled")
    uri = nexus.member()["oauth_window_uri"]
    own_world.unit(clients.disable, own_world.ready["client_id"], now=own_world.clock())

    refused(nexus.get("/user"), 4011)
    refused(_open(own_world, waiting), 4010, 4011, 4030)
    for face in ("sso", "mdx"):
        _is_error_of(face, _partner(own_world, face, "of-disabled"), 403)
    assert own_world.http.get(uri).status_code == 400
    phases = own_world.rows("SELECT phase FROM oauth_states")
    assert phases == [(oauth_states.Phase.ISSUED.value,)], "the window was not spent"


@pytest.mark.parametrize("face", ["sso", "mdx"])
@pytest.mark.parametrize("key", ["", "wrong", "x" * 4000, "\u00e9\u00ff"], ids=["none", "wrong", "long", "Latin"])
def test_a_bad_api_key(world: World, face: str, key: str) -> None:
    tail = "/api_token.json" if face == "sso" else ".json"
    headers = [(b"md-api-key", key.encode("latin-1"))] if key else []
    for client in (world.ready["client_id"], "nobody", "%00", "%f0%9f%98%80"):
        url = f"{world.ready[face]}/{client}/users/{world.ready['user_id']}{tail}"
        _is_error_of(face, world.http.get(url, headers=headers), 401)


@pytest.mark.parametrize("face", ["sso", "mdx"])
def test_the_key_of_another_client(world: World, face: str) -> None:
    _, key = world.unit(clients.create, f"neighbour-{face}", now=world.clock())

    _is_error_of(face, _partner(world, face, world.ready["user_id"], **{"MD-API-KEY": key}), 401)


@pytest.mark.parametrize("face", ["sso", "mdx"])
@pytest.mark.parametrize("name", ["nobody", "USR-1", "%00", "x" * 5000, "%2e%2e", "a%2fb", "%f0%9f%98%80"])
def test_an_unknown_user(world: World, face: str, name: str) -> None:
    _is_error_of(face, _partner(world, face, name), 404)


@pytest.mark.parametrize("face", ["sso", "mdx"])
def test_a_users_guid_is_no_partner_id(world: World, face: str) -> None:
    _is_error_of(face, _partner(world, face, world.ready["user_guid"]), 404)


@pytest.mark.parametrize("face", ["sso", "mdx"])
@pytest.mark.parametrize("name", ["%ff", "%c3%28"])
def test_invalid_utf8_in_a_partner_path(world: World, face: str, name: str) -> None:
    _is_error_of(face, _partner(world, face, name), 400)


BAD_USERS: dict[str, tuple[bytes, int]] = {
    "malformed": (b'{"user":', 400),
    "a list": (b"[]", 400),
    "invalid UTF-8": (b'{"user": {"id": "\xff"}}', 400),
    "a lone surrogate": (rb'{"user": {"id": "\ud800"}}', 400),
    "very deep": (b"[" * 100_000, 400),
    "no id": (b'{"user": {"first_name": "x"}}', 400),
    "no root": (b"{}", 400),
    "an id that is a number": (b'{"user": {"id": 1}}', 422),
    "an empty id": (b'{"user": {"id": ""}}', 422),
    "an id with a slash": (b'{"user": {"id": "a/b"}}', 422),
    "an id with a line break": (b'{"user": {"id": "ab\\n"}}', 422),
    "an id with a NUL": (b'{"user": {"id": "a\\u0000"}}', 422),
    "an id of other letters": ('{"user": {"id": "\u00e9"}}'.encode(), 422),
    "an id too long": (b'{"user": {"id": "' + b"x" * 1025 + b'"}}', 422),
    "an id like a guid": (b'{"user": {"id": "USR-1"}}', 422),
    "a name too long": (b'{"user": {"id": "bad", "first_name": "' + b"x" * 10_000 + b'"}}', 422),
    "a name that is a number": (b'{"user": {"id": "bad", "last_name": 1}}', 422),
    "an email without a domain": (b'{"user": {"id": "bad", "email": "a@b"}}', 422),
    "an email with a space": (b'{"user": {"id": "bad", "email": "a b@c.example"}}', 422),
    "an unknown gender": (b'{"user": {"id": "bad", "gender": "male"}}', 422),
    "a birthdate in words": (b'{"user": {"id": "bad", "birthdate": "yesterday"}}', 422),
    "a birthdate in no month": (b'{"user": {"id": "bad", "birthdate": "2026-99-99"}}', 422),
    "a birthdate with a line break": (b'{"user": {"id": "bad", "birthdate": "2026-01-01\\n"}}', 422),
    "a birthdate in wide digits": (
        '{"user": {"id": "bad", "birthdate": "\uff12\uff10\uff12\uff16-01-01"}}'.encode(),
        422,
    ),
    "a score in words": (b'{"user": {"id": "bad", "credit_score": "high"}}', 422),
    "a score below zero": (b'{"user": {"id": "bad", "credit_score": -1}}', 422),
    "a flag in words": (b'{"user": {"id": "bad", "is_disabled": "maybe"}}', 422),
    "too large": (b" " * ((1 << 20) + 1), 413),
}


@pytest.mark.parametrize("name", BAD_USERS)
@pytest.mark.parametrize("suffix", [".json", ""], ids=["suffix", "plain"])
def test_a_bad_user_is_not_made(world: World, name: str, suffix: str) -> None:
    body, status = BAD_USERS[name]
    before = world.rows("SELECT count(*) FROM users")
    url = f"{world.ready['mdx']}/{world.ready['client_id']}/users{suffix}"

    response = world.http.post(url, content=body, headers={"MD-API-KEY": world.ready["api_key"]})

    _is_error_of("mdx", response, status)
    assert world.rows("SELECT count(*) FROM users") == before

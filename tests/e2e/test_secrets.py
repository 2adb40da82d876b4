"""Canaries: no token, code, state, cookie or credential is in the database in the clear, in a log, or in a page."""

import logging
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from fanlight.base.redaction import RedactingFilter
from support.world import running


def test_secrets_are_nowhere_in_the_clear(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(RedactingFilter())
    place = tmp_path / "world"
    with running(place) as world:
        nexus = world.user("canary")
        api_token = world.api_token("canary")
        member = nexus.member()
        client, url = world.up_to_callback(member["oauth_window_uri"], "canary-person")
        page = client.get(url)
        nexus.settled(member["guid"])
        body = {
            "member": {
                "institution_guid": world.institutions["mxbank"],
                "skip_aggregation": True,
                "credentials": [
                    {"credential_guid": "CRD-9f61fb4c-912c-bd1e-b175-ccc7f0275cc1", "value": "canary-login"},
                    {"guid": "CRD-e3d7ea81-aac7-05e9-fbdd-4b493c6e474d", "value": "canary-password"},
                ],
            }
        }
        nexus.ok("POST", "/members", body)
        query = parse_qs(urlsplit(url).query)
        grants = world.rows("SELECT client_id, user_id, member_id, generation, sealed FROM grants")
        opened = [world.runtime.vault.open("grant", _context(*row[:4]), row[4]).decode() for row in grants]
        secrets = {
            "session": nexus.token,
            "api token": api_token,
            "api key": world.ready["api_key"],
            "window token": urlsplit(member["oauth_window_uri"]).path.rsplit("/", 1)[1],
            "code": query["code"][0],
            "state": query["state"][0],
            "cookie": next(cookie.value or "" for cookie in client.cookies.jar if "fanlight" in cookie.name),
            "login": "canary-login",
            "password": "canary-password",
            "tokens": opened[0].split('"')[3],
        }
        assert "expires_in" in opened[0]
        log = caplog.text
    kept = b"".join(path.read_bytes() for path in place.iterdir() if path.name not in ("sandbox.json", "fanlight.key"))
    assert "redirect_from" in log
    for name, secret in secrets.items():
        assert len(secret) > 8, name
        assert secret not in log, name
        assert secret.encode() not in kept, name
        if name not in ("session", "api token"):
            assert secret not in page.text, name


def _context(client: int, user: int, member: int, generation: int) -> str:
    return f"client={client}|user={user}|member={member}|generation={generation}"

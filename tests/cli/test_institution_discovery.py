"""`fanlight institution discover` and `jwks`, as an operator uses them, against a server whose document changes."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from support.authorization_server import Answer, Bank, serving
from support.processes import run

OIDC, OAUTH = "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"
PRIVATE = {"FANLIGHT_ALLOW_PRIVATE_INSTITUTIONS": "true"}


@pytest.fixture
def bank() -> Iterator[Bank]:
    with serving(Bank()) as bank:
        yield bank


@pytest.fixture
def place(tmp_path: Path) -> str:
    where = str(tmp_path / "data")
    ok("keys", "new", "--data", where)
    return where


def ok(*arguments: str) -> Any:
    done = run(*arguments, "--json", env=PRIVATE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refused(*arguments: str) -> str:
    done = run(*arguments, env=PRIVATE)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


def offer(bank: Bank, path: str = OIDC, **changes: Any) -> None:
    url = bank.url
    whole = {
        "issuer": url,
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "jwks_uri": f"{url}/jwks",
        "pushed_authorization_request_endpoint": f"{url}/par",
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": True,
        **changes,
    }
    bank.script(path, Answer(200, whole))


def added(bank: Bank, place: str, tmp_path: Path) -> None:
    """The institution `bank`, from the entry that was printed for it."""
    offer(bank)
    text = ok("institution", "discover", bank.url, "--new", "bank", "--allow-private", "--data", place)["entry"]
    text = text.replace("client-key.pem", "keys/client.jwk").replace('client_id = ""', 'client_id = "me"')
    text = text.replace('base_url = ""', f'base_url = "{bank.url}/fdx/v6"')
    folder = tmp_path / "entries"
    (folder / "keys").mkdir(parents=True)
    key = ECKey.generate_key("P-256", {"kid": "k"}).as_dict(private=True)
    (folder / "keys" / "client.jwk").write_text(json.dumps(key))
    (folder / "bank.toml").write_text(text)
    ok("institution", "add", str(folder / "bank.toml"), "--data", place)
    assert str(key["d"]).encode() not in (Path(place) / "fanlight.db").read_bytes()


def details(place: str) -> dict[str, Any]:
    with sqlite3.connect(Path(place) / "fanlight.db") as connection:
        (text,) = connection.execute("SELECT details FROM institutions WHERE code = 'bank'").fetchone()
    connection.close()
    read: dict[str, Any] = json.loads(text)["oauth"]
    return read


def test_from_an_address_to_a_pinned_institution(bank: Bank, place: str, tmp_path: Path) -> None:
    added(bank, place, tmp_path)
    (listed,) = ok("institution", "list", "--data", place)
    assert listed["weaker_rules"] is None
    offer(bank)
    first = ok("institution", "discover", "bank", "--data", place)
    assert (first["changes"], first["said"], first["concerns"]) == ([], [], [])
    assert first["waits_for_approval"] is False
    offer(bank)
    assert ok("institution", "discover", "bank", "--data", place)["said"] == []


def test_a_change_is_shown_and_waits(bank: Bank, place: str, tmp_path: Path) -> None:
    added(bank, place, tmp_path)
    offer(bank)
    ok("institution", "discover", "bank", "--data", place)
    before = details(place)
    offer(bank, token_endpoint=f"{bank.url}/token/2", scopes_supported=["openid"])
    shown = run("institution", "discover", "bank", "--data", place, env=PRIVATE).stdout
    assert f'token_endpoint: "{bank.url}/token" -> "{bank.url}/token/2"' in shown
    assert "said otherwise: scopes_supported" in shown
    assert "! scope: the server does not list offline_access" in shown
    assert "Nothing was changed" in shown
    assert details(place) == before
    asked = len(bank.asked)
    approved = ok("institution", "discover", "bank", "--approve", "--data", place)
    assert [change["line"] for change in approved["changes"]] == ["token_endpoint"]
    assert len(bank.asked) == asked, "what was shown is approved, not what is there now"
    assert details(place) == {**before, "token_endpoint": f"{bank.url}/token/2"}
    assert "No document waits" in refused("institution", "discover", "bank", "--approve", "--data", place)


def test_what_cannot_be_used_is_not_approved(bank: Bank, place: str, tmp_path: Path) -> None:
    added(bank, place, tmp_path)
    before = details(place)
    offer(bank, code_challenge_methods_supported=["plain"])
    assert ok("institution", "discover", "bank", "--data", place)["waits_for_approval"] is True
    assert "pkce_is_undeclared" in refused("institution", "discover", "bank", "--approve", "--data", place)
    for changes in ({"issuer": "https://evil.example"}, {"token_endpoint": "https://evil.example/token"}):
        offer(bank, **changes)
        assert "evil.example" in refused("institution", "discover", "bank", "--data", place)
    assert details(place) == before


def test_the_other_place_of_a_document_is_looked_at_too(bank: Bank, place: str) -> None:
    bank.script(OIDC, Answer(404))
    offer(bank, OAUTH)
    found = ok("institution", "discover", bank.url, "--allow-private", "--data", place)
    assert found["url"] == bank.url + OAUTH
    assert [asked.path for asked in bank.asked] == [OIDC, OAUTH]


def test_a_redirect_is_not_followed(bank: Bank, place: str) -> None:
    bank.script(OIDC, Answer(302, None, {"Location": f"{bank.url}/elsewhere"}))
    assert "redirects" in refused("institution", "discover", bank.url, "--allow-private", "--data", place)
    assert len(bank.asked) == 1


def test_private_addresses_need_the_word_and_the_setting(bank: Bank, place: str) -> None:
    assert "could not be asked" in refused("institution", "discover", bank.url, "--data", place)
    done = run("institution", "discover", bank.url, "--allow-private", "--data", place)
    assert (done.returncode, "could not be asked" in done.stderr) == (1, True)
    assert bank.asked == []


def test_the_printed_keys_are_public(bank: Bank, place: str, tmp_path: Path) -> None:
    added(bank, place, tmp_path)
    (key,) = ok("institution", "jwks", "bank", "--data", place)["keys"]
    assert key["kid"] == "k"
    assert "d" not in key


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("discover", "nobody"), "no institution with the code nobody"),
        (("jwks", "nobody"), "no institution with the code nobody"),
        (("discover", "nobody", "--new", "x"), "--new goes with a URL"),
        (("discover", "https://a.example", "--approve"), "--approve goes with the code"),
    ],
)
def test_mistakes_are_one_clear_line(place: str, arguments: tuple[str, ...], said: str) -> None:
    ok("client", "create", "acme", "--data", place)
    assert said in refused("institution", *arguments, "--data", place)

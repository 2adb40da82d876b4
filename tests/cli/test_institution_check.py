"""`fanlight institution check` as an operator runs it: against the sandbox's bank, and against what can be wrong."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from connectors.bank import Answer, Asked, Bank
from support.processes import run, sandbox

SECRET = "canary-client-secret"
ALLOWED = {"FANLIGHT_ALLOW_PRIVATE_INSTITUTIONS": "true"}
ENTRY = """
code = "some_bank"
name = "Some Bank"
allow_private = true
client_secret = "{secret}"
[oauth]
issuer = "{url}"
authorization_endpoint = "{url}/authorize"
token_endpoint = "{url}/token"
jwks_uri = "{url}/jwks"
{push}
client_id = "me"
token_endpoint_auth_method = "client_secret_basic"
sender_constrained_tokens = "none"
[fdx]
base_url = "{url}/fdx/v6"
"""
KEY = {"kty": "EC", "crv": "P-256", "x": "x", "y": "y", "use": "sig", "alg": "ES256", "kid": "1"}


class Checked(NamedTuple):
    """What a check printed, and its steps by name without the host."""

    status: int
    steps: dict[str, dict[str, str]]
    printed: str


def checked(code: str, place: str, **env: str) -> Checked:
    done = run("institution", "check", code, "--json", "--data", place, env={**ALLOWED, **env})
    plain = run("institution", "check", code, "--data", place, env={**ALLOWED, **env})
    assert done.returncode == plain.returncode
    assert "Traceback" not in done.stderr + plain.stderr
    told = json.loads(done.stdout)
    assert told["is_good"] is (done.returncode == 0)
    steps = {step["name"].partition(" of ")[0].partition(" to ")[0]: step for step in told["steps"]}
    return Checked(done.returncode, steps, done.stdout + plain.stdout + done.stderr + plain.stderr)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A sandbox's data directory, and where its people come back to."""
    data = str(tmp_path_factory.mktemp("check") / "data")
    with sandbox("--data", data) as running:
        parts = urlsplit(running.ready["nexus"])
        yield data, f"{parts.scheme}://{parts.netloc}"


class TestTheSandboxesBank:
    @pytest.mark.parametrize("code", ["mx_bank_oauth", "mx_bank_fapi", "mx_bank_uk", "mx_bank_berlin", "mxbank"])
    def test_every_protocol_is_good(self, place: tuple[str, str], code: str) -> None:
        data, public = place
        found = checked(code, data, FANLIGHT_PUBLIC_URL=public)
        assert (found.status, found.printed.count("WRONG")) == (0, 0), found.printed
        assert found.steps["address"]["state"] == "good"
        assert "loopback" in found.steps["address"]["found"]
        assert found.steps["clock"]["state"] in ("good", "noted")
        assert ({"data", "profile"} & found.steps.keys()) != set()

    def test_an_address_that_is_not_registered_is_named(self, place: tuple[str, str]) -> None:
        found = checked("mx_bank_oauth", place[0], FANLIGHT_PUBLIC_URL="https://elsewhere.example")
        assert found.status == 1
        assert "https://elsewhere.example/oauth/redirect_from" in found.steps["client authentication"]["advice"]

    def test_what_a_setting_forbids_is_said_with_the_setting(self, place: tuple[str, str]) -> None:
        found = checked("mx_bank_oauth", place[0], FANLIGHT_ALLOW_PRIVATE_INSTITUTIONS="false")
        assert found.status == 1
        assert "allow_private_institutions" in found.steps["address"]["advice"]
        assert found.steps["data"]["state"] == "skipped"

    def test_an_unknown_code_is_one_line(self, place: tuple[str, str]) -> None:
        done = run("institution", "check", "nobody", "--data", place[0])
        assert (done.returncode, "no institution with the code nobody" in done.stderr) == (1, True)


class Institution:
    """A bank that is good, but for what a test changes: path -> answer."""

    def __init__(self) -> None:
        self.changed: dict[str, Answer] = {}
        self.bank = Bank(self._respond)

    def change(self, path: str, status: int, document: Any = None, **headers: str) -> None:
        body = b"" if document is None else json.dumps(document).encode()
        self.changed[path] = Answer(status, body, headers=headers)

    def check(self, tmp_path: Path, *, push: bool = True) -> Checked:
        place = str(tmp_path / "data")
        assert run("keys", "new", "--data", place).returncode == 0
        with self.bank.serving() as url:
            entry = tmp_path / "bank.toml"
            pushed = f'pushed_authorization_request_endpoint = "{url}/par"' if push else ""
            entry.write_text(ENTRY.format(url=url, secret=SECRET, push=pushed))
            done = run("institution", "add", str(entry), "--data", place, env=ALLOWED)
            assert done.returncode == 0, done.stderr
            found = checked("some_bank", place)
        assert SECRET not in found.printed
        return found

    def _respond(self, asked: Asked) -> Answer:
        found = self.changed.get(asked.path)
        if found is not None:
            return found
        match asked.path:
            case "/.well-known/openid-configuration":
                return Answer(200, json.dumps(self.metadata()).encode())
            case "/jwks":
                return Answer(200, json.dumps({"keys": [KEY]}).encode())
            case "/par":
                return Answer(201, b'{"request_uri": "urn:x", "expires_in": 60}')
            case "/token":
                return Answer(400, b'{"error": "invalid_grant"}')
        return Answer(401, b"{}") if asked.path == "/fdx/v6/accounts" else Answer(404, b"{}")

    def metadata(self) -> dict[str, Any]:
        url = self.bank.url
        return {
            "issuer": url,
            "authorization_endpoint": f"{url}/authorize",
            "token_endpoint": f"{url}/token",
            "jwks_uri": f"{url}/jwks",
            "pushed_authorization_request_endpoint": f"{url}/par",
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
            "id_token_signing_alg_values_supported": ["ES256"],
        }


def test_a_good_one_is_good(tmp_path: Path) -> None:
    found = Institution().check(tmp_path)
    assert found.status == 0, found.printed
    assert "client_secret_basic" in found.steps["entry"]["found"]
    assert {"discovery", "keys", "client authentication", "data"} <= found.steps.keys()
    assert all(found.steps[name]["state"] == "good" for name in ("keys", "client authentication", "data"))


def test_a_made_up_code_that_is_refused_proves_the_client_where_nothing_is_pushed(tmp_path: Path) -> None:
    found = Institution().check(tmp_path, push=False)
    assert found.steps["client authentication"]["state"] == "good"
    assert "made-up code" in found.steps["client authentication"]["found"]


@pytest.mark.parametrize(
    ("path", "status", "document", "step", "told"),
    [
        ("/par", 401, {"error": "invalid_client", "error_description": SECRET}, "client authentication", "the secret"),
        ("/par", 400, {"error": "invalid_redirect_uri"}, "client authentication", "Register http"),
        ("/par", 400, {"error": "invalid_scope"}, "client authentication", "scope"),
        ("/par", 400, {"error": "unauthorized_client"}, "client authentication", "not registered for"),
        ("/par", 500, None, "client authentication", "institution_timeout"),
        ("/par", 200, {"error": SECRET * 9}, "client authentication", ""),
        ("/jwks", 200, {"keys": [{**KEY, "kty": "RSA", "alg": "RS256"}]}, "keys", "id_token_signing_alg"),
        ("/jwks", 200, {"keys": []}, "keys", "id_token_signing_alg"),
        ("/jwks", 404, None, "keys", "addresses"),
        ("/fdx/v6/accounts", 200, {"accounts": []}, "data", "to anybody"),
        ("/fdx/v6/accounts", 404, {}, "data", "path whole"),
        ("/fdx/v6/accounts", 302, None, "data", "Redirects are not followed"),
        ("/fdx/v6/accounts", 503, None, "data", "does not work at the moment"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(  # noqa: PLR0917 - a table's columns
    tmp_path: Path, path: str, status: int, document: Any, step: str, told: str
) -> None:
    institution = Institution()
    institution.change(path, status, document)
    found = institution.check(tmp_path)
    assert found.status == 1
    assert found.steps[step]["state"] == "bad"
    assert told in found.steps[step]["advice"]
    assert [name for name, each in found.steps.items() if each["state"] == "bad"] == [step]


def test_a_clock_that_is_wrong_is_named(tmp_path: Path) -> None:
    institution = Institution()
    institution.change("/fdx/v6/accounts", 401, {}, Date="Tue, 24 Nov 2020 12:00:00 GMT")
    found = institution.check(tmp_path)
    assert (found.status, found.steps["clock"]["state"]) == (1, "bad")
    assert "NTP" in found.steps["clock"]["advice"]


def test_nobody_there_is_said_and_the_rest_is_left_out(tmp_path: Path) -> None:
    place, entry = str(tmp_path / "data"), tmp_path / "bank.toml"
    run("keys", "new", "--data", place)
    entry.write_text(ENTRY.format(url="http://127.0.0.1:9", secret=SECRET, push=""))
    run("institution", "add", str(entry), "--data", place, env=ALLOWED)
    found = checked("some_bank", place)
    assert found.status == 1
    assert "Nothing listens there" in found.steps["connection"]["advice"]
    assert {found.steps[name]["state"] for name in ("discovery", "keys", "client authentication", "data")} == {
        "skipped"
    }

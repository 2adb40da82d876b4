"""ID tokens: every claim is checked, and the algorithm is the configured one."""

import base64
import hashlib
import json
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.registry import OAuthServer
from fanlight.oauth import id_tokens

NOW = 1_780_000_000
KEY = ECKey.generate_key("P-256", {"kid": "k1"})
KEYS = KeySet([KEY]).as_dict(private=False)
SERVER = OAuthServer(
    issuer="https://bank.example",
    authorization_endpoint="https://bank.example/a",
    token_endpoint="https://bank.example/t",
    jwks_uri="https://bank.example/k",
    client_id="me",
)


def at_hash(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims(**changes: Any) -> dict[str, Any]:
    fields = {"iss": SERVER.issuer, "aud": "me", "sub": "ada", "nonce": "n", "iat": NOW, "exp": NOW + 300}
    fields["at_hash"] = at_hash("access")
    return {name: value for name, value in (fields | changes).items() if value is not None}


def signed(given: dict[str, Any], key: Any = KEY, alg: str = "ES256") -> str:
    return jwt.encode({"alg": alg, "kid": "k1"}, given, key, algorithms=[alg])


def subject(token: str, server: OAuthServer = SERVER, nonce: str | None = "n") -> str:
    return id_tokens.subject(token, dict(KEYS), server, nonce=nonce, access_token="access", now=NOW)


def test_a_good_token_says_who() -> None:
    assert subject(signed(claims())) == "ada"
    assert subject(signed(claims(aud=["me"]))) == "ada"
    assert subject(signed(claims(aud=["me", "other"], azp="me"))) == "ada"
    assert subject(signed(claims(nonce=None)), nonce=None) == "ada"
    assert subject(signed(claims(at_hash=None))) == "ada"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": "https://bank.example/"},
        {"iss": None},
        {"aud": "other"},
        {"aud": ["me", "other"]},
        {"aud": ["me", "other"], "azp": "other"},
        {"aud": None},
        {"nonce": "other"},
        {"nonce": None},
        {"exp": NOW - 61},
        {"exp": None},
        {"exp": "soon"},
        {"iat": NOW + 61},
        {"iat": NOW - 601},
        {"iat": None},
        {"at_hash": "x"},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
    ],
)
def test_each_wrong_claim_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Said) as said:
        subject(signed(claims(**changes)))
    assert said.value.saying == Saying.GIBBERISH


def test_other_keys_and_algorithms_are_refused() -> None:
    stranger = ECKey.generate_key("P-256", {"kid": "k1"})
    secret = OctKey.import_key(b"x" * 32)
    none = ".".join(
        base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in ({"alg": "none"}, claims())
    )
    for token in (signed(claims(), stranger), signed(claims(), secret, "HS256"), f"{none}.", "a.b.c", "", "x"):
        with pytest.raises(Said):
            subject(token)
    without = msgspec.structs.replace(SERVER, id_token_signing_alg=None)
    with pytest.raises(Said):
        subject(signed(claims()), without)


@pytest.mark.parametrize("token", ["", "x", "eyJ", "W10.x.y", "%%%"])
def test_a_key_id_of_garbage_is_gibberish(token: str) -> None:
    with pytest.raises(Said):
        id_tokens.key_id(token)

"""ID tokens: every claim is checked, and the algorithm is the configured one."""

import base64
import hashlib
import json
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.oauth_entry import OAuthServer
from fanlight.oauth import id_tokens
from fanlight.oauth.id_tokens import Shown

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
    return id_tokens.subject(token, dict(KEYS), server, nonce=nonce, shown=Shown(access_token="access"), now=NOW)


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
        {"aud": "me", "azp": "other"},
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


def es256(signing_input: str) -> bytes:
    key = load_pem_private_key(KEY.as_pem(private=True), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return key.sign(signing_input.encode(), ECDSA(SHA256()))


def half(of: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(of.encode()).digest()[:16]).rstrip(b"=").decode()


@pytest.mark.parametrize(("claim", "of"), [("c_hash", "the-code"), ("s_hash", "the-state")])
def test_digests_of_what_came_through_the_browser(claim: str, of: str) -> None:
    shown = Shown(code="the-code", state="the-state")

    def read(digest: str) -> str:
        token = signed(claims(at_hash=None, **{claim: digest}))
        return id_tokens.subject(token, dict(KEYS), SERVER, nonce="n", shown=shown, now=NOW)

    assert read(half(of)) == "ada"
    for other in (half("other"), "", "x"):
        with pytest.raises(Said, match=claim):
            read(other)


@pytest.mark.parametrize(
    "changes",
    [{"use": "enc"}, {"alg": "PS256"}, {"kid": "k2"}, {"kty": "RSA"}, {"crv": "P-384"}, {"x": "AA"}],
)
def test_a_key_for_something_else_verifies_nothing(changes: dict[str, Any]) -> None:
    keys = {"keys": [{**KEYS["keys"][0], **changes}]}
    with pytest.raises(Said):
        id_tokens.subject(signed(claims()), keys, SERVER, nonce="n", shown=Shown(access_token="access"), now=NOW)


def test_a_token_without_kid_needs_a_set_of_one_that_fits() -> None:
    token = jwt.encode({"alg": "ES256"}, claims(), KEY, algorithms=["ES256"])
    other = ECKey.generate_key("P-256", {"kid": "k2"}).as_dict(private=False)
    rsa = {"kty": "RSA", "kid": "k3", "n": "AQAB", "e": "AQAB"}
    shown = Shown(access_token="access")
    assert id_tokens.subject(token, {"keys": [KEYS["keys"][0], rsa]}, SERVER, nonce="n", shown=shown, now=NOW) == "ada"
    with pytest.raises(Said):
        id_tokens.subject(token, {"keys": [KEYS["keys"][0], other]}, SERVER, nonce="n", shown=shown, now=NOW)


def test_two_keys_of_one_name_verify_nothing() -> None:
    other = ECKey.generate_key("P-256", {"kid": "k1"}).as_dict(private=False)
    keys = {"keys": [other, KEYS["keys"][0]]}
    with pytest.raises(Said):
        id_tokens.subject(signed(claims()), keys, SERVER, nonce="n", shown=Shown(access_token="access"), now=NOW)


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("PS256", RSAKey.generate_key(2048, {"kid": "k1"})),
        ("RS256", RSAKey.generate_key(2048, {"kid": "k1"})),
        ("EdDSA", OKPKey.generate_key("Ed25519", {"kid": "k1"})),
    ],
)
def test_each_algorithm_that_an_entry_may_name(algorithm: Any, key: Any) -> None:
    server = msgspec.structs.replace(SERVER, id_token_signing_alg=algorithm)
    keys = dict(KeySet([key]).as_dict(private=False))
    digest = hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256
    half_digest = digest(b"access").digest()
    right = base64.urlsafe_b64encode(half_digest[: len(half_digest) // 2]).rstrip(b"=").decode()
    token = signed(claims(at_hash=right), key, algorithm)
    shown = Shown(access_token="access")
    assert id_tokens.subject(token, keys, server, nonce="n", shown=shown, now=NOW) == "ada"
    for name in {"ES256", "PS256", "RS256", "EdDSA"} - {algorithm}:
        other = msgspec.structs.replace(SERVER, id_token_signing_alg=name)
        with pytest.raises(Said):
            id_tokens.subject(token, keys, other, nonce="n", shown=shown, now=NOW)


def test_a_critical_header_is_refused_and_another_unknown_one_is_not() -> None:
    def with_header(**more: Any) -> str:
        signing_input = f"{part({'alg': 'ES256', 'kid': 'k1', **more})}.{part(claims())}"
        r, s = decode_dss_signature(es256(signing_input))
        signature = base64.urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).rstrip(b"=").decode()
        return f"{signing_input}.{signature}"

    assert subject(with_header(own="1")) == "ada"
    with pytest.raises(Said):
        subject(with_header(crit=["own"], own="1"))


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

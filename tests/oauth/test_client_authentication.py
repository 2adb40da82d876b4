"""Client authentication: assertions that are good once, for one server, and keys of the right kind."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.oauth_entry import EntryError, Secrets
from fanlight.oauth import client_authentication
from support.authorization_server import SECRET, Bank, part
from support.oauth_client import SECRETS, Client, entry, talk

RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}


def as_jwk(key: Any) -> str:
    return json.dumps(key.as_dict(private=True))


def as_pem(key: Any) -> str:
    return str(key.as_pem(private=True).decode())


def small_rsa() -> str:
    key = rsa.generate_private_key(65537, 1024)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def pushed(bank: Bank, secrets: Secrets = SECRETS, **lines: Any) -> list[dict[str, Any]]:
    async def story(client: Client) -> None:
        await client.connect()

    talk(bank, story, secrets, **lines)
    return [asked.assertion for asked in bank.asked if "client_assertion" in asked.form]


def test_an_assertion_is_good_for_a_minute_and_for_the_issuer_alone(bank: Bank) -> None:
    assertions = pushed(bank)
    assert len({claims["jti"] for claims in assertions}) == len(assertions) == 2
    for claims in assertions:
        assert claims["aud"] == bank.url
        assert claims["exp"] - claims["iat"] == 60
        assert set(claims) == {"iss", "sub", "aud", "jti", "iat", "exp"}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("form", [as_jwk, as_pem])
@pytest.mark.parametrize(("key", "algorithm"), [(EC, "ES256"), (RSA, "PS256"), (ED, "EdDSA")])
def test_the_algorithm_is_that_of_the_key(bank: Bank, form: Any, key: Any, algorithm: str) -> None:
    secrets = Secrets(client_key=form(key))
    registered = client_authentication.public_jwks(entry(bank), secrets)
    bank.client_keys = registered
    pushed(bank, secrets)
    header = part(bank.of("/par")[0].form["client_assertion"], 0)
    assert header["alg"] == algorithm == registered["keys"][0]["alg"]
    assert header["kid"] == registered["keys"][0]["kid"]


@pytest.mark.parametrize("key", [EC, RSA, ED])
def test_the_printed_key_set_has_nothing_that_is_private(bank: Bank, key: Any) -> None:
    (printed,) = client_authentication.public_jwks(entry(bank), Secrets(client_key=as_jwk(key)))["keys"]
    assert not PRIVATE & set(printed)
    assert printed["use"] == "sig"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no key",
        "{}",
        '{"kty": "EC"}',
        as_jwk(OctKey.generate_key(256)),
        json.dumps(EC.as_dict(private=False)),
        as_jwk(ECKey.generate_key("P-384")),
        small_rsa(),
        as_jwk(OKPKey.generate_key("X25519")),
        as_pem(EC)[:60],
    ],
    ids=["nothing", "text", "empty", "no curve", "symmetric", "public", "P-384", "small RSA", "X25519", "cut PEM"],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_other_keys_are_refused_without_being_shown(bank: Bank, text: str) -> None:
    bank.client_keys = {"keys": [{}]}
    with pytest.raises(Said) as said:
        talk(bank, Client.connect, Secrets(client_key=text))
    assert said.value.saying == Saying.CLIENT_REFUSED
    if text:
        with pytest.raises(EntryError) as refused:
            client_authentication.check(entry(bank), Secrets(client_key=text))
        for secret in json.loads(text).values() if text.startswith("{") else [text]:
            assert len(str(secret)) < 8 or str(secret) not in f"{said.value}{refused.value}"
    assert bank.asked == []


@pytest.mark.parametrize("line", ["token_endpoint_auth_signing_alg", "request_object_signing_alg"])
def test_an_algorithm_that_the_key_does_not_have_is_refused(bank: Bank, line: str) -> None:
    lines: dict[str, Any] = {line: "PS256"}
    with pytest.raises(EntryError, match=line):
        client_authentication.check(entry(bank, **lines), SECRETS)
    with pytest.raises(Said, match="does not sign with PS256"):
        talk(bank, Client.connect, **lines)


@pytest.mark.parametrize(
    ("lines", "secrets", "said"),
    [
        ({}, Secrets(), "client_key_file"),
        ({}, Secrets(client_secret="x"), "client_secret_basic"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, Secrets(), "client_secret_file"),
        ({"token_endpoint_auth_method": "client_secret_post"}, SECRETS.__class__(client_key="x"), "client_secret_file"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, SECRETS, "certificate_file"),
        ({"sender_constrained_tokens": "mtls"}, SECRETS, "certificate_file"),
        (
            {"token_endpoint_auth_method": "client_secret_post", "request_object_signing_alg": "ES256"},
            Secrets(client_secret="x"),
            "client_key_file",
        ),
    ],
)
def test_an_entry_without_its_secret_says_which(bank: Bank, lines: dict[str, Any], secrets: Secrets, said: str) -> None:
    with pytest.raises(EntryError, match=said):
        client_authentication.check(entry(bank, **lines), secrets)


def test_another_audience_is_a_line_of_its_own(bank: Bank) -> None:
    server = entry(bank, client_assertion_audience="token_endpoint")
    credentials = client_authentication.credentials(server, SECRETS, bank.now)
    assert part(credentials.fields["client_assertion"], 1)["aud"] == f"{bank.url}/token"


def test_secrets_and_tokens_are_in_no_address(bank: Bank) -> None:
    bank.authentication, bank.binds = "client_secret_post", ""
    talk(bank, Client.connect, token_endpoint_auth_method="client_secret_post", sender_constrained_tokens="none")
    assert all(SECRET not in f"{asked.path}{asked.query}" for asked in bank.asked)


def test_a_wrong_secret_is_the_operators_matter(bank: Bank) -> None:
    bank.authentication, bank.binds = "client_secret_basic", ""
    lines: dict[str, Any] = {"token_endpoint_auth_method": "client_secret_basic", "sender_constrained_tokens": "none"}
    with pytest.raises(Said) as said:
        talk(bank, Client.connect, Secrets(client_secret="wrong"), **lines)
    assert said.value.saying == Saying.CLIENT_REFUSED


def test_a_key_without_an_id_is_named_by_its_thumbprint(bank: Bank) -> None:
    key = ECKey.generate_key("P-256")
    (printed,) = client_authentication.public_jwks(entry(bank), Secrets(client_key=as_pem(key)))["keys"]
    assert printed["kid"] == key.thumbprint()
    assert KeySet.import_key_set({"keys": [printed]}).keys[0].thumbprint() == key.thumbprint()

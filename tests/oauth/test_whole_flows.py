"""Whole journeys against a server that verifies everything by itself, in each form that an entry can ask for."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.http import Certificate
from fanlight.oauth import authorized
from support.authority import Authority, server_context
from support.authorization_server import Answer, Bank, serving
from support.oauth_client import SECRETS, Client, talk

BASIC, POST = "client_secret_basic", "client_secret_post"
PLAIN = {"sender_constrained_tokens": "none"}
SIGNED = {"request_object_signing_alg": "ES256"}
NO_PUSH = {"pushed_authorization_request_endpoint": None}
PROFILES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "FAPI 2.0": ({}, {}),
    "FAPI 2.0 with nonces": ({"asks_nonce": True}, {}),
    "DPoP without push": ({}, NO_PUSH),
    "basic": ({"authentication": BASIC, "binds": ""}, {"token_endpoint_auth_method": BASIC, **PLAIN}),
    "post": ({"authentication": POST, "binds": ""}, {"token_endpoint_auth_method": POST, **PLAIN}),
    "signed and pushed": ({"wants_signed_requests": True}, SIGNED),
    "signed, by value": ({"wants_signed_requests": True}, {**SIGNED, **NO_PUSH}),
    "signed both ways": ({"signs_answers": True}, {**SIGNED, "response_mode": "query.jwt"}),
    "rotation off": ({"rotates": False}, {"refresh_is_repeatable": True}),
}  # fmt: skip


async def journey(client: Client) -> None:
    """Connect, know the person, read, refresh, read, revoke; the ended tokens are worth nothing."""
    attempt, back = await client.come_back()
    tokens = await client.server.redeem(back["code"], attempt, "https://fanlight.example/oauth/redirect_from")
    who = await client.server.subject(
        tokens, nonce=attempt.nonce, now=client.bank.now, code=back["code"], state="the-state"
    )
    assert who == "ada"
    assert (await read(client, tokens)).status == 200
    fresh = await client.server.refresh(tokens)
    assert fresh.access_token != tokens.access_token
    assert fresh.dpop_key == tokens.dpop_key
    assert (await read(client, fresh)).status == 200
    await client.server.revoke(fresh)
    assert (await read(client, fresh)).status == 401
    with pytest.raises(Said) as said:
        await client.server.refresh(fresh)
    assert said.value.saying == Saying.CONSENT_EXPIRED


async def read(client: Client, tokens: Any) -> Any:
    url = f"{client.bank.url}/data?from=1"
    return await authorized.send(client.line, tokens, "GET", url, {"accept": "application/json"}, content=None)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_whole_way(bank: Bank, profile: str) -> None:
    wanted, lines = PROFILES[profile]
    for name, value in wanted.items():
        setattr(bank, name, value)
    talk(bank, journey, **lines)
    assert [asked.form["token_type_hint"] for asked in bank.of("/revoke")] == ["refresh_token", "access_token"]


@pytest.mark.parametrize("alias", [True, False])
def test_the_whole_way_with_certificates(tmp_path: Path, alias: bool) -> None:
    authority = Authority()
    ours = authority.issue("fanlight.example")
    context = server_context(authority.issue("localhost"), tmp_path)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(cadata=authority.pem)
    certificate = x509.load_pem_x509_certificate(ours.chain.encode()).public_bytes(Encoding.DER)
    bank = Bank(authentication="tls_client_auth", binds="", certificate=certificate)
    secrets = type(SECRETS)(certificate=Certificate(ours.chain, ours.private_key), authority=authority.pem)
    lines: dict[str, Any] = {"token_endpoint_auth_method": "tls_client_auth", "sender_constrained_tokens": "mtls"}
    with serving(bank, context):
        if alias:
            lines["mtls_endpoint_aliases"] = {"token_endpoint": f"{bank.url}/mtls/token"}
        talk(bank, journey, secrets, **lines)
        assert bool(bank.of("/mtls/token")) is alias
        assert bool(bank.of("/token")) is not alias
        assert {asked.certificate for asked in bank.of("/data")} == {certificate}
        with pytest.raises(Said) as said:
            talk(bank, Client.connect, type(SECRETS)(authority=authority.pem), **lines)
        assert said.value.saying == Saying.CLIENT_REFUSED


def test_access_in_our_own_name(bank: Bank) -> None:
    async def story(client: Client) -> int:
        access = await client.server.client_access()
        return (await access.request("POST", f"{bank.url}/data", {}, b"{}")).status

    assert talk(bank, story, client_credentials_scope="accounts") == 200
    assert bank.of("/token")[0].form["scope"] == "accounts"
    assert "dpop" in bank.of("/data")[0].headers


def test_an_answer_without_a_right_push_goes_nowhere(bank: Bank) -> None:
    for answer in (
        Answer(200, {"request_uri": "urn:x"}),
        Answer(201, {}),
        Answer(201, {"request_uri": 7}),
        Answer(201, b""),
    ):
        bank.script("/par", answer)
        with pytest.raises(Said):
            talk(bank, Client.connect)
    assert bank.of("/token") == []


async def _many(client: Client) -> list[Any]:
    return await asyncio.gather(*[client.connect() for _ in range(3)])


def test_every_attempt_has_secrets_of_its_own(bank: Bank) -> None:
    talk(bank, _many)
    asked = bank.of("/par")
    for name in ("code_challenge", "nonce", "dpop_jkt"):
        assert len({one.form[name] for one in asked}) == 3

"""The bank's authorization server towards clients with keys: what the RFCs say to refuse is refused."""

import json
from typing import Any

import pytest
from joserfc.jwk import OctKey

from bank.customer import BASE, MX, NOW
from bank.signing import (
    ED_KEY,
    ISSUER,
    JWT_BEARER,
    KEY,
    OTHER_KEY,
    PS_KEY,
    SMALL_KEY,
    TOKEN_URL,
    KeyedCustomer,
    assertion,
    keyed_bank,
    proof,
    run,
    signed,
)

REFUSED_ASSERTIONS: dict[str, dict[str, Any]] = {
    "another audience": {"aud": f"{BASE}/{MX}"},
    "an audience of more than one": {"aud": [ISSUER, "https://else.example"]},
    "an audience in a list": {"aud": [ISSUER]},
    "the endpoint as audience": {"aud": TOKEN_URL},
    "no audience": {"aud": None},
    "another issuer": {"iss": "neighbor"},
    "another subject": {"sub": "neighbor"},
    "no subject": {"sub": None},
    "no end": {"exp": None},
    "over": {"exp": NOW},
    "an end as text": {"exp": str(NOW + 60)},
    "an end far away": {"exp": NOW + 3600},
    "not yet": {"nbf": NOW + 60},
    "from the future": {"iat": NOW + 60},
    "no jti": {"jti": None},
    "a jti that is no text": {"jti": 7},
    "somebody else's key": {"key": OTHER_KEY},
    "an old algorithm": {"key": PS_KEY, "alg": "RS256"},
    "a secret as key": {"key": OctKey.import_key(json.dumps(KEY.as_dict(private=False))), "alg": "HS256"},
}


@pytest.mark.parametrize("name", REFUSED_ASSERTIONS)
def test_assertions_that_are_refused(name: str) -> None:
    async def story(customer: KeyedCustomer) -> tuple[int, str]:
        own = {"client_assertion": assertion(ISSUER, **REFUSED_ASSERTIONS[name])}
        response = await customer.post("/oauth/par", customer.request() | own)
        return response.status_code, response.json()["error"]

    assert run(story) == (401, "invalid_client")


@pytest.mark.parametrize("text", ["", "a.b.c", "x" * 9000, "e30.e30.", signed({"sub": "keyed"}) + "A", "é.é.é"])
def test_assertions_that_are_none(text: str) -> None:
    async def story(customer: KeyedCustomer) -> int:
        response = await customer.post("/oauth/par", customer.request() | {"client_assertion": text})
        return response.status_code

    assert run(story) in (400, 401)


@pytest.mark.parametrize(("key", "alg"), [(KEY, "ES256"), (PS_KEY, "PS256"), (ED_KEY, "EdDSA"), (ED_KEY, "Ed25519")])
def test_an_assertion_works_once(key: Any, alg: str) -> None:
    async def story(customer: KeyedCustomer) -> None:
        url = f"{customer.issuer}/oauth/par"
        own = {"client_assertion_type": JWT_BEARER, "client_assertion": assertion(ISSUER, key, alg)}
        assert (await customer.app.post(url, data=customer.request() | own)).status_code == 201
        again = await customer.app.post(url, data=customer.request() | own)
        assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
        wrong_type = own | {"client_assertion": assertion(ISSUER, key, alg), "client_assertion_type": "else"}
        assert (await customer.app.post(url, data=customer.request() | wrong_type)).status_code == 401

    run(story)


def test_secrets_are_refused_where_keys_are_asked_for() -> None:
    async def story(customer: KeyedCustomer) -> None:
        fields = customer.request(client_id="neighbor") | {"client_secret": "neighbor-secret"}
        strict = await customer.app.post(f"{ISSUER}/oauth/par", data=fields)
        assert (strict.status_code, strict.json()["error"]) == (401, "invalid_client")
        assert (await customer.app.post(f"{BASE}/{MX}/oauth/par", data=fields)).status_code == 201
        both = fields | {"client_assertion_type": JWT_BEARER, "client_assertion": assertion(f"{BASE}/{MX}")}
        assert (await customer.app.post(f"{BASE}/{MX}/oauth/par", data=both)).status_code == 400
        for secret in ("", "x"):
            empty = customer.request() | {"client_secret": secret}
            assert (await customer.app.post(f"{BASE}/{MX}/oauth/par", data=empty)).status_code == 401

    run(story)


REFUSED_PROOFS: dict[str, dict[str, Any]] = {
    "another method": {"method": "GET"},
    "another address": {"url": f"{ISSUER}/oauth/par"},
    "another host": {"url": "http://bank.example/mx_bank_fapi/oauth/token"},
    "old": {"iat": NOW - 61},
    "early": {"iat": NOW + 11},
    "no iat": {"iat": None},
    "no jti": {"jti": None},
    "no htu": {"htu": None},
    "another typ": {"header": {"typ": "JWT"}},
    "no key": {"header": {"jwk": None}},
    "a private key": {"header": {"jwk": KEY.as_dict(private=True)}},
    "a secret": {"header": {"jwk": {"kty": "oct", "k": "AAAA"}}},
    "another key": {"header": {"jwk": OTHER_KEY.as_dict(private=False)}},
    "a weak key": {"key": SMALL_KEY, "alg": "PS256"},
    "an old algorithm": {"key": PS_KEY, "alg": "RS256"},
    "a broken key": {"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "!", "y": "AA"}}},
}


@pytest.mark.parametrize("name", REFUSED_PROOFS)
def test_proofs_that_are_refused(name: str) -> None:
    async def story(customer: KeyedCustomer) -> tuple[int, str]:
        code = await customer.code()
        asked = dict(REFUSED_PROOFS[name])
        text = proof(asked.pop("method", "POST"), asked.pop("url", TOKEN_URL), nonce=customer.nonce, **asked)
        fields = {"grant_type": "authorization_code", "code": code}
        response = await customer.post("/oauth/token", fields, text)
        assert (await customer.redeem(code)).status_code == 200, "a refused proof spends no code"
        return response.status_code, response.json()["error"]

    assert run(story) == (400, "invalid_dpop_proof")


def test_a_proof_works_once_and_needs_a_nonce_of_the_bank() -> None:
    bank, clock = keyed_bank()

    async def story(customer: KeyedCustomer) -> None:
        url = f"{ISSUER}/oauth/par"

        async def push(text: str) -> tuple[int, str | None]:
            own = {"client_assertion_type": JWT_BEARER, "client_assertion": assertion(ISSUER, now=clock())}
            response = await customer.app.post(url, data=customer.request() | own, headers={"dpop": text})
            customer.nonce = response.headers["dpop-nonce"]
            return response.status_code, response.json().get("error")

        assert await push(proof("POST", url)) == (400, "use_dpop_nonce")
        assert await push(proof("POST", url, nonce="made up")) == (400, "use_dpop_nonce")
        good = proof("POST", url, nonce=customer.nonce)
        assert await push(good) == (201, None)
        assert await push(good) == (400, "invalid_dpop_proof")
        first = customer.nonce
        clock.advance(299)
        assert await push(proof("POST", url, nonce=first, iat=clock())) == (201, None)
        clock.advance(1)
        assert await push(proof("POST", url, nonce=first, iat=clock())) == (400, "use_dpop_nonce")

    run(story, bank)


def test_two_proofs_are_refused() -> None:
    async def story(customer: KeyedCustomer) -> None:
        url = f"{customer.issuer}/oauth/par"
        own = {"client_assertion_type": JWT_BEARER, "client_assertion": assertion(customer.issuer)}
        headers = [("dpop", proof("POST", url)), ("dpop", proof("POST", url))]
        response = await customer.app.post(url, data=customer.request() | own, headers=headers)
        assert response.json()["error"] == "invalid_dpop_proof"

    run(story, code=MX)


def test_tokens_are_bound_to_the_key() -> None:
    async def story(customer: KeyedCustomer) -> None:
        tokens = await customer.connect()
        assert tokens["token_type"] == "DPoP"
        token = tokens["access_token"]
        assert (await customer.data(token)).status_code == 200
        for scheme, changes, error in (
            ("Bearer", {}, "invalid_token"),
            ("Bearer", {"proven": False}, "invalid_token"),
            ("DPoP", {"proven": False}, "invalid_dpop_proof"),
            ("DPoP", {"key": OTHER_KEY}, "invalid_token"),
            ("DPoP", {"token": "another"}, "invalid_dpop_proof"),
            ("DPoP", {"ath": None}, "invalid_dpop_proof"),
            ("DPoP", {"method": "POST"}, "invalid_dpop_proof"),
            ("DPoP", {"nonce": None}, "use_dpop_nonce"),
        ):
            refused = await customer.data(token, scheme, **changes)
            assert (refused.status_code, refused.json()["code"]) == (401, "603")
            challenge = refused.headers["www-authenticate"]
            assert challenge.startswith(f'DPoP error="{error}"'), (scheme, changes)
        fresh = (await customer.refresh(tokens["refresh_token"])).json()
        assert (await customer.data(fresh["access_token"])).status_code == 200

    run(story)


def test_a_proof_without_need_binds_too_and_a_plain_token_is_no_dpop_token() -> None:
    async def bound(customer: KeyedCustomer) -> None:
        token = (await customer.connect())["access_token"]
        assert (await customer.data(token)).status_code == 200
        assert (await customer.read(token, "/accounts")).status_code == 401

    run(bound, code=MX)

    async def plain(customer: KeyedCustomer) -> None:
        token = (await customer.connect())["access_token"]
        assert (await customer.read(token, "/accounts")).status_code == 200
        customer.key = KEY
        assert (await customer.data(token)).status_code == 401

    run(plain, code=MX, key=None)


def test_the_key_of_the_pushed_request_redeems() -> None:
    async def story(customer: KeyedCustomer) -> None:
        code = await customer.code()
        customer.key = OTHER_KEY
        assert (await customer.redeem(code)).json()["error"] == "invalid_grant"
        customer.key = None
        code = await customer.code(dpop_jkt=KEY.thumbprint())
        assert (await customer.redeem(code)).json()["error"] == "invalid_dpop_proof"
        customer.key = OTHER_KEY
        assert (await customer.redeem(code)).json()["error"] == "invalid_grant"
        clash = await customer.post("/oauth/par", customer.request(dpop_jkt=KEY.thumbprint()))
        assert (clash.status_code, clash.json()["error"]) == (400, "invalid_request")

    run(story)

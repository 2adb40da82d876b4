"""Requests that are pushed, signed and detailed, and what a bank tells of its tokens: the RFCs' refusals."""

import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from bank.customer import BASE, CHALLENGE, MX, NOW, Customer, account_ids, answer, new_bank
from bank.customer import run as run_plain
from bank.signing import (
    FAPI,
    ISSUER,
    JWT_BEARER,
    KEY,
    OTHER_KEY,
    PS_KEY,
    KeyedCustomer,
    assertion,
    keyed_bank,
    proof,
    request_object,
    run,
)

DETAILS = {
    "type": "fdx_v1.0",
    "consentRequest": {
        "durationType": "TIME_BOUND",
        "durationPeriod": 30,
        "resources": [{"resourceType": "ACCOUNT", "dataClusters": ["ACCOUNT_BASIC", "TRANSACTIONS"]}],
    },
}


def test_requests_must_be_pushed() -> None:
    async def story(customer: KeyedCustomer) -> dict[str, str]:
        return answer(await customer.browser.get(f"{ISSUER}/oauth/authorize", params=customer.request()))

    assert run(story)["error"] == "invalid_request"


REFUSED_REQUESTS: dict[str, dict[str, Any]] = {
    "another audience": {"aud": f"{BASE}/mxcu_oauth"},
    "no audience": {"aud": None},
    "another issuer": {"iss": "neighbor"},
    "no issuer": {"iss": None},
    "another client": {"client_id": "neighbor"},
    "no client": {"client_id": None},
    "no end": {"exp": None},
    "over": {"exp": NOW - 1},
    "far away": {"exp": NOW + 7200},
    "good for long": {"nbf": NOW - 7200, "exp": NOW + 60},
    "not yet": {"nbf": NOW + 60},
    "a request in it": {"request": "e30.e30."},
    "a request_uri in it": {"request_uri": "https://else.example"},
    "an assertion": {"sub": "keyed"},
    "another kind of JWT": {"typ": "dpop+jwt"},
    "somebody else's key": {"key": OTHER_KEY},
    "an old algorithm": {"key": PS_KEY, "alg": "RS256"},
}


@pytest.mark.parametrize("name", REFUSED_REQUESTS)
def test_request_objects_that_are_refused(name: str) -> None:
    async def story(customer: KeyedCustomer) -> None:
        text = request_object(customer.issuer, customer.request(), **REFUSED_REQUESTS[name])
        pushed = await customer.post("/oauth/par", {"request": text})
        assert (pushed.status_code, pushed.json()["error"]) == (400, "invalid_request_object")
        asked = {"client_id": "keyed", "request": text}
        back = await customer.browser.get(f"{customer.issuer}/oauth/authorize", params=asked)
        assert answer(back)["error"] == "invalid_request_object"

    run(story, code=MX, key=None)


def test_an_unsigned_request_object_is_refused() -> None:
    async def story(customer: KeyedCustomer) -> None:
        signed_text = request_object(customer.issuer, customer.request())
        _, claims, _ = signed_text.split(".")
        pushed = await customer.post("/oauth/par", {"request": f"eyJhbGciOiJub25lIn0.{claims}."})
        assert pushed.json()["error"] == "invalid_request_object"

    run(story, code=MX, key=None)


def test_what_is_signed_counts_and_nothing_beside_it() -> None:
    async def story(customer: KeyedCustomer) -> None:
        text = request_object(customer.issuer, customer.request(state="signed"))
        beside = {"client_id": "keyed", "request": text, "state": "beside", "scope": "everything"}
        page = await customer.browser.get(f"{customer.issuer}/oauth/authorize", params=beside)
        back = answer(await customer.decide(await customer.sign_in(page, "ann")))
        assert back["state"] == "signed"
        bare = request_object(customer.issuer, {"client_id": "keyed", "response_type": "code"})
        outside = customer.request() | {"request": bare}
        asked = await customer.browser.get(f"{customer.issuer}/oauth/authorize", params=outside)
        assert answer(asked)["error"] == "invalid_request", "PKCE outside the request object does not count"

    run(story, code=MX, key=None)


def test_responses_are_signed_when_asked_for() -> None:
    async def story(customer: KeyedCustomer) -> None:
        keys = KeySet.import_key_set((await customer.app.get(f"{customer.issuer}/oauth/jwks")).json())
        for mode, decision in (("jwt", "authorize"), ("query.jwt", "deny")):
            page = await customer.sign_in(await customer.open_window(response_mode=mode), "ann")
            back = answer(await customer.decide(page, decision))
            assert set(back) == {"response"}
            claims = jwt.decode(back["response"], keys, ["ES256"]).claims
            assert (claims["iss"], claims["aud"], claims["state"]) == (customer.issuer, "keyed", "st&te")
            assert NOW < claims["exp"] <= NOW + 600
            assert ("code" in claims) is (decision == "authorize")
            assert claims.get("error") == (None if decision == "authorize" else "access_denied")

    run(story)


REFUSED_DETAILS: dict[str, Any] = {
    "no list": DETAILS,
    "an empty list": [],
    "two": [DETAILS, DETAILS],
    "another type": [DETAILS | {"type": "payment_initiation"}],
    "another member": [DETAILS | {"amount": 5}],
    "no request": [{"type": "fdx_v1.0"}],
    "more than a year": [{"type": "fdx_v1.0", "consentRequest": DETAILS["consentRequest"] | {"durationPeriod": 366}}],  # type: ignore[operator]
    "bound to no time": [{"type": "fdx_v1.0", "consentRequest": DETAILS["consentRequest"] | {"durationPeriod": None}}],  # type: ignore[operator]
    "an unknown cluster": [
        {"type": "fdx_v1.0", "consentRequest": {"durationType": "PERSISTENT", "resources": [{"dataClusters": ["ALL"]}]}}
    ],
    "no end of resources": [
        {
            "type": "fdx_v1.0",
            "consentRequest": {"durationType": "PERSISTENT", "resources": [{"dataClusters": ["ACCOUNT_BASIC"] * 200}]},
        }
    ],
    "no JSON": "nothing",
    "no resources": [{"type": "fdx_v1.0", "consentRequest": {"durationType": "PERSISTENT", "resources": []}}],
}


@pytest.mark.parametrize("name", REFUSED_DETAILS)
def test_authorization_details_that_are_refused(name: str) -> None:
    async def story(customer: KeyedCustomer) -> str:
        more = customer.request(authorization_details=json.dumps(REFUSED_DETAILS[name]))
        return str((await customer.post("/oauth/par", more)).json()["error"])

    assert run(story) == "invalid_authorization_details"


def test_authorization_details_say_what_is_shared_and_for_how_long() -> None:
    bank, clock = keyed_bank()

    async def story(customer: KeyedCustomer) -> None:
        tokens = await customer.connect(authorization_details=json.dumps([DETAILS]), scope="openid")
        assert tokens["authorization_details"] == [DETAILS]
        assert tokens["grant_id"]
        assert set(tokens["scope"].split()) == {"openid", "fdx:accountbasic:read", "fdx:transactions:read"}
        told = (await customer.post("/oauth/introspect", {"token": tokens["access_token"]})).json()
        assert told["authorization_details"] == [DETAILS]
        clock.advance(30 * 86_400 - 10)
        url, life = f"{ISSUER}/oauth/token", {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

        async def refreshed() -> Any:
            own = {"client_assertion_type": JWT_BEARER, "client_assertion": assertion(ISSUER, now=clock())}
            nonce = bank._issuers[FAPI].proofs.nonce()
            headers = {"dpop": proof("POST", url, iat=clock(), nonce=nonce)}
            return (await customer.app.post(url, data=own | life, headers=headers)).json()

        fresh = await refreshed()
        assert fresh["expires_in"] == 10
        life["refresh_token"] = fresh["refresh_token"]
        clock.advance(10)
        assert (await refreshed())["error"] == "invalid_grant"

    run(story, bank)


def test_introspection_tells_a_client_of_its_own_tokens_alone() -> None:
    async def story(customer: KeyedCustomer) -> None:
        tokens = await customer.connect()

        async def told(token: str) -> Any:
            return (await customer.post("/oauth/introspect", {"token": token})).json()

        mine = await told(tokens["access_token"])
        assert mine["active"] is True
        assert (mine["client_id"], mine["token_type"], mine["cnf"]) == ("keyed", "DPoP", {"jkt": KEY.thumbprint()})
        assert (await told(tokens["refresh_token"]))["active"] is True
        assert await told("garbage") == {"active": False}
        fresh = (await customer.refresh(tokens["refresh_token"])).json()
        assert await told(tokens["refresh_token"]) == {"active": False}, "rotated away, and asking ends no grant"
        assert (await told(fresh["refresh_token"]))["active"] is True
        other = {"client_assertion": assertion(ISSUER, OTHER_KEY, iss="neighbor", sub="neighbor")}
        foreign = await customer.post("/oauth/introspect", {"token": fresh["access_token"], **other})
        assert foreign.json() == {"active": False}
        await customer.post("/oauth/revoke", {"token": fresh["refresh_token"]})
        assert await told(fresh["access_token"]) == {"active": False}
        assert (await customer.post("/oauth/introspect", {})).json()["error"] == "invalid_request"

    run(story)


def test_userinfo_is_the_subject_of_the_id_token() -> None:
    async def story(customer: Customer) -> None:
        tokens = await customer.connect()
        url = f"{customer.issuer}/oauth/userinfo"
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        for response in (await customer.app.get(url, headers=headers), await customer.app.post(url, headers=headers)):
            subject = (await customer.read(tokens["access_token"], "/customers/current")).json()["customerId"]
            assert response.json() == {"sub": subject}
        assert (await customer.app.get(url)).status_code == 401
        scoped = await customer.connect(scope="fdx:accountbasic:read")
        refused = await customer.app.get(url, headers={"authorization": f"Bearer {scoped['access_token']}"})
        assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")

    run_plain(story, new_bank()[0])


def test_the_metadata_says_what_the_policy_is() -> None:
    async def story(customer: KeyedCustomer) -> None:
        strict = (await customer.app.get(f"{ISSUER}/.well-known/openid-configuration")).json()
        plain = (await customer.app.get(f"{BASE}/{MX}/.well-known/openid-configuration")).json()
        assert strict["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
        assert "client_secret_basic" in plain["token_endpoint_auth_methods_supported"]
        assert (strict["require_pushed_authorization_requests"], plain["require_pushed_authorization_requests"]) == (
            True,
            False,
        )
        for document in (strict, plain):
            assert "none" not in json.dumps(document)
            assert document["code_challenge_methods_supported"] == ["S256"]

    run(story)


def test_a_customer_s_consent_page_is_the_same() -> None:
    async def story(customer: KeyedCustomer) -> None:
        page = await customer.sign_in(await customer.open_window(code_challenge=CHALLENGE), "ann")
        assert len(account_ids(page)) == 6

    run(story)

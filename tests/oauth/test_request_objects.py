"""Signed requests (RFC 9101) and signed answers (JARM): what is in them, and what of them is refused."""

import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey

from fanlight.institutions.answers import Said, Saying
from fanlight.oauth import authorize, request_objects
from support.authorization_server import CLIENT, Bank, b64, part
from support.oauth_client import REDIRECT, STATE, Client, talk

CLAIMS = {"id_token": {"openbanking_intent_id": {"value": "c-1", "essential": True}}}
DETAILS = [{"type": "fdx_v1.0", "consentRequest": {"durationType": "ONE_TIME"}}]
EXTRA = {"claims": CLAIMS, "authorization_details": DETAILS}
JAR = {"request_object_signing_alg": "ES256"}
JARM = {"response_mode": "query.jwt"}
GOOD = {"code": "c", "state": STATE}


def begin(bank: Bank, extra: dict[str, Any], **lines: Any) -> str:
    async def story(client: Client) -> str:
        return await client.server.begin(authorize.new_attempt(), STATE, REDIRECT, extra)

    return talk(bank, story, **lines)


def test_objects_stay_objects_in_a_signed_request(bank: Bank) -> None:
    begin(bank, EXTRA, **JAR)
    (asked,) = bank.of("/par")
    assert {name for name in asked.form if not name.startswith("client_")} == {"request"}
    claims = part(asked.form["request"], 1)
    assert claims["claims"] == CLAIMS
    assert claims["authorization_details"] == DETAILS
    assert claims["exp"] - claims["nbf"] <= 600


def test_objects_are_texts_in_a_form(bank: Bank) -> None:
    begin(bank, EXTRA)
    form = bank.of("/par")[0].form
    assert json.loads(form["claims"]) == CLAIMS
    assert form["authorization_details"].startswith('[{"type":"fdx_v1.0"')


def test_a_signed_request_by_value_says_nothing_beside_itself(bank: Bank) -> None:
    location = begin(bank, EXTRA, pushed_authorization_request_endpoint=None, **JAR)
    shown = parse_qs(urlsplit(location).query)
    assert set(shown) == {"response_type", "client_id", "scope", "request"}
    assert bank.asked == []


@pytest.mark.parametrize("name", ["state", "redirect_uri", "code_challenge", "request_uri", "client_id"])
def test_a_consent_replaces_no_parameter_of_the_protocol(bank: Bank, name: str) -> None:
    with pytest.raises(Said) as said:
        begin(bank, {name: "mine"})
    assert said.value.saying == Saying.OUR_FAULT
    assert bank.asked == []


def test_a_server_that_does_not_know_pkce_is_not_begun_with(bank: Bank) -> None:
    with pytest.raises(Said, match="S256"):
        begin(bank, {}, code_challenge_methods_supported=["plain"])
    begin(bank, {}, code_challenge_methods_supported=[], pkce_is_undeclared=True)
    assert bank.of("/par")[0].form["code_challenge_method"] == "S256"


def read(bank: Bank, response: str, **lines: Any) -> dict[str, str]:
    async def story(client: Client) -> dict[str, str]:
        return await client.server.read_response(response, bank.now)

    return talk(bank, story, **{**JARM, **lines})


def test_a_signed_answer_is_read(bank: Bank) -> None:
    response = bank.sign_response({**GOOD, "iss": bank.url, "more": {"a": 1}})
    assert request_objects.peek_state(response) == STATE
    assert read(bank, response) == {**GOOD, "iss": bank.url}
    refused = bank.sign_response({"error": "access_denied", "state": STATE, "iss": bank.url, "aud": [CLIENT]})
    assert read(bank, refused)["error"] == "access_denied"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": ["fanlight at the bank", "another"]},
        {"exp": 0},
        {"exp": None},
        {"exp": True},
        {"exp": "later"},
    ],
)
def test_each_wrong_claim_of_an_answer_is_refused(bank: Bank, changes: dict[str, Any]) -> None:
    response = bank.sign_response({**GOOD, "iss": bank.url}, **{"iss": bank.url, **changes})
    with pytest.raises(Said) as said:
        read(bank, response)
    assert said.value.saying == Saying.GIBBERISH


def test_answers_of_other_signers_are_refused(bank: Bank) -> None:
    claims = {**GOOD, "iss": bank.url, "aud": CLIENT, "exp": bank.now + 60}
    stranger = ECKey.generate_key("P-256", {"kid": "bank-1"})
    # Signed with the server's public key as if it were a shared secret.
    header, body = (b64(json.dumps(each).encode()) for each in ({"alg": "HS256", "kid": "bank-1"}, claims))
    mac = hmac.digest(bank.key.as_pem(private=False), f"{header}.{body}".encode(), "sha256")
    confused = f"{header}.{body}.{b64(mac)}"
    for response in (
        bank.sign_response(claims, stranger),
        confused,
        bank.sign_response(claims).rpartition(".")[0] + ".",
        bank.sign_response(claims)[:-8] + "AAAAAAAA",
        "",
        "a.b.c",
        "x" * 20_000,
    ):
        with pytest.raises(Said):
            read(bank, response)
    with pytest.raises(Said):
        read(bank, bank.sign_response(claims), authorization_signed_response_alg="PS256")
    with pytest.raises(Said, match="not asked for"):
        read(bank, bank.sign_response(claims), response_mode="query")


@pytest.mark.parametrize("response", ["", "a", "a.b", "a.W10.c", "a.e30.c", "x" * 20_000, "a.eyJzdGF0ZSI6N30.c"])
def test_no_state_in_garbage(response: str) -> None:
    assert request_objects.peek_state(response) is None

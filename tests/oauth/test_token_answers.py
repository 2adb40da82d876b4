"""Token answers: every form that servers send them in, and what each refusal means for the grant."""

import json
from typing import Any

import pytest

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.port import Tokens
from support.authorization_server import Answer, Bank
from support.oauth_client import Client, talk

CANARY = "canary of a description"


def answered(bank: Bank, **answer: Any) -> Tokens:
    bank.token_answer = answer

    async def story(client: Client) -> Tokens:
        return await client.connect()

    return talk(bank, story)


def refreshed(bank: Bank, answer: Answer) -> Tokens:
    async def story(client: Client) -> Tokens:
        tokens = await client.connect()
        bank.script("/token", answer)
        return await client.server.refresh(tokens)

    return talk(bank, story)


@pytest.mark.parametrize(
    ("status", "error", "saying"),
    [
        (400, "invalid_grant", Saying.CONSENT_EXPIRED),
        (401, "invalid_grant", Saying.CONSENT_EXPIRED),
        (400, "interaction_required", Saying.CONSENT_EXPIRED),
        (400, "invalid_client", Saying.CLIENT_REFUSED),
        (401, "invalid_client", Saying.CLIENT_REFUSED),
        (400, "unauthorized_client", Saying.CLIENT_REFUSED),
        (400, "invalid_request", Saying.CLIENT_REFUSED),
        (400, "invalid_scope", Saying.CLIENT_REFUSED),
        (400, "unsupported_grant_type", Saying.CLIENT_REFUSED),
        (400, "invalid_dpop_proof", Saying.CLIENT_REFUSED),
        (401, None, Saying.CLIENT_REFUSED),
        (400, "temporarily_unavailable", Saying.UNAVAILABLE),
        (400, "something_of_their_own", Saying.UNAVAILABLE),
        (400, None, Saying.UNAVAILABLE),
        (403, None, Saying.UNAVAILABLE),
        (302, None, Saying.UNAVAILABLE),
        (400, "server_error", Saying.UNKNOWN_OUTCOME),
        (408, None, Saying.UNKNOWN_OUTCOME),
        (500, None, Saying.UNKNOWN_OUTCOME),
        (500, "invalid_grant", Saying.UNKNOWN_OUTCOME),
        (502, None, Saying.UNKNOWN_OUTCOME),
        (504, None, Saying.UNKNOWN_OUTCOME),
        (503, "invalid_grant", Saying.UNAVAILABLE),
        (429, "invalid_grant", Saying.THROTTLED),
    ],
)
def test_what_a_refusal_means(bank: Bank, status: int, error: str | None, saying: Saying) -> None:
    body = b"<html>" if error is None else {"error": error, "error_description": CANARY}
    with pytest.raises(Said) as said:
        refreshed(bank, Answer(status, body, {"Retry-After": "17", "Location": "https://a.example/"}))
    assert said.value.saying == saying
    tells_when = status in (429, 503) or error == "temporarily_unavailable"
    assert said.value.retry_after == (17 if tells_when else None)
    assert len(bank.of("/token")) == 2


@pytest.mark.parametrize("error", ["a secret that was sent", "INVALID", "x" * 41, 7, ["invalid_grant"], {"a": 1}, None])
def test_nothing_of_an_error_is_told_but_a_code(bank: Bank, error: Any) -> None:
    with pytest.raises(Said) as said:
        refreshed(bank, Answer(400, {"error": error, "error_description": CANARY, "error_uri": CANARY}))
    assert said.value.detail == "HTTP 400, error none"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"nope", {}, {"access_token": ""}, {"access_token": 7}, {"access_token": None}]
)
def test_an_answer_without_a_token_is_gibberish(bank: Bank, body: Any) -> None:
    with pytest.raises(Said) as said:
        refreshed(bank, Answer(200, body))
    assert said.value.saying == Saying.GIBBERISH


@pytest.mark.parametrize("name", ["access_token", "refresh_token", "id_token"])
@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "caf\u00e9", "x" * 16_385])
def test_a_token_that_no_header_holds_is_gibberish(bank: Bank, name: str, token: str) -> None:
    with pytest.raises(Said) as said:
        refreshed(bank, Answer(200, {"access_token": "a", "token_type": "DPoP", name: token}))
    assert said.value.saying == Saying.GIBBERISH
    assert token not in str(said.value)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (300, 300), ("300", 300), (300.9, 300), ("1e3", 1000), (None, 0), (0, 0), (-5, 0), ("soon", 0), ([1], 0),
        (True, 1), (10**30, 10 * 366 * 86_400), ("inf", 0), ("nan", 0), ("9" * 400, 0),
    ],
)  # fmt: skip
def test_lengths_of_time_in_every_form(bank: Bank, given: Any, read: int) -> None:
    body = json.dumps(
        {"access_token": "a", "token_type": "DPoP", "expires_in": given, "refresh_token_expires_in": given}
    )
    fresh = refreshed(bank, Answer(200, body.encode()))
    assert (fresh.expires_in, fresh.refresh_expires_in) == (read, read)


@pytest.mark.parametrize(
    ("answer", "name"),
    [({"grant_id": "c-1"}, "c-1"), ({"consent_id": "c-2"}, "c-2"), ({"grant_id": 7}, "7"), ({}, None)],
)
def test_the_consent_behind_a_grant(bank: Bank, answer: dict[str, Any], name: str | None) -> None:
    assert answered(bank, **answer).consent_id == name


def test_what_was_granted_is_kept_and_what_was_not_said_is_what_was_asked(bank: Bank) -> None:
    details = [{"type": "fdx_v1.0", "accounts": ["1"]}]
    assert answered(bank).scope == "openid offline_access"
    narrowed = answered(bank, scope="openid", authorization_details=details)
    assert narrowed.scope == "openid"
    assert narrowed.authorization_details == tuple(details)


def test_a_refresh_keeps_what_its_answer_does_not_have(bank: Bank) -> None:
    bank.token_answer = {"scope": "openid", "grant_id": "c-1", "authorization_details": [{"type": "a"}]}
    fresh = refreshed(bank, Answer(200, {"access_token": "new", "token_type": "dpop"}))
    assert (fresh.scope, fresh.consent_id, fresh.authorization_details) == ("openid", "c-1", ({"type": "a"},))
    assert fresh.refresh_token


def test_no_id_token_where_one_was_promised(bank: Bank) -> None:
    async def story(client: Client) -> str | None:
        attempt, back = await client.come_back()
        tokens = await client.server.redeem(back["code"], attempt, "https://fanlight.example/oauth/redirect_from")
        return await client.server.subject(tokens, nonce=attempt.nonce, now=bank.now)

    bank.token_answer = {"id_token": None}
    with pytest.raises(Said, match="id_token_is_optional"):
        talk(bank, story)
    assert talk(bank, story, id_token_is_optional=True) is None
    assert talk(bank, story, scope="accounts") is None
    bank.token_answer = {"id_token": None, "scope": "accounts"}
    assert talk(bank, story) is None


def test_an_institution_that_is_shown_the_id_token(bank: Bank) -> None:
    bank.binds = ""
    lines: dict[str, Any] = {"sender_constrained_tokens": "none", "shown_token": "id_token"}

    async def story(client: Client) -> Tokens:
        tokens = await client.connect()
        await client.server.revoke(tokens)
        return tokens

    tokens = talk(bank, story, **lines)
    assert tokens.access_token == tokens.id_token
    assert [asked.form["token_type_hint"] for asked in bank.of("/revoke")] == ["refresh_token"]
    bank.token_answer = {"id_token": None}
    with pytest.raises(Said):
        talk(bank, story, **lines)


def revoked(bank: Bank, *answers: Answer) -> list[str]:
    async def story(client: Client) -> None:
        tokens = await client.connect()
        bank.script("/revoke", *answers)
        await client.server.revoke(tokens)

    talk(bank, story)
    return [asked.form["token_type_hint"] for asked in bank.of("/revoke")]


def test_a_revocation_tells_when_to_come_back(bank: Bank) -> None:
    for status, saying in ((503, Saying.UNAVAILABLE), (429, Saying.THROTTLED)):
        with pytest.raises(Said) as said:
            revoked(bank, Answer(status, None, {"Retry-After": "30"}))
        assert (said.value.saying, said.value.retry_after) == (saying, 30)


def test_a_kind_of_token_that_cannot_be_revoked_is_no_failure(bank: Bank) -> None:
    assert revoked(bank, Answer(400, {"error": "unsupported_token_type"})) == ["refresh_token", "access_token"]
    with pytest.raises(Said):
        revoked(bank, Answer(200), Answer(302))


def test_nothing_prints_a_token(bank: Bank) -> None:
    tokens = answered(bank)
    assert tokens.access_token not in repr(tokens)
    assert str(tokens.dpop_key) not in repr(tokens)

"""What the OAuth endpoints do to the special users of their stage, and where a fault is set."""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
from joserfc import jwt

from fanlight.bank.answers import Answer, OAuthError, json_response, oauth_error, text_response
from fanlight.bank.faults.catalogue import SHORT_TOKEN, Step
from fanlight.bank.faults.state import Place, Standing
from fanlight.bank.faults.steps import grant_of
from fanlight.bank.oauth.grants import ACCESS_LIFETIME
from fanlight.bank.oauth.issuer import Issuer
from fanlight.bank.oauth.jwts import peeked
from fanlight.bank.sealing import signing_key
from fanlight.base.asgi import Request, Response


async def token_fault(issuer: Issuer, step: Step, username: str) -> Answer | None:
    """The fault in place of an answer; None when the answer is to be given as usual."""
    match issuer.faults.behaving(Place(step, issuer.brand.code, username)):
        case "token_invalid_grant":
            raise OAuthError("invalid_grant", "As this user asked for.")
        case "token_invalid_client":
            raise OAuthError("invalid_client", "As this user asked for.", 401)
        case "token_server_error":
            return text_response(500, "The token endpoint has failed, as this user asked for.")
        case "token_garbage":
            return text_response(200, "<tokens>none of this is JSON</tokens")
        case "token_slow":
            await asyncio.sleep(issuer.behavior.slow_seconds)
    return None


def lifetime(issuer: Issuer, step: Step, username: str) -> int:
    """Seconds that an access token lives."""
    short = issuer.faults.value(SHORT_TOKEN, Place(step, issuer.brand.code, username))
    return ACCESS_LIFETIME if short is None else short


_REFUSALS = {
    "par_refused": OAuthError("invalid_request", "The request is refused, as was set."),
    "invalid_client": OAuthError("invalid_client", "As was set.", 401, challenge=True),
    "invalid_grant": OAuthError("invalid_grant", "As was set."),
}


async def instead(standing: Standing, issuer: Issuer, request: Request) -> Response | None:
    """The answer in place of the issuer's; None where it is to answer, perhaps about something that is gone."""
    name = standing.fault.name
    if name in _REFUSALS:
        return oauth_error(_REFUSALS[name])
    if name == "use_dpop_nonce":
        nonce = (b"dpop-nonce", issuer.proofs.nonce().encode())
        return json_response(400, {"error": name, "error_description": "As was set."}, [nonce])
    if name == "jwks_rotated":
        issuer.key = signing_key(issuer.shared.seed, f"{issuer.brand.code}/{secrets.token_hex(8)}")
    await _end_something(name, issuer, request)
    return None


async def _end_something(name: str, issuer: Issuer, request: Request) -> None:
    """What the request is about is gone before it is answered."""
    if name == "par_expired":
        issuer.pushed.pop(request.query.get("request_uri") or "")
    elif name == "code_replayed":
        code = issuer.codes.get((await request.form()).get("code") or "")
        if code is not None:
            code.expires_at = 0
    elif name == "consent_revoked":
        grant = grant_of(issuer, request)
        if grant is not None:
            issuer.shared.grants.end(grant.id)


def changed(standing: Standing, issuer: Issuer, step: Step, answer: Response) -> Response:
    """The issuer's answer as the fault lets it through."""
    name = standing.fault.name
    if name == "rotation_lost" and answer.status == 200:
        return text_response(503, "The answer was lost, as was set.")
    if step is Step.CALLBACK and answer.status == 303:
        return _redirected(name, answer)
    return _with_id_token(standing, issuer, answer) if step is Step.TOKEN and answer.status == 200 else answer


def _redirected(name: str, answer: Response) -> Response:
    """The way back to the client with other parameters; a signed answer (JARM) has none of these in its address."""
    given = {"iss_wrong": ("iss", "https://other.example"), "state_wrong": ("state", secrets.token_urlsafe(16))}
    dropped = {"iss_missing": "iss", "state_lost": "state"}.get(name)
    if dropped is None and name not in given:
        return answer
    headers = dict(answer.headers)
    parts = urlsplit(headers[b"location"].decode())
    fields = [(key, value) for key, value in parse_qsl(parts.query) if key != dropped]
    if name in given:
        key, other = given[name]
        fields = [(each, other if each == key else value) for each, value in fields]
    location = urlunsplit(parts._replace(query=urlencode(fields))).encode()
    return answer._replace(headers=[(key, location if key == b"location" else value) for key, value in answer.headers])


def _with_id_token(standing: Standing, issuer: Issuer, answer: Response) -> Response:
    name = standing.fault.name
    other: Mapping[str, str] = {
        "id_token_wrong_audience": {"aud": "another-client"},
        "id_token_wrong_nonce": {"nonce": "another-nonce"},
    }.get(name, {})  # fmt: skip
    if not other and name not in ("id_token_wrong_key", "clock_skew"):
        return answer
    try:
        body: dict[str, Any] = msgspec.json.decode(answer.body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return answer
    if "id_token" not in body:
        return answer
    claims = {**peeked(body["id_token"]), **other}
    if name == "clock_skew":
        claims |= {each: claims[each] + standing.value for each in ("iat", "exp", "auth_time")}
    key = issuer.wrong_key if name == "id_token_wrong_key" else issuer.key
    header = {"alg": "ES256", "kid": issuer.key.kid}
    body["id_token"] = jwt.encode(header, claims, key, algorithms=["ES256"])
    return answer._replace(body=msgspec.json.encode(body))

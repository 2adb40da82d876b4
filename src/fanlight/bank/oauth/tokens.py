"""The token endpoint: codes and refresh tokens in, access tokens (RFC 6750, RFC 9449) and an id_token out."""

import base64
import hashlib
import hmac
import re
from typing import Any

from joserfc import jwt

from fanlight.bank.answers import Answer, OAuthError, json_response
from fanlight.bank.faults.catalogue import Step
from fanlight.bank.oauth import details
from fanlight.bank.oauth.clients import Call, authenticated
from fanlight.bank.oauth.faults import lifetime, token_fault
from fanlight.bank.oauth.grants import ACCESS_LIFETIME, Grant, Tokens
from fanlight.bank.oauth.issuer import Code, Issuer
from fanlight.bank.oauth.proving import required_proof
from fanlight.base.asgi import Request

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


async def token(issuer: Issuer, request: Request) -> Answer:
    """`POST /oauth/token`."""
    call = await authenticated(issuer, request)
    match call.fields.get("grant_type"):
        case "authorization_code":
            issuer.count("token")
            return await _redeem(issuer, call, required_proof(issuer, request))
        case "refresh_token":
            issuer.count("refresh")
            return await _refresh(issuer, call, required_proof(issuer, request))
        case "client_credentials" if issuer.brand.policy.client_scopes:
            issuer.count("client_credentials")
            return _for_itself(issuer, call, required_proof(issuer, request))
        case None:
            raise OAuthError("invalid_request", "grant_type is missing.")
    raise OAuthError("unsupported_grant_type", "This issuer does not know this grant_type.")


async def _redeem(issuer: Issuer, call: Call, proven: str | None) -> Answer:
    code = _usable_code(issuer, call.client.client_id, call.fields)
    if code.request.dpop_jkt not in (None, proven):
        raise OAuthError("invalid_grant", "The code is bound to another key.")
    fault = await token_fault(issuer, Step.TOKEN, code.username)
    if fault is not None:
        return fault
    grants, asked = issuer.shared.grants, code.request
    grant = grants.begin(
        issuer.brand.code, code.username, call.client.client_id, _granted(code), code.accounts,
        intent_id=asked.intent_id or "", details=asked.details, days=asked.days,
    )  # fmt: skip
    code.grant_id = grant.id
    issuer.count("grant")
    life = lifetime(issuer, Step.TOKEN, code.username)
    return _answer(issuer, grant, grants.issue(grant, jkt=proven, lifetime=life), code)


def _for_itself(issuer: Issuer, call: Call, proven: str | None) -> Answer:
    """What a client may have without a customer (RFC 6749 4.4): an access token, and nothing to refresh it with."""
    allowed = issuer.brand.policy.client_scopes
    asked = call.fields.get("scope", "").split() or sorted(allowed)
    if not allowed.issuperset(asked):
        raise OAuthError("invalid_scope", "A client cannot have this scope without a customer.")
    grant = issuer.shared.grants.begin(issuer.brand.code, "", call.client.client_id, " ".join(asked), ())
    return _answer(issuer, grant, issuer.shared.grants.issue(grant, jkt=proven))


def _usable_code(issuer: Issuer, client_id: str, fields: dict[str, str]) -> Code:
    """The code's content, its single use taken; a replay ends what the first use gave (RFC 6749 4.1.2)."""
    text = fields.get("code", "")
    code = issuer.codes.get(text)
    if code is None or code.request.client_id != client_id:
        raise OAuthError("invalid_grant", "The code is unknown.")
    if code.expires_at <= issuer.shared.clock():
        if code.grant_id:
            issuer.shared.grants.end(code.grant_id)
        raise OAuthError("invalid_grant", "The code has expired or was used before.")
    code.expires_at = 0
    if fields.get("redirect_uri", "") != code.request.redirect_uri:
        raise OAuthError("invalid_grant", "redirect_uri is not the one of the authorization request.")
    if not _verified(fields.get("code_verifier", ""), code.request.code_challenge):
        raise OAuthError("invalid_grant", "code_verifier does not fit the code_challenge.")
    return code


async def _refresh(issuer: Issuer, call: Call, proven: str | None) -> Answer:
    text = call.fields.get("refresh_token", "")
    owner = issuer.shared.grants.owner(text)
    if owner is None or (owner.brand, owner.client_id) != (issuer.brand.code, call.client.client_id):
        raise OAuthError("invalid_grant", "The refresh token is unknown.")
    if not set(call.fields.get("scope", owner.scope).split()) <= set(owner.scope.split()):
        raise OAuthError("invalid_scope", "The scope is wider than what was granted.")
    fault = await token_fault(issuer, Step.REFRESH, owner.username)
    # Nothing may wait from here to the new tokens, or two refreshes at once would both succeed.
    return _rotated(issuer, text, proven) if fault is None else fault


def _rotated(issuer: Issuer, text: str, proven: str | None) -> Answer:
    token = issuer.shared.grants.of_refresh_token(text)
    if token is None:
        raise OAuthError("invalid_grant", "The refresh token has expired, was used before, or was revoked.")
    life = lifetime(issuer, Step.REFRESH, token.grant.username)
    return _answer(issuer, token.grant, issuer.shared.grants.issue(token.grant, token.rotation + 1, proven, life))


def _verified(verifier: str, challenge: str) -> bool:
    if not _VERIFIER.fullmatch(verifier):
        return False
    return hmac.compare_digest(_base64url(hashlib.sha256(verifier.encode()).digest()), challenge)


def _answer(issuer: Issuer, grant: Grant, tokens: Tokens, code: Code | None = None) -> Answer:
    answer: dict[str, Any] = {
        "access_token": tokens.access,
        "token_type": "DPoP" if tokens.jkt else "Bearer",
        "expires_in": tokens.lifetime,
        "scope": grant.scope,
    }
    if tokens.refresh is not None:
        answer["refresh_token"] = tokens.refresh
    if grant.details:
        answer |= {"authorization_details": details.shown(grant.details), "grant_id": grant.id}
    if grant.username not in ("", "no_id_token") and "openid" in grant.scope.split():
        answer["id_token"] = _id_token(issuer, grant, tokens.access, code)
    return json_response(200, answer, [(b"pragma", b"no-cache")])


def _id_token(issuer: Issuer, grant: Grant, access_token: str, code: Code | None) -> str:
    """A fresh id_token; after a refresh it has no nonce (OpenID Connect Core 12.2)."""
    now = issuer.shared.clock()
    claims: dict[str, Any] = {
        "iss": issuer.url,
        "sub": subject(issuer, grant),
        "aud": grant.client_id,
        "iat": now,
        "exp": now + ACCESS_LIFETIME,
        "auth_time": grant.granted_at if code is None else code.signed_in_at,
        "at_hash": _half_hash(access_token),
    }
    if grant.intent_id:
        claims["openbanking_intent_id"] = grant.intent_id
    if code is not None and code.request.nonce is not None:
        claims["nonce"] = code.request.nonce
    if code is not None and code.request.state is not None:
        claims["s_hash"] = _half_hash(code.request.state)
    key = issuer.wrong_key if grant.username == "bad_id_token" else issuer.key
    return jwt.encode({"alg": "ES256", "kid": issuer.key.kid}, claims, key, algorithms=["ES256"])


def _granted(code: Code) -> str:
    """The scope that was asked for, or less of it."""
    names = code.request.scope.split()
    return " ".join(names[:-1] if code.username == "narrow_scope" else names)


def subject(issuer: Issuer, grant: Grant) -> str:
    """The customer's identifier at this issuer; a client that acts for itself is its own subject."""
    if grant.username == "new_subject":
        return _half_hash(grant.id)
    return issuer.shared.world.person(grant.brand, grant.username).customer_id if grant.username else grant.client_id


def _half_hash(text: str) -> str:
    return _base64url(hashlib.sha256(text.encode()).digest()[:16])


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

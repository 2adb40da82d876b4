"""The token endpoint and revocation: codes and refresh tokens in, bearer tokens and an id_token out."""

import base64
import hashlib
import hmac
import re
from typing import Any

from joserfc import jwt

from fanlight.bank.answers import Answer, OAuthError, json_response
from fanlight.bank.oauth.clients import authenticated
from fanlight.bank.oauth.faults import token_fault
from fanlight.bank.oauth.grants import ACCESS_LIFETIME, Grant, TokenPair
from fanlight.bank.oauth.issuer import Code, Issuer
from fanlight.base.asgi import Request

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


async def token(issuer: Issuer, request: Request) -> Answer:
    """`POST /oauth/token`."""
    call = await authenticated(issuer, request)
    grant_type = call.fields.get("grant_type")
    if grant_type == "authorization_code":
        issuer.count("token")
        return await _redeem(issuer, call.client.client_id, call.fields)
    if grant_type == "refresh_token":
        issuer.count("refresh")
        return await _refresh(issuer, call.client.client_id, call.fields)
    if grant_type is None:
        raise OAuthError("invalid_request", "grant_type is missing.")
    raise OAuthError("unsupported_grant_type", "grant_type must be authorization_code or refresh_token.")


async def revoke(issuer: Issuer, request: Request) -> Answer:
    """`POST /oauth/revoke`: a token that is not the client's own is left alone, and nothing is told about it."""
    issuer.count("revoke")
    call = await authenticated(issuer, request)
    text = call.fields.get("token", "")
    owner = issuer.shared.grants.owner(text)
    if owner is not None and (owner.brand, owner.client_id) == (issuer.brand.code, call.client.client_id):
        issuer.shared.grants.revoke(text)
    return json_response(200, {})


async def _redeem(issuer: Issuer, client_id: str, fields: dict[str, str]) -> Answer:
    code = _usable_code(issuer, client_id, fields)
    fault = await token_fault(issuer, code.username)
    if fault is not None:
        return fault
    shared = issuer.shared
    grant = shared.grants.begin(issuer.brand.code, code.username, client_id, code.request.scope, code.accounts)
    code.grant_id = grant.id
    pair = shared.grants.issue(grant)
    issuer.count("grant")
    return _answer(issuer, grant, pair, code)


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


async def _refresh(issuer: Issuer, client_id: str, fields: dict[str, str]) -> Answer:
    text = fields.get("refresh_token", "")
    owner = issuer.shared.grants.owner(text)
    if owner is None or (owner.brand, owner.client_id) != (issuer.brand.code, client_id):
        raise OAuthError("invalid_grant", "The refresh token is unknown.")
    if not set(fields.get("scope", owner.scope).split()) <= set(owner.scope.split()):
        raise OAuthError("invalid_scope", "The scope is wider than what was granted.")
    fault = await token_fault(issuer, owner.username)
    # Nothing may wait from here to the new tokens, or two refreshes at once would both succeed.
    return _rotated(issuer, text) if fault is None else fault


def _rotated(issuer: Issuer, text: str) -> Answer:
    token = issuer.shared.grants.of_refresh_token(text)
    if token is None:
        raise OAuthError("invalid_grant", "The refresh token has expired, was used before, or was revoked.")
    return _answer(issuer, token.grant, issuer.shared.grants.issue(token.grant, token.rotation + 1))


def _verified(verifier: str, challenge: str) -> bool:
    if not _VERIFIER.fullmatch(verifier):
        return False
    return hmac.compare_digest(_base64url(hashlib.sha256(verifier.encode()).digest()), challenge)


def _answer(issuer: Issuer, grant: Grant, pair: TokenPair, code: Code | None = None) -> Answer:
    answer: dict[str, Any] = {
        "access_token": pair.access,
        "token_type": "Bearer",
        "expires_in": ACCESS_LIFETIME,
        "refresh_token": pair.refresh,
        "scope": grant.scope,
    }
    if "openid" in grant.scope.split() and grant.username != "no_id_token":
        answer["id_token"] = _id_token(issuer, grant, pair.access, code)
    return json_response(200, answer, [(b"pragma", b"no-cache")])


def _id_token(issuer: Issuer, grant: Grant, access_token: str, code: Code | None) -> str:
    """A fresh id_token; after a refresh it has no nonce (OpenID Connect Core 12.2)."""
    now = issuer.shared.clock()
    claims: dict[str, Any] = {
        "iss": issuer.url,
        "sub": issuer.shared.world.person(grant.brand, grant.username).customer_id,
        "aud": grant.client_id,
        "iat": now,
        "exp": now + ACCESS_LIFETIME,
        "auth_time": grant.granted_at if code is None else code.signed_in_at,
        "at_hash": _base64url(hashlib.sha256(access_token.encode()).digest()[:16]),
    }
    if code is not None and code.request.nonce is not None:
        claims["nonce"] = code.request.nonce
    key = issuer.wrong_key if grant.username == "bad_id_token" else issuer.key
    return jwt.encode({"alg": "ES256", "kid": issuer.key.kid}, claims, key, algorithms=["ES256"])


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

"""What is asked of a token after it was given: end it (RFC 7009), what is it (RFC 7662), whose is it (userinfo)."""

from typing import Any

from fanlight.bank.answers import Answer, OAuthError, json_response
from fanlight.bank.oauth import details
from fanlight.bank.oauth.access import presented
from fanlight.bank.oauth.clients import authenticated
from fanlight.bank.oauth.issuer import Issuer
from fanlight.bank.oauth.tokens import subject
from fanlight.base.asgi import Request


async def revoke(issuer: Issuer, request: Request) -> Answer:
    """`POST /oauth/revoke`: a token that is not the client's own is left alone, and nothing is told about it."""
    issuer.count("revoke")
    call = await authenticated(issuer, request)
    text = _token(call.fields)
    owner = issuer.shared.grants.owner(text)
    if owner is not None and (owner.brand, owner.client_id) == (issuer.brand.code, call.client.client_id):
        issuer.shared.grants.revoke(text)
    return json_response(200, {})


async def introspect(issuer: Issuer, request: Request) -> Answer:
    """`POST /oauth/introspect`: a client learns of its own tokens; all others are as if they were not."""
    issuer.count("introspect")
    call = await authenticated(issuer, request)
    token = issuer.shared.grants.peek(_token(call.fields))
    if token is None or (token.grant.brand, token.grant.client_id) != (issuer.brand.code, call.client.client_id):
        return json_response(200, {"active": False})
    grant = token.grant
    told: dict[str, Any] = {
        "active": True,
        "iss": issuer.url,
        "client_id": grant.client_id,
        "sub": subject(issuer, grant),
        "scope": grant.scope,
        "exp": token.expires_at,
    }
    if token.serial:
        told["token_type"] = "DPoP" if token.jkt else "Bearer"
    if token.jkt:
        told["cnf"] = {"jkt": token.jkt}
    if grant.details:
        told |= {"authorization_details": details.shown(grant.details), "grant_id": grant.id}
    return json_response(200, told)


async def userinfo(issuer: Issuer, request: Request) -> Answer:
    """`GET` or `POST /oauth/userinfo` (OpenID Connect Core 5.3): the subject, and no more."""
    issuer.count("userinfo")
    grant = presented(issuer, request).grant
    if "openid" not in grant.scope.split():
        raise OAuthError("insufficient_scope", "The token is not for openid.", 403)
    return json_response(200, {"sub": subject(issuer, grant)})


def _token(fields: dict[str, str]) -> str:
    text = fields.get("token")
    if text is None:
        raise OAuthError("invalid_request", "token is missing.")
    return text

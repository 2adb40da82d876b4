"""Signed requests and signed answers: JAR (RFC 9101) and JARM (JWT Secured Authorization Response Mode, 2022)."""

import secrets
from collections.abc import Mapping
from typing import Any

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.oauth_entry import OAuthServer, Secrets
from fanlight.oauth import jose
from fanlight.oauth.client_authentication import signed

REQUEST_LIFE = 300
"""Seconds that a request object is good for; FAPI allows 60 minutes at most, and some banks ten."""
LEEWAY = 60
MAX_RESPONSE = 16_384
"""Characters of a JARM response that are looked at."""
_READ = ("code", "state", "iss", "error")


def request_object(server: OAuthServer, own: Secrets, parameters: Mapping[str, Any], now: int) -> str:
    """The parameters as one signed JWT; objects among them stay objects."""
    claims = {
        **parameters,
        "iss": server.client_id,
        "aud": server.issuer,
        "iat": now,
        "nbf": now,
        "exp": now + REQUEST_LIFE,
        "jti": secrets.token_urlsafe(24),
    }
    return signed(claims, own, server.request_object_signing_alg, typ="oauth-authz-req+jwt")


def peek_state(response: str) -> str | None:
    """The `state` of a JARM response, unverified: only to find the attempt whose keys verify it."""
    if len(response) > MAX_RESPONSE:
        return None
    try:
        state = jose.peek_claims(response, "response").get("state")
    except Said:
        return None
    return state if isinstance(state, str) else None


def read_response(response: str, keys: Mapping[str, Any], server: OAuthServer, now: int) -> dict[str, str]:
    """The parameters of a JARM response; raises Said(GIBBERISH) naming what does not fit (JARM section 2.4)."""
    claims = jose.verified(response, keys, server.authorization_signed_response_alg, "response")
    audience = claims.get("aud")
    expiry = claims.get("exp")
    _check(claims.get("iss") == server.issuer, "iss")
    _check(audience in (server.client_id, [server.client_id]), "aud")
    _check(isinstance(expiry, int | float) and not isinstance(expiry, bool) and expiry > now - LEEWAY, "exp")
    return {name: claims[name] for name in _READ if isinstance(claims.get(name), str)}


def _check(fits: bool, claim: str) -> None:
    if not fits:
        raise Said(Saying.GIBBERISH, f"the response's {claim} does not fit")

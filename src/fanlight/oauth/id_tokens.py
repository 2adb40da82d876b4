"""ID tokens: who the person is to the institution (OpenID Connect Core 3.1.3.7).

The algorithm is the institution's configured one, never the header's word.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.oauth_entry import OAuthServer
from fanlight.oauth import jose

LEEWAY = 60
MAX_AGE = 600
_HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


def key_id(id_token: str) -> object:
    """The `kid` that a token names, not believed for anything but finding a key."""
    return jose.peek_header(id_token, "id_token").get("kid")


class Shown(NamedTuple):
    """What came with an id_token, and what it may hold a digest of; None where nothing came."""

    access_token: str | None = None
    code: str | None = None
    state: str | None = None
    consent_id: str | None = None


def subject(
    id_token: str, keys: Mapping[str, Any], server: OAuthServer, *, nonce: str | None, shown: Shown, now: int
) -> str:
    """The `sub` of a valid token; raises Said(GIBBERISH) naming the claim that is wrong.

    `nonce` is None for a token from a refresh, which may leave it out.
    """
    algorithm = server.id_token_signing_alg
    if algorithm is None:
        raise Said(Saying.GIBBERISH, "an id_token from an institution that is not configured for one")
    claims = jose.verified(id_token, keys, algorithm, "id_token")
    _check(claims.get("iss") == server.issuer, "iss")
    _check_audience(claims, server.client_id)
    _check(_is_time(claims.get("exp")) and claims["exp"] > now - LEEWAY, "exp")
    _check(_is_time(claims.get("iat")) and now - MAX_AGE < claims["iat"] <= now + LEEWAY, "iat")
    if nonce is not None:
        _check(claims.get("nonce") == nonce, "nonce")
    for claim, of in (("at_hash", shown.access_token), ("c_hash", shown.code), ("s_hash", shown.state)):
        if claim in claims and of is not None:
            _check(claims[claim] == _half_hash(of, algorithm), claim)
    if shown.consent_id is not None:
        # Open Banking Security Profile: the consent that the person was asked for is the one that they gave.
        _check(claims.get("openbanking_intent_id", shown.consent_id) == shown.consent_id, "openbanking_intent_id")
    sub = claims.get("sub")
    _check(isinstance(sub, str) and 0 < len(sub) <= 255 and sub.isprintable(), "sub")
    return str(sub)


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    _check(client_id in listed, "aud")
    _check(claims.get("azp", client_id if len(listed) == 1 else None) == client_id, "azp")


def _check(fits: bool, claim: str) -> None:
    if not fits:
        raise Said(Saying.GIBBERISH, f"the id_token's {claim} does not fit")


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _half_hash(of: str, algorithm: str) -> str:
    """The left half of a digest by the token's algorithm (OpenID Connect Core 3.1.3.6); Ed25519 has SHA-512."""
    digest = _HASHES.get(algorithm[-3:], hashlib.sha512)(of.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()

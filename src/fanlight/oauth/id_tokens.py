"""ID tokens: who the person is to the institution (OpenID Connect Core 3.1.3.7).

The algorithm is the institution's configured one, never the header's word.
"""

import base64
import hashlib
import json
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.registry import OAuthServer

LEEWAY = 60
MAX_AGE = 600
_HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


def key_id(id_token: str) -> str | None:
    """The `kid` that a token names, not believed for anything but finding a key."""
    try:
        header = json.loads(_decode(id_token.split(".", 1)[0]))
        kid = header.get("kid")
    except (ValueError, AttributeError, RecursionError) as error:
        raise Said(Saying.GIBBERISH, "the id_token is not a JWT") from error
    return kid if isinstance(kid, str) else None


def subject(
    id_token: str, keys: dict[str, Any], server: OAuthServer, *, nonce: str | None, access_token: str, now: int
) -> str:
    """The `sub` of a valid token; raises Said(GIBBERISH) naming the claim that is wrong.

    `nonce` is None for a token from a refresh, which may leave it out.
    """
    claims = _claims(id_token, keys, server)
    _check(claims.get("iss") == server.issuer, "iss")
    _check_audience(claims, server.client_id)
    _check(_is_time(claims.get("exp")) and claims["exp"] > now - LEEWAY, "exp")
    _check(_is_time(claims.get("iat")) and now - MAX_AGE < claims["iat"] <= now + LEEWAY, "iat")
    if nonce is not None:
        _check(claims.get("nonce") == nonce, "nonce")
    if "at_hash" in claims:
        _check(claims["at_hash"] == _at_hash(access_token, server.id_token_signing_alg or ""), "at_hash")
    sub = claims.get("sub")
    _check(isinstance(sub, str) and 0 < len(sub) <= 255 and sub.isprintable(), "sub")
    return str(sub)


def _claims(id_token: str, keys: dict[str, Any], server: OAuthServer) -> dict[str, Any]:
    algorithm = server.id_token_signing_alg
    if algorithm is None:
        raise Said(Saying.GIBBERISH, "an id_token from an institution that is not configured for one")
    try:
        key_set = KeySet.import_key_set(keys)  # type: ignore[arg-type]
        return dict(jwt.decode(id_token, key_set, algorithms=[algorithm]).claims)
    except (JoseError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Said(Saying.GIBBERISH, f"the id_token is not valid ({type(error).__name__})") from error


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    _check(client_id in listed, "aud")
    _check(len(listed) == 1 or claims.get("azp") == client_id, "azp")


def _check(fits: bool, claim: str) -> None:
    if not fits:
        raise Said(Saying.GIBBERISH, f"the id_token's {claim} does not fit")


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _at_hash(access_token: str, algorithm: str) -> str:
    digest = _HASHES.get(algorithm[-3:], hashlib.sha512)(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

"""Client authentication: how an institution's server knows that it is us (RFC 6749 2.3, RFC 7523, RFC 8705)."""

import base64
import secrets
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote_plus

from joserfc.jwk import Key

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.oauth_entry import EntryError, OAuthServer, Secrets, check_secrets
from fanlight.oauth import jose
from fanlight.oauth.jose import BadKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE = 60
"""Seconds that a client assertion is good for."""


class Credentials(NamedTuple):
    """What one request carries to authenticate its client."""

    headers: dict[str, str]
    fields: dict[str, str]


def credentials(server: OAuthServer, own: Secrets, now: int) -> Credentials:
    """Headers and form fields for one request: an assertion is never sent twice."""
    method = server.token_endpoint_auth_method
    if method == "private_key_jwt":
        fields = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion(server, own, now)}
        return Credentials({}, {"client_id": server.client_id, **fields})
    if method == "client_secret_post":
        return Credentials({}, {"client_id": server.client_id, "client_secret": own.client_secret})
    if method == "client_secret_basic":
        pair = f"{quote_plus(server.client_id)}:{quote_plus(own.client_secret)}"
        return Credentials({"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}, {})
    return Credentials({}, {"client_id": server.client_id})


def assertion(server: OAuthServer, own: Secrets, now: int) -> str:
    """A client assertion (RFC 7523 section 3); the audience is the issuer, as draft-ietf-oauth-rfc7523bis wants it."""
    audience = server.issuer if server.client_assertion_audience == "issuer" else server.token_endpoint
    claims = {
        "iss": server.client_id,
        "sub": server.client_id,
        "aud": audience,
        "jti": secrets.token_urlsafe(24),
        "iat": now,
        "exp": now + ASSERTION_LIFE,
    }
    return signed(claims, own, server.token_endpoint_auth_signing_alg, typ="JWT")


def signed(claims: dict[str, Any], own: Secrets, algorithm: str | None, *, typ: str) -> str:
    """A JWT of this client; raises Said(CLIENT_REFUSED) where its key cannot be used."""
    try:
        key = _client_key(own.client_key)
    except BadKey as error:
        raise Said(Saying.CLIENT_REFUSED, f"the client key: {error}") from error
    chosen = algorithm or jose.algorithm_of(key)
    if not jose.suits(key, chosen):
        raise Said(Saying.CLIENT_REFUSED, f"the client key does not sign with {chosen}")
    return jose.sign(claims, key, chosen, typ=typ, header={"kid": jose.key_id(key)})


@lru_cache(maxsize=256)
def _client_key(text: str) -> Key:
    """A client's key, read once: reading an RSA key proves its primes, which takes longer than all the rest."""
    return jose.private_key(text)


def check(server: OAuthServer, own: Secrets) -> None:
    """Refuse an entry whose secrets cannot do what its lines say. Raises EntryError."""
    check_secrets(server, own)
    if not own.client_key:
        return
    try:
        key = jose.private_key(own.client_key)
    except BadKey as error:
        raise EntryError(f"client_key_file: {error}.") from error
    for name in ("token_endpoint_auth_signing_alg", "request_object_signing_alg"):
        algorithm = getattr(server, name)
        if algorithm is not None and not jose.suits(key, algorithm):
            raise EntryError(f'{name} = "{algorithm}" does not fit the kind of key in client_key_file.')


def public_jwks(server: OAuthServer, own: Secrets) -> dict[str, Any]:
    """The key set (RFC 7517) that is registered at the institution; it has nothing that is secret."""
    if not own.client_key:
        raise EntryError("The institution has no client key: client_key_file in its entry.")
    key = jose.private_key(own.client_key)
    algorithm = server.token_endpoint_auth_signing_alg or jose.algorithm_of(key)
    return {"keys": [{**jose.public_jwk(key), "kid": jose.key_id(key), "use": "sig", "alg": algorithm}]}

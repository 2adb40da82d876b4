"""Signed authorization requests (RFC 9101): the parameters are what the client signed, and nothing beside it."""

from collections.abc import Mapping

import msgspec

from fanlight.bank.brands import BankClient
from fanlight.bank.oauth.issuer import Issuer
from fanlight.bank.oauth.jwts import BadJwtError, audience, check_times, verified

LONGEST_REQUEST = 3600
"""Seconds from `nbf` to `exp`, and from now to `exp` (FAPI 1.0 Advanced 5.2.2)."""
_TYPES = frozenset((None, "jwt", "oauth-authz-req+jwt"))
_ABOUT_THE_JWT = frozenset(("iss", "aud", "exp", "nbf", "iat", "jti"))


def signed_fields(issuer: Issuer, client: BankClient, text: str) -> dict[str, str]:
    """The parameters of a request object as those of a form; raises BadJwtError."""
    if client.jwks is None:
        raise BadJwtError("the client has registered no keys")
    header, claims = verified(text, client.jwks)
    kind = header.get("typ")
    if (kind.lower() if isinstance(kind, str) else kind) not in _TYPES:
        raise BadJwtError("typ is another kind of JWT")
    if claims.get("iss") != client.client_id or claims.get("client_id") != client.client_id:
        raise BadJwtError("iss or client_id is not the client")
    if issuer.url not in audience(claims):
        raise BadJwtError("aud is not this issuer")
    if "request" in claims or "request_uri" in claims or "sub" in claims:
        # `sub` would let it pass for a client assertion elsewhere (RFC 9101 10.8).
        raise BadJwtError("it holds request, request_uri or sub")
    exp = check_times(claims, issuer.shared.clock(), longest=LONGEST_REQUEST)
    nbf = claims.get("nbf")
    if isinstance(nbf, int | float) and exp - nbf > LONGEST_REQUEST:
        raise BadJwtError("it is good for too long")
    return _as_fields({name: value for name, value in claims.items() if name not in _ABOUT_THE_JWT})


def _as_fields(claims: Mapping[str, object]) -> dict[str, str]:
    """In a form everything is text, and what is an object or a list is its JSON."""
    return {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in claims.items()
        if value not in (None, "")
    }

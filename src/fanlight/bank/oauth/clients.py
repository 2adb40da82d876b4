"""Client authentication at the OAuth endpoints: secrets (RFC 6749 2.3.1) and signed assertions (RFC 7523)."""

import base64
import hmac
from typing import NamedTuple
from urllib.parse import unquote_plus

from fanlight.bank.answers import OAuthError
from fanlight.bank.brands import SECRETS, BankClient
from fanlight.bank.oauth.issuer import LONGEST_ASSERTION, Issuer
from fanlight.bank.oauth.jwts import BadJwtError, audience, check_times, peeked, verified
from fanlight.base.asgi import Query, Request

MAX_FORM = 32 << 10
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST = 2048
_LONG_FIELDS = frozenset(("request", "client_assertion", "authorization_details", "claims", "token"))
_LONGEST_LONG = 8192
_LONGEST_JTI = 256


class Call(NamedTuple):
    """An authenticated client's request: who, and the parameters it sent."""

    client: BankClient
    fields: dict[str, str]


async def authenticated(issuer: Issuer, request: Request) -> Call:
    """Read and authenticate an OAuth form; raises OAuthError."""
    fields = single_fields(await request.form(MAX_FORM))
    header = request.header(b"authorization")
    ways = (header is not None, "client_secret" in fields, "client_assertion" in fields)
    if sum(ways) > 1:
        raise OAuthError("invalid_request", "The client authenticates in two ways at once.")
    client = _by_assertion(issuer, request, fields) if ways[2] else _by_secret(issuer, header, fields)
    if fields.get("client_id", client.client_id) != client.client_id:
        raise OAuthError("invalid_request", "client_id differs from the authenticated client.")
    return Call(client, fields)


def single_fields(query: Query) -> dict[str, str]:
    """OAuth parameters: none twice, none endless, empty ones are as if not sent (RFC 6749 3.1)."""
    fields: dict[str, str] = {}
    for name, value in query.pairs:
        if name in fields:
            raise OAuthError("invalid_request", f"The parameter {name[:40]} is there twice.")
        if len(value) > (_LONGEST_LONG if name in _LONG_FIELDS else _LONGEST):
            raise OAuthError("invalid_request", f"The parameter {name[:40]} is too long.")
        if value:
            fields[name] = value
    return fields


def _by_secret(issuer: Issuer, header: str | None, fields: dict[str, str]) -> BankClient:
    basic = header is not None
    pair = _basic(header) if header is not None else (fields.get("client_id", ""), fields.get("client_secret", ""))
    if pair is None:
        raise OAuthError("invalid_client", "The Authorization header is not Basic.", 401, challenge=True)
    client = issuer.shared.clients.get(pair[0])
    # An unknown client costs the same comparison as a wrong secret.
    right = hmac.compare_digest(pair[1].encode(), client.client_secret.encode() if client else b"\0")
    if client is None or not right or not client.client_secret:
        raise OAuthError("invalid_client", "Client authentication failed.", 401, challenge=basic)
    if SECRETS[not basic] not in issuer.brand.policy.auth_methods:
        raise OAuthError("invalid_client", "This issuer takes no client secrets.", 401, challenge=basic)
    return client


def _by_assertion(issuer: Issuer, request: Request, fields: dict[str, str]) -> BankClient:
    """The client that signed an assertion (RFC 7523 3); each assertion works once."""
    if fields.get("client_assertion_type") != ASSERTION_TYPE:
        raise OAuthError("invalid_client", "client_assertion_type is another.", 401)
    try:
        return _asserted(issuer, request, fields["client_assertion"], fields.get("client_id"))
    except BadJwtError as error:
        raise OAuthError("invalid_client", f"The client assertion is refused: {error}.", 401) from error


def _asserted(issuer: Issuer, request: Request, text: str, client_id: str | None) -> BankClient:
    client = issuer.shared.clients.get(client_id or str(peeked(text).get("sub")))
    if client is None or client.jwks is None:
        raise BadJwtError("no client with keys has this client_id")
    claims = verified(text, client.jwks).claims
    if (claims.get("iss"), claims.get("sub")) != (client.client_id, client.client_id):
        raise BadJwtError("iss and sub are not the client")
    _check_audience(issuer, request, claims.get("aud"), audience(claims))
    check_times(claims, issuer.shared.clock(), longest=LONGEST_ASSERTION)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
        raise BadJwtError("jti is missing or too long")
    place = f"{client.client_id} {jti}"
    if issuer.assertions.get(place):
        raise BadJwtError("it was used before")
    issuer.assertions.put(place, True)
    return client


def _check_audience(issuer: Issuer, request: Request, given: object, listed: list[str]) -> None:
    """Strictly the issuer as one string (FAPI 2.0 5.3.2.1), else also the endpoints, as many clients send them."""
    if issuer.brand.policy.strict_audience:
        fits = given == issuer.url
    else:
        here = f"{issuer.base_url}{request.path}"
        fits = bool({issuer.url, f"{issuer.url}/oauth/token", here}.intersection(listed))
    if not fits:
        raise BadJwtError("aud is not this issuer")


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (unquote_plus(name), unquote_plus(secret)) if colon else None

"""Client authentication at the OAuth endpoints: client_secret_basic and client_secret_post (RFC 6749 2.3.1)."""

import base64
import hmac
from typing import NamedTuple
from urllib.parse import unquote_plus

from fanlight.bank.answers import OAuthError
from fanlight.bank.brands import BankClient
from fanlight.bank.oauth.issuer import Issuer
from fanlight.base.asgi import Query, Request

MAX_FORM = 32 << 10
_LONGEST = 2048


class Call(NamedTuple):
    """An authenticated client's request: who, and the parameters it sent."""

    client: BankClient
    fields: dict[str, str]


async def authenticated(issuer: Issuer, request: Request) -> Call:
    """Read and authenticate an OAuth form; raises OAuthError."""
    fields = single_fields(await request.form(MAX_FORM))
    header = request.header(b"authorization")
    if header is not None and "client_secret" in fields:
        raise OAuthError("invalid_request", "The client authenticates in two ways at once.")
    basic = header is not None
    pair = _basic(header) if header is not None else (fields.get("client_id", ""), fields.get("client_secret", ""))
    if pair is None:
        raise OAuthError("invalid_client", "The Authorization header is not Basic.", 401, challenge=True)
    client = issuer.shared.clients.get(pair[0])
    # An unknown client costs the same comparison as a wrong secret.
    right = hmac.compare_digest(pair[1].encode(), client.client_secret.encode() if client else b"\0")
    if client is None or not right:
        raise OAuthError("invalid_client", "Client authentication failed.", 401, challenge=basic)
    if fields.get("client_id", client.client_id) != client.client_id:
        raise OAuthError("invalid_request", "client_id differs from the authenticated client.")
    return Call(client, fields)


def single_fields(query: Query) -> dict[str, str]:
    """OAuth parameters: none twice, none endless, empty ones are as if not sent (RFC 6749 3.1)."""
    fields: dict[str, str] = {}
    for name, value in query.pairs:
        if name in fields:
            raise OAuthError("invalid_request", f"The parameter {name[:40]} is there twice.")
        if len(value) > _LONGEST:
            raise OAuthError("invalid_request", f"The parameter {name[:40]} is too long.")
        if value:
            fields[name] = value
    return fields


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (unquote_plus(name), unquote_plus(secret)) if colon else None

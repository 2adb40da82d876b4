"""The authorization request and its answer, pure: PKCE (RFC 7636), issuer (RFC 9207), errors."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from fanlight.core.oauth_states import ErrorReason
from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.oauth_entry import OURS, OAuthServer
from fanlight.oauth import jose

CALLBACK_PATH = "/oauth/redirect_from"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What must come back unchanged, or must not be known to anybody else, between opening and callback."""

    verifier: str
    nonce: str
    dpop_key: str | None = None
    consent_id: str | None = None
    consent_expires_at: int | None = None
    is_without_code: bool = False
    """Whether the person was sent to a consent's own address, and comes back with nothing but our state."""
    is_first: bool = False
    """Whether the member had no connection when this began."""

    def __repr__(self) -> str:
        return "Attempt([redacted])"


def new_attempt(*, is_first: bool = False) -> Attempt:
    """256 bits of verifier, 192 of nonce, and a key that tokens may be bound to; fresh for every opening."""
    verifier, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    return Attempt(verifier=verifier, nonce=nonce, dpop_key=jose.new_key(), is_first=is_first)


def challenge(verifier: str) -> str:
    """PKCE S256; there is no plain."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def request_parameters(
    server: OAuthServer, redirect_uri: str, state: str, attempt: Attempt, extra: Mapping[str, Any]
) -> dict[str, Any]:
    """The parameters of an authorization request (OpenID Connect Core 3.1.2.1 with PKCE).

    `extra` are those that a consent adds; they, and the entry's own, replace none of these.
    """
    if OURS & extra.keys():
        raise Said(Saying.OUR_FAULT, "a consent sets a parameter of the protocol's own")
    chosen = {"resource": server.resource, "response_mode": server.response_mode}
    return {
        **server.authorization_parameters,
        **extra,
        **{name: value for name, value in chosen.items() if value not in (None, "query")},
        "response_type": "code",
        "client_id": server.client_id,
        "redirect_uri": redirect_uri,
        "scope": server.scope,
        "state": state,
        "nonce": attempt.nonce,
        "code_challenge": challenge(attempt.verifier),
        "code_challenge_method": "S256",
    }


def as_text(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as a form or a query carries them: objects are JSON text (OpenID Connect Core 5.5, RFC 9396 2)."""
    return {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in parameters.items()
    }


def authorization_url(server: OAuthServer, parameters: Mapping[str, str]) -> str:
    """Where the browser goes: the endpoint with the parameters added to its own query."""
    endpoint = server.authorization_endpoint
    joint = "&" if urlsplit(endpoint).query else "?"
    return f"{endpoint}{joint}{urlencode(parameters)}"


def issuer_fits(server: OAuthServer, iss: str | None) -> bool:
    """Whether a response, an error too, is from this server: exact text, and present where the server says so."""
    if iss is None:
        return not server.authorization_response_iss_parameter_supported
    return iss == server.issuer


_ERRORS = {
    "access_denied": ErrorReason.CANCELLED,
    "login_required": ErrorReason.DENIED,
    "account_selection_required": ErrorReason.DENIED,
    "consent_required": ErrorReason.IMPEDED,
    "interaction_required": ErrorReason.IMPEDED,
    "server_error": ErrorReason.PROVIDER_ERROR,
    "temporarily_unavailable": ErrorReason.PROVIDER_ERROR,
    "invalid_grant": ErrorReason.PROVIDER_ERROR,
    "invalid_request": ErrorReason.SERVER_ERROR,
    "invalid_scope": ErrorReason.SERVER_ERROR,
    "unauthorized_client": ErrorReason.SERVER_ERROR,
    "invalid_client": ErrorReason.SERVER_ERROR,
}
_SAYINGS = {
    Saying.CLIENT_REFUSED: ErrorReason.SERVER_ERROR,
    Saying.CONSENT_EXPIRED: ErrorReason.PROVIDER_ERROR,
    Saying.UNAVAILABLE: ErrorReason.PROVIDER_ERROR,
    Saying.THROTTLED: ErrorReason.PROVIDER_ERROR,
    Saying.GIBBERISH: ErrorReason.PROVIDER_ERROR,
    Saying.TOO_MUCH: ErrorReason.PROVIDER_ERROR,
    Saying.UNKNOWN_OUTCOME: ErrorReason.PROVIDER_ERROR,
    Saying.ACCESS_REFUSED: ErrorReason.PROVIDER_ERROR,
    Saying.NEEDS_ATTENTION: ErrorReason.IMPEDED,
    Saying.OUR_FAULT: ErrorReason.SERVER_ERROR,
}


def reason_of_error(error: str) -> ErrorReason:
    """The reason that a client is told for an OAuth error code."""
    return _ERRORS.get(error, ErrorReason.UNKNOWN_ERROR)


def reason_of_saying(saying: Saying) -> ErrorReason:
    """The reason that a client is told when redemption failed."""
    return _SAYINGS[saying]

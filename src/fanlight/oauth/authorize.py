"""The authorization request and its answer, pure: PKCE (RFC 7636), issuer (RFC 9207), client authentication, errors."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from urllib.parse import quote_plus, urlencode, urlsplit

import msgspec

from fanlight.core.oauth_states import ErrorReason
from fanlight.institutions.answers import Saying
from fanlight.institutions.registry import OAuthServer

CALLBACK_PATH = "/oauth/redirect_from"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What must come back unchanged, or must not be known to anybody else, between opening and callback."""

    verifier: str
    nonce: str
    dpop_key: str | None = None
    consent_id: str | None = None
    consent_expires_at: int | None = None

    def __repr__(self) -> str:
        return "Attempt([redacted])"


def new_attempt() -> Attempt:
    """256 bits of verifier, 192 of nonce; fresh for every opening."""
    return Attempt(verifier=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(24))


def challenge(verifier: str) -> str:
    """PKCE S256; there is no plain."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def request_parameters(server: OAuthServer, redirect_uri: str, state: str, attempt: Attempt) -> dict[str, str]:
    """The parameters of an authorization request (OpenID Connect Core 3.1.2.1 with PKCE)."""
    return {
        "response_type": "code",
        "client_id": server.client_id,
        "redirect_uri": redirect_uri,
        "scope": server.scope,
        "state": state,
        "nonce": attempt.nonce,
        "code_challenge": challenge(attempt.verifier),
        "code_challenge_method": "S256",
    }


def authorization_url(server: OAuthServer, parameters: Mapping[str, str]) -> str:
    """Where the browser goes: the endpoint with the parameters added to its own query."""
    endpoint = server.authorization_endpoint
    joint = "&" if urlsplit(endpoint).query else "?"
    return f"{endpoint}{joint}{urlencode(parameters)}"


def client_authentication(server: OAuthServer, client_secret: str) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and form fields that prove which client this is (RFC 6749 2.3.1)."""
    if server.token_endpoint_auth_method == "client_secret_post":  # noqa: S105
        return {}, {"client_id": server.client_id, "client_secret": client_secret}
    pair = f"{quote_plus(server.client_id)}:{quote_plus(client_secret)}"
    return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}, {}


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

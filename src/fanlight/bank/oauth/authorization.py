"""The authorization endpoint's checks: what a client may ask for, pushed (RFC 9126) or in the address."""

import re
import secrets

from fanlight.bank.answers import Answer, OAuthError, json_response
from fanlight.bank.brands import BankClient
from fanlight.bank.oauth.clients import authenticated
from fanlight.bank.oauth.issuer import PUSHED_LIFETIME, AuthorizationRequest, Issuer, granted_scope
from fanlight.base.asgi import Request

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_URN = "urn:ietf:params:oauth:request_uri:"


class RedirectError(Exception):
    """An error that goes back to the client, whose redirect URI is known to be good."""

    def __init__(self, error: str, description: str, redirect_uri: str, state: str | None) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.redirect_uri = redirect_uri
        self.state = state


class DeadEnd(Exception):
    """An error that is shown to the customer, because there is no address that it may be sent to."""


async def push(issuer: Issuer, request: Request) -> Answer:
    """`POST /oauth/par`."""
    issuer.count("par")
    call = await authenticated(issuer, request)
    if "request_uri" in call.fields:
        raise OAuthError("invalid_request", "request_uri cannot be pushed.")
    try:
        checked = check(call.client, call.fields)
    except RedirectError as error:
        raise OAuthError(error.error, error.description) from error
    except DeadEnd as error:
        raise OAuthError("invalid_request", str(error)) from error
    uri = _URN + secrets.token_urlsafe(32)
    issuer.pushed.put(uri, checked)
    return json_response(201, {"request_uri": uri, "expires_in": PUSHED_LIFETIME})


def requested(issuer: Issuer, fields: dict[str, str]) -> AuthorizationRequest:
    """The request behind `GET /oauth/authorize`; a request_uri works once. Raises RedirectError or DeadEnd."""
    client = issuer.shared.clients.get(fields.get("client_id", ""))
    if client is None:
        raise DeadEnd("The application that sent you here is not known to this bank.")
    uri = fields.get("request_uri")
    if uri is None:
        return check(client, fields)
    pushed = issuer.pushed.pop(uri)
    if pushed is None or pushed.client_id != client.client_id:
        raise DeadEnd("This sign-in link has expired or was used before. Go back to the application and start again.")
    return pushed


def check(client: BankClient, fields: dict[str, str]) -> AuthorizationRequest:
    """Check a request's parameters; raises DeadEnd before the redirect URI is known to be good, then RedirectError."""
    redirect_uri = fields.get("redirect_uri")
    if redirect_uri is None and len(client.redirect_uris) == 1:
        redirect_uri = client.redirect_uris[0]
    if redirect_uri not in client.redirect_uris:
        raise DeadEnd("The application asked to be answered at an address that it has not registered.")
    scope = granted_scope(fields.get("scope"))
    fault = _fault(fields, scope)
    if fault is not None:
        raise RedirectError(*fault, redirect_uri, fields.get("state"))
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        scope=scope or "",
        code_challenge=fields["code_challenge"],
        state=fields.get("state"),
        nonce=fields.get("nonce"),
        silent="none" in fields.get("prompt", "").split(),
    )


def _fault(fields: dict[str, str], scope: str | None) -> tuple[str, str] | None:
    rules = (
        ("request" not in fields, "request_not_supported", "Request objects are not supported."),
        (fields.get("response_type") == "code", "unsupported_response_type", "response_type must be code."),
        (fields.get("response_mode", "query") == "query", "invalid_request", "response_mode must be query."),
        (fields.get("code_challenge_method") == "S256", "invalid_request", "PKCE with S256 is required."),
        (
            bool(_CHALLENGE.fullmatch(fields.get("code_challenge", ""))),
            "invalid_request",
            "code_challenge is malformed.",
        ),
        (scope is not None, "invalid_scope", "A scope is unknown."),
    )
    return next(((error, text) for kept, error, text in rules if not kept), None)

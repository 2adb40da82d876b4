"""The authorization endpoint's checks: what a client may ask for, pushed (RFC 9126), signed (RFC 9101) or plain."""

import re
import secrets
from typing import NamedTuple

import msgspec

from fanlight.bank.answers import Answer, OAuthError, json_response
from fanlight.bank.brands import BankClient
from fanlight.bank.oauth import details
from fanlight.bank.oauth.clients import authenticated
from fanlight.bank.oauth.issuer import PUSHED_LIFETIME, AuthorizationRequest, Issuer
from fanlight.bank.oauth.jwts import BadJwtError
from fanlight.bank.oauth.proving import proof_of
from fanlight.bank.oauth.request_objects import signed_fields
from fanlight.base.asgi import Request

_BASE64URL_256 = re.compile(r"[A-Za-z0-9_-]{43}")
_URN = "urn:ietf:params:oauth:request_uri:"
_PLAIN_MODES = ("query",)
_SIGNED_MODES = ("jwt", "query.jwt")


class Return(NamedTuple):
    """How a client is answered: where, with which state, and whether signed (JARM)."""

    client_id: str
    redirect_uri: str
    state: str | None
    signed: bool


class RedirectError(Exception):
    """An error that goes back to the client, whose redirect URI is known to be good."""

    def __init__(self, error: str, description: str, back: Return) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.back = back


class DeadEnd(Exception):
    """An error that is shown to the customer, because there is no address that it may be sent to."""


async def push(issuer: Issuer, request: Request) -> Answer:
    """`POST /oauth/par`."""
    issuer.count("par")
    call = await authenticated(issuer, request)
    if "request_uri" in call.fields:
        raise OAuthError("invalid_request", "request_uri cannot be pushed.")
    proven = proof_of(issuer, request)
    try:
        checked = check(issuer, call.client, _unfolded(issuer, call.client, call.fields))
    except RedirectError as error:
        raise OAuthError(error.error, error.description) from error
    except DeadEnd as error:
        raise OAuthError("invalid_request", str(error)) from error
    uri = _URN + secrets.token_urlsafe(32)
    issuer.pushed.put(uri, _bound(checked, proven))
    return json_response(201, {"request_uri": uri, "expires_in": PUSHED_LIFETIME})


def requested(issuer: Issuer, fields: dict[str, str]) -> AuthorizationRequest:
    """The request behind `GET /oauth/authorize`; a request_uri works once. Raises RedirectError or DeadEnd."""
    client = issuer.shared.clients.get(fields.get("client_id", ""))
    if client is None:
        raise DeadEnd("The application that sent you here is not known to this bank.")
    uri = fields.get("request_uri")
    if uri is None:
        return _unpushed(issuer, client, fields)
    pushed = issuer.pushed.pop(uri)
    if pushed is None or pushed.client_id != client.client_id:
        raise DeadEnd("This sign-in link has expired or was used before. Go back to the application and start again.")
    return pushed


def check(issuer: Issuer, client: BankClient, fields: dict[str, str]) -> AuthorizationRequest:
    """Check a request's parameters; raises DeadEnd before the redirect URI is known to be good, then RedirectError."""
    back = _return(client, fields)
    asked = details.read(fields["authorization_details"]) if "authorization_details" in fields else None
    scope = issuer.granted_scope(fields.get("scope"), bare=asked is not None)
    intent_id = _intent_id(fields)
    fault = _fault(issuer, fields, scope) or _consent_fault(issuer, client, fields, asked, intent_id)
    if fault is not None:
        raise RedirectError(*fault, back)
    names = dict.fromkeys([*(scope or "").split(), *(asked.scopes if asked else ())])
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=back.redirect_uri,
        scope=" ".join(names),
        code_challenge=fields["code_challenge"],
        state=back.state,
        nonce=fields.get("nonce"),
        silent="none" in fields.get("prompt", "").split(),
        signed=back.signed,
        dpop_jkt=fields.get("dpop_jkt"),
        intent_id=intent_id if issuer.intents is not None else None,
        details=asked.text if asked else "",
        days=asked.days if asked else 0,
    )


def _unpushed(issuer: Issuer, client: BankClient, fields: dict[str, str]) -> AuthorizationRequest:
    """A request that the browser brings along."""
    if issuer.brand.policy.par_required:
        raise RedirectError("invalid_request", "This issuer takes pushed requests only.", _return(client, fields))
    try:
        whole = _unfolded(issuer, client, fields)
    except OAuthError as error:
        raise RedirectError(error.error, error.description, _return(client, fields)) from error
    return check(issuer, client, whole)


def _unfolded(issuer: Issuer, client: BankClient, fields: dict[str, str]) -> dict[str, str]:
    """The parameters that count: with a request object those in it alone (RFC 9101 6.3)."""
    text = fields.get("request")
    if text is None:
        if issuer.brand.policy.request_object_required:
            raise OAuthError("invalid_request", "This issuer takes signed requests only.")
        return fields
    try:
        return signed_fields(issuer, client, text)
    except BadJwtError as error:
        raise OAuthError("invalid_request_object", f"The request object is refused: {error}.") from error


def _return(client: BankClient, fields: dict[str, str]) -> Return:
    redirect_uri = fields.get("redirect_uri")
    if redirect_uri is None and len(client.redirect_uris) == 1:
        redirect_uri = client.redirect_uris[0]
    if redirect_uri not in client.redirect_uris:
        raise DeadEnd("The application asked to be answered at an address that it has not registered.")
    signed = fields.get("response_mode") in _SIGNED_MODES
    return Return(client.client_id, redirect_uri, fields.get("state"), signed)


def _fault(issuer: Issuer, fields: dict[str, str], scope: str | None) -> tuple[str, str] | None:
    invalid = "invalid_request"
    policy = issuer.brand.policy
    modes = (*_PLAIN_MODES, *_SIGNED_MODES)
    key = fields.get("dpop_jkt")
    rules = (
        (fields.get("response_type") == "code", "unsupported_response_type", "response_type must be code."),
        (fields.get("response_mode", "query") in modes, invalid, "response_mode must be query or query.jwt."),
        (fields.get("code_challenge_method") == "S256", invalid, "PKCE with S256 is required."),
        (bool(_BASE64URL_256.fullmatch(fields.get("code_challenge", ""))), invalid, "code_challenge is malformed."),
        (key is None or bool(_BASE64URL_256.fullmatch(key)), invalid, "dpop_jkt is malformed."),
        (scope is not None, "invalid_scope", "A scope is unknown."),
        (not policy.intent_required or issuer.intents is not None, "server_error", "There are no consents here."),
    )
    return next(((error, text) for kept, error, text in rules if not kept), None)


def _consent_fault(
    issuer: Issuer, client: BankClient, fields: dict[str, str], asked: details.Asked | None, intent_id: str | None
) -> tuple[str, str] | None:
    """What is wrong with the consent that a request names or describes."""
    if "authorization_details" in fields and (asked is None or issuer.brand.policy.intent_required):
        return "invalid_authorization_details", "The authorization details are not understood."
    if issuer.intents is None or not issuer.brand.policy.intent_required:
        return None
    wanted = issuer.intents.wanted(issuer.brand.code, client.client_id, intent_id) if intent_id else None
    return ("invalid_request", "openbanking_intent_id names no consent that waits.") if wanted is None else None


def _intent_id(fields: dict[str, str]) -> str | None:
    """`claims.id_token.openbanking_intent_id.value` (Open Banking Security Profile)."""
    try:
        claims = msgspec.json.decode(fields.get("claims", "{}"), type=_Claims)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    named = claims.id_token.openbanking_intent_id
    return named.value if named else None


def _bound(request: AuthorizationRequest, proven: str | None) -> AuthorizationRequest:
    """The request bound to the key that was proven when it was pushed (RFC 9449 10.1)."""
    if proven is None:
        return request
    if request.dpop_jkt not in (None, proven):
        raise OAuthError("invalid_request", "dpop_jkt is not the key of the DPoP proof.")
    return msgspec.structs.replace(request, dpop_jkt=proven)


class _Value(msgspec.Struct, frozen=True):
    value: str | None = None


class _Named(msgspec.Struct, frozen=True):
    openbanking_intent_id: _Value | None = None


class _Claims(msgspec.Struct, frozen=True):
    id_token: _Named = _Named()

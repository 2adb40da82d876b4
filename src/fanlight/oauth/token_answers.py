"""What the token endpoint answers, read: tokens (RFC 6749 5.1), or a refusal (5.2). Pure."""

import re
from decimal import Decimal
from math import inf
from typing import Any

import msgspec

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.oauth_entry import OAuthServer
from fanlight.institutions.port import Tokens

MAX_TOKEN = 16_384
LONGEST_LIFE = 10 * 366 * 86_400

_CODE = re.compile(r"[a-z_]{1,40}")
# The person's permission has ended: nothing but asking them again helps.
_ENDED = frozenset(("invalid_grant", "interaction_required", "login_required", "consent_required"))
# The operator has to do something about this client, its entry or its registration.
_CLIENT = frozenset(
    (
        "invalid_client", "unauthorized_client", "invalid_request", "invalid_scope", "invalid_target",
        "unsupported_grant_type", "invalid_dpop_proof", "use_dpop_nonce", "invalid_request_object",
        "invalid_request_uri", "invalid_authorization_details", "unsupported_response_type", "invalid_redirect_uri",
    )
)  # fmt: skip


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A token answer as servers send it; lengths of time come as numbers, as text, with a point, or not at all."""

    access_token: str
    token_type: str | None = None
    refresh_token: str | None = None
    id_token: str | None = None
    scope: str | None = None
    expires_in: Any = None
    refresh_expires_in: Any = None
    refresh_token_expires_in: Any = None
    grant_id: str | int | None = None
    consent_id: str | int | None = None
    authorization_details: tuple[dict[str, Any], ...] | None = None


def tokens(reply: Reply, server: OAuthServer, *, asked: str, dpop_key: str | None) -> Tokens:
    """The tokens of an answer; `asked` is the scope that counts where the answer names none. Raises Said."""
    if reply.status != 200:
        raise refusal(reply)
    try:
        answer = msgspec.convert(reply.json(), _Answer)
    except msgspec.ValidationError as error:
        raise Said(Saying.GIBBERISH, "the token answer has another shape") from error
    given = [text for text in (answer.access_token, answer.refresh_token, answer.id_token) if text]
    if not answer.access_token or not all(map(_is_token, given)):
        raise Said(Saying.GIBBERISH, "the token answer has an empty, oversized or unprintable token")
    shown = answer.id_token if server.shown_token == "id_token" else answer.access_token  # noqa: S105
    if not shown:
        raise Said(Saying.GIBBERISH, "the token answer has no id_token to show")
    consent = answer.grant_id if answer.grant_id is not None else answer.consent_id
    return Tokens(
        access_token=shown,
        refresh_token=answer.refresh_token or None,
        id_token=answer.id_token,
        expires_in=_seconds(answer.expires_in),
        refresh_expires_in=_seconds(answer.refresh_expires_in) or _seconds(answer.refresh_token_expires_in),
        scope=answer.scope if answer.scope is not None else asked,
        token_type=(answer.token_type or "Bearer"),
        dpop_key=dpop_key if _type(answer) == "dpop" else None,
        consent_id=None if consent is None else str(consent),
        authorization_details=answer.authorization_details or (),
    )


def check_type(got: Tokens, server: OAuthServer) -> None:
    """Refuse a token that is bound to less than was asked for (RFC 9449 section 5). Raises Said."""
    kind = got.token_type.lower()
    wanted = "dpop" if server.sender_constrained_tokens == "dpop" else "bearer"
    if kind != wanted and not (kind == "bearer" and server.bearer_answer_is_taken):
        raise Said(Saying.GIBBERISH, f"the token is not of the type {wanted}")


def refusal(reply: Reply) -> Said:
    """What a refusal of an OAuth endpoint says: by its error code, else by the status.

    Of the answer nothing goes on but a code of known form: descriptions may repeat what was sent.
    """
    error = error_code(reply)
    detail = f"HTTP {reply.status}, error {error or 'none'}"
    if reply.status == 429:
        return Said(Saying.THROTTLED, detail, retry_after=reply.retry_after)
    if reply.status == 503 or error == "temporarily_unavailable":
        return Said(Saying.UNAVAILABLE, detail, retry_after=reply.retry_after)
    if reply.status >= 500 or reply.status in (200, 201, 408) or error == "server_error":
        # Nothing says that nothing was done: the code or token may have been used up.
        return Said(Saying.UNKNOWN_OUTCOME, detail, was_answered=reply.status >= 400)
    if error in _ENDED:
        return Said(Saying.CONSENT_EXPIRED, detail)
    if error in _CLIENT or reply.status == 401:
        return Said(Saying.CLIENT_REFUSED, detail)
    # Something before the server, or of its own making; whatever it is, it is no word against the grant.
    return Said(Saying.UNAVAILABLE, detail)


def error_code(reply: Reply) -> str | None:
    """The error code of an answer, if it has one of the form that codes have."""
    try:
        answer = reply.json()
    except Said:
        return None
    error = answer.get("error") if isinstance(answer, dict) else None
    return error if isinstance(error, str) and _CODE.fullmatch(error) else None


def _type(answer: _Answer) -> str:
    return (answer.token_type or "").lower()


def _is_token(text: str) -> bool:
    return len(text) <= MAX_TOKEN and text.isascii() and text.isprintable()


def _seconds(given: object) -> int:
    """Whole seconds within bounds; 0, which stands for not told, for what is no length of time."""
    try:
        life = float(given) if isinstance(given, str | int | float | Decimal) else 0.0
    except (ValueError, OverflowError):
        return 0
    return int(min(life, LONGEST_LIFE)) if 0 < life < inf else 0

"""What a Berlin Group answer that is not data says: by its message code, else by the HTTP status. Pure.

Sources: Implementation Guidelines 1.3, section 14.11 (codes of `tppMessages`), and RFC 7807 for the other form.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.values import mapping, text_of

MAX_ERROR = 64 << 10
"""Bytes of an error answer whose codes are looked for."""
MAX_CODE = 40
PERIOD_INVALID = "PERIOD_INVALID"

_ENDED = Saying.CONSENT_EXPIRED
_OURS = Saying.CLIENT_REFUSED
_CODES: dict[str, Saying] = {
    "CONSENT_EXPIRED": _ENDED,
    "CONSENT_INVALID": _ENDED,
    "CONSENT_UNKNOWN": _ENDED,
    "TOKEN_EXPIRED": _ENDED,
    "TOKEN_INVALID": _ENDED,
    "TOKEN_UNKNOWN": _ENDED,
    "PSU_CREDENTIALS_INVALID": Saying.NEEDS_ATTENTION,
    "CORPORATE_ID_INVALID": Saying.NEEDS_ATTENTION,
    "SERVICE_BLOCKED": Saying.NEEDS_ATTENTION,
    "RESOURCE_BLOCKED": Saying.NEEDS_ATTENTION,
    "RESOURCE_UNKNOWN": Saying.ACCESS_REFUSED,
    "RESOURCE_EXPIRED": Saying.ACCESS_REFUSED,
    "SERVICE_INVALID": Saying.ACCESS_REFUSED,
    PERIOD_INVALID: Saying.ACCESS_REFUSED,
    "ACCESS_EXCEEDED": Saying.THROTTLED,
    "STATUS_INVALID": Saying.ACCESS_REFUSED,
    "CERTIFICATE_BLOCKED": _OURS,
    "CERTIFICATE_EXPIRED": _OURS,
    "CERTIFICATE_INVALID": _OURS,
    "CERTIFICATE_MISSING": _OURS,
    "CERTIFICATE_REVOKED": _OURS,
    "ROLE_INVALID": _OURS,
    "SIGNATURE_INVALID": _OURS,
    "SIGNATURE_MISSING": _OURS,
    "FORMAT_ERROR": _OURS,
    "PARAMETER_NOT_CONSISTENT": _OURS,
    "PARAMETER_NOT_SUPPORTED": _OURS,
    "PARAMETER_MISSING": _OURS,
    "TIMESTAMP_INVALID": _OURS,
    "REQUESTED_FORMATS_INVALID": _OURS,
    "SESSIONS_NOT_SUPPORTED": _OURS,
    "INTERNAL_SERVER_ERROR": Saying.UNAVAILABLE,
    "SERVICE_UNAVAILABLE": Saying.UNAVAILABLE,
}
_GONE = frozenset(("CONSENT_EXPIRED", "CONSENT_INVALID", "CONSENT_UNKNOWN", "RESOURCE_UNKNOWN", "RESOURCE_EXPIRED"))
_STATUSES = {
    400: _OURS,
    # There is no token that could be refused: without a code it is a gateway that does not take this server.
    401: _OURS,
    403: Saying.ACCESS_REFUSED,
    404: Saying.ACCESS_REFUSED,
    405: Saying.ACCESS_REFUSED,
    406: _OURS,
    409: Saying.ACCESS_REFUSED,
    415: _OURS,
}


def codes(body: bytes) -> list[str]:
    """The message codes of an answer, warnings left out; none where it has no such form."""
    if len(body) > MAX_ERROR:
        return []
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return []
    return list(_codes(mapping(document)))


def refusal(reply: Reply) -> Said:
    """What an answer that is not data says; a known code is surer than the status that it came with."""
    found = codes(reply.body)
    known = next((code for code in found if code in _CODES), None)
    saying = _STATUSES.get(reply.status, Saying.GIBBERISH) if known is None else _CODES[known]
    # A code that nobody knows may be any text: it is not repeated.
    return Said(saying, f"HTTP {reply.status}, message code {known or 'unknown'}", retry_after=reply.retry_after)


def is_gone(reply: Reply) -> bool:
    """Whether the bank says by a code of the standard that a consent has ended or that there is none.

    A status alone may be that of a gateway, or of a path that has moved: no consent ends by it.
    """
    return not _GONE.isdisjoint(codes(reply.body))


def not_told(reply: Reply) -> Said:
    """What it says when nothing was told of a consent: what has no known code is tried again later."""
    said = refusal(reply)
    if said.saying in (Saying.CLIENT_REFUSED, Saying.THROTTLED):
        return said
    return Said(Saying.UNAVAILABLE, said.detail, retry_after=reply.retry_after)


def _codes(document: Mapping[str, Any]) -> Iterator[str]:
    for entry in (*_entries(document, "tppMessages"), document, *_entries(document, "additionalErrors")):
        code = text_of(mapping(entry), "code")
        if code is not None and len(code) <= MAX_CODE and text_of(mapping(entry), "category") != "WARNING":
            yield code.upper()


def _entries(document: Mapping[str, Any], name: str) -> list[Any]:
    found = document.get(name)
    return found if isinstance(found, list) else []

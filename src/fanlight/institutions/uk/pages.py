"""The frame around every answer: Data, Links, and the errors that come instead. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.values import mapping, text_of

MAX_ERROR = 64 << 10
"""Bytes of an error answer whose codes are looked for."""
MAX_ERRORS = 20
_CODE = re.compile(r"[0-9A-Za-z.]{1,60}")
_ADDRESS = re.compile(r"[!-~]+")

# Codes of 3.1, and of 4.0 (OBExternalStatusReason1Code).
_CONSENT_ENDED = frozenset(("UK.OBIE.Reauthenticate", "U028", "UK.OBIE.Resource.InvalidConsentStatus", "U009"))
_NOT_FOUND = frozenset(("UK.OBIE.Resource.NotFound", "U011"))
# ISO 20022 reasons that 4.0 lets be told: closed and blocked accounts.
_ACCOUNT_TROUBLE = frozenset(("AC04", "AC06", "AC07"))


class Refused(Said):
    """An answer below 500 that is not data; `codes` are the standard's, of 3.1 or 4.0."""

    def __init__(self, saying: Saying, status: int, codes: tuple[str, ...]) -> None:
        super().__init__(saying, f"HTTP {status}, UK codes {', '.join(codes) or 'none'}")
        self.status = status
        self.codes = codes

    @property
    def is_not_found(self) -> bool:
        """By the standard's code: a bare 404 may be that of a gateway, or of a path that has moved."""
        return not _NOT_FOUND.isdisjoint(self.codes)

    @property
    def is_about_consent(self) -> bool:
        return not _CONSENT_ENDED.isdisjoint(self.codes)


def refused(reply: Reply) -> Refused:
    """What an answer that is not data says: by its codes where there are some, else by the HTTP status."""
    codes = error_codes(reply.body)
    return Refused(_saying(reply.status, frozenset(codes)), reply.status, codes)


def _saying(status: int, codes: frozenset[str]) -> Saying:
    if status == 401 or codes & _CONSENT_ENDED:
        return Saying.CONSENT_EXPIRED
    if codes & _ACCOUNT_TROUBLE:
        return Saying.NEEDS_ATTENTION
    if status == 403 or codes & _NOT_FOUND:
        return Saying.ACCESS_REFUSED
    return Saying.GIBBERISH


def error_codes(body: bytes) -> tuple[str, ...]:
    """`Errors[].ErrorCode` of an OBErrorResponse1; anything longer than a code is none."""
    if len(body) > MAX_ERROR:
        return ()
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return ()
    found = document.get("Errors") if isinstance(document, dict) else None
    told = [error for error in found[:MAX_ERRORS] if isinstance(error, dict)] if isinstance(found, list) else []
    codes = (text_of(error, "ErrorCode") or "" for error in told)
    return tuple(dict.fromkeys(code for code in codes if _CODE.fullmatch(code)))


def data(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """`Data`; raises Said(GIBBERISH) where there is none."""
    found = document.get("Data")
    if not isinstance(found, dict):
        raise Said(Saying.GIBBERISH, "an answer without Data")
    return found


def entries(document: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """The list in `Data`; one that is left out is empty, for the standard makes it optional."""
    found = data(document).get(name, [])
    if not isinstance(found, list):
        raise Said(Saying.GIBBERISH, f"{name} is not a list")
    for entry in found:
        if not isinstance(entry, dict):
            raise Said(Saying.GIBBERISH, f"an entry of {name} is not an object")
        yield entry


def next_link(document: Mapping[str, Any]) -> str | None:
    """`Links.Next`, None on the last page. Raises Said(GIBBERISH) for characters that no address has."""
    link = text_of(mapping(document.get("Links")), "Next")
    if link is not None and not _ADDRESS.fullmatch(link):
        raise Said(Saying.GIBBERISH, "a page link that is no address")
    return link

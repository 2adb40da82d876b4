"""What an FDX provider says instead of data: by its own code where there is one, else by the HTTP status. Pure.

Some providers send no code, or one as a number; the code wins, for the status beside it differs between providers.
"""

import re

import msgspec

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.values import text_of

MAX_ERROR = 64 << 10
"""Bytes of an error answer whose code is looked for."""
DATE_RANGE, CLOSED, NO_DATA = "703", "705", "1107"

_CODE = re.compile(r"[0-9A-Za-z]{1,16}")
_BY_CODE = {
    "500": Saying.UNAVAILABLE,
    "501": Saying.UNAVAILABLE,
    "503": Saying.UNAVAILABLE,
    "601": Saying.CONSENT_EXPIRED,
    "602": Saying.CONSENT_EXPIRED,
    "603": Saying.CONSENT_EXPIRED,
    "701": Saying.ACCESS_REFUSED,
    "704": Saying.ACCESS_REFUSED,
    CLOSED: Saying.NEEDS_ATTENTION,
    "706": Saying.NEEDS_ATTENTION,
    "1106": Saying.CLIENT_REFUSED,
    "1206": Saying.ACCESS_REFUSED,
    "1207": Saying.THROTTLED,
    "1300": Saying.UNAVAILABLE,
}
_BY_STATUS = {
    401: Saying.CONSENT_EXPIRED,
    403: Saying.ACCESS_REFUSED,
    405: Saying.ACCESS_REFUSED,
    408: Saying.UNAVAILABLE,
    423: Saying.NEEDS_ATTENTION,
    425: Saying.UNAVAILABLE,
}
_MEANINGS = {
    DATE_RANGE: "the date range is refused",
    CLOSED: "the account is closed",
    "706": "the account is locked",
    "1106": "the version is not supported: see `version` in the entry",
    "1206": "the institution does not offer this",
    "1300": "still processing",
}


class RangeRefused(Said):
    """The span of days is one that the provider does not give: further back than its history goes."""


class NothingThere(Said):
    """A provider's way to say that a list is empty."""


class AccountClosed(Said):
    """The account is closed: there is nothing more to read of it."""


_OWN_KINDS: dict[str, type[Said]] = {DATE_RANGE: RangeRefused, NO_DATA: NothingThere, CLOSED: AccountClosed}


def refusal(reply: Reply) -> Said:
    """The word of an answer that is not data."""
    code = error_code(reply.body)
    detail = f"HTTP {reply.status}, FDX code {code or 'none'}"
    if code in _MEANINGS:
        detail = f"{detail}: {_MEANINGS[code]}"
    # Whatever code stands beside it, 401 says that the token opens nothing.
    by_code = None if code is None or reply.status == 401 else _BY_CODE.get(code)
    saying = by_code or _BY_STATUS.get(reply.status, Saying.GIBBERISH)
    if reply.status == 401:
        return Said(saying, detail)
    if code is None:
        # Of those without codes, some say no more than "bad request" to a range that goes back too far.
        return RangeRefused(saying, detail) if reply.status == 400 else Said(saying, detail)
    retry_after = reply.retry_after if saying is Saying.THROTTLED else None
    return _OWN_KINDS.get(code, Said)(saying, detail, retry_after=retry_after)


def error_code(body: bytes) -> str | None:
    """The FDX error code of an answer, when it has one; anything longer than a code is none."""
    if len(body) > MAX_ERROR:
        return None
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    code = text_of(document, "code") if isinstance(document, dict) else None
    return code if code is not None and _CODE.fullmatch(code) else None

"""What comes back from an institution: a reply, or one of a closed list of sayings where there is no data."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

MAX_VALUES = 250_000
"""Values of one JSON answer: it is decoded in one go, even in a thread, and nothing else runs meanwhile."""

_DECODER = msgspec.json.Decoder(float_hook=Decimal)


class Saying(StrEnum):
    """What an institution says instead of data. Two tables turn it into a status and into a retry decision."""

    LOGIN_REFUSED = "login_refused"
    LOGIN_MISSING = "login_missing"
    """Nothing that the institution said: there are no credentials to sign on with."""
    ANSWER_REFUSED = "answer_refused"
    LOCKED = "locked"
    CONSENT_EXPIRED = "consent_expired"
    ACCESS_REFUSED = "access_refused"
    CLIENT_REFUSED = "client_refused"
    NEEDS_ATTENTION = "needs_attention"
    UNAVAILABLE = "unavailable"
    THROTTLED = "throttled"
    GIBBERISH = "gibberish"
    TOO_MUCH = "too_much"
    UNKNOWN_OUTCOME = "unknown_outcome"
    OUR_FAULT = "internal_error"
    """Nothing that the institution said: this server failed with what it had."""


class Said(Exception):
    """An institution's word; `detail` is for the operator and never holds a secret.

    `told` is what those who run the client are told where the saying alone says too little. `was_answered` tells a
    refusal that came whole, whatever it says, from silence: what was sent is under way no more.
    """

    def __init__(
        self, saying: Saying, detail: str, *, retry_after: int | None = None, told: str | None = None,
        was_answered: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(f"{saying.value}: {detail}")
        self.saying = saying
        self.detail = detail
        self.retry_after = retry_after
        self.told = told
        self.was_answered = was_answered


class HeldBack(Said):
    """Not the institution's word but this server's own: no request leaves before `until`, in Unix seconds."""

    def __init__(self, detail: str, *, until: int, now: int, told: str) -> None:
        super().__init__(Saying.THROTTLED, detail, retry_after=until - now, told=told)
        self.until = until


class Reply(NamedTuple):
    """An institution's HTTP answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, numbers with a point as exact decimals; raises Said: GIBBERISH, or TOO_MUCH."""
        # A value follows one of these marks. Those inside texts count too; the bound leaves room for them.
        if sum(self.body.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
            raise Said(Saying.TOO_MUCH, f"the answer ({self.status}) has more than {MAX_VALUES} values")
        try:
            return _DECODER.decode(self.body)
        except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError) as error:
            raise Said(Saying.GIBBERISH, f"the answer ({self.status}) is not JSON") from error

    @property
    def retry_after(self) -> int | None:
        text = self.headers.get("retry-after", "")
        return int(text) if text.isdecimal() and len(text) < 7 else None

"""How much an institution may be asked: what a line wants to know before a request, and what answers say of it. Pure.

Read are `Retry-After` (RFC 9110 10.2.3), `RateLimit` in both of its draft forms, `RateLimit-*` and `X-RateLimit-*`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Protocol

from fanlight.institutions.answers import Reply

LONGEST = 86_400
"""Seconds beyond which no word about a limit is believed."""
_EPOCH = 1_000_000_000
"""From here on a number of seconds is a moment, not a length of time."""
_FAMILIES = ("ratelimit-", "x-ratelimit-", "x-rate-limit-", "x-ratelimit-account-success-")
_MEMBER = re.compile(r"(?:^|[;,\s])(remaining|reset|r|t)=(\d{1,12})(?![\d.])")


class Meter(Protocol):
    """Lets requests leave, and listens to what comes back."""

    async def admit(self, url: str) -> None:
        """Raise HeldBack where the request may not be made now."""

    async def heard(self, url: str, reply: Reply) -> None:
        """Take note of what an answer says of limits."""


def closed_until(reply: Reply, now: int) -> int | None:
    """Until when nothing more may be asked, by the headers of an answer; None where they do not say so."""
    ends = [end for end in _ends(reply.headers, now) if now < end <= now + LONGEST]
    if reply.status in (429, 503) and reply.retry_after:
        ends.append(now + min(reply.retry_after, LONGEST))
    return max(ends, default=None)


def _ends(headers: Mapping[str, str], now: int) -> Iterator[int]:
    """The ends of limits of which nothing is left."""
    for family in _FAMILIES:
        remaining, reset = _whole(headers.get(f"{family}remaining")), _whole(headers.get(f"{family}reset"))
        if remaining == 0 and reset is not None:
            yield reset if reset >= _EPOCH else now + reset
    for policy in headers.get("ratelimit", "").split(',"'):
        said = {name[0] if name == "remaining" else name: int(value) for name, value in _MEMBER.findall(policy)}
        left, seconds = said.get("r"), said.get("t", said.get("reset"))
        if left == 0 and seconds is not None:
            yield now + seconds


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 13 else None

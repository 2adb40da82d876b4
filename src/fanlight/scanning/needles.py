"""Needles: a secret in every coding in which it may have leaked."""

import base64
import html
import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote, quote_plus

WINDOW = 8
"""The shortest coding that is looked for, in bytes: shorter ones are found everywhere by chance."""


class Secret(NamedTuple):
    """What must not be found, and how it is called in a report. Never printed."""

    kind: str
    value: bytes

    def __repr__(self) -> str:
        return f"Secret({self.kind})"


class Needle(NamedTuple):
    """A secret in one coding. Never printed."""

    kind: str
    coding: str
    pattern: bytes

    def __repr__(self) -> str:
        return f"Needle({self.kind}, {self.coding})"


class Needles:
    """All needles, by the number that their first eight bytes make: that is how a scan meets them."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self.by_window: dict[int, list[Needle]] = {}
        self.longest = WINDOW
        self.secrets = 0
        self.too_short = 0
        for secret in dict.fromkeys(secrets):
            if len(secret.value) < WINDOW:
                self.too_short += 1
                continue
            self.secrets += 1
            for needle in dict.fromkeys(_codings(secret)):
                if len(needle.pattern) >= WINDOW:
                    self._add(needle)
        self.windows = frozenset(self.by_window)

    def _add(self, needle: Needle) -> None:
        window = memoryview(needle.pattern[:WINDOW]).cast("Q")[0]
        self.by_window.setdefault(window, []).append(needle)
        self.longest = max(self.longest, len(needle.pattern))


def _codings(secret: Secret) -> Iterator[Needle]:
    """Each coding once; those that change nothing fall together with the plain one."""
    value, seen = secret.value, set[bytes]()
    for coding, pattern in (*_of_bytes(value), *_of_text(value)):
        if pattern not in seen:
            seen.add(pattern)
            yield Needle(secret.kind, coding, pattern)


def _of_bytes(value: bytes) -> Iterator[tuple[str, bytes]]:
    yield "plain", value
    yield "hex", value.hex().encode()
    yield "hex", value.hex().upper().encode()
    for offset in range(3):
        part = _base64(value, offset)
        yield f"base64 at {offset}", part
        yield f"base64url at {offset}", part.translate(bytes.maketrans(b"+/", b"-_"))


def _of_text(value: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return
    yield "utf-16", text.encode("utf-16-le")
    yield "utf-16 big end first", text.encode("utf-16-be")
    yield "URL", quote(text, safe="").encode()
    yield "form", quote_plus(text, safe="").encode()
    yield "JSON", json.dumps(text)[1:-1].encode()
    yield "JSON with slashes escaped", json.dumps(text)[1:-1].replace("/", "\\/").encode()
    yield "HTML", html.escape(text).encode()


def _base64(value: bytes, offset: int) -> bytes:
    """What of the value's base64 is the same whatever stands around it; it begins so far after a group of three."""
    encoded = base64.b64encode(bytes(offset) + value)
    return encoded[(0, 2, 3)[offset] : (offset + len(value)) * 8 // 6]

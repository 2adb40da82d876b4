"""Identifiers on the wire: a kind's prefix and a random UUID (`MBR-7c6f361b-...`)."""

import re
from secrets import token_hex

_SHAPE = re.compile(r"[A-Z]{3}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def new_guid(prefix: str) -> str:
    """A fresh guid of a kind; `prefix` is three capital letters such as `MBR`. A random UUID (RFC 9562 5.4)."""
    text = token_hex(16)
    variant = _VARIANT[text[16]]
    return f"{prefix}-{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def is_guid(text: str, prefix: str) -> bool:
    """Whether a text has the shape of a guid of this kind (nothing is looked up)."""
    return text.startswith(f"{prefix}-") and _SHAPE.fullmatch(text) is not None

"""Identifiers on the wire: a kind's prefix and a UUID (`MBR-01937c6f-361b-7...`).

The UUIDs are of version 7 (RFC 9562 5.7), which begin with the time: new ones stand at the end of an index instead of
dirtying a random page of it each.
"""

import re
import time
from random import Random

_SHAPE = re.compile(r"[A-Z]{3}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Our own generator: whoever seeds the common one does not make guids repeat.
_getrandbits = Random().getrandbits  # noqa: S311 - unique, not secret
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def new_guid(prefix: str) -> str:
    """A fresh guid of a kind; `prefix` is three capital letters such as `MBR`.

    74 bits of it are random, but not secret: knowing a guid opens nothing.
    """
    moment = f"{time.time_ns() // 1_000_000:012x}"
    text = f"{_getrandbits(80):020x}"
    return f"{prefix}-{moment[:8]}-{moment[8:]}-7{text[:3]}-{_VARIANT[text[3]]}{text[4:7]}-{text[7:19]}"


def is_guid(text: str, prefix: str) -> bool:
    """Whether a text has the shape of a guid of this kind (nothing is looked up)."""
    return text.startswith(f"{prefix}-") and _SHAPE.fullmatch(text) is not None

"""Identifiers on the wire: a kind's prefix and a random UUID (`MBR-7c6f361b-...`)."""

import re
import uuid

_SHAPE = re.compile(r"[A-Z]{3}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new_guid(prefix: str) -> str:
    """A fresh guid of a kind; `prefix` is three capital letters such as `MBR`."""
    return f"{prefix}-{uuid.uuid4()}"


def is_guid(text: str, prefix: str) -> bool:
    """Whether a text has the shape of a guid of this kind (nothing is looked up)."""
    return text.startswith(f"{prefix}-") and _SHAPE.fullmatch(text) is not None

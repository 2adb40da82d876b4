"""Once-only and sliding tokens: 64 bytes, an id and a secret, as 86 characters of base64url.

The id finds the row by its integer key, the secret proves it; only SHA-256 of the secret is stored. The id is
masked by bytes of the secret, so that a token does not tell how many there were before it.
"""

import base64
import hashlib
import re
import secrets
from typing import NamedTuple

LENGTH = 86
_ID_BYTES = 8
_SECRET_BYTES = 56
# The last character carries two bits only; with the other four at zero a token has one spelling.
_SHAPE = re.compile(r"[A-Za-z0-9_-]{85}[AQgw]")


class Token(NamedTuple):
    """A parsed token: the row's id and the hash that the row must hold."""

    id: int
    secret_hash: bytes


class NewSecret(NamedTuple):
    """A secret before its row has an id; `text(id)` is the token."""

    secret: bytes

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.secret).digest()

    def text(self, row_id: int) -> str:
        raw = _masked(row_id, self.secret) + self.secret
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def new_secret() -> NewSecret:
    """448 random bits."""
    return NewSecret(secrets.token_bytes(_SECRET_BYTES))


def parse(text: str) -> Token | None:
    """Read a token; None when it does not have the form of one."""
    if not _SHAPE.fullmatch(text):
        return None
    raw = base64.urlsafe_b64decode(text + "==")
    secret = raw[_ID_BYTES:]
    row_id = int.from_bytes(raw[:_ID_BYTES]) ^ int.from_bytes(secret[:_ID_BYTES])
    # A token that was never ours has any id: one beyond the keys of a database finds nothing either.
    return Token(row_id if row_id < 2**63 else 0, hashlib.sha256(secret).digest())


def digest(text: str) -> bytes:
    """SHA-256 of a text that is itself random enough (an API key, a cookie)."""
    return hashlib.sha256(text.encode()).digest()


def _masked(row_id: int, secret: bytes) -> bytes:
    mask = int.from_bytes(secret[:_ID_BYTES])
    return (row_id ^ mask).to_bytes(_ID_BYTES)

"""Keys and sealed texts: everything secret at the bank follows from its seed.

Tokens and page keys carry their content under AES-256-GCM, so that they outlive the process: a bank restarted with
the same seed reads what it issued before. A seed is a small public number; this guards a simulation, not money.
"""

import base64
import hashlib
import os
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.jwk import ECKey

T = TypeVar("T")

_NONCE = 12
_LONGEST = 4096
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Sealer:
    """Seals values for one purpose; a text sealed for another purpose does not open."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._cipher = AESGCM(derive(seed, f"seal/{purpose}"))

    def seal(self, value: object) -> str:
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, msgspec.msgpack.encode(value), None)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, text: str, kind: type[T]) -> T | None:
        """What was sealed; None for any text that this sealer did not make."""
        if len(text) > _LONGEST or not text.isascii():
            return None
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            plain = self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], None)
            return msgspec.msgpack.decode(plain, type=kind)
        except (ValueError, InvalidTag, msgspec.MsgspecError):
            return None


def derive(seed: int, label: str) -> bytes:
    """32 bytes that only this seed and label give."""
    return hashlib.blake2b(f"{seed}/{label}".encode(), digest_size=32, person=b"fanlight-bank").digest()


def signing_key(seed: int, label: str) -> ECKey:
    """An ES256 key with its thumbprint as `kid`."""
    scalar = int.from_bytes(derive(seed, f"sign/{label}")) % (_P256_ORDER - 1) + 1
    key = ECKey.import_key(ec.derive_private_key(scalar, ec.SECP256R1()))
    key.ensure_kid()
    return key

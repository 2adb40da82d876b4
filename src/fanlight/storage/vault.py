"""The vault: secrets at rest under AES-256-GCM, with a key that is not in the database.

Envelope: each value has its own data key, wrapped (RFC 3394) under a key derived from the master key; the value is
bound to what it belongs to as associated data, so that a ciphertext moved to another row does not open.
Form: version (1 byte), key id (4), wrapped data key (40), nonce (12), ciphertext and tag.
"""

import base64
import hmac
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from fanlight.base.errors import OperatorError

_VERSION = b"\x01"
_KEY_BYTES = 32
_HEADER = 5
_WRAPPED = 40
_NONCE = 12


class VaultError(OperatorError):
    """A key is missing or wrong, or a sealed value does not belong where it was found."""


class Vault:
    """Seals and opens values. `purpose` separates keys (`grant`, `credential`), `context` names a value's owner."""

    def __init__(self, master: bytes) -> None:
        if len(master) != _KEY_BYTES:
            raise VaultError("A key has 32 bytes.")
        self._master = master
        self._keys: dict[str, bytes] = {}
        self._key_id = self._derive("key-id")[:4]

    def __repr__(self) -> str:
        return "Vault([redacted])"

    @property
    def check_value(self) -> str:
        """What the database remembers of its key: enough to know it again, not enough to derive it."""
        return hmac.digest(self._derive("check"), b"fanlight", "sha256").hex()

    def seal(self, purpose: str, context: str, plaintext: bytes) -> bytes:
        """Encrypt a value for its owner."""
        data_key, nonce = secrets.token_bytes(_KEY_BYTES), secrets.token_bytes(_NONCE)
        wrapped = aes_key_wrap(self._key(purpose), data_key)
        header = _VERSION + self._key_id
        return header + wrapped + nonce + AESGCM(data_key).encrypt(nonce, plaintext, _bound(header, purpose, context))

    def open(self, purpose: str, context: str, sealed: bytes) -> bytes:
        """Decrypt; raises VaultError for another key, another owner, or a changed value."""
        header, rest = sealed[:_HEADER], sealed[_HEADER:]
        if header != _VERSION + self._key_id:
            raise VaultError("The value was sealed with another key.")
        try:
            data_key = aes_key_unwrap(self._key(purpose), rest[:_WRAPPED])
            nonce = rest[_WRAPPED : _WRAPPED + _NONCE]
            return AESGCM(data_key).decrypt(nonce, rest[_WRAPPED + _NONCE :], _bound(header, purpose, context))
        except (InvalidTag, InvalidUnwrap, ValueError) as error:
            raise VaultError("The sealed value does not belong here or was changed.") from error

    def blind(self, purpose: str, context: str, text: str) -> bytes:
        """A keyed fingerprint of a value, to find an equal one without opening any."""
        return hmac.digest(self._key(f"blind/{purpose}"), f"{context}|{text}".encode(), "sha256")

    def _key(self, purpose: str) -> bytes:
        key = self._keys.get(purpose)
        if key is None:
            key = self._keys[purpose] = self._derive(f"seal/{purpose}")
        return key

    def _derive(self, info: str) -> bytes:
        return HKDF(SHA256(), _KEY_BYTES, None, f"fanlight/{info}".encode()).derive(self._master)


def _bound(header: bytes, purpose: str, context: str) -> bytes:
    return header + f"{purpose}|{context}".encode()


def new_key() -> str:
    """A fresh master key as base64url text, the form of a key file."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def read_key(text: str) -> bytes:
    """The master key of a key file's text; raises VaultError when it is not one."""
    try:
        key = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
    except ValueError as error:
        raise VaultError("The key is not base64url text; make one with: fanlight keys new") from error
    if len(key) != _KEY_BYTES:
        raise VaultError("The key does not have 32 bytes; make one with: fanlight keys new")
    return key


def load(path: Path) -> Vault:
    """The vault of a key file; raises VaultError with what to do when it cannot be read."""
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise VaultError(f"The key file {path} cannot be read: make one with: fanlight keys new {path}") from error
    return Vault(read_key(text))


def write_key_file(path: Path) -> None:
    """Make a key file readable by its owner alone; raises FileExistsError rather than replace a key."""
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(new_key() + "\n", encoding="ascii")

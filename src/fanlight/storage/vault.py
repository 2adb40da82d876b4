"""The vault: secrets at rest under AES-256-GCM, with keys that are not in the database.

Envelope: each value has its own data key, wrapped (RFC 3394) under a key derived for its purpose from the current key
of its use; the value is bound to what it belongs to as associated data, so that a ciphertext moved to another row does
not open. Form 2: version (1 byte), key id (4), wrapped data key (40), nonce (12), ciphertext and tag. The id is no part
of what is bound, so that another key can take over by wrapping the 40 bytes anew. Form 1 bound the id too; it opens.

A vault sees for itself when its key file has changed. It holds no lock: what it knows is one value, swapped whole.
"""

import hmac
import logging
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from fanlight.storage import keys
from fanlight.storage.keys import ID_BYTES, Key, Ring, State, Use, VaultError

__all__ = ["Vault", "VaultError", "load", "use_of", "write_key_file"]

FORM = b"\x02"
BOUND_TO_ID = b"\x01"
HEADER = 1 + ID_BYTES
WRAPPED = 40
LOOK_EVERY = 1.0
"""Seconds for which a vault does not look at its key file again, unless it meets a key that it does not know."""
FINGERPRINT_BYTES = 32
_DATA_KEY = 32
_NONCE = 12
_OF_GRANTS = frozenset(("grant", "window", "institution"))

log = logging.getLogger(__name__)


class _Held(NamedTuple):
    """What a ring gives, at hand."""

    ring: Ring
    by_id: dict[bytes, Key]
    current: dict[Use, Key]
    derived: dict[tuple[bytes, str], bytes]


class _Stamp(NamedTuple):
    """What changes with a file's content."""

    changed_at: int
    inode: int
    size: int


class Vault:
    """Seals and opens values. `purpose` separates keys (`grant`, `credential`), `context` names a value's owner."""

    def __init__(self, ring: Ring | bytes, path: Path | None = None) -> None:
        """Of a ring, or of one key for every use; with `path` the ring's file is followed."""
        self._path = path
        self._seen: _Stamp | None = None  # it may have changed since it was read
        self._held = _hold(ring if isinstance(ring, Ring) else Ring([Key(Use.ANY, State.CURRENT, "-", ring)]))
        self._look_at = monotonic() + LOOK_EVERY

    def __repr__(self) -> str:
        return "Vault([redacted])"

    @property
    def ring(self) -> Ring:
        """The keys as the file has them now."""
        return self._fresh().ring

    def seal(self, purpose: str, context: str, plaintext: bytes) -> bytes:
        """Encrypt a value for its owner."""
        held, use = self._fresh(), use_of(purpose)
        key = held.current[use]
        data_key, nonce = secrets.token_bytes(_DATA_KEY), secrets.token_bytes(_NONCE)
        wrapped = aes_key_wrap(_derived(held, key, purpose), data_key)
        sealed = AESGCM(data_key).encrypt(nonce, plaintext, _bound(FORM, purpose, context))
        return FORM + key.id + wrapped + nonce + sealed

    def open(self, purpose: str, context: str, sealed: bytes) -> bytes:
        """Decrypt; raises VaultError for a key that is not there, another owner, or a changed value."""
        data_key, rest = self._data_key(purpose, sealed), sealed[HEADER + WRAPPED :]
        header = FORM if sealed[:1] == FORM else sealed[:HEADER]
        try:
            return AESGCM(data_key).decrypt(rest[:_NONCE], rest[_NONCE:], _bound(header, purpose, context))
        except (InvalidTag, ValueError) as error:
            raise VaultError("The sealed value does not belong here or was changed.") from error

    def reseal(self, purpose: str, context: str, sealed: bytes) -> bytes:
        """The value under the current key: its data key is wrapped anew, its content stays as it is.

        A value of form 1 is sealed anew whole. Raises VaultError.
        """
        if sealed[:1] != FORM:
            return self.seal(purpose, context, self.open(purpose, context, sealed))
        data_key = self._data_key(purpose, sealed)
        held = self._fresh()
        key = held.current[use_of(purpose)]
        return FORM + key.id + aes_key_wrap(_derived(held, key, purpose), data_key) + sealed[HEADER + WRAPPED :]

    def header(self, purpose: str) -> bytes:
        """How a value begins that is sealed now: form and key id."""
        return FORM + self._fresh().current[use_of(purpose)].id

    def blind(self, purpose: str, context: str, text: str) -> bytes:
        """A keyed fingerprint of a value, to find an equal one without opening any; it begins with its key's id."""
        held = self._fresh()
        key = held.current[Use.INDEX]
        return key.id + _fingerprint(held, key, purpose, context, text)

    def blinds(self, purpose: str, context: str, text: str) -> list[bytes]:
        """Every fingerprint that the value may have been kept under, that of now first: to look it up."""
        held = self._fresh()
        found = [(key, _fingerprint(held, key, purpose, context, text)) for key in held.ring.of(Use.INDEX)]
        # Those of a bare file were once kept without the id.
        bare = [fingerprint for key, fingerprint in found if key.use is Use.ANY]
        return [*(key.id + fingerprint for key, fingerprint in found), *bare]

    def pseudonym(self, context: str, text: str) -> bytes:
        """What stands for an id that may tell a secret: always the same, whichever key is current."""
        key = self._fresh().current[Use.PSEUDONYMS]
        return hmac.digest(key.for_pseudonyms, f"{context}|{text}".encode(), "sha256")

    def _data_key(self, purpose: str, sealed: bytes) -> bytes:
        key, held = self._key_of(purpose, sealed), self._held
        try:
            return aes_key_unwrap(_derived(held, key, purpose), sealed[HEADER : HEADER + WRAPPED])
        except (InvalidUnwrap, ValueError) as error:
            raise VaultError("The sealed value does not belong here or was changed.") from error

    def _key_of(self, purpose: str, sealed: bytes) -> Key:
        if sealed[:1] not in (FORM, BOUND_TO_ID):
            raise VaultError("This is no sealed value, or one of a newer program.")
        key_id = sealed[1:HEADER]
        key = self._fresh().by_id.get(key_id)
        if key is None:
            self._look()
            key = self._held.by_id.get(key_id)
        if key is None or key.use not in (use_of(purpose), Use.ANY):
            raise VaultError(
                f"The value was sealed with another key ({key_id.hex()}), which the key file does not have."
            )
        return key

    def _fresh(self) -> _Held:
        if self._path is not None and monotonic() >= self._look_at:
            self._look()
        return self._held

    def _look(self) -> None:
        """Take up a key file that has changed; one that cannot be read leaves everything as it was."""
        self._look_at = monotonic() + LOOK_EVERY
        if self._path is None:
            return
        stamp = _stamp(self._path)
        if stamp == self._seen:
            return
        self._seen, before = stamp, repr(self._held.ring)
        try:
            self._held = _hold(keys.read(self._path))
        except VaultError as error:
            log.error("the changed key file is not taken up: %s", error)  # noqa: TRY400 - the message says it all
        if repr(self._held.ring) != before:
            log.info("the key file has changed: %s", self._held.ring)


def use_of(purpose: str) -> Use:
    """Which key seals for a purpose."""
    return Use.GRANTS if purpose in _OF_GRANTS else Use.PERSONAL


def load(path: Path) -> Vault:
    """The vault of a key file, which it follows; raises VaultError with what to do when it cannot be read."""
    return Vault(keys.read(path), path)


def write_key_file(path: Path, made: str = "-") -> None:
    """Make a key file readable by its owner alone; raises FileExistsError rather than replace a key."""
    keys.create(path, made)


def _hold(ring: Ring) -> _Held:
    uses: Sequence[Use] = (*keys.ROTATED, Use.PSEUDONYMS)
    return _Held(ring, {key.id: key for key in ring.keys}, {use: ring.current(use) for use in uses}, {})


def _derived(held: _Held, key: Key, purpose: str) -> bytes:
    known = held.derived.get((key.id, purpose))
    if known is None:
        known = held.derived[key.id, purpose] = key.derive(f"seal/{purpose}")
    return known


def _fingerprint(held: _Held, key: Key, purpose: str, context: str, text: str) -> bytes:
    return hmac.digest(_derived(held, key, f"blind/{purpose}"), f"{context}|{text}".encode(), "sha256")


def _bound(header: bytes, purpose: str, context: str) -> bytes:
    return header + f"{purpose}|{context}".encode()


def _stamp(path: Path) -> _Stamp | None:
    """None for a file that is not there."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a third of the time of Path.stat
    except OSError:
        return None
    return _Stamp(found.st_mtime_ns, found.st_ino, found.st_size)

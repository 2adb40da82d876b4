"""The key ring: the keys that are not in the database, in a file that only its owner can read.

A line for each key: what it is for, its state, its id, the day it was made, and the key as base64url. What is for one
use is random and opens nothing of another; the id is derived from the key. A file that holds one bare key goes on
working: that key does for every use, until `fanlight keys rotate` gives each use its own. Empty lines and what follows
`#` say nothing.
"""

import base64
import fcntl
import hmac
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fanlight.base.errors import OperatorError

KEY_BYTES = 32
ID_BYTES = 4
OTHERS = 0o077
"""The permissions that a key file must not have: those of group and others."""
MAKE_ONE = "make one with: fanlight keys new"
_HEAD = """\
# A key ring of Fanlight. Keep it secret, and a copy of it apart from the database: without it nothing sealed opens.
# use       state    id        made        key
"""


class VaultError(OperatorError):
    """A key is missing or wrong, or a sealed value does not belong where it was found."""


class Use(StrEnum):
    """What a key is for."""

    ANY = "any"
    """Everything that has no key of its own: the one key of a bare file."""
    GRANTS = "grants"
    """Tokens, what a window keeps on its way, institutions' own secrets."""
    PERSONAL = "personal"
    """Credentials, answers, account numbers, owners, what institutions answered."""
    INDEX = "index"
    """Fingerprints by which an equal value is found."""
    PSEUDONYMS = "pseudonyms"
    """The ids under which accounts and positions are shown in place of the institution's own."""


class State(StrEnum):
    NEXT = "next"
    """Opens and finds, but seals nothing yet: every process has to know it first."""
    CURRENT = "current"
    OLD = "old"
    """Opens and finds what is not sealed anew yet."""


ROTATED = (Use.GRANTS, Use.PERSONAL, Use.INDEX)
"""Pseudonyms are no secrets that are looked for: clients see them, so they stay the same."""


class Key:
    """One key. Never printed."""

    __slots__ = ("id", "made", "secret", "state", "use")

    def __init__(self, use: Use, state: State, made: str, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise VaultError(f"A key has {KEY_BYTES} bytes.")
        self.use = use
        self.state = state
        self.made = made
        self.secret = secret
        self.id = self.derive("key-id")[:ID_BYTES]

    def __repr__(self) -> str:
        return f"Key({self.use.value} {self.state.value} {self.id.hex()})"

    def derive(self, info: str) -> bytes:
        """A key of its own for a purpose (HKDF, RFC 5869)."""
        return HKDF(SHA256(), KEY_BYTES, None, f"fanlight/{info}".encode()).derive(self.secret)

    @property
    def check_value(self) -> str:
        """What a database remembers of a key: enough to know it again, not enough to derive it."""
        return hmac.digest(self.derive("check"), b"fanlight", "sha256").hex()

    @property
    def for_pseudonyms(self) -> bytes:
        """The key of pseudonyms; that of a bare file is derived, so that it can outlive the file's own."""
        return self.derive("seal/blind/provider id") if self.use is Use.ANY else self.secret

    def become(self, state: State) -> "Key":
        return Key(self.use, state, self.made, self.secret)


class Counted(NamedTuple):
    """What a ring must have of a use and state."""

    use: Use
    state: State


class Ring:
    """The keys of a file, in its order. A ring is never changed: another takes its place."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys = tuple(keys)
        counts = Counter(Counted(key.use, key.state) for key in self.keys)
        for use in Use:
            if counts[Counted(use, State.CURRENT)] > 1 or counts[Counted(use, State.NEXT)] > 1:
                raise VaultError(f"The key ring has two keys for {use} that are current, or two that are next.")
        if len({key.id for key in self.keys}) < len(self.keys):
            raise VaultError("The key ring has the same key twice.")
        for use in (*ROTATED, Use.PSEUDONYMS):
            self.current(use)

    def __repr__(self) -> str:
        return f"Ring({list(self.keys)})"

    @property
    def is_bare(self) -> bool:
        """Whether its file has the form of one key alone."""
        return [(key.use, key.state) for key in self.keys] == [(Use.ANY, State.CURRENT)]

    def current(self, use: Use) -> Key:
        """The key that seals for a use. Raises VaultError where there is none."""
        for wanted in (use, Use.ANY):
            for key in self.keys:
                if key.use is wanted and key.state is State.CURRENT:
                    return key
        raise VaultError(f"The key ring has no current key for {use}.")

    def of(self, use: Use) -> list[Key]:
        """Every key that may have been used for a use: the current one first."""
        current = self.current(use)
        return [current, *(key for key in self.keys if key.use in (use, Use.ANY) and key is not current)]

    @property
    def upcoming(self) -> list[Key]:
        return [key for key in self.keys if key.state is State.NEXT]

    @property
    def old(self) -> list[Key]:
        return [key for key in self.keys if key.state is State.OLD]

    def with_next(self, made: str) -> "Ring":
        """With a new key beside each that is rotated. A bare file's pseudonyms get a key that makes the same ones."""
        keys = [*self.keys]
        have = {key.use for key in self.upcoming}
        keys += [new_key(use, State.NEXT, made) for use in ROTATED if use not in have]
        before = self.current(Use.PSEUDONYMS)
        if before.use is Use.ANY:
            keys.append(Key(Use.PSEUDONYMS, State.CURRENT, before.made, before.for_pseudonyms))
        return Ring(keys)

    def promoted(self) -> "Ring":
        """The next keys seal from now on; those that did before are old."""
        replaced = {key.use for key in self.upcoming}
        if replaced >= set(ROTATED):
            replaced.add(Use.ANY)

        def after(key: Key) -> Key:
            if key.state is State.NEXT:
                return key.become(State.CURRENT)
            return key.become(State.OLD) if key.use in replaced else key

        return Ring(map(after, self.keys))

    def without(self, ids: Iterable[bytes]) -> "Ring":
        gone = set(ids)
        return Ring(key for key in self.keys if key.id not in gone)

    def text(self) -> str:
        """The form of a file."""
        if self.is_bare:
            return f"{_shown(self.keys[0].secret)}\n"
        return _HEAD + "".join(f"{_line(key)}\n" for key in self.keys)


def new_key(use: Use, state: State, made: str) -> Key:
    return Key(use, state, made, secrets.token_bytes(KEY_BYTES))


def new_ring(made: str) -> Ring:
    """A ring with a random key for each use."""
    return Ring(new_key(use, State.CURRENT, made) for use in (*ROTATED, Use.PSEUDONYMS))


def parse(text: str) -> Ring:
    """The ring of a file's text; raises VaultError with what is wrong, never with a key."""
    lines = [(at, line.partition("#")[0].split()) for at, line in enumerate(text.splitlines(), 1)]
    filled = [(at, words) for at, words in lines if words]
    if not filled:
        raise VaultError(f"The key file is empty; {MAKE_ONE}")
    if len(filled) == 1 and len(filled[0][1]) == 1:
        return Ring([Key(Use.ANY, State.CURRENT, "-", _read_key(filled[0][1][0]))])
    return Ring(_read_line(at, words) for at, words in filled)


def read(path: Path) -> Ring:
    """The ring of a file. Raises VaultError, with what to do, when it cannot be read or others could read it."""
    try:
        mode, text = path.stat().st_mode, path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        what_to_do = f"put your copy back, or for a new database make one with: fanlight keys new {path}"
        raise VaultError(f"The key file {path} cannot be read: {what_to_do}") from error
    if mode & OTHERS:
        raise VaultError(f"The key file {path} can be read by others than its owner: chmod 600 {path}")
    try:
        return parse(text)
    except VaultError as error:
        raise VaultError(f"{path}: {error}") from error


def create(path: Path, made: str = "-") -> None:
    """Make a ring's file readable by its owner alone; raises FileExistsError rather than replace a key."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(new_ring(made).text())
        file.flush()
        os.fsync(file.fileno())
    _sync_directory(path)


def replace(path: Path, ring: Ring) -> None:
    """Put a ring in the place of the one in a file: at every moment the old or the new is there, whole."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)  # of a process that died between the two steps
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(ring.text())
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _sync_directory(path)


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Hold the file's directory, so that two commands do not change one ring. Raises VaultError at once."""
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise VaultError("Another command changes the keys at this moment.") from error
        yield
    finally:
        os.close(handle)


def _read_line(at: int, words: list[str]) -> Key:
    if len(words) != 5:
        raise VaultError(f"Line {at} of the key ring does not have use, state, id, day and key.")
    use, state, key_id, made, text = words
    if use not in list(Use) or state not in list(State):
        raise VaultError(f"Line {at} of the key ring has an unknown use or state; docs/guide/keys.md lists them.")
    try:
        if made != "-":
            date.fromisoformat(made)
    except ValueError as error:
        raise VaultError(f"Line {at} of the key ring has no day such as 2026-11-24, and no dash either.") from error
    key = Key(Use(use), State(state), made, _read_key(text))
    if key.id.hex() != key_id:
        raise VaultError(f"Line {at} of the key ring has another id than its key: one of them was changed.")
    return key


def _read_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, altchars=b"-_", validate=True)
    except ValueError as error:
        raise VaultError(f"The key is not base64url text; {MAKE_ONE}") from error
    if len(key) != KEY_BYTES:
        raise VaultError(f"The key does not have {KEY_BYTES} bytes; {MAKE_ONE}")
    return key


def shown(key: Key) -> str:
    """A key as its file has it."""
    return _shown(key.secret)


def _line(key: Key) -> str:
    return f"{key.use.value:<11} {key.state.value:<8} {key.id.hex()}  {key.made:<10}  {_shown(key.secret)}"


def _shown(secret: bytes) -> str:
    return base64.urlsafe_b64encode(secret).decode()


def _sync_directory(path: Path) -> None:
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

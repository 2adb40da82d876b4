"""A rotation of keys beside a server that runs: every step can be broken off, and is taken up again where it was.

A new key is first known and not yet used, so that no process meets a value that it cannot open, nor looks for one under
a fingerprint that it does not know; then it seals; then what is older is brought under it, piece by piece.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from fanlight import admin
from fanlight.base.clock import Clock, date_of
from fanlight.base.errors import OperatorError
from fanlight.core import audit, resealing
from fanlight.core.resealing import Piece, Rotation
from fanlight.runtime import database_path
from fanlight.settings import Settings
from fanlight.storage import keys, schema
from fanlight.storage.keys import Ring, Use
from fanlight.storage.unit import Unit
from fanlight.storage.vault import LOOK_EVERY, Vault

TAKEN_UP = 2 * LOOK_EVERY + 1.0
"""Seconds after which every process on the machine has surely looked at a changed key file."""
PASSES = 5
"""How often everything is gone over; the second time finds only what was sealed while the first began."""
SHARE = 0.5
"""How much of the time is left to the server: a piece is followed by a pause of this share of its own time."""


class Rotated(NamedTuple):
    """What a rotation did: keys of before and after by use, rows brought under them, values that do not open."""

    before: dict[str, str]
    after: dict[str, str]
    resealed: int
    unopened: list[str]
    was_resumed: bool


class Retired(NamedTuple):
    """Which keys are gone from the ring, and what still rests on those that stay."""

    gone: list[str]
    kept: dict[str, dict[str, int]]


class Rotating:
    """One rotation. `tell` is told of each step; `wait` is the seconds until other processes know a changed file."""

    def __init__(self, settings: Settings, clock: Clock, tell: Callable[[str], None], *, wait: float) -> None:
        self._settings = settings
        self._path = settings.key_path
        self._clock = clock
        self._tell = tell
        self._wait = wait

    def run(self) -> Rotated:
        """From a new key, or from where an earlier run stood, to the end. Raises VaultError, OperatorError."""
        with keys.alone_with(self._path):
            vault = admin.open_vault(self._settings)
            found = admin.look(self._settings, resealing.rotation)
            rotation = found or self._begin(vault.ring)
            self._introduce(vault.ring, rotation)
            resealed, unopened = self._go_over(admin.open_vault(self._settings))
            after = _current(admin.open_vault(self._settings).ring)
            admin.run(self._settings, partial(self._end, after=after, resealed=resealed))
        return Rotated(rotation.before, after, resealed, unopened, found is not None)

    def _begin(self, ring: Ring) -> Rotation:
        rotation = Rotation(_current(ring))

        def work(unit: Unit) -> None:
            resealing.begin(unit, rotation)
            audit.by_operator(unit, audit.ROTATION_BEGUN, _guid(rotation.before), now=self._clock())

        admin.run(self._settings, work)
        return rotation

    def _introduce(self, ring: Ring, rotation: Rotation) -> None:
        """Bring the new keys into the file: known first, current once everybody knows them."""
        if _current(ring) == rotation.before:
            if {key.use for key in ring.upcoming} < set(keys.ROTATED):
                ring = ring.with_next(date_of(self._clock()).isoformat())
                keys.replace(self._path, ring)
            admin.open_vault(self._settings)  # notes the new keys in the database
            self._tell(f"New keys are in {self._path}; waiting until every process knows them.")
            time.sleep(self._wait)
            keys.replace(self._path, ring.promoted())
            self._tell("They seal from now on; what is older follows.")
        time.sleep(self._wait)

    def _go_over(self, vault: Vault) -> tuple[int, list[str]]:
        """Bring everything under the current keys; how many rows, and what does not open."""
        resealed = 0
        for _ in range(PASSES):
            changed, unopened = self._pass(vault)
            resealed += changed
            if not changed:
                return resealed, unopened
        raise OperatorError("Values under older keys keep coming: does a process run with another key file?")

    def _pass(self, vault: Vault) -> tuple[int, list[str]]:
        changed, unopened = 0, list[str]()
        for column in range(len(resealing.NEXT_PIECE)):
            after = 0
            while piece := self._next_piece(vault, column, after):
                changed += self._write(piece)
                unopened += piece.unread
                after = piece.after
        return changed, unopened

    def _next_piece(self, vault: Vault, column: int, after: int) -> Piece | None:
        return admin.look(self._settings, lambda unit: resealing.next_piece(unit, vault, column, after))

    def _write(self, piece: Piece) -> int:
        if not piece.fresh:
            return 0
        begun = time.monotonic()
        written = admin.run(self._settings, partial(resealing.write, piece=piece))
        time.sleep(SHARE * (time.monotonic() - begun))
        return written

    def _end(self, unit: Unit, after: dict[str, str], resealed: int) -> None:
        resealing.end(unit)
        audit.by_operator(unit, audit.ROTATED, _guid(after), now=self._clock(), detail=f"{resealed} rows")


def retire(settings: Settings, clock: Clock, *, force: bool) -> Retired:
    """Take old keys that nothing rests on out of database and file; with `force` those too that something rests on.

    Raises OperatorError while a rotation is under way.
    """
    with keys.alone_with(settings.key_path):
        ring = admin.open_vault(settings).ring
        if admin.look(settings, resealing.rotation) is not None:
            raise OperatorError("A rotation is under way, or was broken off: end it with fanlight keys rotate.")
        resting = by_key(admin.look(settings, resealing.resting), ring)
        kept = {key.id.hex(): resting[key.id.hex()] for key in ring.old if key.id.hex() in resting}
        gone = [key for key in ring.old if force or key.id.hex() not in kept]
        if gone:
            named = ",".join(key.id.hex() for key in gone)
            admin.run(settings, lambda unit: audit.by_operator(unit, audit.KEYS_RETIRED, named, now=clock()))
            # The database first: a file without a key that it asks for would not let a server start.
            schema.forget_keys(database_path(settings), (key.id for key in gone))
            keys.replace(settings.key_path, ring.without(key.id for key in gone))
    return Retired([key.id.hex() for key in gone], {} if force else kept)


def by_key(resting: dict[str, dict[str, int]], ring: Ring) -> dict[str, dict[str, int]]:
    """What rests on each key, by its id. What does not say its key is of a bare file's."""
    bare = next((key.id.hex() for key in ring.keys if key.use is Use.ANY), "unknown")
    found: dict[str, dict[str, int]] = {}
    for column, counts in resting.items():
        for key_id, count in counts.items():
            found.setdefault(key_id or bare, {})[column] = count
    return found


def make(path: Path, clock: Clock) -> None:
    """A new key file with a key for each use. Raises FileExistsError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys.create(path, date_of(clock()).isoformat())


def _current(ring: Ring) -> dict[str, str]:
    return {use.value: ring.current(use).id.hex() for use in keys.ROTATED}


def _guid(current: dict[str, str]) -> str:
    """The ids of keys, which say nothing of the keys."""
    return ",".join(dict.fromkeys(current.values()))

"""The laboratory: how long and how often, a place for files, and which processor core is whose."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"


class Cores(NamedTuple):
    """The server's core and the load's; None where processes cannot be pinned or there is only one."""

    server: int | None
    load: int | None


class Lab(NamedTuple):
    """What every benchmark is given. `seconds` is how long one stretch of load lasts."""

    runs: int
    seconds: float
    quick: bool
    place: Path
    cores: Cores

    def folder(self, name: str) -> Path:
        """A fresh folder for one benchmark."""
        path = self.place / name
        path.mkdir()
        return path


def find_cores() -> Cores:
    """The first core for what is measured, the last for what measures."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores(None, None)
    allowed = sorted(os.sched_getaffinity(0))
    return Cores(allowed[0], allowed[-1]) if len(allowed) > 1 else Cores(None, None)


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Processes that are started inside stay on this core with all their threads: they inherit it."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)

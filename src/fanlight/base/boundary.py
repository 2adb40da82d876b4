"""The boundary of a unit of work: no institution is ever spoken to while a database transaction is open."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_here = threading.local()


@contextmanager
def unit_of_work() -> Iterator[None]:
    """Mark this thread as inside a unit."""
    _here.depth = getattr(_here, "depth", 0) + 1
    try:
        yield
    finally:
        _here.depth -= 1


def check_outside_unit() -> None:
    """Raise RuntimeError inside a unit: called before anything goes out to the network."""
    if getattr(_here, "depth", 0):
        raise RuntimeError("An institution cannot be called inside a unit of work.")

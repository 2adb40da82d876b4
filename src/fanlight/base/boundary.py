"""The boundary of a unit of work: no institution is ever spoken to while a database transaction is open."""

import threading
from types import TracebackType

_here = threading.local()


class UnitsOfWork:
    """Marks this thread as running units for as long as the block lasts."""

    __slots__ = ()

    def __enter__(self) -> None:
        _here.runs_units = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _here.runs_units = False


def check_outside_unit() -> None:
    """Raise RuntimeError inside a unit: called before anything goes out to the network."""
    if getattr(_here, "runs_units", False):
        raise RuntimeError("An institution cannot be called inside a unit of work.")

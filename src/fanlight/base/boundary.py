"""The boundary of a unit of work: no institution is ever spoken to while a database transaction is open.

Units run in the store's own threads and nowhere else, so the mark is on the thread and costs a unit nothing.
"""

import threading

_here = threading.local()


def enter_store_thread() -> None:
    """Mark this thread as one that runs units of work and nothing else."""
    _here.runs_units = True


def check_outside_unit() -> None:
    """Raise RuntimeError inside a unit: called before anything goes out to the network."""
    if getattr(_here, "runs_units", False):
        raise RuntimeError("An institution cannot be called inside a unit of work.")

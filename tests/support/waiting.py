"""Waiting for what is done in the background, no longer than a test should take."""

import time
from collections.abc import Callable

PATIENCE = 20.0


def eventually(holds: Callable[[], bool], patience: float = PATIENCE) -> bool:
    """Whether something comes to hold; looked at every few milliseconds."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.01)
    return False

"""A bounded memory of things with an end: pushed requests, open windows, codes."""

from collections import OrderedDict
from typing import Generic, TypeVar

from fanlight.base.clock import Clock

T = TypeVar("T")


class Expiring(Generic[T]):
    """Values by key for a fixed time; when full, the oldest goes first."""

    def __init__(self, clock: Clock, lifetime: int, limit: int) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._limit = limit
        self._items: OrderedDict[str, tuple[int, T]] = OrderedDict()

    def put(self, key: str, value: T) -> None:
        self._items[key] = (self._clock() + self._lifetime, value)
        self._shrink()

    def get(self, key: str) -> T | None:
        """The value while it lives."""
        found = self._items.get(key)
        return found[1] if found is not None and self._clock() < found[0] else None

    def pop(self, key: str) -> T | None:
        """The value while it lives; it is gone afterwards."""
        found = self._items.pop(key, None)
        return found[1] if found is not None and self._clock() < found[0] else None

    def __len__(self) -> int:
        return len(self._items)

    def _shrink(self) -> None:
        now = self._clock()
        while self._items:
            ends, _ = next(iter(self._items.values()))
            if now < ends and len(self._items) <= self._limit:
                return
            self._items.popitem(last=False)

"""What the bank was asked for, counted by brand and kind: the outside view that tests of a client need."""

from collections import Counter


class Activity:
    """Counters that only grow; `kind` is one of a few words such as `par`, `token`, `refresh`, `fdx`."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, brand: str, kind: str) -> None:
        self._counts[brand, kind] += 1

    def of(self, brand: str, kind: str) -> int:
        """How often this happened since the process began."""
        return self._counts[brand, kind]

    def by_kind(self, brand: str) -> dict[str, int]:
        """All counters of one brand."""
        return {kind: number for (code, kind), number in sorted(self._counts.items()) if code == brand}

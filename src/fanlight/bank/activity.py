"""What the bank was asked for, counted by brand and kind: the outside view that tests of a client need."""

from collections import OrderedDict

# Codes of invented brands are whatever somebody writes into a URL.
REMEMBERED = 10_000


class Activity:
    """Counters that only grow; `kind` is one of a few words such as `par`, `token`, `refresh`, `fdx`, `ofx`.

    There is an end to how many are kept: the one that was not counted on for longest is forgotten first.
    """

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, str], int] = OrderedDict()

    def count(self, brand: str, kind: str) -> None:
        self._counts[brand, kind] = self.of(brand, kind) + 1
        self._counts.move_to_end((brand, kind))
        if len(self._counts) > REMEMBERED:
            self._counts.popitem(last=False)

    def of(self, brand: str, kind: str) -> int:
        """How often this happened since the process began."""
        return self._counts.get((brand, kind), 0)

    def by_kind(self, brand: str) -> dict[str, int]:
        """All counters of one brand."""
        return {kind: number for (code, kind), number in sorted(self._counts.items()) if code == brand}

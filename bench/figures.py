"""What a benchmark is made of: a row with its target, the figures that came out, and the reason where none did."""

import statistics
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from bench.lab import Lab


class Target(NamedTuple):
    """A bound; `least` says on which side of it a good figure lies."""

    bound: float
    unit: str
    least: bool = True

    def is_met(self, figure: float) -> bool:
        return figure >= self.bound if self.least else figure <= self.bound


def at_least(bound: float, unit: str = "") -> Target:
    return Target(bound, unit)


def at_most(bound: float, unit: str = "") -> Target:
    return Target(bound, unit, least=False)


class Figures(NamedTuple):
    """One figure for each run, and what a reader should know of them."""

    values: tuple[float, ...]
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)


class Absent(NamedTuple):
    """No figures, and why; `is_fault` when there should have been some."""

    reason: str
    is_fault: bool = False


Outcome: TypeAlias = Figures | Absent
Bench: TypeAlias = Callable[[Lab, frozenset[str]], Mapping[str, Outcome]]
"""Measures the rows that are wanted, by their names."""


class Row(NamedTuple):
    """A line of the table."""

    name: str
    about: str
    target: Target
    bench: Bench


class Wrong(Exception):
    """What was measured did not do what it should: such a figure is worth nothing."""


def measure(row_set: tuple[Row, ...], lab: Lab, tell: Callable[[str], None]) -> dict[str, Outcome]:
    """Run each benchmark once for all of its rows; one that fails leaves the others alone."""
    outcomes: dict[str, Outcome] = {}
    for bench in dict.fromkeys(row.bench for row in row_set):
        wanted = frozenset(row.name for row in row_set if row.bench is bench)
        tell(f"measuring {', '.join(sorted(wanted))} ...")
        try:
            outcomes |= bench(lab, wanted)
        except Exception as error:  # noqa: BLE001 - said in the table, and in the exit status
            reason = f"{type(error).__name__}: {error}"
            outcomes |= {name: Absent(reason, is_fault=True) for name in wanted}
    return outcomes

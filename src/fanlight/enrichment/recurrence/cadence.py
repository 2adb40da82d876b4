"""Cadences: how far apart the occurrences of a series are."""

from enum import IntEnum
from typing import NamedTuple


class Cadence(IntEnum):
    """`recurrence_type`. Only EVERY_MONTH, 3, is documented; the other numbers and names are ours."""

    EVERY_WEEK = 1
    EVERY_TWO_WEEKS = 2
    EVERY_MONTH = 3
    TWICE_A_MONTH = 4
    EVERY_QUARTER = 5
    EVERY_YEAR = 6


class Measure(NamedTuple):
    """What a cadence allows, in days.

    `slack`: how far an occurrence may be off to count, `blur`: how far all may be on average. `patience`: after how
    long it is overdue. `gone`: how many overdue in a row end the series; `bridged`: how many may be missing within it.
    `months`: how many there are from one to the next, 0 for what goes by weeks.
    """

    period: float
    slack: int
    blur: float
    patience: int
    gone: int
    bridged: int
    months: int = 0


MEASURES = {
    Cadence.EVERY_WEEK: Measure(7, 2, 0.6, 3, 3, 3),
    Cadence.EVERY_TWO_WEEKS: Measure(14, 4, 1.0, 4, 2, 2),
    Cadence.TWICE_A_MONTH: Measure(15.2, 5, 1.1, 4, 2, 2),
    Cadence.EVERY_MONTH: Measure(30.4, 8, 2.8, 7, 2, 2, 1),
    Cadence.EVERY_QUARTER: Measure(91.3, 14, 3.5, 12, 2, 1, 3),
    Cadence.EVERY_YEAR: Measure(365.2, 20, 5.0, 30, 1, 1, 12),
}

"""Cadences: how far apart the occurrences of a series are."""

from enum import IntEnum


class Cadence(IntEnum):
    """`recurrence_type`. Only EVERY_MONTH, 3, is documented; the other numbers and names are ours."""

    EVERY_WEEK = 1
    EVERY_TWO_WEEKS = 2
    EVERY_MONTH = 3
    TWICE_A_MONTH = 4
    EVERY_QUARTER = 5
    EVERY_YEAR = 6

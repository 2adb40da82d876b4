"""Fitting: how well occurrences follow a cadence, as evidence for a series against chance. Pure; days are ordinals.

Evidence is counted in natural logarithms of odds. A step from one occurrence to the next speaks for a series by how
little days are off compared with the period, and by how alike the two amounts are; what is missing in between, and what
came beside it, speaks against it.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from fanlight.enrichment.recurrence import grids
from fanlight.enrichment.recurrence.cadence import MEASURES, Cadence
from fanlight.enrichment.recurrence.grids import Grid

LEAST = 3
"""How often something has come before it is said to come again."""
LEAST_EVIDENCE = 6.5
"""Below this it is chance."""
LEAST_OF_STEP = 0.6
"""The same for the mean of its steps: a long history of what is nearly even is no series."""
_MISSING = 1.8
_BESIDE = 2.0
_DOUBLE = 1.0
_OUTSIDE = 1.5
_LEFT_OUT = 0.2
"""The share of due days on which nothing may have come; one of them always may."""
_DISTURBED = 0.34
"""How much may have come beside a series and within it, as a share of it."""
_FREE_STEP = 0.5
_OFTEN = 20
_UNSTEADY = 0.2
"""By how much amounts that come more often than monthly may differ, the median of it."""
_RESTLESS = 0.35
"""Beyond this, with what came beside them, it is not looked for."""
_MOST = 3.9
_ALIKE = ((0.0, 1.5), (0.02, 1.0), (0.1, 0.4), (0.25, -0.3), (0.6, -1.0))
_UNLIKE = -1.8


class Fit(NamedTuple):
    """Occurrences (by their places, in order of days) that follow a grid, each on its slot."""

    evidence: float
    grid: Grid
    places: tuple[int, ...]
    slots: tuple[int, ...]


class _Run(NamedTuple):
    places: list[int]
    slots: list[int]
    off: list[int]


def best_fit(places: Sequence[int], days: Sequence[int], amounts: Sequence[int]) -> Fit | None:
    """The cadence that these occurrences follow best, None when that may be chance.

    `days` and `amounts` are of the whole group, `places` says which of them are meant; days do not fall.
    """
    own = [days[place] for place in places]
    unique = sorted(set(own))
    if len(unique) < LEAST:
        return None
    apart = sorted([difference(amounts[one], amounts[other]) for one, other in pairwise(places)])
    is_steady = apart[len(apart) // 2] <= _RESTLESS
    best = None
    for grid in _grids(unique, own, is_steady=is_steady):
        fit = _fit(grid, places, days, amounts)
        if fit is not None and (best is None or fit.evidence > best.evidence):
            best = fit
            if len(fit.places) == len(places) and _is_plain(fit, days):
                break
    return best


def _is_plain(fit: Fit, days: Sequence[int]) -> bool:
    """Whether there is no use in looking at other grids: nearly all came on the very day."""
    off = sum(abs(mark[1]) for mark in fit.grid.marks([days[place] for place in fit.places]))
    return off * 10 <= len(fit.places)


def evidence_of(grid: Grid, slots: Sequence[int], off: Sequence[int], amounts: Sequence[int], beside: float) -> float:
    """The evidence of a chain, negative when one of its limits is not kept."""
    steps = len(slots) - 1
    apart = [difference(one, other) for one, other in pairwise(amounts)]
    measure = MEASURES[grid.cadence]
    if measure.period < _OFTEN and median(apart) > _UNSTEADY:
        return -1.0
    blur = sum(map(abs, off)) / len(off)
    missing = slots[-1] - slots[0] - steps
    if blur > measure.blur or missing > max(1, _LEFT_OUT * (slots[-1] - slots[0] + 1)):
        return -1.0
    of_day = min(_MOST, math.log(measure.period / (2 * blur + 0.6)))
    total = steps * of_day + sum(map(_of_amounts, apart)) - missing * _MISSING - beside
    total -= of_day if grid.second else _FREE_STEP if grid.step > 14 else 0
    return total if total >= steps * LEAST_OF_STEP else -1.0


def difference(one: int, other: int) -> float:
    """How far two amounts are apart, as a share of the greater one."""
    greater = max(one, other)
    return abs(one - other) / greater if greater else 0.0


def _of_amounts(apart: float) -> float:
    for most, evidence in _ALIKE:
        if apart <= most:
            return evidence
    return _UNLIKE


def _grids(unique: Sequence[int], own: Sequence[int], *, is_steady: bool) -> Iterator[Grid]:
    """Grids of the cadences that are about as far apart as these days are."""
    apart = sorted(after - before for before, after in pairwise(unique))
    usual, mean = apart[len(apart) // 2], (unique[-1] - unique[0]) / len(apart)
    for cadence, measure in MEASURES.items():
        if measure.period < _OFTEN and not is_steady:
            continue
        least, most = measure.period / 1.7, measure.period * 1.7
        if least <= usual <= most or least <= mean <= most:
            for make in _MAKERS[cadence]:
                grid = make(own)
                if grid is not None:
                    yield grid


_MAKERS: dict[Cadence, tuple[Callable[[Sequence[int]], Grid | None], ...]] = {
    Cadence.EVERY_WEEK: (lambda days: grids.by_step(Cadence.EVERY_WEEK, 7, days),),
    Cadence.EVERY_TWO_WEEKS: (lambda days: grids.by_step(Cadence.EVERY_TWO_WEEKS, 14, days),),
    Cadence.TWICE_A_MONTH: (grids.by_halves,),
    Cadence.EVERY_MONTH: (
        lambda days: grids.by_month(Cadence.EVERY_MONTH, days),
        lambda days: grids.by_step(Cadence.EVERY_MONTH, 30, days),
        lambda days: grids.by_step(Cadence.EVERY_MONTH, 28, days),
    ),
    Cadence.EVERY_QUARTER: (lambda days: grids.by_month(Cadence.EVERY_QUARTER, days),),
    Cadence.EVERY_YEAR: (lambda days: grids.by_month(Cadence.EVERY_YEAR, days),),
}


def _fit(grid: Grid, places: Sequence[int], days: Sequence[int], amounts: Sequence[int]) -> Fit | None:
    """The stretch with the most evidence, of those that a grid makes."""
    slack = MEASURES[grid.cadence].slack
    marks = grid.marks([days[place] for place in places])
    near = [(*mark, place) for mark, place in zip(marks, places, strict=True) if abs(mark[1]) <= slack]
    fits = []
    for run in _runs(near, MEASURES[grid.cadence].bridged, amounts):
        beside = _beside(run, places, days) if len(run.places) >= LEAST else None
        if beside is not None:
            evidence = evidence_of(grid, run.slots, run.off, [amounts[place] for place in run.places], beside)
            if evidence >= LEAST_EVIDENCE:
                fits.append(Fit(evidence, grid, tuple(run.places), tuple(run.slots)))
    return max(fits, key=lambda fit: fit.evidence, default=None)


def _runs(near: list[tuple[int, int, int]], bridged: int, amounts: Sequence[int]) -> list[_Run]:
    """Stretches without too many slots missing; of several occurrences on a slot the one that goes on best."""
    near.sort()
    runs: list[_Run] = []
    at = 0
    while at < len(near):
        slot, end = near[at][0], at
        while end < len(near) and near[end][0] == slot:
            end += 1
        if not runs or slot - runs[-1].slots[-1] > bridged + 1:
            runs.append(_Run([], [], []))
        run = runs[-1]
        chosen = near[at] if end - at == 1 else _goes_on(near[at:end], run, amounts)
        run.slots.append(slot)
        run.off.append(chosen[1])
        run.places.append(chosen[2])
        at = end
    return runs


def _goes_on(near: list[tuple[int, int, int]], run: _Run, amounts: Sequence[int]) -> tuple[int, int, int]:
    if not run.places:
        return min(near, key=lambda each: (abs(each[1]), each[2]))
    before = amounts[run.places[-1]]
    return min(near, key=lambda each: (int(10 * difference(before, amounts[each[2]])), abs(each[1]), each[2]))


def _beside(run: _Run, places: Sequence[int], days: Sequence[int]) -> float | None:
    """What speaks against a stretch: what came within it, or before or after it, and is no part of it.

    A double of the same day weighs less. None when there is too much of it.
    """
    own, on = set(run.places), {days[place] for place in run.places}
    first, last = days[run.places[0]], days[run.places[-1]]
    others = [days[place] for place in places if place not in own and first <= days[place] <= last]
    outside = len(places) - len(own) - len(others)
    if outside > len(run.places) or len(others) > max(1, _DISTURBED * len(run.places)):
        return None
    return outside * _OUTSIDE + sum(_DOUBLE if day in on else _BESIDE for day in others)

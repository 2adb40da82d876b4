"""Measures recurrence: the series of households whose truth is known are looked for, and compared with it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from fanlight.enrichment.recurrence import Cadence, Occurrence, Series, Status, find
from tools.quality import recurrence_worlds
from tools.quality.recurrence_worlds import Group, Truth, World

LEAST = 3
SEEDS = range(1_000, 1_300)
"""Households that nobody looked at while the finder was made; that was done with the seeds 0 to 99."""
NEAR_DAYS = 3
_SHARED = 0.75
# So many periods after the last occurrence it is plain that a series ended.
_PLAINLY_OVER = {Cadence.EVERY_WEEK: 5.0, Cadence.EVERY_YEAR: 1.2}
_DAYS = {
    Cadence.EVERY_WEEK: 7, Cadence.EVERY_TWO_WEEKS: 14, Cadence.TWICE_A_MONTH: 16, Cadence.EVERY_MONTH: 31,
    Cadence.EVERY_QUARTER: 92, Cadence.EVERY_YEAR: 366,
}  # fmt: skip
Found = Series[int, Group]
_INTRODUCTION = """
## Recurrence

{worlds} invented households (seeds {first} to {last}; the finder was made with the seeds 0 to 99) have pay, rent, bills
that follow the seasons, loans, insurances, memberships, classes and subscriptions on up to 1,200 days, and beside them
shopping, coffee at a few prices, lunch at one, fares, a barber and a market. Payments are moved over weekends and
holidays, paid early or late by hand, left out or doubled; they end, or go on at a new price or on another day; some
merchants have two subscriptions, or are shopped at too. Series that came three times or more are looked for
(`enrichment/recurrence`). One is found when it shares three quarters of its occurrences with what is true. Of those
that go on it is asked whether the next day is within three days of when it is due; of those that plainly ended, whether
that is known.

What is missed is nearly all of one kind: a yearly fee at a merchant at which much else is bought for any amount.

"""


class Score(NamedTuple):
    """Counts: how many series there are and were found, and what of those that are both is right."""

    true: int = 0
    found: int = 0
    both: int = 0
    cadence: int = 0
    going: int = 0
    next_near: int = 0
    ended: int = 0
    ended_known: int = 0

    @property
    def recall(self) -> float:
        return self.both / self.true if self.true else 1.0

    @property
    def precision(self) -> float:
        return self.both / self.found if self.found else 1.0


def measure(seeds: Iterable[int]) -> dict[Cadence, Score]:
    """Scores by cadence: of what is true by the true one, of what is nothing by the one that was found."""
    counts: Counter[tuple[Cadence, str]] = Counter()
    for seed in seeds:
        world = recurrence_worlds.make(seed)
        for cadence, name in _counted(world, look(world)):
            counts[cadence, name] += 1
    return {each: Score(**{name: counts[each, name] for name in Score._fields}) for each in Cadence}


def total(scores: Iterable[Score]) -> Score:
    return Score(*map(sum, zip(*scores, strict=True)))


def look(world: World) -> list[Found]:
    happened = world.happened
    return find((Occurrence(each.key, each.group, each.day, each.cents * 10_000) for each in happened), world.today)


def matched(truths: Iterable[Truth], found: list[Found]) -> Iterator[tuple[Truth, Found | None]]:
    """Each true series with what was found for it: what shares three quarters of the occurrences of both."""
    for truth in truths:
        pairs = ((len(truth.keys.intersection(each.keys)), each) for each in found)
        shared, best = max(pairs, key=lambda pair: pair[0], default=(0, None))
        is_same = best is not None and shared >= _SHARED * max(len(truth.keys), len(best.keys))
        yield truth, best if is_same else None


def _counted(world: World, found: list[Found]) -> Iterator[tuple[Cadence, str]]:
    truths = [truth for truth in world.truths if len(truth.keys) >= LEAST]
    pairs = list(matched(truths, found))
    right = {id(each) for _, each in pairs if each is not None}
    for each in found:
        if id(each) not in right:
            yield each.cadence, "found"
    for truth, series in pairs:
        yield truth.cadence, "true"
        if series is not None:
            for name in ("found", "both", *_right(world, truth, series)):
                yield truth.cadence, name


def _right(world: World, truth: Truth, series: Found) -> Iterator[str]:
    if series.cadence is truth.cadence:
        yield "cadence"
    if truth.next_due is not None:
        yield "going"
        if series.next_on is not None and abs((series.next_on - truth.next_due).days) <= NEAR_DAYS:
            yield "next_near"
    elif (world.today - truth.last).days > _DAYS[truth.cadence] * _PLAINLY_OVER.get(truth.cadence, 3.2):
        yield "ended"
        if series.status is Status.ENDED:
            yield "ended_known"


def report(scores: dict[Cadence, Score]) -> str:
    """A table of Markdown."""
    head = (
        "series",
        "true",
        "found",
        "recall",
        "precision",
        "cadence right",
        f"next day within {NEAR_DAYS}",
        "end known",
    )
    rows = [[cadence.name, *_cells(score)] for cadence, score in scores.items()]
    rows.append(["**all**", *_cells(total(scores.values()))])
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def page() -> str:
    """The section of docs/quality.md."""
    first, last = SEEDS[0], SEEDS[-1]
    return _INTRODUCTION.format(worlds=len(SEEDS), first=first, last=last) + report(measure(SEEDS))


def _cells(score: Score) -> list[str]:
    shares = [
        f"{score.recall:.3f}",
        f"{score.precision:.3f}",
        *(_share(*each) for each in (
            (score.cadence, score.both), (score.next_near, score.going), (score.ended_known, score.ended),
        )),
    ]  # fmt: skip
    return [f"{score.true:,}", f"{score.found:,}", *shares]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"

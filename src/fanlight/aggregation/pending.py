"""Pending: which of the transactions that waited a posted one was. Pure.

Institutions often give the posted one another id, another text, a tip on top and a later day, and say nothing of what
it was. So the surest links are made first, and what they leave is looked at with less; each look is bounded, so that a
feed of any size costs about as much for each of its transactions.
"""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from enum import Enum
from typing import NamedTuple, TypeVar

from fanlight.aggregation.sights import Likeness, Sight, likeness, stem

T = TypeVar("T", bound=Hashable)

POSTS_WITHIN_DAYS = 10
TIP_PERCENT = 135
"""A posted amount may be this much of the pending one."""
CANDIDATES = 8
"""How many waiting ones are compared for one posted transaction in one look; people have a handful."""
WHOLE = 1_000_000
MOST_HELD = 200 * WHOLE
"""Holds, as at petrol pumps, are for whole amounts that are not large."""


class Found(Enum):
    """How a link was found."""

    REFERENCE = "the institution says it"
    EXACT = "equal amounts and like texts"
    TIP = "a tip on top and like texts"
    CHOSEN = "one of several that fit as well"
    UNNAMED = "equal amounts, and a text that names nobody"
    HOLD = "a whole amount was held that day for the same name"


class Link(NamedTuple):
    posted: Sight
    pending: Sight
    found: Found


class _Candidate(NamedTuple):
    """A possible link; the least is the likest: of its own day, with like words, of a near day, with a small tip."""

    is_of_another_day: bool
    unlikeness: int
    days: int
    tip: int
    posted: Sight
    pending: Sight

    @property
    def score(self) -> tuple[bool, int, int, int]:
        return self[:4]


class _Sides:
    """Posted ones that are new and pending ones that are not there any more, as long as they are not linked."""

    def __init__(self, told: Iterable[Sight], known: Iterable[Sight]) -> None:
        # In an order of their own, so that the order of a feed decides nothing.
        posted = sorted((each for each in told if not each.is_pending), key=_order)
        waiting = sorted((each for each in known if each.is_pending), key=_order)
        self.posted = {each.at: each for each in posted}
        self.waiting = {each.at: each for each in waiting}
        self.links: list[Link] = []

    def link(self, posted: Sight, pending: Sight, found: Found) -> None:
        if posted.at in self.posted and pending.at in self.waiting:
            del self.posted[posted.at], self.waiting[pending.at]
            self.links.append(Link(posted, pending, found))

    def waiting_by(self, by: Callable[[Sight], T]) -> dict[T, list[Sight]]:
        groups: dict[T, list[Sight]] = defaultdict(list)
        for each in self.waiting.values():
            groups[by(each)].append(each)
        return groups


def link(told: Iterable[Sight], known: Iterable[Sight], *, by_reference_only: bool = False) -> list[Link]:
    """Link what posted with what waited; both sides as far as they are not known by anything surer.

    `by_reference_only`: one that refers to something else than what waits has been that, though it is not known.
    """
    sides = _Sides(told, known)
    if not (sides.posted and sides.waiting):
        return []
    _by_reference(sides, is_last_word=by_reference_only)
    _by_equal_text(sides)
    _by_like_text(sides, _exact, _named, Found.EXACT)
    _by_like_text(sides, _tipped, _worded, Found.TIP)
    _by_like_text(sides, _tipped, _named, Found.TIP)
    _by_amount_alone(sides)
    _by_hold(sides)
    return sides.links


def is_tipped(posted: int, pending: int) -> bool:
    """Whether an amount is the other one, or that with a tip."""
    return pending <= posted <= pending * TIP_PERCENT // 100


def _by_reference(sides: _Sides, *, is_last_word: bool) -> None:
    by_id = {each.id: each for each in sides.waiting.values() if each.id is not None}
    for posted in list(sides.posted.values()):
        pending = by_id.get(posted.reference or "")
        if pending is not None and pending.key.transaction_type == posted.key.transaction_type:
            sides.link(posted, pending, Found.REFERENCE)
        elif posted.reference is not None and is_last_word:
            del sides.posted[posted.at]


def _by_equal_text(sides: _Sides) -> None:
    """Equal in all but the day: those of one day first; where only the day of booking is told, in their order."""
    lines = {key: iter(each) for key, each in sides.waiting_by(_lasting).items()}
    for posted in list(sides.posted.values()):
        pending = next(lines.get(_lasting(posted), iter(())), None)
        if pending is not None:
            sides.link(posted, pending, Found.EXACT)
    queues = {key: deque(each) for key, each in sides.waiting_by(lambda sight: _lasting(sight)[:3]).items()}
    for posted in list(sides.posted.values()):
        queue = queues.get(_lasting(posted)[:3])
        if posted.transacted is None and queue:
            _first_come(sides, posted, queue)


def _first_come(sides: _Sides, posted: Sight, queue: deque[Sight]) -> None:
    """The longest waiting one that is not too old posts first."""
    while queue and posted.key.day - queue[0].key.day > POSTS_WITHIN_DAYS:
        queue.popleft()
    if queue and queue[0].key.day <= posted.key.day:
        sides.link(posted, queue.popleft(), Found.EXACT)


def _by_like_text(
    sides: _Sides,
    near: Callable[[Sight, list[Sight]], Iterable[Sight]],
    named: Callable[[Sight], tuple[int, str]],
    found: Found,
) -> None:
    """The likest first, over all of them; where several fit equally well, one is chosen."""
    lines = sides.waiting_by(named)
    for line in lines.values():
        line.sort(key=_by_amount)
    candidates = [
        each
        for posted in sides.posted.values()
        if stem(posted.key.text)
        for each in _candidates(posted, near(posted, lines.get(named(posted), [])))
    ]
    rivals: dict[Hashable, set[Hashable]] = defaultdict(set)
    for each in candidates:
        rivals[each.score, each.pending.at].add(each.posted.key)
    for each in sorted(candidates, key=lambda each: each.score):
        is_only = len(rivals[each.score, each.pending.at]) == 1
        sides.link(each.posted, each.pending, found if is_only else Found.CHOSEN)


def _candidates(posted: Sight, waiting: Iterable[Sight]) -> Iterator[_Candidate]:
    for pending in waiting:
        days, alike = posted.key.day - pending.key.day, likeness(posted, pending)
        if 0 <= days <= _most_days(posted, pending) and alike >= Likeness.NAME:
            tip = posted.key.amount - pending.key.amount
            yield _Candidate(posted.transacted is None or days > 0, -alike, days, tip, posted, pending)


def _most_days(posted: Sight, pending: Sight) -> int:
    """How far apart their days may be: not at all, where both tell the day of the purchase itself."""
    return POSTS_WITHIN_DAYS if None in (posted.transacted, pending.transacted) else 0


def _exact(posted: Sight, line: list[Sight]) -> Iterator[Sight]:
    """Those that waited with the same amount, the nearest days first."""
    first = bisect_left(line, _by_amount(posted), key=_by_amount)
    for each in line[first : first + CANDIDATES]:
        if each.key.amount != posted.key.amount:
            return
        yield each


def _tipped(posted: Sight, line: list[Sight]) -> Iterator[Sight]:
    """Those that waited with a little less, the smallest tips first."""
    end = bisect_left(line, posted.key.amount, key=lambda each: each.key.amount)
    for each in reversed(line[max(0, end - CANDIDATES) : end]):
        if not is_tipped(posted.key.amount, each.key.amount):
            return
        yield each


def _by_amount_alone(sides: _Sides) -> None:
    """The only one with its amount on both sides, where the words do not say that it is another."""
    for posted, pending in _lonely(sides, lambda sight: (sight.key.transaction_type, sight.key.amount)):
        if likeness(posted, pending) >= Likeness.SOMEWHERE:
            sides.link(posted, pending, Found.UNNAMED)


def _by_hold(sides: _Sides) -> None:
    """The only one of its name and day on both sides, where a whole amount was held."""
    for posted, pending in _lonely(sides, lambda sight: (sight.key.day, stem(sight.key.text))):
        is_alike = likeness(posted, pending) >= Likeness.NAME
        is_held = pending.key.amount % WHOLE == 0 and pending.key.amount <= MOST_HELD
        is_held = is_held and posted.transacted is not None
        if is_alike and is_held and posted.key.transaction_type == pending.key.transaction_type:
            sides.link(posted, pending, Found.HOLD)


def _lonely(sides: _Sides, by: Callable[[Sight], Hashable]) -> list[tuple[Sight, Sight]]:
    """Those that are the only ones on both sides, and post within the days in which that happens."""
    waiting, posted = sides.waiting_by(by), defaultdict(list)
    for each in sides.posted.values():
        posted[by(each)].append(each)
    pairs = [(line[0], waiting[place][0]) for place, line in posted.items() if len(line) == 1 == len(waiting[place])]
    return [pair for pair in pairs if 0 <= pair[0].key.day - pair[1].key.day <= _most_days(*pair)]


def _named(sight: Sight) -> tuple[int, str]:
    return sight.key.transaction_type, stem(sight.key.text)


def _worded(sight: Sight) -> tuple[int, str]:
    return sight.key.transaction_type, sight.key.text


def _by_amount(sight: Sight) -> tuple[int, int]:
    """An order by amount, and from the latest day on."""
    return sight.key.amount, -sight.key.day


def _lasting(sight: Sight) -> tuple[int, int, str, int]:
    """What is equal of a pending and a posted one that nothing was added to."""
    return sight.key.transaction_type, sight.key.amount, sight.key.text, sight.key.day


def _order(sight: Sight) -> tuple[int, str, int, str, int]:
    return sight.key.day, sight.key.text, sight.key.amount, sight.id or "", sight.at

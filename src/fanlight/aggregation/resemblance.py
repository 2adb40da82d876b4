"""Resemblance: those of two sides that stand in one place and fit each other and nobody else. Pure.

A place is a value that both have, such as an amount with a day. Looks are bounded: where many crowd into one place,
none of them is told apart.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from fanlight.aggregation.sights import Likeness, Sight, likeness, stem

T = TypeVar("T", bound=Hashable)

NEAR_DAYS = 10
"""How far the date of one transaction may move."""
CROWD = 8
"""More than this in one place are not told apart."""


def only(
    told: Iterable[Sight],
    known: Iterable[Sight],
    places: Callable[[Sight], Iterable[Hashable]],
    fits: Callable[[Sight, Sight], bool],
) -> list[tuple[Sight, Sight]]:
    """Those that stand in one place and fit each other and nobody else, but for twins of theirs."""
    standing: dict[Hashable, list[Sight]] = defaultdict(list)
    for each in known:
        for place in places(each):
            standing[place].append(each)
    if not standing:
        return []
    fitting: dict[tuple[Hashable, Hashable], list[tuple[Sight, Sight]]] = defaultdict(list)
    for one in told:
        for place in places(one):
            others = standing.get(place, [])
            for other in others if len(others) <= CROWD else ():
                if fits(one, other):
                    fitting[_whole(one), _whole(other)].append((one, other))
    ours, theirs = Counter(key for key, _ in fitting), Counter(key for _, key in fitting)
    alone = [each for (one, other), each in fitting.items() if ours[one] == 1 == theirs[other]]
    return [pair for each in alone for pair in _one_by_one(each)]


def _one_by_one(fitting: Iterable[tuple[Sight, Sight]]) -> Iterator[tuple[Sight, Sight]]:
    """Of twins that fit all of each other's twins, as many pairs as there can be."""
    ours, theirs = set(), set()
    for one, other in fitting:
        if one.at not in ours and other.at not in theirs:
            ours.add(one.at)
            theirs.add(other.at)
            yield one, other


def _whole(sight: Sight) -> Hashable:
    """All that is told of a transaction: twins have it in common."""
    return sight.key, sight.posted, sight.transacted, sight.balance


def balances(sight: Sight) -> Iterable[Hashable]:
    """Nothing else leaves the same balance with the same amount."""
    return () if sight.balance is None or sight.is_pending else ((*amount_of(sight), sight.balance),)


def every_day(sight: Sight) -> Iterable[Hashable]:
    return ((*amount_of(sight), sight.key.day, sight.posted, sight.transacted),)


def any_day(sight: Sight) -> Iterable[Hashable]:
    """Each day that is told: one of them may be what was told before."""
    told = {("day", sight.key.day), ("posted", sight.posted), ("transacted", sight.transacted)}
    return [(*amount_of(sight), *each) for each in told if each[1] is not None]


def names(sight: Sight) -> Iterable[Hashable]:
    return ((*amount_of(sight), stem(sight.key.text)),)


def is_near(told: Sight, known: Sight) -> bool:
    return abs(told.key.day - known.key.day) <= NEAR_DAYS


def is_longer(told: Sight, known: Sight) -> bool:
    """Whether all words of the one are in the other."""
    return likeness(told, known) >= Likeness.LONGER and _agree(told, known)


def is_unnamed(told: Sight, known: Sight) -> bool:
    return likeness(told, known) is Likeness.UNNAMED and _agree(told, known)


def is_postponed(told: Sight, known: Sight) -> bool:
    """A pending one whose date is moved on for as long as it waits."""
    is_later = 0 <= told.key.day - known.key.day <= NEAR_DAYS
    return is_later and likeness(told, known) >= Likeness.LONGER and _agree(told, known)


def _agree(told: Sight, known: Sight) -> bool:
    """Whether no day, of the purchase or of the booking, and no balance that both tell is another one."""
    pairs = (told.posted, known.posted), (told.transacted, known.transacted), (told.balance, known.balance)
    return all(None in each or each[0] == each[1] for each in pairs)


def amount_of(sight: Sight) -> tuple[int, int]:
    return sight.key.transaction_type, sight.key.amount


def grouped(sights: Iterable[Sight], by: Callable[[Sight], T]) -> dict[T, list[Sight]]:
    groups: dict[T, list[Sight]] = defaultdict(list)
    for sight in sights:
        groups[by(sight)].append(sight)
    return dict(groups)

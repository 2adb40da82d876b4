"""Transaction identity: which of the known transactions those of a feed are. Pure.

In layers, each looking only at what the ones before have left: the institution's id as far as it is to be trusted, the
lasting traits counted like beads of one colour (so twins stay two), an id whose transaction has changed, a pending one
that posted, and traits that came late. Where the evidence does not decide, both are kept, and the new one says why.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from fanlight.aggregation import pending
from fanlight.aggregation.resemblance import (
    CROWD,
    NEAR_DAYS,
    amount_of,
    any_day,
    balances,
    every_day,
    grouped,
    is_longer,
    is_near,
    is_postponed,
    is_unnamed,
    names,
    only,
)
from fanlight.aggregation.sights import Likeness, Sight, likeness
from fanlight.institutions.port import Ids

RESEMBLING_DAYS = 5
"""Within how many days an equal amount with a like text raises a doubt."""


class Doubt(StrEnum):
    """Why merge was not sure of a row."""

    TWIN = "an equal one came in the same feed, without an id or a balance that tells them apart"
    RESEMBLES = "a known one that resembles it was missing from the feed"
    PENDING_TEXT = "the pending one had nothing in its text that tells whether it was this one"
    PENDING_AMOUNT = "the pending one had another amount, as holds do"
    PENDING_CHOICE = "more than one posted transaction could have been the pending one"
    PENDING_DATE = "a pending one without an id came with another date"


class Match(NamedTuple):
    """A transaction of the feed, the known one that it is, and why that is not sure."""

    told: Sight
    known: Sight
    doubt: Doubt | None = None


class Evidence(NamedTuple):
    """What is known of the feed beside its transactions."""

    ids: Ids | None
    """What the operator says of the institution's ids; None where it has to be seen."""
    is_held: bool
    """Whether ids of before are in this feed: then one that is not means something."""
    complete_from: int
    """From which day on the feed should hold everything."""
    told_from: int
    """From which day on it does: some institutions begin later than they were asked."""


class Pairs:
    """What is still to be paired of both sides, in the order in which it came, and what has been."""

    def __init__(self, known: Iterable[Sight], told: Iterable[Sight]) -> None:
        self.known = {sight.at: sight for sight in known}
        self.told = {sight.at: sight for sight in told}
        self.matches: list[Match] = []

    def join(self, told: Sight, known: Sight, doubt: Doubt | None = None) -> None:
        del self.told[told.at], self.known[known.at]
        self.matches.append(Match(told, known, doubt))

    def join_all(self, pairs: Iterable[tuple[Sight, Sight]], doubt: Doubt | None = None) -> None:
        for told, known in pairs:
            self.join(told, known, doubt)


def pair(pairs: Pairs, evidence: Evidence) -> dict[int, Doubt]:
    """Pair all that the evidence decides; which of what is left may be a known one after all, by its place."""
    contested = _by_id(pairs, is_stable=evidence.ids is Ids.STABLE)
    is_held = evidence.is_held or any(match.told.id is not None for match in pairs.matches)
    is_sure = is_held and (evidence.ids is Ids.STABLE or (evidence.ids is None and not contested))
    _by_content(pairs, pending_by_id=is_sure)
    if not _have_moved(pairs, contested):
        _by_changed_id(pairs)
    for told, known, found in pending.link(pairs.told.values(), pairs.known.values(), by_reference_only=is_sure):
        pairs.join(told, known, _DOUBTS.get(found))
    evidence = evidence._replace(is_held=is_sure and (evidence.ids is Ids.STABLE or not _have_shifted(pairs)))
    _by_late_traits(pairs, evidence)
    return _doubts(pairs, evidence)


_DOUBTS = {
    pending.Found.UNNAMED: Doubt.PENDING_TEXT,
    pending.Found.HOLD: Doubt.PENDING_AMOUNT,
    pending.Found.CHOSEN: Doubt.PENDING_CHOICE,
}


def _by_id(pairs: Pairs, *, is_stable: bool) -> set[str]:
    """Pair what has the same id and says the same; the ids that have come to say something else."""
    known = grouped((sight for sight in pairs.known.values() if sight.id is not None), _id)
    contested: set[str] = set()
    for told in list(pairs.told.values()):
        same_id = known.get(told.id, []) if told.id is not None else []
        match = next((each for each in same_id if _says_the_same(told, each)), None)
        if match is None and is_stable:
            match = next((each for each in same_id if _is_believable(told, each, is_stable=True)), None)
        if match is not None:
            same_id.remove(match)
            pairs.join(told, match)
        elif same_id and told.id is not None:
            contested.add(told.id)
    return contested


def _by_content(pairs: Pairs, *, pending_by_id: bool) -> None:
    """Pair equal ones, as many as both sides have: those with an equal balance first, then those with equal days.

    Their text may have become longer. Also where ids differ: if the known one is only missing from the feed, the one
    that took its place was its twin; the feed that names both again brings the other back, and which of two twins is
    which makes no difference. Pending ones do not come back, so `pending_by_id` keeps them to their ids.
    """

    def traits(sight: Sight) -> Hashable:
        return sight.key, sight.id if pending_by_id and sight.is_pending else None

    balanced = [each for each in pairs.told.values() if each.balance is not None]
    _beads(pairs, balanced, pairs.known.values(), lambda sight: (traits(sight), sight.balance))
    balanced = [each for each in balanced if each.at in pairs.told]
    pairs.join_all(only(balanced, pairs.known.values(), balances, is_near))
    _unbalanced(pairs, lambda sight: (traits(sight), sight.posted, sight.transacted))
    pairs.join_all(only(_posted(pairs.told), _posted(pairs.known), every_day, is_longer))
    _unbalanced(pairs, traits)


def _unbalanced(pairs: Pairs, by: Callable[[Sight], Hashable]) -> None:
    """Pair equal ones of which one tells no balance: two that leave different ones are not the same."""
    _beads(pairs, [each for each in pairs.told.values() if each.balance is None], pairs.known.values(), by)
    _beads(pairs, pairs.told.values(), [each for each in pairs.known.values() if each.balance is None], by)


def _have_moved(pairs: Pairs, contested: set[str]) -> bool:
    """Whether an id that names something else by now names what has another id: then ids are places in a list."""
    return any(match.known.id in contested and match.told.id != match.known.id for match in pairs.matches)


def _have_shifted(pairs: Pairs) -> bool:
    """Whether what had posted under one id is there under another."""
    posted = (match for match in pairs.matches if not match.known.is_pending)
    return any(None not in (told.id, known.id) and told.id != known.id for told, known, _ in posted)


def _beads(pairs: Pairs, told: Iterable[Sight], known: Iterable[Sight], by: Callable[[Sight], Hashable]) -> None:
    heaps = grouped(known, by)
    for each in list(told) if heaps else ():
        heap = heaps.get(by(each))
        if heap:
            pairs.join(each, heap.pop())


def _by_changed_id(pairs: Pairs) -> None:
    """Pair what still has the same id, if most of what it says is the same: an id may name something else by now."""
    known = grouped((sight for sight in pairs.known.values() if sight.id is not None), _id)
    for told in list(pairs.told.values()):
        same_id = known.get(told.id, []) if told.id is not None else []
        match = next((each for each in same_id if _is_believable(told, each, is_stable=False)), None)
        if match is not None:
            same_id.remove(match)
            pairs.join(told, match)


def _says_the_same(told: Sight, known: Sight) -> bool:
    return told.key[1:] == known.key[1:]


def _is_believable(told: Sight, known: Sight, *, is_stable: bool) -> bool:
    """Whether an id names the same transaction still, though something of it has changed."""
    if told.key.transaction_type != known.key.transaction_type:
        return False
    alike, is_equal = likeness(told, known), told.key.amount == known.key.amount
    if is_stable:
        return is_equal or alike >= Likeness.NAME
    if abs(told.key.day - known.key.day) > NEAR_DAYS:
        return False
    if known.is_pending:
        is_equal = is_equal or pending.is_tipped(told.key.amount, known.key.amount)
        return alike >= Likeness.NAME or (is_equal and alike > Likeness.NONE)
    return is_equal and alike > Likeness.NONE


def _by_late_traits(pairs: Pairs, evidence: Evidence) -> None:
    """Pair what differs only in what an institution may fill in later, where nothing else could be meant.

    Where ids hold, another id is another transaction.
    """
    told = [each for each in _posted(pairs.told) if not _is_told_apart(each, evidence)]
    known = [
        each for each in _posted(pairs.known) if not _is_told_apart(each, evidence) and _is_missing(each, evidence)
    ]
    for places, fits in ((every_day, is_unnamed), (any_day, is_longer)):
        left = [each for each in told if each.at in pairs.told], [each for each in known if each.at in pairs.known]
        pairs.join_all(only(*left, places, fits))
    waiting = [each for each in pairs.known.values() if each.is_pending and not _is_told_apart(each, evidence)]
    later = [each for each in pairs.told.values() if each.is_pending and not _is_told_apart(each, evidence)]
    pairs.join_all(only(later, waiting, names, is_postponed), Doubt.PENDING_DATE)


def _doubts(pairs: Pairs, evidence: Evidence) -> dict[int, Doubt]:
    missing = grouped((each for each in _posted(pairs.known) if each.key.day >= evidence.complete_from), amount_of)
    found = {}
    for told in pairs.told.values():
        near = missing.get(amount_of(told), [])[:CROWD]
        if not told.is_pending and any(_resembles(told, each, evidence) for each in near):
            found[told.at] = Doubt.RESEMBLES
    return found


def _is_told_apart(sight: Sight, evidence: Evidence) -> bool:
    """Whether its id alone says that it is none of those with other ids."""
    return evidence.is_held and sight.id is not None


def _is_missing(known: Sight, evidence: Evidence) -> bool:
    """Whether it is one that the feed should hold."""
    return known.key.day >= max(evidence.complete_from, evidence.told_from)


def _posted(sights: Mapping[int, Sight]) -> list[Sight]:
    return [each for each in sights.values() if not each.is_pending]


def _resembles(told: Sight, known: Sight, evidence: Evidence) -> bool:
    if evidence.is_held and None not in (told.id, known.id) and told.id != known.id:
        return False
    is_near = abs(told.key.day - known.key.day) <= RESEMBLING_DAYS
    return is_near and likeness(told, known) > Likeness.NONE


def _id(sight: Sight) -> str:
    return sight.id or ""

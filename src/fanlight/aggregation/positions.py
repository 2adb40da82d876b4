"""Merge of holdings: which position of a feed is which one that is known, what is new, and what is gone. Pure.

A position is known again by the best that both sides tell: the institution's id, the security (CUSIP or ISIN), its
symbol, its description. Institutions give new ids at a renewed consent, and some number their positions through, so
an id is not believed against the security. What a user said stays with the position, also when it comes back.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from fanlight.base.folding import fold
from fanlight.core import holdings
from fanlight.core.accounts import Row as AccountRow
from fanlight.core.holdings import Row
from fanlight.core.provenance import to_json
from fanlight.institutions.port import FeedHolding, Positions
from fanlight.institutions.securities import OPTIONS, cusip_of

CANDIDATES = 20
"""How many positions that are alike one is compared with: more tell nothing."""
_IDENTITIES = ("cusip", "isin")
_NUMBERS = ("shares", "purchase_price", "cost_basis", "market_value")


class Merged(NamedTuple):
    """What has to be written: rows to add, rows to write back; what is gone is among these."""

    added: list[Row]
    changed: list[Row]


class _Told(NamedTuple):
    """A position as the feed has it: its place there, its kept form, and the same by names."""

    place: int
    provider_id: str | None
    feed: str
    facts: dict[str, Any]


class _Known(NamedTuple):
    """A position that is kept, and its feed by names."""

    row: Row
    facts: dict[str, Any]

    @property
    def provider_id(self) -> str | None:
        return self.row.provider_id


_Side = _Told | _Known


class _Rank(NamedTuple):
    """A way to know a position again, and what speaks against it."""

    key: Callable[[_Side], Hashable]
    is_refuted: Callable[[_Side, _Side], bool] | None = None


def merge(account: AccountRow, known: Iterable[Row], told: Positions, *, now: int) -> Merged:
    """Compare what is known of an account, with what is gone of it, and what its institution tells now.

    The same again changes nothing, in whatever order. From a list that is not whole nothing is missing.
    """
    left = _sorted_told(told.holdings)
    free = sorted((_Known(row, row.facts.feed) for row in known), key=_order_of_known)
    pairs: list[tuple[_Told, _Known]] = []
    for rank in _RANKS:
        found = _pair(left, free, rank)
        pairs += found
        taken, gone = {id(each) for each, _ in found}, {each.row.id for _, each in found}
        left = [each for each in left if id(each) not in taken]
        free = [each for each in free if each.row.id not in gone]
    changed = [(each.row, holdings.told(each.row, one.provider_id, one.feed, now=now)) for one, each in pairs]
    if told.is_whole:
        changed += [(each.row, holdings.gone(each.row, now=now)) for each in free]
    left.sort(key=lambda each: each.place)
    added = [holdings.new(account, each.provider_id, each.feed, now=now) for each in left]
    return Merged(added, [after for before, after in changed if after is not before])


def _sorted_told(found: Sequence[FeedHolding]) -> list[_Told]:
    """In an order of their own; what has an id and comes twice the same is one."""
    told: dict[Hashable, _Told] = {}
    for place, holding in enumerate(found):
        facts = {name: value for name, value in msgspec.to_builtins(holding).items() if value is not None}
        provider_id = facts.pop("provider_id", None)
        feed = to_json(facts)
        told[(provider_id, feed) if provider_id else place] = _Told(place, provider_id, feed, facts)
    return sorted(told.values(), key=lambda each: (_amounts(each.facts), each.feed, each.provider_id or ""))


def _order_of_known(known: _Known) -> tuple[Hashable, ...]:
    """What is still there comes before what is gone."""
    return known.row.deleted_at is not None, _amounts(known.facts), known.row.feed, known.row.id


def _amounts(facts: dict[str, Any]) -> tuple[Decimal, ...]:
    return tuple(Decimal(facts.get(name, 0)) for name in _NUMBERS)


def _pair(left: Iterable[_Told], free: Iterable[_Known], rank: _Rank) -> list[tuple[_Told, _Known]]:
    """Who is who by one key: what differs in nothing first, then in order."""
    ones, others = _grouped(left, rank.key), _grouped(free, rank.key)
    found: list[tuple[_Told, _Known]] = []
    for key, told in ones.items():
        known = others.get(key, [])
        if known:
            found += _pair_alike(told, known, rank)
    return found


def _pair_alike(told: list[_Told], known: list[_Known], rank: _Rank) -> list[tuple[_Told, _Known]]:
    free = {each.row.id: each for each in known}
    same: dict[Hashable, list[_Known]] = defaultdict(list)
    for each in reversed(known):
        same[each.provider_id, each.row.feed].append(each)
    pairs: list[tuple[_Told, _Known]] = []
    waiting: list[_Told] = []
    for one in told:
        twins = same.get((one.provider_id, one.feed))
        if twins:
            pairs.append((one, free.pop(twins.pop().row.id)))
        else:
            waiting.append(one)
    for one in waiting:
        near = islice(free.values(), CANDIDATES)
        match = next((each for each in near if rank.is_refuted is None or not rank.is_refuted(one, each)), None)
        if match is not None:
            pairs.append((one, free.pop(match.row.id)))
    return pairs


def _grouped(sides: Iterable[Any], key: Callable[[_Side], Hashable]) -> dict[Hashable, list[Any]]:
    groups: dict[Hashable, list[Any]] = defaultdict(list)
    for each in sides:
        found = key(each)
        if found is not None:
            groups[found].append(each)
    return groups


def _is_other(one: _Side, other: _Side) -> bool:
    """Whether two are different securities by the best name that both have."""
    for name in _IDENTITIES:
        mine, theirs = one.facts.get(name), other.facts.get(name)
        if mine and theirs:
            return bool(mine != theirs)
    return False


def _is_other_by_words(one: _Side, other: _Side) -> bool:
    """The same, where another symbol and other words together mean another security: either may be renamed."""
    return _is_other(one, other) or (_has_other_symbol(one, other) and _words(one) != _words(other))


def _is_other_by_symbol(one: _Side, other: _Side) -> bool:
    """The same, where classes of one company's shares are told apart by their symbols alone."""
    return _is_other(one, other) or _has_other_symbol(one, other)


def _has_other_symbol(one: _Side, other: _Side) -> bool:
    mine, theirs = _symbol(one), _symbol(other)
    return bool(mine and theirs and mine != theirs)


def _id(side: _Side) -> Hashable:
    return side.provider_id


def _security(side: _Side) -> Hashable:
    """Its CUSIP, also where an ISIN holds it; else its ISIN."""
    isin = side.facts.get("isin")
    return side.facts.get("cusip") or (isin and (cusip_of(isin) or isin))


def _symbol(side: _Side) -> Hashable:
    return side.facts.get("symbol")


def _words(side: _Side) -> Hashable:
    return fold(side.facts.get("description") or "") or None


def _within(key: Callable[[_Side], Hashable], *names: str) -> Callable[[_Side], Hashable]:
    """A key that holds within a place only: long or short, the option's terms, and what else is named."""

    def placed(side: _Side) -> Hashable:
        found = key(side)
        is_short = str(side.facts.get("shares", "")).startswith("-")
        place = is_short, side.facts.get("holding_type") == OPTIONS, *(side.facts.get(name) for name in names)
        return None if found is None else (found, place)

    return placed


_RANKS = (
    _Rank(_within(_id, "terms", "held_in"), _is_other_by_words),
    _Rank(_id, _is_other_by_words),
    _Rank(_within(_security, "terms", "held_in")),
    _Rank(_within(_security, "terms")),
    _Rank(_within(_symbol, "terms", "held_in")),
    _Rank(_within(_symbol, "terms")),
    _Rank(_within(_words, "terms", "held_in"), _is_other_by_symbol),
)

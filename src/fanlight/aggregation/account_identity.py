"""Account identity: which of a member's known accounts those of a feed are. Pure.

Institutions give an account another id with every consent, or one id to two accounts, so the surest names come first:
the whole number, a tokenised one, the id as long as the kind agrees, and last what the account looks like. A name that
fits several on either side is no name: these are kept apart, and marked.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from fanlight.core import accounts
from fanlight.institutions.port import FeedAccount

UNKNOWN_TYPE = 0


class Seen(NamedTuple):
    """An account of a feed: its id and the keys of its numbers in the form in which they are kept."""

    feed: FeedAccount
    provider_id: str
    number_key: str | None = None


class Identity(NamedTuple):
    """The known account that one of a feed is; None for a new one, and then which ones it may be all the same."""

    row: accounts.Row | None
    resembles: tuple[str, ...] = ()
    """Guids of known accounts that it was not joined with, for the evidence does not decide."""


class _Look(NamedTuple):
    """What tells accounts apart, of either side."""

    provider_id: str
    number_key: str | None
    account_type: int
    account_subtype: int | None
    number: str | None
    currency: str | None
    name: str | None


_Name = Callable[[_Look], Hashable]


def identify(known: Iterable[accounts.Row], seen: Sequence[Seen]) -> list[Identity]:
    """Every account of a feed, in its order. Deleted ones are known too, or a feed would bring them back."""
    rows = list(known)
    looks = [_of_row(row) for row in rows]
    told = [_of_feed(each) for each in seen]
    pairs: dict[int, int] = {}
    for name in (_by_number, _by_id, _by_looks):
        _pair(pairs, told, looks, name)
    _pair(pairs, told, looks, _by_looks, among=[at for at, row in enumerate(rows) if row.deleted_at is None])
    taken = set(pairs.values())
    left = [at for at in range(len(rows)) if at not in taken]
    return [
        Identity(rows[pairs[at]])
        if at in pairs
        else Identity(None, resembles=tuple(rows[other].guid for other in left if _resemble(look, looks[other])))
        for at, look in enumerate(told)
    ]


def _pair(
    pairs: dict[int, int],
    told: Sequence[_Look],
    known: Sequence[_Look],
    name: _Name,
    among: Iterable[int] | None = None,
) -> None:
    """Pair what has a name that nobody else has, on both sides, and no other trait against it."""
    taken = set(pairs.values())
    rows = [at for at in (range(len(known)) if among is None else among) if at not in taken]
    ours = _named(((at, told[at]) for at in range(len(told)) if at not in pairs), name)
    theirs = _named(((at, known[at]) for at in rows), name)
    for each, places in ours.items():
        fitting = [at for at in theirs.get(each, []) if _agree(told[places[0]], known[at])]
        if len(places) == 1 and len(fitting) == 1:
            pairs[places[0]] = fitting[0]


def _named(looks: Iterable[tuple[int, _Look]], name: _Name) -> Mapping[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for at, look in looks:
        each = name(look)
        if each is not None:
            groups[each].append(at)
    return groups


def _by_number(look: _Look) -> Hashable:
    return look.number_key


def _by_id(look: _Look) -> Hashable:
    return look.provider_id


def _by_looks(look: _Look) -> Hashable:
    """Without the end of its number an account looks like any other."""
    return None if look.number is None else (look.account_type, look.number, look.currency, look.name)


def _agree(told: _Look, known: _Look) -> bool:
    """Whether nothing says that they are two: a number, a kind, or both the number's end and the name."""
    if UNKNOWN_TYPE not in (told.account_type, known.account_type) and told.account_type != known.account_type:
        return False
    if None not in (told.number_key, known.number_key):
        return told.number_key == known.number_key or _kind_of(told.number_key) != _kind_of(known.number_key)
    if _differ(told.currency, known.currency):
        return False
    if told.provider_id != known.provider_id and _differ(told.account_subtype, known.account_subtype):
        return False
    return not (_differ(told.number, known.number) and _differ(told.name, known.name))


def _resemble(told: _Look, known: _Look) -> bool:
    """Whether a person should look: one id for what seems two, or looks that fit several or have changed in part."""
    same_id = told.provider_id == known.provider_id
    same_end = told.number is not None and told.number == known.number and told.account_type == known.account_type
    return same_id or same_end


def _differ(one: object, other: object) -> bool:
    """Whether both are known and are not the same."""
    return one is not None and other is not None and one != other


def _kind_of(number_key: str | None) -> str:
    """Keys of whole and of tokenised numbers say nothing of each other."""
    return (number_key or "").partition(".")[0]


def _of_row(row: accounts.Row) -> _Look:
    return _look(row.provider_id, row.number_key, row.facts_of_feed())


def _of_feed(seen: Seen) -> _Look:
    return _look(seen.provider_id, seen.number_key, msgspec.to_builtins(seen.feed))


def _look(provider_id: str, number_key: str | None, facts: Mapping[str, Any]) -> _Look:
    return _Look(
        provider_id,
        number_key,
        facts.get("account_type") or UNKNOWN_TYPE,
        facts.get("account_subtype"),
        facts.get("account_number"),
        facts.get("currency_code"),
        facts.get("name"),
    )

"""Merge: what is new, changed or gone between what is known and what an institution says now. Pure.

A transaction keeps its guid for life: through new ids, from pending to posted, and while an institution fills in what
it did not know yet. What is decided by which evidence stands in `transaction_identity`; here a feed is made ready for
it, and rows are made of what it decides.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from fanlight.aggregation import sights
from fanlight.aggregation.pending import POSTS_WITHIN_DAYS, is_tipped
from fanlight.aggregation.sights import Likeness, Sight
from fanlight.aggregation.transaction_identity import Doubt, Evidence, Match, Pairs, pair
from fanlight.base import money
from fanlight.base.folding import fold
from fanlight.core import transactions
from fanlight.core.provenance import to_json
from fanlight.core.transactions import Row, Status
from fanlight.institutions.port import FeedAccount, FeedTransaction, Ids

_NOT_FACTS = frozenset(("provider_id", "is_pending"))
_FACTS = tuple(sorted(name for name in FeedTransaction.__struct_fields__ if name not in _NOT_FACTS))
_facts = attrgetter(*_FACTS)
_Facts = msgspec.defstruct("_Facts", [(name, Any, None) for name in _FACTS], omit_defaults=True, gc=False)
_encode = msgspec.json.Encoder().encode
_PLACE = re.compile(r"\d{1,3}|\d{4}-\d\d-\d\d[-./_]\d{1,3}")
"""Ids that are places in a list, or in that of a day."""
_NOT_ACCOUNT_FACTS = frozenset(("provider_id", "whole_number"))


class Owner(NamedTuple):
    """Whose account the transactions are of."""

    user_id: int
    member_id: int
    account_id: int


class Merged(NamedTuple):
    """What has to be written: rows to add, rows to write back, keys of rows that are gone."""

    added: list[Row]
    changed: list[Row]
    gone: list[int]


class _Told(msgspec.Struct, frozen=True, gc=False):
    """A transaction of the feed, its id as far as it is believed, and its feed side as it is kept."""

    feed: FeedTransaction
    id: str | None
    status: Status
    text: str


class _New(NamedTuple):
    """What is new in a feed, and why it may not be."""

    sight: Sight
    doubt: Doubt | None


def account_facts(feed: FeedAccount) -> str:
    """The feed side of an account as it is kept."""
    values = msgspec.to_builtins(feed)
    return to_json({name: value for name, value in values.items() if name not in _NOT_ACCOUNT_FACTS})


def transaction_facts(feed: FeedTransaction) -> str:
    """The feed side of a transaction as it is kept: without nulls, in one order, so equal facts are equal texts."""
    return _encode(_Facts(*_facts(feed))).decode()


def reach(start: date, fetched: Iterable[FeedTransaction] = ()) -> str:
    """From which day known rows matter to a feed that begins at `start`: pendings of days before may post in it.

    Institutions that are asked for the bookings since a day tell of purchases before it.
    """
    first = min((each.date for each in fetched), default=start)
    return date.fromordinal(max(min(start, first).toordinal() - POSTS_WITHIN_DAYS, 1)).isoformat()


def merge(
    owner: Owner,
    known: Sequence[Row],
    fetched: Iterable[FeedTransaction],
    *,
    complete_from: date,
    now: int,
    ids: Ids | None = None,
) -> Merged:
    """Compare. `known` are the account's living rows of its feed; the feed is complete from a day on.

    The same feed again changes nothing. A pending row that the feed does not hold any more is gone; a posted one stays,
    whatever a feed leaves out. `ids` is what the operator says of the institution's ids, None where it has to be seen.
    """
    feed = _told(fetched, ids)
    told, left, is_held = _unlike(known, feed)
    if not told and not left:
        return Merged([], [], [])
    kept = [sights.of_row(at, row) for at, row in enumerate(left)]
    fresh = [sights.of_feed(at, each.feed, each.id) for at, each in enumerate(told)]
    pairs, first = Pairs(kept, fresh), complete_from.toordinal()
    told_from = min((each.feed.date.toordinal() for each in feed), default=first)
    doubts = pair(pairs, Evidence(ids, is_held, first, told_from)) if left else {}
    changed = [row for match in pairs.matches if (row := _changed(match, told, left, now)) is not None]
    added = _added(owner, told, _new(pairs, told, feed, doubts), known, now)
    gone = [left[each.at].id for each in pairs.known.values() if each.is_pending and each.key.day >= first]
    return Merged(added, changed, gone)


def after(known: Sequence[Row], merged: Merged) -> list[Row]:
    """What is kept once it has been written."""
    changed, gone = {row.id: row for row in merged.changed}, set(merged.gone)
    return [*(changed.get(row.id, row) for row in known if row.id not in gone), *merged.added]


def _told(fetched: Iterable[FeedTransaction], ids: Ids | None) -> list[_Told]:
    """The feed with each transaction once, and no id that names several."""
    if ids in (Ids.ABSENT, Ids.POSITIONAL):
        return [_told_of(feed, None) for feed in fetched]
    first: dict[str, _Told] = {}
    others: dict[str, list[_Told]] = defaultdict(list)
    nameless: list[_Told] = []
    for feed in fetched:
        told = _told_of(feed, feed.provider_id)
        if ids is None and told.id is not None and _PLACE.fullmatch(told.id):
            told = _told_of(feed, None)
        if told.id is None:
            nameless.append(told)
        elif first.setdefault(told.id, told) is not told:
            others[told.id].append(told)
    for name, more in others.items():
        once = _as_one([first[name], *more], is_stable=ids is Ids.STABLE)
        if once is not None:
            first[name] = once
            continue
        nameless.extend(_told_of(each.feed, None) for each in (first.pop(name), *more))
    return [*first.values(), *nameless]


def _told_of(feed: FeedTransaction, provider_id: str | None) -> _Told:
    status = Status.PENDING if feed.is_pending else Status.POSTED
    return _Told(feed, provider_id, status, transaction_facts(feed))


def _as_one(versions: list[_Told], *, is_stable: bool) -> _Told | None:
    """What an id that comes several times in one feed names; None where it names different ones."""
    last = next((each for each in reversed(versions) if not each.feed.is_pending), versions[-1])
    if is_stable or all(each == last or _posted_meanwhile(each.feed, last.feed) for each in versions):
        return last
    return None


def _posted_meanwhile(before: FeedTransaction, after: FeedTransaction) -> bool:
    """Whether one page still had as pending what the next one has as posted."""
    if not before.is_pending or after.is_pending or before.transaction_type != after.transaction_type:
        return False
    is_near = 0 <= (after.date - before.date).days <= POSTS_WITHIN_DAYS
    is_alike = sights.alike(fold(before.description), fold(after.description)) >= Likeness.NAME
    return is_near and is_alike and is_tipped(money.to_micros(after.amount), money.to_micros(before.amount))


def _unlike(known: Sequence[Row], feed: list[_Told]) -> tuple[list[_Told], list[Row], bool]:
    """Both sides without what has not changed at all, and whether an id of before is among that.

    Without an id two that are wholly equal are twins, unless both leave the same balance: then it came twice.
    """
    rows: dict[tuple[str | None, Status, str], list[Row]] = defaultdict(list)
    for row in reversed(known):
        rows[row.provider_id, row.status, row.feed].append(row)
    told: list[_Told] = []
    balanced: set[tuple[Status, str]] = set()
    is_held = False
    for each in feed:
        if each.id is None and each.feed.balance_after is not None:
            if (each.status, each.text) in balanced:
                continue
            balanced.add((each.status, each.text))
        same = rows.get((each.id, each.status, each.text))
        if same:
            same.pop()
            is_held = is_held or each.id is not None
        else:
            told.append(each)
    left = [row for same in rows.values() for row in same]
    return told, left, is_held


def _changed(match: Match, told: list[_Told], left: list[Row], now: int) -> Row | None:
    """The known row with what the institution says now; None where that changes nothing."""
    each, row = told[match.told.at], left[match.known.at]
    if row.status == Status.POSTED and each.status == Status.PENDING:
        return None  # what has posted is not undone by a list that lags behind
    feed = each.text
    if each.status == Status.PENDING and match.told.key.day > match.known.key.day:
        # A pending one that moves on with the calendar: it is of the day on which it was first told.
        feed = transaction_facts(msgspec.structs.replace(each.feed, date=date.fromordinal(match.known.key.day)))
    doubt = match.doubt or row.doubt
    if (each.id, each.status, feed, doubt) == (row.provider_id, row.status, row.feed, row.doubt):
        return None
    return msgspec.structs.replace(
        row,
        provider_id=each.id,
        doubt=doubt,
        status=each.status,
        transaction_type=transactions.Type(each.feed.transaction_type),
        amount=match.told.key.amount,
        feed=feed,
        updated_at=now,
    )


def _added(owner: Owner, told: Sequence[_Told], new: Iterable[_New], known: Sequence[Row], now: int) -> list[Row]:
    """Rows for what nothing known is; which of its twins each is goes on from those that are known."""
    taken = {row.fingerprint for row in known}
    twins: dict[tuple[object, ...], int] = defaultdict(int)
    rows = []
    for each in new:
        sight = each.sight
        traits = sight.key[1:]
        while (name := sights.fingerprint(sight, twins[traits])) in taken:
            twins[traits] += 1
        taken.add(name)
        rows.append(_row(owner, told[sight.at], each, name, now))
    return rows


def _new(pairs: Pairs, told: Sequence[_Told], feed: Iterable[_Told], doubts: dict[int, Doubt]) -> Iterator[_New]:
    """What is left of the feed, and why one of it may not be new: nothing tells wholly equal ones without ids apart."""
    texts = Counter((each.status, each.text) for each in feed if each.id is None)
    for sight in pairs.told.values():
        each = told[sight.at]
        is_twin = each.id is None and sight.balance is None and texts[each.status, each.text] > 1
        yield _New(sight, doubts.get(sight.at) or (Doubt.TWIN if is_twin else None))


def _row(owner: Owner, told: _Told, new: _New, fingerprint: str, now: int) -> Row:
    feed, (sight, doubt) = told.feed, new
    return transactions.new(
        user_id=owner.user_id,
        account_id=owner.account_id,
        member_id=owner.member_id,
        provider_id=told.id,
        fingerprint=fingerprint,
        status=told.status,
        transaction_type=feed.transaction_type,
        description=feed.description,
        amount=sight.key.amount,
        date=feed.date.isoformat(),
        feed=told.text,
        now=now,
        doubt=None if doubt is None else doubt.value,
    )

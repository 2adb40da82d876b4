"""Merge: what is new, changed or gone between what is known and what an institution says now. Pure.

A transaction keeps its guid for life: by the institution's id where it has one, by a fingerprint with an occurrence
count where it has none, and from pending to posted although institutions give the posted one another id.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import msgspec

from fanlight.base import money
from fanlight.core import accounts, transactions
from fanlight.core.provenance import to_json
from fanlight.core.transactions import Row, Status
from fanlight.institutions.port import FeedAccount, FeedTransaction

POSTS_WITHIN_DAYS = 10
TIP = Decimal("1.35")
_NOT_FACTS = ("provider_id", "is_pending")


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


def account_facts(feed: FeedAccount) -> str:
    """The feed side of an account as it is kept."""
    values = msgspec.to_builtins(feed)
    return to_json({name: value for name, value in values.items() if name != "provider_id"})


def transaction_facts(feed: FeedTransaction) -> str:
    """The feed side of a transaction as it is kept."""
    values = msgspec.to_builtins(feed)
    return to_json({name: value for name, value in values.items() if name not in _NOT_FACTS})


def match_account(feed: FeedAccount, known: Sequence[accounts.Row], taken: set[int]) -> accounts.Row | None:
    """The known account that a feed account is: by its id, else by kind, number, currency and name when only one fits.

    Institutions give new ids at a renewed consent, so the id alone is not believed to be missing.
    """
    free = [row for row in known if row.id not in taken]
    same_id = [row for row in free if row.provider_id == feed.provider_id]
    if same_id:
        return same_id[0]
    traits = _account_traits(msgspec.to_builtins(feed))
    alike = [row for row in free if traits[1] and _account_traits(row.facts_of_feed()) == traits]
    return alike[0] if len(alike) == 1 else None


def merge(
    owner: Owner, known: Sequence[Row], fetched: Iterable[FeedTransaction], *, complete_from: date, now: int
) -> Merged:
    """Compare. `known` are the account's living rows; the feed is complete from a day on.

    The same feed again changes nothing. A pending row that the feed does not hold any more is gone; a posted one
    stays, whatever a feed leaves out.
    """
    rows = _rows(owner, fetched, now)
    by_identity = {_identity(row): row for row in known}
    pairs = [(row, by_identity.pop(_identity(row), None)) for row in rows]
    waiting = [row for row in by_identity.values() if row.status == Status.PENDING]
    merged = Merged([], [], [])
    for row, twin in pairs:
        match = twin or _pending_twin(row, waiting)
        if match is None:
            merged.added.append(row)
            continue
        if twin is None:
            waiting.remove(match)
        _note_change(merged, row, match)
    merged.gone.extend(row.id for row in waiting if row.date >= complete_from.isoformat())
    return merged


def _rows(owner: Owner, fetched: Iterable[FeedTransaction], now: int) -> list[Row]:
    """The fetched transactions as rows; an id that comes twice in one feed counts once."""
    occurrences: dict[str, int] = defaultdict(int)
    seen: dict[tuple[str, str], Row] = {}
    for feed in fetched:
        traits = _traits(feed)
        occurrence = 0 if feed.provider_id is not None else occurrences[traits]
        row = _row(owner, feed, _fingerprint(traits, occurrence), now)
        if feed.provider_id is None:
            occurrences[traits] += 1
        seen[_identity(row)] = row
    return list(seen.values())


def _row(owner: Owner, feed: FeedTransaction, fingerprint: str, now: int) -> Row:
    return transactions.new(
        user_id=owner.user_id,
        account_id=owner.account_id,
        member_id=owner.member_id,
        provider_id=feed.provider_id,
        fingerprint=fingerprint,
        status=Status.PENDING if feed.is_pending else Status.POSTED,
        amount=money.to_micros(feed.amount),
        date=feed.date.isoformat(),
        feed=transaction_facts(feed),
        now=now,
    )


def _identity(row: Row) -> tuple[str, str]:
    return ("id", row.provider_id) if row.provider_id is not None else ("print", row.fingerprint)


def _note_change(merged: Merged, row: Row, known: Row) -> None:
    """Keep what is ours of the known row, take what is the institution's of the new one."""
    kept = msgspec.structs.replace(
        row, id=known.id, guid=known.guid, edits=known.edits, created_at=known.created_at, updated_at=known.updated_at
    )
    if kept != known:
        merged.changed.append(msgspec.structs.replace(kept, updated_at=row.updated_at))


def _pending_twin(row: Row, waiting: Sequence[Row]) -> Row | None:
    """The pending row that this posted one was: same direction, near enough day and amount, the likest text."""
    if row.status != Status.POSTED:
        return None
    scored = [(score, pending) for pending in waiting if (score := _likeness(row, pending)) is not None]
    return max(scored, key=lambda pair: pair[0])[1] if scored else None


def _likeness(posted: Row, pending: Row) -> tuple[int, int, int] | None:
    """How well a pending row fits, or None: exact amounts before tips, like texts, near days."""
    after, before = posted.facts_of_feed(), pending.facts_of_feed()
    if after["transaction_type"] != before["transaction_type"]:
        return None
    days = (date.fromisoformat(posted.date) - date.fromisoformat(pending.date)).days
    if not 0 <= days <= POSTS_WITHIN_DAYS:
        return None
    words = _shared_words(str(after["description"]), str(before["description"]))
    if posted.amount == pending.amount:
        return (2, words, -days)
    tipped = pending.amount < posted.amount <= pending.amount * TIP
    return (1, words, -days) if tipped and words else None


def _shared_words(one: str, other: str) -> int:
    return len(set(one.upper().split()) & set(other.upper().split()))


def _traits(feed: FeedTransaction) -> str:
    parts = (
        feed.date.isoformat(),
        str(feed.amount),
        str(feed.transaction_type),
        str(feed.is_pending),
        feed.description,
    )
    return "\x1f".join(parts)


def _fingerprint(traits: str, occurrence: int) -> str:
    return hashlib.sha256(f"{traits}\x1f{occurrence}".encode()).hexdigest()[:32]


def _account_traits(facts: dict[str, object]) -> tuple[object, ...]:
    return tuple(facts.get(name) for name in ("account_type", "account_number", "currency_code", "name"))


def reach(start: date) -> str:
    """From which day known rows matter to a feed that begins at `start`: pendings of days before may post in it."""
    return date.fromordinal(start.toordinal() - POSTS_WITHIN_DAYS).isoformat()

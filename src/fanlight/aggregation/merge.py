"""Merge: what is new, changed or gone between what is known and what an institution says now. Pure.

A transaction keeps its guid for life: by the institution's id where it has one, by a fingerprint with an occurrence
count where it has none, and from pending to posted although institutions give the posted one another id.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from fanlight.aggregation.pending import POSTS_WITHIN_DAYS, Waiting
from fanlight.base import money
from fanlight.core import accounts, transactions
from fanlight.core.provenance import to_json
from fanlight.core.transactions import Row, Status
from fanlight.institutions.port import FeedAccount, FeedTransaction

_FED = ("provider_id", "fingerprint", "doubt", "status", "transaction_type", "amount", "feed")
"""What an institution's word decides of a row; what is shown of it follows when it is settled."""
_NOT_FACTS = ("provider_id", "is_pending")

_Traits = tuple[object, ...]


class Owner(NamedTuple):
    """Whose account the transactions are of."""

    user_id: int
    member_id: int
    account_id: int


class KnownAccounts:
    """A member's known accounts, deleted ones too, as long as no feed account has turned out to be one of them."""

    def __init__(self, rows: Iterable[accounts.Row]) -> None:
        self._by_id: dict[str, dict[int, accounts.Row]] = defaultdict(dict)
        self._by_traits: dict[_Traits, dict[int, accounts.Row]] = defaultdict(dict)
        self._traits: dict[int, _Traits] = {}
        for row in rows:
            traits = self._traits[row.id] = _account_traits(row.facts_of_feed())
            self._by_id[row.provider_id][row.id] = row
            self._by_traits[traits][row.id] = row

    def take(self, feed: FeedAccount, provider_id: str) -> accounts.Row | None:
        """What a feed account is: by its id as it is kept, else by kind, number, currency and name if only one fits.

        Institutions give new ids at a renewed consent, so the id alone is not believed to be missing.
        """
        same_id = self._by_id.get(provider_id)
        if same_id:
            return self._remove(next(iter(same_id.values())))
        traits = _account_traits(msgspec.to_builtins(feed))
        alike = self._by_traits.get(traits, {}) if feed.account_number else {}
        return self._remove(next(iter(alike.values()))) if len(alike) == 1 else None

    def _remove(self, row: accounts.Row) -> accounts.Row:
        del self._by_id[row.provider_id][row.id]
        del self._by_traits[self._traits[row.id]][row.id]
        return row


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
    waiting = Waiting(row for row in by_identity.values() if row.status == Status.PENDING)
    merged = Merged([], [], [])
    for row, twin in pairs:
        match = twin or (waiting.take(row) if row.status == Status.POSTED else None)
        if match is None:
            merged.added.append(row)
        else:
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
        transaction_type=feed.transaction_type,
        description=feed.description,
        amount=money.to_micros(feed.amount),
        date=feed.date.isoformat(),
        feed=transaction_facts(feed),
        now=now,
    )


def _identity(row: Row) -> tuple[str, str]:
    return ("id", row.provider_id) if row.provider_id is not None else ("print", row.fingerprint)


def _note_change(merged: Merged, row: Row, known: Row) -> None:
    """Take what is the institution's of the new row, and keep what is ours of the known one."""
    taken = {name: getattr(row, name) for name in _FED}
    if any(getattr(known, name) != value for name, value in taken.items()):
        merged.changed.append(msgspec.structs.replace(known, **taken, updated_at=row.updated_at))


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


def _account_traits(facts: dict[str, object]) -> _Traits:
    return tuple(facts.get(name) for name in ("account_type", "account_number", "currency_code", "name"))


def reach(start: date) -> str:
    """From which day known rows matter to a feed that begins at `start`: pendings of days before may post in it."""
    return date.fromordinal(start.toordinal() - POSTS_WITHIN_DAYS).isoformat()

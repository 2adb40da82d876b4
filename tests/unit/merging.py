"""Feeds by hand, and what is kept after one has been merged."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from fanlight.aggregation.merge import Merged, Owner, merge
from fanlight.core.transactions import Row
from fanlight.institutions.port import FeedTransaction, Ids

OWNER = Owner(1, 2, 3)
START = date(2026, 5, 1)
NOW = 1_780_000_000


def entry(**changes: Any) -> FeedTransaction:
    """A coffee of the tenth of May."""
    fields: dict[str, Any] = {
        "provider_id": "t1",
        "amount": Decimal("10.00"),
        "transaction_type": 2,
        "is_pending": False,
        "date": date(2026, 5, 10),
        "description": "SQ *COFFEE CORNER",
    }
    return FeedTransaction(**(fields | changes))


def compared(
    known: list[Row], feed: list[FeedTransaction], *, start: date = START, now: int = NOW, ids: Ids | None = None
) -> Merged:
    return merge(OWNER, known, feed, complete_from=start, now=now, ids=ids)


def applied(
    known: list[Row], feed: list[FeedTransaction], *, start: date = START, now: int = NOW, ids: Ids | None = None
) -> list[Row]:
    """What is in the database after a merge."""
    merged = compared(known, feed, start=start, now=now, ids=ids)
    rows = {row.id: row for row in known} | {row.id: row for row in merged.changed}
    for key in merged.gone:
        del rows[key]
    first = max(rows, default=0) + 1
    return [*rows.values(), *(msgspec.structs.replace(row, id=first + at) for at, row in enumerate(merged.added))]


def is_unchanged(known: list[Row], feed: list[FeedTransaction], ids: Ids | None = None) -> bool:
    """Whether a feed says nothing new."""
    return compared(known, feed, now=NOW + 60, ids=ids) == Merged([], [], [])

"""Series: what comes again and again on a user's accounts, kept, and found anew where transactions changed."""

from enum import IntEnum
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from fanlight.core.transactions import Type
from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.storage.statements import Clause, columns, row_of, statement
from fanlight.storage.tables import series
from fanlight.storage.unit import Unit


class Status(IntEnum):
    """How a series stands: it goes on, its last occurrence is overdue, or it has ended."""

    ACTIVE = 1
    MISSED = 2
    ENDED = 3


class Series(msgspec.Struct, frozen=True):
    """What the table holds. Amounts in millionths, days as YYYY-MM-DD.

    `name_key` is a merchant's guid or else the words (a description key) that its occurrences have in common; `day` is
    a day of the month, or of the week (1 Monday) for weekly ones; `amount` is what is expected next, `low` and `high`
    the band of what came; `confidence` 0 to 100; `facts` JSON: see `Facts`.
    """

    id: int
    user_id: int
    account_id: int
    transaction_type: Type
    name_key: str
    merchant_guid: str | None
    category_guid: str
    description: str
    words: str
    cadence: Cadence
    day: int
    second_day: int | None
    amount: int
    low: int
    high: int
    first_on: str
    last_on: str
    next_on: str | None
    count: int
    confidence: int
    status: Status
    facts: str
    created_at: int
    updated_at: int

    @property
    def known(self) -> "Facts":
        return msgspec.json.decode(self.facts, type=Facts)

    @property
    def key(self) -> str:
        """What names the series among a user's: it stays the same while it goes on."""
        return f"{self.account_id}.{int(self.transaction_type)}.{self.name_key}.{int(self.cadence)}"


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What else is known of a series; `recent` are the guids of its newest transactions, newest first."""

    recent: tuple[str, ...] = ()
    is_subscription: bool = False
    is_bill: bool = False
    missed: tuple[str, ...] = ()
    """Days on which an occurrence was expected and none came."""
    price_changed_on: str | None = None
    price_before: int | None = None


_series = row_of(Series)


@statement
def _all() -> Clause:
    return select(*columns(series, Series)).where(series.c.user_id == bindparam("user_id")).order_by(series.c.id)


def list_all(unit: Unit, user_id: int) -> list[Series]:
    """The user's series, ended ones too."""
    found: list[Any] = unit.all(_series, _all, user_id=user_id)
    return found

"""The movements that series are found among: of living accounts, none that is hidden, a split as the whole it was."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, bindparam, select

from fanlight.base.folding import fold
from fanlight.enrichment.recurrence import Occurrence
from fanlight.enrichment.recurrence.finding import MAX_GROUP
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import accounts, members, transactions
from fanlight.storage.unit import Unit

DAYS_BACK = 1_200
"""Three years and some months, so that what comes once a year has come three times at any day."""


class Group(NamedTuple):
    """What occurrences of a series have in common: where, in which direction, and the merchant or else the words."""

    account_id: int
    transaction_type: int
    name_key: str


class Scope(NamedTuple):
    """Whose movements, on which accounts, from which day on."""

    user_id: int
    living: frozenset[int]
    first: str


class System(msgspec.Struct, frozen=True, gc=False):
    """What of the system's side matters here."""

    category_guid: str = ""
    description: str = ""
    merchant_guid: str | None = None
    flags: int = 0


class Edits(msgspec.Struct, frozen=True, gc=False):
    """What of its user's side does: their word on what it is."""

    is_subscription: bool | None = None
    is_bill_pay: bool | None = None


class Movement(msgspec.Struct, frozen=True, gc=False):
    """One transaction; `amount` in millionths, `date` as YYYY-MM-DD."""

    guid: str
    account_id: int
    transaction_type: int
    amount: int
    date: str
    description: str
    description_key: str
    category_guid: str
    system: System
    edits: Edits

    @property
    def group(self) -> Group:
        return Group(self.account_id, self.transaction_type, self.system.merchant_guid or self.description_key)

    def as_occurrence(self) -> Occurrence["Movement", Group]:
        return Occurrence(self, self.group, date.fromisoformat(self.date), self.amount)


class _Kept(NamedTuple):
    """What is read of a transaction."""

    guid: str
    account_id: int
    transaction_type: int
    amount: int
    date: str
    description: str
    description_key: str
    category_guid: str
    system: str
    edits: str


_COLUMNS = [transactions.c[name] for name in _Kept._fields]
_ACCOUNTS = accounts.join(members, members.c.id == accounts.c.member_id)
_LIVING = accounts.c.deleted_at.is_(None) & members.c.deleted_at.is_(None)
_system, _edits = msgspec.json.Decoder(System), msgspec.json.Decoder(Edits)
_NO_SYSTEM, _NO_EDITS = System(), Edits()


def _shown(*which: ColumnElement[bool]) -> Select[Any]:
    # Said as the partial indexes say it, so that they serve.
    own = (transactions.c.user_id == bindparam("user_id")) & transactions.c.deleted_at.is_(None)
    whole = transactions.c.parent_id.is_(None) & (transactions.c.is_hidden == 0)
    return select(*_COLUMNS).where(own, whole, *which)


@statement
def _all() -> Clause:
    return _shown(transactions.c.date >= bindparam("from_date"))


@statement
def _of_words() -> Clause:
    alike = transactions.c.description_key == bindparam("words")
    newest = transactions.c.date.desc(), transactions.c.guid.desc()
    return _shown(alike, transactions.c.date >= bindparam("from_date")).order_by(*newest).limit(bindparam("most"))


@statement
def _living_accounts() -> Clause:
    return select(accounts.c.id).select_from(_ACCOUNTS).where(accounts.c.user_id == bindparam("user_id"), _LIVING)


def scope_of(unit: Unit, user_id: int, today: date) -> Scope:
    first = (today - timedelta(days=DAYS_BACK)).isoformat()
    return Scope(user_id, frozenset(unit.all(int, _living_accounts, user_id=user_id)), first)


def everything(unit: Unit, scope: Scope) -> list[Movement]:
    """All of a user's movements, of the days that count."""
    return _made(unit.all(_Kept, _all, user_id=scope.user_id, from_date=scope.first), scope)


def of_words(unit: Unit, scope: Scope, words: Collection[str]) -> list[Movement]:
    """Those with some words (description keys), of each the newest."""
    given = {"user_id": scope.user_id, "from_date": scope.first, "most": MAX_GROUP}
    return _made(chain.from_iterable(unit.all(_Kept, _of_words, words=each, **given) for each in sorted(words)), scope)


def words_of(movement: Movement) -> set[str]:
    """The words under which others of its group are likely to be."""
    return {movement.description_key, fold(movement.system.description)} - {""}


def _made(rows: Iterable[_Kept], scope: Scope) -> list[Movement]:
    """The movements of rows, of very many with the same words the newest: reading both sides costs most."""
    alike: dict[tuple[int, int, str], list[_Kept]] = defaultdict(list)
    for row in rows:
        if row.account_id in scope.living:
            alike[row.account_id, row.transaction_type, row.description_key].append(row)
    return [_movement(row) for group in alike.values() for row in _newest(group)]


def _newest(rows: list[_Kept]) -> list[_Kept]:
    return sorted(rows, key=attrgetter("date", "guid"))[-MAX_GROUP:] if len(rows) > MAX_GROUP else rows


def _movement(row: _Kept) -> Movement:
    system = _system.decode(row.system) if row.system else _NO_SYSTEM
    edits = _edits.decode(row.edits) if row.edits else _NO_EDITS
    return Movement(*row[:-2], system, edits)

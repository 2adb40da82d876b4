"""The movements that series are found among: of living accounts, none that is hidden, a split as the whole it was."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, bindparam, select

from fanlight.enrichment.recurrence import Occurrence
from fanlight.enrichment.recurrence.finding import MAX_GROUP
from fanlight.storage.statements import Clause, array, keys_in, statement
from fanlight.storage.tables import accounts, members, transactions
from fanlight.storage.unit import Unit

DAYS_BACK = 1_200
"""Three years and some months, so that what comes once a year has come three times at any day."""
DAYS_AHEAD = 5
"""What is told before its day, such as a pay of the weekend, is there already; what is further ahead is a plan."""


class Group(NamedTuple):
    """What occurrences of a series have in common: where, in which direction, and the merchant or else the words."""

    account_id: int
    transaction_type: int
    name_key: str


class Scope(NamedTuple):
    """Whose movements, on which accounts, from which day on, to which day."""

    user_id: int
    living: frozenset[int]
    first: str
    last: str


class System(msgspec.Struct, frozen=True, gc=False):
    """What of the system's side matters here."""

    category_guid: str = ""
    flags: int = 0


class Movement(NamedTuple):
    """One transaction; `amount` in millionths, `date` as YYYY-MM-DD."""

    id: int
    guid: str
    account_id: int
    transaction_type: int
    amount: int
    date: str
    description: str
    description_key: str
    category_guid: str
    merchant_guid: str | None
    told: str

    @property
    def system(self) -> System:
        """Read when it is asked for: that costs most."""
        return _system.decode(self.told) if self.told else _NO_SYSTEM

    @property
    def group(self) -> Group:
        return _group(self.account_id, self.transaction_type, self.merchant_guid, self.description_key)

    def as_occurrence(self) -> Occurrence["Movement", Group]:
        return Occurrence(self, self.group, date.fromisoformat(self.date), self.amount)


_COLUMNS = [*(transactions.c[name] for name in Movement._fields[:-1]), transactions.c.system]
_ACCOUNTS = accounts.join(members, members.c.id == accounts.c.member_id)
_LIVING = accounts.c.deleted_at.is_(None) & members.c.deleted_at.is_(None)
# Said as the partial indexes say it, so that they serve.
_OWN = (transactions.c.user_id == bindparam("user_id")) & transactions.c.deleted_at.is_(None)
_system = msgspec.json.Decoder(System)
_NO_SYSTEM = System()


def _shown(*which: ColumnElement[bool]) -> Select[Any]:
    whole = transactions.c.parent_id.is_(None) & (transactions.c.is_hidden == 0)
    within = transactions.c.date.between(bindparam("first"), bindparam("last"))
    return select(*_COLUMNS).where(_OWN, whole, within, *which)


def _newest_of_group(*which: ColumnElement[bool]) -> Select[Any]:
    where = transactions.c.account_id == bindparam("account_id")
    direction = transactions.c.transaction_type == bindparam("transaction_type")
    newest = transactions.c.date.desc(), transactions.c.id.desc()
    return _shown(where, direction, *which).order_by(*newest).limit(MAX_GROUP)


@statement
def _all() -> Clause:
    return _shown().order_by(transactions.c.date, transactions.c.id)


@statement
def _of_merchant() -> Clause:
    return _newest_of_group(transactions.c.merchant_guid == bindparam("name_key"))


@statement
def _of_words() -> Clause:
    alike = transactions.c.description_key == bindparam("name_key")
    return _newest_of_group(alike, transactions.c.merchant_guid.is_(None))


@statement
def _groups_of_words() -> Clause:
    """Whatever became of what has these words: hidden, or on a day out of sight, it was of its group."""
    which = keys_in(transactions.c.description_key, "words")
    names = ("account_id", "transaction_type", "merchant_guid", "description_key")
    return select(*(transactions.c[name] for name in names)).distinct().where(_OWN, which)


@statement
def _groups_of_merchants() -> Clause:
    names = ("account_id", "transaction_type", "merchant_guid")
    which = keys_in(transactions.c.merchant_guid, "merchants")
    return select(*(transactions.c[name] for name in names)).distinct().where(_OWN, which)


@statement
def _words_of_days() -> Clause:
    return select(transactions.c.description_key).distinct().where(_OWN, keys_in(transactions.c.date, "days"))


@statement
def _living_accounts() -> Clause:
    return select(accounts.c.id).select_from(_ACCOUNTS).where(accounts.c.user_id == bindparam("user_id"), _LIVING)


def scope_of(unit: Unit, user_id: int, today: date) -> Scope:
    first, last = (today + timedelta(days=days) for days in (-DAYS_BACK, DAYS_AHEAD))
    living = frozenset(unit.all(int, _living_accounts, user_id=user_id))
    return Scope(user_id, living, first.isoformat(), last.isoformat())


def everything(unit: Unit, scope: Scope) -> list[Movement]:
    """All of a user's movements, of the days that count: of each group the newest, the oldest of these first."""
    alike: dict[Group, list[Movement]] = defaultdict(list)
    for each in unit.all(Movement, _all, user_id=scope.user_id, first=scope.first, last=scope.last):
        if each.account_id in scope.living:
            alike[each.group].append(each)
    return [each for group in alike.values() for each in group[-MAX_GROUP:]]


def of_groups(unit: Unit, scope: Scope, groups: Iterable[Group]) -> list[Movement]:
    """The same of some groups."""
    return [each for group in groups if group.account_id in scope.living for each in _read(unit, scope, group)]


def groups_of_words(unit: Unit, scope: Scope, words: Collection[str]) -> set[Group]:
    """The groups in which anything has some of these words: description keys, and guids of merchants."""
    if not words:
        return set()
    found = set(unit.all(_group, _groups_of_words, user_id=scope.user_id, words=array(words)))
    merchants = array(each for each in words if each.startswith("MCH-"))
    return found | set(unit.all(Group, _groups_of_merchants, user_id=scope.user_id, merchants=merchants))


def words_come_into_sight(unit: Unit, scope: Scope, before: date, today: date) -> set[str]:
    """The words of what was too far ahead on a day before, and is not any more."""
    ahead = range(1, (today - before).days + 1)
    days = [(before + timedelta(days=DAYS_AHEAD + later)).isoformat() for later in ahead]
    return set(unit.all(str, _words_of_days, user_id=scope.user_id, days=array(days))) if days else set()


def _read(unit: Unit, scope: Scope, group: Group) -> list[Movement]:
    """By its merchant or by its words: these are folded, so that they are no merchant's guid."""
    given = {"user_id": scope.user_id, "first": scope.first, "last": scope.last, **group._asdict()}
    return [each for which in (_of_merchant, _of_words) for each in reversed(unit.all(Movement, which, **given))]


def _group(account_id: int, transaction_type: int, merchant_guid: str | None, description_key: str) -> Group:
    return Group(account_id, transaction_type, merchant_guid or description_key)

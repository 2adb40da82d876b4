"""Series: what comes again and again on a user's accounts, kept, and found anew where transactions changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.core.transactions import Type
from fanlight.enrichment import recurrence
from fanlight.enrichment.recurrence import Status
from fanlight.enrichment.recurrence.cadence import MEASURES, Cadence
from fanlight.enrichment.recurrence.schedule import Schedule, standing
from fanlight.enrichment.recurrence.series import status_of
from fanlight.planning import days, staleness
from fanlight.planning.paying import series_movements
from fanlight.planning.paying.series_kinds import UNSURE, is_bill, is_subscription
from fanlight.planning.paying.series_movements import Group, Movement, Scope
from fanlight.planning.paying.series_rules import RULES
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import series
from fanlight.storage.unit import Unit

__all__ = ["RULES", "Facts", "Series", "Status", "list_all", "refresh"]

Found: TypeAlias = recurrence.Series[Movement, Group]
Pair: TypeAlias = "tuple[Found, Series | None]"
RECENT = 20
"""How many transactions of a series are named, and how many missed days."""


class Series(msgspec.Struct, frozen=True):
    """What the table holds. Amounts in millionths, days as YYYY-MM-DD.

    `name_key` is a merchant's guid or else the words (a description key) that its occurrences have in common; `day` is
    a day of the month (31 for its last), or of the week (1 Monday) for weekly ones; `amount` is what is expected next,
    `low` and `high` the band of what came; `next_on` is None at its end; `confidence` 0 to 100; `words` a JSON list of
    description keys; `facts` JSON: see `Facts`.
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
        return _facts.decode(self.facts)

    @property
    def key(self) -> str:
        """What names the series among a user's: it stays the same while it goes on."""
        plain = f"{self.account_id}.{int(self.transaction_type)}.{self.name_key}.{int(self.cadence)}"
        return f"{plain}.{number}" if (number := self.known.number) else plain

    @property
    def group(self) -> Group:
        return Group(self.account_id, int(self.transaction_type), self.name_key)

    @property
    def schedule(self) -> Schedule:
        """When it is due: see `Schedule.after`, from `known.due_on` on."""
        known = self.known
        return Schedule(self.cadence, self.day, self.second_day, known.step, known.shift)


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What else is known of a series; `recent` are the guids of its newest transactions, newest first."""

    recent: tuple[str, ...] = ()
    is_subscription: bool = False
    is_bill: bool = False
    missed: tuple[str, ...] = ()
    """Days on which an occurrence was expected and none came."""
    price_changed_on: str | None = None
    price_before: int | None = None
    due_on: str = ""
    """When the last occurrence was due; it may have come on another day."""
    step: int | None = None
    """28 or 30 for what comes every so many days and is called monthly."""
    shift: int = 0
    """What is due on no business day comes before it (-1), after it (1), or on it (0)."""
    number: int = 0
    """Among series of one merchant with the same cadence: two subscriptions."""


_series = row_of(Series)
_facts = msgspec.json.Decoder(Facts)
_words = msgspec.json.Decoder(list[str])
_COLUMNS = Series.__struct_fields__[1:]
_WRITTEN = tuple(name for name in _COLUMNS if name not in ("user_id", "created_at"))
_NAMED = (series.c.id == bindparam("of")) & (series.c.user_id == bindparam("user"))


@statement
def _all() -> Clause:
    return select(*columns(series, Series)).where(series.c.user_id == bindparam("user_id")).order_by(series.c.id)


@statement
def _insert() -> Clause:
    return insert(series).values(binds(_COLUMNS))


@statement
def _update() -> Clause:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _WRITTEN}
    return update(series).where(_NAMED).values(**values)


@statement
def _delete() -> Clause:
    return delete(series).where(_NAMED)


def list_all(unit: Unit, user_id: int) -> list[Series]:
    """The user's series, ended ones too."""
    found: list[Any] = unit.all(_series, _all, user_id=user_id)
    return found


def refresh(unit: Unit, user_id: int, words: Collection[str] | None, today: date, *, now: int) -> None:
    """Bring the user's series up to date for a day, and write what differs.

    `words` are the description keys whose transactions changed: their series are found anew. None: all of them are.
    The others stand as the day has it, by what is kept of them.
    """
    known, scope = list_all(unit, user_id), series_movements.scope_of(unit, user_id, today)
    if words is None:
        movements, groups = series_movements.everything(unit, scope), set[Group]()
    else:
        movements, groups = _asked(unit, scope, {*words, *_come_into_sight(unit, scope, today)}, known)
    of_groups: dict[Group, list[Series]] = defaultdict(list)
    for each in known:
        if each.account_id not in scope.living:
            unit.run(_delete, of=each.id, user=user_id)
        elif words is None or each.group in groups:
            of_groups[each.group].append(each)
        else:
            _write(unit, each, on_day(each, today), now)
    found: dict[Group, list[Found]] = defaultdict(list)
    for fresh in recurrence.find((each.as_occurrence() for each in movements), today):
        found[fresh.group].append(fresh)
    all_words = _words_of_groups(movements)
    for group in sorted(of_groups.keys() | found.keys()):
        _forget_others(unit, of_groups[group], pairs := _paired(found[group], of_groups[group]))
        for fresh, row, number in _numbered(pairs):
            _keep(unit, row, _made(user_id, fresh, sorted(all_words[group]), number, now))


def on_day(row: Series, today: date) -> Series:
    """A series as it stands on a day on which nothing else is known of it than what is kept."""
    if row.next_on is None or (today - date.fromisoformat(row.next_on)).days <= MEASURES[row.cadence].patience:
        return row
    known = row.known
    stands = standing(row.schedule, date.fromisoformat(known.due_on), date.fromisoformat(row.last_on), today)
    within = [day for day in known.missed if day <= row.last_on]
    missed = tuple((within + [day.isoformat() for day in stands.missed])[-RECENT:])
    return msgspec.structs.replace(
        row,
        next_on=stands.next_on.isoformat() if stands.next_on else None,
        status=status_of(len(stands.missed), stands.next_on),
        facts=_json(msgspec.structs.replace(known, missed=missed)),
    )


def _asked(
    unit: Unit, scope: Scope, words: Collection[str], known: Sequence[Series]
) -> tuple[list[Movement], set[Group]]:
    """The movements of the groups in which anything has or had some words, and these groups."""
    changed = set(words)
    groups = series_movements.groups_of_words(unit, scope, changed)
    groups.update(each.group for each in known if not changed.isdisjoint((each.name_key, *_words.decode(each.words))))
    return series_movements.of_groups(unit, scope, sorted(groups)), groups


def _come_into_sight(unit: Unit, scope: Scope, today: date) -> set[str]:
    """The words of what was too far ahead when the user's planning was up to date last."""
    settled = staleness.settled_at(unit, scope.user_id)
    if not settled:
        return set()
    # A day earlier, for the time zone may have been another one.
    before = days.today_of(unit, scope.user_id, settled) - timedelta(days=1)
    return series_movements.words_come_into_sight(unit, scope, before, today)


def _words_of_groups(movements: Iterable[Movement]) -> dict[Group, set[str]]:
    words: dict[Group, set[str]] = defaultdict(set)
    for each in movements:
        words[each.group].add(each.description_key)
    return words


def _paired(found: Sequence[Found], known: Sequence[Series]) -> list[Pair]:
    """Series of one group with the rows that they are: one shares most transactions with it, or its cadence."""
    left, pairs = list(known), []
    for fresh in found:
        guids = {each.guid for each in fresh.keys}
        best = max(left, key=lambda row: _likeness(row, fresh, guids), default=None)
        is_same = best is not None and any(_likeness(best, fresh, guids))
        pairs.append((fresh, best if is_same else None))
        left = [row for row in left if not is_same or row is not best]
    return pairs


def _numbered(pairs: Sequence[Pair]) -> Iterator[tuple[Found, Series | None, int]]:
    """Each with its number among those of its cadence: what it had, or else the lowest that is free."""
    taken: dict[Cadence, set[int]] = defaultdict(set)
    for fresh, row in pairs:
        if row is not None and row.cadence is fresh.cadence:
            taken[fresh.cadence].add(row.known.number)
    for fresh, row in pairs:
        numbers = taken[fresh.cadence]
        if row is not None and row.cadence is fresh.cadence:
            number = row.known.number
        else:
            number = min(set(range(len(numbers) + 1)) - numbers)
        numbers.add(number)
        yield fresh, row, number


def _forget_others(unit: Unit, known: Sequence[Series], pairs: Sequence[Pair]) -> None:
    """What is found no more goes."""
    kept = {row.id for _, row in pairs if row is not None}
    for row in known:
        if row.id not in kept:
            unit.run(_delete, of=row.id, user=row.user_id)


def _keep(unit: Unit, row: Series | None, made: Series) -> None:
    if row is None:
        unit.insert_row(_insert, made)
    else:
        fresh = msgspec.structs.replace(made, id=row.id, created_at=row.created_at)
        _write(unit, row, fresh, made.updated_at)


def _likeness(row: Series, fresh: Found, guids: set[str]) -> tuple[int, bool]:
    return len(guids & set(row.known.recent)), row.cadence is fresh.cadence


def _made(user_id: int, fresh: Found, words: Sequence[str], number: int, now: int) -> Series:
    newest, is_owed = fresh.keys[-1], is_bill(fresh)
    price = fresh.prices[-1] if fresh.prices else None
    facts = Facts(
        recent=tuple(each.guid for each in reversed(fresh.keys[-RECENT:])),
        is_subscription=is_subscription(fresh),
        is_bill=is_owed,
        missed=tuple(day.isoformat() for day in fresh.missed[-RECENT:]),
        price_changed_on=price.on.isoformat() if price else None,
        price_before=price.before if price else None,
        due_on=fresh.due_on.isoformat(),
        step=fresh.schedule.step,
        shift=fresh.schedule.shift,
        number=number,
    )
    return Series(
        id=0,
        user_id=user_id,
        account_id=fresh.group.account_id,
        transaction_type=Type(fresh.group.transaction_type),
        name_key=fresh.group.name_key,
        merchant_guid=newest.merchant_guid,
        category_guid=newest.category_guid,
        description=newest.description,
        words=msgspec.json.encode(words).decode(),
        cadence=fresh.cadence,
        day=fresh.schedule.day,
        second_day=fresh.schedule.second_day,
        amount=fresh.amount,
        low=fresh.low,
        high=fresh.high,
        first_on=fresh.first_on.isoformat(),
        last_on=fresh.last_on.isoformat(),
        next_on=fresh.next_on.isoformat() if fresh.next_on else None,
        count=len(fresh.keys),
        confidence=min(fresh.confidence, UNSURE) if fresh.is_scattered and not is_owed else fresh.confidence,
        status=fresh.status,
        facts=_json(facts),
        created_at=now,
        updated_at=now,
    )


def _write(unit: Unit, row: Series, fresh: Series, now: int) -> None:
    """Write a row as it is now, when it differs from what it was."""
    if msgspec.structs.replace(fresh, updated_at=row.updated_at) != row:
        values: Mapping[str, Any] = msgspec.structs.asdict(msgspec.structs.replace(fresh, updated_at=now))
        given = {f"new_{name}": values[name] for name in _WRITTEN}
        unit.run(_update, of=row.id, user=row.user_id, **given)


def _json(facts: Facts) -> str:
    return msgspec.json.encode(facts).decode()

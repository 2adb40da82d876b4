"""Staleness: what changed since a user's planning was brought up to date, and for which day that was.

Triggers note what becomes of transactions and accounts (storage/triggers.py); what else planning is made of
says so with `mark`.
"""

from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, insert, literal, select, update

from fanlight.planning.days import day_in
from fanlight.storage.statements import Clause, binds, statement
from fanlight.storage.tables import clients, plannings, stale, users
from fanlight.storage.unit import Unit

MONTH, WORDS, TABLE = "month", "words", "table"
"""`kind` of what changed."""
PUT_OFF = 3_600
"""For how many seconds what failed is put off."""
NEVER = "0000-00-00"
"""`as_of` of what was never up to date."""


class Change(NamedTuple):
    """Months (YYYY-MM) and words (description keys, guids of merchants) of what changed, and names of tables."""

    months: frozenset[str]
    words: frozenset[str]
    tables: frozenset[str]


class _State(NamedTuple):
    as_of: str | None
    put_off_until: int | None
    is_stale: bool
    is_late: bool
    time_zone: str

    def is_fresh(self, now: int) -> bool:
        """Whether nothing is to be done: all is up to date, or what failed is put off and nothing changed since."""
        if self.is_stale:
            return False
        is_put_off = now < (self.put_off_until or 0) <= now + PUT_OFF
        return is_put_off or (not self.is_late and self.as_of == day_in(self.time_zone, now).isoformat())


@statement
def _state() -> Clause:
    joined = users.join(clients, clients.c.id == users.c.client_id).outerjoin(
        plannings, plannings.c.user_id == users.c.id
    )
    of_user = stale.c.user_id == users.c.id
    is_stale, is_late = (exists().where(of_user, stale.c.is_late == literal(late)) for late in (0, 1))
    return (
        select(plannings.c.as_of, plannings.c.put_off_until, is_stale, is_late, clients.c.time_zone)
        .select_from(joined)
        .where(users.c.id == bindparam("user_id"))
    )


@statement
def _noted() -> Clause:
    return select(stale.c.kind, stale.c.name).where(stale.c.user_id == bindparam("user_id"))


@statement
def _forget() -> Clause:
    return delete(stale).where(stale.c.user_id == bindparam("user_id"))


@statement
def _make_late() -> Clause:
    """Beside what failed before: what is noted twice is late once."""
    return update(stale).prefix_with("OR REPLACE").where(stale.c.user_id == bindparam("user")).values(is_late=1)


@statement
def _mark() -> Clause:
    return (
        insert(stale)
        .prefix_with("OR IGNORE")
        .values(user_id=bindparam("user_id"), kind=TABLE, name=bindparam("of"), is_late=0)
    )


@statement
def _settle() -> Clause:
    names = ("user_id", "as_of", "updated_at", "put_off_until")
    return insert(plannings).prefix_with("OR REPLACE").values(binds(names))


@statement
def _put_off() -> Clause:
    return update(plannings).where(plannings.c.user_id == bindparam("user")).values(put_off_until=bindparam("until"))


@statement
def _settled_at() -> Clause:
    return select(plannings.c.updated_at).where(plannings.c.user_id == bindparam("user_id"))


def _is_over() -> ColumnElement[bool]:
    """Whether nothing is put off any more; so it is where the clock went back."""
    until = func.coalesce(plannings.c.put_off_until, 0)
    return (until <= bindparam("now")) | (until > bindparam("now") + PUT_OFF)


@statement
def _changed_users() -> Clause:
    """Those who wait longest."""
    joined = stale.outerjoin(plannings, plannings.c.user_id == stale.c.user_id)
    return (
        select(stale.c.user_id)
        .select_from(joined)
        .where((stale.c.is_late == 0) | _is_over())
        .group_by(stale.c.user_id)
        .order_by(func.min(stale.c.id))
        .limit(bindparam("most"))
    )


@statement
def _users_of_another_day() -> Clause:
    joined = plannings.join(users, users.c.id == plannings.c.user_id).join(clients, clients.c.id == users.c.client_id)
    is_due = (plannings.c.as_of < bindparam("today")) & _is_over()
    return (
        select(users.c.id)
        .select_from(joined)
        .where(is_due, clients.c.time_zone == bindparam("zone"))
        .order_by(plannings.c.as_of)
        .limit(bindparam("most"))
    )


@statement
def _zones() -> Clause:
    return select(clients.c.time_zone).distinct()


def is_fresh(unit: Unit, user_id: int, now: int) -> bool:
    """Whether nothing is to be done for a user, or nobody is there. One statement: every list asks."""
    state = unit.one(_State, _state, user_id=user_id)
    return state is None or state.is_fresh(now)


def noted(unit: Unit, user_id: int) -> Change:
    """What changed."""
    found = unit.all(lambda kind, name: (kind, name), _noted, user_id=user_id)
    return Change(*(frozenset(name for of, name in found if of == kind) for kind in (MONTH, WORDS, TABLE)))


def settled_at(unit: Unit, user_id: int) -> int:
    """When everything was up to date last, Unix seconds; 0 for never."""
    return unit.scalar(_settled_at, user_id=user_id) or 0


def mark(unit: Unit, user_id: int, table: str) -> None:
    """Say that something of a table changed that planning is made of."""
    unit.run(_mark, user_id=user_id, of=table)


def settle(unit: Unit, user_id: int, today: date, *, now: int) -> None:
    """Everything is up to date for a day."""
    unit.run(_forget, user_id=user_id)
    unit.run(_settle, user_id=user_id, as_of=today.isoformat(), updated_at=now, put_off_until=0)


def put_off(unit: Unit, user_id: int, *, now: int) -> None:
    """Bringing it up to date failed: what is there serves until a moment or a change, and what changed stays noted."""
    unit.run(_make_late, user=user_id)
    until = now + PUT_OFF
    if not unit.run(_put_off, user=user_id, until=until) and unit.one(_State, _state, user_id=user_id) is not None:
        unit.run(_settle, user_id=user_id, as_of=NEVER, updated_at=now, put_off_until=until)


def behind(unit: Unit, now: int, *, most: int) -> list[int]:
    """Users whose planning is not up to date, some of them: half for whom a day began, half for whom anything changed.

    What one half leaves is the other's.
    """
    begun = []
    for zone in unit.all(str, _zones):
        today = day_in(zone, now).isoformat()
        begun += unit.all(int, _users_of_another_day, today=today, zone=zone, now=now, most=most)
    changed = unit.all(int, _changed_users, now=now, most=most)
    half = max(most // 2, most - len(changed))
    return list(dict.fromkeys([*begun[:half], *changed, *begun[half:]]))[:most]

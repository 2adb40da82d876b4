"""Staleness: what changed since a user's planning was brought up to date, and for which day that was.

Triggers note what becomes of transactions and accounts (storage/triggers.py); what else planning is made of
says so with `mark`.
"""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, exists, insert, select

from fanlight.core.clients import UTC
from fanlight.planning.days import day_in
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import clients, plannings, stale, users
from fanlight.storage.unit import Unit

MONTH, WORDS, TABLE = "month", "words", "table"
"""`kind` of what changed."""


class Change(NamedTuple):
    """Months (YYYY-MM) and words (description keys) of transactions that changed, and names of tables."""

    months: frozenset[str]
    words: frozenset[str]
    tables: frozenset[str]

    @property
    def is_nothing(self) -> bool:
        return not any(self)


class _State(NamedTuple):
    as_of: str | None
    is_stale: bool
    time_zone: str


@statement
def _state() -> Clause:
    joined = users.join(clients, clients.c.id == users.c.client_id).outerjoin(
        plannings, plannings.c.user_id == users.c.id
    )
    is_stale = exists().where(stale.c.user_id == users.c.id)
    return (
        select(plannings.c.as_of, is_stale, clients.c.time_zone)
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
def _mark() -> Clause:
    return insert(stale).prefix_with("OR IGNORE").values(user_id=bindparam("user_id"), kind=TABLE, name=bindparam("of"))


@statement
def _unsettle() -> Clause:
    return delete(plannings).where(plannings.c.user_id == bindparam("user_id"))


@statement
def _settle() -> Clause:
    row: dict[str, Any] = {"user_id": bindparam("user_id"), "as_of": bindparam("day"), "updated_at": bindparam("now")}
    return insert(plannings).values(**row)


@statement
def _settled_at() -> Clause:
    return select(plannings.c.updated_at).where(plannings.c.user_id == bindparam("user_id"))


@statement
def _changed_users() -> Clause:
    return select(stale.c.user_id).distinct().limit(bindparam("most"))


@statement
def _users_of_another_day() -> Clause:
    joined = plannings.join(users, users.c.id == plannings.c.user_id).join(clients, clients.c.id == users.c.client_id)
    return (
        select(users.c.id)
        .select_from(joined)
        .where(plannings.c.as_of < bindparam("today"), clients.c.time_zone == bindparam("zone"))
        .order_by(plannings.c.as_of)
        .limit(bindparam("most"))
    )


@statement
def _zones() -> Clause:
    return select(clients.c.time_zone).distinct()


def today_if_fresh(unit: Unit, user_id: int, now: int) -> date | None:
    """The user's day when all is up to date for it, else None. One statement: every list asks."""
    state = unit.one(_State, _state, user_id=user_id)
    if state is None or state.is_stale or state.as_of is None:
        return None
    today = day_in(state.time_zone or UTC, now)
    return today if state.as_of == today.isoformat() else None


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
    unit.run(_unsettle, user_id=user_id)
    unit.run(_settle, user_id=user_id, day=today.isoformat(), now=now)


def behind(unit: Unit, now: int, *, most: int) -> list[int]:
    """Users whose planning is not up to date, some of them: something changed, or their day is over."""
    found = unit.all(int, _changed_users, most=most)
    for zone in unit.all(str, _zones):
        if len(found) >= most:
            break
        today = day_in(zone, now).isoformat()
        found += unit.all(int, _users_of_another_day, today=today, zone=zone, most=most - len(found))
    return list(dict.fromkeys(found))

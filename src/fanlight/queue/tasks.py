"""Tasks: rows that say what is to be done, from when, and who is at it until when."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.storage.statements import Clause, binds, statement
from fanlight.storage.tables import tasks
from fanlight.storage.unit import Unit


class Task(NamedTuple):
    """A claimed task; `attempts` counts this one."""

    id: int
    kind: str
    payload: str
    attempts: int

    @property
    def arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = json.loads(self.payload)
        return arguments


_ROW = (tasks.c.id, tasks.c.kind, tasks.c.payload, tasks.c.attempts)


@statement
def _insert() -> Clause:
    row = binds(("kind", "payload", "run_at", "attempts", "leased_until"))
    return insert(tasks).values(row)


@statement
def _claim() -> Clause:
    due = (
        select(tasks.c.id)
        .where(tasks.c.run_at <= bindparam("now"), tasks.c.leased_until <= bindparam("now"))
        .order_by(tasks.c.run_at, tasks.c.id)
        .limit(bindparam("count"))
    )
    return (
        update(tasks)
        .where(tasks.c.id.in_(due))
        .values(leased_until=bindparam("until"), attempts=tasks.c.attempts + 1)
        .returning(*_ROW)
    )


@statement
def _finish() -> Clause:
    return delete(tasks).where(tasks.c.id == bindparam("id"))


@statement
def _postpone() -> Clause:
    return update(tasks).where(tasks.c.id == bindparam("of")).values(run_at=bindparam("at"), leased_until=0)


@statement
def _release_all() -> Clause:
    return update(tasks).values(leased_until=0)


def enqueue(unit: Unit, kind: str, arguments: Mapping[str, Any], *, run_at: int, wake: Callable[[], None]) -> int:
    """A task that exists exactly when the unit commits. Arguments hold references, never secrets."""
    key = unit.insert(
        _insert,
        kind=kind,
        payload=json.dumps(arguments),
        run_at=run_at,
        attempts=0,
        leased_until=0,
    )
    unit.after_commit(wake)
    return key


def claim(unit: Unit, *, now: int, until: int, count: int) -> list[Task]:
    """Take up to `count` due tasks until a moment; nobody else gets them before it."""
    found = unit.all(Task, _claim, now=now, until=until, count=count)
    return sorted(found, key=lambda task: task.id)


def finish(unit: Unit, task_id: int) -> None:
    """The task is done: in the same unit as what it did last, so that it is done once."""
    unit.run(_finish, id=task_id)


def postpone(unit: Unit, task_id: int, *, at: int) -> None:
    unit.run(_postpone, of=task_id, at=at)


def release_all(unit: Unit) -> None:
    """After a start: whoever held a lease on this embedded store is dead."""
    unit.run(_release_all)

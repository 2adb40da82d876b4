"""Tasks: rows that say what is to be done, from when, and who is at it until when."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, insert, literal_column, or_, select, update

from fanlight.storage.statements import Clause, binds, statement
from fanlight.storage.tables import tasks
from fanlight.storage.unit import Unit


class Task(NamedTuple):
    """A claimed task; `attempts` counts this one."""

    id: int
    kind: str
    payload: str
    attempts: int
    lane: str

    @property
    def arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = json.loads(self.payload)
        return arguments


_ROW = (tasks.c.id, tasks.c.kind, tasks.c.payload, tasks.c.attempts, tasks.c.lane)
_NO_LANE: ColumnElement[str] = literal_column("''")
_IS_DUE = (tasks.c.run_at <= bindparam("now")) & (tasks.c.leased_until <= bindparam("now"))
# How many due tasks are looked at for each that may be taken.
_REACH = 4
ANY = 1 << 30


@statement
def _insert() -> Clause:
    row = binds(("kind", "payload", "lane", "run_at", "attempts", "leased_until"))
    return insert(tasks).values(row)


@statement
def _claim() -> Clause:
    """The oldest due tasks, of one lane no more than it has room for beside those of it that run (`busy`)."""
    full = select(func.json_each(bindparam("full")).table_valued("value").c.value)
    due = (
        select(tasks.c.id, tasks.c.lane, tasks.c.run_at)
        .where(_IS_DUE, tasks.c.lane.not_in(full))
        .order_by(tasks.c.run_at, tasks.c.id)
        .limit(bindparam("reach"))
        .subquery()
    )
    place = func.row_number().over(partition_by=due.c.lane, order_by=(due.c.run_at, due.c.id)).label("place")
    placed = select(due.c.id, due.c.lane, due.c.run_at, place).subquery()
    busy = func.json_each(bindparam("busy")).table_valued("key", "value")
    has_room = placed.c.place + func.coalesce(busy.c.value, literal_column("0")) <= bindparam("each")
    taken = (
        select(placed.c.id)
        .select_from(placed.outerjoin(busy, busy.c.key == placed.c.lane))
        .where(or_(placed.c.lane == _NO_LANE, has_room))
        .order_by(placed.c.run_at, placed.c.id)
        .limit(bindparam("count"))
    )
    return _lease(taken)


@statement
def _claim_laneless() -> Clause:
    """The oldest due tasks that are of no lane."""
    return _lease(
        select(tasks.c.id)
        .where(_IS_DUE, tasks.c.lane == _NO_LANE)
        .order_by(tasks.c.run_at, tasks.c.id)
        .limit(bindparam("count"))
    )


def _lease(taken: Select[tuple[int]]) -> Clause:
    return (
        update(tasks)
        .where(tasks.c.id.in_(taken))
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


def enqueue(
    unit: Unit, kind: str, arguments: Mapping[str, Any], *, run_at: int, wake: Callable[[], None], lane: str = ""
) -> int:
    """A task that exists exactly when the unit commits. Arguments hold references, never secrets.

    Tasks of one `lane` cannot keep others waiting: only so many of it run at once. None is for what is short and must
    not wait for lanes: some slots are its alone.
    """
    key = unit.insert(
        _insert,
        kind=kind,
        payload=json.dumps(arguments),
        lane=lane,
        run_at=run_at,
        attempts=0,
        leased_until=0,
    )
    unit.after_commit(wake)
    return key


def claim(
    unit: Unit, *, now: int, until: int, count: int, each: int = ANY, busy: Mapping[str, int] | None = None
) -> list[Task]:
    """Take up to `count` due tasks until a moment, the oldest first; nobody else gets them before it.

    Of one lane so many that, with those that are `busy` already, `each` run.
    """
    running = busy or {}
    full = [lane for lane, number in running.items() if lane and number >= each]
    wanted = {"count": count, "reach": _REACH * count, "each": each}
    lanes = {"busy": json.dumps(running), "full": json.dumps(full)}
    return sorted(unit.all(Task, _claim, now=now, until=until, **wanted, **lanes), key=_age)


def claim_laneless(unit: Unit, *, now: int, until: int, count: int) -> list[Task]:
    """The same of those that are of no lane, however many others wait before them."""
    return sorted(unit.all(Task, _claim_laneless, now=now, until=until, count=count), key=_age)


def finish(unit: Unit, task_id: int) -> None:
    """The task is done: in the same unit as what it did last, so that it is done once."""
    unit.run(_finish, id=task_id)


def postpone(unit: Unit, task_id: int, *, at: int) -> None:
    unit.run(_postpone, of=task_id, at=at)


def release_all(unit: Unit) -> None:
    """After a start: whoever held a lease on this embedded store is dead."""
    unit.run(_release_all)


def _age(task: Task) -> int:
    return task.id

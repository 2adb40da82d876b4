"""The embedded queue alone: jobs whose two steps write a checkpoint each, and nothing else.

Its own process has the store, the queue and the handler, as a server has them.
"""

import asyncio
import json
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, bindparam, func, insert, select

from bench.figures import Figures, Outcome
from bench.lab import Lab
from bench.processes import python, running
from fanlight.base.clock import system_clock
from fanlight.cli import listening
from fanlight.queue import tasks as rows
from fanlight.queue.embedded import EmbeddedQueue, Handler
from fanlight.queue.tasks import Task
from fanlight.settings import Settings
from fanlight.storage import schema
from fanlight.storage.engine import Store
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import tasks as task_table
from fanlight.storage.unit import Unit

JOBS, QUICK_JOBS = 20_000, 4_000
STARTS = 200
BATCH = 500
LIMIT = 120

_checkpoints = Table(
    "bench_checkpoints",
    MetaData(),
    Column("task_id", Integer, primary_key=True),
    Column("step", Integer, primary_key=True),
)


@statement
def _check() -> Clause:
    return insert(_checkpoints).values(task_id=bindparam("task_id"), step=bindparam("step"))


@statement
def _left() -> Clause:
    return select(func.count()).select_from(task_table)


def tasks(lab: Lab, _wanted: frozenset[str]) -> dict[str, Outcome]:
    """Jobs per second with many waiting, and how soon one starts when the queue is idle."""
    place = lab.folder("tasks")
    with running(python("bench.tasks"), place) as child:
        jobs = QUICK_JOBS if lab.quick else JOBS
        runs = [child.ask({"file": str(place / f"{number}.db"), "jobs": jobs}, LIMIT) for number in range(lab.runs)]
    note = f"{jobs:,} jobs, {Settings().queue_concurrency} at once"
    return {
        "queue": Figures(tuple(run["rate"] for run in runs), note),
        "queue-start": Figures(tuple(run["start_ms"] for run in runs), f"{STARTS} starts"),
    }


class Works:
    """A queue on its own store, with a handler that writes two checkpoints."""

    def __init__(self, file: Path) -> None:
        settings = Settings()
        schema.prepare(file)
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE bench_checkpoints (task_id INT, step INT, PRIMARY KEY (task_id, step))")
        self.store = Store(file)
        self.queue = EmbeddedQueue(
            self.store,
            system_clock,
            {"two-steps": Handler(self._two_steps), "start": Handler(self._start)},
            concurrency=settings.queue_concurrency,
            lane_concurrency=8,
            attempts=settings.task_attempts,
            timeout=LIMIT,
            every=(3600, self._nothing),
        )
        self.started: asyncio.Future[float] | None = None

    async def rate(self, jobs: int) -> float:
        """Jobs per second, from the start of the queue until the last row is gone."""
        for begin in range(0, jobs, BATCH):
            await self.store.write(self._enqueue, "two-steps", min(BATCH, jobs - begin))
        begin_at = time.perf_counter()
        await self.queue.start()
        while await self.store.read(_count_left):  # noqa: ASYNC110 - the rows are what counts, no event tells of them
            await asyncio.sleep(0.01)
        return jobs / (time.perf_counter() - begin_at)

    async def start_ms(self) -> float:
        """The median time from a task's commit to its handler, the queue being idle before."""
        loop = asyncio.get_running_loop()
        taken = []
        for _ in range(STARTS):
            await asyncio.sleep(0.005)
            self.started = loop.create_future()
            committed = await self.store.write(self._enqueue, "start", 1)
            taken.append(await asyncio.wait_for(self.started, LIMIT) - committed[0])
        return median(taken) * 1000

    def _enqueue(self, unit: Unit, kind: str, count: int) -> list[float]:
        """Some tasks, and a list that holds the moment of their commit once that is over."""
        committed: list[float] = []
        unit.after_commit(lambda: committed.append(time.perf_counter()))
        for _ in range(count):
            rows.enqueue(unit, kind, {}, run_at=system_clock(), wake=self.queue.wake)
        return committed

    async def _two_steps(self, task: Task) -> None:
        for step in (1, 2):
            await self.store.write(_write_checkpoint, task.id, step)

    async def _start(self, _task: Task) -> None:
        assert self.started is not None  # noqa: S101 - set before the task exists
        self.started.set_result(time.perf_counter())

    async def _nothing(self) -> None:
        """No housekeeping here."""


def _count_left(unit: Unit) -> int:
    return int(unit.scalar(_left))


def _write_checkpoint(unit: Unit, task_id: int, step: int) -> None:
    unit.run(_check, task_id=task_id, step=step)


async def _run(question: dict[str, Any]) -> None:
    works = Works(Path(question["file"]))
    try:
        answer = {"rate": await works.rate(question["jobs"]), "start_ms": await works.start_ms()}
    finally:
        await works.queue.stop()
        works.store.close()
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    for line in sys.stdin:
        listening.run(_run(json.loads(line)))


if __name__ == "__main__":
    main()

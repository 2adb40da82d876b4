"""The embedded queue on a store of its own: what becomes of tasks that fail, hang, or that nobody knows."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from fanlight.base.clock import FixedClock
from fanlight.core import clients
from fanlight.queue import tasks
from fanlight.queue.embedded import FIRST_BACKOFF, EmbeddedQueue, Handler
from fanlight.queue.tasks import Task
from fanlight.storage import schema
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit
from support.world import NOON, PATIENCE

KIND = "work"
TIMEOUT = 1
NEVER = 3600


class Works(NamedTuple):
    """A queue that runs, its clock, and its store."""

    queue: EmbeddedQueue
    clock: FixedClock
    store: Store

    async def enqueue(self, kind: str = KIND) -> None:
        await self.store.write(tasks.enqueue, kind, {}, run_at=self.clock(), wake=self.queue.wake)

    def turn(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.queue.wake()

    async def until_nothing_is_left(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while await self.store.read(_count):
                await asyncio.sleep(0.01)


async def _nothing() -> None:
    """No housekeeping here."""


def _count(unit: Unit) -> int:
    return len(unit._connection.execute("SELECT id FROM tasks").fetchall())


def _names(unit: Unit) -> list[str]:
    return [client.name for client in clients.list_all(unit)]


@asynccontextmanager
async def working(place: Path, handlers: Mapping[str, Handler], attempts: int) -> AsyncIterator[Works]:
    schema.create(place / "queue.db")
    store, clock = Store(place / "queue.db"), FixedClock(NOON)
    queue = EmbeddedQueue(
        store,
        clock,
        handlers,
        concurrency=4,
        lane_concurrency=2,
        attempts=attempts,
        timeout=TIMEOUT,
        every=(NEVER, _nothing),
    )
    await queue.start()
    try:
        yield Works(queue, clock, store)
    finally:
        await queue.stop()
        store.close()


class Vain:
    """Work that always fails, and how often it was begun; what is given up is written down as a client's name."""

    def __init__(self, *, refusals: int = 0) -> None:
        self.begun = asyncio.Semaphore(0)
        self.given_up = asyncio.Semaphore(0)
        self._refusals = refusals

    async def fail(self, task: Task) -> None:
        self.begun.release()
        raise RuntimeError(f"attempt {task.attempts}")

    async def hang(self, _task: Task) -> None:
        self.begun.release()
        await asyncio.Event().wait()

    def give_up(self, unit: Unit, task: Task) -> None:
        clients.create(unit, f"after-{task.attempts}", now=NOON)
        self.given_up.release()
        if self._refusals:
            self._refusals -= 1
            raise RuntimeError("the end fails too")


def test_a_task_that_fails_comes_again_and_is_given_up_once(tmp_path: Path) -> None:
    async def story() -> list[str]:
        vain = Vain()
        async with working(tmp_path, {KIND: Handler(vain.fail, vain.give_up)}, attempts=3) as works:
            await works.enqueue()
            for attempt in range(2):
                await asyncio.wait_for(vain.begun.acquire(), PATIENCE)
                assert await works.store.write(_names) == []
                works.turn(FIRST_BACKOFF * 4**attempt)
            await works.until_nothing_is_left()
            return await works.store.read(_names)

    assert asyncio.run(story()) == ["after-3"]


def test_a_task_that_hangs_is_given_up_like_one_that_fails(tmp_path: Path) -> None:
    async def story() -> list[str]:
        vain = Vain()
        async with working(tmp_path, {KIND: Handler(vain.hang, vain.give_up)}, attempts=1) as works:
            await works.enqueue()
            await works.until_nothing_is_left()
            return await works.store.read(_names)

    assert asyncio.run(story()) == ["after-1"]


def test_an_end_that_fails_leaves_nothing_and_comes_again_once_the_lease_is_over(tmp_path: Path) -> None:
    async def story() -> list[str]:
        vain = Vain(refusals=1)
        async with working(tmp_path, {KIND: Handler(vain.fail, vain.give_up)}, attempts=1) as works:
            await works.enqueue()
            await asyncio.wait_for(vain.given_up.acquire(), PATIENCE)
            assert (await works.store.write(_names), await works.store.write(_count)) == ([], 1)
            works.turn(2 * TIMEOUT)
            await works.until_nothing_is_left()
            return await works.store.read(_names)

    assert asyncio.run(story()) == ["after-2"]


def test_a_task_that_stops_with_the_process_is_not_given_up(tmp_path: Path) -> None:
    async def story() -> list[str]:
        vain = Vain()
        async with working(tmp_path, {KIND: Handler(vain.hang, vain.give_up)}, attempts=1) as works:
            await works.enqueue()
            await asyncio.wait_for(vain.begun.acquire(), PATIENCE)
            await works.queue.stop()
            assert await works.store.read(_count) == 1
            return await works.store.read(_names)

    assert asyncio.run(story()) == []


@pytest.mark.parametrize("steps", range(8))
def test_a_queue_that_is_woken_and_stopped_at_once_stops(tmp_path: Path, steps: int) -> None:
    """However many steps of the event loop lie between the two."""

    async def story() -> None:
        async with working(tmp_path, {}, attempts=1) as works:
            await asyncio.sleep(0.05)  # it waits for work now
            works.queue.wake()
            for _ in range(steps):
                await asyncio.sleep(0)
            await asyncio.wait_for(works.queue.stop(), PATIENCE)

    asyncio.run(story())


def test_a_task_of_a_kind_that_nobody_knows_is_given_up(tmp_path: Path) -> None:
    async def story() -> None:
        async with working(tmp_path, {}, attempts=1) as works:
            await works.enqueue("of another version")
            await works.until_nothing_is_left()

    asyncio.run(story())

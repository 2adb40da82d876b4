"""The embedded queue on a store of its own: what becomes of tasks that fail, hang, or that nobody knows."""

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fanlight.base.clock import FixedClock
from fanlight.core import clients
from fanlight.queue import tasks
from fanlight.queue.embedded import FIRST_BACKOFF, EmbeddedQueue, Handler
from fanlight.queue.tasks import Task
from fanlight.storage import schema
from fanlight.storage.engine import QUEUE_LIMIT, Store
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

    async def enqueue(self, kind: str = KIND, lane: str = "", count: int = 1) -> None:
        def work(unit: Unit) -> None:
            for _ in range(count):
                tasks.enqueue(unit, kind, {}, run_at=self.clock(), wake=self.queue.wake, lane=lane)

        await self.store.write(work)

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


def _leases(unit: Unit) -> list[int]:
    return [until for (until,) in unit._connection.execute("SELECT leased_until FROM tasks")]


def _names(unit: Unit) -> list[str]:
    return [client.name for client in clients.list_all(unit)]


@asynccontextmanager
async def working(
    place: Path, handlers: Mapping[str, Handler], attempts: int, **sizes: Any
) -> AsyncIterator[Works]:  # fmt: skip
    schema.create(place / "queue.db")
    store, clock = Store(place / "queue.db"), FixedClock(NOON)
    queue = EmbeddedQueue(
        store,
        clock,
        handlers,
        attempts=attempts,
        every=(NEVER, _nothing),
        **({"concurrency": 4, "lane_concurrency": 2, "timeout": TIMEOUT} | sizes),
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


class Crowd:
    """Work that goes on until it is told to end, and who is at it."""

    def __init__(self) -> None:
        self.lanes: list[str] = []
        self.end = asyncio.Event()
        self._begun = asyncio.Semaphore(0)

    async def run(self, task: Task) -> None:
        self.lanes.append(task.lane)
        self._begun.release()
        await self.end.wait()

    async def begun(self, count: int = 1) -> None:
        for _ in range(count):
            await asyncio.wait_for(self._begun.acquire(), PATIENCE)


@asynccontextmanager
async def crowded(place: Path, **sizes: Any) -> AsyncIterator[tuple[Works, Crowd]]:
    crowd = Crowd()
    async with working(place, {KIND: Handler(crowd.run)}, 1, timeout=NEVER, **sizes) as works:
        yield works, crowd
        crowd.end.set()
        await works.until_nothing_is_left()


def test_of_one_lane_exactly_so_many_run_as_may(tmp_path: Path) -> None:
    async def story() -> list[str]:
        async with crowded(tmp_path, concurrency=12, lane_concurrency=4) as (works, crowd):
            await works.enqueue(lane="slow")
            await crowd.begun()
            for _ in range(6):
                await works.enqueue(lane="slow")
            await crowd.begun(3)
            for _ in range(2):  # when the second has begun, what was left to claim after the first is claimed
                await works.enqueue(lane="other")
                await crowd.begun()
            return list(crowd.lanes)

    assert sorted(asyncio.run(story())) == ["other"] * 2 + ["slow"] * 4


def test_what_is_of_no_lane_does_not_wait_for_lanes_that_have_every_slot(tmp_path: Path) -> None:
    async def story() -> list[str]:
        async with crowded(tmp_path, concurrency=2, lane_concurrency=1, reserved=1) as (works, crowd):
            for number in range(3):
                await works.enqueue(lane=f"bank-{number}")
            await crowd.begun(2)
            await works.enqueue()
            await crowd.begun()
            return list(crowd.lanes)

    assert asyncio.run(story()) == ["bank-0", "bank-1", ""]


def test_what_is_of_no_lane_takes_its_own_slots_first(tmp_path: Path) -> None:
    async def story() -> list[str]:
        async with crowded(tmp_path, concurrency=2, lane_concurrency=2, reserved=1) as (works, crowd):
            for _ in range(2):
                await works.enqueue()
                await crowd.begun()
            await works.enqueue(lane="bank", count=2)
            await works.enqueue(lane="other", count=2)
            await crowd.begun()
            return list(crowd.lanes)

    assert asyncio.run(story()) == ["", "", "bank"]


def test_a_database_that_is_busy_for_a_moment_does_not_cost_a_failed_task_its_lease(tmp_path: Path) -> None:
    async def story() -> None:
        jammed, released = asyncio.Event(), threading.Event()
        jam: list[asyncio.Future[Any]] = []
        vain = Vain()

        def hold(_unit: Unit) -> None:
            loop.call_soon_threadsafe(jammed.set)
            released.wait(PATIENCE)

        async def fail(task: Task) -> None:
            """While one unit holds the database and as many wait for it as may."""
            if task.attempts == 1:
                jam.append(asyncio.ensure_future(works.store.write_long(hold)))
                await jammed.wait()
                jam.extend(asyncio.ensure_future(works.store.write(_count)) for _ in range(QUEUE_LIMIT))
                await asyncio.sleep(0)
            await vain.fail(task)

        loop = asyncio.get_running_loop()
        async with working(tmp_path, {KIND: Handler(fail)}, attempts=2, timeout=int(PATIENCE)) as works:
            await works.enqueue()
            await asyncio.wait_for(vain.begun.acquire(), PATIENCE)
            released.set()
            await asyncio.gather(*jam)
            async with asyncio.timeout(PATIENCE):
                while await works.store.read(_leases) != [0]:
                    await asyncio.sleep(0.01)
            works.turn(FIRST_BACKOFF)
            await works.until_nothing_is_left()

    asyncio.run(story())

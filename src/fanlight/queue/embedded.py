"""The embedded queue: runs tasks in this process's event loop, durable in the same database as everything else.

A task is claimed with a lease, run, and deleted when it is done. One that raises or takes too long comes again with
back-off until its attempts are used up: then it is given up, which is decided here and nowhere else. One that the
process died in is claimed again after the start.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import NamedTuple

from fanlight.base.clock import Clock
from fanlight.base.errors import Busy
from fanlight.queue import tasks
from fanlight.queue.tasks import Task
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
FIRST_BACKOFF = 2
LAST_BACKOFF = 600


class Handler(NamedTuple):
    """What is done for tasks of a kind: `run`, which may finish its task itself in its own last unit.

    `give_up` is what a task leaves behind when its attempts were all in vain, written in the unit that ends it.
    """

    run: Callable[[Task], Awaitable[None]]
    give_up: Callable[[Unit, Task], None] | None = None


class _Running(NamedTuple):
    job: "asyncio.Task[None]"
    lane: str


class EmbeddedQueue:
    """`handlers` maps a kind of task to its handler; of one lane no more than `lane_concurrency` run at once.

    `concurrency` are the slots that every task may have, `reserved` those beside them for tasks of no lane alone.
    `every` is housekeeping: seconds, and what is done that often.
    """

    def __init__(
        self, store: Store, clock: Clock, handlers: Mapping[str, Handler], *,
        concurrency: int, lane_concurrency: int, attempts: int, timeout: int, reserved: int = 0,
        every: "tuple[int, Callable[[], Awaitable[None]]]",
    ) -> None:  # fmt: skip
        self._store = store
        self._clock = clock
        self._handlers = handlers
        self._concurrency = concurrency
        self._lane_concurrency = lane_concurrency
        self._reserved = reserved
        self._attempts = attempts
        self._timeout = timeout
        self._every = every
        self._woken = asyncio.Event()
        self._running: dict[int, _Running] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loops: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Take back what a dead process held, and begin."""
        self._loop = asyncio.get_running_loop()
        await self._store.write(tasks.release_all)
        self._loops = [
            asyncio.create_task(self._work(), name="queue"),
            asyncio.create_task(self._repeat(), name="housekeeping"),
        ]

    async def stop(self) -> None:
        """Claim no more; tasks that are under way are cancelled and come again at the next start."""
        running = [*(each.job for each in self._running.values()), *self._loops]
        for job in running:
            job.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def wake(self) -> None:
        """There may be something to do. May be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def _work(self) -> None:
        while True:
            self._woken.clear()
            claimed = await self._claim()
            for task in claimed:
                self._begin(task)
            if not claimed:
                # Not `wait_for`: where both come at once, Python 3.11's takes the wake-up and forgets the cancellation.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_SECONDS):
                        await self._woken.wait()

    def _begin(self, task: Task) -> None:
        if task.id in self._running:
            return  # its lease ran out while it is still at work, for the clock jumped: it has a new one now
        job = asyncio.create_task(self._run(task), name=f"task-{task.id}")
        self._running[task.id] = _Running(job, task.lane)
        job.add_done_callback(partial(self._done, task.id))

    async def _repeat(self) -> None:
        seconds, work = self._every
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except Exception:
                log.exception("housekeeping failed; it comes again in %s seconds", seconds)

    async def _claim(self) -> list[Task]:
        busy = Counter(each.lane for each in self._running.values())
        if len(self._running) >= self._concurrency + self._reserved:
            return []
        try:
            return await self._store.write(self._take, busy, self._clock())
        except Exception:
            log.exception("tasks cannot be claimed")
            await asyncio.sleep(IDLE_SECONDS)
            return []

    def _take(self, unit: Unit, busy: Counter[str], now: int) -> list[Task]:
        """Fill the reserved slots with tasks of no lane, then the others with whatever is oldest."""
        until = now + 2 * self._timeout
        own = self._reserved - busy[""]
        first = tasks.claim_laneless(unit, now=now, until=until, count=own) if own > 0 else []
        laneless = busy[""] + len(first)
        free = self._concurrency - (busy.total() - busy[""]) - max(0, laneless - self._reserved)
        if free <= 0:
            return first
        return first + tasks.claim(unit, now=now, until=until, count=free, each=self._lane_concurrency, busy=busy)

    def _done(self, task_id: int, _: "asyncio.Task[None]") -> None:
        del self._running[task_id]
        self._woken.set()

    async def _run(self, task: Task) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._handlers[task.kind].run(task)
            await self._store.write(tasks.finish, task.id)
        except Exception:
            log.exception("task %s (%s) failed at attempt %s", task.id, task.kind, task.attempts)
            await self._again(task)

    async def _again(self, task: Task) -> None:
        """Put a failed task off, or end it. When that fails too, the task comes again once its lease is over."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._insist(task)
        except Exception:
            log.exception("task %s (%s) is left until its lease is over", task.id, task.kind)

    async def _insist(self, task: Task) -> None:
        """A database that is busy for a moment must not cost the task its whole lease."""
        while True:
            try:
                await self._put_off(task)
            except Busy:
                await asyncio.sleep(IDLE_SECONDS)
            else:
                return

    async def _put_off(self, task: Task) -> None:
        if task.attempts >= self._attempts:
            log.error("task %s (%s) is given up", task.id, task.kind)
            await self._store.write(self._give_up, task)
        else:
            delay = min(LAST_BACKOFF, FIRST_BACKOFF * 4 ** (task.attempts - 1))
            await self._store.write(tasks.postpone, task.id, at=self._clock() + delay)

    def _give_up(self, unit: Unit, task: Task) -> None:
        handler = self._handlers.get(task.kind)  # none where another version enqueued it
        if handler is not None and handler.give_up is not None:
            handler.give_up(unit, task)
        tasks.finish(unit, task.id)

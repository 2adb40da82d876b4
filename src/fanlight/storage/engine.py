"""The store on SQLite: units of work that wait in one turn of the event loop are committed together.

Group commit: all waiting units share one transaction, each behind a savepoint, so that a failing one leaves its
neighbours alone; results are handed out after the commit. Short units run in the loop itself, since handing them to
a thread costs more than they do; what waits for the disk or takes long runs in a thread, and the next group waits
for it while the loop goes on. Reads of long lists have connections of their own. The measurements are in
docs/decisions/0002.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from fanlight.base.boundary import UnitsOfWork
from fanlight.base.errors import Busy
from fanlight.base.folding import fold
from fanlight.storage.unit import Unit

R = TypeVar("R")
P = ParamSpec("P")

GROUP = 256
QUEUE_LIMIT = 4096
CHECKPOINT_SECONDS = 1.0
MAP_BYTES = 8 << 30
"""How much of the file is read where it lies in memory: a page of a large one need not be copied first."""
LOG_LIMIT = 64 << 20
"""The write-ahead log is cut back to this once it has been moved into the file."""
BUSY_SECONDS = 10.0
BUSY_PAUSE = 0.01
_PASSING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


class _Work(NamedTuple):
    run: Callable[[Unit], Any]
    future: "asyncio.Future[Any]"
    durable: bool = False
    long: bool = False


class _Done(NamedTuple):
    future: "asyncio.Future[Any]"
    result: Any
    error: BaseException | None


class Store:
    """Units of work on one SQLite file. `full` syncs the disk on every commit, else only durable units do."""

    def __init__(self, path: Path, *, full: bool = False, readers: int = 2) -> None:
        self.path = path
        self._full = full
        self._waiting: deque[_Work] = deque()
        self._is_scheduled = False
        self._is_away = False
        self._locked_for = 0.0
        self._synchronous = "NORMAL"
        self._connection = connect(path, busy_seconds=0)
        self._unit = Unit(self._connection)
        self._local = threading.local()
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._readers = ThreadPoolExecutor(readers, "store-reader")
        self._stopping = threading.Event()
        self._checkpoints = threading.Thread(target=self._checkpoint_loop, name="store-checkpoint", daemon=True)
        self._checkpoints.start()

    async def write(self, work: Callable[Concatenate[Unit, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a unit and wait until it is committed. Raises what the unit raises; Busy when too many wait."""
        return await self._submit(partial(_run_atomic, work, args, kwargs))

    async def write_in_parts(self, work: Callable[[Unit], R], *, durable: bool = False, long: bool = False) -> R:
        """The same for a unit that looks after itself: what it did before an `atomic` part that failed stays.

        `durable` and `long` mean what they do below.
        """
        return await self._submit(work, durable=durable, long=long)

    async def write_durable(self, work: Callable[Concatenate[Unit, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """The same, on the disk before it returns whatever the setting: for grants and credentials."""
        return await self._submit(partial(_run_atomic, work, args, kwargs), durable=True)

    async def write_long(self, work: Callable[Concatenate[Unit, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """The same in a thread, for a unit that takes long: other units wait for it, the event loop does not."""
        return await self._submit(partial(_run_atomic, work, args, kwargs), long=True)

    async def write_long_durable(
        self, work: Callable[Concatenate[Unit, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Both: in a thread, and on the disk before it returns."""
        return await self._submit(partial(_run_atomic, work, args, kwargs), durable=True, long=True)

    async def read(self, work: Callable[Concatenate[Unit, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a unit that only reads, on a connection of its own: long lists go here."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, partial(self._read, work, args, kwargs))

    def close(self) -> None:
        """Checkpoint and close; nothing may be waiting any more."""
        self._stopping.set()
        self._checkpoints.join()
        self._writer.shutdown()
        self._readers.shutdown()
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    async def _submit(self, run: Callable[[Unit], R], *, durable: bool = False, long: bool = False) -> R:
        if len(self._waiting) >= QUEUE_LIMIT:
            raise Busy("Too many requests wait for the database.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._waiting.append(_Work(run, future, durable, long))
        self._schedule(loop)
        return await future

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._is_scheduled and not self._is_away:
            self._is_scheduled = True
            loop.call_soon(self._turn, loop)

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run the units that wait now: here, or in a thread where one would hold up the loop."""
        self._is_scheduled = False
        if self._is_away or not self._waiting:
            return
        group = self._next_group()
        durable = self._full or any(work.durable for work in group)
        try:
            self._begin(durable=durable)
        except sqlite3.Error as error:
            self._try_later(loop, group, error)
            return
        self._locked_for = 0.0
        if group[0].long:
            self._go_away(loop, partial(self._run_and_commit, group))
            return
        done = self._run(group)
        if durable:
            self._go_away(loop, partial(self._commit, done))
        else:
            _hand_out(self._commit(done))
            if self._waiting:
                self._schedule(loop)

    def _next_group(self) -> list[_Work]:
        """Units in their order; a long one is a group of its own."""
        group = [self._waiting.popleft()]
        while self._waiting and len(group) < GROUP and not (group[0].long or self._waiting[0].long):
            group.append(self._waiting.popleft())
        return group

    def _go_away(self, loop: asyncio.AbstractEventLoop, work: Callable[[], list[_Done]]) -> None:
        self._is_away = True
        loop.run_in_executor(self._writer, work).add_done_callback(partial(self._come_back, loop))

    def _come_back(self, loop: asyncio.AbstractEventLoop, away: "asyncio.Future[list[_Done]]") -> None:
        self._is_away = False
        try:
            _hand_out(away.result())
        finally:
            if self._waiting:
                self._schedule(loop)

    def _try_later(self, loop: asyncio.AbstractEventLoop, group: list[_Work], error: sqlite3.Error) -> None:
        """A command holds the file for a moment: the units wait for it without holding up the loop."""
        self._locked_for += BUSY_PAUSE
        if self._locked_for > BUSY_SECONDS or _code(error) != sqlite3.SQLITE_BUSY:
            self._locked_for = 0.0
            _hand_out([_Done(work.future, None, error) for work in group])
            return
        self._waiting.extendleft(reversed(group))
        self._is_scheduled = True
        loop.call_later(BUSY_PAUSE, self._turn, loop)

    def _begin(self, *, durable: bool) -> None:
        level = "FULL" if durable else "NORMAL"
        if level != self._synchronous:
            self._connection.execute(f"PRAGMA synchronous={level}")
            self._synchronous = level
        self._connection.execute("BEGIN IMMEDIATE")

    def _run_and_commit(self, group: list[_Work]) -> list[_Done]:
        return self._commit(self._run(group))

    def _run(self, group: list[_Work]) -> list[_Done]:
        """Run every unit of a group in the open transaction."""
        done: list[_Done] = []
        with UnitsOfWork():
            for work in group:
                done.append(_attempt(work, self._unit))
                if not self._connection.in_transaction:
                    # A full disk makes SQLite roll back by itself: nothing of this group is kept.
                    self._unit = Unit(self._connection)
                    lost = Busy("The database could not take this; nothing was changed.", 5)
                    return [_Done(work.future, None, lost) for work in group]
        return done

    def _commit(self, done: list[_Done]) -> list[_Done]:
        """Commit a group: its results, or for all of them the failure of the commit itself. Never raises."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")  # SQLite may have done it by itself
            self._unit = Unit(self._connection)
            return [_Done(entry.future, None, error) for entry in done]
        self._unit.committed()
        return done

    def _read(self, work: Callable[..., R], args: Any, kwargs: Any) -> R:
        unit: Unit | None = getattr(self._local, "unit", None)
        if unit is None:
            unit = self._local.unit = Unit(connect(self.path, readonly=True))
        with UnitsOfWork(), unit.atomic():
            return work(unit, *args, **kwargs)

    def _checkpoint_loop(self) -> None:
        """Move the write-ahead log into the file from a thread of its own, so that no commit has to."""
        with closing(connect(self.path)) as connection:
            while not self._stopping.wait(CHECKPOINT_SECONDS):
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def connect(path: Path, *, readonly: bool = False, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A connection with this project's pragmas; every transaction is opened by hand."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute(f"PRAGMA journal_size_limit={LOG_LIMIT}")
    connection.execute("PRAGMA cache_size=-16000")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute(f"PRAGMA mmap_size={MAP_BYTES}")
    connection.execute(f"PRAGMA busy_timeout={int(busy_seconds * 1000)}")
    connection.create_function("fold", 1, fold, deterministic=True)
    if readonly:
        connection.execute("PRAGMA query_only=ON")
    return connection


def run_once(path: Path, work: Callable[[Unit], R]) -> R:
    """Run one unit from a command, beside a server that may be running on the same file."""
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            with UnitsOfWork():
                result = work(Unit(connection))
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return result


def _run_atomic(work: Callable[..., R], args: Any, kwargs: Any, unit: Unit) -> R:
    with unit.atomic():
        return work(unit, *args, **kwargs)


def _attempt(work: _Work, unit: Unit) -> _Done:
    try:
        return _Done(work.future, work.run(unit), None)
    except Exception as error:  # noqa: BLE001 - handed to the caller that waits for it
        return _Done(work.future, None, error)


def _hand_out(done: list[_Done]) -> None:
    """Wake the coroutines that wait; one that was cancelled meanwhile is left out."""
    for future, result, error in done:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(_told(error))


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _told(error: BaseException) -> BaseException:
    """A database that is locked, full or failing is Busy to the caller; anything else of SQLite's is a bug of ours."""
    if isinstance(error, sqlite3.Error) and _code(error) in _PASSING:
        return Busy("The database could not take this; nothing was changed.", 5)
    return error

"""The store on SQLite: one writer thread that commits many units together, and readers that never wait for it.

Group commit: all units that wait when the writer is free share one transaction, each behind a savepoint, so that a
failing one leaves its neighbours alone. A result is handed out only after the commit. Measured reasons are in
docs/decisions/0002.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from fanlight.base.boundary import enter_store_thread
from fanlight.base.errors import Busy
from fanlight.storage.unit import Unit

R = TypeVar("R")
P = ParamSpec("P")

GROUP = 256
QUEUE_LIMIT = 4096
CHECKPOINT_SECONDS = 1.0
BUSY_SECONDS = 10


class _Work(NamedTuple):
    run: Callable[[Unit], Any]
    durable: bool
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"


class Store:
    """Units of work on one SQLite file. `full` syncs the disk on every commit, else only durable units do."""

    def __init__(self, path: Path, *, full: bool = False, readers: int = 2) -> None:
        self.path = path
        self._full = full
        self._queue: queue.Queue[_Work | None] = queue.Queue(QUEUE_LIMIT)
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(readers, "store-reader", enter_store_thread)
        self._stopping = threading.Event()
        self._connection = connect(path)
        self._unit = Unit(self._connection)
        self._synchronous = "NORMAL"
        self._threads = [
            threading.Thread(target=self._write_loop, name="store-writer", daemon=True),
            threading.Thread(target=self._checkpoint_loop, name="store-checkpoint", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    async def write(self, work: Callable[Concatenate[Unit, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a unit and wait until it is committed. Raises what the unit raises; Busy when too many wait."""
        return await self._submit(partial(_run_atomic, work, args, kwargs), durable=False)

    async def write_in_parts(self, work: Callable[Concatenate[Unit, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """The same for a unit that looks after itself: what it did before an `atomic` part that failed stays."""
        return await self._submit(partial(_run_plain, work, args, kwargs), durable=False)

    async def write_durable(self, work: Callable[Concatenate[Unit, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """The same, on the disk before it returns whatever the setting: for grants and credentials."""
        return await self._submit(partial(_run_atomic, work, args, kwargs), durable=True)

    async def read(self, work: Callable[Concatenate[Unit, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a unit that only reads, on a connection of its own: long lists go here."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, partial(self._read, work, args, kwargs))

    def close(self) -> None:
        """Finish the units that wait, checkpoint, and close."""
        self._queue.put(None)
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._readers.shutdown()
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    async def _submit(self, run: Callable[[Unit], R], *, durable: bool) -> R:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        try:
            self._queue.put_nowait(_Work(run, durable, loop, future))
        except queue.Full as error:
            raise Busy("Too many requests wait for the database.") from error
        return await future

    def _read(self, work: Callable[..., R], args: Any, kwargs: Any) -> R:
        unit: Unit | None = getattr(self._local, "unit", None)
        if unit is None:
            unit = self._local.unit = Unit(connect(self.path, readonly=True))
        with unit.atomic():
            return work(unit, *args, **kwargs)

    def _write_loop(self) -> None:
        enter_store_thread()
        while True:
            group = self._next_group()
            if group:
                self._commit(group)
            if self._last:
                return

    _last = False

    def _next_group(self) -> list[_Work]:
        group: list[_Work] = []
        item = self._queue.get()
        while item is not None:
            group.append(item)
            if len(group) == GROUP:
                return group
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group
        self._last = True
        return group

    def _commit(self, group: list[_Work]) -> None:
        """Run a group in one transaction and hand out the results, or the failure of the commit itself."""
        done: list[tuple[_Work, Any, BaseException | None]] = []
        try:
            self._set_synchronous("FULL" if self._full or any(work.durable for work in group) else "NORMAL")
            self._connection.execute("BEGIN IMMEDIATE")
            for work in group:
                done.append((work, *_attempt(work, self._unit)))
                if not self._connection.in_transaction:
                    # A full disk makes SQLite roll back by itself: nothing of this group is kept.
                    raise sqlite3.OperationalError("the transaction was lost")
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._rollback()
            done = [(work, None, error) for work in group]
        self._unit.committed()
        _hand_out(done)

    def _rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._unit = Unit(self._connection)

    def _set_synchronous(self, level: str) -> None:
        if level != self._synchronous:
            self._connection.execute(f"PRAGMA synchronous={level}")
            self._synchronous = level

    def _checkpoint_loop(self) -> None:
        """Move the write-ahead log into the file from a thread of its own, so that no commit has to."""
        connection = connect(self.path)
        while not self._stopping.wait(CHECKPOINT_SECONDS):
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        connection.close()


def connect(path: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """A connection with this project's pragmas; every transaction is opened by hand."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("PRAGMA cache_size=-16000")
    connection.execute("PRAGMA temp_store=MEMORY")
    if readonly:
        connection.execute("PRAGMA query_only=ON")
    return connection


def run_once(path: Path, work: Callable[[Unit], R]) -> R:
    """Run one unit from a command, beside a server that may be running on the same file."""
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(Unit(connection))
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return result


def _run_plain(work: Callable[..., R], args: Any, kwargs: Any, unit: Unit) -> R:
    return work(unit, *args, **kwargs)


def _run_atomic(work: Callable[..., R], args: Any, kwargs: Any, unit: Unit) -> R:
    with unit.atomic():
        return work(unit, *args, **kwargs)


def _attempt(work: _Work, unit: Unit) -> tuple[Any, BaseException | None]:
    try:
        return work.run(unit), None
    except Exception as error:  # noqa: BLE001 - handed to the caller that waits for it
        return None, error


def _hand_out(done: list[tuple[_Work, Any, BaseException | None]]) -> None:
    """Wake the waiting coroutines, once per event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[_Work, Any, BaseException | None]]] = {}
    for entry in done:
        loops.setdefault(entry[0].loop, []).append(entry)
    for loop, entries in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, entries)


def _resolve(entries: list[tuple[_Work, Any, BaseException | None]]) -> None:
    for work, result, error in entries:
        if work.future.cancelled():
            continue
        if error is None:
            work.future.set_result(result)
        else:
            work.future.set_exception(error)

"""The unit of work: all statements of one request or job step, run to the end in one thread, all or nothing.

Units are plain functions that take a `Unit` first. They run serially on the store's writer (or on a reader), so
nothing is ever awaited inside one: an institution cannot be spoken to while a transaction is open.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from fanlight.base.boundary import unit_of_work
from fanlight.storage.statements import Statement

R = TypeVar("R")


class Unit:
    """A connection in the middle of a transaction."""

    __slots__ = ("_after", "_connection", "_depth")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._after: list[Callable[[], None]] = []
        self._depth = 0

    def one(self, make: Callable[..., R], query: Statement, /, **params: Any) -> R | None:
        """The first row as `make(*columns)`, or None."""
        row = self._connection.execute(query.text, query.values(params)).fetchone()
        return None if row is None else make(*row)

    def all(self, make: Callable[..., R], query: Statement, /, **params: Any) -> list[R]:
        """Every row as `make(*columns)`."""
        return [make(*row) for row in self._connection.execute(query.text, query.values(params))]

    def scalar(self, query: Statement, /, **params: Any) -> Any:
        """The first column of the first row, or None."""
        row = self._connection.execute(query.text, query.values(params)).fetchone()
        return None if row is None else row[0]

    def run(self, change: Statement, /, **params: Any) -> int:
        """Run a change; how many rows it touched."""
        return self._connection.execute(change.text, change.values(params)).rowcount

    def insert(self, change: Statement, /, **params: Any) -> int:
        """Run an insert; the new row's key."""
        key = self._connection.execute(change.text, change.values(params)).lastrowid
        assert key is not None  # noqa: S101 - an insert has a key
        return key

    def many(self, change: Statement, rows: Iterable[dict[str, Any]]) -> None:
        """Run one change for every row of parameters."""
        self._connection.executemany(change.text, (change.values(row) for row in rows))

    def after_commit(self, call: Callable[[], None]) -> None:
        """Have something done once this unit is durable; forgotten when the unit fails. Must not block or raise."""
        self._after.append(call)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """A part that is undone alone when it raises, while what came before it in the unit stays."""
        name, kept = f"s{self._depth}", len(self._after)
        self._connection.execute(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            with unit_of_work():
                yield
        except BaseException:
            self._connection.execute(f"ROLLBACK TO {name}")
            del self._after[kept:]
            raise
        finally:
            self._depth -= 1
            self._connection.execute(f"RELEASE {name}")

    def committed(self) -> None:
        """Called by the store when the transaction is over."""
        calls, self._after = self._after, []
        for call in calls:
            call()

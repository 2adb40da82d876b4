"""The unit of work: all statements of one request or job step, run to the end, all or nothing.

Units are plain functions that take a `Unit` first. They run one after the other (or on a reader), so nothing is ever
awaited inside one: an institution cannot be spoken to while a transaction is open.
"""

import sqlite3
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from fanlight.storage.statements import Statement

R = TypeVar("R")


class Unit:
    """A connection in the middle of a transaction."""

    __slots__ = ("_after", "_connection")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._after: list[Callable[[], None]] = []

    def one(self, make: Callable[..., R], query: Statement, /, **params: Any) -> R | None:
        """The first row as `make(*columns)`, or None."""
        row = self._connection.execute(query.text, query.values(params)).fetchone()
        return None if row is None else make(*row)

    def all(self, make: Callable[..., R], query: Statement, /, **params: Any) -> list[R]:
        """Every row as `make(*columns)`."""
        cursor = self._connection.execute(query.text, query.values(params))
        try:
            return [make(*row) for row in cursor]
        except Exception:
            cursor.close()  # the error keeps this frame, which would keep the rest of the rows open
            raise

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

    def insert_row(self, change: Statement, row: msgspec.Struct, /, **more: Any) -> int:
        """Insert what a struct holds, and more beside it; the new row's key. A struct's own `id` is no part of it."""
        fields = msgspec.structs.asdict(row) | more
        fields.pop("id", None)
        return self.insert(change, **fields)

    def many(self, change: Statement, rows: Iterable[dict[str, Any]]) -> None:
        """Run one change for every row of parameters."""
        self._connection.executemany(change.text, (change.values(row) for row in rows))

    def many_of(self, change: Statement, rows: Iterable[object]) -> None:
        """Run one change for every object, whose attributes are the parameters; faster than `many`."""
        text, names = change.in_order
        self._connection.executemany(text, map(attrgetter(*names), rows))

    def after_commit(self, call: Callable[[], None]) -> None:
        """Have something done once this unit is durable; forgotten when the unit fails. Must not block or raise."""
        self._after.append(call)

    def atomic(self) -> "Part":
        """A part that is undone alone when it raises, while what came before it in the unit stays."""
        return Part(self._connection, self._after)

    def committed(self) -> None:
        """Called by the store when the transaction is over."""
        calls = self._after[:]
        self._after.clear()
        for call in calls:
            call()


class Part:
    """A savepoint as a context. They nest: SQLite takes the newest of a name."""

    __slots__ = ("_after", "_connection", "_kept")

    def __init__(self, connection: sqlite3.Connection, after: list[Callable[[], None]]) -> None:
        self._connection = connection
        self._after = after
        self._kept = len(after)

    def __enter__(self) -> None:
        self._connection.execute("SAVEPOINT part")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._connection.execute("ROLLBACK TO part")
            del self._after[self._kept :]
        self._connection.execute("RELEASE part")

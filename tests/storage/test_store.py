"""The store: units are whole or not at all, results come after the commit, neighbours are safe from each other."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fanlight.base.boundary import check_outside_unit
from fanlight.base.errors import Busy, NotFound
from fanlight.core import clients
from fanlight.queue import tasks
from fanlight.storage import engine, schema
from fanlight.storage.engine import Store, connect, run_once
from fanlight.storage.unit import Unit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "store.db"
    schema.create(path)
    made = Store(path)
    yield made
    made.close()


def names(unit: Unit) -> list[str]:
    return [client.name for client in clients.list_all(unit)]


def add(unit: Unit, name: str, *, then: Exception | None = None) -> str:
    clients.create(unit, name, now=1)
    if then is not None:
        raise then
    return name


def test_a_failing_unit_leaves_nothing_and_its_neighbours_alone(store: Store) -> None:
    async def story() -> list[Any]:
        units = [store.write(add, f"c{n}", then=NotFound("no") if n % 3 == 0 else None) for n in range(30)]
        return list(await asyncio.gather(*units, return_exceptions=True))

    results = asyncio.run(story())
    assert [isinstance(result, NotFound) for result in results] == [n % 3 == 0 for n in range(30)]
    assert asyncio.run(store.read(names)) == [f"c{n}" for n in range(30) if n % 3]


def test_a_part_of_a_unit_can_be_undone_alone(store: Store) -> None:
    called: list[str] = []

    def work(unit: Unit) -> None:
        add(unit, "kept")
        unit.after_commit(lambda: called.append("kept"))
        with pytest.raises(NotFound), unit.atomic():
            unit.after_commit(lambda: called.append("undone"))
            add(unit, "undone", then=NotFound("no"))

    asyncio.run(store.write(work))
    assert asyncio.run(store.read(names)) == ["kept"]
    assert called == ["kept"]


def test_readers_cannot_write_and_see_what_is_committed(store: Store) -> None:
    asyncio.run(store.write(add, "one"))
    with pytest.raises(sqlite3.OperationalError):
        asyncio.run(store.read(add, "two"))
    assert asyncio.run(store.read(names)) == ["one"]


def test_a_full_queue_is_busy(store: Store) -> None:
    entered, released = threading.Event(), threading.Event()

    def block(_unit: Unit) -> None:
        entered.set()
        released.wait(10)

    async def story() -> list[Any]:
        first = asyncio.create_task(store.write_long(block))
        await asyncio.to_thread(entered.wait, 10)
        waiting = [asyncio.create_task(store.write(names)) for _ in range(engine.QUEUE_LIMIT + 3)]
        await asyncio.sleep(0)
        released.set()
        await first
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    results = asyncio.run(story())
    assert sum(isinstance(result, Busy) for result in results) == 3


def test_a_lost_transaction_fails_the_whole_group(tmp_path: Path) -> None:
    path = tmp_path / "small.db"
    schema.create(path)
    store = Store(path)
    store._connection.execute(f"PRAGMA max_page_count={store._connection.execute('PRAGMA page_count').fetchone()[0]}")

    async def story() -> list[Any]:
        return list(await asyncio.gather(*(store.write(_fill, n) for n in range(20)), return_exceptions=True))

    results = asyncio.run(story())
    stored = asyncio.run(store.read(names))
    acknowledged = [result for result in results if isinstance(result, str)]
    assert any(isinstance(result, Busy) for result in results)
    assert set(acknowledged) == set(stored)
    store.close()


def _fill(unit: Unit, number: int) -> str:
    name = f"c{number}"
    client, _ = clients.create(unit, name, now=1)
    clients.register(unit, client, "redirect", "https://client.example/" + "x" * 1900)
    return name


def test_commands_write_beside_a_running_store(store: Store) -> None:
    run_once(store.path, lambda unit: add(unit, "from-a-command"))
    with pytest.raises(NotFound):
        run_once(store.path, lambda unit: add(unit, "undone", then=NotFound("no")))
    assert asyncio.run(store.read(names)) == ["from-a-command"]


def test_no_institution_is_called_inside_a_unit(store: Store) -> None:
    with pytest.raises(RuntimeError, match="inside a unit of work"):
        asyncio.run(store.write(lambda unit: check_outside_unit()))
    check_outside_unit()


@pytest.mark.parametrize(("full", "level"), [(False, 1), (True, 2)])
def test_durability_is_what_was_asked_for(tmp_path: Path, full: bool, level: int) -> None:
    path = tmp_path / "d.db"
    schema.create(path)
    store = Store(path, full=full)

    def synchronous(unit: Unit) -> int:
        return int(unit._connection.execute("PRAGMA synchronous").fetchone()[0])

    assert asyncio.run(store.write(synchronous)) == level
    assert asyncio.run(store.write_durable(synchronous)) == 2
    assert asyncio.run(store.write(synchronous)) == level
    store.close()


def _schema_of(path: Path) -> set[tuple[str, str]]:
    connection = connect(path)
    found = {
        (name, " ".join((sql or "").replace('"', "").split()))
        for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    }
    connection.close()
    return found


def test_migrations_lead_to_the_same_schema_as_the_tables(tmp_path: Path) -> None:
    made, migrated = tmp_path / "made.db", tmp_path / "migrated.db"
    schema.create(made)
    assert schema.migrate(migrated) == "none"
    assert {name for name, _ in _schema_of(made)} == {name for name, _ in _schema_of(migrated)}
    columns = "SELECT m.name, p.name, p.type, p.[notnull], p.pk FROM sqlite_master m, pragma_table_info(m.name) p"
    keys = (
        "SELECT m.name, k.[table], k.[from], k.[to], k.on_delete"
        " FROM sqlite_master m, pragma_foreign_key_list(m.name) k"
    )
    for query in (columns, keys):
        found = [sorted(connect(path).execute(query).fetchall()) for path in (made, migrated)]
        assert found[0] == found[1]


def test_another_revision_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    schema.create(path)
    connection = connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '0000'")
    connection.close()
    with pytest.raises(schema.SchemaError, match="fanlight migrate"):
        schema.prepare(path)


def test_keys_that_are_held_over_a_wait_never_come_back(store: Store) -> None:
    """A task or member that was deleted must not be mistaken for a newer one."""

    def work(unit: Unit) -> list[int]:
        keys = []
        for _ in range(3):
            keys.append(tasks.enqueue(unit, "x", {}, run_at=0, wake=lambda: None))
            tasks.finish(unit, keys[-1])
        return keys

    assert asyncio.run(store.write(work)) == [1, 2, 3]
    for table in ("users", "members", "grants", "oauth_states"):
        (sql,) = store._connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        assert "AUTOINCREMENT" in sql


def test_a_commit_that_fails_answers_everybody(store: Store) -> None:
    inner = store._connection

    class Failing:
        def __getattr__(self, name: str) -> Any:
            return getattr(inner, name)

        def execute(self, sql: str, *args: Any) -> Any:
            if sql == "COMMIT":
                inner.execute("ROLLBACK")
                error = sqlite3.OperationalError("disk full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error
            return inner.execute(sql, *args)

    store._connection = Failing()  # type: ignore[assignment]

    async def story() -> list[Any]:
        work = [store.write(add, "a"), store.write_durable(add, "b"), store.write_long(add, "c")]
        return list(await asyncio.wait_for(asyncio.gather(*work, return_exceptions=True), 5))

    assert all(isinstance(result, Busy) for result in asyncio.run(story()))
    store._connection = inner
    assert asyncio.run(store.read(names)) == []

"""The schema: brought up to date by Alembic; a new database is made from the tables at once and stamped.

A test proves that both ways lead to the same schema.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from fanlight.base.errors import OperatorError
from fanlight.storage.keys import Key, Ring
from fanlight.storage.search_tables import INSTITUTION_SEARCH
from fanlight.storage.tables import metadata
from fanlight.storage.triggers import TRIGGERS
from fanlight.storage.vault import Vault, VaultError

HEAD = "0003"
_KEY_CHECK = "key_check"
_WRONG = (
    "The key is not the one that this database was sealed with; use the key file of before, or the copy of it that you"
    " keep apart. Without it no grant, credential or account number can be read: every connection would need renewal."
)
_DIALECT = sqlite.dialect()


class SchemaError(OperatorError):
    """The database is of another version; the message says what to do."""


def version(path: Path) -> str | None:
    """The revision a database is at; None when it is new."""
    if not path.exists():
        return None
    with _connection(path) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" not in tables:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])


def prepare(path: Path) -> None:
    """Make a new database, or refuse one that needs `fanlight migrate` first."""
    found = version(path)
    if found is None:
        create(path)
    elif found != HEAD:
        raise SchemaError(f"The database is at revision {found}, this program needs {HEAD}: run fanlight migrate")


def create(path: Path) -> None:
    """Every table and index of this program and the search index, stamped with its revision."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with _connection(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for table in metadata.sorted_tables:
            connection.execute(str(CreateTable(table).compile(dialect=_DIALECT)))
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                connection.execute(str(CreateIndex(index).compile(dialect=_DIALECT)))
        for statement in (*INSTITUTION_SEARCH, *TRIGGERS):
            connection.execute(statement)
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,))
        connection.execute("COMMIT")


def migrate(path: Path) -> str:
    """Bring a database to this program's revision; the revision it was at before."""
    from alembic import command  # noqa: PLC0415 - Alembic is only loaded when it is needed
    from alembic.config import Config  # noqa: PLC0415

    path.parent.mkdir(parents=True, exist_ok=True)
    before = version(path)
    config = Config()
    config.set_main_option("script_location", "fanlight.storage:migrations")
    config.set_main_option("sqlalchemy.url", f"sqlite:///{path}")
    command.upgrade(config, "head")
    return before or "none"


def check_key(path: Path, vault: Vault) -> None:
    """Refuse to start without the keys that the data was sealed with; keys that are new to a database are noted.

    Raises VaultError, which says which key is missing and what to do.
    """
    with _connection(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            known = _known_keys(connection, vault)
            _refuse_missing(known, vault.ring)
            fresh = [key for key in vault.ring.keys if key.id.hex() not in known]
            connection.executemany("INSERT INTO meta VALUES (?, ?)", [(_name(key), _noted(key)) for key in fresh])
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def forget_keys(path: Path, ids: Iterable[bytes]) -> None:
    """Have a database ask no more for keys that nothing rests on."""
    with _connection(path) as connection:
        names = [(f"{_KEY_CHECK}.{key_id.hex()}",) for key_id in ids]
        connection.executemany("DELETE FROM meta WHERE name = ?", names)


def _known_keys(connection: sqlite3.Connection, vault: Vault) -> dict[str, str]:
    """What is noted of keys, by their ids. The note of a database that knew of one key only is written anew."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (_KEY_CHECK,)).fetchone()
    if row is not None:
        mine = next((key for key in vault.ring.keys if key.check_value == row[0]), None)
        if mine is None:
            raise VaultError(_WRONG)
        connection.execute(
            "UPDATE meta SET name = ?, value = ? WHERE name = ?", (_name(mine), _noted(mine), _KEY_CHECK)
        )
    found = connection.execute("SELECT name, value FROM meta WHERE name LIKE ?", (f"{_KEY_CHECK}.%",))
    return {name.removeprefix(f"{_KEY_CHECK}."): value for name, value in found}


def _refuse_missing(known: dict[str, str], ring: Ring) -> None:
    have = {key.id.hex(): key.check_value for key in ring.keys}
    missing = [f"{key_id} ({noted.partition(' ')[0]})" for key_id, noted in known.items() if key_id not in have]
    if known and len(missing) == len(known):
        raise VaultError(_WRONG)
    if missing:
        raise VaultError(
            f"The key file lacks what this database was sealed with: {', '.join(missing)}. Use a copy of the key file"
            " that has it; a key is left out only after fanlight keys retire."
        )
    if any(have[key_id] != noted.partition(" ")[2] for key_id, noted in known.items()):
        raise VaultError(_WRONG)


def _name(key: Key) -> str:
    return f"{_KEY_CHECK}.{key.id.hex()}"


def _noted(key: Key) -> str:
    return f"{key.use.value} {key.check_value}"


@contextmanager
def _connection(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for a moment, outside any store."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection

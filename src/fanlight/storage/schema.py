"""The schema: brought up to date by Alembic; a new database is made from the tables at once and stamped.

A test proves that both ways lead to the same schema.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from fanlight.base.errors import OperatorError
from fanlight.storage.search_tables import INSTITUTION_SEARCH
from fanlight.storage.tables import metadata
from fanlight.storage.triggers import TRIGGERS
from fanlight.storage.vault import Vault, VaultError

HEAD = "0003"
_KEY_CHECK = "key_check"
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
    """Refuse to start with another key than the one the data was sealed with; a new database remembers this one."""
    with _connection(path) as connection:
        row = connection.execute("SELECT value FROM meta WHERE name = ?", (_KEY_CHECK,)).fetchone()
        if row is None:
            connection.execute("INSERT INTO meta VALUES (?, ?)", (_KEY_CHECK, vault.check_value))
        elif row[0] != vault.check_value:
            raise VaultError("The key is not the one that this database was sealed with; use the key file of before.")


@contextmanager
def _connection(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for a moment, outside any store."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection

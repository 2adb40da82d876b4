"""Columns, as every table writes them. Times are Unix seconds, amounts whole millionths, feeds and edits JSON text.

`user_id` leads the indexes of a user's data. Rows that a client can name have a `guid`; integer keys stay inside.
Where a key is held over a wait (a job in flight, a window, a task) it never comes back for another row: autoincrement.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, Text, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts rowids only in a column of exactly INTEGER.
KEY = BigInteger().with_variant(Integer, "sqlite")


def key() -> Column[int]:
    return Column("id", KEY, primary_key=True, autoincrement=True)


def of(table: str, name: str | None = None, *, nullable: bool = False) -> Column[int]:
    reference = ForeignKey(f"{table}.id", ondelete="CASCADE")
    return Column(name or f"{table[:-1]}_id", KEY, reference, nullable=nullable)


def text_(name: str, *, nullable: bool = False, unique: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable, unique=unique)


def whole(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def bytes_(name: str, *, nullable: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=nullable)


def only(condition: str) -> dict[str, Any]:
    """Make an index partial."""
    return {"sqlite_where": text(condition), "info": {"only": condition}}


def make_partial_for_postgresql() -> None:
    """Tell PostgreSQL's side of every partial index; said at once it would load that dialect at every start."""
    for index in (index for table in metadata.tables.values() for index in table.indexes if "only" in index.info):
        index.dialect_kwargs["postgresql_where"] = text(index.info["only"])

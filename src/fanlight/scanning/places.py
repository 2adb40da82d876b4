"""The places: the files of a directory as they lie there, free pages and write-ahead log included, and every value of
every table, which may be torn apart in the file.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from fanlight.scanning import search
from fanlight.scanning.needles import WINDOW, Needles
from fanlight.scanning.search import Leak

SQLITE = b"SQLite format 3\x00"
PIECE = 256 << 20
"""How much of a file is in memory at once; needles and compressed members over a border are seen from both sides."""
OVERLAP = 1 << 20


def files(paths: Iterable[Path], but: Iterable[Path] = ()) -> list[Path]:
    """The files themselves, and all that are below directories, without those that hold keys by design."""
    left_out = {path.resolve() for path in but}
    found = [below for path in paths for below in ([path] if path.is_file() else sorted(path.rglob("*")))]
    return [path for path in found if path.is_file() and path.resolve() not in left_out]


def in_files(paths: Sequence[Path], needles: Needles) -> Iterator[Leak]:
    """Every leak in files; in a database's tables too."""
    for path in paths:
        yield from in_file(path, needles)
        if is_database(path):
            yield from in_tables(path, needles)


def in_file(path: Path, needles: Needles) -> Iterator[Leak]:
    start = 0
    seen = set[Leak]()
    with path.open("rb") as file:
        while piece := file.read(PIECE + OVERLAP):
            for leak in search.in_bytes(piece, needles, path.name):
                here = leak._replace(offset=start + leak.offset)
                if here not in seen:
                    seen.add(here)
                    yield here
            start += PIECE
            if len(piece) <= PIECE:
                return
            file.seek(start)


def is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def in_tables(path: Path, needles: Needles) -> Iterator[Leak]:
    """Every leak in a value, by table and column; those of search indexes are tables too."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        names = [
            name.decode()
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
            )
        ]
        for name in names:
            yield from _in_table(connection, name, f"{path.name} {name}", needles)


def _in_table(connection: sqlite3.Connection, name: str, place: str, needles: Needles) -> Iterator[Leak]:
    """Numbers are looked at as they are written. The offset is that of the row in its table."""
    cursor = connection.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - a table's own name
    columns = [column[0] for column in cursor.description]
    for number, row in enumerate(cursor, 1):
        for column, value in zip(columns, row, strict=True):
            plain = value if isinstance(value, bytes) else str(value).encode()
            if len(plain) >= WINDOW:
                for leak in search.in_bytes(plain, needles, f"{place}.{column}"):
                    yield leak._replace(offset=number)

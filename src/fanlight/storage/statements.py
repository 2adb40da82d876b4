"""Statements: built once with SQLAlchemy, compiled once to a database's text, run by name on its driver.

A struct's fields, in order, are the columns of a row: `columns(table, Member)` selects them, `Member(*row)` holds them.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum
from types import NoneType
from typing import Any, TypeAlias, TypeVar, cast, get_args, get_type_hints

import msgspec
from sqlalchemy import ColumnElement, Table, bindparam, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

S = TypeVar("S", bound=msgspec.Struct)
Clause: TypeAlias = ClauseElement

MICROS = 1_000_000
_DIALECT = sqlite.dialect(paramstyle="named")
_IN_ORDER = sqlite.dialect(paramstyle="qmark")


class Statement:
    """A statement with named parameters; compiled at first use."""

    __slots__ = ("_build", "_defaults", "_in_order", "_text")

    def __init__(self, build: Callable[[], Clause]) -> None:
        self._build = build
        self._text: str | None = None
        self._in_order: tuple[str, tuple[str, ...]] | None = None
        self._defaults: dict[str, Any] = {}

    @property
    def in_order(self) -> tuple[str, tuple[str, ...]]:
        """The text with places instead of names, and which parameter each is: for very many rows of values."""
        if self._in_order is None:
            compiled = cast("SQLCompiler", self._build().compile(dialect=_IN_ORDER))
            self._in_order = str(compiled), tuple(compiled.positiontup or ())
        return self._in_order

    @property
    def text(self) -> str:
        if self._text is None:
            self._compile()
        assert self._text is not None  # noqa: S101 - set by _compile
        return self._text

    def values(self, given: dict[str, Any]) -> dict[str, Any]:
        """The parameters to run with: those given, and constants of the statement."""
        return {**self._defaults, **given} if self._defaults else given

    def _compile(self) -> None:
        compiled = cast("SQLCompiler", self._build().compile(dialect=_DIALECT))
        self._defaults = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        self._text = str(compiled)


def statement(build: Callable[[], Clause]) -> Statement:
    """Decorate a function that builds the statement: it is not built before it is needed."""
    return Statement(build)


def columns(table: Table, row: type[msgspec.Struct]) -> list[ColumnElement[Any]]:
    """The columns of a table that a struct names, in the struct's order."""
    return [table.c[name] for name in row.__struct_fields__]


def binds(names: Iterable[str]) -> dict[str, Any]:
    """A parameter for each column of the same name: what an insert sets."""
    return {name: bindparam(name) for name in names}


def keys_in(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether a value is one of those that travel as an `array`."""
    return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))


def array(values: Iterable[Any]) -> str:
    """Values as one parameter, for `keys_in`."""
    return msgspec.json.encode(list(values)).decode()


def hex_array(values: Iterable[bytes]) -> str:
    """Bytes as one parameter, for `keys_in(func.hex(column), ...)`."""
    return array(value.hex().upper() for value in values)


def sums(amount: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The sum of millionths in two columns, for `summed`: whole units, and what is left. One could overflow."""
    return func.sum(amount // MICROS), func.sum(amount % MICROS)


def summed(units: int, rest: int) -> int:
    """The sum of two such columns."""
    return units * MICROS + rest


def row_of(struct: type[S]) -> Callable[..., S]:
    """What makes a struct of a row: integers become the booleans and enumerations that its fields are."""
    hints = get_type_hints(struct)
    kinds = [_bare(hints[name]) for name in struct.__struct_fields__]
    converted = [(at, _reader(kind)) for at, kind in enumerate(kinds) if kind is bool or _is_enum(kind)]

    def make(*row: Any) -> S:
        values = list(row)
        for at, read in converted:
            if values[at] is not None:
                values[at] = read(values[at])
        return struct(*values)

    return make


def _reader(kind: Any) -> Callable[[Any], Any]:
    """What turns an integer into a value; a look into a dictionary is a fraction of an enumeration's own call."""
    return bool if kind is bool else {member.value: member for member in kind}.__getitem__


def _bare(kind: Any) -> Any:
    """The kind of a value that may be absent."""
    inner = [each for each in get_args(kind) if each is not NoneType]
    return inner[0] if len(inner) == 1 and NoneType in get_args(kind) else kind


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, IntEnum)

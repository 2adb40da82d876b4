"""Resealing: what is sealed under an older key is brought under the current one, in small pieces.

Reading and sealing happen outside of the units that write, and a row is written only where it is still what was read:
so the server goes on writing meanwhile. A piece that was done is not found again, so a run that was broken off begins
where it stood.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import ColumnElement, bindparam, case, delete, func, insert, literal, select, update

from fanlight.core import account_numbers, number_keys
from fanlight.core.number_keys import Kind
from fanlight.core.sealed import FINGERPRINTS, OUTLIVING, SEALED, Fingerprints, Sealed
from fanlight.storage import tables
from fanlight.storage.keys import ID_BYTES, Use
from fanlight.storage.statements import Clause, Statement, statement
from fanlight.storage.unit import Unit
from fanlight.storage.vault import FINGERPRINT_BYTES, HEADER, Vault, VaultError

T = TypeVar("T")

ROWS = 200
"""How many rows one unit writes."""
BYTES = 4 << 20
"""How much of them: one recording may be as large."""
_ROTATION = "key_rotation"


class Value(NamedTuple):
    """A sealed value, and to whom it is bound; `label` names its row for an operator."""

    id: int
    sealed: bytes
    context: str
    label: str


class Piece(NamedTuple):
    """Some rows of a column as they are to be, what could not be opened among them, and where the next one begins."""

    column: ColumnElement[Any]
    fresh: list["Change"]
    unread: list[str]
    after: int


class Change(NamedTuple):
    id: int
    was: object
    fresh: object


class Rotation(msgspec.Struct, frozen=True):
    """A rotation under way: the keys that were current when it began, by use."""

    before: dict[str, str]


def _label(table: Any) -> ColumnElement[str]:
    named = table.c.guid if "guid" in table.c else literal("row ") + table.c.id
    found: ColumnElement[str] = named
    return found


@cache
def _sizes(sealed: Sealed) -> Statement:
    """Which rows come next, and how large each is, without reading them."""
    table, value = sealed.table, sealed.value
    chosen = (table.c.id > bindparam("after"), func.length(value) > 0)
    other = func.substr(value, 1, HEADER) != bindparam("header")
    found = select(table.c.id, func.length(value)).where(*chosen, other).order_by(table.c.id).limit(bindparam("size"))
    return Statement(lambda: found)


@cache
def _between(sealed: Sealed) -> Statement:
    table, value = sealed.table, sealed.value
    chosen = (table.c.id > bindparam("after"), table.c.id <= bindparam("last"), func.length(value) > 0)
    other = func.substr(value, 1, HEADER) != bindparam("header")
    wanted = (table.c.id, value, _label(table), *sealed.bound_to)
    return Statement(lambda: select(*wanted).where(*chosen, other).order_by(table.c.id))


@cache
def _headers(sealed: Sealed) -> Statement:
    key_id = func.hex(func.substr(sealed.value, 2, ID_BYTES))
    found = select(key_id, func.count()).where(func.length(sealed.value) > 0).group_by(key_id)
    return Statement(lambda: found)


@cache
def _put(column: ColumnElement[Any]) -> Statement:
    table: Any = column.table
    named = (table.c.id == bindparam("of"), column == bindparam("was"))
    return Statement(lambda: update(table).where(*named).values({column.name: bindparam("fresh")}))


@cache
def _stale_fingerprints(of: Fingerprints) -> Statement:
    sealed, value = of.of, of.value
    table = sealed.table
    chosen = (table.c.id > bindparam("after"), func.length(sealed.value) > 0, func.length(value) > 0)
    other = func.substr(value, 1, ID_BYTES) != bindparam("key_id")
    wanted = (table.c.id, value, sealed.value, _label(table), *sealed.bound_to, *of.given)
    return Statement(lambda: select(*wanted).where(*chosen, other).order_by(table.c.id).limit(bindparam("size")))


def _fingerprint_keys(column: ColumnElement[Any], condition: ColumnElement[bool]) -> Statement:
    """How many fingerprints are of each key; those of a bare file may be without its id."""
    key_id = func.hex(func.substr(column, 1, func.length(column) - FINGERPRINT_BYTES))
    found = select(key_id, func.count()).where(func.length(column) > 0, condition).group_by(key_id)
    return Statement(lambda: found)


@statement
def _stale_number_keys() -> Clause:
    accounts = tables.accounts
    other = accounts.c.number_key.not_like(bindparam("current"))
    chosen = (accounts.c.id > bindparam("after"), accounts.c.number_key.is_not(None), other)
    return (
        select(accounts.c.id, accounts.c.user_id, accounts.c.number_key)
        .where(*chosen)
        .order_by(accounts.c.id)
        .limit(bindparam("size"))
    )


@statement
def _number_key_keys() -> Clause:
    kept = tables.accounts.c.number_key
    rest = func.substr(kept, func.instr(kept, ".") + 1)
    key_id = case((func.instr(rest, ".") > 0, func.substr(rest, 1, 2 * ID_BYTES)), else_="")
    return select(key_id, func.count()).where(kept.is_not(None)).group_by(key_id)


@statement
def _rotation() -> Clause:
    return select(tables.meta.c.value).where(tables.meta.c.name == _ROTATION)


@statement
def _begin() -> Clause:
    return insert(tables.meta).values(name=_ROTATION, value=bindparam("noted"))


@statement
def _end() -> Clause:
    return delete(tables.meta).where(tables.meta.c.name == _ROTATION)


def rotation(unit: Unit) -> Rotation | None:
    """The rotation that is under way, or was broken off."""
    noted = unit.scalar(_rotation)
    return None if noted is None else msgspec.json.decode(noted, type=Rotation)


def begin(unit: Unit, found: Rotation) -> None:
    unit.run(_begin, noted=msgspec.json.encode(found).decode())


def end(unit: Unit) -> None:
    unit.run(_end)


def values(unit: Unit, sealed: Sealed, header: bytes, after: int) -> list[Value]:
    """The next values that do not begin with a header (`b""`: all), no more than one unit is to write."""
    last, size = 0, 0
    sizes = unit.all(lambda *row: row, _sizes(sealed), after=after, header=header, size=ROWS)
    for key, length in sizes:
        if size and size + length > BYTES:
            break
        last, size = key, size + length
    rows = unit.all(lambda *row: row, _between(sealed), after=after, last=last, header=header)
    return [Value(key, value, sealed.context_of(tuple(bound)), label) for key, value, label, *bound in rows]


def of_values(unit: Unit, vault: Vault, sealed: Sealed, after: int) -> Piece | None:
    """The next piece of a sealed column; None at its end."""
    found = values(unit, sealed, vault.header(sealed.purpose), after)
    fresh, unread = [], []
    for each in found:
        try:
            fresh.append(Change(each.id, each.sealed, vault.reseal(sealed.purpose, each.context, each.sealed)))
        except VaultError:
            unread.append(f"{sealed.name} {each.label}")
    return Piece(sealed.value, fresh, unread, found[-1].id) if found else None


def of_fingerprints(unit: Unit, vault: Vault, of: Fingerprints, after: int) -> Piece | None:
    """The next piece of a column of fingerprints: what they are of is opened, and told by the current key."""
    current, bound = vault.ring.current(Use.INDEX), len(of.of.names)
    rows = unit.all(lambda *row: row, _stale_fingerprints(of), after=after, key_id=current.id, size=ROWS)
    fresh, unread = [], []
    for key, was, sealed, label, *more in rows:
        context = of.of.context_of(tuple(more[:bound]))
        try:
            text = vault.open(of.of.purpose, context, sealed).decode()
        except VaultError:
            unread.append(f"{of.name} {label}")
            continue
        fresh.append(Change(key, was, of.make(vault, text, *more[bound:])))
    return Piece(of.value, fresh, unread, rows[-1][0]) if rows else None


def of_number_keys(unit: Unit, vault: Vault, after: int) -> Piece | None:
    """The next piece of number keys, where an account's numbers are kept; the others wait until they are told again."""
    current = f"%.{vault.ring.current(Use.INDEX).id.hex()}.%"
    rows = unit.all(lambda *row: row, _stale_number_keys, after=after, current=current, size=ROWS)
    fresh = []
    for key, user_id, was in rows:
        made = _remade(unit, vault, user_id, key, was)
        if made not in (None, was):
            fresh.append(Change(key, was, made))
    return Piece(tables.accounts.c.number_key, fresh, [], rows[-1][0]) if rows else None


def _next_of(
    make: Callable[[Unit, Vault, T, int], Piece | None], column: T, unit: Unit, vault: Vault, after: int
) -> Piece | None:  # fmt: skip
    return make(unit, vault, column, after)


def next_piece(unit: Unit, vault: Vault, column: int, after: int) -> Piece | None:
    """The piece of a column (its place in `NEXT_PIECE`) that comes after a row; None at its end."""
    return NEXT_PIECE[column](unit, vault, after)


def write(unit: Unit, piece: Piece) -> int:
    """Write what was read and has not changed since; how many rows."""
    put = _put(piece.column)
    return sum(unit.run(put, of=each.id, was=each.was, fresh=each.fresh) for each in piece.fresh)


def resting(unit: Unit) -> dict[str, dict[str, int]]:
    """How many values of each column rest on each key, by its id; an empty id is that of a bare key file."""
    found = {sealed.name: _counted(unit, _headers(sealed)) for sealed in SEALED}
    found |= {of.name: _counted(unit, _fingerprint_keys(of.value, of.of.value.is_not(None))) for of in FINGERPRINTS}
    for column in OUTLIVING:
        gone = column.table.c.sealed.is_(None) if "sealed" in column.table.c else literal(1) == 1
        name = f"{column.table.name}.{column.name} of what is gone"
        found[name] = _counted(unit, _fingerprint_keys(column, gone))
    found["accounts.number_key"] = _counted(unit, _number_key_keys)
    return {name: counts for name, counts in found.items() if counts}


def unopened(unit: Unit, vault: Vault, sealed: Sealed, after: int) -> tuple[list[str], int, int] | None:
    """Of the next values of a column those that do not open, how many there are, and the last; None at the end."""
    found = values(unit, sealed, b"", after)
    return (
        ([each.label for each in found if not _opens(vault, sealed, each)], len(found), found[-1].id) if found else None
    )


def _opens(vault: Vault, sealed: Sealed, value: Value) -> bool:
    try:
        vault.open(sealed.purpose, value.context, value.sealed)
    except VaultError:
        return False
    return True


def _counted(unit: Unit, counting: Statement) -> dict[str, int]:
    return {str(key_id or "").lower(): count for key_id, count in unit.all(lambda *row: row, counting)}


def _remade(unit: Unit, vault: Vault, user_id: int, account_id: int, was: str) -> str | None:
    """The key of today for the number whose key is kept, where that number is kept."""
    for row in account_numbers.of_account(unit, user_id, account_id):
        try:
            told = account_numbers.numbers(vault, row)
        except VaultError:
            continue
        place = number_keys.whole(
            told.routing_number, told.institution_number, told.transit_number, told.account_number
        )
        for kind, number in ((Kind.WHOLE, place), (Kind.TOKEN, told.account_number)):
            made = [] if number is None else number_keys.all_of(vault, user_id, kind, number)
            if was in made:
                return made[0]
    return None


NEXT_PIECE: tuple[Callable[[Unit, Vault, int], Piece | None], ...] = (
    *(partial(_next_of, of_values, sealed) for sealed in SEALED),
    *(partial(_next_of, of_fingerprints, of) for of in FINGERPRINTS),
    of_number_keys,
)
"""For each column that is gone over, what makes its next piece after a row."""

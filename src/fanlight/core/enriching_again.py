"""Enriching again: what is kept of institutions' words, read by the enrichment of today.

What users said and the rules that hold for a transaction stay; a rule that did not hold before does so only where the
system's words are other ones now. The same version over the same rows changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, select, tuple_

from fanlight.core import enriching, transactions
from fanlight.core.enriching import Says
from fanlight.core.provenance import Facts
from fanlight.core.transactions import SPLIT, Row
from fanlight.storage.statements import Clause, columns, row_of, statement
from fanlight.storage.tables import accounts, users
from fanlight.storage.tables import transactions as table
from fanlight.storage.unit import Unit

PART_ROWS = 2_000
"""How many transactions one unit looks at, or writes."""
USERS = 1_000
"""How many users are listed at once."""


class Cursor(NamedTuple):
    """Where a part ends: a day and a key."""

    date: str = ""
    id: int = 0


class Someone(NamedTuple):
    """A user whose transactions are gone through."""

    id: int
    guid: str


class _Account(NamedTuple):
    id: int
    feed: str
    edits: str


_row = row_of(Row)


@statement
def _users() -> Clause:
    listed = select(users.c.id, users.c.guid).where(users.c.id > bindparam("after"))
    return listed.order_by(users.c.id).limit(bindparam("size"))


@statement
def _accounts() -> Clause:
    kept = select(accounts.c.id, accounts.c.feed, accounts.c.edits)
    return kept.where(accounts.c.user_id == bindparam("user_id"))


@statement
def _part() -> Clause:
    beyond = tuple_(table.c.date, table.c.id) > tuple_(bindparam("date"), bindparam("id"))
    living = (table.c.user_id == bindparam("user_id")) & table.c.deleted_at.is_(None)
    rows = select(*columns(table, Row)).where(living, beyond)
    return rows.order_by(table.c.date, table.c.id).limit(bindparam("size"))


class Scope(NamedTuple):
    """What has to be known of a user to enrich some of their rows: rules, kinds of accounts, parents of children."""

    says: Says
    kinds: Mapping[int, int | None]
    parents: Mapping[int, Row]

    @classmethod
    def of(cls, unit: Unit, user_id: int, rows: Iterable[Row]) -> "Scope":
        wanted = {row.parent_id for row in rows if row.parent_id is not None}
        parents = transactions.by_keys(unit, user_id, wanted) if wanted else []
        kinds = {each.id: _kind(each) for each in unit.all(_Account, _accounts, user_id=user_id)}
        return cls(Says.of(unit, user_id), kinds, {row.id: row for row in parents})

    def again(self, row: Row) -> Row:
        """The row as enrichment has it now; a part of a split follows what it is a part of."""
        whole = self.parents.get(row.parent_id or 0) if row.fingerprint == SPLIT else row
        if whole is None:
            return row
        return enriched(self.says, row, self.kinds.get(row.account_id), whole)


class Piece(NamedTuple):
    """Some of a user's transactions, and what would change of them."""

    user_id: int
    rows: list[Row]
    scope: Scope

    def changed(self) -> list[Row]:
        """Pure, and long for many rows."""
        pairs = ((row, self.scope.again(row)) for row in self.rows)
        return [fresh for row, fresh in pairs if fresh != row]

    @property
    def end(self) -> Cursor:
        return Cursor(self.rows[-1].date, self.rows[-1].id)


def someone(unit: Unit, after: int) -> list[Someone]:
    """Some of all users, those that come after one."""
    return unit.all(Someone, _users, after=after, size=USERS)


def read(unit: Unit, of: Sequence[Someone], after: Cursor, size: int = PART_ROWS) -> list[Piece]:
    """Of the first user what comes after a cursor, of those that follow all, until there are `size` transactions."""
    pieces: list[Piece] = []
    for each in of:
        rows = unit.all(_row, _part, user_id=each.id, size=size, **after._asdict())
        pieces.append(Piece(each.id, rows, Scope.of(unit, each.id, rows)))
        size, after = size - len(rows), Cursor()
        if size == 0:
            break
    return pieces


def write(unit: Unit, piece: Piece, fresh: Sequence[Row], *, now: int) -> int:
    """Write what changed of a piece; how many rows. What was changed since it was read is enriched as it is now."""
    user_id = piece.user_id
    current = transactions.by_keys(unit, user_id, [row.id for row in fresh])
    scope = Scope.of(unit, user_id, current)
    is_same = scope.says.is_same(piece.scope.says)
    enriched_then = {(row.id, row.revision): row for row in fresh} if is_same else {}
    living = [row for row in current if row.deleted_at is None]
    rows = [(row, enriched_then.get((row.id, row.revision)) or scope.again(row)) for row in living]
    changed = [msgspec.structs.replace(new, updated_at=now) for row, new in rows if new != row]
    enriching.write(unit, user_id, changed, now=now)
    return len(changed)


def enriched(says: Says, row: Row, account_type: int | None, whole: Row | None = None) -> Row:
    """A kept row with what the system says today of it, or of the `whole` that it is a part of.

    What it is among other transactions stays.
    """
    read = row if whole is None else msgspec.structs.replace(whole, system=row.system)
    return says.settled(msgspec.structs.replace(row, system=says.enriched(read, account_type).system))


def _kind(account: _Account) -> int | None:
    found: int | None = Facts.parse(account.feed, account.edits)["account_type"].value
    return found

"""Audit: what was done, when, for which client, to what. No row says anything of a person but a guid, nor a secret.

The rows are a chain: each holds SHA-256 of the hash before it and of its own content, and the database's notes hold how
many there are and the last hash (the anchor). So a row that was changed, moved or taken away is found, at the end too.
Who can write the database can make a whole new chain with its anchor; against that only a hash that is kept elsewhere
helps. A row is written in the unit of its act: what was undone left none, what was done left one.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, bindparam, func, insert, or_, select, update

from fanlight.storage.statements import Clause, binds, columns, statement
from fanlight.storage.tables import audit, meta
from fanlight.storage.unit import Unit

OPERATOR = 0
"""The client of an act of an operator that concerns none."""

USER_DELETED = "user.deleted"
MEMBER_DELETED = "member.deleted"
WINDOW_OPENED = "window.opened"
GRANT_GIVEN = "grant.given"
GRANT_RENEWED = "grant.renewed"
GRANT_CONFIRMED = "grant.confirmed"
GRANT_REVOKED = "grant.revoked"
GRANT_EXPIRED = "grant.expired"
CONSENT_RECONFIRMED = "consent.reconfirmed"
OWNERS_READ = "owners.read"
NUMBERS_READ = "numbers.read"
TRANSACTION_EXPLAINED = "transaction.explained"
CLIENT_CREATED = "client.created"
CLIENT_DISABLED = "client.disabled"
CLIENT_KEY_REPLACED = "client.key_replaced"
CLIENT_CHANGED = "client.changed"
REGISTERED = "client.registered"
UNREGISTERED = "client.unregistered"
USER_CREATED = "user.created"
INSTITUTION_PUT = "institution.put"
INSTITUTION_WORD = "institution.word"
MEMBER_WORD = "member.word"
REPLAYED = "member.replayed"
REPLAY_APPLIED = "member.replay_applied"
KEYS_MADE = "keys.made"
ROTATION_BEGUN = "keys.rotation_begun"
ROTATED = "keys.rotated"
KEYS_RETIRED = "keys.retired"

GENESIS = bytes(32)
"""What stands before the first row."""
PAGE = 5_000
_ANCHOR = "audit_head"


class Entry(msgspec.Struct, frozen=True):
    id: int
    at: int
    client_id: int
    action: str
    subject_guid: str
    detail: str | None
    hash: bytes | None = None

    def hash_after(self, before: bytes) -> bytes:
        """SHA-256 of the hash before and of the JSON list of sequence, time, client, action, guid and detail."""
        told = [self.id, self.at, self.client_id, self.action, self.subject_guid, self.detail]
        return sha256(before + json.dumps(told, separators=(",", ":")).encode()).digest()


class Anchor(NamedTuple):
    """How many rows there are to be, and the hash of the last."""

    rows: int
    head: bytes


class Verdict(NamedTuple):
    """What a look at the chain found: how far it holds, and what is the matter after that (None: nothing)."""

    rows: int
    head: bytes
    broken: str | None
    at: int | None = None
    """The first row that is not as it was written."""


class Wanted(NamedTuple):
    """Which entries: of a client, an action or a group of them (`client.`), a guid, a span of time."""

    client_id: int | None = None
    action: str | None = None
    guid: str | None = None
    since: int = 0
    until: int = 1 << 62


@statement
def _insert() -> Clause:
    return insert(audit).values(binds(Entry.__struct_fields__))


@statement
def _end() -> Clause:
    """The anchor as it is noted, and the last row there is."""
    noted = select(meta.c.value).where(meta.c.name == _ANCHOR).scalar_subquery()
    return select(noted, select(func.max(audit.c.id)).scalar_subquery())


@statement
def _add_anchor() -> Clause:
    return insert(meta).values(name=_ANCHOR, value=bindparam("noted"))


@statement
def _move_anchor() -> Clause:
    return update(meta).where(meta.c.name == _ANCHOR).values(value=bindparam("noted"))


@statement
def _after() -> Clause:
    chosen = audit.c.id > bindparam("after")
    return select(*columns(audit, Entry)).where(chosen).order_by(audit.c.id).limit(bindparam("size"))


def _is(column: ColumnElement[object], name: str) -> ColumnElement[bool]:
    return or_(bindparam(name).is_(None), column == bindparam(name))


@statement
def _latest() -> Clause:
    group = func.substr(audit.c.action, 1, func.length(bindparam("action"))) == bindparam("action")
    return (
        select(*columns(audit, Entry))
        .where(
            _is(audit.c.client_id, "client_id"),
            or_(bindparam("action").is_(None), group),
            _is(audit.c.subject_guid, "guid"),
            audit.c.at >= bindparam("since"),
            audit.c.at < bindparam("until"),
        )
        .order_by(audit.c.id.desc())
        .limit(bindparam("size"))
    )


def record(unit: Unit, client_id: int, action: str, guid: str, *, now: int, detail: str | None = None) -> None:
    """Write down what was done to the thing of a guid; `detail` names no person and holds no secret."""
    anchor, last = _read_end(unit)
    entry = Entry(max(anchor.rows, last) + 1, now, client_id, action, guid, detail)
    made = entry.hash_after(anchor.head)
    unit.insert(_insert, **msgspec.structs.asdict(entry) | {"hash": made})
    unit.run(_move_anchor, noted=f"{entry.id}:{made.hex()}")


def by_operator(unit: Unit, action: str, guid: str, *, now: int, detail: str | None = None) -> None:
    """Write down what an operator did to what is no client's."""
    record(unit, OPERATOR, action, guid, now=now, detail=detail)


def latest(unit: Unit, wanted: Wanted, size: int) -> list[Entry]:
    """The newest entries of those that are wanted, newest first."""
    return unit.all(Entry, _latest, **wanted._asdict(), size=size)


def anchor(unit: Unit) -> Anchor | None:
    """What the database notes of its chain; None before the first act."""
    noted, _ = unit.all(lambda *row: row, _end)[0]
    return None if noted is None else _parse(noted)


def verify(unit: Unit, expected: bytes | None = None) -> Verdict:
    """Follow the chain to its first fault. `expected` is a hash of before that must be in it."""
    count, head, is_met, noted = 0, GENESIS, expected in (None, GENESIS), anchor(unit)
    for entry in _all(unit):
        if entry.id != count + 1:
            return Verdict(count, head, f"rows from {count + 1} to {entry.id - 1} are missing", count + 1)
        if entry.hash != entry.hash_after(head):
            return Verdict(count, head, f"row {entry.id} is not what was written there", entry.id)
        count, head = entry.id, entry.hash_after(head)
        is_met = is_met or head == expected
    return _judge(count, head, noted, is_met=is_met)


def _judge(count: int, head: bytes, noted: Anchor | None, *, is_met: bool) -> Verdict:
    """Whether the chain ends where it is to."""
    broken = None
    if noted is None and count:
        broken = "the note of where the chain ends is gone"
    elif noted is not None and noted.rows > count:
        broken = f"{noted.rows - count} rows at the end are missing: there were {noted.rows}"
    elif noted is not None and noted != (count, head):
        broken = "the note of where the chain ends says another end"
    elif not is_met:
        broken = "no row has the hash that is expected: the log was cut before it, or written anew"
    return Verdict(count, head, broken, count + 1 if broken else None)


def _all(unit: Unit) -> Iterator[Entry]:
    after = 0
    while page := unit.all(Entry, _after, after=after, size=PAGE):
        yield from page
        after = page[-1].id


def _read_end(unit: Unit) -> tuple[Anchor, int]:
    """The anchor, and the last row's place. Rows whose anchor is gone are not taken in: the chain stays broken."""
    noted, last = unit.all(lambda *row: row, _end)[0]
    if noted is not None:
        return _parse(noted), last or 0
    unit.run(_add_anchor, noted=f"0:{GENESIS.hex()}")
    return Anchor(0, GENESIS), last or 0


def _parse(noted: str) -> Anchor:
    count, _, head = noted.partition(":")
    return Anchor(int(count), bytes.fromhex(head))

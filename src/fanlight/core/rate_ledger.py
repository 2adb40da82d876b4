"""The rate ledger: how much was asked of an institution, and until when it wants to be left alone.

A limit is an institution's for all, or for one member and one scope: what was asked for there, such as an account's
transactions. A row lives as long as it says anything.
"""

import hashlib
from typing import NamedTuple

from sqlalchemy import bindparam, case, delete, func, insert, select, update

from fanlight.base.clock import DAY
from fanlight.storage.statements import Clause, binds, statement
from fanlight.storage.tables import rate_ledger
from fanlight.storage.unit import Unit

WINDOW = DAY
"""How long what was asked for counts, from the first request on."""
EVERYTHING = ""
"""The scope of all that a member may be asked for."""
REFUSED = "refused"
"""The same, where the institution refused a request for the member as one too many."""


class Place(NamedTuple):
    """What a limit is of: a member's `scope`, or the whole institution (user and member 0, no scope)."""

    institution_id: int
    user_id: int = 0
    member_id: int = 0
    scope: str = ""


class Row(NamedTuple):
    """What is known of a place."""

    scope: str
    began_at: int
    used: int
    blocked_until: int


_NAMED = (
    (rate_ledger.c.institution_id == bindparam("of"))
    & (rate_ledger.c.user_id == bindparam("user"))
    & (rate_ledger.c.member_id == bindparam("member"))
    & (rate_ledger.c.scope == bindparam("what"))
)
_COLUMNS = (rate_ledger.c.scope, rate_ledger.c.began_at, rate_ledger.c.used, rate_ledger.c.blocked_until)
_FIELDS = ("institution_id", "user_id", "member_id", "scope", "began_at", "used", "blocked_until", "updated_at")


@statement
def _insert() -> Clause:
    return insert(rate_ledger).values(binds(_FIELDS))


@statement
def _begin_window() -> Clause:
    is_over = rate_ledger.c.began_at <= bindparam("before")
    return update(rate_ledger).where(_NAMED, is_over).values(began_at=bindparam("now"), used=0)


@statement
def _take() -> Clause:
    is_left = rate_ledger.c.used < bindparam("most")
    return (
        update(rate_ledger)
        .where(_NAMED, is_left)
        .values(used=rate_ledger.c.used + 1, updated_at=bindparam("now"))
    )  # fmt: skip


@statement
def _block() -> Clause:
    known = rate_ledger.c.blocked_until
    until = case((known < bindparam("until"), bindparam("until")), else_=known)
    return update(rate_ledger).where(_NAMED).values(blocked_until=until, updated_at=bindparam("now"))


@statement
def _read() -> Clause:
    return select(*_COLUMNS).where(_NAMED)


@statement
def _of_member() -> Clause:
    return select(*_COLUMNS).where(
        rate_ledger.c.institution_id == bindparam("of"),
        rate_ledger.c.user_id == bindparam("user"),
        rate_ledger.c.member_id == bindparam("member"),
    )


@statement
def _refused_to_others() -> Clause:
    return select(func.count()).where(
        rate_ledger.c.institution_id == bindparam("of"),
        rate_ledger.c.user_id.not_in((0, bindparam("user"))),
        rate_ledger.c.scope == REFUSED,
        rate_ledger.c.blocked_until > bindparam("now"),
    )


@statement
def _purge() -> Clause:
    return delete(rate_ledger).where(
        rate_ledger.c.updated_at <= bindparam("before"), rate_ledger.c.blocked_until <= bindparam("now")
    )


def scope_of(text: str) -> str:
    """The short name of a scope, which may hold what institutions call accounts."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def take(unit: Unit, place: Place, *, most: int, now: int) -> int | None:
    """Count one request; None when it may be sent, else when the next may be: the window's requests are used up."""
    named = _named(place)
    if unit.scalar(_read, **named) is None:
        _add(unit, place, now=now)
    unit.run(_begin_window, **named, before=now - WINDOW, now=now)
    if unit.run(_take, **named, most=most, now=now) == 1:
        return None
    row = unit.one(Row, _read, **named)
    assert row is not None  # noqa: S101 - it was added above
    return row.began_at + WINDOW


def block(unit: Unit, place: Place, *, until: int, now: int) -> None:
    """The institution wants to be left alone until a moment; an earlier one changes nothing."""
    if unit.run(_block, **_named(place), until=until, now=now) == 0:
        _add(unit, place, until=until, now=now)


def refuse(unit: Unit, place: Place, *, until: int, longest: int, now: int) -> int | None:
    """The institution refused a request for a member as one too many: it is left alone by that member until a moment.

    By all, at most `longest` seconds, once it has refused another user too and that still holds: one person, who may
    have many members, must not close it for everybody. Until when it is closed for all; None where it is not.
    """
    block(unit, place._replace(scope=REFUSED), until=until, now=now)
    if not longest or not unit.scalar(_refused_to_others, of=place.institution_id, user=place.user_id, now=now):
        return None
    closed = min(until, now + longest)
    block(unit, Place(place.institution_id), until=closed, now=now)
    return closed


def of_member(unit: Unit, place: Place) -> list[Row]:
    """What is known of a member's scopes, or with `Place(institution)` of the institution for all."""
    return unit.all(Row, _of_member, of=place.institution_id, user=place.user_id, member=place.member_id)


def blocked_until(unit: Unit, institution_id: int) -> int:
    """Until when an institution wants to be left alone by all; 0 where it said nothing."""
    return max((row.blocked_until for row in of_member(unit, Place(institution_id))), default=0)


def next_slot(unit: Unit, place: Place, *, most: int | None, now: int) -> int | None:
    """When everything may be asked of a member again; None for now."""
    slots = [blocked_until(unit, place.institution_id)]
    for row in of_member(unit, place):
        is_spent = most is not None and row.used >= most
        slots += [row.blocked_until, row.began_at + WINDOW if is_spent else 0]
    latest = max(slots)
    return latest if latest > now else None


def purge(unit: Unit, *, now: int) -> int:
    """Remove what says nothing any more; how many rows."""
    return unit.run(_purge, before=now - WINDOW, now=now)


def _add(unit: Unit, place: Place, *, until: int = 0, now: int) -> None:
    unit.insert(_insert, **place._asdict(), began_at=now, used=0, blocked_until=until, updated_at=now)


def _named(place: Place) -> dict[str, int | str]:
    return {"of": place.institution_id, "user": place.user_id, "member": place.member_id, "what": place.scope}

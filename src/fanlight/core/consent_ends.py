"""When consents end: what is watched, what was told of it, and what a person confirmed anew.

Times are Unix seconds.
"""

from sqlalchemy import bindparam, select, update

from fanlight.core.grants import ACTIVE, Grant
from fanlight.storage.statements import Clause, columns, row_of, statement
from fanlight.storage.tables import grants
from fanlight.storage.unit import Unit

_grant = row_of(Grant)
_ACTIVE = (
    (grants.c.id == bindparam("of")) & (grants.c.user_id == bindparam("user")) & (grants.c.status == ACTIVE)
)  # fmt: skip


@statement
def _due() -> Clause:
    """Of every user: it is the server that watches."""
    return (
        select(*columns(grants, Grant))
        .where(grants.c.status == ACTIVE, grants.c.watched_at <= bindparam("now"))
        .order_by(grants.c.watched_at, grants.c.id)
        .limit(bindparam("limit"))
    )


@statement
def _look_again() -> Clause:
    return update(grants).where(_ACTIVE).values(watched_at=bindparam("at"))


@statement
def _told() -> Clause:
    return update(grants).where(_ACTIVE).values(told_end=bindparam("end"), told_days=bindparam("days"))


@statement
def _observe() -> Clause:
    return (
        update(grants)
        .where(_ACTIVE)
        .values(consent_expires_at=bindparam("expires"), consent_read_at=bindparam("now"))
    )  # fmt: skip


@statement
def _reconfirm() -> Clause:
    return update(grants).where(_ACTIVE).values(reconfirm_by=bindparam("by"), watched_at=bindparam("at"))


def due(unit: Unit, *, now: int, limit: int) -> list[Grant]:
    """Grants in use that somebody has to look at now, the longest overdue first."""
    return unit.all(_grant, _due, now=now, limit=limit)


def look_again(unit: Unit, grant: Grant, *, at: int | None) -> None:
    unit.run(_look_again, of=grant.id, user=grant.user_id, at=at)


def told(unit: Unit, grant: Grant, *, end: int, days: int) -> None:
    """The person was told of an end, so many days before."""
    unit.run(_told, of=grant.id, user=grant.user_id, end=end, days=days)


def observe(unit: Unit, grant: Grant, *, expires_at: int | None, now: int) -> None:
    """What the institution itself says of the consent's end; what was promised stays beside it."""
    expires = grant.consent_expires_at if expires_at is None else expires_at
    unit.run(_observe, of=grant.id, user=grant.user_id, expires=expires, now=now)


def reconfirm(unit: Unit, grant: Grant, *, by: int, look_at: int) -> None:
    """The person confirmed that the consent goes on: until a moment."""
    unit.run(_reconfirm, of=grant.id, user=grant.user_id, by=by, at=look_at)

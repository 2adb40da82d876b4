"""The journal of refreshes: who may send one, and what came of it, by conditional updates alone.

`refresh_number` counts the refreshes that came to their end and fences off whoever is late. `refresh_started_at` is set
from before a refresh token is sent until its outcome is known.
"""

from sqlalchemy import bindparam, func, or_, update

from fanlight.core.grants import ACTIVE, REVOKING, Grant
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import grants
from fanlight.storage.unit import Unit

_NAMED = (grants.c.id == bindparam("of")) & (grants.c.user_id == bindparam("user"))
_AS_READ = _NAMED & (grants.c.refresh_number == bindparam("number")) & (grants.c.status == ACTIVE)


@statement
def _begin() -> Clause:
    """`seen` is the start that was read: another's that is to be taken over, or -1 for none."""
    may_begin = or_(
        grants.c.refresh_put_off_until.is_(None), grants.c.refresh_put_off_until <= bindparam("now")
    )  # fmt: skip
    return (
        update(grants)
        .where(_AS_READ, func.coalesce(grants.c.refresh_started_at, -1) == bindparam("seen"), may_begin)
        .values(refresh_started_at=bindparam("started"))
    )


@statement
def _end() -> Clause:
    return (
        update(grants)
        .where(_AS_READ)
        .values(
            sealed=bindparam("tokens"),
            access_expires_at=bindparam("expires"),
            refresh_expires_at=bindparam("refresh_expires"),
            consent_expires_at=bindparam("consent_expires"),
            refresh_started_at=None,
            refresh_number=grants.c.refresh_number + 1,
            refresh_failures=0,
            refresh_put_off_until=None,
            updated_at=bindparam("now"),
        )
    )


@statement
def _put_off() -> Clause:
    return (
        update(grants)
        .where(_AS_READ)
        .values(
            refresh_started_at=None,
            refresh_failures=grants.c.refresh_failures + 1,
            refresh_put_off_until=bindparam("until"),
        )
    )


@statement
def _keep_ended() -> Clause:
    return (
        update(grants)
        .where(_NAMED, grants.c.status != ACTIVE)
        .values(
            sealed=bindparam("tokens"),
            status=REVOKING,
            retired_at=func.coalesce(grants.c.retired_at, bindparam("now")),
            refresh_started_at=None,
            updated_at=bindparam("now"),
        )
    )


def begin(unit: Unit, grant: Grant, *, now: int) -> bool:
    """Note that a refresh is sent: True for one caller, who alone may send it.

    `grant` is as it was read: one whose journal is open is taken over. False when somebody was faster, the grant was
    ended, or refreshes of it are put off.
    """
    seen = -1 if grant.refresh_started_at is None else grant.refresh_started_at
    # Always another start than the one that was read: whoever read the same one is too late, even in the same second.
    return unit.run(_begin, **_as_read(grant), seen=seen, started=max(now, seen + 1), now=now) == 1


def end(
    unit: Unit, grant: Grant, sealed: bytes, *, expires_at: int, refresh_expires_at: int | None,
    consent_expires_at: int | None, now: int,
) -> bool:  # fmt: skip
    """Keep fresh tokens. False when the grant was ended or refreshed by another meanwhile."""
    expiries = {"expires": expires_at, "refresh_expires": refresh_expires_at, "consent_expires": consent_expires_at}
    return unit.run(_end, **_as_read(grant), tokens=sealed, **expiries, now=now) == 1


def put_off(unit: Unit, grant: Grant, *, until: int) -> None:
    """The refresh token was surely not used up: it may be sent again, but not before a moment."""
    unit.run(_put_off, **_as_read(grant), until=until)


def keep_ended(unit: Unit, grant: Grant, sealed: bytes, *, now: int) -> bool:
    """Keep tokens that came for a grant that was ended meanwhile, to have them revoked; False when it was not."""
    return unit.run(_keep_ended, of=grant.id, user=grant.user_id, tokens=sealed, now=now) == 1


def _as_read(grant: Grant) -> dict[str, int]:
    return {"of": grant.id, "user": grant.user_id, "number": grant.refresh_number}

"""Attempts: OAuth states whose person is at the institution, or whose callback is redeemed.

What was sealed with one may name a consent that the person has given, so one is ended by itself and not in bulk.
"""

from sqlalchemy import bindparam, literal_column, or_, select

from fanlight.core.oauth_states import AuthStatus, OAuthState, Phase
from fanlight.storage.statements import Clause, columns, row_of, statement
from fanlight.storage.tables import oauth_states
from fanlight.storage.unit import Unit

_state = row_of(OAuthState)
_NAMED = (oauth_states.c.id == bindparam("of")) & (oauth_states.c.user_id == bindparam("user"))
# Literal, as in the partial index: a bound parameter would not let the planner see that it fits.
_IS_WAITING = oauth_states.c.phase != literal_column("'finished'")


@statement
def _is_kept() -> Clause:
    is_success = oauth_states.c.auth_status == AuthStatus.SUCCESS.value
    return select(oauth_states.c.id).where(_NAMED, or_(is_success, oauth_states.c.phase == Phase.HELD.value))


@statement
def _overdue() -> Clause:
    opened = (oauth_states.c.phase == Phase.OPENED.value) & (oauth_states.c.expires_at <= bindparam("moment"))
    abandoned = (oauth_states.c.phase == Phase.REDEEMING.value) & (oauth_states.c.updated_at <= bindparam("before"))
    return (
        select(*columns(oauth_states, OAuthState))
        .where(_IS_WAITING, or_(opened, abandoned))
        .order_by(oauth_states.c.expires_at)
        .limit(bindparam("size"))
    )


@statement
def _under_way() -> Clause:
    return select(*columns(oauth_states, OAuthState)).where(
        oauth_states.c.user_id == bindparam("user"),
        oauth_states.c.member_id == bindparam("member"),
        or_(oauth_states.c.phase == Phase.OPENED.value, oauth_states.c.phase == Phase.REDEEMING.value),
    )


def is_kept(unit: Unit, window: OAuthState) -> bool:
    """Whether the window's grant was kept: for a member, or until its client confirms it."""
    return unit.scalar(_is_kept, of=window.id, user=window.user_id) is not None


def overdue(unit: Unit, *, now: int, abandoned_before: int, size: int) -> list[OAuthState]:
    """Attempts that nobody came back from, and redemptions that never ended: the process died in them."""
    return unit.all(_state, _overdue, moment=now, before=abandoned_before, size=size)


def under_way(unit: Unit, user_id: int, member_id: int) -> list[OAuthState]:
    """A member's attempts: the person is at the institution, or their callback is redeemed."""
    return unit.all(_state, _under_way, user=user_id, member=member_id)

"""Confirmations: OAuth states whose grant waits for the client's word that its own user came back with it.

The only full answer to a forwarded link: whoever got another person to walk a window cannot show, from the session of
the user whose member it is, that the person came back there.
"""

import msgspec
from sqlalchemy import bindparam, literal_column, select, update

from fanlight.base.errors import Conflict
from fanlight.core.members import Member
from fanlight.core.oauth_states import AuthStatus, ErrorReason, OAuthState, Phase
from fanlight.storage.statements import Clause, columns, row_of, statement
from fanlight.storage.tables import oauth_states
from fanlight.storage.unit import Unit

_state = row_of(OAuthState)
_IS_HELD = oauth_states.c.phase == Phase.HELD.value
_NAMED = (oauth_states.c.id == bindparam("of")) & (oauth_states.c.user_id == bindparam("user"))


@statement
def _hold() -> Clause:
    return (
        update(oauth_states)
        .where(_NAMED, oauth_states.c.phase == Phase.REDEEMING.value)
        .values(
            phase=Phase.HELD.value,
            inbound_member_guid=bindparam("inbound"),
            held_grant_id=bindparam("grant_id"),
            sealed=None,
            expires_at=bindparam("until"),
            updated_at=bindparam("now"),
        )
    )


@statement
def _confirm() -> Clause:
    return (
        update(oauth_states)
        .where(_NAMED, _IS_HELD, oauth_states.c.expires_at > bindparam("now"))
        .values(
            phase=Phase.FINISHED.value,
            auth_status=AuthStatus.SUCCESS.value,
            inbound_member_guid=bindparam("inbound"),
            updated_at=bindparam("now"),
        )
    )


@statement
def _overdue() -> Clause:
    """Not finished is said as the partial index says it, or the planner would not see that it fits."""
    return (
        select(*columns(oauth_states, OAuthState))
        .where(
            oauth_states.c.phase != literal_column("'finished'"),
            _IS_HELD,
            oauth_states.c.expires_at <= bindparam("now"),
        )
        .order_by(oauth_states.c.expires_at)
        .limit(bindparam("size"))
    )


@statement
def _end_of_member() -> Clause:
    return (
        update(oauth_states)
        .where(
            oauth_states.c.user_id == bindparam("user"),
            oauth_states.c.member_id == bindparam("member"),
            _IS_HELD,
        )
        .values(
            phase=Phase.FINISHED.value,
            auth_status=AuthStatus.ERRORED.value,
            error_reason=ErrorReason.SESSION_ERROR.value,
            updated_at=bindparam("now"),
        )
    )


def hold(unit: Unit, window: OAuthState, inbound: Member, grant_id: int, *, until: int, now: int) -> OAuthState:
    """Let a redeemed window wait for its confirmation; how it stands then."""
    named = {"of": window.id, "user": window.user_id, "grant_id": grant_id, "inbound": inbound.guid}
    unit.run(_hold, **named, until=until, now=now)
    changed = {"held_grant_id": grant_id, "inbound_member_guid": inbound.guid, "expires_at": until}
    return msgspec.structs.replace(window, phase=Phase.HELD.value, **changed)


def confirm(unit: Unit, window: OAuthState, inbound: Member, *, now: int) -> None:
    """End a held state well. Raises Conflict when another was faster, and after its time."""
    if unit.run(_confirm, of=window.id, user=window.user_id, inbound=inbound.guid, now=now) != 1:
        raise Conflict("This OAuth state was confirmed or has ended meanwhile.")


def overdue(unit: Unit, *, now: int, size: int) -> list[OAuthState]:
    """States that nobody confirmed in time."""
    return unit.all(_state, _overdue, now=now, size=size)


def end_of_member(unit: Unit, member: Member, *, now: int) -> None:
    """The member got another grant: what waits to be confirmed for it will not be."""
    unit.run(_end_of_member, user=member.user_id, member=member.id, now=now)

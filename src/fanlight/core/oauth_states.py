"""OAuth states: one for every window URI, from its issue to its outcome.

A state goes ISSUED -> OPENED -> REDEEMING -> FINISHED, each step taken at most once by a conditional update; where a
client has to confirm it is HELD before its end (`confirmations`). One that ran out of time, or that was not opened
before its member got a newer one, reads as ERRORED with SESSION_ERROR: that is derived, so issuing a window is one
insert.
"""

from enum import IntEnum, StrEnum
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, exists, insert, literal_column, or_, select, update

from fanlight.base.errors import NotFound
from fanlight.base.guids import new_guid
from fanlight.core.member_briefs import Brief
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import oauth_states
from fanlight.storage.unit import Unit


class AuthStatus(IntEnum):
    """`auth_status`."""

    UNKNOWN = 0
    PENDING = 1
    SUCCESS = 2
    ERRORED = 3


class ErrorReason(IntEnum):
    """`error_reason`: an integer in states, its name in redirects and messages."""

    UNKNOWN_ERROR = 0
    CANCELLED = 1
    DENIED = 2
    IMPEDED = 3
    PROVIDER_ERROR = 4
    SERVER_ERROR = 5
    SESSION_ERROR = 6


class Phase(StrEnum):
    ISSUED = "issued"
    OPENED = "opened"
    REDEEMING = "redeeming"
    HELD = "held"
    FINISHED = "finished"


class OAuthState(msgspec.Struct, frozen=True):
    id: int
    user_id: int
    member_id: int
    guid: str
    member_guid: str
    inbound_member_guid: str | None
    token_hash: bytes
    phase: str
    auth_status: int
    error_reason: int | None
    referral_source: str
    url_scheme: str | None
    client_redirect_url: str | None
    skip_aggregation: bool
    state_hash: bytes | None
    cookie_hash: bytes | None
    sealed: bytes | None
    held_grant_id: int | None
    expires_at: int
    first_retrieved_at: int | None
    created_at: int
    updated_at: int

    def at(self, now: int, *, is_newest: bool) -> "OAuthState":
        """The state as it reads at a moment: out of time is ERRORED, and so is unopened and superseded."""
        late = self.phase in _ENDS_BY_ITSELF and self.expires_at <= now
        if late or (self.phase == Phase.ISSUED and not is_newest):
            return msgspec.structs.replace(self, **_ended(ErrorReason.SESSION_ERROR))
        return self


class WindowOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a window is to end."""

    referral_source: str = "BROWSER"
    url_scheme: str | None = None
    client_redirect_url: str | None = None
    skip_aggregation: bool | None = None
    """None: not said, which is the same as false but not shown in the URI."""


_ENDS_BY_ITSELF = frozenset((Phase.ISSUED, Phase.OPENED, Phase.HELD))
_state = row_of(OAuthState)
_NAMED = (oauth_states.c.id == bindparam("of")) & (oauth_states.c.user_id == bindparam("user"))
# Literal, as in the partial index: a bound parameter would not let the planner see that it fits.
_IS_WAITING = oauth_states.c.phase != literal_column("'finished'")


def _ended(reason: ErrorReason) -> dict[str, Any]:
    errored = AuthStatus.ERRORED.value
    return {"phase": Phase.FINISHED.value, "auth_status": errored, "error_reason": reason.value}


@statement
def _insert() -> Clause:
    """What is not named here is NULL until something happens to the window."""
    names = ("user_id", "member_id", "guid", "member_guid", "token_hash", "phase", "auth_status", "referral_source") + (
        "url_scheme",
        "client_redirect_url",
        "skip_aggregation",
        "expires_at",
        "created_at",
        "updated_at",
    )
    return insert(oauth_states).values(binds(names))


@statement
def _by_token() -> Clause:
    found = (oauth_states.c.id == bindparam("id")) & (oauth_states.c.token_hash == bindparam("hash"))
    return select(*columns(oauth_states, OAuthState)).where(found)


@statement
def _by_state() -> Clause:
    found = (oauth_states.c.id == bindparam("id")) & (oauth_states.c.state_hash == bindparam("hash"))
    return select(*columns(oauth_states, OAuthState)).where(found)


_later = oauth_states.alias("later")
_HAS_NEWER = exists().where(
    _later.c.user_id == oauth_states.c.user_id,
    _later.c.member_id == oauth_states.c.member_id,
    _later.c.id > oauth_states.c.id,
)


@statement
def _has_newer() -> Clause:
    return select(_HAS_NEWER).where(_NAMED)


@statement
def _open() -> Clause:
    return (
        update(oauth_states)
        .where(
            _NAMED,
            oauth_states.c.phase == Phase.ISSUED.value,
            oauth_states.c.expires_at > bindparam("now"),
            ~_HAS_NEWER,
        )
        .values(
            phase=Phase.OPENED.value,
            state_hash=bindparam("state"),
            cookie_hash=bindparam("cookie"),
            sealed=bindparam("secrets"),
            expires_at=bindparam("until"),
            updated_at=bindparam("now"),
        )
    )


@statement
def _reseal() -> Clause:
    return (
        update(oauth_states)
        .where(_NAMED, oauth_states.c.phase == Phase.OPENED.value)
        .values(sealed=bindparam("secrets"))
    )


@statement
def _phase() -> Clause:
    return select(oauth_states.c.phase).where(_NAMED)


@statement
def _claim() -> Clause:
    return (
        update(oauth_states)
        .where(
            _NAMED,
            oauth_states.c.phase == Phase.OPENED.value,
            oauth_states.c.expires_at > bindparam("now"),
        )
        .values(phase=Phase.REDEEMING.value, updated_at=bindparam("now"))
    )


@statement
def _finish() -> Clause:
    return (
        update(oauth_states)
        .where(_NAMED, oauth_states.c.phase != Phase.FINISHED.value)
        .values(
            phase=Phase.FINISHED.value,
            auth_status=bindparam("status"),
            error_reason=bindparam("reason"),
            inbound_member_guid=bindparam("inbound"),
            sealed=None,
            updated_at=bindparam("now"),
        )
    )


@statement
def _end_all() -> Clause:
    return (
        update(oauth_states)
        .where(
            oauth_states.c.user_id == bindparam("user"),
            oauth_states.c.member_id == bindparam("member"),
            _IS_WAITING,
        )
        .values(**_ended(ErrorReason.SESSION_ERROR), sealed=None, updated_at=bindparam("now"))
    )


@statement
def _of_user() -> Clause:
    return (
        select(*columns(oauth_states, OAuthState))
        .where(oauth_states.c.user_id == bindparam("user_id"))
        .order_by(oauth_states.c.id.desc())
    )


@statement
def _read() -> Clause:
    found = (oauth_states.c.user_id == bindparam("user_id")) & (oauth_states.c.guid == bindparam("guid"))
    return select(*columns(oauth_states, OAuthState)).where(found)


@statement
def _retrieve() -> Clause:
    return update(oauth_states).where(_NAMED).values(first_retrieved_at=bindparam("now"))


@statement
def _expire() -> Clause:
    """What was never opened has nothing sealed with it."""
    issued = oauth_states.c.phase == Phase.ISSUED.value
    return (
        update(oauth_states)
        .where(_IS_WAITING, issued, oauth_states.c.expires_at <= bindparam("moment"))
        .values(**_ended(ErrorReason.SESSION_ERROR), updated_at=bindparam("moment"))
    )


@statement
def _forget() -> Clause:
    """Keys grow with time, so the first row that is kept is found from the front, without an index on times."""
    first_kept = (
        select(oauth_states.c.id)
        .where(or_(oauth_states.c.created_at > bindparam("before"), _IS_WAITING))
        .order_by(oauth_states.c.id)
        .limit(literal_column("1"))
        .scalar_subquery()
    )
    return delete(oauth_states).where(oauth_states.c.id < first_kept)


def issue(unit: Unit, member: Brief, options: WindowOptions, token_hash: bytes, *, now: int, expires_at: int) -> int:
    """A state for a fresh window; unopened earlier ones of the member are useless by it. The row's key."""
    return unit.insert(
        _insert,
        user_id=member.user_id,
        member_id=member.id,
        guid=new_guid("OAS"),
        member_guid=member.guid,
        token_hash=token_hash,
        phase=Phase.ISSUED.value,
        auth_status=int(AuthStatus.PENDING),
        referral_source=options.referral_source,
        url_scheme=options.url_scheme,
        client_redirect_url=options.client_redirect_url,
        skip_aggregation=bool(options.skip_aggregation),
        expires_at=expires_at,
        created_at=now,
        updated_at=now,
    )


def by_token(unit: Unit, key: int, token_hash: bytes, *, now: int) -> OAuthState | None:
    """The state of a window's token, as it reads now."""
    found = unit.one(_state, _by_token, id=key, hash=token_hash)
    return None if found is None else _read_at(unit, found, now)


def by_state(unit: Unit, key: int, state_hash: bytes) -> OAuthState | None:
    return unit.one(_state, _by_state, id=key, hash=state_hash)


def open_window(
    unit: Unit, window: OAuthState, sealed: bytes, *, state: bytes, cookie: bytes, now: int, until: int
) -> bool:
    """Spend the window: True for exactly one caller."""
    fresh = {"state": state, "cookie": cookie, "secrets": sealed}
    return unit.run(_open, of=window.id, user=window.user_id, **fresh, now=now, until=until) == 1


def reseal(unit: Unit, window: OAuthState, sealed: bytes) -> bool:
    """Keep more with an opened window than was known when it was opened; False when it has ended meanwhile."""
    return unit.run(_reseal, of=window.id, user=window.user_id, secrets=sealed) == 1


def claim(unit: Unit, window: OAuthState, *, now: int) -> bool:
    """Take the callback: True for exactly one caller, and never after its time."""
    return unit.run(_claim, of=window.id, user=window.user_id, now=now) == 1


def is_redeeming(unit: Unit, window: OAuthState) -> bool:
    """Whether a claimed callback still stands: it was not given up or ended meanwhile."""
    return bool(unit.scalar(_phase, of=window.id, user=window.user_id) == Phase.REDEEMING.value)


def succeed(unit: Unit, window: OAuthState, inbound_member_guid: str, *, now: int) -> None:
    _end(unit, window, AuthStatus.SUCCESS, reason=None, inbound=inbound_member_guid, now=now)


def fail(unit: Unit, window: OAuthState, reason: ErrorReason, *, now: int) -> None:
    _end(unit, window, AuthStatus.ERRORED, reason=int(reason), inbound=None, now=now)


def end_all(unit: Unit, user_id: int, member_id: int, *, now: int) -> None:
    """The member is deleted: what waits will not come any more. What is under way has to be ended before."""
    unit.run(_end_all, user=user_id, member=member_id, now=now)


def list_all(
    unit: Unit, user_id: int, *, member_guid: str | None, auth_status: int | None, now: int
) -> list[OAuthState]:
    """The user's states, newest first, of one outbound member and one status where these are given."""
    seen: set[int] = set()
    found: list[OAuthState] = []
    for row in unit.all(_state, _of_user, user_id=user_id):
        state = row.at(now, is_newest=row.member_id not in seen)
        seen.add(row.member_id)
        if member_guid in (None, state.member_guid) and auth_status in (None, state.auth_status):
            found.append(state)
    return found


def read(unit: Unit, user_id: int, guid: str, *, now: int) -> OAuthState:
    """The user's state, as it reads now; raises NotFound for another user's as for none."""
    found = unit.one(_state, _read, user_id=user_id, guid=guid)
    if found is None:
        raise NotFound("There is no such OAuth state.")
    return _read_at(unit, found, now)


def retrieve(unit: Unit, user_id: int, guid: str, *, now: int) -> OAuthState:
    """Read a state for its client; the first read of a finished one is noted."""
    state = read(unit, user_id, guid, now=now)
    if state.phase == Phase.FINISHED and state.first_retrieved_at is None:
        unit.run(_retrieve, of=state.id, user=user_id, now=now)
        return msgspec.structs.replace(state, first_retrieved_at=now)
    return state


def sweep(unit: Unit, *, now: int, forgotten_before: int) -> None:
    """Write down which windows ran out of time unopened, and forget what was finished long ago."""
    unit.run(_expire, moment=now)
    unit.run(_forget, before=forgotten_before)


def _end(
    unit: Unit, window: OAuthState, status: AuthStatus, *, reason: int | None, inbound: str | None, now: int
) -> None:
    ending = {"status": int(status), "reason": reason, "inbound": inbound}
    unit.run(_finish, of=window.id, user=window.user_id, **ending, now=now)


def _read_at(unit: Unit, state: OAuthState, now: int) -> OAuthState:
    is_newest = state.phase != Phase.ISSUED or not unit.scalar(_has_newer, of=state.id, user=state.user_id)
    return state.at(now, is_newest=is_newest)

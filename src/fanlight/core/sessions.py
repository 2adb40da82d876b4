"""Sessions: an API token opens one once; its own token then slides thirty minutes with every call.

Tokens are stored as hashes only. The session row carries what each request needs, so that one statement is the
whole authentication.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.base.errors import Forbidden, SessionEnded, Unauthenticated
from fanlight.base.tokens import new_secret, parse
from fanlight.core import users
from fanlight.storage.statements import Clause, binds, statement
from fanlight.storage.tables import api_tokens, clients, sessions
from fanlight.storage.tables import users as user_table
from fanlight.storage.unit import Unit

TOUCH_EVERY = 15


class Session(NamedTuple):
    """Whose request it is."""

    user_id: int
    user_guid: str
    client_id: int


class _Live(NamedTuple):
    user_id: int
    user_guid: str
    client_id: int
    expires_at: int


@statement
def _insert_api_token() -> Clause:
    return insert(api_tokens).values(binds(("user_id", "secret_hash", "expires_at")))


@statement
def _spend_api_token() -> Clause:
    return (
        delete(api_tokens)
        .where(
            api_tokens.c.id == bindparam("id"),
            api_tokens.c.secret_hash == bindparam("hash"),
            api_tokens.c.expires_at > bindparam("now"),
        )
        .returning(api_tokens.c.user_id)
    )


@statement
def _insert() -> Clause:
    names = ("user_id", "user_guid", "client_id", "secret_hash", "expires_at")
    return insert(sessions).values(binds(names))


@statement
def _live() -> Clause:
    return select(sessions.c.user_id, sessions.c.user_guid, sessions.c.client_id, sessions.c.expires_at).where(
        sessions.c.id == bindparam("of"),
        sessions.c.secret_hash == bindparam("hash"),
        sessions.c.expires_at > bindparam("now"),
    )


@statement
def _touch() -> Clause:
    return update(sessions).where(sessions.c.id == bindparam("of")).values(expires_at=bindparam("until"))


@statement
def _client_is_disabled() -> Clause:
    return select(clients.c.disabled_at).where(clients.c.id == bindparam("id"))


@statement
def _log_in() -> Clause:
    return update(user_table).where(user_table.c.id == bindparam("of")).values(logged_in_at=bindparam("now"))


@statement
def _delete_expired() -> Clause:
    return delete(sessions).where(sessions.c.expires_at <= bindparam("now"))


@statement
def _delete_expired_api_tokens() -> Clause:
    return delete(api_tokens).where(api_tokens.c.expires_at <= bindparam("now"))


def issue_api_token(unit: Unit, user: users.User, *, now: int, lifetime: int) -> str:
    """A token that opens one session within `lifetime` seconds."""
    if user.is_disabled:
        raise Forbidden("This user is disabled.")
    secret = new_secret()
    row = unit.insert(_insert_api_token, user_id=user.id, secret_hash=secret.hash, expires_at=now + lifetime)
    return secret.text(row)


def open_session(unit: Unit, api_token: str, *, now: int, lifetime: int) -> tuple[Session, str]:
    """Spend an API token; raises SessionEnded when it is unknown, used or old, Unauthenticated for another form."""
    token = parse(api_token)
    if token is None:
        raise Unauthenticated("The API token is malformed.")
    user_id = unit.scalar(_spend_api_token, id=token.id, hash=token.secret_hash, now=now)
    if user_id is None:
        raise SessionEnded("The API token is unknown, used or expired.")
    user = users.read(unit, user_id)
    if user.is_disabled or unit.scalar(_client_is_disabled, id=user.client_id) is not None:
        raise Forbidden("This user or client is disabled.")
    unit.run(_log_in, of=user.id, now=now)
    return start(unit, user, now=now, lifetime=lifetime)


def start(unit: Unit, user: users.User, *, now: int, lifetime: int) -> tuple[Session, str]:
    """A session for a user, and its token."""
    secret = new_secret()
    session = Session(user.id, user.guid, user.client_id)
    row = unit.insert(_insert, **session._asdict(), secret_hash=secret.hash, expires_at=now + lifetime)
    return session, secret.text(row)


def touch(unit: Unit, session_token: str, *, now: int, lifetime: int) -> Session:
    """Whose live session this is; restarts its time. Raises SessionEnded, or Unauthenticated for another form.

    The time is written at most once in TOUCH_EVERY seconds, and so much longer: no call shortens a session.
    """
    token = parse(session_token)
    if token is None:
        raise Unauthenticated("The session token is malformed.")
    row = unit.one(_Live, _live, of=token.id, hash=token.secret_hash, now=now)
    if row is None:
        raise SessionEnded("The session has expired or was ended.")
    if row.expires_at < now + lifetime:
        unit.run(_touch, of=token.id, until=now + lifetime + TOUCH_EVERY)
    return Session(row.user_id, row.user_guid, row.client_id)


def purge(unit: Unit, *, now: int) -> None:
    unit.run(_delete_expired, now=now)
    unit.run(_delete_expired_api_tokens, now=now)

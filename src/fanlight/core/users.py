"""Users: the people a client keeps accounts for. The partner names them (`external_id`), we add a guid."""

import re
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.base.errors import Conflict, NotFound, Unprocessable
from fanlight.base.guids import new_guid
from fanlight.core import audit
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import api_tokens, grants, sessions, users
from fanlight.storage.unit import Unit

EXTERNAL_ID = re.compile(r"[A-Za-z0-9_-]{1,1024}")


class User(msgspec.Struct, frozen=True):
    id: int
    client_id: int
    guid: str
    external_id: str
    birthdate: str | None
    credit_score: int | None
    email: str | None
    first_name: str | None
    last_name: str | None
    gender: str | None
    phone: str | None
    zip_code: str | None
    metadata: str | None
    is_disabled: bool
    is_excluded_from_analytics: bool
    logged_in_at: int | None
    revision: int
    created_at: int
    updated_at: int


class Profile(msgspec.Struct, frozen=True):
    """What a partner may say of a user."""

    birthdate: str | None = None
    credit_score: int | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    gender: str | None = None
    phone: str | None = None
    zip_code: str | None = None
    metadata: str | None = None
    is_disabled: bool = False
    is_excluded_from_analytics: bool = False


_user = row_of(User)


@statement
def _insert() -> Clause:
    return insert(users).values(binds(User.__struct_fields__[1:]))


@statement
def _by_external_id() -> Clause:
    return select(*columns(users, User)).where(
        users.c.client_id == bindparam("client_id"), users.c.external_id == bindparam("external_id")
    )


@statement
def _by_id() -> Clause:
    return select(*columns(users, User)).where(users.c.id == bindparam("id"))


@statement
def _by_guid() -> Clause:
    return select(*columns(users, User)).where(users.c.guid == bindparam("guid"))


@statement
def _update() -> Clause:
    profile: dict[str, Any] = {name: bindparam(f"new_{name}") for name in Profile.__struct_fields__}
    return (
        update(users)
        .where(users.c.id == bindparam("of"))
        .values(**profile, updated_at=bindparam("now"), revision=users.c.revision + 1)
    )


@statement
def _set_external_id() -> Clause:
    return (
        update(users)
        .where(users.c.id == bindparam("of"))
        .values(external_id=bindparam("new_id"), updated_at=bindparam("now"), revision=users.c.revision + 1)
    )


@statement
def _forget_subjects() -> Clause:
    forgotten: dict[str, Any] = {"subject": None, "member_guid": bindparam("user_guid")}
    return update(grants).where(grants.c.user_id == bindparam("of")).values(**forgotten)


@statement
def _delete() -> Clause:
    return delete(users).where(users.c.id == bindparam("of"))


@statement
def _end_sessions() -> Clause:
    return delete(sessions).where(sessions.c.user_id == bindparam("of"))


@statement
def _end_api_tokens() -> Clause:
    return delete(api_tokens).where(api_tokens.c.user_id == bindparam("of"))


def create(unit: Unit, client_id: int, external_id: str, profile: Profile, *, now: int) -> User:
    """A new user; raises Unprocessable for the id's form, Conflict when the client has one of that id."""
    _check_id(unit, client_id, external_id)
    unit.insert(
        _insert,
        client_id=client_id,
        guid=new_guid("USR"),
        external_id=external_id,
        logged_in_at=None,
        revision=0,
        created_at=now,
        updated_at=now,
        **msgspec.structs.asdict(profile),
    )
    return by_external_id(unit, client_id, external_id)


def by_external_id(unit: Unit, client_id: int, external_id: str) -> User:
    """A client's user by the partner's own id."""
    user = unit.one(_user, _by_external_id, client_id=client_id, external_id=external_id)
    if user is None:
        raise NotFound("There is no user with this id (the partner's own id, not the guid).")
    return user


def read(unit: Unit, user_id: int) -> User:
    user = unit.one(_user, _by_id, id=user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return user


def by_guid(unit: Unit, guid: str) -> User:
    """A user whichever client's it is, for an operator; raises NotFound."""
    user = unit.one(_user, _by_guid, guid=guid)
    if user is None:
        raise NotFound(f"There is no user {guid}.")
    return user


def update_profile(unit: Unit, user: User, profile: Profile, *, now: int) -> User:
    """Replace what is known of a user; disabling one ends the sessions at once."""
    new = {f"new_{name}": value for name, value in msgspec.structs.asdict(profile).items()}
    unit.run(_update, of=user.id, now=now, **new)
    if profile.is_disabled:
        end_sessions(unit, user.id)
    return read(unit, user.id)


def remap(unit: Unit, user: User, external_id: str, *, now: int) -> User:
    """Give a user another id of the partner's; guid and sessions stay. Raises as `create` does."""
    if external_id != user.external_id:
        _check_id(unit, user.client_id, external_id)
        unit.run(_set_external_id, of=user.id, new_id=external_id, now=now)
    return read(unit, user.id)


def delete_user(unit: Unit, user: User, *, now: int) -> None:
    """The user and everything that belongs to them go at once; a line of the audit stays.

    Grants outlive the user until they are revoked at the institution, but not the institution's name for the person.
    """
    unit.run(_forget_subjects, of=user.id, user_guid=user.guid)
    unit.run(_delete, of=user.id)
    audit.record(unit, user.client_id, audit.USER_DELETED, user.guid, now=now)


def end_sessions(unit: Unit, user_id: int) -> None:
    """End every session of a user and void the tokens that could open one."""
    unit.run(_end_sessions, of=user_id)
    unit.run(_end_api_tokens, of=user_id)


def profile_of(user: User) -> Profile:
    return Profile(**{name: getattr(user, name) for name in Profile.__struct_fields__})


def _check_id(unit: Unit, client_id: int, external_id: str) -> None:
    if not EXTERNAL_ID.fullmatch(external_id) or external_id.startswith("USR-"):
        raise Unprocessable("id has letters, digits, dash and underscore, at most 1024, and does not begin with USR-.")
    if unit.one(_user, _by_external_id, client_id=client_id, external_id=external_id):
        raise Conflict("A user with this id exists already.")

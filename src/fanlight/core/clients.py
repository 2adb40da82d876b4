"""Clients: the applications that speak to this server, their API keys, and where they may send people back to.

A client's name is its `client_id`, the first path segment of the SSO and MDX faces.
"""

import re
import secrets
import zoneinfo

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.base.errors import Conflict, Forbidden, Malformed, NotFound, Unauthenticated
from fanlight.base.guids import new_guid
from fanlight.base.tokens import digest
from fanlight.core import redirects, routing_numbers
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import clients, registrations, sessions, users
from fanlight.storage.unit import Unit

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
BLOCKED_ROUTING_NUMBER = "blocked_routing_number"
KINDS = ("redirect", "scheme", "origin", BLOCKED_ROUTING_NUMBER)
# What an operator may switch for a client, and how it is where nobody did.
FEATURES = {
    "verification": True,
    "identification": True,
    "history": True,
    "microdeposits": True,
    "name_splitting": False,
}


_NO_ZONES = frozenset(("Factory", "localtime", "posixrules"))
"""What stands among zones and is none, or another one on each machine."""
UTC = "UTC"
"""`time_zone` of a client that names none."""


class Client(msgspec.Struct, frozen=True):
    id: int
    guid: str
    name: str
    api_key_hash: bytes
    loopback_redirects: bool
    confirm_page: bool
    require_confirmation: bool
    time_zone: str
    created_at: int
    disabled_at: int | None


_client = row_of(Client)


@statement
def _insert() -> Clause:
    return insert(clients).values(binds(Client.__struct_fields__[1:-1]))


@statement
def _by_name() -> Clause:
    return select(*columns(clients, Client)).where(clients.c.name == bindparam("name"))


@statement
def _by_api_key() -> Clause:
    return select(*columns(clients, Client)).where(clients.c.api_key_hash == bindparam("hash"))


@statement
def _by_id() -> Clause:
    return select(*columns(clients, Client)).where(clients.c.id == bindparam("id"))


@statement
def _of_user() -> Clause:
    joined = clients.join(users, users.c.client_id == clients.c.id)
    return select(*columns(clients, Client)).select_from(joined).where(users.c.id == bindparam("user_id"))


@statement
def _all() -> Clause:
    return select(*columns(clients, Client)).order_by(clients.c.id)


@statement
def _set_key() -> Clause:
    return update(clients).where(clients.c.id == bindparam("of")).values(api_key_hash=bindparam("hash"))


@statement
def _disable() -> Clause:
    return update(clients).where(clients.c.id == bindparam("of")).values(disabled_at=bindparam("now"))


@statement
def _set_confirm_page() -> Clause:
    return update(clients).where(clients.c.id == bindparam("of")).values(confirm_page=bindparam("wanted"))


@statement
def _set_require_confirmation() -> Clause:
    return update(clients).where(clients.c.id == bindparam("of")).values(require_confirmation=bindparam("wanted"))


@statement
def _set_time_zone() -> Clause:
    return update(clients).where(clients.c.id == bindparam("of")).values(time_zone=bindparam("wanted"))


@statement
def _end_sessions() -> Clause:
    of_client = select(users.c.id).where(users.c.client_id == bindparam("of"))
    return delete(sessions).where(sessions.c.user_id.in_(of_client))


@statement
def _register() -> Clause:
    return insert(registrations).values(binds(("client_id", "kind", "value")))


@statement
def _unregister() -> Clause:
    return delete(registrations).where(
        registrations.c.client_id == bindparam("of"),
        registrations.c.kind == bindparam("of_kind"),
        registrations.c.value == bindparam("of_value"),
    )


@statement
def _registered() -> Clause:
    return (
        select(registrations.c.value)
        .where(registrations.c.client_id == bindparam("of"), registrations.c.kind == bindparam("kind"))
        .order_by(registrations.c.id)
    )


def create(unit: Unit, name: str, *, now: int, loopback_redirects: bool = False) -> tuple[Client, str]:
    """A new client and its API key, which is shown this once. Raises Malformed or Conflict for the name."""
    if not NAME.fullmatch(name):
        raise Malformed("A client's name has letters, digits, dash and underscore, 1 to 100 of them.")
    if unit.one(_client, _by_name, name=name):
        raise Conflict(f"There is a client {name} already.")
    key = secrets.token_urlsafe(32)
    unit.insert(
        _insert,
        guid=new_guid("CLT"),
        name=name,
        api_key_hash=digest(key),
        loopback_redirects=loopback_redirects,
        confirm_page=False,
        require_confirmation=False,
        time_zone=UTC,
        created_at=now,
    )
    return by_name(unit, name), key


def list_all(unit: Unit) -> list[Client]:
    return unit.all(_client, _all)


def by_name(unit: Unit, name: str) -> Client:
    client = unit.one(_client, _by_name, name=name)
    if client is None:
        raise NotFound(f"There is no client {name}.")
    return client


def read(unit: Unit, client_id: int) -> Client:
    client = unit.one(_client, _by_id, id=client_id)
    if client is None:
        raise NotFound("There is no such client.")
    return client


def of_user(unit: Unit, user_id: int) -> Client:
    client = unit.one(_client, _of_user, user_id=user_id)
    if client is None:
        raise NotFound("There is no such client.")
    return client


def authenticate(unit: Unit, name: str, api_key: str | None) -> Client:
    """The client that holds this key under this name; every failure looks the same."""
    client = unit.one(_client, _by_name, name=name)
    expected = client.api_key_hash if client else b"\0" * 32
    if not api_key or not secrets.compare_digest(digest(api_key), expected) or client is None:
        raise Unauthenticated("The API key is not valid for this client.")
    if client.disabled_at is not None:
        raise Forbidden("This client is disabled.")
    return client


def by_api_key(unit: Unit, api_key: str) -> Client:
    """The client that holds this key; the key is random enough to be looked up by its hash."""
    client = unit.one(_client, _by_api_key, hash=digest(api_key))
    if client is None:
        raise Unauthenticated("The API key is not valid.")
    if client.disabled_at is not None:
        raise Forbidden("This client is disabled.")
    return client


def rotate_key(unit: Unit, name: str) -> str:
    """A new API key; the old one ends at once."""
    key = secrets.token_urlsafe(32)
    unit.run(_set_key, of=by_name(unit, name).id, hash=digest(key))
    return key


def set_confirm_page(unit: Unit, name: str, *, wanted: bool) -> None:
    """Whether a person sees a page that names client and institution before a window is spent."""
    unit.run(_set_confirm_page, of=by_name(unit, name).id, wanted=wanted)


def set_require_confirmation(unit: Unit, name: str, *, wanted: bool) -> None:
    """Whether a grant waits, unused, until the client has confirmed that its own user came back with it."""
    unit.run(_set_require_confirmation, of=by_name(unit, name).id, wanted=wanted)


def set_time_zone(unit: Unit, name: str, zone: str) -> None:
    """In which zone (an IANA name such as `Europe/Berlin`) the days and months of its users begin; raises Malformed."""
    if zone not in zoneinfo.available_timezones() or zone in _NO_ZONES:
        raise Malformed(f"There is no time zone {zone!r}; say one as in America/New_York, or UTC.")
    unit.run(_set_time_zone, of=by_name(unit, name).id, wanted=zone)


def disable(unit: Unit, name: str, *, now: int) -> None:
    """No new tokens, and the sessions of its users end at once."""
    client = by_name(unit, name)
    unit.run(_disable, of=client.id, now=now)
    unit.run(_end_sessions, of=client.id)


def register(unit: Unit, client: Client, kind: str, value: str) -> None:
    """Note a redirect URL, URL scheme, message origin or blocked routing number; raises Malformed when it is none."""
    checked = _registrable(kind, value)
    if checked not in registered(unit, client.id, kind):
        unit.run(_register, client_id=client.id, kind=kind, value=checked)


def unregister(unit: Unit, client: Client, kind: str, value: str) -> None:
    if not unit.run(_unregister, of=client.id, of_kind=kind, of_value=_registrable(kind, value)):
        raise NotFound(f"{client.name} has no {kind} {value}.")


def registered(unit: Unit, client_id: int, kind: str) -> list[str]:
    return [value for (value,) in unit.all(lambda value: (value,), _registered, of=client_id, kind=kind)]


def has(unit: Unit, client_id: int, feature: str) -> bool:
    """Whether a feature is on for a client."""
    switched = registered(unit, client_id, "feature")
    return f"{feature}=on" in switched or (FEATURES[feature] and f"{feature}=off" not in switched)


def require(unit: Unit, client_id: int, feature: str) -> None:
    """Raise Forbidden where a feature is off for a client."""
    if not has(unit, client_id, feature):
        raise Forbidden(f"The feature {feature} is not enabled for this client.")


def switch(unit: Unit, name: str, feature: str, *, on: bool) -> None:
    """Switch a feature of a client; raises NotFound for another name."""
    if feature not in FEATURES:
        raise NotFound(f"There is no feature {feature}; there are {', '.join(FEATURES)}.")
    client = by_name(unit, name)
    for word in ("on", "off"):
        unit.run(_unregister, of=client.id, of_kind="feature", of_value=f"{feature}={word}")
    unit.run(_register, client_id=client.id, kind="feature", value=f"{feature}={'on' if on else 'off'}")


def features(unit: Unit, client_id: int) -> dict[str, bool]:
    """Every feature and whether it is on for a client."""
    return {feature: has(unit, client_id, feature) for feature in FEATURES}


def _registrable(kind: str, value: str) -> str:
    """The form in which a registration is kept."""
    return routing_numbers.check(value) if kind == BLOCKED_ROUTING_NUMBER else redirects.registrable(kind, value)

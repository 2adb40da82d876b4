"""Institutions: the banks one can connect to, and what each asks of a person.

How to speak to one (`details`, and `secrets` sealed) is opaque here; `fanlight.institutions` reads it.
"""

import msgspec
from sqlalchemy import bindparam, func, insert, select, update

from fanlight.base.errors import NotFound, Unprocessable
from fanlight.base.paging import Page, Paged
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import institution_credentials, institutions
from fanlight.storage.unit import Unit


class Institution(msgspec.Struct, frozen=True):
    id: int
    guid: str
    code: str
    name: str
    aliases: str | None
    url: str | None
    routing_number: str | None
    country: str
    forgot_password_url: str | None
    forgot_username_url: str | None
    trouble_signing_in_url: str | None
    protocol: str
    details: str
    secrets: bytes | None
    supports_oauth: bool
    supports_account_verification: bool
    supports_account_identification: bool
    supports_transaction_history: bool
    is_test: bool
    is_hidden: bool
    popularity: int
    created_at: int
    updated_at: int


class Credential(msgspec.Struct, frozen=True):
    """A field that an institution asks for at sign-in."""

    id: int
    guid: str
    field_name: str
    field_type: int
    label: str
    display_order: int
    created_at: int
    updated_at: int


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator says of an institution."""

    guid: str
    code: str
    name: str
    aliases: str | None = None
    """Other names that people look for, one a line."""
    url: str | None = None
    routing_number: str | None = None
    country: str = "US"
    forgot_password_url: str | None = None
    forgot_username_url: str | None = None
    trouble_signing_in_url: str | None = None
    protocol: str
    details: str
    secrets: bytes | None = None
    supports_oauth: bool = False
    supports_account_verification: bool = False
    supports_account_identification: bool = False
    supports_transaction_history: bool = False
    is_test: bool = False
    is_hidden: bool = False
    popularity: int = 0


_institution = row_of(Institution)


@statement
def _insert() -> Clause:
    return insert(institutions).values(binds(Institution.__struct_fields__[1:]))


@statement
def _update() -> Clause:
    names = [name for name in Entry.__struct_fields__ if name not in ("guid", "code")]
    return (
        update(institutions)
        .where(institutions.c.id == bindparam("of"))
        .values(**{name: bindparam(f"new_{name}") for name in names}, updated_at=bindparam("now"))
    )


@statement
def _set_hidden() -> Clause:
    named = institutions.c.id == bindparam("of")
    return update(institutions).where(named).values(is_hidden=bindparam("hidden"), updated_at=bindparam("now"))


@statement
def _insert_credential() -> Clause:
    return insert(institution_credentials).values(binds(("institution_id", *Credential.__struct_fields__[1:])))


@statement
def _by_guid() -> Clause:
    return select(*columns(institutions, Institution)).where(institutions.c.guid == bindparam("guid"))


@statement
def _by_code() -> Clause:
    return select(*columns(institutions, Institution)).where(institutions.c.code == bindparam("code"))


@statement
def _by_id() -> Clause:
    return select(*columns(institutions, Institution)).where(institutions.c.id == bindparam("id"))


@statement
def _all() -> Clause:
    return select(*columns(institutions, Institution)).order_by(institutions.c.name, institutions.c.id)


def _matching() -> Clause:
    visible = institutions.c.is_hidden == 0
    named = func.lower(institutions.c.name).like(bindparam("name"), escape="\\")
    at = func.lower(func.coalesce(institutions.c.url, "")).like(bindparam("url"), escape="\\")
    return visible & named & at


@statement
def _search() -> Clause:
    begins = func.lower(institutions.c.name).like(bindparam("prefix"), escape="\\")
    return (
        select(*columns(institutions, Institution))
        .where(_matching())  # type: ignore[arg-type]
        .order_by(begins.desc(), institutions.c.popularity.desc(), institutions.c.name, institutions.c.id)
        .limit(bindparam("size"))
        .offset(bindparam("offset"))
    )


@statement
def _count() -> Clause:
    return select(func.count()).select_from(institutions).where(_matching())  # type: ignore[arg-type]


@statement
def _credentials() -> Clause:
    return (
        select(*columns(institution_credentials, Credential))
        .where(institution_credentials.c.institution_id == bindparam("of"))
        .order_by(institution_credentials.c.display_order)
    )


def put(unit: Unit, entry: Entry, *, now: int) -> Institution:
    """Add an institution, or bring the one of this code up to date; its guid never changes."""
    known = unit.one(_institution, _by_code, code=entry.code)
    fields = msgspec.structs.asdict(entry)
    if known is None:
        unit.insert(_insert, **fields, created_at=now, updated_at=now)
    else:
        new = {f"new_{name}": value for name, value in fields.items() if name not in ("guid", "code")}
        unit.run(_update, of=known.id, now=now, **new)
    return by_code(unit, entry.code)


def set_hidden(unit: Unit, institution: Institution, *, is_hidden: bool, now: int) -> None:
    """Whether new members are refused and searches pass it over; those that are there stay."""
    unit.run(_set_hidden, of=institution.id, hidden=is_hidden, now=now)


def add_credential(unit: Unit, institution_id: int, credential: Credential) -> None:
    """Add a sign-in field unless the institution has it."""
    if credential.guid not in [known.guid for known in credentials(unit, institution_id)]:
        fields = msgspec.structs.asdict(credential)
        del fields["id"]
        unit.insert(_insert_credential, institution_id=institution_id, **fields)


def read(unit: Unit, guid: str) -> Institution:
    institution = unit.one(_institution, _by_guid, guid=guid)
    if institution is None:
        raise NotFound("There is no such institution.")
    return institution


def for_member(unit: Unit, guid: str) -> Institution:
    """The institution that a new member names; an unknown one is the caller's mistake in the data, not in the path."""
    institution = unit.one(_institution, _by_guid, guid=guid)
    if institution is None:
        raise Unprocessable("institution_guid does not exist.")
    if institution.is_hidden:
        raise Unprocessable("This institution is not open for new connections.")
    return institution


def by_id(unit: Unit, institution_id: int) -> Institution:
    institution = unit.one(_institution, _by_id, id=institution_id)
    if institution is None:
        raise NotFound("There is no such institution.")
    return institution


def by_code(unit: Unit, code: str) -> Institution:
    institution = unit.one(_institution, _by_code, code=code)
    if institution is None:
        raise NotFound(f"There is no institution with the code {code}.")
    return institution


def list_all(unit: Unit) -> list[Institution]:
    return unit.all(_institution, _all)


def search(unit: Unit, name: str, url: str, page: Page) -> Paged[Institution]:
    """Institutions whose name and URL contain the texts, names that begin with it first."""
    if "\0" in name + url:
        return Paged([], page, 0)  # SQLite's LIKE would end its pattern there and find everything
    pattern = _escaped(name.strip().lower())
    like = {"name": f"%{pattern}%", "url": f"%{_escaped(url.strip().lower())}%"}
    rows = unit.all(_institution, _search, **like, prefix=f"{pattern}%", size=page.size, offset=page.offset)
    return Paged(rows, page, unit.scalar(_count, **like))


def credentials(unit: Unit, institution_id: int) -> list[Credential]:
    return unit.all(Credential, _credentials, of=institution_id)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

"""Institutions: the banks one can connect to, and what each asks of a person.

How to speak to one (`details`, and `secrets` sealed) is opaque here; `fanlight.institutions` reads it.
"""

from collections.abc import Iterable

import msgspec
from sqlalchemy import ColumnElement, bindparam, func, insert, select, update

from fanlight.base.errors import NotFound, Unprocessable
from fanlight.core import institution_words
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import institution_credentials, institutions, members
from fanlight.storage.unit import Unit

HELD = "held-"
"""How the codes of institutions begin that stand for a partner's own data; nobody connects to them."""
MANUAL_INSTITUTION = "INS-MANUAL-cb5c-1d48-741c-b30f4ddd1730"
"""The published guid of the one at which accounts stand that users keep by hand."""


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

    @property
    def is_held(self) -> bool:
        """Whether it stands for one partner's own data: other clients must not learn of it."""
        return self.protocol == "none" and self.code.startswith(HELD)


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
    on_offer = institutions.c.is_hidden == 0
    return select(*columns(institutions, Institution)).where(on_offer).order_by(institutions.c.name, institutions.c.id)


@statement
def _members_there() -> Clause:
    return select(func.count()).where(
        members.c.user_id == bindparam("user_id"),
        members.c.institution_id == bindparam("of"),
        members.c.deleted_at.is_(None),
    )


@statement
def _count_family() -> Clause:
    return select(func.count()).select_from(institutions).where(_is_of_family())


@statement
def _first_of_family() -> Clause:
    of_family = select(func.min(institutions.c.id)).where(_is_of_family()).scalar_subquery()
    return select(*columns(institutions, Institution)).where(institutions.c.id == of_family)


@statement
def _move_family() -> Clause:
    moved = func.replace(institutions.c.details, bindparam("old"), bindparam("new"))
    return update(institutions).where(_is_of_family()).values(details=moved, updated_at=bindparam("now"))


def _is_of_family() -> ColumnElement[bool]:
    """As a range, which the index of codes serves."""
    return institutions.c.code.between(bindparam("family"), bindparam("family").op("||")("\U0010ffff"))


@statement
def _credentials() -> Clause:
    return (
        select(*columns(institution_credentials, Credential))
        .where(institution_credentials.c.institution_id == bindparam("of"))
        .order_by(institution_credentials.c.display_order)
    )


def put(unit: Unit, entry: Entry, *, now: int) -> Institution:
    """Add an institution, or bring the one of this code up to date; its guid never changes."""
    known = find(unit, entry.code)
    if known is None:
        unit.insert_row(_insert, entry, created_at=now, updated_at=now)
    else:
        fields = msgspec.structs.asdict(entry)
        new = {f"new_{name}": value for name, value in fields.items() if name not in ("guid", "code")}
        unit.run(_update, of=known.id, now=now, **new)
    _learn(unit, entry)
    return by_code(unit, entry.code)


def set_hidden(unit: Unit, institution: Institution, *, is_hidden: bool, now: int) -> None:
    """Whether new members are refused and searches pass it over; those that are there stay."""
    unit.run(_set_hidden, of=institution.id, hidden=is_hidden, now=now)


def add(unit: Unit, entry: Entry, fields: Iterable[Credential], *, now: int) -> None:
    """Add an institution that is not there, with what it asks for: the quick way for many."""
    institution_id = unit.insert_row(_insert, entry, created_at=now, updated_at=now)
    for field in fields:
        _add_credential(unit, institution_id, field)
    _learn(unit, entry)


def add_credential(unit: Unit, institution_id: int, credential: Credential) -> None:
    """Add a sign-in field unless the institution has it."""
    if credential.guid not in [known.guid for known in credentials(unit, institution_id)]:
        _add_credential(unit, institution_id, credential)


def read(unit: Unit, user_id: int, guid: str) -> Institution:
    """An institution as a user may see it: a partner's own only beside a member that the partner keeps there."""
    institution = unit.one(_institution, _by_guid, guid=guid)
    if institution is None or (
        institution.is_held and not unit.scalar(_members_there, user_id=user_id, of=institution.id)
    ):
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


def find(unit: Unit, code: str) -> Institution | None:
    """The institution of a code, if there is one."""
    return unit.one(_institution, _by_code, code=code)


def by_code(unit: Unit, code: str) -> Institution:
    institution = find(unit, code)
    if institution is None:
        raise NotFound(f"There is no institution with the code {code}.")
    return institution


def list_all(unit: Unit) -> list[Institution]:
    """All that are on offer; hidden ones are not listed anywhere."""
    return unit.all(_institution, _all)


def count_family(unit: Unit, family: str) -> int:
    """How many institutions have a code that begins so."""
    return int(unit.scalar(_count_family, family=family))


def first_of_family(unit: Unit, family: str) -> Institution | None:
    """The one of them that was added first."""
    return unit.one(_institution, _first_of_family, family=family)


def move_family(unit: Unit, family: str, old: str, new: str, *, now: int) -> None:
    """Replace a text in the details of all whose code begins so: they are reached at another address now."""
    unit.run(_move_family, family=family, old=old, new=new, now=now)


def credentials(unit: Unit, institution_id: int) -> list[Credential]:
    return unit.all(Credential, _credentials, of=institution_id)


def _add_credential(unit: Unit, institution_id: int, credential: Credential) -> None:
    unit.insert_row(_insert_credential, credential, institution_id=institution_id)


def _learn(unit: Unit, entry: Entry) -> None:
    institution_words.learn(unit, f"{entry.name}\n{entry.aliases or ''}\n{entry.code}")

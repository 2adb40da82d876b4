"""Credentials: what a person gave an institution to sign in with, sealed from the first moment."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.json import decode, encode
from sqlalchemy import bindparam, delete, func, insert, literal_column, select, update

from fanlight.base.errors import Malformed, MissingParams, Unprocessable
from fanlight.base.guids import new_guid
from fanlight.core import institutions
from fanlight.core.institutions import Credential
from fanlight.core.members import Member
from fanlight.storage.statements import Clause, binds, hex_array, keys_in, statement
from fanlight.storage.tables import institution_credentials, member_credentials, members
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault, VaultError

PURPOSE = "credential"
LOGIN = 3
STALE = (
    "The credential guids submitted are no longer valid. "
    "Check the Institution Required Credentials endpoint for the most recent credentials."
)


class Kept(NamedTuple):
    """A member's login in the clear, for one run: values by field name, and the rows they came from. Never printed."""

    values: dict[str, str]
    keys: tuple[int, ...]
    exchanged: dict[str, str] | None = None
    """What they were exchanged for, once, at an institution that does so."""

    def __repr__(self) -> str:
        return "Kept([redacted])"


class _Stored(NamedTuple):
    id: int
    field_guid: str
    field_name: str
    sealed: bytes
    exchanged: bytes | None


# The table has no column for the user: the member says whose they are.
_OF_MEMBER = member_credentials.c.member_id.in_(
    select(members.c.id).where(members.c.id == bindparam("of"), members.c.user_id == bindparam("user"))
)
_ROW = ("member_id", "institution_credential_id", "guid", "sealed", "blind", "metadata", "created_at", "updated_at")


@statement
def _insert() -> Clause:
    return insert(member_credentials).values(binds(_ROW))


@statement
def _same() -> Clause:
    joined = member_credentials.join(members, members.c.id == member_credentials.c.member_id)
    return (
        select(members.c.id)
        .select_from(joined)
        .where(
            members.c.user_id == bindparam("user_id"),
            members.c.institution_id == bindparam("institution_id"),
            members.c.deleted_at.is_(None),
            members.c.id != bindparam("but"),
            keys_in(func.hex(member_credentials.c.blind), "blinds"),
        )
        .limit(literal_column("1"))
    )


@statement
def _of_member() -> Clause:
    joined = member_credentials.join(
        institution_credentials, institution_credentials.c.id == member_credentials.c.institution_credential_id
    )
    wanted = (member_credentials.c.id, institution_credentials.c.guid, institution_credentials.c.field_name)
    return (
        select(*wanted, member_credentials.c.sealed, member_credentials.c.exchanged)
        .select_from(joined)
        .where(_OF_MEMBER)
        .order_by(member_credentials.c.id)
    )


@statement
def _keep_exchanged() -> Clause:
    row = member_credentials.c
    wanted = _OF_MEMBER & (row.id == bindparam("named")) & row.exchanged.is_(None)
    return update(member_credentials).where(wanted).values(exchanged=bindparam("exchanged"))


@statement
def _erase_one() -> Clause:
    return delete(member_credentials).where(
        _OF_MEMBER, member_credentials.c.institution_credential_id == bindparam("field")
    )


@statement
def _remember_login() -> Clause:
    """The login's fingerprint outlives the credentials; it tells only that a login is the same one again."""
    login = (
        select(member_credentials.c.blind)
        .where(_OF_MEMBER, member_credentials.c.blind != literal_column("x''"))
        .order_by(member_credentials.c.id)
        .limit(literal_column("1"))
    )
    named = (members.c.id == bindparam("of")) & (members.c.user_id == bindparam("user"))
    return update(members).where(named).values(last_login=func.coalesce(login.scalar_subquery(), members.c.last_login))


@statement
def _denials_of_deleted() -> Clause:
    return (
        select(members.c.denials)
        .where(
            members.c.user_id == bindparam("user_id"),
            members.c.institution_id == bindparam("institution_id"),
            members.c.deleted_at.is_not(None),
            keys_in(func.hex(members.c.last_login), "blinds"),
        )
        .order_by(members.c.deleted_at.desc(), members.c.id.desc())
        .limit(literal_column("1"))
    )


@statement
def _erase() -> Clause:
    return delete(member_credentials).where(_OF_MEMBER)


def check(unit: Unit, institution_id: int, given: Mapping[str, str]) -> list[tuple[Credential, str]]:
    """The institution's fields with their values, by guid. Raises Malformed for stale guids, MissingParams for gaps."""
    required = institutions.credentials(unit, institution_id)
    if set(given) - {field.guid for field in required}:
        raise Malformed(STALE)
    missing = [field.label for field in required if not given.get(field.guid)]
    if missing:
        raise MissingParams(f"credentials: {', '.join(missing)}")
    return [(field, given[field.guid]) for field in required]


def replace(unit: Unit, vault: Vault, member: Member, values: Sequence[tuple[Credential, str]], *, now: int) -> None:
    """Keep new credentials of a member and erase the old ones."""
    erase(unit, member.user_id, member.id)
    for field, value in values:
        keep(unit, vault, member, field, value, now=now)


def keep(
    unit: Unit, vault: Vault, member: Member, field: Credential, value: str, *, now: int, metadata: str | None = None
) -> str:
    """Seal one value in place of an earlier one; its guid."""
    unit.run(_erase_one, of=member.id, user=member.user_id, field=field.id)
    guid = new_guid("MCR")
    unit.insert(
        _insert,
        member_id=member.id,
        institution_credential_id=field.id,
        guid=guid,
        sealed=vault.seal(PURPOSE, _context(member, field.guid), value.encode()),
        blind=fingerprint(vault, member.user_id, field.guid, value) if field.field_type == LOGIN else b"",
        metadata=metadata,
        created_at=now,
        updated_at=now,
    )
    return guid


def refuse_duplicate(
    unit: Unit, vault: Vault, user_id: int, institution_id: int, values: Sequence[tuple[Credential, str]], *,
    but: int = 0,
) -> None:  # fmt: skip
    """Raise Unprocessable when the user has a living member (`but` one) at the institution with the same login."""
    for field, value in values:
        if field.field_type == LOGIN and unit.scalar(
            _same, user_id=user_id, institution_id=institution_id, blinds=_blinds(vault, user_id, field, value), but=but
        ):
            raise Unprocessable("The user already has a member at this institution with this login.")


def denials_before(
    unit: Unit, vault: Vault, user_id: int, institution_id: int, values: Sequence[tuple[Credential, str]]
) -> int:
    """How often the institution refused this login last, as far as a deleted member that is still kept had it.

    A member that is made anew does not begin the count anew: the institution counts on.
    """
    for field, value in values:
        if field.field_type == LOGIN:
            named = {"user_id": user_id, "institution_id": institution_id}
            blinds = _blinds(vault, user_id, field, value)
            return int(unit.scalar(_denials_of_deleted, **named, blinds=blinds) or 0)
    return 0


def fingerprint(vault: Vault, user_id: int, field_guid: str, login: str) -> bytes:
    """A login's fingerprint, alike for what people take for the same; other fields have none."""
    return vault.blind(PURPOSE, _of_login(user_id, field_guid), _alike(login))


def login(unit: Unit, vault: Vault, member: Member) -> Kept | None:
    """What the member signs in with; None when a field is missing or cannot be opened (another key)."""
    stored = _stored(unit, member)
    required = {field.field_name for field in institutions.credentials(unit, member.institution_id)}
    try:
        values = {
            row.field_name: vault.open(PURPOSE, _context(member, row.field_guid), row.sealed).decode() for row in stored
        }
        exchanged = next((_exchanged(vault, member, row) for row in stored if row.exchanged is not None), None)
    except VaultError:
        return None
    if not required or required - values.keys():
        return None
    return Kept(values, tuple(row.id for row in stored), exchanged)


def keep_exchanged(unit: Unit, vault: Vault, member: Member, kept: Kept, exchanged: Mapping[str, str]) -> bool:
    """Seal what a login was exchanged for beside it; False when the member has another login by now.

    It goes with the login: whoever gives another one has it exchanged anew.
    """
    if not is_unchanged(unit, member, kept):
        return False
    row = _stored(unit, member)[0]
    sealed = vault.seal(PURPOSE, exchanged_context(member.user_id, member.id, row.field_guid), encode(exchanged))
    return unit.run(_keep_exchanged, of=member.id, user=member.user_id, named=row.id, exchanged=sealed) == 1


def is_unchanged(unit: Unit, member: Member, kept: Kept) -> bool:
    """Whether the member still has the credentials that a run began with."""
    return tuple(row.id for row in _stored(unit, member)) == kept.keys


def erase(unit: Unit, user_id: int, member_id: int) -> None:
    """Forget what a member signs in with; that a login is the same one again can still be told."""
    unit.run(_remember_login, of=member_id, user=user_id)
    unit.run(_erase, of=member_id, user=user_id)


def _stored(unit: Unit, member: Member) -> list[_Stored]:
    return unit.all(_Stored, _of_member, of=member.id, user=member.user_id)


def _exchanged(vault: Vault, member: Member, row: _Stored) -> dict[str, str]:
    context = exchanged_context(member.user_id, member.id, row.field_guid)
    return decode(vault.open(PURPOSE, context, row.exchanged or b""), type=dict[str, str])


def exchanged_context(user_id: int, member_id: int, field_guid: str) -> str:
    """What the seal of an exchange is bound to."""
    return f"user={user_id}|member={member_id}|exchanged={field_guid}"


def _context(member: Member, field_guid: str) -> str:
    return f"user={member.user_id}|member={member.id}|field={field_guid}"


def _blinds(vault: Vault, user_id: int, field: Credential, value: str) -> str:
    """Every fingerprint that a login may be kept under, as one parameter."""
    return hex_array(vault.blinds(PURPOSE, _of_login(user_id, field.guid), _alike(value)))


def _of_login(user_id: int, field_guid: str) -> str:
    return f"user={user_id}|field={field_guid}"


def _alike(login: str) -> str:
    """What people take for the same login, in one form."""
    return unicodedata.normalize("NFKC", login).strip().casefold()

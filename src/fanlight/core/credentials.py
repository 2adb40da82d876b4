"""Credentials: what a person gave an institution to sign in with, sealed from the first moment."""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, delete, insert, literal_column, select

from fanlight.base.errors import Malformed, MissingParams, Unprocessable
from fanlight.core import institutions
from fanlight.core.institutions import Credential
from fanlight.core.members import Member
from fanlight.storage.statements import Clause, binds, statement
from fanlight.storage.tables import member_credentials, members
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

PURPOSE = "credential"
LOGIN = 3
STALE = (
    "The credential guids submitted are no longer valid. "
    "Check the Institution Required Credentials endpoint for the most recent credentials."
)


@statement
def _insert() -> Clause:
    return insert(member_credentials).values(binds(("member_id", "institution_credential_id", "sealed", "blind")))


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
            member_credentials.c.blind == bindparam("blind"),
        )
        .limit(literal_column("1"))
    )


@statement
def _erase() -> Clause:
    return delete(member_credentials).where(member_credentials.c.member_id == bindparam("of"))


def check(unit: Unit, institution_id: int, given: Mapping[str, str]) -> list[tuple[Credential, str]]:
    """The institution's fields with their values, by guid. Raises Malformed for stale guids, MissingParams for gaps."""
    required = institutions.credentials(unit, institution_id)
    if set(given) - {field.guid for field in required}:
        raise Malformed(STALE)
    missing = [field.label for field in required if not given.get(field.guid)]
    if missing:
        raise MissingParams(f"Required params missing. credentials: {', '.join(missing)}")
    return [(field, given[field.guid]) for field in required]


def replace(unit: Unit, vault: Vault, member: Member, values: Sequence[tuple[Credential, str]]) -> None:
    """Keep new credentials of a member and erase the old ones."""
    erase(unit, member.id)
    for field, value in values:
        sealed = vault.seal(PURPOSE, f"user={member.user_id}|member={member.id}|field={field.guid}", value.encode())
        unit.insert(
            _insert,
            member_id=member.id,
            institution_credential_id=field.id,
            sealed=sealed,
            blind=_blind(vault, member.user_id, field, value),
        )


def refuse_duplicate(
    unit: Unit, vault: Vault, user_id: int, institution_id: int, values: Sequence[tuple[Credential, str]]
) -> None:
    """Raise Unprocessable when the user has a living member at the institution with the same login."""
    for field, value in values:
        if field.field_type == LOGIN and unit.scalar(
            _same, user_id=user_id, institution_id=institution_id, blind=_blind(vault, user_id, field, value)
        ):
            raise Unprocessable("The user already has a member at this institution with this login.")


def erase(unit: Unit, member_id: int) -> None:
    unit.run(_erase, of=member_id)


def _blind(vault: Vault, user_id: int, field: Credential, value: str) -> bytes:
    return vault.blind(PURPOSE, f"user={user_id}|field={field.guid}", value)

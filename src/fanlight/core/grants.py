"""Grants: an institution's permission to read a person's data, sealed, one active generation per member.

A replaced or abandoned grant stays, still sealed, only until it has been revoked at the institution.
"""

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from fanlight.core.members import Member
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import grants, members
from fanlight.storage.unit import Unit

ACTIVE = "active"
REVOKING = "revoking"
ENDED = "ended"


class Grant(msgspec.Struct, frozen=True):
    id: int
    user_id: int
    client_id: int
    member_id: int
    institution_id: int
    generation: int
    status: str
    subject: str | None
    sealed: bytes
    access_expires_at: int
    refresh_started_at: int | None
    refresh_number: int
    retired_at: int | None
    created_at: int
    updated_at: int

    @property
    def context(self) -> str:
        """Whose grant it is: what the sealed tokens are bound to."""
        return context(self.client_id, self.user_id, self.member_id, self.generation)

    def __repr__(self) -> str:
        return f"Grant(id={self.id}, member_id={self.member_id}, generation={self.generation}, status={self.status!r})"


def context(client_id: int, user_id: int, member_id: int, generation: int) -> str:
    return f"client={client_id}|user={user_id}|member={member_id}|generation={generation}"


_grant = row_of(Grant)
_NAMED = (grants.c.id == bindparam("of")) & (grants.c.user_id == bindparam("user"))
_OF_MEMBER = (grants.c.member_id == bindparam("member_id")) & (grants.c.user_id == bindparam("user_id"))


@statement
def _insert() -> Clause:
    return insert(grants).values(binds(Grant.__struct_fields__[1:]))


@statement
def _active() -> Clause:
    return select(*columns(grants, Grant)).where(_OF_MEMBER, grants.c.status == ACTIVE)


@statement
def _by_id() -> Clause:
    return select(*columns(grants, Grant)).where(_NAMED)


@statement
def _last_generation() -> Clause:
    return select(func.max(grants.c.generation)).where(_OF_MEMBER)


@statement
def _last_subject() -> Clause:
    return (
        select(grants.c.subject)
        .where(_OF_MEMBER, grants.c.subject.is_not(None))
        .order_by(grants.c.generation.desc())
        .limit(1)
    )


@statement
def _member_of_subject() -> Clause:
    """The user's living member that holds, or last held, a grant of this person at the institution."""
    return (
        select(grants.c.member_id)
        .select_from(grants.join(members, members.c.id == grants.c.member_id))
        .where(
            grants.c.user_id == bindparam("user_id"),
            grants.c.institution_id == bindparam("institution_id"),
            grants.c.subject == bindparam("subject"),
            members.c.deleted_at.is_(None),
            members.c.expires_at.is_(None),
        )
        .order_by(grants.c.id.desc())
        .limit(1)
    )


@statement
def _retire() -> Clause:
    return (
        update(grants)
        .where(_NAMED)
        .values(
            status=REVOKING,
            retired_at=func.coalesce(grants.c.retired_at, bindparam("now")),
            updated_at=bindparam("now"),
        )
    )


@statement
def _stuck() -> Clause:
    return select(*columns(grants, Grant)).where(
        grants.c.status == REVOKING, grants.c.updated_at <= bindparam("before")
    )


@statement
def _of_member() -> Clause:
    return select(*columns(grants, Grant)).where(_OF_MEMBER, grants.c.status != ENDED)


@statement
def _begin_refresh() -> Clause:
    return (
        update(grants)
        .where(
            _NAMED,
            grants.c.refresh_number == bindparam("number"),
            grants.c.refresh_started_at.is_(None),
            grants.c.status == ACTIVE,
        )
        .values(refresh_started_at=bindparam("now"))
    )


@statement
def _end_refresh() -> Clause:
    return (
        update(grants)
        .where(
            _NAMED,
            grants.c.refresh_number == bindparam("number"),
            grants.c.status == ACTIVE,
        )
        .values(
            sealed=bindparam("tokens"),
            access_expires_at=bindparam("expires"),
            refresh_started_at=None,
            refresh_number=grants.c.refresh_number + 1,
            updated_at=bindparam("now"),
        )
    )


@statement
def _replace_ended() -> Clause:
    return (
        update(grants)
        .where(_NAMED)
        .values(
            sealed=bindparam("tokens"),
            status=REVOKING,
            retired_at=func.coalesce(grants.c.retired_at, bindparam("now")),
            refresh_started_at=None,
            updated_at=bindparam("now"),
        )
    )


@statement
def _cancel_refresh() -> Clause:
    return update(grants).where(_NAMED).values(refresh_started_at=None)


@statement
def _erase() -> Clause:
    return update(grants).where(_NAMED).values(status=ENDED, sealed=b"", updated_at=bindparam("now"))


@statement
def _purge() -> Clause:
    alive = select(members.c.id)
    return delete(grants).where(grants.c.status == ENDED, grants.c.member_id.not_in(alive))


def next_generation(unit: Unit, member: Member) -> int:
    return int(unit.scalar(_last_generation, member_id=member.id, user_id=member.user_id) or 0) + 1


def store(
    unit: Unit, member: Member, sealed: bytes, *, client_id: int, generation: int, subject: str | None,
    expires_at: int, status: str = ACTIVE, now: int,
) -> int:  # fmt: skip
    """Keep a sealed grant; the row's key."""
    return unit.insert(
        _insert,
        user_id=member.user_id,
        client_id=client_id,
        member_id=member.id,
        institution_id=member.institution_id,
        generation=generation,
        status=status,
        subject=subject,
        sealed=sealed,
        access_expires_at=expires_at,
        refresh_started_at=None,
        refresh_number=0,
        retired_at=now if status == REVOKING else None,
        created_at=now,
        updated_at=now,
    )


def active(unit: Unit, user_id: int, member_id: int) -> Grant | None:
    return unit.one(_grant, _active, user_id=user_id, member_id=member_id)


def by_id(unit: Unit, user_id: int, key: int) -> Grant | None:
    return unit.one(_grant, _by_id, of=key, user=user_id)


def last_subject(unit: Unit, member: Member) -> str | None:
    """The person who authorised this member last, by the institution's stable identifier."""
    subject = unit.scalar(_last_subject, member_id=member.id, user_id=member.user_id)
    return None if subject is None else str(subject)


def member_of_subject(unit: Unit, user_id: int, institution_id: int, subject: str) -> int | None:
    key = unit.scalar(_member_of_subject, user_id=user_id, institution_id=institution_id, subject=subject)
    return None if key is None else int(key)


def retire(unit: Unit, member: Member, *, now: int) -> list[int]:
    """Set every grant of a member to be revoked; their keys."""
    retired = [grant.id for grant in unit.all(_grant, _of_member, member_id=member.id, user_id=member.user_id)]
    for key in retired:
        unit.run(_retire, of=key, user=member.user_id, now=now)
    return retired


def stuck(unit: Unit, *, before: int) -> list[Grant]:
    """Grants whose revocation was given up."""
    return unit.all(_grant, _stuck, before=before)


def retire_again(unit: Unit, grant: Grant, *, now: int) -> None:
    unit.run(_retire, of=grant.id, user=grant.user_id, now=now)


def begin_refresh(unit: Unit, grant: Grant, *, now: int) -> bool:
    """Write in the journal that a refresh begins: True for one caller, False when one is open or was faster."""
    number = grant.refresh_number
    return unit.run(_begin_refresh, of=grant.id, user=grant.user_id, number=number, now=now) == 1


def end_refresh(unit: Unit, grant: Grant, sealed: bytes, *, expires_at: int, now: int) -> bool:
    """Keep fresh tokens. False when the grant was ended meanwhile: then they are somebody's to revoke."""
    named = {"of": grant.id, "user": grant.user_id, "number": grant.refresh_number}
    return unit.run(_end_refresh, **named, tokens=sealed, expires=expires_at, now=now) == 1


def replace_ended(unit: Unit, grant: Grant, sealed: bytes, *, now: int) -> None:
    """Tokens that came for a grant that was ended meanwhile: kept, sealed, until they are revoked."""
    unit.run(_replace_ended, of=grant.id, user=grant.user_id, tokens=sealed, now=now)


def cancel_refresh(unit: Unit, grant: Grant) -> None:
    """The institution surely did not take the request: it may be sent again."""
    unit.run(_cancel_refresh, of=grant.id, user=grant.user_id)


def erase(unit: Unit, user_id: int, key: int, *, now: int) -> None:
    """End a grant and erase its tokens; who it belonged to is kept, to know the person again."""
    unit.run(_erase, of=key, user=user_id, now=now)


def purge(unit: Unit) -> None:
    unit.run(_purge)

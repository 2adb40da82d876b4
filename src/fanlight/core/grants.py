"""Grants: an institution's permission to read a person's data, sealed, one active generation per member.

A replaced or abandoned grant stays, still sealed, only until it has been revoked at the institution. How a refresh is
noted stands in `refresh_journal`, how the end of a consent is watched in `consent_ends`.
"""

from enum import StrEnum
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, case, delete, func, insert, null, select, update

from fanlight.core.members import Member
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import grants, members
from fanlight.storage.unit import Unit

ACTIVE = "active"
HELD = "held"
"""Nothing may use it before the client has confirmed whose browser it came from."""
REVOKING = "revoking"
ENDED = "ended"


class Why(StrEnum):
    """`ended_for`: why a grant is not in use any more."""

    REPLACED = "replaced"
    DELETED = "deleted"
    UNUSED = "unused"
    """It never came into use: its window failed, or it was not confirmed."""
    REFUSED = "refused"
    """The institution does not take its refresh token any more (invalid_grant)."""
    LOST = "lost"
    """A refresh was sent and its answer never came: whatever it gave, nobody has it."""
    WITHDRAWN = "withdrawn"
    """The institution says that the consent has ended, before its time."""
    EXPIRED = "expired"
    """The consent came to the end of its time."""


class Ends(NamedTuple):
    """When a grant ends, as far as it is known, in Unix seconds."""

    consent: int | None = None
    refresh: int | None = None
    reconfirm_by: int | None = None
    watched_at: int | None = None
    """When somebody has to look next."""


class Grant(msgspec.Struct, frozen=True):
    id: int
    user_id: int
    client_id: int
    member_id: int
    member_guid: str
    institution_id: int
    generation: int
    status: str
    subject: str | None
    sealed: bytes
    access_expires_at: int
    refresh_started_at: int | None
    refresh_number: int
    refresh_failures: int
    refresh_put_off_until: int | None
    consent_promised_until: int | None
    consent_expires_at: int | None
    consent_read_at: int | None
    refresh_expires_at: int | None
    reconfirm_by: int | None
    told_end: int | None
    told_days: int | None
    watched_at: int | None
    ended_for: str | None
    revocation_tries: int
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
        .where(_OF_MEMBER, grants.c.subject.is_not(None), grants.c.status != HELD)
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
            grants.c.status != HELD,
            members.c.deleted_at.is_(None),
            members.c.expires_at.is_(None),
        )
        .order_by(grants.c.id.desc())
        .limit(1)
    )


@statement
def _retire() -> Clause:
    """Whoever authorised what was never confirmed is no person of this member's."""
    return (
        update(grants)
        .where(_NAMED, grants.c.status != ENDED)
        .values(
            status=REVOKING,
            subject=case((grants.c.status == HELD, null()), else_=grants.c.subject),
            ended_for=func.coalesce(grants.c.ended_for, bindparam("why")),
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
def _end_if_active() -> Clause:
    return (
        update(grants)
        .where(_NAMED, grants.c.refresh_number == bindparam("number"), grants.c.status == ACTIVE)
        .values(
            status=REVOKING,
            ended_for=bindparam("why"),
            retired_at=bindparam("now"),
            updated_at=bindparam("now"),
        )
    )


@statement
def _last_why() -> Clause:
    return select(grants.c.ended_for).where(_OF_MEMBER).order_by(grants.c.generation.desc()).limit(1)


@statement
def _count_try() -> Clause:
    tries = grants.c.revocation_tries + 1
    return update(grants).where(_NAMED).values(revocation_tries=tries, updated_at=bindparam("now"))


@statement
def _erase() -> Clause:
    return update(grants).where(_NAMED).values(status=ENDED, sealed=b"", updated_at=bindparam("now"))


@statement
def _erase_revoked() -> Clause:
    """One that fresh tokens came for meanwhile, or that was sealed anew, stays to be revoked again."""
    as_read = (grants.c.status == REVOKING) & (grants.c.refresh_number == bindparam("number"))
    same = grants.c.sealed == bindparam("seen")
    return (
        update(grants)
        .where(_NAMED, as_read, same)
        .values(status=ENDED, sealed=b"", updated_at=bindparam("now"))
    )  # fmt: skip


@statement
def _purge() -> Clause:
    alive = select(members.c.id)
    return delete(grants).where(grants.c.status == ENDED, grants.c.member_id.not_in(alive))


def next_generation(unit: Unit, member: Member) -> int:
    return int(unit.scalar(_last_generation, member_id=member.id, user_id=member.user_id) or 0) + 1


def store(
    unit: Unit, member: Member, sealed: bytes, *, client_id: int, generation: int, subject: str | None,
    expires_at: int, ends: Ends, status: str = ACTIVE, now: int,
) -> int:  # fmt: skip
    """Keep a sealed grant; the row's key."""
    return unit.insert(
        _insert,
        user_id=member.user_id,
        client_id=client_id,
        member_id=member.id,
        member_guid=member.guid,
        institution_id=member.institution_id,
        generation=generation,
        status=status,
        subject=subject,
        sealed=sealed,
        access_expires_at=expires_at,
        refresh_started_at=None,
        refresh_number=0,
        refresh_failures=0,
        refresh_put_off_until=None,
        consent_promised_until=ends.consent,
        consent_expires_at=ends.consent,
        consent_read_at=None,
        refresh_expires_at=ends.refresh,
        reconfirm_by=ends.reconfirm_by,
        told_end=None,
        told_days=None,
        watched_at=ends.watched_at,
        ended_for=Why.UNUSED.value if status == REVOKING else None,
        revocation_tries=0,
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


def retire(unit: Unit, member: Member, why: Why, *, now: int) -> list[Grant]:
    """Set every grant of a member to be revoked; those that were not before are ended for this reason."""
    retired = unit.all(_grant, _of_member, member_id=member.id, user_id=member.user_id)
    for grant in retired:
        retire_one(unit, grant, why, now=now)
    return retired


def retire_one(unit: Unit, grant: Grant, why: Why, *, now: int) -> None:
    """The same of one."""
    unit.run(_retire, of=grant.id, user=grant.user_id, why=why.value, now=now)


def end(unit: Unit, grant: Grant, why: Why, *, now: int) -> bool:
    """End a grant that is in use as it was read; False when it was refreshed or ended meanwhile."""
    named = {"of": grant.id, "user": grant.user_id, "number": grant.refresh_number}
    return unit.run(_end_if_active, **named, why=why.value, now=now) == 1


def why_ended(unit: Unit, user_id: int, member_id: int) -> Why | None:
    """Why the newest grant of a member is not in use any more; None while it is, and where there never was one."""
    why = unit.scalar(_last_why, user_id=user_id, member_id=member_id)
    return None if why is None else Why(why)


def stuck(unit: Unit, *, before: int) -> list[Grant]:
    """Grants to be revoked that nobody has tried to since a moment."""
    return unit.all(_grant, _stuck, before=before)


def count_revocation_try(unit: Unit, grant: Grant, *, now: int) -> None:
    unit.run(_count_try, of=grant.id, user=grant.user_id, now=now)


def erase(unit: Unit, grant: Grant, *, now: int) -> None:
    """End a grant and erase its tokens; who it belonged to is kept, to know the person again."""
    unit.run(_erase, of=grant.id, user=grant.user_id, now=now)


def erase_revoked(unit: Unit, grant: Grant, *, now: int) -> bool:
    """The same of one that was revoked as it was read; False where other tokens came meanwhile."""
    named = {"of": grant.id, "user": grant.user_id, "number": grant.refresh_number}
    return unit.run(_erase_revoked, **named, seen=grant.sealed, now=now) == 1


def purge(unit: Unit) -> None:
    unit.run(_purge)

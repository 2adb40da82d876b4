"""Raw payloads: what an institution answered in a run of a job, sealed, so that it can be read again for a while."""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select

from fanlight.core.members import Member
from fanlight.storage.statements import Clause, binds, statement
from fanlight.storage.tables import raw_payloads
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

PURPOSE = "raw payload"


class Payload(NamedTuple):
    """One run's; `size` is that of the content."""

    id: int
    job_guid: str
    sealed: bytes
    size: int
    created_at: int


_OF_MEMBER = (raw_payloads.c.user_id == bindparam("user_id")) & (raw_payloads.c.member_id == bindparam("member_id"))
_COLUMNS = [raw_payloads.c[name] for name in Payload._fields]


@statement
def _insert() -> Clause:
    return insert(raw_payloads).values(binds(("user_id", "member_id", *Payload._fields[1:])))


@statement
def _of_member() -> Clause:
    return select(*_COLUMNS).where(_OF_MEMBER).order_by(raw_payloads.c.id.desc())


@statement
def _delete_older() -> Clause:
    newest = select(raw_payloads.c.id).where(_OF_MEMBER).order_by(raw_payloads.c.id.desc()).limit(bindparam("kept"))
    return delete(raw_payloads).where(_OF_MEMBER, raw_payloads.c.id.not_in(newest))


@statement
def _erase() -> Clause:
    return delete(raw_payloads).where(_OF_MEMBER)


@statement
def _purge() -> Clause:
    return delete(raw_payloads).where(raw_payloads.c.created_at <= bindparam("kept_before"))


def keep(unit: Unit, vault: Vault, member: Member, job_guid: str, content: bytes, *, newest: int, now: int) -> None:
    """Keep what came of a run; of the member's only the newest so many stay."""
    unit.insert(
        _insert,
        user_id=member.user_id,
        member_id=member.id,
        job_guid=job_guid,
        sealed=vault.seal(PURPOSE, _context(member, job_guid), content),
        size=len(content),
        created_at=now,
    )
    unit.run(_delete_older, user_id=member.user_id, member_id=member.id, kept=newest)


def of_member(unit: Unit, member: Member) -> list[Payload]:
    """What is kept of a member, the newest first."""
    return unit.all(Payload, _of_member, user_id=member.user_id, member_id=member.id)


def content(vault: Vault, member: Member, payload: Payload) -> bytes:
    """A payload in the clear. Raises VaultError (another key, another owner)."""
    return vault.open(PURPOSE, _context(member, payload.job_guid), payload.sealed)


def erase(unit: Unit, user_id: int, member_id: int) -> None:
    """Forget every payload of a member."""
    unit.run(_erase, user_id=user_id, member_id=member_id)


def purge(unit: Unit, *, kept_before: int) -> int:
    """Remove what was kept long enough ago; how many."""
    return unit.run(_purge, kept_before=kept_before)


def _context(member: Member, job_guid: str) -> str:
    return f"user={member.user_id}|member={member.id}|job={job_guid}"

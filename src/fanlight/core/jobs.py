"""Jobs: one run of gathering data for a member, as a client sees it."""

from enum import IntEnum
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, case, func, insert, select, update

from fanlight.base.errors import NotFound
from fanlight.base.guids import new_guid
from fanlight.core.members import Member
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import institutions, jobs, members, users
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

PURPOSE = "conversation"


class Kind(IntEnum):
    """What a job gathers (`job_type` of the sister APIs)."""

    AGGREGATION = 0
    VERIFICATION = 1
    IDENTIFICATION = 2
    HISTORY = 3
    BALANCE = 7


class Status(IntEnum):
    """`status` of a job."""

    INITIATED = 0
    REQUESTED = 1
    CHALLENGED = 2
    RECEIVED = 3
    TRANSFERRED = 4
    PROCESSED = 5
    COMPLETED = 6
    PREVENTED = 7
    DENIED = 8
    HALTED = 9

    @property
    def is_final(self) -> bool:
        return self >= Status.COMPLETED


class Detail(IntEnum):
    """`error_message_code`: why a job ended without all that was asked for."""

    NO_VERIFIABLE_ACCOUNTS = 1000
    NO_ACCOUNTS = 1001
    ACCESS_DENIED = 1002
    INCORRECT_OTP = 2001
    INCORRECT_MFA = 2002
    MFA_TIMEOUT = 2003
    REAUTHORIZATION_REQUIRED = 2004
    INVALID_CREDENTIALS = 2005
    INSTITUTION_DOWN = 3000
    INSTITUTION_UNAVAILABLE = 3002


class Include(NamedTuple):
    """What a job gathers beside the accounts themselves."""

    transactions: bool = True
    holdings: bool = True


EVERYTHING = Include()


class Row(msgspec.Struct, frozen=True):
    """What the table holds."""

    id: int
    user_id: int
    member_id: int
    guid: str
    kind: Kind
    status: Status
    is_authenticated: bool
    include_transactions: bool
    include_holdings: bool
    is_attended: bool
    error_message: str | None
    error_code: Detail | None
    created_at: int
    updated_at: int
    started_at: int | None
    finished_at: int | None


class Job(Row, frozen=True):
    """A job with the guids it shows."""

    member_guid: str
    institution_guid: str
    user_guid: str

    @property
    def include(self) -> Include:
        return Include(self.include_transactions, self.include_holdings)


_job = row_of(Job)
_SHOWN = (members.c.guid, institutions.c.guid, users.c.guid)
_JOINED = (
    jobs.join(members, members.c.id == jobs.c.member_id)
    .join(institutions, institutions.c.id == members.c.institution_id)
    .join(users, users.c.id == jobs.c.user_id)
)
_NAMED = (jobs.c.id == bindparam("of")) & (jobs.c.user_id == bindparam("user"))


@statement
def _insert() -> Clause:
    return insert(jobs).values(binds(Row.__struct_fields__[1:]))


@statement
def _read() -> Clause:
    return (
        select(*columns(jobs, Row), *_SHOWN)
        .select_from(_JOINED)
        .where(
            jobs.c.user_id == bindparam("user_id"),
            jobs.c.guid == bindparam("guid"),
            members.c.deleted_at.is_(None),
        )
    )


@statement
def _set_status() -> Clause:
    return (
        update(jobs)
        .where(_NAMED, jobs.c.status < int(Status.COMPLETED))
        .values(
            status=bindparam("new_status"),
            is_authenticated=case((bindparam("authenticated"), 1), else_=jobs.c.is_authenticated),
            error_message=bindparam("error"),
            error_code=bindparam("code"),
            conversation=case((bindparam("finished").is_(None), jobs.c.conversation), else_=None),
            started_at=bindparam("started"),
            finished_at=bindparam("finished"),
            updated_at=bindparam("now"),
        )
    )


@statement
def _last_completed() -> Clause:
    return select(func.max(jobs.c.finished_at)).where(
        jobs.c.user_id == bindparam("user_id"),
        jobs.c.member_id == bindparam("member_id"),
        jobs.c.kind == bindparam("kind"),
        jobs.c.status == int(Status.COMPLETED),
    )


@statement
def _set_conversation() -> Clause:
    return update(jobs).where(_NAMED).values(conversation=bindparam("sealed"))


@statement
def _conversation() -> Clause:
    return select(jobs.c.conversation).where(_NAMED)


def lane(institution_id: int) -> str:
    """The queue's lane of everything that is done at one institution: a slow one keeps no other waiting."""
    return f"institution:{institution_id}"


def create(unit: Unit, member: Member, kind: Kind, *, include: Include, is_attended: bool, now: int) -> str:
    """A job that is asked for, by somebody who is there or by nobody; its guid."""
    guid = new_guid("JOB")
    unit.insert(
        _insert,
        user_id=member.user_id,
        member_id=member.id,
        guid=guid,
        kind=int(kind),
        status=int(Status.INITIATED),
        is_authenticated=False,
        include_transactions=include.transactions,
        include_holdings=include.holdings,
        is_attended=is_attended,
        error_message=None,
        error_code=None,
        created_at=now,
        updated_at=now,
        started_at=None,
        finished_at=None,
    )
    return guid


def read(unit: Unit, user_id: int, guid: str) -> Job:
    job = find(unit, user_id, guid)
    if job is None:
        raise NotFound("There is no such job.")
    return job


def find(unit: Unit, user_id: int, guid: str) -> Job | None:
    return unit.one(_job, _read, user_id=user_id, guid=guid)


def advance(
    unit: Unit, job: Job, status: Status, *, now: int, is_authenticated: bool = False,
    error: str | None = None, detail: Detail | None = None,
) -> None:  # fmt: skip
    """Bring a job on; one that has ended stays as it ended, and once authenticated it remains so."""
    unit.run(
        _set_status,
        of=job.id,
        user=job.user_id,
        new_status=int(status),
        authenticated=is_authenticated,
        error=error,
        code=detail,
        started=job.started_at or now,
        finished=now if status.is_final else None,
        now=now,
    )


def last_completed(unit: Unit, member: Member, kind: Kind) -> int | None:
    """When a job of a kind last ended well for a member."""
    found: int | None = unit.scalar(_last_completed, user_id=member.user_id, member_id=member.id, kind=int(kind))
    return found


def keep_conversation(unit: Unit, vault: Vault, job: Job, state: str | None) -> None:
    """Seal what the institution wants to see again beside the answers."""
    sealed = None if state is None else vault.seal(PURPOSE, _context(job), state.encode())
    unit.run(_set_conversation, of=job.id, user=job.user_id, sealed=sealed)


def conversation(unit: Unit, vault: Vault, job: Job) -> str | None:
    """What was kept, in the clear, for one run. Raises VaultError (another key)."""
    sealed = unit.scalar(_conversation, of=job.id, user=job.user_id)
    return None if sealed is None else vault.open(PURPOSE, _context(job), sealed).decode()


def _context(job: Job) -> str:
    return f"user={job.user_id}|member={job.member_id}|job={job.guid}"

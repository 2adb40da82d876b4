"""Requests for jobs: what a client may ask for when, and what an answer to a challenge sets going again.

Everything here happens inside the caller's unit; institutions are not spoken to.
"""

from collections.abc import Callable, Mapping, Sequence

from fanlight.base.clock import Clock
from fanlight.base.errors import Conflict, Forbidden, MethodRefused, MissingParams, Refusal, Throttled
from fanlight.core import challenges, credentials, jobs, members
from fanlight.core.connection_status import CAN_RUN, Status
from fanlight.core.institutions import Credential
from fanlight.core.jobs import Detail, Job, Kind
from fanlight.core.members import Member
from fanlight.queue import tasks
from fanlight.queue.tasks import Task
from fanlight.settings import Settings
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

JOB = "job"
NOT_ASKED = "This member is not CHALLENGED: there is nothing to resume."


class Requests:
    """How a job comes to be, waits for a person, and is given up when nobody answers."""

    def __init__(self, *, settings: Settings, vault: Vault, clock: Clock, wake: Callable[[], None]) -> None:
        self._settings = settings
        self._vault = vault
        self._clock = clock
        self._wake = wake

    def request(
        self, unit: Unit, member: Member, kind: Kind = Kind.AGGREGATION, *, include_transactions: bool = True
    ) -> tuple[Member, bool]:
        """Ask for a job as a client does: the member, and whether the job began or went on.

        None begins while one of the kind runs, inside the throttle (which test institutions do not have), or where
        something has to happen first: a window, new credentials, an operator's word. Raises Forbidden when the
        member's use cases do not hold PFM, Conflict while a job of another kind runs, Throttled.
        """
        if kind == Kind.AGGREGATION and not member.is_for_pfm:
            raise Forbidden("This member's use_cases do not include PFM.")
        member = self.settled(unit, member)
        if member.is_being_aggregated:
            return self._while_running(unit, member, kind)
        if member.status not in CAN_RUN or self._is_throttled(unit, member, kind):
            return member, False
        return self.start(unit, member, kind, include_transactions=include_transactions), True

    def start(
        self, unit: Unit, member: Member, kind: Kind = Kind.AGGREGATION, *, include_transactions: bool = True
    ) -> Member:
        """Begin a job where one can run, or leave the one that runs: the member as it stands with it."""
        if member.is_being_aggregated or member.status not in CAN_RUN:
            return member
        now = self._clock()
        guid = jobs.create(unit, member, kind, include_transactions=include_transactions, now=now)
        self._enqueue(unit, member, guid)
        return members.set_connection(unit, member, now=now, job_guid=guid, is_being_aggregated=True, aggregated_at=now)

    def start_all(self, unit: Unit, user_id: int, *, include_transactions: bool = True) -> list[Member]:
        """Begin an aggregation for every member of a user that can have one; all members as they stand then."""
        found = members.list_all(unit, user_id, now=self._clock())
        return [self._start_if_possible(unit, member, include_transactions=include_transactions) for member in found]

    def answer(
        self, unit: Unit, member: Member, given: Mapping[str, str], *, status: Status = Status.RESUMED
    ) -> Member:
        """Take answers by the guid of their challenge, and go on.

        Raises MethodRefused when the member is not CHALLENGED, Malformed for a challenge that is not asked.
        """
        member = self.challenged(unit, member)
        asked = challenges.of_member(unit, member.user_id, member.id)
        challenges.answer(unit, self._vault, asked, given)
        return self.resume(unit, member, status=status)

    def challenged(self, unit: Unit, member: Member) -> Member:
        """The member as it is at this moment; raises MethodRefused when it is not CHALLENGED."""
        member = self.settled(unit, member)
        if member.status != Status.CHALLENGED:
            raise MethodRefused(NOT_ASKED, ("PUT",))
        return member

    def resume(self, unit: Unit, member: Member, *, status: Status = Status.RESUMED) -> Member:
        """Go on with a challenged job once every challenge has its answer. Raises MissingParams."""
        asked = challenges.of_member(unit, member.user_id, member.id)
        missing = [row.guid for row in asked if row.answer is None]
        if missing:
            raise MissingParams(f"Required params missing. answers to {', '.join(missing)}")
        assert member.job_guid is not None  # noqa: S101 - a challenged member has a job
        now = self._clock()
        jobs.advance(unit, jobs.read(unit, member.user_id, member.job_guid), jobs.Status.RECEIVED, now=now)
        self._enqueue(unit, member, member.job_guid)
        return members.set_connection(unit, member, now=now, status=status, challenged_until=None)

    def take_credentials(
        self, unit: Unit, member: Member, given: Sequence[tuple[Credential, str]], *, start: bool
    ) -> Member:
        """Sign on with other details from now on; a job that waits for an answer ends. Raises Conflict."""
        updated = self._updated(unit, member)
        credentials.replace(unit, self._vault, updated, given, now=self._clock())
        return self.start(unit, updated) if start else updated

    def take_credential(self, unit: Unit, member: Member, field: Credential, value: str, metadata: str | None) -> str:
        """The same for one field alone, and nothing starts: the guid of what is kept. Raises Conflict."""
        updated = self._updated(unit, member)
        return credentials.keep(unit, self._vault, updated, field, value, now=self._clock(), metadata=metadata)

    def of_job(self, unit: Unit, job: Job) -> Member:
        """The job's member as it is at this moment."""
        return self.settled(unit, members.by_id(unit, job.user_id, job.member_id, now=self._clock()))

    def settled(self, unit: Unit, member: Member) -> Member:
        """The member as it is at this moment: EXPIRED once the time to answer is over."""
        if member.challenged_until is None or member.challenged_until > self._clock():
            return member
        self._halt(unit, member, "no answer came in time", Detail.MFA_TIMEOUT)
        now = self._clock()
        changes = {"is_being_aggregated": False, "challenged_until": None}
        return members.set_connection(unit, member, now=now, status=Status.EXPIRED, **changes)

    def expire(self, unit: Unit, task: Task) -> None:
        """The time to answer may be over: the queue's reminder."""
        member = members.find(unit, task.arguments["user"], task.arguments["member"], now=self._clock())
        tasks.finish(unit, task.id)
        if member is not None:
            self.settled(unit, member)

    def _updated(self, unit: Unit, member: Member) -> Member:
        """The member with sign-in details that nobody has tried yet; a job that waits for an answer ends."""
        if member.status == Status.DISCONTINUED:
            raise Conflict("Connections to this institution are no longer offered.")
        waits = member.status == Status.CHALLENGED
        if waits:
            self._halt(unit, member, "superseded", None)
        return members.set_connection(
            unit,
            member,
            now=self._clock(),
            status=member.status if member.status == Status.DISABLED else Status.UPDATED,
            is_being_aggregated=member.is_being_aggregated and not waits,
            challenged_until=None,
            denials=0,
        )

    def _while_running(self, unit: Unit, member: Member, kind: Kind) -> tuple[Member, bool]:
        assert member.job_guid is not None  # noqa: S101 - what runs is a job
        running = jobs.read(unit, member.user_id, member.job_guid)
        if running.kind != kind:
            raise Conflict(f"A job of another kind ({running.kind.name.lower()}) runs on this member.")
        asked = challenges.of_member(unit, member.user_id, member.id) if member.status == Status.CHALLENGED else []
        if asked and all(row.answer is not None for row in asked):
            return self.resume(unit, member), True  # the old flow: answers one by one, then a refresh
        return member, False

    def _is_throttled(self, unit: Unit, member: Member, kind: Kind) -> bool:
        """Whether the last job of the kind is too near. Raises Throttled where clients expect to be told."""
        if member.institution_is_test or kind not in (Kind.AGGREGATION, Kind.BALANCE):
            return False
        balance = kind == Kind.BALANCE
        wait = self._settings.balance_throttle if balance else self._settings.aggregation_throttle
        last = jobs.last_completed(unit, member, kind)
        left = 0 if last is None else last + wait - self._clock()
        if balance and left > 0:
            raise Throttled("This member's balances were checked a short while ago.", left)
        return left > 0

    def _start_if_possible(self, unit: Unit, member: Member, *, include_transactions: bool) -> Member:
        try:
            return self.request(unit, member, include_transactions=include_transactions)[0]
        except Refusal:
            return member

    def _halt(self, unit: Unit, member: Member, why: str, detail: Detail | None) -> None:
        assert member.job_guid is not None  # noqa: S101 - a challenged member has a job
        challenges.erase(unit, member.user_id, member.id)
        job = jobs.read(unit, member.user_id, member.job_guid)
        jobs.advance(unit, job, jobs.Status.HALTED, now=self._clock(), error=why, detail=detail)

    def _enqueue(self, unit: Unit, member: Member, job_guid: str) -> None:
        arguments = {"user": member.user_id, "job": job_guid}
        tasks.enqueue(unit, JOB, arguments, run_at=self._clock(), wake=self._wake)


def lacking_pfm(found: Sequence[Member]) -> bool:
    """Whether there are members, and none of them may be aggregated for its use cases."""
    return bool(found) and not any(member.is_for_pfm for member in found)

"""Requests for jobs: what a client may ask for when, and what an answer to a challenge sets going again.

Everything here happens inside the caller's unit, of which each request reads the clock once; institutions are not
spoken to.
"""

from collections.abc import Callable, Mapping, Sequence

from fanlight.base.clock import Clock
from fanlight.base.errors import Conflict, Forbidden, MissingParams, NotAsked, Refusal, Throttled
from fanlight.core import challenges, credentials, jobs, members
from fanlight.core.connection_status import CAN_RUN, NEEDS_PERSON, Status
from fanlight.core.institutions import Credential
from fanlight.core.jobs import EVERYTHING, Detail, Include, Job, Kind
from fanlight.core.members import Member
from fanlight.queue import tasks
from fanlight.queue.tasks import Task
from fanlight.settings import Settings
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

JOB = "job"
START = "start_unasked"
STARTED_AT_ONCE = 50
"""How many members of a user are started in one unit when nobody asked; the rest follow by tasks."""
_HAS_NEW_ACCESS = frozenset((Status.UPDATED, Status.RECONNECTED))


class Requests:
    """How a job comes to be, waits for a person, and is given up when nobody answers."""

    def __init__(self, *, settings: Settings, vault: Vault, clock: Clock, wake: Callable[[], None]) -> None:
        self._settings = settings
        self._vault = vault
        self._clock = clock
        self._wake = wake

    def request(
        self, unit: Unit, member: Member, kind: Kind = Kind.AGGREGATION, *, include: Include = EVERYTHING
    ) -> tuple[Member, bool]:
        """Ask for a job as a client does: the member, and whether the job began or went on.

        None begins while one of the kind runs, inside the throttle (which test institutions do not have), or where
        something has to happen first: a window, new credentials, an operator's word. Raises Forbidden when the
        member's use cases do not hold PFM, Conflict while a job of another kind runs, Throttled.
        """
        return self._request(unit, member, kind, include=include, is_attended=True, now=self._clock())

    def start(self, unit: Unit, member: Member) -> Member:
        """Begin an aggregation where one can run, or leave the job that runs: the member as it stands with it."""
        return self.begin(unit, member, now=self._clock())

    def begin(
        self, unit: Unit, member: Member, kind: Kind = Kind.AGGREGATION, *, include: Include = EVERYTHING,
        is_attended: bool = True, now: int,
    ) -> Member:  # fmt: skip
        """The same for a job of any kind, at the one moment of a unit that has read the clock.

        `is_attended` says whether a person is there, or a client that asks for one.
        """
        if member.is_being_aggregated or member.status not in CAN_RUN or not _may_be(kind, member):
            return member
        guid = jobs.create(unit, member, kind, include=include, is_attended=is_attended, now=now)
        self._enqueue(unit, member, guid, now)
        return members.set_connection(unit, member, now=now, job_guid=guid, is_being_aggregated=True, aggregated_at=now)

    def start_all(self, unit: Unit, user_id: int, *, include: Include = EVERYTHING) -> list[Member]:
        """Begin an aggregation for every member of a user that can have one; all members as they stand then."""
        now = self._clock()
        return [
            self._start_if_possible(unit, member, include=include, is_attended=True, now=now)
            for member in members.list_all(unit, user_id, now=now)
        ]

    def start_unasked(self, unit: Unit, user_id: int, *, after: int = 0) -> None:
        """Begin what nobody asked for: an aggregation for every member of a user that may have one, in parts.

        Where a person has to do something first, signing on again does harm; where the last job was in vain a short
        while ago, it only does the same again. `after` is the member that the part before ended with.
        """
        now = self._clock()
        found = members.list_all(unit, user_id, after=after, limit=STARTED_AT_ONCE, now=now)
        for member in found:
            standing = _settled(unit, member, now)
            if standing.status not in NEEDS_PERSON and not self._was_in_vain(unit, standing, now):
                self._start_if_possible(unit, standing, include=EVERYTHING, is_attended=False, now=now)
        if len(found) == STARTED_AT_ONCE:
            arguments = {"user": user_id, "after": found[-1].id}
            tasks.enqueue(unit, START, arguments, run_at=now, wake=self._wake, lane=f"user:{user_id}")

    def start_the_rest(self, unit: Unit, task: Task) -> None:
        """The next part: a queue's task."""
        tasks.finish(unit, task.id)
        self.start_unasked(unit, task.arguments["user"], after=task.arguments["after"])

    def answer(
        self, unit: Unit, member: Member, given: Mapping[str, str], *, status: Status = Status.RESUMED
    ) -> Member:
        """Take answers by the guid of their challenge, and go on.

        Raises NotAsked when the member is not CHALLENGED, Malformed for a challenge that is not asked.
        """
        now = self._clock()
        member = _challenged(unit, member, now)
        asked = challenges.of_member(unit, member.user_id, member.id)
        challenges.answer(unit, self._vault, asked, given)
        return self._resume(unit, member, status, now)

    def challenged(self, unit: Unit, member: Member) -> Member:
        """The member as it is at this moment; raises NotAsked when it is not CHALLENGED."""
        return _challenged(unit, member, self._clock())

    def resume(self, unit: Unit, member: Member) -> Member:
        """Go on with a challenged job once every challenge has its answer. Raises MissingParams."""
        return self._resume(unit, member, Status.RESUMED, self._clock())

    def take_credentials(
        self, unit: Unit, member: Member, given: Sequence[tuple[Credential, str]], *, start: bool
    ) -> Member:
        """Sign on with other details from now on; a job that waits for an answer ends. Raises Conflict."""
        now = self._clock()
        known = credentials.login(unit, self._vault, member)
        same = known is not None and known.values == {field.field_name: value for field, value in given}
        updated = _updated(unit, member, now, denials=member.denials if same else 0)
        credentials.replace(unit, self._vault, updated, given, now=now)
        return self.begin(unit, updated, now=now) if start else updated

    def take_credential(self, unit: Unit, member: Member, field: Credential, value: str, metadata: str | None) -> str:
        """The same for one field alone, and nothing starts: the guid of what is kept. Raises Conflict."""
        now = self._clock()
        known = credentials.login(unit, self._vault, member)
        same = known is not None and known.values.get(field.field_name) == value
        updated = _updated(unit, member, now, denials=member.denials if same else 0)
        return credentials.keep(unit, self._vault, updated, field, value, now=now, metadata=metadata)

    def of_job(self, unit: Unit, job: Job) -> Member:
        """The job's member as it is at this moment."""
        now = self._clock()
        return _settled(unit, members.by_id(unit, job.user_id, job.member_id, now=now), now)

    def settled(self, unit: Unit, member: Member) -> Member:
        """The member as it is at this moment: EXPIRED once the time to answer is over."""
        return _settled(unit, member, self._clock())

    def expire(self, unit: Unit, task: Task) -> None:
        """The time to answer may be over: the queue's reminder."""
        now = self._clock()
        member = members.find(unit, task.arguments["user"], task.arguments["member"], now=now)
        tasks.finish(unit, task.id)
        if member is not None:
            _settled(unit, member, now)

    def _request(
        self, unit: Unit, member: Member, kind: Kind, *, include: Include, is_attended: bool, now: int
    ) -> tuple[Member, bool]:
        if not _may_be(kind, member):
            raise Forbidden("This member's use_cases do not include PFM.")
        member = _settled(unit, member, now)
        if member.is_being_aggregated:
            return self._while_running(unit, member, kind, now)
        if member.status not in CAN_RUN or self._is_throttled(unit, member, kind, now):
            return member, False
        return self.begin(unit, member, kind, include=include, is_attended=is_attended, now=now), True

    def _start_if_possible(
        self, unit: Unit, member: Member, *, include: Include, is_attended: bool, now: int
    ) -> Member:  # fmt: skip
        try:
            kind = Kind.AGGREGATION
            return self._request(unit, member, kind, include=include, is_attended=is_attended, now=now)[0]
        except Refusal:
            return member

    def _resume(self, unit: Unit, member: Member, status: Status, now: int) -> Member:
        asked = challenges.of_member(unit, member.user_id, member.id)
        missing = [row.guid for row in asked if row.answer is None]
        if missing:
            raise MissingParams(f"answers to {', '.join(missing)}")
        assert member.job_guid is not None  # noqa: S101 - a challenged member has a job
        jobs.advance(unit, jobs.read(unit, member.user_id, member.job_guid), jobs.Status.RECEIVED, now=now)
        self._enqueue(unit, member, member.job_guid, now)
        return members.set_connection(unit, member, now=now, status=status, challenged_until=None)

    def _while_running(self, unit: Unit, member: Member, kind: Kind, now: int) -> tuple[Member, bool]:
        assert member.job_guid is not None  # noqa: S101 - what runs is a job
        running = jobs.read(unit, member.user_id, member.job_guid)
        if running.kind != kind:
            raise Conflict(f"A job of another kind ({running.kind.name.lower()}) runs on this member.")
        asked = challenges.of_member(unit, member.user_id, member.id) if member.status == Status.CHALLENGED else []
        if asked and all(row.answer is not None for row in asked):
            # The old flow: answers one by one, then a refresh.
            return self._resume(unit, member, Status.RESUMED, now), True
        return member, False

    def _is_throttled(self, unit: Unit, member: Member, kind: Kind, now: int) -> bool:
        """Whether the last job of the kind is too near. Raises Throttled where clients expect to be told."""
        if member.institution_is_test or kind not in (Kind.AGGREGATION, Kind.BALANCE):
            return False
        balance = kind == Kind.BALANCE
        wait = self._settings.balance_throttle if balance else self._settings.aggregation_throttle
        last = jobs.last_completed(unit, member, kind)
        left = 0 if last is None else last + wait - now
        if balance and left > 0:
            raise Throttled("This member's balances were checked a short while ago.", left)
        return left > 0

    def _was_in_vain(self, unit: Unit, member: Member, now: int) -> bool:
        """Whether the last job, of any kind, ended without data inside the throttle, with the access of now."""
        if member.institution_is_test or member.job_guid is None or member.status in _HAS_NEW_ACCESS:
            return False
        last = jobs.find(unit, member.user_id, member.job_guid)
        if last is None or last.finished_at is None or last.status == jobs.Status.COMPLETED:
            return False
        return now < last.finished_at + self._settings.aggregation_throttle

    def _enqueue(self, unit: Unit, member: Member, job_guid: str, now: int) -> None:
        arguments = {"user": member.user_id, "job": job_guid}
        lane = jobs.lane(member.institution_id)
        tasks.enqueue(unit, JOB, arguments, run_at=now, wake=self._wake, lane=lane)


def halt(unit: Unit, member: Member, why: str, *, now: int, detail: Detail | None = None) -> None:
    """End the member's job before it is done; nobody is asked any more."""
    assert member.job_guid is not None  # noqa: S101 - what is to end is a job
    challenges.erase(unit, member.user_id, member.id)
    job = jobs.read(unit, member.user_id, member.job_guid)
    jobs.advance(unit, job, jobs.Status.HALTED, now=now, error=why, detail=detail)


def overrule(unit: Unit, member: Member, why: str, *, now: int, status: Status, **changes: object) -> Member:
    """Give the member another status from outside: a job that waits for an answer ends, one that runs goes on."""
    waits = member.status == Status.CHALLENGED
    if waits:
        halt(unit, member, why, now=now)
    goes_on = member.is_being_aggregated and not waits
    fields = {"status": status, "is_being_aggregated": goes_on, "challenged_until": None, **changes}
    return members.set_connection(unit, member, now=now, **fields)


def lacking_pfm(found: Sequence[Member]) -> bool:
    """Whether there are members, and none of them may be aggregated for its use cases."""
    return bool(found) and not any(member.is_for_pfm for member in found)


def _challenged(unit: Unit, member: Member, now: int) -> Member:
    member = _settled(unit, member, now)
    if member.status != Status.CHALLENGED:
        raise NotAsked
    return member


def _settled(unit: Unit, member: Member, now: int) -> Member:
    if member.challenged_until is None or member.challenged_until > now:
        return member
    halt(unit, member, "no answer came in time", now=now, detail=Detail.MFA_TIMEOUT)
    changes = {"is_being_aggregated": False, "challenged_until": None}
    return members.set_connection(unit, member, now=now, status=Status.EXPIRED, **changes)


def _may_be(kind: Kind, member: Member) -> bool:
    """Whether the member's use cases, where it has any, hold what a job of the kind is for."""
    return kind != Kind.AGGREGATION or member.is_for_pfm


def _updated(unit: Unit, member: Member, now: int, *, denials: int) -> Member:
    """The member with sign-in details that nobody has tried yet; a job that waits for an answer ends.

    The same details again (`denials` of before) do not begin the count of refusals anew.
    """
    if member.status == Status.DISCONTINUED:
        raise Conflict("Connections to this institution are no longer offered.")
    if member.status == Status.DISABLED:
        return members.set_connection(unit, member, now=now, paused_status=Status.UPDATED, denials=denials)
    return overrule(unit, member, "superseded", now=now, status=Status.UPDATED, denials=denials)

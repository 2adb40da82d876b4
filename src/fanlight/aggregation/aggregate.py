"""The journey of one job: it is asked for, gathered between units, and saved in one.

Everything that a run learned is written in the unit that also ends its task, so a run that the process dies in
starts again from the beginning and leaves nothing doubled.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

from fanlight.aggregation import questions
from fanlight.aggregation.gather import Gathered, Span, gather
from fanlight.aggregation.requests import Requests
from fanlight.aggregation.saving import save
from fanlight.aggregation.sayings import outcome
from fanlight.base.clock import Clock, date_of
from fanlight.core import challenges, credentials, grants, institutions, jobs, members
from fanlight.core.connection_status import SET_BY_OPERATOR, WAS_CONNECTED, Status
from fanlight.core.credentials import Kept
from fanlight.core.grants import Grant
from fanlight.core.institutions import Institution
from fanlight.core.jobs import Detail, Job, Kind
from fanlight.core.members import Member
from fanlight.institutions.port import AccessToken, Challenged, Connector, Login, Said, Saying, Session
from fanlight.oauth.grants import Grants
from fanlight.queue import tasks
from fanlight.queue.tasks import Task
from fanlight.settings import Settings
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

log = logging.getLogger(__name__)

_MAY_BE_DELAYED = frozenset((Status.CREATED, Status.UPDATED, Status.RESUMED, Status.RECONNECTED))


class _Start(NamedTuple):
    """What a run needs to know before it speaks to an institution."""

    job: Job
    member: Member
    institution: Institution
    access: Grant | Kept | None
    conversation: questions.Conversation


class Aggregations:
    """Runs jobs to their end."""

    def __init__(
        self, *, settings: Settings, store: Store, vault: Vault, clock: Clock, grants: Grants, requests: Requests,
        wake: Callable[[], None], connector: Callable[[Institution], Connector | None],
    ) -> None:  # fmt: skip
        self._settings = settings
        self._vault = vault
        self._clock = clock
        self._wake = wake
        self._requests = requests
        self._store = store
        self._grants = grants
        self._connector = connector

    async def run(self, task: Task) -> None:
        """Run one job to its end: data, questions, or the status that says why there is neither."""
        try:
            start = await self._store.write(self._begin, task)
            if start is not None:
                await self._run(task, start)
        except Exception:
            if task.attempts >= self._settings.task_attempts:
                await self._store.write(self._give_up, task)
            raise

    async def _run(self, task: Task, start: _Start) -> None:
        try:
            async with asyncio.timeout(self._settings.aggregation_timeout):
                async with self._told_when_delayed(start):
                    session = await self._sign_on(start)
                await self._store.write(self._authenticated, start)
                gathered = await gather(session, start.job, self._span(start.job))
            await self._store.write_long(self._save, task, start, gathered)
        except Challenged as challenged:
            await self._store.write_durable(self._ask, task, start, challenged)
        except Said as said:
            log.warning("job %s ends without data: %s", start.job.guid, said)
            await self._store.write(self._fail, task, start, said.saying)
        except TimeoutError:
            await self._store.write(self._fail, task, start, Saying.UNAVAILABLE)

    def _begin(self, unit: Unit, task: Task) -> _Start | None:
        """The job, marked as begun; None when there is nothing left to do, and then the task ends too."""
        found = self._job_of(unit, task)
        if found is None or found[0].status == jobs.Status.CHALLENGED:
            tasks.finish(unit, task.id)
            return None
        job, member = found
        jobs.advance(unit, job, jobs.Status.REQUESTED, now=self._clock())
        job = jobs.read(unit, job.user_id, job.guid)  # with the moment it began, which later steps keep
        institution = institutions.by_id(unit, member.institution_id)
        return _Start(job, member, institution, self._access(unit, member), questions.reopen(unit, self._vault, job))

    def _job_of(self, unit: Unit, task: Task) -> tuple[Job, Member] | None:
        """The task's job and member while the job has not ended."""
        job = jobs.find(unit, task.arguments["user"], task.arguments["job"])
        member = None if job is None else members.find(unit, job.user_id, job.member_id, now=self._clock())
        return None if job is None or member is None or job.status.is_final else (job, member)

    def _access(self, unit: Unit, member: Member) -> Grant | Kept | None:
        if member.is_oauth:
            return grants.active(unit, member.user_id, member.id)
        return credentials.login(unit, self._vault, member)

    async def _sign_on(self, start: _Start) -> Session:
        connector = self._connector(start.institution)
        if connector is None:
            raise Said(Saying.CLIENT_REFUSED, "nothing speaks this institution's protocol yet")
        if start.access is None:
            raise Said(Saying.CONSENT_EXPIRED, "the member has no grant and no credentials")
        return await connector.session(self._as_access(start, start.access))

    def _as_access(self, start: _Start, access: Grant | Kept) -> AccessToken | Login:
        if isinstance(access, Grant):
            return self._grants.token(access, start.institution)
        answers, state = start.conversation
        return Login(values=access.values, answers=answers, state=state)

    @asynccontextmanager
    async def _told_when_delayed(self, start: _Start) -> AsyncIterator[None]:
        """While the sign-on takes longer than usual, the member says so."""

        async def tell() -> None:
            await asyncio.sleep(self._settings.delayed_after)
            await self._store.write(self._delayed, start)

        telling = asyncio.create_task(tell(), name="delayed")
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    def _delayed(self, unit: Unit, start: _Start) -> None:
        member = self._same_member(unit, start)
        if member is not None and member.status in _MAY_BE_DELAYED:
            members.set_connection(unit, member, now=self._clock(), status=Status.DELAYED)

    def _authenticated(self, unit: Unit, start: _Start) -> None:
        """The institution let us in: connected, and still gathering."""
        member = self._same_member(unit, start)
        if member is None or not self._is_current(unit, start):
            return
        jobs.advance(unit, start.job, jobs.Status.TRANSFERRED, now=self._clock(), is_authenticated=True)
        if member.status not in SET_BY_OPERATOR | WAS_CONNECTED:
            members.set_connection(unit, member, now=self._clock(), status=Status.CONNECTED, denials=0)

    def _save(self, unit: Unit, task: Task, start: _Start, gathered: list[Gathered]) -> None:
        """Accounts, transactions, job, member and task: all in this one unit, or none of it."""
        now = self._clock()
        tasks.finish(unit, task.id)
        member = self._same_member(unit, start)
        if member is None:
            return
        save(unit, self._vault, member, gathered, complete_from=self._span(start.job).first, now=now)
        challenges.erase(unit, member.user_id, member.id)
        error, detail = _shortfall(start.job, gathered)
        jobs.advance(unit, start.job, jobs.Status.COMPLETED, now=now, is_authenticated=True, error=error, detail=detail)
        if not self._is_current(unit, start):
            self._run_again(unit, member, start.job)
            return
        done = {"denials": 0, "failures": 0, "successfully_aggregated_at": now}
        self._settle(unit, member, status=Status.CONNECTED, **done)

    def _ask(self, unit: Unit, task: Task, start: _Start, challenged: Challenged) -> None:
        """Keep the institution's questions and wait for the person."""
        tasks.finish(unit, task.id)
        member = self._same_member(unit, start)
        if member is None:
            return
        if not self._is_current(unit, start):
            self._supersede(unit, member, start.job)
            return
        if member.status in SET_BY_OPERATOR:
            self._end(unit, start.job, member, Saying.UNAVAILABLE)
            return
        now = self._clock()
        until = now + self._settings.challenge_lifetime
        questions.ask(unit, self._vault, start.job, challenged, now=now)
        members.set_connection(unit, member, now=now, status=Status.CHALLENGED, challenged_until=until)
        arguments = {"user": member.user_id, "member": member.id}
        tasks.enqueue(unit, questions.EXPIRE, arguments, run_at=until, wake=self._wake)

    def _fail(self, unit: Unit, task: Task, start: _Start, saying: Saying) -> None:
        tasks.finish(unit, task.id)
        member = self._same_member(unit, start)
        if member is None:
            return
        if not self._is_current(unit, start):
            self._supersede(unit, member, start.job)
            return
        if saying is Saying.ANSWER_REFUSED and not start.conversation.answers:
            saying = Saying.GIBBERISH  # nothing was answered
        self._end(unit, start.job, member, saying)

    def _give_up(self, unit: Unit, task: Task) -> None:
        """The last attempt failed by a fault of ours: the job ends all the same."""
        found = self._job_of(unit, task)
        tasks.finish(unit, task.id)
        if found is not None:
            self._end(unit, *found, Saying.OUR_FAULT)

    def _end(self, unit: Unit, job: Job, member: Member, saying: Saying) -> None:
        now = self._clock()
        result = outcome(saying, member, now=now)
        detail = result.detail
        if saying is Saying.ANSWER_REFUSED and questions.were_codes(unit, job):
            detail = Detail.INCORRECT_OTP
        challenges.erase(unit, member.user_id, member.id)
        jobs.advance(unit, job, result.job, now=now, error=saying.value, detail=detail)
        counts = {"denials": result.denials, "failures": result.failures}
        self._settle(unit, member, status=result.member, **counts)

    def _settle(self, unit: Unit, member: Member, *, status: Status, **changes: object) -> None:
        """End the member's job; what an operator said meanwhile stays."""
        kept = member.status if member.status in SET_BY_OPERATOR else status
        now = self._clock()
        members.set_connection(unit, member, now=now, status=kept, is_being_aggregated=False, **changes)

    def _supersede(self, unit: Unit, member: Member, job: Job) -> None:
        """The person gave new access while this ran: what was refused, or asked about, was the old one."""
        challenges.erase(unit, member.user_id, member.id)
        jobs.advance(unit, job, jobs.Status.HALTED, now=self._clock(), error="superseded")
        self._run_again(unit, member, job)

    def _run_again(self, unit: Unit, member: Member, job: Job) -> None:
        """Begin the same kind of job with the access that came meanwhile."""
        idle = members.set_connection(unit, member, now=self._clock(), is_being_aggregated=False)
        self._requests.start(unit, idle, job.kind, include_transactions=job.include_transactions)

    def _same_member(self, unit: Unit, start: _Start) -> Member | None:
        """The member while this run's job is still its job, and no other run has ended it (a lease that ran out)."""
        member = members.find(unit, start.member.user_id, start.member.id, now=self._clock())
        is_its_job = member is not None and member.job_guid == start.job.guid and member.is_being_aggregated
        return member if is_its_job else None

    def _is_current(self, unit: Unit, start: _Start) -> bool:
        """Whether the member still has the grant or the credentials that the run began with."""
        if isinstance(start.access, Kept):
            return credentials.is_unchanged(unit, start.member.id, start.access)
        current = self._access(unit, start.member)
        if isinstance(current, Grant) and isinstance(start.access, Grant):
            return current.id == start.access.id
        return current is None or start.access is not None

    def _span(self, job: Job) -> Span:
        """From which day to which: long for an extended history, both always given."""
        days = self._settings.extended_history_days if job.kind == Kind.HISTORY else self._settings.history_days
        today = date_of(self._clock())
        return Span(today - timedelta(days=days), today)


def _shortfall(job: Job, gathered: list[Gathered]) -> tuple[str | None, Detail | None]:
    """What a job that ended well did not bring."""
    troubles = [each.said.saying.value for each in gathered if each.said is not None]
    if troubles:
        return f"Some accounts could not be brought up to date ({', '.join(troubles)}).", None
    if not gathered:
        return "The institution shares no accounts.", Detail.NO_ACCOUNTS
    if job.kind == Kind.VERIFICATION and not any(each.numbers for each in gathered):
        return "No account has numbers that money can be sent to.", Detail.NO_VERIFIABLE_ACCOUNTS
    return None, None

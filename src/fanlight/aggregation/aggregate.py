"""The journey of one job: it is asked for, gathered between units, and saved.

The unit that ends a job also ends its task, so a run that the process dies in starts again from the beginning; it finds
the parts that were written already and leaves nothing doubled.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple
from weakref import WeakValueDictionary

import msgspec

from fanlight.aggregation import questions, saving
from fanlight.aggregation.gather import Budget, Gathered, Span, gather
from fanlight.aggregation.metering import Rates, RunMeter
from fanlight.aggregation.narrowing import has_lost_accounts, is_narrower
from fanlight.aggregation.recordings import Recordings
from fanlight.aggregation.requests import Requests, halt
from fanlight.aggregation.saving import Fetched, Known, Part
from fanlight.aggregation.sayings import outcome, text_of
from fanlight.base.clock import Clock, date_of
from fanlight.core import accounts, challenges, credentials, grants, institutions, jobs, linking, members, movements
from fanlight.core.connection_status import SET_BY_OPERATOR, WAS_CONNECTED, Status
from fanlight.core.credentials import Kept
from fanlight.core.grants import Grant
from fanlight.core.institutions import Institution
from fanlight.core.jobs import Detail, Job, Kind
from fanlight.core.members import Member
from fanlight.core.movements import Change
from fanlight.institutions.answers import HeldBack, Said, Saying
from fanlight.institutions.line import Hear, Line
from fanlight.institutions.port import Access, Challenged, Exchanging, Login, Session
from fanlight.institutions.registry import parse_details
from fanlight.oauth.grants import Grants
from fanlight.oauth.reach import Reach
from fanlight.planning import refresh
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
    span: Span
    meter: RunMeter


class Aggregations:
    """Runs jobs to their end."""

    def __init__(
        self, *, settings: Settings, store: Store, vault: Vault, clock: Clock, grants: Grants, requests: Requests,
        wake: Callable[[], None], reach: Reach,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._vault = vault
        self._clock = clock
        self._wake = wake
        self._requests = requests
        self._store = store
        self._grants = grants
        self._reach = reach
        self._recordings = Recordings(settings=settings, store=store, vault=vault, clock=clock)
        self._rates = Rates(settings, store, clock)
        self._budget = Budget(settings.institution_max_accounts, settings.institution_max_records)
        self._saving: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._exchanging: set[asyncio.Task[Login]] = set()

    async def run(self, task: Task) -> None:
        """Run one job to its end: data, questions, or the status that says why there is neither."""
        start = await self._store.write(self._begin, task)
        if start is not None:
            await self._run(task, start)

    def give_up(self, unit: Unit, task: Task) -> None:
        """Every attempt failed by a fault of ours: the job ends all the same."""
        now = self._clock()
        found = self._job_of(unit, task, now)
        if found is not None:
            self._end(unit, *found, Said(Saying.OUR_FAULT, "given up"), now)

    async def _run(self, task: Task, start: _Start) -> None:
        try:
            async with self._recordings.of_run(start.job, start.span) as recorder:
                gathered = await self._gather(start, recorder.hear)
            await self._save(task, start, gathered)
        except Challenged as challenged:
            await self._store.write_durable(self._ask, task, start, challenged)
        except Said as said:
            log.warning("job %s ends without data: %s", start.job.guid, said)
            await self._store.write(self._fail, task, start, said)
        except TimeoutError:
            await self._store.write(self._fail, task, start, Said(Saying.UNAVAILABLE, "it took too long"))

    async def _gather(self, start: _Start, hear: Hear) -> list[Gathered]:
        async with asyncio.timeout(self._settings.aggregation_timeout):
            async with self._told_when_delayed(start):
                session = await self._sign_on(start, hear)
            await self._store.write(self._authenticated, start)
            return await gather(session, start.job, start.span, self._budget)

    def _begin(self, unit: Unit, task: Task) -> _Start | None:
        """The job, marked as begun; None when there is nothing left to do, and then the task ends too."""
        now = self._clock()
        found = self._job_of(unit, task, now)
        if found is None:
            tasks.finish(unit, task.id)
            return None
        job, member = found
        institution = institutions.by_id(unit, member.institution_id)
        meter = self._rates.meter(unit, member, institution)
        jobs.advance(unit, job, jobs.Status.REQUESTED, now=now)
        job = jobs.read(unit, job.user_id, job.guid)  # with the moment it began, which later steps keep
        conversation = questions.reopen(unit, self._vault, job)
        return _Start(job, member, institution, self._access(unit, member), conversation, self._span(job, now), meter)

    def _job_of(self, unit: Unit, task: Task, now: int) -> tuple[Job, Member] | None:
        """The task's job and member while the job is to be run: it has not ended, and waits for no answer."""
        job = jobs.find(unit, task.arguments["user"], task.arguments["job"])
        if job is None or job.status.is_final or job.status == jobs.Status.CHALLENGED:
            return None
        member = members.find(unit, job.user_id, job.member_id, now=now)
        return None if member is None else (job, member)

    def _access(self, unit: Unit, member: Member) -> Grant | Kept | None:
        if member.is_oauth:
            return grants.active(unit, member.user_id, member.id)
        return credentials.login(unit, self._vault, member)

    async def _sign_on(self, start: _Start, hear: Hear) -> Session:
        reached = self._reach.institution(start.institution, hear, start.meter)
        if reached.connector is None:
            raise Said(Saying.CLIENT_REFUSED, "nothing speaks this institution's protocol yet")
        if start.access is None:
            raise await self._nothing_to_sign_on_with(start.member)
        access = self._as_access(start, start.access, reached.line)
        if isinstance(access, Login) and isinstance(reached.connector, Exchanging) and access.exchanged is None:
            # Once begun it is seen through, whatever becomes of the run: what it brings is not given twice.
            task = asyncio.create_task(self._exchange(start, reached.connector, access), name="exchange")
            self._exchanging.add(task)
            task.add_done_callback(self._exchanging.discard)
            access = await asyncio.shield(task)
        return await reached.connector.session(access)

    async def _nothing_to_sign_on_with(self, member: Member) -> Said:
        if member.is_oauth:
            return await self._grants.why_none(member)
        return Said(Saying.LOGIN_MISSING, "the member has nothing to sign on with")

    async def _exchange(self, start: _Start, connector: Exchanging, login: Login) -> Login:
        """The login with what it was exchanged for, which is stored before it is used."""
        assert isinstance(start.access, Kept)  # noqa: S101 - a login is made of what is kept
        try:
            exchanged = await connector.exchange(login)
        except Said:
            # A run that was taken for dead may have done it.
            kept = await self._store.read(credentials.login, self._vault, start.member)
            if kept is None or kept.keys != start.access.keys or kept.exchanged is None:
                raise
            return msgspec.structs.replace(login, exchanged=kept.exchanged)
        stored = await self._store.write_durable(
            credentials.keep_exchanged, self._vault, start.member, start.access, exchanged
        )
        if not stored:
            raise Said(Saying.UNAVAILABLE, "the login was replaced while it was exchanged")
        return msgspec.structs.replace(login, exchanged=exchanged)

    def _as_access(self, start: _Start, access: Grant | Kept, line: Line) -> Access | Login:
        if isinstance(access, Grant):
            return self._grants.access(access, start.institution, line)
        answers, state = start.conversation
        return Login(values=access.values, answers=answers, state=state, exchanged=access.exchanged)

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
        now = self._clock()
        member = self._same_member(unit, start, now)
        if member is not None and member.status in _MAY_BE_DELAYED:
            members.set_connection(unit, member, now=now, status=Status.DELAYED)

    def _authenticated(self, unit: Unit, start: _Start) -> None:
        """The institution let us in: connected, and still gathering."""
        now = self._clock()
        member = self._same_member(unit, start, now)
        if member is None or not self._is_current(unit, start):
            return
        jobs.advance(unit, start.job, jobs.Status.TRANSFERRED, now=now, is_authenticated=True)
        if member.status not in SET_BY_OPERATOR | WAS_CONNECTED:
            members.set_connection(unit, member, now=now, status=Status.CONNECTED, denials=0)

    async def _save(self, task: Task, start: _Start, gathered: list[Gathered]) -> None:
        """One run of a member at a time: two that compared with the same rows would both add what is new.

        What a cancelled run had handed to the writer is written before the accounts are, and so is known.
        """
        async with self._saving.setdefault(start.member.id, asyncio.Lock()):
            first, now = start.span.first, self._clock()
            fetched = await self._store.write_long(self._save_accounts, start, gathered)
            known = await self._store.read(saving.known, start.member.user_id, fetched, first)
            parts = await asyncio.to_thread(saving.compare, fetched, known, complete_from=first, now=now)
            for part in parts:
                await self._store.write_long(self._save_part, start, part)
            change = None if task.attempts > 1 else await asyncio.to_thread(_change, known, parts)
            if any(part.is_of_transactions for part in parts) or task.attempts > 1:
                await self._link(start, change)
            await self._store.write_long(self._complete, task, start, gathered)

    def _save_accounts(self, unit: Unit, start: _Start, gathered: list[Gathered]) -> list[Fetched]:
        now = self._clock()
        member = self._same_member(unit, start, now)
        return [] if member is None else saving.save_accounts(unit, self._vault, member, gathered, now=now)

    def _save_part(self, unit: Unit, start: _Start, part: Part) -> None:
        now = self._clock()
        member = self._same_member(unit, start, now)
        if member is not None:
            saving.save_part(unit, member, part, now=now)

    async def _link(self, start: _Start, change: Change | None) -> None:
        """Find transfers and series: around what changed, or in all that the user has now."""
        user_id, today = start.member.user_id, date_of(self._clock())
        if change is None:
            look = await self._store.read(movements.everything, user_id, today)
        else:
            look = await self._store.read(movements.around, user_id, today, change)
        links = await asyncio.to_thread(linking.find, look)
        for part in (links[at : at + saving.PART_ROWS] for at in range(0, len(links), saving.PART_ROWS)):
            await self._store.write_long(linking.keep, user_id, part, now=self._clock())

    def _complete(self, unit: Unit, task: Task, start: _Start, gathered: list[Gathered]) -> None:
        """Job, member and task: all in this one unit, or none of it."""
        now = self._clock()
        tasks.finish(unit, task.id)
        member = self._same_member(unit, start, now)
        if member is None:
            return
        challenges.erase(unit, member.user_id, member.id)
        error, detail = _shortfall(start.job, gathered)
        jobs.advance(unit, start.job, jobs.Status.COMPLETED, now=now, is_authenticated=True, error=error, detail=detail)
        if not self._is_current(unit, start):
            self._run_again(unit, member, start.job, now)
            return
        done = {"denials": 0, "failures": 0, "successfully_aggregated_at": now}
        is_short = isinstance(start.access, Grant) and self._is_short(unit, member, start.access, start.institution)
        _settle(unit, member, now=now, status=Status.IMPAIRED if is_short else Status.CONNECTED, **done)
        refresh.enqueue(unit, member.user_id, now=now, wake=self._wake)

    def _is_short(self, unit: Unit, member: Member, grant: Grant, institution: Institution) -> bool:
        """Whether the grant has ended meanwhile, or gives less than it was to give."""
        if self._access(unit, member) is None:
            return True
        known = accounts.known(unit, member.user_id, member.id)
        if has_lost_accounts(known, granted_at=grant.created_at, now=self._clock()):
            return True
        server = parse_details(institution.details).oauth
        return server is not None and is_narrower(self._grants.open(grant).scope, server.scope)

    def _ask(self, unit: Unit, task: Task, start: _Start, challenged: Challenged) -> None:
        """Keep the institution's questions and wait for the person."""
        now = self._clock()
        tasks.finish(unit, task.id)
        member = self._same_member(unit, start, now)
        if member is None:
            return
        if not self._is_current(unit, start):
            self._supersede(unit, member, start.job, now)
            return
        if member.status in SET_BY_OPERATOR:
            self._end(unit, start.job, member, Said(Saying.UNAVAILABLE, "an operator's word came first"), now)
            return
        until = now + self._settings.challenge_lifetime
        questions.ask(unit, self._vault, start.job, challenged, now=now)
        members.set_connection(unit, member, now=now, status=Status.CHALLENGED, challenged_until=until)
        arguments = {"user": member.user_id, "member": member.id}
        tasks.enqueue(unit, questions.EXPIRE, arguments, run_at=until, wake=self._wake)

    def _fail(self, unit: Unit, task: Task, start: _Start, said: Said) -> None:
        now = self._clock()
        tasks.finish(unit, task.id)
        member = self._same_member(unit, start, now)
        if member is None:
            return
        if not self._is_current(unit, start):
            self._supersede(unit, member, start.job, now)
            return
        if said.saying is Saying.ANSWER_REFUSED and not start.conversation.answers:
            said = Said(Saying.GIBBERISH, "nothing was answered")
        self._end(unit, start.job, member, said, now)

    def _end(self, unit: Unit, job: Job, member: Member, said: Said, now: int) -> None:
        result = outcome(said.saying, member, now=now, is_held_back=isinstance(said, HeldBack))
        detail = result.detail
        if said.saying is Saying.ANSWER_REFUSED and questions.were_codes(unit, job):
            detail = Detail.INCORRECT_OTP
        challenges.erase(unit, member.user_id, member.id)
        jobs.advance(unit, job, result.job, now=now, error=text_of(said), detail=detail)
        counts = {"denials": result.denials, "failures": result.failures}
        _settle(unit, member, now=now, status=result.member, **counts)

    def _supersede(self, unit: Unit, member: Member, job: Job, now: int) -> None:
        """The person gave new access while this ran: what was refused, or asked about, was the old one."""
        halt(unit, member, "superseded", now=now)
        self._run_again(unit, member, job, now)

    def _run_again(self, unit: Unit, member: Member, job: Job, now: int) -> None:
        """Begin the same kind of job with the access that came meanwhile."""
        idle = members.set_connection(unit, member, now=now, is_being_aggregated=False)
        self._requests.begin(unit, idle, job.kind, include=job.include, is_attended=job.is_attended, now=now)

    def _same_member(self, unit: Unit, start: _Start, now: int) -> Member | None:
        """The member while its job is this run's, and no other run has ended it or asked (a lease that ran out)."""
        member = members.find(unit, start.member.user_id, start.member.id, now=now)
        if member is None or member.job_guid != start.job.guid or member.status == Status.CHALLENGED:
            return None
        return member if member.is_being_aggregated else None

    def _is_current(self, unit: Unit, start: _Start) -> bool:
        """Whether the member still has the grant or the credentials that the run began with."""
        if isinstance(start.access, Kept):
            return credentials.is_unchanged(unit, start.member, start.access)
        current = self._access(unit, start.member)
        if isinstance(current, Grant) and isinstance(start.access, Grant):
            return current.id == start.access.id
        return current is None or start.access is not None

    def _span(self, job: Job, now: int) -> Span:
        """From which day to which: long for an extended history, both always given."""
        days = self._settings.extended_history_days if job.kind == Kind.HISTORY else self._settings.history_days
        today = date_of(now)
        return Span(today - timedelta(days=days), today)


def _change(known: Known, parts: Sequence[Part]) -> Change | None:
    """Where links may be others after what is written; None for anywhere, after a first load or much at once."""
    before = {row.id: row for rows in known.rows for row in rows}
    merged = [part.merged for part in parts]
    filled = {row.account_id for row in before.values()}
    if len(parts) > 1 or not all(row.account_id in filled for each in merged for row in each.added):
        return None
    were = [before[key] for each in merged for key in (*each.gone, *(row.id for row in each.changed))]
    return movements.change_of([*were, *(row for each in merged for row in (*each.added, *each.changed))])


def _settle(unit: Unit, member: Member, *, now: int, status: Status, **changes: object) -> None:
    """End the member's job; what an operator said meanwhile stays."""
    kept = member.status if member.status in SET_BY_OPERATOR else status
    members.set_connection(unit, member, now=now, status=kept, is_being_aggregated=False, **changes)


def _shortfall(job: Job, gathered: list[Gathered]) -> tuple[str | None, Detail | None]:
    """What a job that ended well did not bring."""
    troubles = dict.fromkeys(text_of(each.said) for each in gathered if each.said is not None)
    if troubles:
        return " ".join(("Some accounts could not be brought up to date.", *troubles)), None
    if not gathered:
        return "The institution shares no accounts.", Detail.NO_ACCOUNTS
    if job.kind == Kind.VERIFICATION and not any(each.numbers for each in gathered):
        return "No account has numbers that money can be sent to.", Detail.NO_VERIFIABLE_ACCOUNTS
    return None, None

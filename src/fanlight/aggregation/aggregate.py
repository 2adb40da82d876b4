"""The journey of one aggregation: a job is asked for, fetched between units, and saved in one.

Everything that a run learned is written in the unit that also ends its task, so a run that the process dies in
starts again from the beginning and leaves nothing doubled.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from fanlight.aggregation import merge
from fanlight.aggregation.merge import Owner
from fanlight.aggregation.sayings import MEANINGS, status_after
from fanlight.base.clock import Clock, date_of
from fanlight.base.errors import Forbidden
from fanlight.base.guids import new_guid
from fanlight.core import accounts, grants, institutions, jobs, members, transactions
from fanlight.core.connection_status import Status
from fanlight.core.grants import Grant
from fanlight.core.institutions import Institution
from fanlight.core.jobs import Job, Kind
from fanlight.core.members import Member
from fanlight.institutions.port import Connector, FeedAccount, FeedTransaction, Said, Saying, Session
from fanlight.oauth.grants import Grants
from fanlight.queue import tasks
from fanlight.queue.tasks import Task
from fanlight.settings import Settings
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit

log = logging.getLogger(__name__)

AGGREGATE = "aggregate"


class Statement(NamedTuple):
    """What was fetched of one account; `said` is why its transactions are missing."""

    account: FeedAccount
    transactions: Sequence[FeedTransaction]
    said: Said | None = None


class _Start(NamedTuple):
    """What a run needs to know before it speaks to an institution."""

    job: Job
    member: Member
    institution: Institution
    grant: Grant | None


class Aggregations:
    """Starts and runs jobs that gather data."""

    def __init__(
        self, *, settings: Settings, store: Store, clock: Clock, grants: Grants, wake: Callable[[], None],
        connector: Callable[[Institution], Connector | None],
    ) -> None:  # fmt: skip
        self._settings = settings
        self._store = store
        self._clock = clock
        self._grants = grants
        self._wake = wake
        self._connector = connector

    def request(self, unit: Unit, member: Member, *, include_transactions: bool = True) -> tuple[Member, bool]:
        """Ask for an aggregation as a client does: the member, and whether a job began.

        None begins while one runs, inside the throttle (which test institutions do not have), or before the person
        has been through the institution. Raises Forbidden when the member's use cases do not hold PFM.
        """
        if member.use_cases is not None and "PFM" not in member.use_cases:
            raise Forbidden("This member's use_cases do not include PFM.")
        if member.is_being_aggregated or not member.was_connected or self._is_throttled(member):
            return member, False
        return self.start(unit, member, include_transactions=include_transactions), True

    def start(self, unit: Unit, member: Member, *, include_transactions: bool = True) -> Member:
        """Begin a job, or leave the one that runs: the member as it stands with it."""
        if member.is_being_aggregated:
            return member
        now = self._clock()
        guid = jobs.create(unit, member, Kind.AGGREGATION, include_transactions=include_transactions, now=now)
        arguments = {"user": member.user_id, "job": guid}
        tasks.enqueue(unit, AGGREGATE, arguments, run_at=now, wake=self._wake)
        return members.set_connection(unit, member, now=now, job_guid=guid, is_being_aggregated=True, aggregated_at=now)

    def start_all(self, unit: Unit, user_id: int, *, include_transactions: bool = True) -> list[Member]:
        """Begin a job for every member of a user that can have one; all members as they stand then."""
        found = members.list_all(unit, user_id, now=self._clock())
        return [self._start_if_possible(unit, member, include_transactions=include_transactions) for member in found]

    async def run(self, task: Task) -> None:
        """Run one job to its end: data, or the status that says why there is none."""
        start = await self._store.write(self._begin, task)
        if start is None:
            return
        try:
            async with asyncio.timeout(self._settings.aggregation_timeout):
                statements = await self._fetch(start)
            await self._store.write_long(self._save, task, start, statements)
        except Said as said:
            log.warning("job %s ends without data: %s", start.job.guid, said)
            await self._store.write(self._fail, task, start, said.saying)
        except TimeoutError:
            await self._store.write(self._fail, task, start, Saying.UNAVAILABLE)
        except Exception:
            if task.attempts >= self._settings.task_attempts:
                await self._store.write(self._fail, task, start, Saying.OUR_FAULT)
            raise

    def _is_throttled(self, member: Member) -> bool:
        last = member.successfully_aggregated_at
        if member.institution_is_test or last is None:
            return False
        return self._clock() < last + self._settings.aggregation_throttle

    def _start_if_possible(self, unit: Unit, member: Member, *, include_transactions: bool) -> Member:
        try:
            return self.request(unit, member, include_transactions=include_transactions)[0]
        except Forbidden:
            return member

    def _begin(self, unit: Unit, task: Task) -> _Start | None:
        """The job, marked as begun; None when there is nothing left to do, and then the task ends too."""
        arguments, now = task.arguments, self._clock()
        job = jobs.find(unit, arguments["user"], arguments["job"])
        member = None if job is None else members.find(unit, job.user_id, job.member_id, now=now)
        if job is None or member is None or job.status.is_final:
            tasks.finish(unit, task.id)
            return None
        jobs.advance(unit, job, jobs.Status.REQUESTED, now=now, is_authenticated=False)
        institution = institutions.by_id(unit, member.institution_id)
        return _Start(job, member, institution, grants.active(unit, member.user_id, member.id))

    async def _fetch(self, start: _Start) -> list[Statement]:
        connector = self._connector(start.institution)
        if connector is None:
            raise Said(Saying.CLIENT_REFUSED, "there is no connector for this institution yet")
        if start.grant is None:
            raise Said(Saying.CONSENT_EXPIRED, "the member has no grant")
        session = await connector.session(self._grants.token(start.grant, start.institution))
        today = date_of(self._clock())
        first = today - timedelta(days=self._settings.history_days)
        found = await session.accounts()
        if not start.job.include_transactions:
            return [Statement(account, ()) for account in found]
        statements = [await _statement(session, account, first, today) for account in found]
        _refuse_if_all_failed(statements)
        return statements

    def _save(self, unit: Unit, task: Task, start: _Start, statements: list[Statement]) -> None:
        """Accounts, transactions, job, member and task: all in this one unit, or none of it."""
        now = self._clock()
        tasks.finish(unit, task.id)
        member = members.find(unit, start.member.user_id, start.member.id, now=now)
        if member is None:
            return
        known, taken = accounts.known(unit, member.user_id, member.id), set[int]()
        for statement in statements:
            row = _save_account(unit, member, statement.account, known, taken, now=now)
            if row is not None and statement.said is None and start.job.include_transactions:
                self._save_transactions(unit, row, statement.transactions, now)
        troubles = [statement.said.saying.value for statement in statements if statement.said]
        error = f"Some accounts could not be brought up to date ({', '.join(troubles)})." if troubles else None
        jobs.advance(unit, start.job, jobs.Status.COMPLETED, now=now, is_authenticated=True, error=error)
        self._settle(unit, member, start.job, status=Status.CONNECTED, successfully_aggregated_at=now)

    def _save_transactions(self, unit: Unit, row: accounts.Row, fetched: Sequence[FeedTransaction], now: int) -> None:
        first = date_of(now) - timedelta(days=self._settings.history_days)
        known = transactions.known(unit, row.user_id, row.id, merge.reach(first))
        owner = Owner(row.user_id, row.member_id, row.id)
        merged = merge.merge(owner, known, fetched, complete_from=first, now=now)
        transactions.add_all(unit, merged.added)
        transactions.update_all(unit, merged.changed)
        transactions.delete_all(unit, row.user_id, merged.gone, now=now)

    def _fail(self, unit: Unit, task: Task, start: _Start, saying: Saying) -> None:
        now = self._clock()
        tasks.finish(unit, task.id)
        meaning = MEANINGS[saying]
        jobs.advance(unit, start.job, meaning.job, now=now, is_authenticated=False, error=saying.value)
        member = members.find(unit, start.member.user_id, start.member.id, now=now)
        if member is None:
            return
        grant = grants.active(unit, member.user_id, member.id)
        if grant is not None and start.grant is not None and grant.id != start.grant.id:
            # The person authorised again while this ran: what failed was the old grant.
            self._settle(unit, member, start.job)
            self.start(unit, members.by_id(unit, member.user_id, member.id, now=now))
            return
        has_data = member.successfully_aggregated_at is not None
        self._settle(unit, member, start.job, status=status_after(saying, has_data=has_data))

    def _settle(self, unit: Unit, member: Member, job: Job, **changes: object) -> None:
        """End the member's aggregation, unless a newer job has begun meanwhile."""
        if member.job_guid == job.guid:
            members.set_connection(unit, member, now=self._clock(), is_being_aggregated=False, **changes)


async def _statement(session: Session, account: FeedAccount, first: date, today: date) -> Statement:
    """One account's transactions; a trouble with one account does not stop the others, the grant's end does."""
    try:
        return Statement(account, await session.transactions(account, first, today))
    except Said as said:
        if said.saying in (Saying.CONSENT_EXPIRED, Saying.CLIENT_REFUSED):
            raise
        log.warning("the transactions of one account could not be fetched: %s", said)
        return Statement(account, (), said)


def _save_account(
    unit: Unit, member: Member, feed: FeedAccount, known: Sequence[accounts.Row], taken: set[int], *, now: int
) -> accounts.Row | None:  # fmt: skip
    """Add or update an account; None for one that the client has deleted, which stays deleted."""
    facts = merge.account_facts(feed)
    row = merge.match_account(feed, known, taken)
    if row is None:
        fresh = _new_account(member, feed, facts, now)
        return msgspec.structs.replace(fresh, id=accounts.add(unit, fresh))
    taken.add(row.id)
    if row.deleted_at is not None:
        return None
    accounts.update_feed(unit, row, feed.provider_id, facts, is_closed=feed.is_closed, now=now)
    return row


def _new_account(member: Member, feed: FeedAccount, facts: str, now: int) -> accounts.Row:
    return accounts.Row(
        id=0,
        user_id=member.user_id,
        member_id=member.id,
        guid=new_guid("ACT"),
        provider_id=feed.provider_id,
        feed=facts,
        edits="",
        is_closed=feed.is_closed,
        created_at=now,
        updated_at=now,
        imported_at=now,
        deleted_at=None,
    )


def _refuse_if_all_failed(statements: list[Statement]) -> None:
    said = [statement.said for statement in statements if statement.said is not None]
    if statements and len(said) == len(statements):
        raise said[0]

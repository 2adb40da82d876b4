"""The composition root: from settings to everything that runs, put together by hand."""

import asyncio
import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import IO

from fanlight.aggregation.aggregate import Aggregations
from fanlight.aggregation.consent_watch import WATCH, ConsentWatch
from fanlight.aggregation.questions import EXPIRE
from fanlight.aggregation.recognition import Recognition
from fanlight.aggregation.requests import JOB, START, Requests
from fanlight.base.clock import Clock, system_clock
from fanlight.base.errors import Busy, OperatorError
from fanlight.core import (
    accounts,
    holdings,
    members,
    microdeposits,
    oauth_states,
    rate_ledger,
    raw_payloads,
    sessions,
    transactions,
)
from fanlight.core import grants as grant_rows
from fanlight.institutions.http import Http
from fanlight.institutions.port import Limits
from fanlight.oauth.grants import REVOKE, Grants
from fanlight.oauth.reach import Reach
from fanlight.oauth.windows import Windows
from fanlight.planning import outbox
from fanlight.planning.insights import store as insights
from fanlight.planning.notifications import smtp
from fanlight.planning.notifications import store as notifications
from fanlight.planning.notifications.deliverables import SEND
from fanlight.planning.notifications.mail import Mail
from fanlight.planning.refresh import PLAN, Refreshing
from fanlight.queue.embedded import EmbeddedQueue, Handler
from fanlight.queue.tasks import Task
from fanlight.settings import Settings
from fanlight.storage import schema, vault
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

log = logging.getLogger(__name__)


class InUse(OperatorError):
    """Another process has this data directory open."""


class Runtime:
    """Everything that a face of this server needs. `public_url` is set once the address is known.

    Only a sandbox has the static `test_session`.
    """

    def __init__(self, settings: Settings, *, clock: Clock = system_clock) -> None:
        self.settings = settings
        self.clock = clock
        self.public_url = settings.public_url.rstrip("/")
        self.has_test_session = False
        mail_server = smtp.server_of(settings)
        self.vault: Vault = vault.load(settings.key_path)
        path = database_path(settings)
        self._lock = _lock(settings.data_path)
        schema.prepare(path)
        schema.check_key(path, self.vault)
        self.store = Store(path, full=settings.durability == "full")
        self.http = Http(
            timeout=settings.institution_timeout,
            max_bytes=settings.institution_max_bytes,
            allow_private=settings.allow_private_institutions,
        )
        self.reach = Reach(
            http=self.http,
            vault=self.vault,
            limits=Limits(settings.institution_max_pages, settings.institution_max_records),
            attempts=settings.institution_attempts,
            clock=clock,
        )
        self.grants = Grants(
            settings=settings, store=self.store, vault=self.vault, clock=clock, reach=self.reach, wake=self._wake
        )
        self.requests = Requests(settings=settings, vault=self.vault, clock=clock, wake=self._wake)
        self.aggregations = Aggregations(
            settings=settings,
            store=self.store,
            vault=self.vault,
            clock=clock,
            grants=self.grants,
            requests=self.requests,
            wake=self._wake,
            reach=self.reach,
        )
        self.consents = ConsentWatch(
            settings=settings, store=self.store, clock=clock, grants=self.grants, reach=self.reach, wake=self._wake
        )
        self.windows = Windows(
            settings=settings,
            public_url=lambda: self.public_url,
            store=self.store,
            vault=self.vault,
            clock=clock,
            reach=self.reach,
            grants=self.grants,
            start_aggregation=self.requests.start,
            is_another_person=Recognition(self.store, self.vault).is_another_person,
        )
        self.planning = Refreshing(store=self.store, clock=clock, wake=self._wake, batch=settings.planning_batch)
        self.mail = Mail(store=self.store, clock=clock, server=mail_server, attempts=settings.mail_attempts)
        self.queue = self._queue()
        self._later: set[asyncio.Task[None]] = set()

    def write_later(self, write: Callable[[Unit], None]) -> None:
        """Write what nobody waits for, and what may as well be lost."""
        task = asyncio.create_task(self._write_later(write), name="write later")
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _write_later(self, write: Callable[[Unit], None]) -> None:
        try:
            await self.store.write_long(write)
        except (Busy, sqlite3.Error) as error:
            log.info("not written: %s", error)

    async def start(self) -> None:
        """Begin to work on the queue; what a dead process left is taken up again."""
        await self._keep_house()
        await self.queue.start()

    async def stop(self) -> None:
        """Let requests under way end, then close everything."""
        await self.queue.stop()
        await self.grants.finish()
        await asyncio.gather(*self._later)
        await self.http.close()
        self.close()

    def close(self) -> None:
        """Close what a runtime that was never started holds."""
        self.mail.close()
        self.store.close()
        self._lock.close()

    async def sweep(self) -> None:
        """End what ran out of time, remove what was deleted long enough ago, plan the day of those who do not ask."""
        await self._keep_house()
        await self.consents.sweep()
        await self.planning.sweep()

    async def _keep_house(self) -> None:
        await self.store.write_long(self._sweep, self.clock())

    def _sweep(self, unit: Unit, now: int) -> None:
        settings = self.settings
        sessions.purge(unit, now=now)
        self.windows.end_unconfirmed(unit)
        self.windows.end_overdue(unit)
        oauth_states.sweep(unit, now=now, forgotten_before=now - settings.state_retention)
        self.grants.revoking.revoke_what_is_stuck(unit)
        members.purge(unit, now=now, deleted_before=now - settings.deleted_retention)
        transactions.purge(unit, deleted_before=now - settings.deleted_retention)
        accounts.purge(unit, deleted_before=now - settings.deleted_retention)
        holdings.purge(unit, deleted_before=now - settings.deleted_retention)
        microdeposits.sweep(unit, self.vault, now=now, deleted_before=now - settings.deleted_retention)
        raw_payloads.purge(unit, kept_before=now - settings.recording_retention)
        insights.purge(unit, kept_before=now - settings.told_retention)
        notifications.purge(unit, kept_before=now - settings.told_retention)
        outbox.purge(unit, kept_before=now - settings.outbox_retention)
        grant_rows.purge(unit)
        rate_ledger.purge(unit, now=now)

    def _queue(self) -> EmbeddedQueue:
        # What else is given up needs no word: a look ends an overdue challenge, the sweep tries revocations again.
        handlers = {
            JOB: Handler(self.aggregations.run, self.aggregations.give_up),
            EXPIRE: Handler(self._expire),
            START: Handler(self._start_the_rest),
            REVOKE: Handler(self.grants.revoking.run),
            WATCH: Handler(self.consents.run),
            PLAN: Handler(self.planning.run),
            SEND: Handler(self.mail.run, self.mail.give_up),
        }
        return EmbeddedQueue(
            self.store,
            self.clock,
            handlers,
            concurrency=self.settings.queue_concurrency,
            lane_concurrency=self.settings.queue_lane_concurrency,
            reserved=self.settings.queue_reserved,
            attempts=self.settings.task_attempts,
            timeout=2 * self.settings.aggregation_timeout,
            every=(self.settings.sweep_interval, self.sweep),
        )

    async def _expire(self, task: Task) -> None:
        await self.store.write(self.requests.expire, task)

    async def _start_the_rest(self, task: Task) -> None:
        await self.store.write(self.requests.start_the_rest, task)

    def _wake(self) -> None:
        """For what is made before the queue, which has to know them all."""
        self.queue.wake()


def database_path(settings: Settings) -> Path:
    return settings.data_path / "fanlight.db"


def _lock(directory: Path) -> IO[str]:
    """Hold the data directory: two writers on one file would block each other."""
    directory.mkdir(parents=True, exist_ok=True)
    handle = (directory / "fanlight.lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise InUse(f"Another fanlight process ({directory}) has this data directory open.") from error
    handle.write(str(os.getpid()))
    handle.flush()
    return handle

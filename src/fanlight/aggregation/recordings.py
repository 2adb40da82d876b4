"""Recordings of runs: what an institution answers is listened to and kept sealed, whatever became of the run.

It is no part of the run: one that cannot be kept is a line in the log.
"""

import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fanlight.aggregation.gather import Span
from fanlight.base.clock import Clock
from fanlight.base.errors import Busy
from fanlight.core import accounts, members, raw_payloads
from fanlight.core.jobs import Job
from fanlight.institutions.answers import Said
from fanlight.institutions.port import Challenged
from fanlight.institutions.recording import Recorder
from fanlight.settings import Settings
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

SMALL = 1 << 16
"""What is larger is sealed and written in a thread."""

log = logging.getLogger(__name__)


class Recordings:
    """Keeps what institutions answer."""

    def __init__(self, *, settings: Settings, store: Store, vault: Vault, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._vault = vault
        self._clock = clock

    @asynccontextmanager
    async def of_run(self, job: Job, span: Span) -> AsyncIterator[Recorder]:
        """Listen to a run for as long as the block lasts, and keep what was heard."""
        recorder = Recorder(self._settings.recording_max_bytes)
        try:
            yield recorder
        except TimeoutError:
            await self._keep(job, span, recorder, "it took too long")
            raise
        except (Challenged, Said) as error:
            await self._keep(job, span, recorder, str(error))
            raise
        except Exception as fault:  # a fault of our own is what a replay is needed for most
            await self._keep(job, span, recorder, type(fault).__name__)
            raise
        await self._keep(job, span, recorder, None)

    async def _keep(self, job: Job, span: Span, recorder: Recorder, end: str | None) -> None:
        if not recorder.answers:
            return
        attempts = self._settings.institution_attempts
        content = recorder.recording(span.first, span.last, attempts=attempts, end=end).encoded()
        write = self._store.write if len(content) <= SMALL else self._store.write_long
        try:
            await write(self._write, job, content)
        except (Busy, sqlite3.Error) as error:
            log.warning("what the institution answered in %s is not kept: %s", job.guid, error)

    def _write(self, unit: Unit, job: Job, content: bytes) -> None:
        now = self._clock()
        member = members.find(unit, job.user_id, job.member_id, now=now)
        # What a recording holds of an account that is blocked would have to be taken out of it.
        if member is not None and not any(row.blocked_at for row in accounts.known(unit, job.user_id, member.id)):
            newest = self._settings.recordings_per_member
            raw_payloads.keep(unit, self._vault, member, job.guid, content, newest=newest, now=now)

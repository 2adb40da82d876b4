"""Revoking: a grant that is not in use any more is ended at the institution, then its tokens are erased.

The consent behind it is ended first, for that may need the tokens; then the tokens (RFC 7009). What an institution does
not take now, or this server cannot open now, is tried again, with growing pauses or as the institution asks for, until
the setting's time is over.
"""

import logging
from collections.abc import Callable, Mapping

from fanlight.base.clock import Clock
from fanlight.core import audit, grants, institutions, jobs
from fanlight.core.grants import Grant
from fanlight.core.institutions import Institution
from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.line import Line
from fanlight.institutions.port import Access, Tokens
from fanlight.oauth import authorized
from fanlight.oauth.consents import OwnAccess
from fanlight.oauth.reach import Reach, Reached
from fanlight.oauth.refreshing import note_refusal
from fanlight.oauth.servers import AuthorizationServer
from fanlight.oauth.token_safe import TokenSafe
from fanlight.queue import tasks
from fanlight.queue.tasks import Task
from fanlight.settings import Settings
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit

log = logging.getLogger(__name__)

REVOKE = "revoke_grant"
GIVEN_UP = "grant.revocation_given_up"
FIRST_PAUSE = 30
LAST_PAUSE = 6 * 3600
STUCK_AFTER = 86_400
"""What nobody has tried for so many seconds has lost its task."""
# What is to be ended is not there: that is what was wanted.
_IS_GONE = frozenset((Saying.CONSENT_EXPIRED, Saying.ACCESS_REFUSED))


class Revoking:
    """Ends grants at institutions."""

    def __init__(
        self, *, settings: Settings, store: Store, safe: TokenSafe, clock: Clock, reach: Reach,
        wake: Callable[[], None],
    ) -> None:  # fmt: skip
        self._keeps_trying = settings.revocation_retention
        self._store = store
        self._safe = safe
        self._clock = clock
        self._reach = reach
        self._wake = wake

    def enqueue(self, unit: Unit, grant: Grant, at: int) -> None:
        """Have a grant revoked from a moment on."""
        arguments, lane = {"user": grant.user_id, "grant": grant.id}, jobs.lane(grant.institution_id)
        tasks.enqueue(unit, REVOKE, arguments, run_at=at, wake=self._wake, lane=lane)

    def revoke_what_is_stuck(self, unit: Unit) -> None:
        """Take up what has no task any more, because its institution or this server failed for too long."""
        now = self._clock()
        for grant in grants.stuck(unit, before=now - STUCK_AFTER):
            grants.count_revocation_try(unit, grant, now=now)
            self.enqueue(unit, grant, now)

    async def run(self, task: Task) -> None:
        """One try: the tokens are erased after it, or there is a next one."""
        user_id, key = task.arguments["user"], task.arguments["grant"]
        found = await self._store.read(_with_institution, user_id, key)
        if found is None or found[0].status != grants.REVOKING:
            return
        grant, institution = found
        said = await self._try(grant, institution)
        await self._store.write_durable(self._settle, task, grant, said)

    async def _try(self, grant: Grant, institution: Institution) -> Said | None:
        """What kept the grant from being revoked; None when it is, or nothing is left of it to revoke.

        What cannot be opened is tried again like what an institution does not take: its key may come back.
        """
        try:
            if grant.sealed:
                await end_at_institution(self._reach, institution, self._safe.open(grant))
        except Said as said:
            return said
        return None

    def _settle(self, unit: Unit, task: Task, grant: Grant, said: Said | None) -> None:
        now = self._clock()
        tasks.finish(unit, task.id)
        if said is None:
            self._erase(unit, grant, audit.GRANT_REVOKED, grant.ended_for, now)
        elif now >= (grant.retired_at or now) + self._keeps_trying:
            log.error("grant %s could not be revoked at the institution; its tokens are erased: %s", grant.id, said)
            self._erase(unit, grant, GIVEN_UP, said.detail, now)
        else:
            self._try_later(unit, grant, said, now)

    def _try_later(self, unit: Unit, grant: Grant, said: Said, now: int) -> None:
        pause = _pause(grant.revocation_tries, said)
        log.warning("grant %s was not revoked, it is tried again in %s seconds: %s", grant.id, pause, said)
        if said.saying is Saying.CLIENT_REFUSED:
            note_refusal(unit, grant, said, now=now)
        grants.count_revocation_try(unit, grant, now=now)
        self.enqueue(unit, grant, now + pause)

    def _erase(self, unit: Unit, grant: Grant, action: str, detail: str | None, now: int) -> None:
        """What came meanwhile, from a refresh that was under way, is not erased: it is revoked in its turn."""
        if grants.erase_revoked(unit, grant, now=now):
            audit.record(unit, grant.client_id, action, grant.member_guid, now=now, detail=detail)
        else:
            self.enqueue(unit, grant, now)


async def end_at_institution(reach: Reach, institution: Institution, tokens: Tokens) -> None:
    """End the consent behind tokens, then the tokens. What has ended already is no error. Raises Said."""
    reached = reach.institution(institution)
    server = reach.server(institution) if reached.details.oauth is not None else None
    access = _EndingAccess(reached.line, tokens, server)
    consents = None if reached.connector is None else reached.connector.consents
    if consents is not None and tokens.consent_id is not None:
        try:
            await consents.revoke(tokens.consent_id, consent_access(reached, server, access))
        except Said as said:
            if said.saying not in _IS_GONE:
                raise
    if server is not None and (access.tokens.access_token or access.tokens.refresh_token):
        try:
            await server.revoke(access.tokens)
        except Said as said:
            if said.saying not in _IS_GONE:
                raise


def consent_access(reached: Reached, server: AuthorizationServer | None, of_person: Access) -> Access:
    """Who may speak of a consent: in FDX whoever has its tokens, else this server in its own name."""
    if reached.details.fdx is not None:
        return of_person
    return of_person if server is None else OwnAccess(server.client_access)


class _EndingAccess:
    """Access with the tokens of a grant that ends. They may be fresh for a moment only: nobody needs them after it."""

    def __init__(self, line: Line, tokens: Tokens, server: AuthorizationServer | None) -> None:
        self._line = line
        self._server = server
        self.tokens = tokens

    @property
    def consent_id(self) -> str | None:
        return self.tokens.consent_id

    async def request(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None) -> Reply:
        reply = await authorized.send(self._line, self.tokens, method, url, headers, content=content)
        if reply.status != 401 or self._server is None or self.tokens.refresh_token is None:
            return reply
        self.tokens = await self._server.refresh(self.tokens)
        return await authorized.send(self._line, self.tokens, method, url, headers, content=content)


def _with_institution(unit: Unit, user_id: int, key: int) -> tuple[Grant, Institution] | None:
    grant = grants.by_id(unit, user_id, key)
    return None if grant is None else (grant, institutions.by_id(unit, grant.institution_id))


def _pause(tries: int, said: Said) -> int:
    """For how many seconds nothing is tried after a try: as long as it was said, else longer each time."""
    usual = min(LAST_PAUSE, FIRST_PAUSE * 2 ** min(tries, 16))
    return usual if said.retry_after is None else max(1, min(said.retry_after, LAST_PAUSE))

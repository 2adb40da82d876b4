"""Grants in use: sealed when they come, refreshed with a journal, revoked when they end.

A refresh is written down before it is sent and its tokens are stored before they are used; one whose outcome is
not known is never sent again, unless the institution is known not to rotate refresh tokens.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from weakref import WeakValueDictionary

import msgspec

from fanlight.base.clock import Clock
from fanlight.core import grants, institutions, jobs
from fanlight.core.grants import Grant
from fanlight.core.institutions import Institution
from fanlight.core.members import Member
from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.line import Line
from fanlight.institutions.port import Tokens
from fanlight.institutions.registry import parse_details
from fanlight.oauth import authorized
from fanlight.oauth.reach import Reach
from fanlight.queue import tasks
from fanlight.queue.tasks import Task
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault, VaultError

log = logging.getLogger(__name__)

PURPOSE = "grant"
REVOKE = "revoke_grant"
FRESH_SHARE = 0.2
DEFAULT_LIFE = 300
AGAIN_AFTER = 86_400
GIVEN_UP_AFTER = 14 * 86_400
# The institution answered, or was never reached: it surely did not take the request.
_NOT_TAKEN = frozenset((Saying.UNAVAILABLE, Saying.THROTTLED, Saying.CLIENT_REFUSED, Saying.CONSENT_EXPIRED))


class Grants:
    """Everything that is done with grants."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, reach: Reach, wake: Callable[[], None]) -> None:
        self._store = store
        self._vault = vault
        self.clock = clock
        self._reach = reach
        self._wake = wake
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def replace(self, unit: Unit, member: Member, client_id: int, subject: str | None, tokens: Tokens) -> None:
        """Keep a new grant as the member's next generation and have the old ones revoked."""
        now = self.clock()
        self.end_all(unit, member)
        self._keep(unit, member, client_id, subject, tokens, status=grants.ACTIVE, now=now)

    def discard(self, unit: Unit, member: Member, client_id: int, tokens: Tokens) -> None:
        """Have a grant revoked that will not be used; it is sealed like any other until that is done."""
        now = self.clock()
        key = self._keep(unit, member, client_id, None, tokens, status=grants.REVOKING, now=now)
        self._enqueue_revocation(unit, member.user_id, member.institution_id, key, now)

    def end_all(self, unit: Unit, member: Member) -> None:
        """Have every grant of a member revoked."""
        now = self.clock()
        for key in grants.retire(unit, member, now=now):
            self._enqueue_revocation(unit, member.user_id, member.institution_id, key, now)

    def revoke_what_is_stuck(self, unit: Unit) -> None:
        """Try a revocation that was given up once a day, and erase the tokens when it stays in vain."""
        now = self.clock()
        for grant in grants.stuck(unit, before=now - AGAIN_AFTER):
            if grant.retired_at is not None and grant.retired_at <= now - GIVEN_UP_AFTER:
                log.error("grant %s could not be revoked at the institution; its tokens are erased", grant.id)
                grants.erase(unit, grant.user_id, grant.id, now=now)
            else:
                grants.retire_again(unit, grant, now=now)
                self._enqueue_revocation(unit, grant.user_id, grant.institution_id, grant.id, now)

    def access(self, grant: Grant, institution: Institution, line: Line) -> "GrantAccess":
        """The grant as a connector uses it."""
        lock = self._locks.get(grant.id)
        if lock is None:
            lock = self._locks[grant.id] = asyncio.Lock()
        return GrantAccess(self, grant, institution, line, lock)

    async def revoke(self, task: Task) -> None:
        """Revoke at the institution and erase the tokens. Raises Said to be tried again."""
        user_id, key = task.arguments["user"], task.arguments["grant"]
        found = await self._store.read(_with_institution, user_id, key)
        if found is None:
            return
        grant, institution = found
        tokens = self._open_or_none(grant)
        if tokens is not None:
            try:
                await self._reach.server(institution).revoke(tokens)
            except Said as said:
                if said.saying in (Saying.UNAVAILABLE, Saying.THROTTLED, Saying.UNKNOWN_OUTCOME):
                    raise
                log.warning("grant %s was not revoked at the institution: %s", key, said)
        await self._store.write_durable(grants.erase, user_id, key, now=self.clock())

    def open(self, grant: Grant) -> Tokens:
        """The tokens; raises Said(CONSENT_EXPIRED) when they cannot be opened, so that the person is asked again."""
        try:
            plaintext = self._vault.open(PURPOSE, grant.context, grant.sealed)
        except VaultError as error:
            raise Said(Saying.CONSENT_EXPIRED, "the stored grant cannot be opened") from error
        return msgspec.json.decode(plaintext, type=Tokens)

    async def refresh(self, grant: Grant, institution: Institution) -> Grant:
        """The grant with fresh tokens. Raises Said."""
        tokens = self.open(grant)
        if tokens.refresh_token is None:
            raise Said(Saying.CONSENT_EXPIRED, "the grant has ended and has no refresh token")
        if not await self._store.write_durable(grants.begin_refresh, grant, now=self.clock()):
            return await self._after_another(grant, institution)
        return await self._send_refresh(grant, institution, tokens)

    async def _after_another(self, grant: Grant, institution: Institution) -> Grant:
        """Somebody else began a refresh: it is done, or its outcome is not known."""
        current = await self._store.read(grants.by_id, grant.user_id, grant.id)
        if current is None or current.status != grants.ACTIVE:
            raise Said(Saying.CONSENT_EXPIRED, "the grant was ended meanwhile")
        if current.refresh_number != grant.refresh_number:
            return current
        server = parse_details(institution.details).oauth
        if server is None or not server.refresh_is_repeatable:
            raise Said(Saying.CONSENT_EXPIRED, "the outcome of an earlier refresh is not known")
        return await self._send_refresh(current, institution, self.open(current))

    async def _send_refresh(self, grant: Grant, institution: Institution, tokens: Tokens) -> Grant:
        try:
            fresh = await self._reach.server(institution).refresh(tokens)
        except Said as said:
            if said.saying in _NOT_TAKEN:
                await self._store.write_durable(grants.cancel_refresh, grant)
            raise
        if not await self._store.write_durable(self._keep_fresh, grant, fresh):
            raise Said(Saying.CONSENT_EXPIRED, "the grant was ended meanwhile")
        current = await self._store.read(grants.by_id, grant.user_id, grant.id)
        if current is None or current.status != grants.ACTIVE:
            raise Said(Saying.CONSENT_EXPIRED, "the grant was ended meanwhile")
        return current

    def _keep_fresh(self, unit: Unit, grant: Grant, fresh: Tokens) -> bool:
        """Store refreshed tokens before they are used; those of a grant that was ended meanwhile are revoked."""
        now, sealed = self.clock(), self._seal(grant.context, fresh)
        if grants.end_refresh(unit, grant, sealed, expires_at=_expiry(fresh, now), now=now):
            return True
        grants.replace_ended(unit, grant, sealed, now=now)
        self._enqueue_revocation(unit, grant.user_id, grant.institution_id, grant.id, now)
        return False

    def _keep(
        self, unit: Unit, member: Member, client_id: int, subject: str | None, tokens: Tokens, *, status: str, now: int
    ) -> int:  # fmt: skip
        generation = grants.next_generation(unit, member)
        context = grants.context(client_id, member.user_id, member.id, generation)
        return grants.store(
            unit,
            member,
            self._seal(context, tokens),
            client_id=client_id,
            generation=generation,
            subject=subject,
            expires_at=_expiry(tokens, now),
            status=status,
            now=now,
        )

    def _seal(self, context: str, tokens: Tokens) -> bytes:
        kept = msgspec.structs.replace(tokens, id_token=None)
        return self._vault.seal(PURPOSE, context, msgspec.json.encode(kept))

    def _open_or_none(self, grant: Grant) -> Tokens | None:
        try:
            return self.open(grant) if grant.sealed else None
        except Said:
            return None

    def _enqueue_revocation(self, unit: Unit, user_id: int, institution_id: int, key: int, now: int) -> None:
        arguments, lane = {"user": user_id, "grant": key}, jobs.lane(institution_id)
        tasks.enqueue(unit, REVOKE, arguments, run_at=now, wake=self._wake, lane=lane)


class GrantAccess:
    """A grant in use, refreshed by one at a time when a fifth of its life is left."""

    def __init__(self, owner: Grants, grant: Grant, institution: Institution, line: Line, lock: asyncio.Lock) -> None:
        self._owner = owner
        self._grant = grant
        self._institution = institution
        self._line = line
        self._lock = lock
        self._tokens = owner.open(grant)

    @property
    def consent_id(self) -> str | None:
        return self._tokens.consent_id

    async def request(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None) -> Reply:
        if self._is_stale():
            await self._refresh(self._tokens)
        used = self._tokens
        reply = await authorized.send(self._line, used, method, url, headers, content=content)
        if reply.status == 401:
            await self._refresh(used)
            reply = await authorized.send(self._line, self._tokens, method, url, headers, content=content)
        return reply

    def _is_stale(self) -> bool:
        life = self._tokens.expires_in or DEFAULT_LIFE
        return self._owner.clock() >= self._grant.access_expires_at - FRESH_SHARE * life

    async def _refresh(self, old: Tokens) -> None:
        async with self._lock:
            if self._tokens is old:
                self._grant = await self._owner.refresh(self._grant, self._institution)
                self._tokens = self._owner.open(self._grant)


def _with_institution(unit: Unit, user_id: int, key: int) -> tuple[Grant, Institution] | None:
    grant = grants.by_id(unit, user_id, key)
    return None if grant is None else (grant, institutions.by_id(unit, grant.institution_id))


def _expiry(tokens: Tokens, now: int) -> int:
    return now + (tokens.expires_in or DEFAULT_LIFE)

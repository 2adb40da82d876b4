"""Refreshing: one of all processes sends a grant's refresh token, the others wait for what it brings.

It is noted before it is sent, and its tokens are stored before they are used. One whose answer did not come whole is
never sent again, unless the institution is known not to rotate refresh tokens; whoever died at it is waited for until
the lease is over, and then the outcome counts as unknown.
"""

import asyncio
import logging
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from fanlight.base.clock import Clock
from fanlight.base.errors import Busy, OperatorError
from fanlight.core import audit, grants, institutions, operator_notes, rate_ledger, refresh_journal
from fanlight.core.grants import Grant, Why
from fanlight.core.institutions import Institution
from fanlight.core.rate_ledger import Place
from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.port import Tokens
from fanlight.institutions.registry import Details, parse_details
from fanlight.oauth import terms
from fanlight.oauth.endings import ended
from fanlight.oauth.reach import Reach
from fanlight.oauth.servers import AuthorizationServer
from fanlight.oauth.token_safe import TokenSafe
from fanlight.settings import Settings
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit

log = logging.getLogger(__name__)

FIRST_LOOK = 0.02
LAST_LOOK = 1.0
"""Between two looks at what another process has in hand: the pause doubles."""
CLIENT_REFUSED = "institution.client_refused"
# The institution answered, or was never reached: it surely did not use the refresh token up.
_NOT_TAKEN = frozenset((Saying.UNAVAILABLE, Saying.THROTTLED, Saying.CLIENT_REFUSED))


class _Turn(Enum):
    """What there is to do for somebody who wants fresh tokens."""

    MINE = "nobody refreshes"
    DONE = "somebody has refreshed"
    OVER = "the grant has ended"
    WAIT = "somebody refreshes"
    LOST = "somebody began long ago"
    PUT_OFF = "it failed a short while ago"


class _Look(NamedTuple):
    turn: _Turn
    grant: Grant
    details: Details


class Refreshing:
    """Refreshes grants. `revoke` has one revoked that is ended here, inside the unit."""

    def __init__(
        self, *, settings: Settings, store: Store, safe: TokenSafe, clock: Clock, reach: Reach,
        revoke: Callable[[Unit, Grant, int], None],
    ) -> None:  # fmt: skip
        if settings.refresh_timeout >= settings.refresh_lease:
            raise OperatorError("The setting refresh_lease must be longer than refresh_timeout.")
        self._settings = settings
        self._store = store
        self._safe = safe
        self._clock = clock
        self._reach = reach
        self._revoke = revoke
        self._sending: dict[int, asyncio.Task[Grant]] = {}

    async def refresh(self, grant: Grant, institution: Institution, *, is_urgent: bool = True) -> Grant:
        """The grant with fresh tokens; where it is not urgent, as it is while another has it in hand. Raises Said."""
        pause, begun, seen = FIRST_LOOK, asyncio.get_running_loop().time(), grant.refresh_started_at
        while True:
            look = await self._store.read(self._look, grant)
            if look.grant.refresh_started_at != seen:
                # Another start, that has a lease of its own.
                seen, begun = look.grant.refresh_started_at, asyncio.get_running_loop().time()
            waited = asyncio.get_running_loop().time() - begun
            if look.turn is _Turn.MINE or (look.turn in (_Turn.WAIT, _Turn.LOST) and self._is_repeatable(look, waited)):
                fresh = await self._send_if_first(look, institution)
            else:
                fresh = await self._outcome(look, waited, is_urgent=is_urgent)
            if fresh is not None:
                return fresh
            await asyncio.sleep(pause)
            pause = min(LAST_LOOK, 2 * pause)

    async def finish(self) -> None:
        """Let what was sent come to its end, so that no tokens are lost when the process ends by itself."""
        await asyncio.gather(*self._sending.values(), return_exceptions=True)

    def _look(self, unit: Unit, grant: Grant) -> _Look:
        now = self._clock()
        current = grants.by_id(unit, grant.user_id, grant.id) or grant
        details = parse_details(institutions.by_id(unit, grant.institution_id).details)
        return _Look(self._turn(current, grant, now), current, details)

    def _turn(self, current: Grant, known: Grant, now: int) -> _Turn:
        if current.status != grants.ACTIVE:
            return _Turn.OVER
        if current.refresh_number != known.refresh_number:
            return _Turn.DONE
        if current.refresh_started_at is not None:
            return _Turn.LOST if now - current.refresh_started_at >= self._settings.refresh_lease else _Turn.WAIT
        return _Turn.PUT_OFF if now < (current.refresh_put_off_until or 0) else _Turn.MINE

    def _is_repeatable(self, look: _Look, waited: float) -> bool:
        """Whether what another began long ago may be sent again."""
        is_late = look.turn is _Turn.LOST or waited >= self._settings.refresh_lease
        return is_late and look.details.oauth is not None and look.details.oauth.refresh_is_repeatable

    async def _outcome(self, look: _Look, waited: float, *, is_urgent: bool) -> Grant | None:
        """What comes of a look where nothing is to be sent; None to look again. Raises Said."""
        match look.turn:
            case _Turn.DONE:
                return look.grant
            case _Turn.OVER:
                raise ended(Why(look.grant.ended_for) if look.grant.ended_for else None)
            case _Turn.PUT_OFF if is_urgent:
                left = max(1, (look.grant.refresh_put_off_until or 0) - self._clock())
                raise Said(Saying.UNAVAILABLE, "the last refresh failed a short while ago", retry_after=left)
            case _ if not is_urgent:
                return look.grant
            case _Turn.WAIT if waited < self._settings.refresh_lease:
                return None
        await self._end(look.grant, Why.LOST)
        return None

    async def _send_if_first(self, look: _Look, institution: Institution) -> Grant | None:
        """Send the refresh unless another was faster; a cancelled caller leaves it to come to its end."""
        tokens = self._safe.open(look.grant)
        if tokens.refresh_token is None:
            raise Said(Saying.CONSENT_EXPIRED, "the grant has ended and has no refresh token")
        server = self._reach.server(institution)
        if not await self._store.write_durable(refresh_journal.begin, look.grant, now=self._clock()):
            return None
        key = look.grant.id
        sending = asyncio.create_task(self._send(look, server, tokens), name=f"refresh-{key}")
        self._sending[key] = sending
        sending.add_done_callback(lambda done: self._sent(key, done))
        return await asyncio.shield(sending)

    def _sent(self, key: int, done: "asyncio.Task[Grant]") -> None:
        if self._sending.get(key) is done:
            del self._sending[key]
        if not done.cancelled():
            done.exception()  # it was handed to whoever waited, if anybody still did

    async def _send(self, look: _Look, server: AuthorizationServer, tokens: Tokens) -> Grant:
        grant = look.grant
        try:
            async with asyncio.timeout(self._settings.refresh_timeout):
                fresh = await server.refresh(tokens)
        except TimeoutError:
            raise await self._failed(look, Said(Saying.UNKNOWN_OUTCOME, "no whole answer in time")) from None
        except Said as said:
            raise await self._failed(look, said) from None
        await self._insist(look, tokens, fresh)
        current = await self._store.read(grants.by_id, grant.user_id, grant.id)
        if current is None or current.status != grants.ACTIVE:
            raise ended(Why(current.ended_for) if current is not None and current.ended_for else None)
        return current

    async def _insist(self, look: _Look, tokens: Tokens, fresh: Tokens) -> None:
        """Store what came. A database that is busy must not cost the grant: nobody else has these tokens."""
        end = asyncio.get_running_loop().time() + self._settings.refresh_lease
        while True:
            try:
                await self._store.write_durable(self._keep, look, tokens, fresh)
            except Busy:
                if asyncio.get_running_loop().time() >= end:
                    log.exception("the fresh tokens of grant %s could not be stored and are lost", look.grant.id)
                    raise
                await asyncio.sleep(LAST_LOOK)
            else:
                return

    def _keep(self, unit: Unit, look: _Look, tokens: Tokens, fresh: Tokens) -> None:
        """Store fresh tokens before they are used; those of a grant that was ended meanwhile are revoked."""
        grant, now = look.grant, self._clock()
        sealed = self._safe.seal(grant.context, fresh)
        is_kept = refresh_journal.end(
            unit,
            grant,
            sealed,
            expires_at=now + terms.life(fresh, self._settings.access_token_lifetime),
            refresh_expires_at=terms.refresh_end(fresh, look.details, now) or grant.refresh_expires_at,
            consent_expires_at=_consent_end(grant, tokens, fresh),
            now=now,
        )
        if is_kept:
            self._mended(unit, grant)
        elif refresh_journal.keep_ended(unit, grant, sealed, now=now):
            self._revoke(unit, grant, now)

    def _mended(self, unit: Unit, grant: Grant) -> None:
        if operator_notes.settle(unit, grant.institution_id, operator_notes.CLIENT_REFUSED):
            log.info("institution %s takes this server's requests again", grant.institution_id)

    async def _failed(self, look: _Look, said: Said) -> Said:
        """Note what a refresh that brought nothing means for the grant; what is to be raised."""
        if said.saying is Saying.CONSENT_EXPIRED:
            await self._end(look.grant, Why.REFUSED)
            return ended(Why.REFUSED)
        if said.saying in _NOT_TAKEN or said.was_answered or self._is_repeatable(look, self._settings.refresh_lease):
            await self._store.write_durable(self._put_off, look.grant, said)
        else:
            log.warning("grant %s: a refresh was sent and its outcome is not known: %s", look.grant.id, said)
        return said

    def _put_off(self, unit: Unit, grant: Grant, said: Said) -> None:
        now = self._clock()
        pause = terms.pause(grant.refresh_failures, said)
        refresh_journal.put_off(unit, grant, until=now + pause)
        log.warning("grant %s could not be refreshed, for %s seconds nothing is sent: %s", grant.id, pause, said)
        if said.saying is Saying.CLIENT_REFUSED:
            note_refusal(unit, grant, said, now=now)
        if said.saying is Saying.THROTTLED and said.retry_after is not None:
            place = Place(grant.institution_id, grant.user_id, grant.member_id)
            rate_ledger.refuse(unit, place, until=now + pause, longest=self._settings.longest_block, now=now)

    async def _end(self, grant: Grant, why: Why) -> None:
        await self._store.write_durable(self.end, grant, why)

    def end(self, unit: Unit, grant: Grant, why: Why) -> bool:
        """End a grant in use as it was read, and have what is left of it revoked; False when it was ended already."""
        now = self._clock()
        if not grants.end(unit, grant, why, now=now):
            return False
        log.warning("grant %s has ended: %s", grant.id, why.value)
        audit.record(unit, grant.client_id, audit.GRANT_EXPIRED, grant.member_guid, now=now, detail=why.value)
        self._revoke(unit, grant, now)
        return True


def note_refusal(unit: Unit, grant: Grant, said: Said, *, now: int) -> None:
    """Tell the operator that an institution does not take this server's own requests: no person can mend that."""
    count = operator_notes.note(unit, grant.institution_id, operator_notes.CLIENT_REFUSED, said.detail, now=now)
    institution = institutions.by_id(unit, grant.institution_id)
    log.error("%s does not take this server's requests (%s times): %s", institution.code, count, said.detail)
    if count == 1:
        audit.record(unit, grant.client_id, CLIENT_REFUSED, institution.guid, now=now, detail=said.detail)


def _consent_end(grant: Grant, tokens: Tokens, fresh: Tokens) -> int | None:
    """What a token answer says anew of the consent's end; else what is known, which may be read from elsewhere."""
    if fresh.consent_expires_at is None or fresh.consent_expires_at == tokens.consent_expires_at:
        return grant.consent_expires_at
    return fresh.consent_expires_at

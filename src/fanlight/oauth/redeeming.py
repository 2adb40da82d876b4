"""Redeeming: a callback is claimed by its own browser, once, and becomes a grant that is kept or revoked."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec

from fanlight.base.clock import Clock
from fanlight.base.tokens import Token, digest, parse
from fanlight.core import oauth_states
from fanlight.core.members import Member
from fanlight.core.oauth_states import ErrorReason, OAuthState, Phase
from fanlight.institutions.answers import Said
from fanlight.institutions.port import FeedAccount, Tokens
from fanlight.oauth import authorize, callbacks, consents
from fanlight.oauth.attempts import Attempts, Found
from fanlight.oauth.authorize import Attempt
from fanlight.oauth.callbacks import Callback
from fanlight.oauth.keeping import Keeping, Redeemed
from fanlight.oauth.outcomes import Outcome, Refused, Trouble
from fanlight.oauth.reach import Reach, Reached
from fanlight.oauth.revoking import consent_access
from fanlight.settings import Settings
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit

log = logging.getLogger(__name__)

# Redemption ends before housekeeping would take it for abandoned.
REDEEM_SHARE = 0.75

IsAnotherPerson = Callable[[Member, Sequence[FeedAccount]], Awaitable[bool]]
"""Whether accounts are surely none of a member's: asked where no name of the person tells."""


class _Back(NamedTuple):
    """An attempt whose person is back."""

    found: Found
    attempt: Attempt
    callback: Callback
    reached: Reached


class Redeeming:
    """Takes callbacks."""

    def __init__(
        self, *, settings: Settings, store: Store, clock: Clock, reach: Reach, attempts: Attempts,
        keeping: Keeping, is_another_person: IsAnotherPerson,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._store = store
        self._clock = clock
        self._reach = reach
        self._attempts = attempts
        self._keeping = keeping
        self._is_another_person = is_another_person

    async def close(self, callback: Callback, cookies: Mapping[str, str]) -> Outcome | Trouble:
        """Take a callback: claim the attempt, redeem the code, keep the grant, tell the outcome."""
        token = parse(callback.claimed_state)
        if token is None:
            return Trouble.unknown("")
        cookie = cookies.get(self._attempts.cookie_name(token.id), "")
        found = await self._store.write(self._take, token, digest(cookie))
        if isinstance(found, Trouble):
            return found
        result = await self._result(found, callback)
        return result if isinstance(result, Outcome) else await self._attempts.fail(found, result)

    def _take(self, unit: Unit, token: Token, cookie_hash: bytes) -> Found | Trouble:
        """The attempt of a callback, for its own browser, once."""
        now = self._clock()
        window = oauth_states.by_state(unit, token.id, token.secret_hash)
        if window is None or window.cookie_hash is None:
            return Trouble.unknown("")
        if not secrets.compare_digest(window.cookie_hash, cookie_hash):
            self._end_in_other_browser(unit, window)
            return Trouble.other_browser()
        found = self._attempts.find(unit, window)
        if window.phase == Phase.FINISHED or (window.phase == Phase.HELD and window.expires_at > now):
            return Trouble.repeated(self._attempts.outcome(unit, window, found))
        if window.phase == Phase.REDEEMING:
            return Trouble.in_flight()
        if found is None or not oauth_states.claim(unit, window, now=now):
            return Trouble.late()
        return found

    def _end_in_other_browser(self, unit: Unit, window: OAuthState) -> None:
        """Where a consent alone is the permission, who came back gave it: the first browser must not have it.

        A code stays in the browser that it came to, so an attempt with one stays open for its own.
        """
        is_under_way = window.phase in (Phase.OPENED, Phase.REDEEMING)
        attempt = self._attempts.unseal_or_none(window) if is_under_way else None
        if attempt is not None and attempt.is_without_code:
            self._keeping.end(unit, window, ErrorReason.SESSION_ERROR)

    async def _result(self, found: Found, callback: Callback) -> Outcome | ErrorReason:
        """The outcome with the grant kept, or why there is none; a fault of ours is a reason too."""
        guid = found.state.guid
        try:
            async with asyncio.timeout(self._settings.redemption_timeout * REDEEM_SHARE):
                redeemed = await self._redeem(found, self._attempts.unseal(found.state), callback)
            return await self._kept(found, redeemed)
        except Refused as refused:
            return refused.reason
        except Said as said:
            log.warning("window %s was not redeemed: %s", guid, said)
            return authorize.reason_of_saying(said.saying)
        except TimeoutError:
            log.warning("window %s took too long to redeem", guid)
            return ErrorReason.PROVIDER_ERROR
        except Exception:
            log.exception("window %s was not redeemed", guid)
            return ErrorReason.SERVER_ERROR

    async def _redeem(self, found: Found, attempt: Attempt, callback: Callback) -> Redeemed:
        back = _Back(found, attempt, callback, self._reach.institution(found.institution))
        async with self._ended_unless_kept(found, Tokens(access_token="", consent_id=attempt.consent_id)):
            callbacks.check_address(found, attempt, callback)
            code = await self._code(back)
            tokens = await self._tokens(back, code)
        async with self._ended_unless_kept(found, tokens):
            tokens = await self._with_consent(back, tokens)
            return await self._identified(back, code, tokens)

    async def _kept(self, found: Found, redeemed: Redeemed) -> Outcome:
        """Keep the grant, outside of every timeout: a unit that waits runs, whether or not somebody waits for it."""
        settling = asyncio.create_task(self._settle(found, redeemed), name=f"keep the grant of {found.state.guid}")
        try:
            return await asyncio.shield(settling)
        except asyncio.CancelledError:
            await asyncio.wait([settling])
            raise

    async def _settle(self, found: Found, redeemed: Redeemed) -> Outcome:
        try:
            return await self._store.write_durable(self._keeping.finish, found, redeemed)
        except BaseException:
            await self._store.write_durable(self._keeping.give_up, found, redeemed.tokens)
            raise

    @asynccontextmanager
    async def _ended_unless_kept(self, found: Found, tokens: Tokens) -> AsyncIterator[None]:
        """Whatever happens within: what the institution gave and is not kept is revoked."""
        try:
            yield
        except BaseException:
            await self._store.write_durable(self._keeping.give_up, found, tokens)
            raise

    async def _code(self, back: _Back) -> str | None:
        """The code that came back; None where a consent alone is the permission."""
        if not back.attempt.is_without_code:
            server = self._reach.server(back.found.institution)
            return await callbacks.code(server, back.callback, is_open=back.found.is_open, now=self._clock())
        if not back.found.is_open:
            raise Refused(ErrorReason.PROVIDER_ERROR)
        return None

    async def _tokens(self, back: _Back, code: str | None) -> Tokens:
        """What the person's permission consists of, with the consent that was asked for."""
        attempt = back.attempt
        tokens = Tokens(access_token="")
        if code is not None:
            server = self._reach.server(back.found.institution)
            tokens = await server.redeem(code, attempt, self._attempts.redirect_uri(back.found))
        if attempt.consent_id is None:
            return tokens
        consent = {"consent_id": attempt.consent_id, "consent_expires_at": attempt.consent_expires_at}
        return msgspec.structs.replace(tokens, **consent)

    async def _with_consent(self, back: _Back, tokens: Tokens) -> Tokens:
        """The same once the institution says that the consent behind it is active. Raises Refused, Said."""
        connector, consent_id = back.reached.connector, tokens.consent_id
        if connector is None or connector.consents is None or consent_id is None:
            return tokens
        server = None if back.found.details.oauth is None else self._reach.server(back.found.institution)
        access = consent_access(back.reached, server, back.reached.access(tokens))
        is_declined = back.callback.is_declined
        state = await consents.decided(connector.consents, consent_id, access, is_declined=is_declined)
        expires_at = state.expires_at or tokens.consent_expires_at
        return msgspec.structs.replace(tokens, consent_expires_at=expires_at)

    async def _identified(self, back: _Back, code: str | None, tokens: Tokens) -> Redeemed:
        """Who authorised: by the id_token, the data, or the accounts where no name tells. Raises Said, Refused."""
        told = await self._subject(back, code, tokens)
        subject = told if back.found.details.subject_is_stable else None
        if subject is None and back.found.member.was_connected and await self._is_another(back, tokens):
            raise Refused(ErrorReason.DENIED)
        return Redeemed(tokens, subject, is_first=back.attempt.is_first)

    async def _subject(self, back: _Back, code: str | None, tokens: Tokens) -> str | None:
        """The id_token is checked even where the name in it does not last: it proves whose answer this is."""
        subject = None
        if code is not None:
            server, nonce, state = (
                self._reach.server(back.found.institution),
                back.attempt.nonce,
                back.callback.claimed_state,
            )
            consent_id = back.attempt.consent_id
            subject = await server.subject(
                tokens, nonce=nonce, now=self._clock(), code=code, state=state, consent_id=consent_id
            )
        connector = back.reached.connector
        if subject is not None or connector is None or not back.found.details.subject_is_stable:
            return subject
        return await connector.subject(back.reached.access(tokens))

    async def _is_another(self, back: _Back, tokens: Tokens) -> bool:
        connector = back.reached.connector
        if connector is None:
            return False
        session = await connector.session(back.reached.access(tokens))
        return await self._is_another_person(back.found.member, await session.accounts())

"""Opening a window: its URI is spent, once, and the request is prepared at the institution."""

import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from fanlight.base.clock import Clock, date_of
from fanlight.base.tokens import NewSecret, Token, digest, new_secret, parse
from fanlight.core import audit, members, oauth_states
from fanlight.core.oauth_states import ErrorReason, OAuthState, Phase
from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.port import Access, Consent, ConsentRequest, Consents, Tokens
from fanlight.oauth import authorize
from fanlight.oauth.attempts import Attempts, Found
from fanlight.oauth.authorize import Attempt
from fanlight.oauth.consents import OwnAccess
from fanlight.oauth.grants import Grants
from fanlight.oauth.outcomes import Outcome, Refused, Trouble
from fanlight.oauth.reach import Reach, Reached
from fanlight.settings import Settings
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit

log = logging.getLogger(__name__)

DECLINED = "/declined"


class Opened(NamedTuple):
    """A spent window: where the browser goes, and the cookie that binds it to this attempt."""

    location: str
    cookie_name: str
    cookie_value: str


class Question(NamedTuple):
    """What a person is asked before the window is spent, where the client wants that."""

    client: str
    institution: str


class _Begun(NamedTuple):
    """An opened window with what was sealed with it, and the state that the institution is to give back."""

    found: Found
    attempt: Attempt
    state: str


class Opening:
    """Spends windows."""

    def __init__(
        self, *, settings: Settings, store: Store, clock: Clock, reach: Reach, grants: Grants, attempts: Attempts
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._reach = reach
        self._grants = grants
        self._attempts = attempts

    async def question(self, member_guid: str, token_text: str) -> Question | None:
        """What to ask first, for a window that could be opened; None where nothing is asked. Spends nothing."""
        token = parse(token_text)
        return None if token is None else await self._store.read(self._question, member_guid, token)

    async def open(self, member_guid: str, token_text: str, person_ip: str | None) -> Opened | Outcome | Trouble:
        """Spend a window and prepare the request at the institution."""
        token = parse(token_text)
        if token is None:
            return Trouble.unknown(member_guid)
        state, cookie = new_secret(), secrets.token_urlsafe(32)
        begun = await self._store.write(self._spend, member_guid, token, state, cookie=digest(cookie))
        if isinstance(begun, Trouble):
            return begun
        location = await self._location(begun, person_ip)
        if isinstance(location, ErrorReason):
            return await self._attempts.fail(begun.found, location)
        return Opened(location, self._attempts.cookie_name(begun.found.state.id), cookie)

    def _question(self, unit: Unit, member_guid: str, token: Token) -> Question | None:
        window = oauth_states.by_token(unit, token.id, token.secret_hash, now=self._clock())
        if window is None or window.member_guid != member_guid or window.phase != Phase.ISSUED:
            return None
        found = self._attempts.find(unit, window)
        if found is None or not found.client.confirm_page:
            return None
        return Question(found.client.name, found.institution.name)

    def _spend(
        self, unit: Unit, member_guid: str, token: Token, state: NewSecret, *, cookie: bytes
    ) -> _Begun | Trouble:
        now = self._clock()
        window = oauth_states.by_token(unit, token.id, token.secret_hash, now=now)
        if window is None or window.member_guid != member_guid:
            return Trouble.unknown(member_guid)
        found = self._attempts.find(unit, window)
        if found is None or (_never_opened(window) and window.phase == Phase.FINISHED):
            return Trouble.unknown(member_guid)
        until = now + self._settings.attempt_lifetime
        attempt = authorize.new_attempt(is_first=not found.member.was_connected)
        sealed = self._attempts.seal(window, attempt)
        if not oauth_states.open_window(unit, window, sealed, state=state.hash, cookie=cookie, now=now, until=until):
            return Trouble.used(found.institution.name, found.client.name)
        members.postpone_end(unit, found.member, until=until)
        audit.record(unit, found.client.id, audit.WINDOW_OPENED, found.member.guid, now=now, detail=window.guid)
        return _Begun(found, attempt, state.text(window.id))

    async def _location(self, begun: _Begun, person_ip: str | None) -> str | ErrorReason:
        """Where the browser goes, or why it cannot; a fault of ours is a reason too."""
        if not begun.found.is_open:
            return ErrorReason.PROVIDER_ERROR
        guid = begun.found.state.guid
        try:
            return await self._begin(begun, person_ip)
        except Refused as refused:
            return refused.reason
        except Said as said:
            log.warning("window %s could not be opened: %s", guid, said)
            return authorize.reason_of_saying(said.saying)
        except Exception:
            log.exception("window %s could not be opened", guid)
            return ErrorReason.SERVER_ERROR

    async def _begin(self, begun: _Begun, person_ip: str | None) -> str:
        """Ask for a consent first where the institution has such; then prepare the request that stands on it."""
        reached = self._reach.institution(begun.found.institution)
        consents = None if reached.connector is None else reached.connector.consents
        if consents is None:
            return await self._request(begun, {})
        consent = await self._consent(begun, consents, own_access(self._reach, begun.found, reached), person_ip)
        try:
            await self._keep(begun, consent)
            if consent.location is None:
                return await self._request(begun, consent.parameters)
            return _checked(consent.location, allow_plain=reached.details.allow_private)
        except BaseException:
            await self._end(begun, consent)
            raise

    async def _request(self, begun: _Begun, parameters: Mapping[str, Any]) -> str:
        server = self._reach.server(begun.found.institution)
        return await server.begin(begun.attempt, begun.state, self._attempts.redirect_uri(begun.found), parameters)

    async def _consent(self, begun: _Begun, consents: Consents, access: Access, person_ip: str | None) -> Consent:
        now, uri = self._clock(), self._attempts.consent_uri(begun.found, begun.state)
        history = timedelta(days=max(self._settings.history_days, self._settings.extended_history_days))
        wanted = ConsentRequest(uri, uri + DECLINED, date_of(now) - history, now, person_ip)
        return await consents.create(wanted, access)

    async def _keep(self, begun: _Begun, consent: Consent) -> None:
        """Seal with the window which consent it asks for, before anybody is asked."""
        if consent.id is None and consent.location is None:
            return
        attempt = msgspec.structs.replace(
            begun.attempt,
            consent_id=consent.id,
            consent_expires_at=consent.expires_at,
            is_without_code=consent.location is not None,
        )
        window = begun.found.state
        if not await self._store.write(oauth_states.reseal, window, self._attempts.seal(window, attempt)):
            raise Refused(ErrorReason.SESSION_ERROR)

    async def _end(self, begun: _Begun, consent: Consent) -> None:
        """Have a consent revoked that nobody will be asked for."""
        if consent.id is not None:
            nothing = Tokens(access_token="", consent_id=consent.id)
            found = begun.found
            await self._store.write_durable(self._grants.discard, found.member, found.client.id, nothing)


def own_access(reach: Reach, found: Found, reached: Reached) -> Access:
    """Access in this server's own name: by its own token where there is an authorization server, else with none."""
    if reached.details.oauth is None:
        return reached.access(Tokens(access_token=""))
    return OwnAccess(reach.server(found.institution).client_access)


def _checked(location: str, *, allow_plain: bool) -> str:
    """An address that a person may be sent to, which an institution gave. Raises Said(GIBBERISH)."""
    parts = urlsplit(location)
    schemes = ("https", "http") if allow_plain else ("https",)
    if parts.scheme not in schemes or not parts.hostname or "@" in parts.netloc or not location.isprintable():
        raise Said(Saying.GIBBERISH, "the consent's address is not one that a person can be sent to")
    return location


def _never_opened(window: OAuthState) -> bool:
    return window.state_hash is None

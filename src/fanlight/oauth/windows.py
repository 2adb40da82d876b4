"""OAuth windows: the one-time URI that sends a person to an institution, and what happens when they come back.

`issue` makes the URI, `open` spends it and sends the browser on, `close` takes the callback. Each step is taken at
most once, by a conditional update; institutions are spoken to between units, never inside one.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec

from fanlight.base.clock import Clock
from fanlight.base.errors import Malformed, OAuthUnsupported
from fanlight.base.tokens import Token, digest, new_secret, parse
from fanlight.core import clients, grants, institutions, members, oauth_states, redirects
from fanlight.core.connection_status import Status
from fanlight.core.institutions import Institution
from fanlight.core.member_briefs import Brief
from fanlight.core.members import Member
from fanlight.core.oauth_states import ErrorReason, OAuthState, Phase, WindowOptions
from fanlight.core.sessions import Session
from fanlight.institutions.answers import Said
from fanlight.institutions.port import Tokens
from fanlight.oauth import authorize
from fanlight.oauth.authorize import CALLBACK_PATH, Attempt
from fanlight.oauth.grants import Grants
from fanlight.oauth.outcomes import Outcome, Trouble, outcome_of
from fanlight.oauth.reach import Reach
from fanlight.settings import Settings
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

log = logging.getLogger(__name__)

PURPOSE = "window"
SHOWN_SCHEME = "MX"
FOREVER = 2**62
# Redemption ends before housekeeping would take it for abandoned.
REDEEM_SHARE = 0.75


class Opened(NamedTuple):
    """A spent window: where the browser goes, and the cookie that binds it to this attempt."""

    location: str
    cookie_name: str
    cookie_value: str


class Question(NamedTuple):
    """What a person is asked before the window is spent, where the client wants that."""

    client: str
    institution: str


class Callback(NamedTuple):
    """What came back through the browser."""

    state: str | None
    code: str | None
    iss: str | None
    error: str | None


class _Found(NamedTuple):
    """An attempt with what it belongs to."""

    state: OAuthState
    member: Member
    institution: Institution
    client: clients.Client

    @property
    def is_open(self) -> bool:
        """Whether the institution takes this connection: one that is hidden takes no new ones."""
        return self.member.was_connected or not self.institution.is_hidden


class _Redeemed(NamedTuple):
    """A grant that is not stored yet, and whose it is."""

    tokens: Tokens
    subject: str | None


class Windows:
    """Everything that is done with windows. `start_aggregation` begins a job for a member inside a unit."""

    def __init__(
        self, *, settings: Settings, public_url: Callable[[], str], store: Store, vault: Vault, clock: Clock,
        reach: Reach, grants: Grants,
        start_aggregation: Callable[[Unit, Member], Member],
    ) -> None:  # fmt: skip
        self._settings = settings
        self._public_url = public_url
        self._store = store
        self._vault = vault
        self._clock = clock
        self._reach = reach
        self._grants = grants
        self._start_aggregation = start_aggregation

    def issue(self, unit: Unit, session: Session, member: Brief, options: WindowOptions) -> str:
        """A fresh URI for the member; earlier unopened ones die, and it dies with a PENDING member.

        Raises OAuthUnsupported, Malformed.
        """
        if not member.institution_supports_oauth:
            raise OAuthUnsupported("Member cannot use OAuth")
        self.check_options(unit, session, options)
        now, secret = self._clock(), new_secret()
        expires_at = min(now + self._settings.window_lifetime, member.expires_at or FOREVER)
        key = oauth_states.issue(unit, member, options, secret.hash, now=now, expires_at=expires_at)
        shown = _shown(
            options.referral_source, options.url_scheme, options.client_redirect_url, options.skip_aggregation
        )
        return f"{self._public_url()}/oauth/predirect_to/{member.guid}/{secret.text(key)}?{shown}"

    def check_options(self, unit: Unit, session: Session, options: WindowOptions) -> None:
        """Raise Malformed for an end of the window that this client may not have."""
        if options.client_redirect_url is not None and options.referral_source != "APP":
            raise Malformed("client_redirect_url needs referral_source APP or is_mobile_webview true.")
        if options.client_redirect_url is None and options.url_scheme is None:
            return
        allowed = _allowed(unit, session.client_id)
        if options.client_redirect_url is not None:
            redirects.check_redirect(options.client_redirect_url, allowed)
        if options.url_scheme is not None:
            redirects.check_scheme(options.url_scheme, allowed)

    async def question(self, member_guid: str, token_text: str) -> Question | None:
        """What to ask first, for a window that could be opened; None where nothing is asked. Spends nothing."""
        token = parse(token_text)
        return None if token is None else await self._store.read(self._question, member_guid, token)

    async def open(self, member_guid: str, token_text: str) -> Opened | Outcome | Trouble:
        """Spend a window and prepare the request at the institution."""
        token = parse(token_text)
        if token is None:
            return Trouble.unknown(member_guid)
        attempt, state_secret, cookie = authorize.new_attempt(), new_secret(), secrets.token_urlsafe(32)
        found = await self._store.write(
            self._spend, member_guid, token, attempt, state=state_secret.hash, cookie=digest(cookie)
        )
        if isinstance(found, Trouble):
            return found
        state = state_secret.text(found.state.id)
        if not found.is_open:
            return await self._fail(found, ErrorReason.PROVIDER_ERROR)
        try:
            server = self._reach.server(found.institution)
            location = await server.begin(attempt, state, self.redirect_uri, {})
        except Said as said:
            log.warning("window %s could not be opened: %s", found.state.guid, said)
            return await self._fail(found, authorize.reason_of_saying(said.saying))
        return Opened(location, self.cookie_name(found.state.id), cookie)

    async def close(self, callback: Callback, cookies: dict[str, str]) -> Outcome | Trouble:
        """Take a callback: claim the attempt, redeem the code, keep the grant, tell the outcome."""
        token = parse(callback.state or "")
        if token is None:
            return Trouble.unknown("")
        cookie = cookies.get(self.cookie_name(token.id), "")
        found = await self._store.write(self._take, token.id, token.secret_hash, digest(cookie))
        if isinstance(found, Trouble):
            return found
        refused = self._refused(found, callback)
        result = refused if refused is not None else await self._redeem(found, callback.code or "")
        return result if isinstance(result, Outcome) else await self._fail(found, result)

    @property
    def redirect_uri(self) -> str:
        """Where institutions send the browser back: the same for every one of them, so `iss` tells them apart."""
        return self._public_url() + CALLBACK_PATH

    def cookie_name(self, key: int) -> str:
        """The attempt's cookie; on https its prefix makes browsers refuse one from a subdomain or plain http."""
        prefix = "__Host-" if self._public_url().startswith("https:") else ""
        return f"{prefix}fanlight_oauth_{key}"

    def _question(self, unit: Unit, member_guid: str, token: Token) -> Question | None:
        window = oauth_states.by_token(unit, token.id, token.secret_hash, now=self._clock())
        if window is None or window.member_guid != member_guid or window.phase != Phase.ISSUED:
            return None
        found = self._find(unit, window)
        if found is None or not found.client.confirm_page:
            return None
        return Question(found.client.name, found.institution.name)

    def _spend(
        self, unit: Unit, member_guid: str, token: Token, attempt: Attempt, *, state: bytes, cookie: bytes
    ) -> "_Found | Trouble":
        now = self._clock()
        window = oauth_states.by_token(unit, token.id, token.secret_hash, now=now)
        if window is None or window.member_guid != member_guid:
            return Trouble.unknown(member_guid)
        found = self._find(unit, window)
        if found is None or (_never_opened(window) and window.phase == Phase.FINISHED):
            return Trouble.unknown(member_guid)
        until = now + self._settings.attempt_lifetime
        sealed = self._vault.seal(PURPOSE, _context(window), msgspec.json.encode(attempt))
        if not oauth_states.open_window(unit, window, sealed, state=state, cookie=cookie, now=now, until=until):
            return Trouble.used(found.institution.name, found.client.name)
        members.postpone_end(unit, found.member, until=until)
        return found

    def _take(self, unit: Unit, key: int, state_hash: bytes, cookie_hash: bytes) -> "_Found | Trouble":
        """The attempt of a callback, for its own browser, once."""
        now = self._clock()
        window = oauth_states.by_state(unit, key, state_hash)
        if window is None or window.cookie_hash is None:
            return Trouble.unknown("")
        if not secrets.compare_digest(window.cookie_hash, cookie_hash):
            return Trouble.other_browser()
        found = self._find(unit, window)
        if window.phase == Phase.FINISHED:
            return Trouble.repeated(self._outcome(unit, window, found))
        if window.phase == Phase.REDEEMING:
            return Trouble.in_flight()
        if found is None or not oauth_states.claim(unit, window, now=now):
            return Trouble.late()
        return found

    def _find(self, unit: Unit, window: OAuthState) -> "_Found | None":
        member = members.find(unit, window.user_id, window.member_id, now=self._clock())
        if member is None:
            return None
        institution = institutions.by_id(unit, member.institution_id)
        client = clients.of_user(unit, window.user_id)
        return None if client.disabled_at is not None else _Found(window, member, institution, client)

    def _refused(self, found: "_Found", callback: Callback) -> ErrorReason | None:
        """Why a callback is not redeemed: the issuer first, for errors too (RFC 9207 2.4)."""
        server = self._reach.server(found.institution).config
        if not authorize.issuer_fits(server, callback.iss):
            return ErrorReason.SESSION_ERROR
        if callback.error is not None:
            return authorize.reason_of_error(callback.error)
        if not found.is_open:
            return ErrorReason.PROVIDER_ERROR
        return None if callback.code else ErrorReason.UNKNOWN_ERROR

    async def _redeem(self, found: "_Found", code: str) -> Outcome | ErrorReason:
        """The outcome with the grant kept, or why there is none; a fault of ours is a reason too."""
        try:
            async with asyncio.timeout(self._settings.redemption_timeout * REDEEM_SHARE):
                return await self._redeem_and_keep(found, code)
        except Said as said:
            log.warning("window %s was not redeemed: %s", found.state.guid, said)
            return authorize.reason_of_saying(said.saying)
        except TimeoutError:
            log.warning("window %s took too long to redeem", found.state.guid)
            return ErrorReason.PROVIDER_ERROR
        except Exception:
            log.exception("window %s was not redeemed", found.state.guid)
            return ErrorReason.SERVER_ERROR

    async def _redeem_and_keep(self, found: "_Found", code: str) -> Outcome:
        """Redeem the code and keep the grant. Whatever happens in between, a grant that is not kept is revoked."""
        sealed = found.state.sealed or b""
        opened = self._vault.open(PURPOSE, _context(found.state), sealed)
        attempt = msgspec.json.decode(opened, type=Attempt)
        server = self._reach.server(found.institution)
        tokens = await server.redeem(code, attempt, self.redirect_uri)
        try:
            subject = await server.subject(tokens, nonce=attempt.nonce, now=self._clock())
            if subject is None:
                subject = await self._subject_from_data(found.institution, tokens)
            return await self._store.write_durable(self._finish, found, _Redeemed(tokens, subject))
        except BaseException:
            await self._store.write_durable(self._grants.discard, found.member, found.client.id, tokens)
            raise

    async def _subject_from_data(self, institution: Institution, tokens: Tokens) -> str | None:
        reached = self._reach.institution(institution)
        return None if reached.connector is None else await reached.connector.subject(reached.access(tokens))

    def _finish(self, unit: Unit, found: "_Found", redeemed: _Redeemed) -> Outcome:
        """Keep the grant with the member that it belongs to, which may be an older one of the same person."""
        now = self._clock()
        member = members.find(unit, found.member.user_id, found.member.id, now=now)
        if member is None or not oauth_states.is_redeeming(unit, found.state):
            self._grants.discard(unit, found.member, found.client.id, redeemed.tokens)
            return self._failed(unit, found, ErrorReason.SESSION_ERROR)
        inbound = self._inbound(unit, member, redeemed.subject)
        if inbound is None:
            self._grants.discard(unit, member, found.client.id, redeemed.tokens)
            return self._failed(unit, found, ErrorReason.DENIED)
        self._grants.replace(unit, inbound, found.client.id, redeemed.subject, redeemed.tokens)
        ended = {"expires_at": None, "challenged_until": None, "denials": 0}
        connected = members.set_connection(unit, inbound, now=now, status=Status.CONNECTED, **ended)
        if not found.state.skip_aggregation:
            connected = self._start_aggregation(unit, connected)
        oauth_states.succeed(unit, found.state, connected.guid, now=now)
        window = msgspec.structs.replace(
            found.state, auth_status=oauth_states.AuthStatus.SUCCESS, inbound_member_guid=connected.guid
        )
        return self._outcome(unit, window, found)

    def _inbound(self, unit: Unit, member: Member, subject: str | None) -> Member | None:
        """The member that holds the connection at the end; None when another person authorised a connected one."""
        if member.was_connected:
            before = grants.last_subject(unit, member)
            return member if before in (None, subject) else None
        if subject is None:
            return member
        known = grants.member_of_subject(unit, member.user_id, member.institution_id, subject)
        return member if known is None else members.by_id(unit, member.user_id, known, now=self._clock())

    async def _fail(self, found: "_Found", reason: ErrorReason) -> Outcome:
        return await self._store.write(self._failed, found, reason)

    def _failed(self, unit: Unit, found: "_Found", reason: ErrorReason) -> Outcome:
        oauth_states.fail(unit, found.state, reason, now=self._clock())
        window = msgspec.structs.replace(
            found.state, auth_status=oauth_states.AuthStatus.ERRORED, error_reason=int(reason)
        )
        return self._outcome(unit, window, found)

    def _outcome(self, unit: Unit, window: OAuthState, found: "_Found | None") -> Outcome:
        client = found.client if found else clients.of_user(unit, window.user_id)
        origins = tuple(clients.registered(unit, client.id, "origin"))
        institution = found.institution.name if found else None
        return outcome_of(window, institution=institution, client=client.name, origins=origins)


@lru_cache(maxsize=1024)
def _shown(source: str, scheme: str | None, client_redirect_url: str | None, skip: bool | None) -> str:
    """The query of a URI, for show: the stored values rule."""
    fields = {} if skip is None else {"skip_aggregation": "true" if skip else "false"}
    fields["referral_source"] = source
    fields["ui_message_webview_url_scheme"] = scheme or SHOWN_SCHEME
    if client_redirect_url is not None:
        fields["client_redirect_url"] = client_redirect_url
    return urlencode(fields)


def _allowed(unit: Unit, client_id: int) -> redirects.Allowed:
    client = clients.read(unit, client_id)
    urls, schemes = (tuple(clients.registered(unit, client_id, kind)) for kind in ("redirect", "scheme"))
    return redirects.Allowed(urls, schemes, client.loopback_redirects)


def _never_opened(window: OAuthState) -> bool:
    return window.state_hash is None


def _context(window: OAuthState) -> str:
    return f"user={window.user_id}|member={window.member_id}|state={window.id}"

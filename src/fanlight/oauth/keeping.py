"""Keeping: a redeemed grant goes to the member that it belongs to, at once or when its client has confirmed it."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from fanlight.base.clock import Clock
from fanlight.base.errors import Conflict
from fanlight.core import audit, clients, confirmations, grants, members, oauth_attempts, oauth_states
from fanlight.core.connection_status import Status
from fanlight.core.grants import Grant
from fanlight.core.members import Member
from fanlight.core.oauth_states import AuthStatus, ErrorReason, OAuthState, Phase
from fanlight.institutions.answers import Said
from fanlight.institutions.port import Tokens
from fanlight.oauth.attempts import Attempts, Found
from fanlight.oauth.grants import Grants
from fanlight.oauth.outcomes import Outcome
from fanlight.settings import Settings
from fanlight.storage.unit import Unit

ENDED_AT_ONCE = 500
"""How many grants that nobody confirmed, or attempts, are ended in one unit; the rest follow with the next sweep."""
EVEN_IF_OVER = 0
"""The moment at which a PENDING member is found that has ended by itself since."""


class Redeemed(NamedTuple):
    """A grant that is not stored yet, and whose it is."""

    tokens: Tokens
    subject: str | None
    is_first: bool = False
    """Whether its window was opened before the member had any connection."""


class Keeping:
    """Ends windows well. Everything here happens inside the caller's unit."""

    def __init__(
        self, *, settings: Settings, clock: Clock, grants: Grants, attempts: Attempts,
        start_aggregation: Callable[[Unit, Member], Member],
    ) -> None:  # fmt: skip
        self._settings = settings
        self._clock = clock
        self._grants = grants
        self._attempts = attempts
        self._start_aggregation = start_aggregation

    def finish(self, unit: Unit, found: Found, redeemed: Redeemed) -> Outcome:
        """Keep the grant with the member that it belongs to, which may be an older one of the same person."""
        now = self._clock()
        member = members.find(unit, found.member.user_id, found.member.id, now=now)
        if member is None or not oauth_states.is_redeeming(unit, found.state):
            self._grants.discard(unit, found.member, found.client.id, redeemed.tokens)
            return self._attempts.failed(unit, found, ErrorReason.SESSION_ERROR)
        if redeemed.is_first and redeemed.subject is None and member.was_connected:
            # Another window was faster, and nothing may be known yet that would tell two people apart.
            self._grants.discard(unit, member, found.client.id, redeemed.tokens)
            return self._attempts.failed(unit, found, ErrorReason.SESSION_ERROR)
        inbound = self._inbound(unit, member, redeemed.subject)
        if inbound is None:
            self._grants.discard(unit, member, found.client.id, redeemed.tokens)
            return self._attempts.failed(unit, found, ErrorReason.DENIED)
        if found.client.require_confirmation:
            return self._hold(unit, found._replace(member=member), inbound, redeemed)
        connected = self._connect(unit, found, inbound, redeemed)
        oauth_states.succeed(unit, found.state, connected.guid, now=now)
        return self._attempts.outcome(unit, _succeeded(found.state, connected), found)

    def give_up(self, unit: Unit, found: Found, tokens: Tokens) -> None:
        """Have what the institution gave revoked, unless it was kept: its unit may run after nobody waits for it."""
        is_anything = tokens.access_token or tokens.consent_id is not None
        if is_anything and not oauth_attempts.is_kept(unit, found.state):
            self._grants.discard(unit, found.member, found.client.id, tokens)

    def confirm(self, unit: Unit, user_id: int, guid: str) -> OAuthState:
        """The client saw its own user come back: the grant that waits is kept; once more changes nothing.

        Raises NotFound, and Conflict for a state that waits for no confirmation.
        """
        now = self._clock()
        window = oauth_states.read(unit, user_id, guid, now=now)
        if window.auth_status == AuthStatus.SUCCESS:
            return window
        if window.phase != Phase.HELD:
            raise Conflict("This OAuth state waits for no confirmation: nobody came back with it, or it has ended.")
        found = self._attempts.find(unit, window)
        grant = self._grants.held(unit, user_id, window.held_grant_id or 0)
        if found is None or grant is None:
            raise Conflict("What this OAuth state held has ended meanwhile.")
        reason = self._confirmed(unit, found, grant)
        if reason is None:
            audit.record(unit, found.client.id, audit.GRANT_CONFIRMED, found.member.guid, now=now, detail=guid)
        if reason is not None:
            self._grants.let_go(unit, grant)
            self._attempts.failed(unit, found, reason)
        return oauth_states.read(unit, user_id, guid, now=now)

    def end_unconfirmed(self, unit: Unit) -> None:
        """Revoke what nobody confirmed in time."""
        now = self._clock()
        for window in confirmations.overdue(unit, now=now, size=ENDED_AT_ONCE):
            grant = self._grants.held(unit, window.user_id, window.held_grant_id or 0)
            if grant is not None:
                self._grants.let_go(unit, grant)
            oauth_states.fail(unit, window, ErrorReason.SESSION_ERROR, now=now)

    def end_overdue(self, unit: Unit) -> None:
        """End attempts whose person did not come back in time, and redemptions that died with their process."""
        now = self._clock()
        abandoned_before = now - self._settings.redemption_timeout
        for window in oauth_attempts.overdue(unit, now=now, abandoned_before=abandoned_before, size=ENDED_AT_ONCE):
            is_ours = window.phase == Phase.REDEEMING
            self.end(unit, window, ErrorReason.SERVER_ERROR if is_ours else ErrorReason.SESSION_ERROR)

    def end_of_member(self, unit: Unit, member: Member) -> None:
        """The member is about to be deleted: what waits will not come any more."""
        for window in oauth_attempts.under_way(unit, member.user_id, member.id):
            self.end(unit, window, ErrorReason.SESSION_ERROR)
        oauth_states.end_all(unit, member.user_id, member.id, now=self._clock())

    def end(self, unit: Unit, window: OAuthState, reason: ErrorReason) -> None:
        """End an attempt without its person; a consent that they may have given is revoked."""
        attempt = self._attempts.unseal_or_none(window)
        consent_id = None if attempt is None else attempt.consent_id
        member = members.find(unit, window.user_id, window.member_id, now=EVEN_IF_OVER)
        if consent_id is not None and member is not None:
            client = clients.of_user(unit, window.user_id)
            self._grants.discard(unit, member, client.id, Tokens(access_token="", consent_id=consent_id))
        oauth_states.fail(unit, window, reason, now=self._clock())

    def _hold(self, unit: Unit, found: Found, inbound: Member, redeemed: Redeemed) -> Outcome:
        """Keep it where nothing can use it; for the person this is the end."""
        now = self._clock()
        until = now + self._settings.confirmation_lifetime
        key = self._grants.hold(unit, found.member, found.client.id, redeemed.subject, redeemed.tokens)
        window = confirmations.hold(unit, found.state, inbound, key, until=until, now=now)
        members.postpone_end(unit, found.member, until=until)
        return self._attempts.outcome(unit, window, found)

    def _confirmed(self, unit: Unit, found: Found, grant: Grant) -> ErrorReason | None:
        """Give a held grant to its member; or the reason why it cannot be any more."""
        now = self._clock()
        inbound = self._inbound(unit, found.member, grant.subject)
        if inbound is None:
            return ErrorReason.DENIED
        try:
            tokens = self._grants.release(unit, grant)
        except Said:
            return ErrorReason.SERVER_ERROR
        confirmations.confirm(unit, found.state, inbound, now=now)
        self._connect(unit, found, inbound, Redeemed(tokens, grant.subject))
        return None

    def _connect(self, unit: Unit, found: Found, inbound: Member, redeemed: Redeemed) -> Member:
        """The grant is the member's from now on, and what it had before is revoked."""
        now = self._clock()
        confirmations.end_of_member(unit, inbound, now=now)
        self._grants.replace(unit, inbound, found.client.id, redeemed.subject, redeemed.tokens)
        ended = {"expires_at": None, "challenged_until": None, "denials": 0}
        connected = members.set_connection(unit, inbound, now=now, status=Status.CONNECTED, **ended)
        return connected if found.state.skip_aggregation else self._start_aggregation(unit, connected)

    def _inbound(self, unit: Unit, member: Member, subject: str | None) -> Member | None:
        """The member that holds the connection at the end; None when another person authorised a connected one."""
        if member.was_connected:
            before = grants.last_subject(unit, member)
            return member if before in (None, subject) else None
        if subject is None:
            return member
        known = grants.member_of_subject(unit, member.user_id, member.institution_id, subject)
        return member if known is None else members.by_id(unit, member.user_id, known, now=self._clock())


def _succeeded(window: OAuthState, inbound: Member) -> OAuthState:
    return msgspec.structs.replace(
        window,
        phase=Phase.FINISHED.value,
        auth_status=AuthStatus.SUCCESS,
        inbound_member_guid=inbound.guid,
    )

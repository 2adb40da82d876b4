"""Attempts: windows with what they belong to, what is kept sealed with them, and how they end."""

import logging
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from fanlight.base.clock import Clock
from fanlight.core import clients, institutions, members, oauth_states
from fanlight.core.clients import Client
from fanlight.core.institutions import Institution
from fanlight.core.members import Member
from fanlight.core.oauth_states import AuthStatus, ErrorReason, OAuthState
from fanlight.institutions.registry import Details, parse_details
from fanlight.oauth.authorize import CALLBACK_PATH, Attempt
from fanlight.oauth.outcomes import Outcome, outcome_of
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault, VaultError

log = logging.getLogger(__name__)

PURPOSE = "window"


class Found(NamedTuple):
    """A window with what it belongs to."""

    state: OAuthState
    member: Member
    institution: Institution
    client: Client

    @property
    def is_open(self) -> bool:
        """Whether the institution takes this connection: one that is hidden takes no new ones."""
        return self.member.was_connected or not self.institution.is_hidden

    @property
    def details(self) -> Details:
        return parse_details(self.institution.details)


class Attempts:
    """What every step of a window needs of it."""

    def __init__(self, *, public_url: Callable[[], str], store: Store, vault: Vault, clock: Clock) -> None:
        self._public_url = public_url
        self._store = store
        self._vault = vault
        self._clock = clock

    def find(self, unit: Unit, window: OAuthState) -> Found | None:
        """The window's member, institution and client; None when one of them is gone or not to be served."""
        member = members.find(unit, window.user_id, window.member_id, now=self._clock())
        if member is None:
            return None
        institution = institutions.by_id(unit, member.institution_id)
        client = clients.of_user(unit, window.user_id)
        return None if client.disabled_at is not None else Found(window, member, institution, client)

    def seal(self, window: OAuthState, attempt: Attempt) -> bytes:
        return self._vault.seal(PURPOSE, _context(window), msgspec.json.encode(attempt))

    def unseal(self, window: OAuthState) -> Attempt:
        """What was sealed with the window when it was opened. Raises VaultError."""
        return msgspec.json.decode(self._vault.open(PURPOSE, _context(window), window.sealed or b""), type=Attempt)

    def unseal_or_none(self, window: OAuthState) -> Attempt | None:
        """The same; None where it was erased, or cannot be opened any more."""
        try:
            return None if window.sealed is None else self.unseal(window)
        except VaultError:
            log.exception("what was sealed with window %s cannot be opened", window.guid)
            return None

    def cookie_name(self, key: int) -> str:
        return cookie_name(self._public_url(), key)

    def redirect_uri(self, found: Found) -> str:
        """Where the institution sends the browser back: one address for all, told apart by `iss`, or one of its own."""
        server = found.details.oauth
        is_own = server is not None and server.redirect_uri == "own"
        return self._public_url() + CALLBACK_PATH + (f"/{found.institution.code}" if is_own else "")

    def consent_uri(self, found: Found, state: str) -> str:
        """Where the browser comes back to from a consent that knows no state of its own: ours is in the path."""
        return f"{self._public_url()}{CALLBACK_PATH}/{found.institution.code}/{state}"

    async def fail(self, found: Found, reason: ErrorReason) -> Outcome:
        return await self._store.write(self.failed, found, reason)

    def failed(self, unit: Unit, found: Found, reason: ErrorReason) -> Outcome:
        """End the attempt without a connection."""
        oauth_states.fail(unit, found.state, reason, now=self._clock())
        ended = {"phase": oauth_states.Phase.FINISHED.value, "auth_status": int(AuthStatus.ERRORED)}
        window = msgspec.structs.replace(found.state, **ended, error_reason=int(reason))
        return self.outcome(unit, window, found)

    def outcome(self, unit: Unit, window: OAuthState, found: Found | None) -> Outcome:
        """How the window stands, for its person and its client."""
        client = found.client if found else clients.of_user(unit, window.user_id)
        return outcome_of(
            window,
            institution=found.institution.name if found else None,
            client=client.name,
            origins=tuple(clients.registered(unit, client.id, "origin")),
            is_confirmed=client.require_confirmation,
        )


def cookie_name(public_url: str, key: int) -> str:
    """An attempt's cookie; on https its prefix makes browsers refuse one from a subdomain or plain http."""
    return f"{'__Host-' if public_url.startswith('https:') else ''}fanlight_oauth_{key}"


def _context(window: OAuthState) -> str:
    return f"user={window.user_id}|member={window.member_id}|state={window.id}"

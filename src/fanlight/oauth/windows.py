"""OAuth windows: the one-time URI that sends a person to an institution, and what happens when they come back.

`issue` makes the URI, `open` spends it and sends the browser on (`opening`), `close` takes the callback (`redeeming`)
and what comes of it is kept (`keeping`). Each step is taken at most once, by a conditional update; institutions are
spoken to between units, never inside one.
"""

from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlencode

from fanlight.base.clock import Clock
from fanlight.base.errors import Malformed, OAuthUnsupported
from fanlight.base.tokens import new_secret
from fanlight.core import clients, oauth_states, redirects
from fanlight.core.member_briefs import Brief
from fanlight.core.members import Member
from fanlight.core.oauth_states import WindowOptions
from fanlight.core.sessions import Session
from fanlight.oauth.attempts import Attempts
from fanlight.oauth.grants import Grants
from fanlight.oauth.keeping import Keeping
from fanlight.oauth.opening import Opening
from fanlight.oauth.reach import Reach
from fanlight.oauth.redeeming import IsAnotherPerson, Redeeming
from fanlight.settings import Settings
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

SHOWN_SCHEME = "MX"
FOREVER = 2**62


class Windows:
    """Everything that is done with windows. `start_aggregation` begins a job for a member inside a unit."""

    def __init__(
        self, *, settings: Settings, public_url: Callable[[], str], store: Store, vault: Vault, clock: Clock,
        reach: Reach, grants: Grants, start_aggregation: Callable[[Unit, Member], Member],
        is_another_person: IsAnotherPerson,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._public_url = public_url
        self._clock = clock
        attempts = Attempts(public_url=public_url, store=store, vault=vault, clock=clock)
        self._keeping = Keeping(
            settings=settings, clock=clock, grants=grants, attempts=attempts, start_aggregation=start_aggregation
        )
        self._opening = Opening(
            settings=settings, store=store, clock=clock, reach=reach, grants=grants, attempts=attempts
        )
        self._redeeming = Redeeming(
            settings=settings,
            store=store,
            clock=clock,
            reach=reach,
            attempts=attempts,
            keeping=self._keeping,
            is_another_person=is_another_person,
        )
        self.question = self._opening.question
        self.open = self._opening.open
        self.close = self._redeeming.close
        self.confirm = self._keeping.confirm
        self.end_unconfirmed = self._keeping.end_unconfirmed
        self.end_overdue = self._keeping.end_overdue
        self.end_of_member = self._keeping.end_of_member

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

"""How a window ends, as the pages and redirects tell it: an outcome of an attempt, or a trouble with the request."""

from enum import StrEnum
from typing import NamedTuple

from fanlight.base.guids import is_guid
from fanlight.core import redirects
from fanlight.core.oauth_states import AuthStatus, ErrorReason, OAuthState, Phase


class Outcome(NamedTuple):
    """The end of an attempt. `link` is where an app or client takes over; None ends on our own page.

    `state_guid` is told to clients that have to confirm it. What waits for that ends as a success does.
    """

    is_success: bool
    reason: str | None
    member_guid: str
    institution: str | None
    client: str | None
    origins: tuple[str, ...]
    link: str | None
    state_guid: str | None = None

    @property
    def status(self) -> str:
        return "success" if self.is_success else "error"


class Refused(Exception):
    """What came back is not taken, or cannot be: the attempt ends with this reason."""

    def __init__(self, reason: ErrorReason) -> None:
        super().__init__(reason.name)
        self.reason = reason


class TroubleKind(StrEnum):
    UNKNOWN = "unknown"
    USED = "used"
    OTHER_BROWSER = "other_browser"
    REPEATED = "repeated"
    IN_FLIGHT = "in_flight"
    LATE = "late"


class Trouble(NamedTuple):
    """A request that changes nothing: a token or callback that is unknown, used, late, or somebody else's."""

    kind: TroubleKind
    member_guid: str = ""
    institution: str | None = None
    client: str | None = None
    outcome: Outcome | None = None

    @classmethod
    def unknown(cls, member_guid: str) -> "Trouble":
        """Unknown, expired or superseded; the guid is the caller's own text, so only its form is let through."""
        return cls(TroubleKind.UNKNOWN, member_guid if is_guid(member_guid, "MBR") else "")

    @classmethod
    def used(cls, institution: str, client: str) -> "Trouble":
        return cls(TroubleKind.USED, institution=institution, client=client)

    @classmethod
    def other_browser(cls) -> "Trouble":
        return cls(TroubleKind.OTHER_BROWSER)

    @classmethod
    def repeated(cls, outcome: Outcome) -> "Trouble":
        return cls(TroubleKind.REPEATED, outcome=outcome)

    @classmethod
    def in_flight(cls) -> "Trouble":
        return cls(TroubleKind.IN_FLIGHT)

    @classmethod
    def late(cls) -> "Trouble":
        return cls(TroubleKind.LATE)


def outcome_of(
    window: OAuthState, *, institution: str | None, client: str, origins: tuple[str, ...], is_confirmed: bool = False
) -> Outcome:
    """The outcome of a finished window: the inbound member on success, the outbound one on error.

    `is_confirmed` says that the client has to confirm successes.
    """
    success = window.auth_status == AuthStatus.SUCCESS or window.phase == Phase.HELD
    reason = None if success else ErrorReason(window.error_reason or 0).name
    guid = (window.inbound_member_guid or window.member_guid) if success else window.member_guid
    state_guid = window.guid if success and is_confirmed else None
    outcome = Outcome(success, reason, guid, institution, client, origins, None, state_guid)
    return outcome._replace(link=_link(window, outcome))


def _link(window: OAuthState, outcome: Outcome) -> str | None:
    """Where an APP window goes on: the client's URL if it gave one, else the app's scheme."""
    if window.referral_source != "APP":
        return None
    target = window.client_redirect_url or redirects.app_link(window.url_scheme)
    return redirects.with_result(
        target,
        status=outcome.status,
        member_guid=outcome.member_guid,
        error_reason=outcome.reason,
        oauth_state_guid=outcome.state_guid,
    )

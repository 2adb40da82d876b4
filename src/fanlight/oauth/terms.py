"""The terms of a grant: how long its tokens live, when they are refreshed, when it ends. Pure.

Times are Unix seconds.
"""

import hashlib

from fanlight.base.clock import DAY
from fanlight.core.grants import Ends, Grant
from fanlight.institutions.answers import Said
from fanlight.institutions.port import Tokens
from fanlight.institutions.registry import Details

LATEST_SHARE = 0.80
"""At which part of an access token's life it is refreshed at the latest."""
JITTER = 0.05
"""How much sooner that may be: grants of one hour are not refreshed in one second."""
EXPIRED_AHEAD = 10
"""How many seconds before its end an access token is taken to have ended: a request takes its time."""
FIRST_PAUSE = 10
LAST_PAUSE = 900
"""Between two refreshes of a grant that failed: the pause doubles each time."""
LONGEST_PAUSE = DAY
"""The longest `Retry-After` that is believed."""


def life(tokens: Tokens, usual: int) -> int:
    """How long the access token lives; the usual where its server did not say."""
    return tokens.expires_in or usual


def refresh_at(grant: Grant, lifetime: int) -> int:
    """When the tokens of a grant are due to be refreshed: another moment for each, the same whenever it is asked."""
    drawn = hashlib.sha256(f"{grant.id}/{grant.refresh_number}".encode()).digest()
    fraction = int.from_bytes(drawn[:4]) / 2**32
    return grant.access_expires_at - lifetime + int(lifetime * (LATEST_SHARE - JITTER * fraction))


def has_expired(grant: Grant, lifetime: int, now: int) -> bool:
    """Whether an access token is not to be used any more."""
    return now >= grant.access_expires_at - min(EXPIRED_AHEAD, lifetime // 10)


def first_ends(tokens: Tokens, details: Details, now: int) -> Ends:
    """When a new grant ends: what the institution said, else what its entry says."""
    consent = tokens.consent_expires_at or _after(details.consent_days, now)
    reconfirm_by = _after(_reconfirm_days(details), now)
    refresh = refresh_end(tokens, details, now)
    looks = [end for end in (consent, reconfirm_by) if end is not None]
    looks += [] if refresh is None else [(now + refresh) // 2]
    if not looks and tokens.consent_id is None:
        return Ends()
    return Ends(consent, refresh, reconfirm_by, watched_at=min([now + DAY, *looks]))


def refresh_end(tokens: Tokens, details: Details, now: int) -> int | None:
    """When a refresh token dies that came at a moment; None where nobody says it."""
    if tokens.refresh_token is None:
        return None
    return now + tokens.refresh_expires_in if tokens.refresh_expires_in else _after(details.refresh_idle_days, now)


def reconfirmed_until(details: Details, now: int) -> int | None:
    """Until when a person's word of this moment holds; None where nobody has to give it."""
    return _after(_reconfirm_days(details), now)


def pause(failures: int, said: Said) -> int:
    """For how many seconds nothing is sent after a request failed: as long as it was said, else longer each time."""
    usual = min(LAST_PAUSE, FIRST_PAUSE * 2 ** min(failures, 16))
    return usual if said.retry_after is None else max(1, min(said.retry_after, LONGEST_PAUSE))


def _after(days: int | None, now: int) -> int | None:
    return None if days is None else now + days * DAY


def _reconfirm_days(details: Details) -> int | None:
    return details.reconfirm_after_days

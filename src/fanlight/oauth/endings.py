"""What is said where a grant is not in use any more: one sentence for each reason, for those who run the client."""

from fanlight.base.clock import timestamp
from fanlight.core.grants import Grant, Why
from fanlight.institutions.answers import Said, Saying

_RENEW = "the person has to renew the connection."
TOLD: dict[Why, str] = {
    Why.REFUSED: f"The institution does not take this connection's permission any more (invalid_grant); {_RENEW}",
    Why.LOST: f"A refresh of the permission was sent and its answer never came; {_RENEW}",
    Why.WITHDRAWN: f"The institution says that the person's consent has ended; {_RENEW}",
    Why.EXPIRED: f"The time of the person's consent is over; {_RENEW}",
}
"""The other reasons need no word: who replaced, deleted or never used a grant knows it."""


def ended(why: Why | None) -> Said:
    """What a grant says that has ended; None for one that never was."""
    if why is None:
        return Said(Saying.CONSENT_EXPIRED, "the member has no grant")
    return Said(Saying.CONSENT_EXPIRED, f"the grant has ended: {why.value}", told=TOLD.get(why))


def check_ends(grant: Grant, now: int) -> None:
    """Raise Said(CONSENT_EXPIRED) where a grant may not be used for data: its time is over, or its person's word."""
    if grant.consent_expires_at is not None and now >= grant.consent_expires_at:
        raise ended(Why.EXPIRED)
    if grant.reconfirm_by is not None and now >= grant.reconfirm_by:
        until = timestamp(grant.reconfirm_by)
        told = f"The person's word that this connection goes on held until {until}; it has to be given again."
        raise Said(Saying.CONSENT_EXPIRED, "the consent was not confirmed again in time", told=told)

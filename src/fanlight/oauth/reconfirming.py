"""Reconfirming: a person's word, given here and not at the institution, that a consent goes on (UK: each 90 days)."""

from fanlight.base.errors import Conflict
from fanlight.core import audit, consent_ends, grants, institutions, members
from fanlight.core.connection_status import Status
from fanlight.core.grants import Grant
from fanlight.core.members import Member
from fanlight.institutions.registry import parse_details
from fanlight.oauth import terms
from fanlight.storage.unit import Unit


def reconfirm(unit: Unit, member: Member, *, now: int) -> Grant:
    """Let the consent go on from this moment; a member that was IMPAIRED for want of it is CONNECTED again.

    Raises Conflict where there is nothing to confirm: no consent in use, or one that only the institution can renew.
    """
    grant = grants.active(unit, member.user_id, member.id)
    if grant is None or (grant.consent_expires_at is not None and now >= grant.consent_expires_at):
        raise Conflict("The consent has ended: the person has to give it again at the institution.")
    by = terms.reconfirmed_until(parse_details(institutions.by_id(unit, member.institution_id).details), now)
    if by is None or grant.reconfirm_by is None:
        raise Conflict("Consents at this institution need no confirmation.")
    consent_ends.reconfirm(unit, grant, by=by, look_at=now)
    if now >= grant.reconfirm_by and member.status == Status.IMPAIRED:
        members.set_connection(unit, member, now=now, status=Status.CONNECTED)
    audit.record(unit, grant.client_id, audit.CONSENT_RECONFIRMED, member.guid, now=now)
    confirmed = grants.by_id(unit, grant.user_id, grant.id)
    assert confirmed is not None  # noqa: S101 - it was changed in this unit
    return confirmed

"""Consents of a client's user: when they end, until when nothing is asked, and the person's word that one goes on."""

from typing import Any

from fanlight.api.control.kit import OF_USER, Call, Route
from fanlight.base.clock import timestamp
from fanlight.core import grants, institutions, members, rate_ledger
from fanlight.core.grants import Grant
from fanlight.core.members import Member
from fanlight.core.rate_ledger import Place
from fanlight.institutions.registry import parse_details
from fanlight.oauth import reconfirming


def read(call: Call) -> dict[str, Any]:
    member = _member(call)
    return _wire(call, member, grants.active(call.unit, call.user.id, member.id))


def reconfirm(call: Call) -> dict[str, Any]:
    member = _member(call)
    return _wire(call, member, reconfirming.reconfirm(call.unit, member, now=call.now))


def _member(call: Call) -> Member:
    return members.read(call.unit, call.user.id, call.params["member_guid"], now=call.now)


def _wire(call: Call, member: Member, grant: Grant | None) -> dict[str, Any]:
    details = parse_details(institutions.by_id(call.unit, member.institution_id).details)
    place = Place(member.institution_id, member.user_id, member.id)
    next_slot = rate_ledger.next_slot(call.unit, place, most=details.unattended_calls_per_day, now=call.now)
    why = grants.why_ended(call.unit, call.user.id, member.id) if grant is None else None
    ends = ("promised_until", "expires_at", "read_at", "refresh_expires_at", "reconfirm_by")
    known = [None] * len(ends) if grant is None else [
        grant.consent_promised_until, grant.consent_expires_at, grant.consent_read_at, grant.refresh_expires_at,
        grant.reconfirm_by,
    ]  # fmt: skip
    return {
        "member_guid": member.guid,
        "is_active": grant is not None,
        "ended_for": why,
        **{name: timestamp(moment) for name, moment in zip(ends, known, strict=True)},
        "next_slot": timestamp(next_slot),
    }


_PATH = f"{OF_USER}/members/{{member_guid}}"
ROUTES = (
    Route("GET", f"{_PATH}/consent", read, "Tell when the consent behind a member ends", "consent", reads=True),
    Route("POST", f"{_PATH}/reconfirm", reconfirm, "Confirm for the person that a consent goes on", "consent"),
)

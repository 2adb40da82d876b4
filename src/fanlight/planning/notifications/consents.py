"""Consents: a person is told in time that a permission which they gave ends, or that their word is wanted again."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from fanlight.base.clock import timestamp
from fanlight.planning import outbox
from fanlight.planning.days import day_in, zone_of
from fanlight.planning.notifications import deliverables, profiles, store
from fanlight.planning.notifications.evaluate import text_for
from fanlight.planning.notifications.kinds import Kind
from fanlight.planning.notifications.store import ONCE
from fanlight.planning.wording import day, short
from fanlight.planning.written import Written
from fanlight.storage.unit import Unit

CONSENT = "consent"
"""`kind` in the outbox."""
_ROOM = 80

End = Literal["consent", "refresh", "reconfirmation"]
"""What ends: the consent, the life of an unused refresh token, or the time for which the person's word holds."""


class Ending(NamedTuple):
    """An end that comes, or has come, of a member's permission."""

    user_id: int
    member_guid: str
    member_name: str
    institution_guid: str
    what: End
    at: int


def tell(unit: Unit, ending: Ending, days: int, *, now: int, wake: Callable[[], None]) -> None:
    """Tell of an end that comes within so many days: a row in the outbox, and a notification where it is wanted."""
    outbox.add(unit, ending.user_id, CONSENT, outbox.UPDATED, _payload(ending, days=days), now=now)
    profile = profiles.read(unit, ending.user_id).of(Kind.SYSTEM_NOTIFICATION)
    zone = zone_of(unit, ending.user_id)
    last = day_in(zone, ending.at)
    event = f"{ONCE}{Kind.SYSTEM_NOTIFICATION.name}/{ending.member_guid}/{ending.what}/{last.isoformat()}/{days}"
    if not profile.is_enabled or store.told(unit, ending.user_id, [event]):
        return
    subject = _subject(ending, day(last))
    today = day_in(zone, now).isoformat()
    row = store.add(
        unit, ending.user_id, Kind.SYSTEM_NOTIFICATION, subject, event=event, today=today, now=now,
        entity_guid=ending.member_guid, deep_link_guid=ending.member_guid,
    )  # fmt: skip
    for channel in profile.channels:
        deliverables.add(unit, row, channel, text_for(channel, subject), now=now, wake=wake)
    store.tell(unit, row, outbox.CREATED, profile.channels, now=now)


def tell_ended(unit: Unit, ending: Ending, why: str, *, now: int) -> None:
    """Put into the outbox that it has ended."""
    outbox.add(unit, ending.user_id, CONSENT, outbox.DELETED, _payload(ending, reason=why), now=now)


def _subject(ending: Ending, last: str) -> str:
    name = short(ending.member_name, _ROOM)
    if ending.what == "reconfirmation":
        return f"Please confirm by {last} that {name} may go on sharing your data."
    return f"Your permission for {name} ends on {last}. Renew it to keep your data coming."


def _payload(ending: Ending, **more: Any) -> dict[str, Any]:
    return {
        "member_guid": ending.member_guid,
        "institution_guid": ending.institution_guid,
        "ending": ending.what,
        "ends_at": timestamp(ending.at),
        **more,
    }


RULES = (
    Written(
        "SYSTEM_NOTIFICATION",
        "The consent behind a member ends within 30, 7 or 1 days, or its user has to confirm it again by then. Each "
        "once for an end; of several that are due at once only the nearest; none that the consent is too short for.",
        "ours",
    ),
)

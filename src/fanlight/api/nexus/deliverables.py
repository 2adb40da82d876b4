"""Deliverables of notifications on the Nexus wire: one text for each channel."""

from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.nexus.kit import PAGE, WHOLE, Call, Route, shown
from fanlight.api.nexus.notifications import named
from fanlight.base.errors import MissingParams
from fanlight.base.paging import Paged
from fanlight.planning import days, outbox
from fanlight.planning.notifications import deliverables, store
from fanlight.planning.notifications.kinds import CHANNELS, Channel

LONGEST_CONTENT = 100_000


class DeliverableNotification(msgspec.Struct):
    channel: int
    channel_name: str
    content: str
    delivered_at: str | None
    delivered_on: str | None
    guid: str
    has_been_delivered: bool


class DeliverableBody(fields.ChangeBody, kw_only=True):
    channel: int | str | msgspec.UnsetType | None = msgspec.UNSET
    content: str | msgspec.UnsetType | None = msgspec.UNSET


def list_all(call: Call) -> list[msgspec.Struct] | Paged[msgspec.Struct]:
    return call.paged(deliverables.list_all(call.unit, named(call)), lambda row: _wire(call, row))


def read(call: Call) -> msgspec.Struct:
    return _wire(call, _named(call))


def create(call: Call) -> msgspec.Struct:
    notification = named(call)
    said = fields.sent(call.body("deliverable", DeliverableBody), _READERS)
    missing = [name for name in _READERS if said.get(name) is None]
    if missing:
        raise MissingParams(*missing)
    wake = call.runtime.queue.wake
    row = deliverables.add(
        call.unit, notification, said["channel"], said["content"], now=call.now, wake=wake
    )  # fmt: skip
    _tell(call, notification)
    return _wire(call, row)


def delete(call: Call) -> None:
    notification = named(call)
    deliverables.remove(call.unit, deliverables.read(call.unit, notification, call.params["deliverable_guid"]))
    _tell(call, notification)


def _tell(call: Call, notification: store.Row) -> None:
    """Say in the outbox over which channels the notification goes now."""
    channels = [each.channel for each in deliverables.list_all(call.unit, notification)]
    store.tell(call.unit, notification, outbox.UPDATED, channels, now=call.now)


def _named(call: Call) -> deliverables.Row:
    return deliverables.read(call.unit, named(call), call.params["deliverable_guid"])


def _wire(call: Call, row: deliverables.Row) -> msgspec.Struct:
    at = row.delivered_at
    return shown(
        DeliverableNotification,
        row,
        channel=int(row.channel),
        channel_name=row.channel.name,
        delivered_on=None if at is None else days.today_of(call.unit, call.user_id, at).isoformat(),
        has_been_delivered=at is not None,
    )


def _channel(value: Any, name: str) -> Channel:
    return Channel(fields.choice(value, name, CHANNELS))


def _content(value: Any, name: str) -> str:
    return fields.text(value, name, longest=LONGEST_CONTENT, lines=True)


_READERS: dict[str, fields.Reader] = {"channel": _channel, "content": _content}

_ALL = "/notifications/{notification_guid}/deliverables"
_DELIVERABLE = f"{_ALL}/{{deliverable_guid}}"
ROUTES = (
    Route(
        "notifications", "GET", _ALL, list_all, "List deliverables", "deliverable_notifications",
        DeliverableNotification, many=True, may_page=True, query=PAGE, note=f"The oldest first. {WHOLE}",
    ),
    Route(
        "notifications", "POST", _ALL, create, "Create deliverable", "deliverable_notification",
        DeliverableNotification, takes=DeliverableBody, body_root="deliverable", root_optional=True,
        errors=(400, 401, 404, 409),
        note="channel is 1 EMAIL, 2 PUSH, 3 SMS or 4 IN_APP, as a number or a name; 400 for any other. content is "
        f"required (at most {LONGEST_CONTENT} characters); that of an e-mail is HTML where it begins with <. A second "
        "one for the same channel is refused (409).",
    ),
    Route(
        "notifications", "GET", _DELIVERABLE, read, "Read deliverable", "deliverable_notification",
        DeliverableNotification,
        note="Delivered is what is for the app at once, an e-mail when a mail server has taken it, and PUSH and SMS "
        "never: they are for whoever reads the outbox.",
    ),
    Route(
        "notifications", "DELETE", _DELIVERABLE, delete, "Delete deliverable", empty=True,
        note="An e-mail that was not sent yet is not sent.",
    ),
)  # fmt: skip

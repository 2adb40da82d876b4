"""Notifications on the Nexus wire: those that rules made, and those that a client makes."""

from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.nexus.kit import PAGE, WHOLE, Call, Route, shown
from fanlight.api.nexus.transactions import DATES, days_of_query
from fanlight.base.errors import MissingParams
from fanlight.base.paging import Paged
from fanlight.planning.notifications import store

LONGEST_CONTENT = 8192


class Notification(msgspec.Struct):
    created_on: str
    deep_link_guid: str | None
    entity_guid: str | None
    guid: str
    has_been_viewed: bool
    notification_type: int
    notification_type_name: str
    subject: str
    threshold: int | None


class NotificationBody(fields.ChangeBody, kw_only=True):
    content: str | msgspec.UnsetType | None = msgspec.UNSET
    subject: str | msgspec.UnsetType | None = msgspec.UNSET


def list_all(call: Call) -> list[msgspec.Struct] | Paged[msgspec.Struct]:
    first, last = days_of_query(call)
    return call.paged(store.between(call.unit, call.user_id, first, last), wire)


def read(call: Call) -> msgspec.Struct:
    return wire(store.view(call.unit, named(call)))


def create(call: Call) -> msgspec.Struct:
    said = fields.sent(call.body("notification", NotificationBody), _READERS)
    if said.get("subject") is None:
        raise MissingParams("subject")
    today = call.today.isoformat()
    made = store.create(
        call.unit, call.user_id, said["subject"], said.get("content"), today=today, now=call.now
    )  # fmt: skip
    return wire(made)


def delete(call: Call) -> None:
    store.remove(call.unit, named(call), now=call.now)


def named(call: Call) -> store.Row:
    """The notification of the path; raises NotFound."""
    return store.read(call.unit, call.user_id, call.params["notification_guid"])


def wire(row: store.Row) -> msgspec.Struct:
    return shown(Notification, row, notification_type=int(row.notification_type))


def _content(value: Any, name: str) -> str:
    return fields.text(value, name, longest=LONGEST_CONTENT, may_be_empty=True, lines=True)


_READERS: dict[str, fields.Reader] = {"content": _content, "subject": fields.name}

_NOTIFICATION = "/notifications/{notification_guid}"
ROUTES = (
    Route(
        "notifications", "GET", "/notifications", list_all, "List notifications", "notifications", Notification,
        many=True, may_page=True, query=(*DATES, *PAGE), errors=(400, 401), planned=True,
        note=f"By created_on, the user's day; the newest first. {WHOLE}",
    ),
    Route(
        "notifications", "POST", "/notifications", create, "Create notification", "notification", Notification,
        takes=NotificationBody, body_root="notification", root_optional=True, errors=(400, 401, 422),
        note=f"At most {store.MOST:,} for a user. subject is required (at most {fields.LONGEST_NAME} characters), "
        f"content optional (at most {LONGEST_CONTENT}). Its type is API_NOTIFICATION; nothing is sent "
        "before it has a deliverable.",
    ),
    Route(
        "notifications", "GET", _NOTIFICATION, read, "Read notification", "notification", Notification, planned=True,
        note="No operation sets has_been_viewed: reading a single notification does, and shows it true. Lists do not.",
    ),
    Route(
        "notifications", "DELETE", _NOTIFICATION, delete, "Delete notification", errors=(401, 403, 404), empty=True,
        note="403 for any other type than API_NOTIFICATION. Its deliverables go with it.",
    ),
)  # fmt: skip

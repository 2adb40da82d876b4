"""Notifications and deliverables that the contract's cases speak of."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from contract.control_things import Control
from fanlight.core import users
from fanlight.planning.notifications import store
from fanlight.planning.notifications.kinds import Kind
from support.world import Nexus

if TYPE_CHECKING:
    from contract.things import Things


def notification(nexus: Nexus, **fields: Any) -> dict[str, Any]:
    """One that a client makes."""
    body = {"notification": {"subject": "A new card is on its way", **fields}}
    answer: dict[str, Any] = nexus.ok("POST", "/notifications", body)["notification"]
    return answer


def deliverable(nexus: Nexus, of: str, channel: Any = "IN_APP", content: str = "Look out for it.") -> dict[str, Any]:
    """The text of a notification for a channel."""
    body = {"deliverable": {"channel": channel, "content": content}}
    answer: dict[str, Any] = nexus.ok("POST", f"/notifications/{of}/deliverables", body)["deliverable_notification"]
    return answer


def of_system(nexus: Nexus) -> str:
    """One that is of another type than clients make."""
    world = nexus.world
    user = world.unit(users.by_guid, Control(nexus).user)
    event = f"once/test/{world.rows('SELECT count(*) FROM notifications')[0][0]}"
    row = world.unit(
        store.add, user.id, Kind.BUDGET_EXCEEDED, "Too much", event=event, today="2026-08-02", now=world.clock()
    )
    return row.guid


def _with_deliverable(things: "Things") -> str:
    guid = str(notification(things.nexus)["guid"])
    things.keep("its_deliverable", str(deliverable(things.nexus, guid)["guid"]))
    return guid


def _deliverable(things: "Things") -> str:
    return str(deliverable(things.nexus, things.get("notification"))["guid"])


def _foreign(things: "Things") -> str:
    other = things.world.user(things.unique("other"))
    guid = str(notification(other)["guid"])
    things.keep("foreign_deliverable", str(deliverable(other, guid)["guid"]))
    return guid


def _full_session(things: "Things") -> str:
    """The session of a user for whom a client has made as many as it may."""
    nexus = things.nexus.world.user("has-enough")
    notification(nexus)
    nexus.world.rows(
        "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO notifications (user_id, guid, event, notification_type, subject, has_been_viewed, created_on, "
        "created_at) SELECT user_id, o.guid || i, event || i, notification_type, subject, 0, created_on, o.created_at "
        "FROM notifications o JOIN users ON users.id = user_id JOIN n WHERE external_id = 'has-enough'",
        store.MOST,
    )
    return nexus.token


KEPT: dict[str, Callable[["Things"], str]] = {
    "notification": lambda things: str(notification(things.nexus)["guid"]),
    "deliverable": _deliverable,
    "foreign_notification": _foreign,
    "noted_session": _full_session,
    "system_notification": lambda things: of_system(things.nexus),
}
FRESH: dict[str, Callable[["Things"], str]] = {
    "new_notification": lambda things: str(notification(things.nexus)["guid"]),
    "notification_with_deliverable": _with_deliverable,
}

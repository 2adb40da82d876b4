"""Deliverables: the text of a notification for one channel, and what became of it.

An e-mail is sent by a task of the queue; what is for the app is there at once; the others are for whoever reads the
outbox, and stay undelivered here.
"""

from collections.abc import Callable
from enum import StrEnum

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from fanlight.base.errors import Conflict, NotFound
from fanlight.base.guids import new_guid
from fanlight.planning.notifications.kinds import Channel
from fanlight.planning.notifications.store import Row as Notification
from fanlight.planning.notifications.store import of_gone_account
from fanlight.queue import tasks
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import deliverables, notifications
from fanlight.storage.unit import Unit

SEND = "mail"
"""Kind of task: send one e-mail. Also the lane of these tasks."""


class State(StrEnum):
    """What became of a deliverable."""

    LEFT = "left to whoever reads the outbox"
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The connection ended while it was sent: it may have come or not, and is not sent again."""
    NO_ADDRESS = "no address"
    NO_SERVER = "no server"


class Row(msgspec.Struct, frozen=True):
    """What the table holds."""

    id: int
    user_id: int
    notification_id: int
    guid: str
    channel: Channel
    content: str
    state: str
    created_at: int
    delivered_at: int | None


class Letter(msgspec.Struct, frozen=True):
    """What is to be sent as an e-mail."""

    guid: str
    state: str
    content: str
    subject: str
    body: str | None
    """What the notification says beside its subject."""


_row = row_of(Row)
_FIRST_STATE = {Channel.EMAIL: State.PENDING, Channel.IN_APP: State.SENT}
_OF_NOTIFICATION = (deliverables.c.user_id == bindparam("user_id")) & (
    deliverables.c.notification_id == bindparam("notification_id")
)
_NAMED = (deliverables.c.id == bindparam("of")) & (deliverables.c.user_id == bindparam("user"))


@statement
def _insert() -> Clause:
    return insert(deliverables).values(binds(Row.__struct_fields__[1:]))


@statement
def _all() -> Clause:
    # By channel, so that the notification's index is taken, not one of all that the user has.
    return select(*columns(deliverables, Row)).where(_OF_NOTIFICATION).order_by(deliverables.c.channel)


@statement
def _delete() -> Clause:
    return delete(deliverables).where(_NAMED)


@statement
def _letter() -> Clause:
    joined = deliverables.join(notifications, notifications.c.id == deliverables.c.notification_id)
    shown = (deliverables.c.guid, deliverables.c.state, deliverables.c.content)
    return (
        select(*shown, notifications.c.subject, notifications.c.content)
        .select_from(joined)
        .where(deliverables.c.user_id == bindparam("user_id"), deliverables.c.id == bindparam("id"), ~of_gone_account())
    )


@statement
def _begin() -> Clause:
    pending = deliverables.c.state == State.PENDING.value
    return update(deliverables).where(_NAMED, pending).values(state=State.SENDING.value)


@statement
def _set_state() -> Clause:
    return update(deliverables).where(_NAMED).values(state=bindparam("new_state"), delivered_at=bindparam("at"))


def list_all(unit: Unit, notification: Notification) -> list[Row]:
    """Those of a notification, the oldest first."""
    given = {"user_id": notification.user_id, "notification_id": notification.id}
    found: list[Row] = unit.all(_row, _all, **given)
    return sorted(found, key=lambda row: row.id)


def read(unit: Unit, notification: Notification, guid: str) -> Row:
    found = next((each for each in list_all(unit, notification) if each.guid == guid), None)
    if found is None:
        raise NotFound("There is no such deliverable.")
    return found


def add(
    unit: Unit, notification: Notification, channel: Channel, content: str, *, now: int, wake: Callable[[], None]
) -> Row:  # fmt: skip
    """A new one, which goes its way when the unit commits; raises Conflict where the channel has one."""
    if any(each.channel is channel for each in list_all(unit, notification)):
        raise Conflict(f"channel: the notification has a deliverable for {channel.name} already.")
    row = Row(
        id=0,
        user_id=notification.user_id,
        notification_id=notification.id,
        guid=new_guid("DNF"),
        channel=channel,
        content=content,
        state=_FIRST_STATE.get(channel, State.LEFT).value,
        created_at=now,
        delivered_at=now if channel is Channel.IN_APP else None,
    )
    row = msgspec.structs.replace(row, id=unit.insert_row(_insert, row))
    if channel is Channel.EMAIL:
        enqueue(unit, row.user_id, row.id, tries=0, run_at=now, wake=wake)
    return row


def remove(unit: Unit, row: Row) -> None:
    """Delete one; an e-mail that was not sent yet is not sent."""
    unit.run(_delete, of=row.id, user=row.user_id)


def enqueue(unit: Unit, user_id: int, key: int, *, tries: int, run_at: int, wake: Callable[[], None]) -> None:
    """Have an e-mail sent; `tries` counts how often that was tried in vain."""
    arguments = {"user": user_id, "deliverable": key, "tries": tries}
    tasks.enqueue(unit, SEND, arguments, run_at=run_at, wake=wake, lane=SEND)


def letter(unit: Unit, user_id: int, key: int) -> Letter | None:
    """What is to be sent; None where it was deleted, or what it is about was."""
    return unit.one(Letter, _letter, user_id=user_id, id=key)


def begin(unit: Unit, user_id: int, key: int) -> bool:
    """From here on it may have been sent; whether it was pending until now, so that this one may send it."""
    return unit.run(_begin, of=key, user=user_id) == 1


def settle(unit: Unit, user_id: int, key: int, state: State, *, delivered_at: int | None = None) -> None:
    """Note what became of one."""
    unit.run(_set_state, of=key, user=user_id, new_state=state.value, at=delivered_at)

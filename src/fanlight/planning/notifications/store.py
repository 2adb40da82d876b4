"""What was told, kept: one row for each event, so that it is told once.

`event` says what a notification is about. That of what lasts, such as a low balance, begins with `open/` until it is
over; then it is named by the notification's guid, and the same may be told again.
"""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, bindparam, delete, exists, false, func, insert, or_, select, update

from fanlight.base.errors import Forbidden, NotFound, Unprocessable
from fanlight.base.guids import new_guid
from fanlight.planning import outbox
from fanlight.planning.notifications.kinds import Channel, Kind
from fanlight.storage.statements import Clause, array, binds, columns, keys_in, row_of, statement
from fanlight.storage.tables import accounts, goals, members, notifications
from fanlight.storage.unit import Unit

OPEN, ONCE = "open/", "once/"
_OVER, _API = "over/", "api/"
_BEHIND_OPEN = "open0"
MOST = 1_000
"""Notifications of one user that a client may have made."""
NOTIFICATION = "notification"
"""`kind` in the outbox."""


class Row(msgspec.Struct, frozen=True):
    """What the table holds. `threshold` is in whole units; `created_on` the user's day as YYYY-MM-DD."""

    id: int
    user_id: int
    guid: str
    event: str
    notification_type: Kind
    subject: str
    content: str | None
    entity_guid: str | None
    deep_link_guid: str | None
    threshold: int | None
    has_been_viewed: bool
    created_on: str
    created_at: int

    @property
    def notification_type_name(self) -> str:
        return self.notification_type.name


_row = row_of(Row)
_OF_USER = notifications.c.user_id == bindparam("user_id")
_NAMED = (notifications.c.guid == bindparam("of")) & (notifications.c.user_id == bindparam("user"))


@statement
def _insert() -> Clause:
    return insert(notifications).values(binds(Row.__struct_fields__[1:]))


@statement
def _between() -> Clause:
    return (
        select(*columns(notifications, Row))
        .where(_OF_USER, notifications.c.created_on.between(bindparam("first"), bindparam("last")))
        .order_by(notifications.c.created_on.desc(), notifications.c.id.desc())
    )


@statement
def _read() -> Clause:
    return select(*columns(notifications, Row)).where(_OF_USER, notifications.c.guid == bindparam("guid"))


@statement
def _told() -> Clause:
    return select(notifications.c.event).where(_OF_USER, keys_in(notifications.c.event, "events"))


@statement
def _open() -> Clause:
    is_open = (notifications.c.event >= OPEN) & (notifications.c.event < _BEHIND_OPEN)
    return select(notifications.c.event).where(_OF_USER, is_open)


@statement
def _end() -> Clause:
    lasting = (notifications.c.user_id == bindparam("user")) & (notifications.c.event == bindparam("of"))
    return update(notifications).where(lasting).values(event=_OVER + notifications.c.guid)


def of_gone_account() -> ColumnElement[bool]:
    """Whether a notification is about an account of its user, or a goal on one, that was deleted."""
    about, user = notifications.c.entity_guid, notifications.c.user_id
    account = accounts.join(members, members.c.id == accounts.c.member_id)
    of_goal = goals.join(accounts, accounts.c.id == goals.c.account_id).join(
        members, members.c.id == accounts.c.member_id
    )
    is_deleted = accounts.c.deleted_at.is_not(None) | members.c.deleted_at.is_not(None)
    named, living = (accounts.c.guid == about) & (accounts.c.user_id == user), ~is_deleted
    gone = or_(
        about.startswith("ACT-") & ~exists().select_from(account).where(named, living),
        exists().select_from(of_goal).where(goals.c.guid == about, goals.c.user_id == user, is_deleted),
    )
    return func.coalesce(gone, false())


@statement
def _gone() -> Clause:
    return select(*columns(notifications, Row)).where(_OF_USER, of_gone_account()).order_by(notifications.c.id)


@statement
def _made_by_client() -> Clause:
    of_client = notifications.c.notification_type == int(Kind.API_NOTIFICATION)
    return select(func.count()).where(_OF_USER, of_client)


@statement
def _view() -> Clause:
    return update(notifications).where(_NAMED).values(has_been_viewed=1)


@statement
def _delete() -> Clause:
    return delete(notifications).where(_NAMED)


@statement
def _purge() -> Clause:
    return delete(notifications).where(notifications.c.created_at <= bindparam("kept_before"))


def between(unit: Unit, user_id: int, first: str, last: str) -> list[Row]:
    """Those of some days, both included, the newest first."""
    return unit.all(_row, _between, user_id=user_id, first=first, last=last)


def read(unit: Unit, user_id: int, guid: str) -> Row:
    found = unit.one(_row, _read, user_id=user_id, guid=guid)
    if found is None:
        raise NotFound("There is no such notification.")
    return found


def add(
    unit: Unit, user_id: int, kind: Kind, subject: str, *, event: str, today: str, now: int, **about: Any
) -> Row:  # fmt: skip
    """A new one; `about` are its `content`, `entity_guid`, `deep_link_guid` and `threshold`. Nothing is sent of it."""
    row = Row(
        id=0,
        user_id=user_id,
        guid=new_guid("TF"),
        event=event,
        notification_type=kind,
        subject=subject,
        has_been_viewed=False,
        created_on=today,
        created_at=now,
        **({"content": None, "entity_guid": None, "deep_link_guid": None, "threshold": None} | about),
    )
    return msgspec.structs.replace(row, id=unit.insert_row(_insert, row))


def create(unit: Unit, user_id: int, subject: str, content: str | None, *, today: str, now: int) -> Row:
    """One that a client makes: it has no entity, and is an event of its own. Raises Unprocessable for one too many."""
    if unit.scalar(_made_by_client, user_id=user_id) >= MOST:
        raise Unprocessable(f"A user may have {MOST} notifications of this type; delete some.")
    event = _API + new_guid("TF")
    row = add(unit, user_id, Kind.API_NOTIFICATION, subject, event=event, today=today, now=now, content=content)
    tell(unit, row, outbox.CREATED, (), now=now)
    return row


def view(unit: Unit, row: Row) -> Row:
    """Its user has seen it."""
    if row.has_been_viewed:
        return row
    unit.run(_view, of=row.guid, user=row.user_id)
    return msgspec.structs.replace(row, has_been_viewed=True)


def remove(unit: Unit, row: Row, *, now: int) -> None:
    """Delete one that a client made, with its deliverables; raises Forbidden for any other."""
    if row.notification_type is not Kind.API_NOTIFICATION:
        raise Forbidden("Only a notification that was made over the API (API_NOTIFICATION) can be deleted.")
    unit.run(_delete, of=row.guid, user=row.user_id)
    tell(unit, row, outbox.DELETED, (), now=now)


def told(unit: Unit, user_id: int, events: Collection[str]) -> set[str]:
    """Which of these events were told."""
    return set(unit.all(str, _told, user_id=user_id, events=array(events)))


def end(unit: Unit, user_id: int, events: Collection[str]) -> None:
    """These events are over, where they lasted: they may come again."""
    for event in unit.all(str, _open, user_id=user_id):
        if event in events:
            unit.run(_end, user=user_id, of=event)


def remove_gone(unit: Unit, user_id: int, *, now: int) -> None:
    """Delete what was told of an account, or of a goal on one, that was deleted since; with its deliverables."""
    for row in unit.all(_row, _gone, user_id=user_id):
        unit.run(_delete, of=row.guid, user=user_id)
        tell(unit, row, outbox.DELETED, (), now=now)


def tell(unit: Unit, row: Row, action: str, channels: Collection[Channel], *, now: int) -> None:
    """Put into the outbox what became of one, and over which channels it goes."""
    payload = {"enabled_channels": [each.name.lower() for each in channels], NOTIFICATION: _object(row)}
    outbox.add(unit, row.user_id, NOTIFICATION, action, payload, now=now)


def _object(row: Row) -> Mapping[str, Any]:
    names = ("content", "created_on", "deep_link_guid", "entity_guid", "guid", "has_been_viewed") + (
        "notification_type",
        "notification_type_name",
        "subject",
        "threshold",
    )
    return {name: getattr(row, name) for name in names}


def purge(unit: Unit, *, kept_before: int) -> int:
    """Remove what was told long enough ago; how many."""
    return unit.run(_purge, kept_before=kept_before)

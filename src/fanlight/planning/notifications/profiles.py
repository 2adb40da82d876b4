"""Profiles: what a user wants to hear of, how, and from which amount on; for all accounts or for a single one.

What a profile of an account leaves open is as the kind has it, and what that leaves open as the product has it.
"""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, insert, select, update

from fanlight.base.errors import Unprocessable
from fanlight.core import users
from fanlight.planning import staleness
from fanlight.planning.notifications.kinds import MADE, USUAL_CHANNELS, Channel, Kind
from fanlight.storage.statements import Clause, binds, columns, row_of, statement
from fanlight.storage.tables import notification_profiles
from fanlight.storage.unit import Unit

HIGHEST_THRESHOLD = 1_000_000_000
OF_ALL = ""
"""`account_guid` of what holds for every account."""
_UNSAID = ""


class Row(msgspec.Struct, frozen=True):
    """What the table holds; `channels` a JSON list of numbers, empty where it was not said; `threshold` whole units."""

    id: int
    user_id: int
    notification_type: Kind
    account_guid: str
    channels: str
    threshold: int | None
    is_enabled: bool
    created_at: int
    updated_at: int


class Profile(NamedTuple):
    """How a kind is for an account, or for all of them (`account_guid` empty)."""

    kind: Kind
    account_guid: str
    channels: tuple[Channel, ...]
    threshold: int | None
    is_enabled: bool


class Profiles(NamedTuple):
    """All of a user's, by kind and account."""

    said: dict[tuple[Kind, str], Row]
    has_address: bool

    def of(self, kind: Kind, account_guid: str = OF_ALL) -> Profile:
        """How a kind that rules make is, for an account or for all."""
        rows = [self.said[key] for key in dict.fromkeys(((kind, account_guid), (kind, OF_ALL))) if key in self.said]
        channels = next((each.channels for each in rows if each.channels != _UNSAID), None)
        threshold = next((each.threshold for each in rows if each.threshold is not None), MADE[kind].threshold)
        return Profile(
            kind=kind,
            account_guid=account_guid,
            channels=self._usual() if channels is None else tuple(map(Channel, msgspec.json.decode(channels))),
            threshold=threshold,
            is_enabled=rows[0].is_enabled if rows else True,
        )

    def threshold(self, kind: Kind, account_guid: str) -> int:
        """Whole units that have to be passed."""
        return self.of(kind, account_guid).threshold or 0

    def list_all(self) -> list[Profile]:
        """Every kind, then what single accounts have otherwise."""
        return [
            *(self.of(kind) for kind in MADE),
            *(self.of(*key) for key in sorted(self.said) if key[1] != OF_ALL),
        ]

    def _usual(self) -> tuple[Channel, ...]:
        return tuple(each for each in USUAL_CHANNELS if self.has_address or each is not Channel.EMAIL)


_row = row_of(Row)


@statement
def _all() -> Clause:
    return select(*columns(notification_profiles, Row)).where(notification_profiles.c.user_id == bindparam("user_id"))


@statement
def _insert() -> Clause:
    return insert(notification_profiles).values(binds(Row.__struct_fields__[1:]))


@statement
def _update() -> Clause:
    values: dict[str, Any] = {
        name: bindparam(f"new_{name}") for name in ("channels", "threshold", "is_enabled", "updated_at")
    }
    return (
        update(notification_profiles)
        .where(notification_profiles.c.id == bindparam("of"), notification_profiles.c.user_id == bindparam("user"))
        .values(**values)
    )


def read(unit: Unit, user_id: int) -> Profiles:
    """All of a user's profiles."""
    rows: list[Row] = unit.all(_row, _all, user_id=user_id)
    said = {(each.notification_type, each.account_guid): each for each in rows}
    return Profiles(said, has_address=bool(users.read(unit, user_id).email))


def change(
    unit: Unit, user_id: int, kind: Kind, account_guid: str, said: dict[str, Any], *, now: int
) -> Profile:  # fmt: skip
    """Change `channels`, `threshold` or `is_enabled` of a kind; None takes a word back.

    Raises Unprocessable for a threshold that the kind does not have, and for an account where the kind is of none.
    """
    if account_guid != OF_ALL and not MADE[kind].is_of_account:
        raise Unprocessable(f"account_guid: {kind.name} is of no account.")
    if said.get("threshold") is not None and MADE[kind].threshold is None:
        raise Unprocessable(f"threshold: {kind.name} has none.")
    known = read(unit, user_id)
    row = known.said.get((kind, account_guid))
    new = _changed(row or _fresh(user_id, known.of(kind), account_guid, now), said, now)
    if row is None:
        unit.insert_row(_insert, new)
    else:
        values = {f"new_{name}": getattr(new, name) for name in ("channels", "threshold", "is_enabled", "updated_at")}
        unit.run(_update, of=row.id, user=user_id, **values)
    staleness.mark(unit, user_id, "notification_profiles")
    return read(unit, user_id).of(kind, account_guid)


def _fresh(user_id: int, of_kind: Profile, account_guid: str, now: int) -> Row:
    return Row(
        id=0,
        user_id=user_id,
        notification_type=of_kind.kind,
        account_guid=account_guid,
        channels=_UNSAID,
        threshold=None,
        is_enabled=of_kind.is_enabled,
        created_at=now,
        updated_at=now,
    )


def _changed(row: Row, said: dict[str, Any], now: int) -> Row:
    new: dict[str, Any] = {"updated_at": now}
    if "channels" in said:
        new["channels"] = _UNSAID if said["channels"] is None else _written(said["channels"])
    if "threshold" in said:
        new["threshold"] = said["threshold"]
    if "is_enabled" in said:
        new["is_enabled"] = True if said["is_enabled"] is None else said["is_enabled"]
    return msgspec.structs.replace(row, **new)


def _written(channels: list[Channel]) -> str:
    return msgspec.json.encode(sorted(map(int, set(channels)))).decode()

"""The outbox: what others are to be told of a change, written in the unit that makes the change.

A row holds nothing of a person that is kept elsewhere: addresses are looked up when it is delivered.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert

from fanlight.base.guids import new_guid
from fanlight.storage.statements import Clause, binds, statement
from fanlight.storage.tables import outbox
from fanlight.storage.unit import Unit

_ENCODER = msgspec.json.Encoder(decimal_format="number")
CREATED, UPDATED, DELETED = "created", "updated", "deleted"
"""`action` of what became of an object."""


@statement
def _insert() -> Clause:
    return insert(outbox).values(binds(("user_id", "guid", "kind", "action", "payload", "created_at")))


@statement
def _purge() -> Clause:
    return delete(outbox).where(outbox.c.created_at <= bindparam("kept_before"))


def add(unit: Unit, user_id: int, kind: str, action: str, payload: Mapping[str, Any], *, now: int) -> None:
    """Have others told that an object of a kind ("notification") was created, updated or deleted."""
    text = _ENCODER.encode(payload).decode()
    unit.insert(_insert, user_id=user_id, guid=new_guid("OBX"), kind=kind, action=action, payload=text, created_at=now)


def purge(unit: Unit, *, kept_before: int) -> int:
    """Remove what was written long enough ago; how many."""
    return unit.run(_purge, kept_before=kept_before)

"""Findings: what an operator should look at in the data of an account, as the last aggregation saw it.

Each is an object with its `kind`: `gap` (running balances do not lead to each other), `balance_sign` (figures only fit
with the other sign), `resembles` (may be the same as another account, from which it is kept apart).
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, select, update

from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import accounts
from fanlight.storage.unit import Unit

_NAMED = (accounts.c.id == bindparam("of")) & (accounts.c.user_id == bindparam("user"))


@statement
def _read() -> Clause:
    return select(accounts.c.findings).where(_NAMED)


@statement
def _note() -> Clause:
    return update(accounts).where(_NAMED).values(findings=bindparam("new_findings"))


def of_account(unit: Unit, user_id: int, account_id: int) -> list[dict[str, Any]]:
    found = unit.scalar(_read, user=user_id, of=account_id)
    return msgspec.json.decode(found, type=list[dict[str, Any]]) if found else []


def note(unit: Unit, user_id: int, account_id: int, findings: Sequence[dict[str, Any]]) -> None:
    """Keep what was found now instead of what was found before."""
    text = msgspec.json.encode(findings).decode() if findings else None
    unit.run(_note, user=user_id, of=account_id, new_findings=text)

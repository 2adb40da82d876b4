"""Manual accounts: what a user keeps by hand, at an institution and under a member that stand for just that.

Both are made when they are first needed. The member has no connection and no status, so nothing is ever aggregated;
the institution is hidden: nobody finds it, and nobody connects to it.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select

from fanlight.base.errors import Unprocessable
from fanlight.core import accounts, institutions, members
from fanlight.core.accounts import MANUAL, Account
from fanlight.core.institutions import MANUAL_INSTITUTION, Entry
from fanlight.core.provenance import to_json
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import institutions as institutions_table
from fanlight.storage.tables import members as members_table
from fanlight.storage.unit import Unit

NAME = "Manual Institution"
CODE = "manual_institution"
MOST = 1_000
"""How many a user may have."""
_ENTRY = Entry(guid=MANUAL_INSTITUTION, code=CODE, name=NAME, protocol="none", details="{}", is_hidden=True)


@statement
def _member() -> Clause:
    joined = members_table.join(institutions_table, institutions_table.c.id == members_table.c.institution_id)
    named = institutions_table.c.guid == MANUAL_INSTITUTION
    of_user = (members_table.c.user_id == bindparam("user_id")) & members_table.c.deleted_at.is_(None)
    return select(members_table.c.id).select_from(joined).where(of_user, named)


def create(unit: Unit, user_id: int, said: Mapping[str, Any], *, now: int) -> Account:
    """A new account of what its user says; raises Unprocessable when there are too many."""
    member_id = _member_id(unit, user_id, now=now)
    if len(accounts.of_member(unit, user_id, member_id)) >= MOST:
        raise Unprocessable(f"A user may have {MOST} manual accounts.")
    is_closed, edits = bool(said.get("is_closed")), to_json(said)
    row = accounts.new(user_id, member_id, MANUAL, "{}", is_closed=is_closed, edits=edits, now=now)
    accounts.add(unit, row)
    return accounts.read(unit, user_id, row.guid)


def delete(unit: Unit, account: Account, *, now: int) -> None:
    """Invisible at once with its transactions. Raises Unprocessable for any other account."""
    if not account.is_manual:
        raise Unprocessable("Only manual accounts can be deleted; others can be blocked or hidden.")
    accounts.delete_account(unit, account, now=now)


def _member_id(unit: Unit, user_id: int, *, now: int) -> int:
    """The user's member for manual accounts."""
    known: int | None = unit.scalar(_member, user_id=user_id)
    if known is not None:
        return known
    institution = institutions.find(unit, CODE) or institutions.put(unit, _ENTRY, now=now)
    return members.add_unconnected(unit, user_id, institution, now=now)

"""Taggings: which of a user's transactions bear which of their tags. Only transactions that are there show any."""

from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select

from fanlight.base.errors import NotFound, Unprocessable
from fanlight.base.guids import new_guid
from fanlight.base.paging import Page, Paged
from fanlight.core import tags, transaction_lists
from fanlight.storage.statements import Clause, binds, row_of, statement
from fanlight.storage.tables import accounts, members, taggings, transactions
from fanlight.storage.tables import tags as tag_table
from fanlight.storage.unit import Unit

MAX_OF_TRANSACTION = 100
"""Tags of one transaction."""


class Tagging(msgspec.Struct, frozen=True):
    """A tag on a transaction."""

    guid: str
    tag_guid: str
    transaction_guid: str
    member_is_managed_by_user: bool


_tagging = row_of(Tagging)
_SHOWN = (taggings.c.guid, tag_table.c.guid, transactions.c.guid, members.c.partner_id.is_(None))
_JOINED = (
    taggings.join(tag_table, tag_table.c.id == taggings.c.tag_id)
    .join(transactions, transactions.c.id == taggings.c.transaction_id)
    .join(accounts, accounts.c.id == transactions.c.account_id)
    .join(members, members.c.id == transactions.c.member_id)
)
_OF_USER = (
    (taggings.c.user_id == bindparam("user_id"))
    & transactions.c.deleted_at.is_(None)
    & accounts.c.deleted_at.is_(None)
    & members.c.deleted_at.is_(None)
)


@statement
def _insert() -> Clause:
    return insert(taggings).values(binds(("user_id", "tag_id", "transaction_id", "guid", "created_at")))


@statement
def _page() -> Clause:
    rows = select(*_SHOWN).select_from(_JOINED).where(_OF_USER).order_by(taggings.c.id)
    return rows.limit(bindparam("size")).offset(bindparam("offset"))


@statement
def _count() -> Clause:
    return select(func.count()).select_from(_JOINED).where(_OF_USER)


@statement
def _read() -> Clause:
    return select(*_SHOWN).select_from(_JOINED).where(_OF_USER, taggings.c.guid == bindparam("guid"))


@statement
def _same() -> Clause:
    same = (taggings.c.tag_id == bindparam("tag_id")) & (taggings.c.transaction_id == bindparam("transaction_id"))
    return select(*_SHOWN).select_from(_JOINED).where(_OF_USER, same)


@statement
def _count_of_transaction() -> Clause:
    of_transaction = taggings.c.transaction_id == bindparam("transaction_id")
    return select(func.count()).select_from(taggings).where(taggings.c.user_id == bindparam("user_id"), of_transaction)


@statement
def _delete() -> Clause:
    return delete(taggings).where(taggings.c.guid == bindparam("of"), taggings.c.user_id == bindparam("user"))


def page(unit: Unit, user_id: int, page: Page) -> Paged[Tagging]:
    """A page of the user's taggings, the oldest first."""
    found = unit.all(_tagging, _page, user_id=user_id, size=page.size, offset=page.offset)
    return Paged(found, page, unit.scalar(_count, user_id=user_id))


def add(unit: Unit, user_id: int, tag_guid: str, transaction_guid: str, *, now: int) -> Tagging:
    """Tag a transaction; what bears the tag already stays as it is.

    Raises NotFound for a tag or transaction that is not the user's, Unprocessable above the tags of one transaction.
    """
    tag = tags.read(unit, user_id, tag_guid)
    transaction = transaction_lists.read(unit, user_id, transaction_guid)
    named: dict[str, Any] = {"user_id": user_id, "transaction_id": transaction.id}
    same = unit.one(_tagging, _same, **named, tag_id=tag.id)
    if same is not None:
        return same
    if unit.scalar(_count_of_transaction, **named) >= MAX_OF_TRANSACTION:
        raise Unprocessable(f"A transaction may have {MAX_OF_TRANSACTION} tags.")
    guid = new_guid("TGN")
    unit.insert(_insert, **named, tag_id=tag.id, guid=guid, created_at=now)
    return Tagging(guid, tag.guid, transaction.guid, transaction.member_is_managed_by_user)


def remove(unit: Unit, user_id: int, guid: str) -> None:
    """Take a tag off a transaction; raises NotFound for a tagging that is not the user's."""
    if unit.one(_tagging, _read, user_id=user_id, guid=guid) is None:
        raise NotFound("There is no such tagging.")
    unit.run(_delete, of=guid, user=user_id)

"""What was told of accounts that were deleted since: it goes with them."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, or_, select

from fanlight.planning import outbox
from fanlight.planning.insights.store import ACCOUNT, TRANSACTION
from fanlight.storage.statements import Clause, array, keys_in, statement
from fanlight.storage.tables import accounts, insight_links, insights, members, transactions
from fanlight.storage.unit import Unit

KIND = "insight"
"""`kind` of insights in the outbox."""


class Gone(NamedTuple):
    """An insight that speaks of nothing that is there."""

    id: int
    guid: str
    template: str


_OWN_LINK = (insight_links.c.user_id == bindparam("user_id")) & (insight_links.c.insight_id == insights.c.id)


def _is_of_deleted() -> ColumnElement[bool]:
    """Whether a link names an account that was deleted, or a transaction on one."""
    account = accounts.join(members, members.c.id == accounts.c.member_id)
    of_transaction = transactions.join(accounts, accounts.c.id == transactions.c.account_id).join(
        members, members.c.id == accounts.c.member_id
    )
    is_deleted = accounts.c.deleted_at.is_not(None) | members.c.deleted_at.is_not(None)
    named = (accounts.c.guid == insight_links.c.guid) & (accounts.c.user_id == insight_links.c.user_id)
    moved = (transactions.c.guid == insight_links.c.guid) & (transactions.c.user_id == insight_links.c.user_id)
    return or_(
        and_(insight_links.c.kind == ACCOUNT, ~exists().select_from(account).where(named, ~is_deleted)),
        and_(insight_links.c.kind == TRANSACTION, exists().select_from(of_transaction).where(moved, is_deleted)),
    )


@statement
def _gone() -> Clause:
    of_account = (insight_links.c.kind == ACCOUNT) | (insight_links.c.kind == TRANSACTION)
    speaks = exists().where(_OWN_LINK, of_account)
    still = exists().where(_OWN_LINK, of_account, ~_is_of_deleted())
    found = select(insights.c.id, insights.c.guid, insights.c.template)
    return found.where(insights.c.user_id == bindparam("user_id"), speaks, ~still)


@statement
def _delete() -> Clause:
    return delete(insights).where(insights.c.user_id == bindparam("user_id"), keys_in(insights.c.id, "ids"))


def remove(unit: Unit, user_id: int, *, now: int) -> None:
    """Delete the insights that speak only of deleted accounts and their transactions; one of others too stays."""
    found = unit.all(Gone, _gone, user_id=user_id)
    if found:
        unit.run(_delete, user_id=user_id, ids=array(each.id for each in found))
    for each in found:
        said = {"guid": each.guid, "template": each.template, "is_deleted": True}
        outbox.add(unit, user_id, KIND, outbox.DELETED, said, now=now)

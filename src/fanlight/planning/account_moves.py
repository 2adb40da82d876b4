"""Account moves: what is planned with an account, and was told of it, goes to the one that it was merged into."""

from sqlalchemy import ColumnElement, bindparam, exists, update

from fanlight.core.accounts import Account
from fanlight.planning.insights.store import ACCOUNT
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import (
    goals,
    insight_links,
    insights,
    notification_profiles,
    notifications,
    spending_plan_accounts,
)
from fanlight.storage.unit import Unit

_INTO: ColumnElement[int] = bindparam("into")
_INTO_GUID: ColumnElement[str] = bindparam("into_guid")


@statement
def _goals() -> Clause:
    named = (goals.c.user_id == bindparam("user")) & (goals.c.account_id == bindparam("of"))
    return update(goals).where(named).values(account_id=_INTO)


@statement
def _in_plans() -> Clause:
    """In plans that do not have the other too."""
    own, same = spending_plan_accounts, spending_plan_accounts.alias("same")
    has_it = exists().where(same.c.spending_plan_id == own.c.spending_plan_id, same.c.account_id == _INTO)
    named = (own.c.user_id == bindparam("user")) & (own.c.account_id == bindparam("of"))
    return update(own).where(named, ~has_it).values(account_id=_INTO)


@statement
def _profiles() -> Clause:
    """Of kinds for which the other has none: what was said of that one stands."""
    own, same = notification_profiles, notification_profiles.alias("same")
    of_kind = (same.c.user_id == own.c.user_id) & (same.c.notification_type == own.c.notification_type)
    has_it = exists().where(of_kind, same.c.account_guid == _INTO_GUID)
    named = (own.c.user_id == bindparam("user")) & (own.c.account_guid == bindparam("of_guid"))
    return update(own).where(named, ~has_it).values(account_guid=_INTO_GUID)


@statement
def _links() -> Clause:
    """Of insights that do not speak of the other too."""
    own, same = insight_links, insight_links.alias("same")
    of_insight = (same.c.insight_id == own.c.insight_id) & (same.c.kind == ACCOUNT)
    has_it = exists().where(of_insight, same.c.guid == _INTO_GUID)
    named = (own.c.user_id == bindparam("user")) & (own.c.kind == ACCOUNT) & (own.c.guid == bindparam("of_guid"))
    return update(own).where(named, ~has_it).values(guid=_INTO_GUID)


@statement
def _insights() -> Clause:
    named = (insights.c.user_id == bindparam("user")) & (insights.c.primary_account_guid == bindparam("of_guid"))
    return update(insights).where(named).values(primary_account_guid=_INTO_GUID)


@statement
def _notifications() -> Clause:
    named = (notifications.c.user_id == bindparam("user")) & (notifications.c.entity_guid == bindparam("of_guid"))
    return update(notifications).where(named).values(entity_guid=_INTO_GUID)


def move(unit: Unit, gone: Account, survivor: Account) -> None:
    """Move all that there is of an account that is gone to the one of the same user that survived."""
    user = survivor.user_id
    for by_key in (_goals, _in_plans):
        unit.run(by_key, user=user, of=gone.id, into=survivor.id)
    for by_guid in (_profiles, _links, _insights, _notifications):
        unit.run(by_guid, user=user, of_guid=gone.guid, into_guid=survivor.guid)

"""Facts: what rules of insights and notifications look at, read once for all of them.

Movements are what counts: no hidden ones, of what was split what is left beside its parts, none of hidden accounts.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from fanlight.base import money
from fanlight.core import account_types, accounts, categories, split_parts
from fanlight.core.account_types import ACCOUNT_TYPES
from fanlight.core.transactions import Status, Type
from fanlight.enrichment.categories import BY_GUID, DEFAULTS, top_level
from fanlight.enrichment.pipeline import Flags
from fanlight.planning import counted, days, tallies
from fanlight.planning.budgeting import budget_figures, budgets
from fanlight.planning.budgeting.budget_figures import Figures
from fanlight.planning.insights import campaigns
from fanlight.planning.insights.campaigns import Campaign
from fanlight.planning.paying import scheduled_payments, series
from fanlight.planning.paying.scheduled_payments import Row as ScheduledPayment
from fanlight.planning.paying.series import Series
from fanlight.planning.tallies import Tally
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import institutions, members, transactions
from fanlight.storage.unit import Unit

MOVEMENT_DAYS = 124
"""How many days back there are movements: the four months that rules look at, and not more."""
RECENT_DAYS = 10
"""How many days back what came is news: older movements are told of by no insight, nor those of a fresh history."""
MONTHS = 13
"""How many months there are tallies of, this one among them."""
LIABILITIES = frozenset(ACCOUNT_TYPES[each] for each in account_types.LIABILITIES)
"""Types of accounts on which a person owes; a positive balance there is what is owed."""
CASH = frozenset(("CHECKING", "SAVINGS", "CASH", "PREPAID"))
"""Types of accounts that hold what may be spent."""


class _System(msgspec.Struct, frozen=True):
    merchant_guid: str | None = None
    flags: int = 0
    twin: str | None = None


class _Feed(msgspec.Struct, frozen=True):
    description: str | None = None


class Movement(msgspec.Struct, frozen=True, gc=False):
    """A transaction, or a part of one; `amount` in millionths, always above zero, `type` says the direction."""

    id: int
    guid: str
    account_id: int
    type: Type
    status: Status
    amount: int
    day: date
    description: str
    feed_description: str
    category_guid: str
    top_category_guid: str
    merchant_guid: str | None
    flags: Flags
    twin: str | None
    created_at: int
    parent_id: int | None = None
    """Of a part of a split: what it is a part of."""

    @property
    def is_debit(self) -> bool:
        return self.type is Type.DEBIT


class Account(msgspec.Struct, frozen=True):
    """An account; amounts in millionths, `type` a name such as CHECKING, moments in Unix seconds."""

    id: int
    guid: str
    name: str
    type: str
    subtype: int | None
    currency: str
    balance: int | None
    available_balance: int | None
    credit_limit: int | None
    minimum_payment: int | None
    payment_due_at: int | None
    is_closed: bool
    institution_guid: str
    created_at: int
    fed_on: date | None
    """The user's day on which its institution told of it last; None where none does."""

    @property
    def is_liability(self) -> bool:
        return self.type in LIABILITIES

    @property
    def is_cash(self) -> bool:
        return self.type in CASH


class Facts(msgspec.Struct, frozen=True, dict=True):
    """Everything about one user at one moment; `movements` oldest first, `accounts` by key, those that are shown.

    `category_names` has the names of all categories by guid.
    """

    user_id: int
    now: int
    today: date
    since: int
    """When this was looked at before, Unix seconds; 0 for the first time."""
    user_created_at: int
    accounts: Mapping[int, Account]
    movements: Sequence[Movement]
    tallies: Sequence[Tally]
    series: Sequence[Series]
    budgets: Sequence[Figures]
    scheduled_payments: Sequence[ScheduledPayment]
    category_names: Mapping[str, str]
    category_parents: Mapping[str, str | None]
    """Of the categories that the user made."""
    campaigns: Sequence[Campaign]
    """Those of the user's client, of any day."""
    institution_names: Mapping[str, str] = {}
    """Of those that the user is connected with, by guid."""

    @cached_property
    def month(self) -> str:
        return days.month_of(self.today)

    @cached_property
    def recent(self) -> Sequence[Movement]:
        """Those of the last RECENT_DAYS, oldest first."""
        first = self.today - timedelta(days=RECENT_DAYS)
        return self.movements[bisect_left(self.movements, first, key=lambda each: each.day) :]

    @cached_property
    def recent_guids(self) -> frozenset[str]:
        return frozenset(each.guid for each in self.recent)

    @cached_property
    def by_merchant(self) -> Mapping[str, Sequence[Movement]]:
        """Movements of each merchant, oldest first."""
        found: dict[str, list[Movement]] = {}
        for each in self.movements:
            if each.merchant_guid is not None:
                found.setdefault(each.merchant_guid, []).append(each)
        return found

    @cached_property
    def by_guid(self) -> Mapping[str, Movement]:
        return {each.guid: each for each in self.movements}

    @cached_property
    def by_account(self) -> Mapping[int, Sequence[Movement]]:
        """Movements of each account, oldest first."""
        found: dict[int, list[Movement]] = {key: [] for key in self.accounts}
        for each in self.movements:
            found[each.account_id].append(each)
        return found

    @cached_property
    def by_month(self) -> Mapping[str, Sequence[Tally]]:
        """Tallies of each month that has any."""
        found: dict[str, list[Tally]] = {}
        for each in self.tallies:
            found.setdefault(each.month, []).append(each)
        return found

    @cached_property
    def main_currency(self) -> str:
        """The currency in which sums are: budgets have none of their own."""
        return counted.main_currency((each.type, each.currency) for each in self.accounts.values())

    def top_level(self, category_guid: str) -> str:
        """The guid of the category above all of it, also of one that the user made."""
        return _top(category_guid, self.category_parents)


@statement
def _movements() -> Clause:
    shown = (
        transactions.c.id,
        transactions.c.guid,
        transactions.c.account_id,
        transactions.c.transaction_type,
        transactions.c.status,
        split_parts.left(),
        transactions.c.date,
        transactions.c.description,
        transactions.c.category_guid,
        transactions.c.created_at,
        transactions.c.feed,
        transactions.c.system,
        transactions.c.parent_id,
    )
    return (
        select(*shown)
        .select_from(split_parts.with_wholes())
        .where(
            transactions.c.user_id == bindparam("user_id"),
            transactions.c.deleted_at.is_(None),
            transactions.c.date.between(bindparam("from_date"), bindparam("to_date")),
            split_parts.is_shown(),
        )
        .order_by(transactions.c.date, transactions.c.id)
    )


@statement
def _institutions() -> Clause:
    joined = members.join(institutions, institutions.c.id == members.c.institution_id)
    named = select(institutions.c.guid, institutions.c.name).select_from(joined)
    return named.where(members.c.user_id == bindparam("user_id"), members.c.deleted_at.is_(None))


_NAMES = {each.guid: each.name for each in DEFAULTS}
_SYSTEM, _FEED = msgspec.json.Decoder(_System), msgspec.json.Decoder(_Feed)
_NO_SYSTEM = _System()
_TYPES, _STATUSES = {int(each): each for each in Type}, {int(each): each for each in Status}


def gather(unit: Unit, user_id: int, today: date, *, now: int, since: int, user_created_at: int) -> Facts:
    """Read what is known of a user; tallies and series are to be up to date."""
    shown = {each.id: each for each in counted.shown(unit, user_id)}
    own = categories.list_all(unit, user_id)
    parents = {each.guid: each.parent_guid for each in own}
    month, zone = days.month_of(today), days.zone_of(unit, user_id)
    known = tallies.between(unit, user_id, days.later(month, 1 - MONTHS), days.later(month, 1))
    of_shown = [each for each in known if each.account_id in shown]
    spent_from = {each.id for each in counted.spent_from(shown.values())}
    this_month = [each for each in of_shown if each.month == month]
    found = budget_figures.figures(budgets.list_all(unit, user_id), this_month, spent_from, parents, today)
    return Facts(
        user_id=user_id,
        now=now,
        today=today,
        since=since,
        user_created_at=user_created_at,
        accounts={key: _account(each, zone) for key, each in shown.items()},
        movements=_of_days(unit, user_id, today, shown, parents),
        tallies=of_shown,
        series=[each for each in series.list_all(unit, user_id) if each.account_id in shown],
        budgets=found,
        scheduled_payments=scheduled_payments.list_all(unit, user_id),
        category_names=_NAMES | {each.guid: each.name for each in own},
        category_parents=parents,
        campaigns=campaigns.of_user(unit, user_id),
        institution_names=dict(unit.all(lambda *row: row, _institutions, user_id=user_id)),
    )


def _of_days(
    unit: Unit, user_id: int, today: date, shown: Mapping[int, Any], parents: Mapping[str, str | None]
) -> list[Movement]:
    first, last = today - timedelta(days=MOVEMENT_DAYS), today + timedelta(days=1)
    given = {"user_id": user_id, "from_date": first.isoformat(), "to_date": last.isoformat()}
    rows = unit.all(lambda *row: row, _movements, **given)
    return [_movement(row, parents) for row in rows if row[2] in shown and row[5] > 0]


def _movement(row: tuple[Any, ...], parents: Mapping[str, str | None]) -> Movement:
    system = _SYSTEM.decode(row[11]) if row[11] else _NO_SYSTEM
    feed = _FEED.decode(row[10]).description
    return Movement(
        id=row[0],
        guid=row[1],
        account_id=row[2],
        type=_TYPES[row[3]],
        status=_STATUSES[row[4]],
        amount=row[5],
        day=date.fromisoformat(row[6]),
        description=row[7],
        feed_description=feed or row[7],
        category_guid=row[8],
        top_category_guid=_top(row[8], parents),
        merchant_guid=system.merchant_guid,
        flags=Flags(system.flags),
        twin=system.twin,
        created_at=row[9],
        parent_id=row[12],
    )


def _top(guid: str, parents: Mapping[str, str | None]) -> str:
    known = guid if guid in BY_GUID else parents.get(guid) or guid
    return top_level(known).guid if known in BY_GUID else known


def _account(account: accounts.Account, zone: str) -> Account:
    facts, is_fed = account.facts, account.member_is_managed_by_user and not account.is_manual
    return Account(
        id=account.id,
        guid=account.guid,
        name=facts["nickname"].value or facts["name"].value or "",
        type=ACCOUNT_TYPES.get(facts["account_type"].value, "UNKNOWN"),
        subtype=facts["account_subtype"].value,
        currency=facts["currency_code"].value or counted.DOLLAR,
        balance=_micros(facts["balance"].value),
        available_balance=_micros(facts["available_balance"].value),
        credit_limit=_micros(facts["credit_limit"].value),
        minimum_payment=_micros(facts["minimum_payment"].value),
        payment_due_at=facts["payment_due_at"].value,
        is_closed=account.is_closed,
        institution_guid=account.institution_guid,
        created_at=account.created_at,
        fed_on=days.day_in(zone, account.imported_at) if is_fed else None,
    )


def _micros(value: Any) -> int | None:
    return None if value is None else money.to_micros(Decimal(value))

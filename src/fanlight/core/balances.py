"""Balances by month: what stood on an account at the end of each, worked back from what stands on it now.

A balance holds what has been posted, so pending transactions count for nothing, and of a split only the whole. What a
person owes grows with debits, what they have with credits: a month's total is by how much its transactions changed the
balance, whichever it is.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import and_, bindparam, case, func, select

from fanlight.base import money
from fanlight.base.clock import date_of
from fanlight.core.account_types import LIABILITIES
from fanlight.core.accounts import Account
from fanlight.core.transactions import Status, Type
from fanlight.storage.statements import Clause, statement, summed, sums
from fanlight.storage.tables import transactions
from fanlight.storage.unit import Unit

MONTHS = 12
_YEAR_AND_MONTH = len("2026-08")


class MonthBalance(NamedTuple):
    """The balance at a month's end, and what changed it in the month's days that were asked for."""

    year: int
    month: int
    balance: Decimal
    transaction_total: Decimal


class _Moved(NamedTuple):
    """What credits less debits came to: in all of a month (`2026-08`), and in the days that were asked for."""

    month: str
    whole: int
    asked: int


@statement
def _by_month() -> Clause:
    signed = case(
        (transactions.c.transaction_type == int(Type.CREDIT), transactions.c.amount), else_=-transactions.c.amount
    )
    # Not `IS NULL`: the index of the account is to be taken, not one of all the user's living transactions.
    month = func.substr(transactions.c.date, 1, _YEAR_AND_MONTH)
    asked = transactions.c.date.between(bindparam("first"), bindparam("last"))
    counted = and_(
        transactions.c.user_id == bindparam("user_id"),
        transactions.c.account_id == bindparam("account_id"),
        transactions.c.status == int(Status.POSTED),
        transactions.c.parent_id.is_(None),
        func.coalesce(transactions.c.deleted_at, 0) == 0,
    )
    both = (*sums(signed), *sums(case((asked, signed), else_=0)))
    return select(month, *both).where(counted).group_by(month).order_by(month)


def by_month(unit: Unit, account: Account, first: date, last: date, *, now: int) -> list[MonthBalance]:
    """The months between two days, none before the account was known, none after both today and its last transaction.

    Empty where the balance itself is not known.
    """
    balance, _ = account.facts["balance"]
    if balance is None:
        return []
    days = {"first": first.isoformat(), "last": last.isoformat()}
    moved = unit.all(_moved, _by_month, user_id=account.user_id, account_id=account.id, **days)
    sign = -1 if account.facts["account_type"].value in LIABILITIES else 1
    months = _months(account, moved, first, last, now)
    return _worked_back(months, moved, sign, Decimal(balance))


def _moved(month: str, units: int, rest: int, asked_units: int, asked_rest: int) -> _Moved:
    return _Moved(month, summed(units, rest), summed(asked_units, asked_rest))


def _months(account: Account, moved: Sequence[_Moved], first: date, last: date, now: int) -> range:
    """The months to show, counted from year 0."""
    known = [_ordinal(each.month) for each in moved]
    begin = min(known, default=_ordinal(date_of(account.created_at).isoformat()))
    end = max([_ordinal(date_of(now).isoformat()), *known])
    return range(max(begin, _ordinal(first.isoformat())), min(end, _ordinal(last.isoformat())) + 1)


def _worked_back(months: range, moved: Sequence[_Moved], sign: int, balance: Decimal) -> list[MonthBalance]:
    """From the latest month to the first; what is dated after a month's end did not stand on the account then."""
    by_month = {_ordinal(each.month): each for each in moved}
    later = sum(each.whole for at, each in by_month.items() if at >= months.stop)
    found = []
    for at in reversed(months):
        own = by_month.get(at, _Moved("", 0, 0))
        year, month = divmod(at, MONTHS)
        stood = money.to_micros(balance) - sign * later
        total = sign * own.asked
        found.append(MonthBalance(year, month + 1, money.from_micros(stood), money.from_micros(total)))
        later += own.whole
    return found[::-1]


def _ordinal(day: str) -> int:
    """The number of a day's month, counted from year 0."""
    return int(day[:4]) * MONTHS + int(day[5:7]) - 1

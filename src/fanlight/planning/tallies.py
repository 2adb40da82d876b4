"""Tallies: what went through each category on each account in each month, kept, and counted anew for changed months.

The parts of a split count in their own categories, and what is left of their parent in its. What is hidden counts in
no sum, but in the number of transactions.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, case, delete, func, insert, select

from fanlight.core import split_parts
from fanlight.core.transactions import Type
from fanlight.planning.days import last_of
from fanlight.storage.statements import Clause, array, keys_in, statement, summed, sums
from fanlight.storage.tables import month_tallies, transactions
from fanlight.storage.unit import Unit


class Tally(NamedTuple):
    """What went through a category on an account in a month (YYYY-MM): sums in millionths, none below zero."""

    month: str
    account_id: int
    category_guid: str
    number: int
    debits: int
    credits: int


_COLUMNS = ("user_id", "month", "account_id", "category_guid", "count") + (
    "debit_units",
    "debit_rest",
    "credit_units",
    "credit_rest",
)


def _left() -> ColumnElement[int]:
    """What is left of a transaction beside its parts; nothing of what is hidden."""
    return case((split_parts.is_shown(), split_parts.left()), else_=0)


def _sums(side: Type) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return sums(case((transactions.c.transaction_type == int(side), _left()), else_=0))


@statement
def _count_month() -> Clause:
    month: ColumnElement[str] = bindparam("month")
    counted = (
        select(
            transactions.c.user_id,
            month,
            transactions.c.account_id,
            transactions.c.category_guid,
            func.count(),
            *_sums(Type.DEBIT),
            *_sums(Type.CREDIT),
        )
        .select_from(split_parts.with_wholes())
        .where(
            transactions.c.user_id == bindparam("user_id"),
            transactions.c.deleted_at.is_(None),
            transactions.c.date.between(bindparam("from_date"), bindparam("to_date")),
        )
        .group_by(transactions.c.account_id, transactions.c.category_guid)
    )
    return insert(month_tallies).from_select(_COLUMNS, counted)


@statement
def _forget_months() -> Clause:
    return delete(month_tallies).where(
        month_tallies.c.user_id == bindparam("user_id"), keys_in(month_tallies.c.month, "months")
    )


@statement
def _between() -> Clause:
    return (
        select(*(month_tallies.c[name] for name in _COLUMNS[1:]))
        .where(
            month_tallies.c.user_id == bindparam("user_id"),
            month_tallies.c.month.between(bindparam("first"), bindparam("last")),
        )
        .order_by(month_tallies.c.month, month_tallies.c.account_id, month_tallies.c.category_guid)
    )


def recount(unit: Unit, user_id: int, months: Collection[str]) -> None:
    """Count months anew."""
    unit.run(_forget_months, user_id=user_id, months=array(months))
    for month in sorted(months):
        days = {"from_date": f"{month}-01", "to_date": last_of(month).isoformat()}
        unit.run(_count_month, user_id=user_id, month=month, **days)


def between(unit: Unit, user_id: int, first: str, last: str) -> list[Tally]:
    """The tallies from one month to another, both included, of all accounts, deleted ones too."""
    return unit.all(_tally, _between, user_id=user_id, first=first, last=last)


def _tally(  # noqa: PLR0917 - a row
    month: str, account_id: int, category_guid: str, number: int, debit: int, debit_rest: int, credit: int, rest: int
) -> Tally:
    debits, credits_ = summed(debit, debit_rest), summed(credit, rest)
    return Tally(month, account_id, category_guid, number, debits, credits_)

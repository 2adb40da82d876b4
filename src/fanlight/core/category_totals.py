"""Category totals: what went through each category between two days.

What was spent counts above zero and what came in below; in a category of income it is the other way round. The parts
of a split count in their own categories, and what is left of their parent in its. What is hidden, by itself or with
its account, does not count.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, case, select

from fanlight.core import split_parts
from fanlight.core.transactions import Type
from fanlight.enrichment.categories import BY_GUID
from fanlight.storage.statements import Clause, array, keys_in, statement, summed, sums
from fanlight.storage.tables import transactions
from fanlight.storage.unit import Unit


class Total(NamedTuple):
    """A category's sum, in millionths."""

    category_guid: str
    amount: int


@statement
def _sums() -> Clause:
    left = split_parts.left()
    signed = case((transactions.c.transaction_type == int(Type.DEBIT), left), else_=-left)
    return (
        select(transactions.c.category_guid, *sums(signed))
        .select_from(split_parts.with_wholes())
        .where(
            transactions.c.user_id == bindparam("user_id"),
            transactions.c.deleted_at.is_(None),
            split_parts.is_shown(),
            transactions.c.date.between(bindparam("from_date"), bindparam("to_date")),
            keys_in(transactions.c.account_id, "account_ids"),
            # A parent that was divided whole is not in its category any more.
            left != 0,
        )
        .group_by(transactions.c.category_guid)
        .order_by(transactions.c.category_guid)
    )


def between(unit: Unit, user_id: int, first: str, last: str, account_ids: list[int]) -> list[Total]:
    """The totals of the categories that something is in, from one day to another on some accounts."""
    keys = array(account_ids)
    return unit.all(_total, _sums, user_id=user_id, from_date=first, to_date=last, account_ids=keys)


def _total(category_guid: str, units: int, rest: int) -> Total:
    spent = summed(units, rest)
    return Total(category_guid, -spent if _is_income(category_guid) else spent)


def _is_income(guid: str) -> bool:
    category = BY_GUID.get(guid)
    return category is not None and category.is_income

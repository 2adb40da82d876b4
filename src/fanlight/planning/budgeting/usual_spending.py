"""What is usual beside what comes again and again: the latter is known by its series, and so by its day."""

from collections.abc import Iterable

from sqlalchemy import bindparam, case, func, not_, select

from fanlight.core import split_parts
from fanlight.core.transactions import Type
from fanlight.storage.statements import Clause, array, keys_in, statement, summed, sums
from fanlight.storage.tables import transactions
from fanlight.storage.unit import Unit

_RECURS = '"is_recurring":true'


@statement
def _spent() -> Clause:
    left = split_parts.left()
    signed = case((transactions.c.transaction_type == int(Type.DEBIT), left), else_=-left)
    return (
        select(transactions.c.category_guid, *sums(signed))
        .select_from(split_parts.with_wholes())
        .where(
            transactions.c.user_id == bindparam("user_id"),
            transactions.c.deleted_at.is_(None),
            keys_in(transactions.c.date, "days"),
            keys_in(transactions.c.account_id, "account_ids"),
            split_parts.is_shown(),
            func.instr(split_parts.of_whole("system"), _RECURS) == 0,
            not_(keys_in(split_parts.of_whole("guid"), "of_series")),
        )
        .group_by(transactions.c.category_guid)
    )


def on_days(
    unit: Unit, user_id: int, days: Iterable[str], *, accounts: Iterable[int], of_series: Iterable[str]
) -> list[tuple[str, int]]:
    """Debits less credits of categories on some days (YYYY-MM-DD) and accounts, in millionths.

    Without what the system found to come again and again, and the transactions (guids) that are `of_series`.
    """
    given = {"days": array(days), "account_ids": array(accounts), "of_series": array(of_series)}
    return unit.all(_total, _spent, user_id=user_id, **given)


def _total(category_guid: str, units: int, rest: int) -> tuple[str, int]:
    return category_guid, summed(units, rest)

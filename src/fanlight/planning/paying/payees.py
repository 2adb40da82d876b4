"""Payees: how a transaction is known to be one of a scheduled payment, and what moved on accounts in some days."""

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, func, select

from fanlight.base.folding import fold
from fanlight.core import split_parts
from fanlight.core.transactions import Type
from fanlight.planning.paying.payment_rows import Row
from fanlight.planning.paying.series import Series
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import transactions
from fanlight.storage.unit import Unit

NEAR = 4
"""An amount is about another one when it is at most a fourth of it away."""


class Moved(NamedTuple):
    """A transaction, what is left of one beside its parts, or a part; `amount` in millionths, `words` its key."""

    guid: str
    account_id: int
    type: Type
    amount: int
    day: str
    words: str
    category_guid: str
    merchant_guid: str | None


class Payee(NamedTuple):
    """What the transactions of a scheduled payment have in common; `low` and `high` is the band of their amounts."""

    type: Type
    merchant_guid: str | None
    words: frozenset[str]
    """Description keys of its series."""
    named: frozenset[str]
    """The words of its description."""
    recent: frozenset[str]
    """Guids of transactions that are known to be its."""
    low: int
    high: int

    def has(self, moved: Moved) -> bool:
        """Whether a transaction is one of it."""
        if moved.type is not self.type:
            return False
        return moved.guid in self.recent or (self._is_near(moved.amount) and self._is_named(moved))

    def _is_near(self, amount: int) -> bool:
        return self.low * (NEAR - 1) <= amount * NEAR <= self.high * (NEAR + 1)

    def _is_named(self, moved: Moved) -> bool:
        if self.merchant_guid is not None:
            return moved.merchant_guid == self.merchant_guid
        if self.words:
            return moved.words in self.words
        return bool(self.named) and self.named <= frozenset(moved.words.split())


_TYPES = {int(each): each for each in Type}


@statement
def _between() -> Clause:
    shown = (
        transactions.c.guid,
        transactions.c.account_id,
        transactions.c.transaction_type,
        split_parts.left(),
        transactions.c.date,
        transactions.c.description_key,
        transactions.c.category_guid,
        func.json_extract(func.nullif(transactions.c.system, ""), "$.merchant_guid"),
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


def moved_between(unit: Unit, user_id: int, first: str, last: str, account_ids: Collection[int]) -> list[Moved]:
    """What moved on accounts from one day (YYYY-MM-DD) to another, oldest first; nothing that is hidden or empty."""
    rows = unit.all(lambda *row: row, _between, user_id=user_id, from_date=first, to_date=last)
    return [_moved(row) for row in rows if row[1] in account_ids and row[3] > 0]


def payee_of(payment: Row, series: Series | None) -> Payee:
    """By its series where it has one, else by its merchant or the words of its description."""
    amounts = [payment.amount] if series is None else [payment.amount, series.low, series.high, series.amount]
    words = frozenset(msgspec.json.decode(series.words, type=list[str])) if series else frozenset[str]()
    return Payee(
        type=payment.transaction_type,
        merchant_guid=payment.merchant_guid,
        words=words,
        named=frozenset(fold(payment.description).split()),
        recent=frozenset(series.known.recent) if series else frozenset(),
        low=min(amounts),
        high=max(amounts),
    )


def _moved(row: tuple[Any, ...]) -> Moved:
    return Moved(row[0], row[1], _TYPES[row[2]], *row[3:])

"""The parts of a split: what they take from the transaction that they are parts of, now and whenever it changes.

The feed of a part is what its whole is: institution's, partner's and user's words alike. Its edits are what its user
says of the part; the amount is always one of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, FromClause, bindparam, case, func, select

from fanlight.base import money
from fanlight.core import transactions
from fanlight.core.provenance import to_json
from fanlight.core.transactions import SPLIT, Row
from fanlight.storage.statements import Clause, columns, row_of, statement
from fanlight.storage.tables import transactions as table
from fanlight.storage.unit import Unit

_OF_THE_WHOLE = ("date", "transaction_type", "posted_at", "posted_on", "transacted_at", "transacted_on") + (
    "currency_code",
    "merchant_category_code",
)
_row = row_of(Row)
_parts = table.alias("parts")
_parents = table.alias("parents")


def left() -> ColumnElement[int]:
    """In SQL: what of a transaction is in its own category, its amount without that of its parts."""
    of_parent = (_parts.c.parent_id == table.c.id) & _parts.c.deleted_at.is_(None)
    divided = select(func.coalesce(func.sum(_parts.c.amount), 0)).where(of_parent).scalar_subquery()
    return case((table.c.has_been_split == 1, table.c.amount - divided), else_=table.c.amount)


def with_wholes() -> FromClause:
    """In SQL: transactions, beside those that they are parts of."""
    return table.outerjoin(_parents, _parents.c.id == table.c.parent_id)


def is_shown() -> ColumnElement[bool]:
    """In SQL, of `with_wholes`: whether neither a transaction is hidden nor what it is a part of."""
    return (table.c.is_hidden == 0) & (func.coalesce(_parents.c.is_hidden, 0) == 0)


def of_whole(name: str) -> ColumnElement[Any]:
    """In SQL, of `with_wholes`: a column of what a transaction is a part of, its own where it is none."""
    return func.coalesce(_parents.c[name], table.c[name])


@statement
def _of() -> Clause:
    parts = (table.c.user_id == bindparam("user_id")) & (table.c.parent_id == bindparam("parent_id"))
    living = func.coalesce(table.c.deleted_at, 0) == 0
    return select(*columns(table, Row)).where(parts, living).order_by(table.c.id)


def of(unit: Unit, user_id: int, key: int) -> list[Row]:
    """What the transaction of a key was split into, in the order in which it was."""
    return unit.all(_row, _of, user_id=user_id, parent_id=key)


def new(whole: Row, said: Mapping[str, Any], *, now: int) -> Row:
    """A part that is not kept yet, with what its user says of it. It follows the rule that the whole follows."""
    part = transactions.new(
        user_id=whole.user_id,
        account_id=whole.account_id,
        member_id=whole.member_id,
        parent_id=whole.id,
        provider_id=None,
        fingerprint=SPLIT,
        status=whole.status,
        transaction_type=whole.transaction_type,
        amount=money.to_micros(Decimal(said["amount"])),
        date=whole.date,
        description=whole.description,
        feed=_feed(whole),
        now=now,
    )
    part = msgspec.structs.replace(part, system=whole.system, edits=to_json(said))
    return transactions.following(part, whole)


def follow(unit: Unit, pairs: Iterable[tuple[Row, Row]], settle: Callable[[Row], Row], *, now: int) -> None:
    """Bring the parts of transactions, given as they were and as they are, in line with them.

    Parts that made up the whole do so again: the largest takes the difference. What was left to the whole grows and
    shrinks with it. Where nothing would be left of the largest, the split is taken back.
    """
    for before, whole in pairs:
        parts = of(unit, whole.user_id, whole.id)
        amount = _amount_of_largest(parts, before.amount, whole.amount)
        if parts and amount <= 0:
            take_back(unit, whole, now=now)
            continue
        largest = max(parts, key=lambda part: part.amount, default=None)
        for part in parts:
            fresh = settle(_in_line(part, whole, amount if part is largest else part.amount))
            if fresh != part:
                transactions.write_back(unit, msgspec.structs.replace(fresh, updated_at=now))


def take_back(unit: Unit, whole: Row, *, now: int) -> None:
    """The parts are gone. What was never split stays as it is."""
    transactions.delete_all(unit, whole.user_id, [part.id for part in of(unit, whole.user_id, whole.id)], now=now)
    transactions.mark_split(unit, whole.user_id, whole.id, is_split=False, now=now)


def _amount_of_largest(parts: Sequence[Row], before: int, after: int) -> int:
    total = sum(part.amount for part in parts)
    wanted = after if total == before else min(total, after)
    return max((part.amount for part in parts), default=0) + wanted - total


def _in_line(part: Row, whole: Row, amount: int) -> Row:
    edits = part.edits
    if amount != part.amount:
        edits = to_json(part.facts.edits | {"amount": str(money.from_micros(amount))})
    taken = {"status": whole.status, "transaction_type": whole.transaction_type, "date": whole.date}
    fresh = msgspec.structs.replace(part, feed=_feed(whole), system=whole.system, edits=edits, **taken)
    return transactions.following(fresh, part)


def _feed(whole: Row) -> str:
    facts = whole.facts
    taken = {name: facts[name].value for name in _OF_THE_WHOLE}
    return to_json(taken | {name: facts.feed.get(name) for name in ("description", "category_guid")})

"""What a user does to transactions: edits them, splits them, writes down and deletes their own."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select, update

from fanlight.base import money
from fanlight.base.errors import Malformed, Unprocessable
from fanlight.core import accounts, enriching, transaction_lists, transactions
from fanlight.core.enriching import Says
from fanlight.core.provenance import to_json
from fanlight.core.transaction_lists import Transaction
from fanlight.core.transactions import MANUAL, SPLIT, Row, Status, changed
from fanlight.storage.statements import Clause, statement
from fanlight.storage.tables import transactions as table
from fanlight.storage.unit import Unit

MAX_CHILDREN = 100
"""Of one split."""
ONLY_MANUAL = frozenset(("amount", "transaction_type", "currency_code", "check_number", "check_number_string"))
"""What a user may say only of a transaction that they wrote down."""
_OF_THE_PARENT = ("date", "transaction_type", "posted_at", "posted_on", "transacted_at", "transacted_on") + (
    "currency_code",
    "description",
    "merchant_category_code",
)


@statement
def _mark_split() -> Clause:
    named = (table.c.id == bindparam("of")) & (table.c.user_id == bindparam("user"))
    return (
        update(table).where(named).values(has_been_split=bindparam("split"), updated_at=bindparam("now"), **changed())
    )


@statement
def _amount_of_children() -> Clause:
    named = (table.c.parent_id == bindparam("of")) & (table.c.user_id == bindparam("user_id"))
    return select(func.coalesce(func.sum(table.c.amount), 0)).where(named, table.c.deleted_at.is_(None))


def edit(unit: Unit, row: Transaction, given: Mapping[str, Any], *, now: int) -> None:
    """Keep what a user says; None takes it back, and the system's or the institution's value returns.

    A value that is there already is no edit, so that a client may send back all that it read. Raises Malformed for
    what may be said only of a manual transaction, Unprocessable for the amount of a split.
    """
    edits, shown = dict(row.facts.edits), _shown(row)
    fresh = {name: value for name, value in given.items() if value is None or shown.get(name) != value}
    _refuse(row, fresh)
    for name, value in fresh.items():
        edits.pop(name, None) if value is None else edits.update({name: value})
    kept = as_row(row, edits=to_json(edits) if edits else "")
    if kept.edits != row.edits:
        _write(unit, msgspec.structs.replace(kept, updated_at=now))


def write_down(unit: Unit, account: accounts.Account, said: Mapping[str, Any], *, now: int) -> Row:
    """A transaction that a user adds to an account of their own; raises Unprocessable for any other account."""
    if not account.is_manual:
        raise Unprocessable("Transactions can be added to manual accounts only.")
    row = transactions.new(
        user_id=account.user_id,
        account_id=account.id,
        member_id=account.member_id,
        provider_id=None,
        fingerprint=MANUAL,
        status=Status.POSTED,
        transaction_type=said["transaction_type"],
        amount=money.to_micros(Decimal(said["amount"])),
        date=said["date"],
        description=said["description"],
        feed="{}",
        now=now,
    )
    row = msgspec.structs.replace(row, edits=to_json(said))
    says = Says.of(unit, account.user_id)
    row = says.settled(says.enriched(row, account.facts["account_type"].value))
    enriching.note_places(unit, (row,), now=now)
    return msgspec.structs.replace(row, id=transactions.add(unit, row))


def split(unit: Unit, parent: Transaction, parts: Sequence[Mapping[str, Any]], *, now: int, whole: bool = True) -> None:
    """Divide a transaction; the amounts are those of the parts, the rest is the parent's unless a part says it.

    `whole`: the parts add up to the parent, which was not split before. Else they are added to what is there.
    """
    _refuse_split(unit, parent, parts, whole=whole)
    feed, own = parent.facts_of_feed(), parent.facts.edits
    says = Says.of(unit, parent.user_id)
    for part in parts:
        said = {"description": own.get("description"), "category_guid": parent.category_guid, "date": own.get("date")}
        said |= {name: value for name, value in part.items() if value is not None}
        child = transactions.new(
            user_id=parent.user_id,
            account_id=parent.account_id,
            member_id=parent.member_id,
            parent_id=parent.id,
            provider_id=None,
            fingerprint=SPLIT,
            status=parent.status,
            transaction_type=parent.transaction_type,
            amount=money.to_micros(Decimal(part["amount"])),
            date=parent.date,
            description=parent.description,
            feed=to_json({name: feed.get(name) for name in _OF_THE_PARENT}),
            now=now,
        )
        child = msgspec.structs.replace(child, system=parent.system, edits=to_json(said))
        transactions.add(unit, says.settled(child))
    unit.run(_mark_split, of=parent.id, user=parent.user_id, split=1, now=now)


def unsplit(unit: Unit, parent: Transaction, *, now: int) -> None:
    """Take a split back: the children are gone. What was never split stays as it is."""
    children = transaction_lists.children(unit, parent.user_id, parent.id)
    transactions.delete_all(unit, parent.user_id, [child.id for child in children], now=now)
    unit.run(_mark_split, of=parent.id, user=parent.user_id, split=0, now=now)


def delete(unit: Unit, row: Transaction, *, now: int) -> None:
    """Delete what a user wrote down, or one child of a split; raises Unprocessable for anything else."""
    if row.fingerprint not in (MANUAL, SPLIT):
        raise Unprocessable(
            "Only manual transactions and the children of a split can be deleted; others can be hidden."
        )
    transactions.delete_all(unit, row.user_id, [row.id], now=now)
    if row.parent_id is not None and not transaction_lists.children(unit, row.user_id, row.parent_id):
        unit.run(_mark_split, of=row.parent_id, user=row.user_id, split=0, now=now)


def fit_children(unit: Unit, user_id: int, parents: Sequence[Row], *, now: int) -> None:
    """What was split adds up again after an institution changed the amount: the largest part takes the difference.

    Where that would leave nothing of it, the split is taken back.
    """
    for parent in parents:
        children = transaction_lists.children(unit, user_id, parent.id)
        difference = parent.amount - sum(child.amount for child in children)
        if not children or difference == 0:
            continue
        largest = max(children, key=lambda child: child.amount)
        if largest.amount + difference <= 0:
            transactions.delete_all(unit, user_id, [child.id for child in children], now=now)
            unit.run(_mark_split, of=parent.id, user=user_id, split=0, now=now)
            continue
        amount = str(money.from_micros(largest.amount + difference))
        edits = to_json(largest.facts.edits | {"amount": amount})
        _write(unit, as_row(largest, edits=edits, updated_at=now))


def as_row(known: Transaction, **changes: Any) -> Row:
    """The row alone of what is shown, with changes."""
    return Row(**{name: getattr(known, name) for name in Row.__struct_fields__} | changes)


def _write(unit: Unit, row: Row) -> None:
    transactions.write_back(unit, Says.of(unit, row.user_id).settled(row))


def _shown(row: Row) -> dict[str, Any]:
    """What a client has read, as far as it can be said: decimals are texts."""
    facts = row.facts
    shown = facts.feed | facts.edits
    return shown | {
        "amount": str(money.from_micros(row.amount)),
        "category_guid": row.category_guid,
        "date": row.date,
        "description": row.description,
        "is_hidden": row.is_hidden,
        "transaction_type": int(row.transaction_type),
    }


def _refuse(row: Transaction, fresh: Mapping[str, Any]) -> None:
    if row.fingerprint == MANUAL:
        if row.has_been_split and "amount" in fresh:
            raise Unprocessable("amount: the transaction is split; its children would not add up any more.")
        return
    refused = sorted(ONLY_MANUAL & fresh.keys())
    if refused:
        raise Malformed(f"{refused[0]} can be changed on manual transactions only.")


def _refuse_split(unit: Unit, parent: Transaction, parts: Sequence[Mapping[str, Any]], *, whole: bool) -> None:
    if parent.parent_id is not None:
        raise Unprocessable("The transaction is itself a child of a split.")
    if parent.has_been_split and whole:
        raise Unprocessable("The transaction has been split already; unsplit it first.")
    if len(parts) > MAX_CHILDREN:
        raise Unprocessable(f"A transaction may be split into {MAX_CHILDREN} parts.")
    amounts = [money.to_micros(Decimal(part["amount"])) for part in parts]
    if min(amounts) <= 0:
        raise Malformed("amount must be greater than 0 in every part.")
    total = sum(amounts) + unit.scalar(_amount_of_children, of=parent.id, user_id=parent.user_id)
    if total > parent.amount or (whole and total != parent.amount):
        raise Unprocessable(
            f"amount: the parts add up to {money.from_micros(total)}, not to {money.from_micros(parent.amount)}."
        )

"""What a user does to transactions: edits them, splits them, writes down and deletes their own."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from fanlight.base import money
from fanlight.base.errors import Malformed, Unprocessable
from fanlight.core import accounts, enriching, split_parts, transactions
from fanlight.core.enriching import Says
from fanlight.core.provenance import to_json
from fanlight.core.transaction_lists import Transaction
from fanlight.core.transactions import MANUAL, SPLIT, Row, Status
from fanlight.storage.unit import Unit

MAX_CHILDREN = 100
"""Of one split."""
REQUIRED = ("amount", "date", "description", "transaction_type")
"""What a manual transaction cannot be without."""
ONLY_MANUAL = frozenset(("amount", "transaction_type", "currency_code", "check_number", "check_number_string"))
"""What a user may say only of a transaction that they wrote down."""


def edit(unit: Unit, row: Transaction, given: Mapping[str, Any], *, now: int) -> None:
    """Keep what a user says; None takes it back, and the system's or the institution's value returns.

    A value that is there already is no edit, so that a client may send back all that it read. The parts of a split
    follow its day, type and currency. Raises Malformed for what may be said only of a manual transaction, Unprocessable
    for the amount of a split or of a part of one.
    """
    shown, own = _shown(row), row.facts.edits
    fresh = {
        name: value for name, value in given.items() if (name in own if value is None else shown.get(name) != value)
    }
    _refuse(row, fresh)
    said = own | fresh
    edits = to_json(said) if any(value is not None for value in said.values()) else ""
    if edits != row.edits:
        _write(unit, row, msgspec.structs.replace(row, edits=edits, updated_at=now), now=now)


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
    row = Says.of(unit, account.user_id).told(row, None, account.facts["account_type"].value)
    enriching.write(unit, account.user_id, (row,), now=now)
    return row


def split(unit: Unit, parent: Transaction, parts: Sequence[Mapping[str, Any]], *, now: int, whole: bool = True) -> None:
    """Divide a transaction; the amounts are those of the parts, the rest is the parent's unless a part says it.

    `whole`: the parts add up to the parent, which was not split before. Else they are added to what is there.
    """
    _refuse_split(unit, parent, parts, whole=whole)
    settled = Says.of(unit, parent.user_id).settled
    inherited = {name: parent.facts.edits.get(name) for name in ("description", "category_guid")}
    for part in parts:
        said = {name: value for name, value in part.items() if value is not None}
        transactions.add(unit, settled(split_parts.new(parent, inherited | said, now=now)))
    transactions.mark_split(unit, parent.user_id, parent.id, is_split=True, now=now)


def unsplit(unit: Unit, parent: Transaction, *, now: int) -> None:
    """Take a split back: the children are gone. What was never split stays as it is."""
    if parent.has_been_split:
        split_parts.take_back(unit, parent, now=now)


def delete(unit: Unit, row: Transaction, *, now: int) -> None:
    """Delete what a user wrote down, or one child of a split; raises Unprocessable for anything else."""
    if row.fingerprint not in (MANUAL, SPLIT):
        raise Unprocessable(
            "Only manual transactions and the children of a split can be deleted; others can be hidden."
        )
    transactions.delete_all(unit, row.user_id, [row.id], now=now)
    if row.parent_id is not None and not split_parts.of(unit, row.user_id, row.parent_id):
        transactions.mark_split(unit, row.user_id, row.parent_id, is_split=False, now=now)


def _write(unit: Unit, before: Transaction, row: Row, *, now: int) -> None:
    says = Says.of(unit, row.user_id)
    row = says.settled(row)
    if row.fingerprint == MANUAL:
        account = accounts.read(unit, row.user_id, before.account_guid)
        row = says.settled(says.enriched(row, account.facts["account_type"].value))
    transactions.write_back(unit, row)
    if row.has_been_split:
        split_parts.follow(unit, [(before, row)], says.settled, now=now)


def _shown(row: Row) -> dict[str, Any]:
    """What a client has read, as far as it can be said: decimals are texts."""
    facts = row.facts
    shown = dict.fromkeys(("has_been_viewed", "is_business", "is_flagged"), False) | facts.feed | facts.edits
    return shown | {
        "amount": str(money.from_micros(row.amount)),
        "category_guid": row.category_guid,
        "date": row.date,
        "description": row.description,
        "is_hidden": row.is_hidden,
        "transaction_type": int(row.transaction_type),
    }


def _refuse(row: Transaction, fresh: Mapping[str, Any]) -> None:
    if row.fingerprint == SPLIT and "amount" in fresh:
        raise Unprocessable("amount: the parts of a split add up; take it back and split again to divide it anew.")
    if row.fingerprint == MANUAL:
        if row.has_been_split and "amount" in fresh:
            raise Unprocessable("amount: the transaction is split; its children would not add up any more.")
        absent = next((name for name in REQUIRED if name in fresh and fresh[name] is None), None)
        if absent is not None:
            raise Malformed(f"{absent} must not be null on a manual transaction.")
        return
    refused = sorted(ONLY_MANUAL & fresh.keys())
    if refused:
        raise Malformed(f"{refused[0]} can be changed on manual transactions only.")


def _refuse_split(unit: Unit, parent: Transaction, parts: Sequence[Mapping[str, Any]], *, whole: bool) -> None:
    if parent.parent_id is not None:
        raise Unprocessable("The transaction is itself a child of a split.")
    if parent.has_been_split and whole:
        raise Unprocessable("The transaction has been split already; unsplit it first.")
    known = split_parts.of(unit, parent.user_id, parent.id)
    if len(known) + len(parts) > MAX_CHILDREN:
        raise Unprocessable(f"A transaction may be split into {MAX_CHILDREN} parts.")
    amounts = [money.to_micros(Decimal(part["amount"])) for part in parts]
    if min(amounts) <= 0:
        raise Malformed("amount must be greater than 0 in every part.")
    total = sum(amounts) + sum(part.amount for part in known)
    if total > parent.amount or (whole and total != parent.amount):
        raise Unprocessable(
            f"amount: the parts add up to {money.from_micros(total)}, not to {money.from_micros(parent.amount)}."
        )

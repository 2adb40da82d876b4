"""Differences: what would change, field by field, in words for a person. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from fanlight.base import money
from fanlight.core.accounts import Account
from fanlight.core.holdings import Row as Holding
from fanlight.core.provenance import Facts
from fanlight.core.transactions import Row, Status, Type

_OF_ACCOUNT = ("provider_id", "is_closed", "member_guid")
_OF_TRANSACTION = ("status", "transaction_type", "amount", "date", "description", "category_guid", "provider_id")


class What(StrEnum):
    """What becomes of a row."""

    ADDED = "added"
    CHANGED = "changed"
    GONE = "gone"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One account, holding or transaction: its fields as they would be, and for a changed one each as [old, new]."""

    what: What
    guid: str
    label: str
    doubt: str | None = None
    fields: dict[str, Any]


class Told(NamedTuple):
    """What is kept of accounts, by key, and marks of their numbers and owners."""

    accounts: dict[int, Account]
    marks: dict[int, dict[str, str]]


def of_accounts(before: Told, after: Told) -> list[Difference]:
    """What became of a user's accounts."""
    found = []
    for key, row in after.accounts.items():
        fields, old = _account(row) | after.marks[key], before.accounts.get(key)
        what = What.ADDED if old is None else What.CHANGED
        if old is not None:
            fields = _changes(_account(old) | before.marks[key], fields)
        if fields:
            found.append(Difference(what=what, guid=row.guid, label=_named(row), fields=fields))
    return found


def of_holdings(known: Iterable[Holding], added: Iterable[Holding], changed: Iterable[Holding]) -> list[Difference]:
    """What becomes of what accounts hold; what is deleted is not there."""
    before = {row.guid: row for row in known}
    pairs = [*((before[row.guid], row) for row in changed), *((None, row) for row in added)]
    found = (_of_holding(old if old and old.deleted_at is None else None, new) for old, new in pairs)
    return sorted((each for each in found if each.fields), key=lambda each: each.guid)


def of_transactions(
    known: Mapping[int, Row], added: Iterable[Row], changed: Iterable[Row], gone: Sequence[int]
) -> list[Difference]:
    """What becomes of transactions."""
    found = [_difference(What.ADDED, row, _transaction(row)) for row in added]
    for row in changed:
        fields = _changes(_transaction(known[row.id]), _transaction(row))
        if fields:
            found.append(_difference(What.CHANGED, row, fields))
    return found + [_difference(What.GONE, known[key], _transaction(known[key])) for key in gone]


def _difference(what: What, row: Row, fields: dict[str, Any]) -> Difference:
    label = f"{row.date} {_amount(row)} {row.description}"
    return Difference(what=what, guid=row.guid, label=label, doubt=row.doubt, fields=fields)


def _of_holding(old: Holding | None, new: Holding) -> Difference:
    fields, facts = _holding(new), new.facts.feed
    what = What.ADDED if old is None else What.GONE
    if old is not None and new.deleted_at is None:
        what, fields = What.CHANGED, _changes(_holding(old), fields)
    label = str(facts.get("symbol") or facts.get("description"))
    return Difference(what=what, guid=new.guid, label=label, fields=fields)


def _holding(row: Holding) -> dict[str, Any]:
    return {f"feed.{name}": value for name, value in row.facts.feed.items()}


def _account(row: Account) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in _OF_ACCOUNT}
    return own | {f"feed.{name}": value for name, value in row.facts_of_feed().items()}


def _transaction(row: Row) -> dict[str, Any]:
    """What comes out, and the two sides it comes from beside what the user says."""
    own = {name: getattr(row, name) for name in _OF_TRANSACTION}
    own |= {"status": Status(row.status).name, "transaction_type": Type(row.transaction_type).name}
    own |= {"amount": str(money.from_micros(row.amount)), "doubt": row.doubt}
    sides = {"feed": row.facts_of_feed(), "system": row.facts_of_system()}
    told = {f"{side}.{name}": value for side, facts in sides.items() for name, value in facts.items()}
    return {name: value for name, value in (own | told).items() if value is not None}


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    names = dict.fromkeys((*old, *new))
    return {name: [old.get(name), new.get(name)] for name in names if old.get(name) != new.get(name)}


def _named(row: Account) -> str:
    facts = Facts.parse(row.feed, row.edits)
    return str(facts["name"].value or facts["nickname"].value or row.guid)


def _amount(row: Row) -> str:
    sign = "-" if row.transaction_type == Type.DEBIT else "+"
    return f"{sign}{money.from_micros(row.amount)}"

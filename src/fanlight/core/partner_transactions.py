"""Transactions that a partner keeps: what it says of one, and the row that comes of it.

What a partner says stands where an institution's feed stands for others, `status` beside it.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from fanlight.base import money
from fanlight.base.errors import Conflict, MissingParams, Unprocessable
from fanlight.core import enriching, transaction_lists, transactions
from fanlight.core.accounts import Account
from fanlight.core.enriching import Says
from fanlight.core.provenance import to_json
from fanlight.core.transactions import PARTNER, Row, Status, Type
from fanlight.storage.unit import Unit

_POSTED = ("posted_at", "posted_on")


def create(unit: Unit, account: Account, provider_id: str, said: Mapping[str, Any], *, now: int) -> None:
    """Keep a new one under the partner's own id.

    Raises Conflict where the account has one of this id, MissingParams and Unprocessable where the days do not fit.
    """
    if transaction_lists.of_partner(unit, account.user_id, account.id, provider_id) is not None:
        raise Conflict("The account has a transaction with this id already.")
    row = transactions.new(
        user_id=account.user_id,
        account_id=account.id,
        member_id=account.member_id,
        provider_id=provider_id,
        fingerprint=PARTNER,
        now=now,
        **_columns(said),
    )
    _write(unit, account, row, None, now=now)


def update(unit: Unit, account: Account, known: Row, said: Mapping[str, Any], *, now: int) -> None:
    """Take over what a partner says now; what it does not say stays. Set back to PENDING, it loses the posted date.

    Raises MissingParams and Unprocessable where the days do not fit then.
    """
    feed = {**known.facts_of_feed(), "status": int(known.status), **said}
    if said.get("status") == Status.PENDING:
        feed |= {name: said.get(name) for name in _POSTED}
    _write(unit, account, msgspec.structs.replace(known, **_columns(feed), updated_at=now), known, now=now)


def _write(unit: Unit, account: Account, row: Row, before: Row | None, *, now: int) -> None:
    """With what the system says of it, as of any other transaction."""
    says = Says.of(unit, account.user_id)
    enriching.write(unit, account.user_id, [says.told(row, before, account.facts["account_type"].value)], now=now)


def _columns(said: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that follow from what a partner says."""
    feed = {name: value for name, value in said.items() if name != "status"}
    status = Status(said["status"])
    _refuse_days(status, feed)
    feed["date"] = feed["transacted_on"]
    return {
        "status": status,
        "transaction_type": Type(feed["transaction_type"]),
        "amount": money.to_micros(Decimal(feed["amount"])),
        "date": feed["date"],
        "description": feed["description"],
        "feed": to_json(feed),
    }


def _refuse_days(status: Status, feed: Mapping[str, Any]) -> None:
    if feed.get("transacted_on") is None:
        raise MissingParams("transacted_on or transacted_at")
    if status is Status.POSTED and feed.get("posted_on") is None:
        raise MissingParams("posted_on or posted_at")
    if status is Status.PENDING and feed.get("posted_on") is not None:
        raise Unprocessable("posted_on and posted_at are left out while the status is PENDING.")

"""Edits of accounts: what a user says of one, kept beside the feed, and believed before it."""

from collections.abc import Mapping
from typing import Any

from fanlight.base.errors import Malformed
from fanlight.core import accounts
from fanlight.core.account_types import PROPERTY
from fanlight.core.accounts import Account
from fanlight.core.provenance import Facts
from fanlight.storage.unit import Unit

REQUIRED = ("name", "account_type")
"""What a manual account is never without."""
ONLY_MANUAL = frozenset(
    ("available_balance", "available_credit", "balance", "cash_balance", "currency_code", "holdings_value")
    + ("last_payment", "last_payment_at", "minimum_balance", "payment_due_at", "payoff_balance", "statement_balance")
    + ("total_account_value",)
)
"""What is the institution's to say where there is one: how much there is, and what was paid when."""


def edit(unit: Unit, account: Account, given: Mapping[str, Any], *, now: int) -> None:
    """Keep what a user says; None takes it back, and the institution's value returns. Raises Malformed."""
    kept = account.facts.edited(given)
    if kept != account.edits:
        facts = Facts.parse(account.feed, kept)
        check(facts, given)
        _refuse(account, facts.edits)
        accounts.update_edits(unit, account, kept, now=now)


def check(facts: Facts, given: Mapping[str, Any]) -> None:
    """What holds between the fields of an account; raises Malformed."""
    if given.get("property_type") is not None and facts["account_type"].value != PROPERTY:
        raise Malformed(f"property_type is for accounts of type {PROPERTY} (PROPERTY).")


def _refuse(account: Account, edits: Mapping[str, Any]) -> None:
    if account.is_manual:
        missing = [name for name in REQUIRED if name not in edits]
        if missing:
            raise Malformed(f"{missing[0]} must not be null: it is a manual account.")
        return
    before = account.facts.edits
    refused = sorted(name for name in ONLY_MANUAL & edits.keys() if edits[name] != before.get(name))
    if refused:
        raise Malformed(f"{refused[0]} can be changed on manual accounts only.")

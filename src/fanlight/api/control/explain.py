"""Why a transaction reads as it does: for each value who set it, and what every side says of it.

A side that says nothing is null: the user's edit, the user's rule, the system (enrichment and the client's rules), the
feed of the institution or partner. The first of them in this order is shown; of a category the feed comes before the
system.
"""

from decimal import Decimal
from typing import Any

from fanlight.api.control.kit import OF_USER, Call, Route
from fanlight.base import money
from fanlight.core import audit, transaction_lists, transaction_rules
from fanlight.core.transaction_lists import Transaction
from fanlight.core.transactions import MANUAL, PARTNER, SPLIT, category_set_by, description_set_by
from fanlight.enrichment import merchants
from fanlight.enrichment.categories import BY_GUID
from fanlight.enrichment.flags import Flags

FED = "institution"


def explain(call: Call) -> dict[str, Any]:
    transaction = transaction_lists.read(call.unit, call.user.id, call.params["transaction_guid"])
    audit.record(call.unit, call.user.client_id, audit.TRANSACTION_EXPLAINED, transaction.guid, now=call.now)
    rule_guid = transaction.user_transaction_rule_guid
    rule = None if rule_guid is None else transaction_rules.read(call.unit, call.user.id, rule_guid)
    return explanation(transaction, rule)


def explanation(transaction: Transaction, rule: transaction_rules.Row | None) -> dict[str, Any]:
    """What is known of a transaction that follows a rule, or none."""
    system = transaction.facts_of_system()
    return {
        "transaction_guid": transaction.guid,
        "description": _description(transaction, system, rule),
        "category": _category(transaction, system, rule),
        "rule": None if rule is None else {"guid": rule.guid, "match_description": rule.match_description},
        "merchant": _merchant(system),
        "flags": [flag.name for flag in Flags(system.get("flags", 0))],
        "evidence": _evidence(system),
        "amount": _fact(transaction, "amount", money.from_micros(transaction.amount)),
        "date": _fact(transaction, "date", transaction.date),
        "identity": _identity(transaction),
        "pending": _pending(system.get("pending")),
        "transfer": system.get("twin"),
        "is_recurring": system.get("is_recurring"),
    }


def _description(
    transaction: Transaction, system: dict[str, Any], rule: transaction_rules.Row | None
) -> dict[str, Any]:  # fmt: skip
    facts = transaction.facts
    return {
        "value": transaction.description,
        "set_by": description_set_by(facts, system, by_rule=rule is not None).name,
        "edit": facts.edits.get("description"),
        "rule": None if rule is None else rule.description,
        "system": system.get("description"),
        "feed": facts.feed.get("description"),
    }


def _category(transaction: Transaction, system: dict[str, Any], rule: transaction_rules.Row | None) -> dict[str, Any]:
    """The sides say guids of categories."""
    facts = transaction.facts
    known = BY_GUID.get(transaction.category_guid)
    return {
        "guid": transaction.category_guid,
        "name": transaction.own_category_name or (known and known.name),
        "set_by": category_set_by(facts, by_rule=rule is not None).name,
        "edit": facts.edits.get("category_guid"),
        "rule": None if rule is None else rule.category_guid,
        "system": system.get("category_guid"),
        "feed": facts.feed.get("category_guid"),
    }


def _merchant(system: dict[str, Any]) -> dict[str, Any] | None:
    guid = system.get("merchant_guid")
    if guid is None:
        return None
    known = merchants.by_guid(guid)
    return {"guid": guid, "name": known and known.name, "location_guid": system.get("merchant_location_guid")}


def _evidence(system: dict[str, Any]) -> dict[str, Any] | None:
    """What decided the system's category; nothing of what was never enriched."""
    if "by" not in system:
        return None
    return {"by": system["by"], "text": system.get("evidence"), "version": system.get("version")}


def _fact(transaction: Transaction, name: str, value: Any) -> dict[str, Any]:
    """A value of which only the user and the feed speak."""
    facts = transaction.facts
    edit, feed = (_typed(name, side.get(name)) for side in (facts.edits, facts.feed))
    set_by = facts[name].set_by
    return {"value": value, "set_by": set_by and set_by.name, "edit": edit, "feed": feed}


def _typed(name: str, value: Any) -> Any:
    return Decimal(value) if name == "amount" and value is not None else value


def _identity(transaction: Transaction) -> dict[str, Any]:
    """By what the transaction is known again, and why merge was not sure of it, if it was not."""
    kind = transaction.fingerprint if transaction.fingerprint in (PARTNER, MANUAL, SPLIT) else FED
    return {"kind": kind, "provider_id": transaction.provider_id, "doubt": transaction.doubt}


def _pending(was: dict[str, Any] | None) -> dict[str, Any] | None:
    """What a posted transaction was while it was pending."""
    return None if was is None else was | {"amount": money.from_micros(was["amount"])}


_PATH = f"{OF_USER}/transactions/{{transaction_guid}}/explain"
ROUTES = (Route("GET", _PATH, explain, "Tell why a transaction reads as it does", "explanation"),)

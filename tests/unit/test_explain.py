"""What an explanation makes of the sides of a transaction, those too that no aggregation of a test world fills."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fanlight.api.control.explain import explanation
from fanlight.core import transactions
from fanlight.core.provenance import to_json
from fanlight.core.transaction_lists import Transaction
from fanlight.core.transactions import Row, Status, Type
from fanlight.enrichment.categories import UNCATEGORIZED
from fanlight.enrichment.merchants import catalogue
from fanlight.enrichment.pipeline import Flags

FEED = {"amount": "12.34", "date": "2026-07-30", "description": "SQ *BAKER", "transaction_type": 2}
BAKER = catalogue()[0]
SYSTEM: dict[str, Any] = {
    "by": "merchant",
    "category_guid": BAKER.category_guid,
    "description": BAKER.name,
    "evidence": f"merchant {BAKER.name}",
    "flags": int(Flags.EXPENSE | Flags.SUBSCRIPTION),
    "merchant_guid": BAKER.guid,
    "merchant_location_guid": "MCL-1",
    "version": 3,
}


def made(system: dict[str, Any], feed: dict[str, Any] = FEED, **fields: Any) -> Transaction:
    """A settled transaction that no rule holds for."""
    row = transactions.new(
        user_id=1,
        account_id=1,
        member_id=1,
        provider_id="p-1",
        fingerprint="0a1b",
        status=Status.POSTED,
        amount=12_340_000,
        date="2026-07-30",
        feed=to_json(feed),
        now=1,
        transaction_type=Type.DEBIT,
        description="SQ *BAKER",
    )
    row = msgspec.structs.replace(row, system=to_json(system) if system else "", **fields)
    row = transactions.settled(row, lambda _id, _text: None)
    own = {name: getattr(row, name) for name in Row.__struct_fields__}
    return Transaction(
        **own,
        account_guid="ACT-1",
        member_guid="MBR-1",
        user_guid="USR-1",
        member_is_managed_by_user=True,
        parent_guid=None,
        user_transaction_rule_guid=None,
        own_category_name=None,
        own_category_parent_guid=None,
    )


def test_enrichment_is_told_with_its_evidence() -> None:
    told = explanation(made(SYSTEM), None)

    assert told["description"] == {
        "value": BAKER.name,
        "set_by": "SYSTEM",
        "edit": None,
        "rule": None,
        "system": BAKER.name,
        "feed": "SQ *BAKER",
    }
    assert told["merchant"] == {"guid": BAKER.guid, "name": BAKER.name, "location_guid": "MCL-1"}
    assert told["flags"] == ["EXPENSE", "SUBSCRIPTION"]
    assert told["evidence"] == {"by": "merchant", "text": f"merchant {BAKER.name}", "version": 3}
    assert (told["transfer"], told["pending"], told["is_recurring"]) == (None, None, None)


def test_what_was_never_enriched_says_so() -> None:
    told = explanation(made({}), None)

    assert told["description"]["set_by"] == "FEED"
    assert (told["category"]["guid"], told["category"]["name"]) == (UNCATEGORIZED, "Uncategorized")
    assert (told["evidence"], told["merchant"], told["flags"]) == (None, None, [])


def test_a_merchant_that_left_the_catalogue_is_told_without_a_name() -> None:
    told = explanation(made(SYSTEM | {"merchant_guid": "MCH-gone"}), None)

    assert told["merchant"] == {"guid": "MCH-gone", "name": None, "location_guid": "MCL-1"}


def test_what_a_transaction_is_among_others() -> None:
    pending = {"amount": 11_000_000, "provider_id": "p-0", "date": "2026-07-29", "description": "PENDING BAKER"}
    told = explanation(made(SYSTEM | {"twin": "TRN-2", "is_recurring": True, "pending": pending}), None)

    assert told["pending"] == pending | {"amount": Decimal("11.00")}
    assert (told["transfer"], told["is_recurring"]) == ("TRN-2", True)


@pytest.mark.parametrize(
    ("fingerprint", "kind"),
    [("0a1b", "institution"), ("partner", "partner"), ("manual", "manual"), ("split", "split")],
)
def test_who_tells_a_transaction_and_whether_merge_was_sure(fingerprint: str, kind: str) -> None:
    told = explanation(made(SYSTEM, fingerprint=fingerprint, doubt="twin"), None)

    assert told["identity"] == {"kind": kind, "provider_id": "p-1", "doubt": "twin"}


def test_a_category_of_the_feed_stands_before_the_systems() -> None:
    told = explanation(made(SYSTEM, FEED | {"category_guid": UNCATEGORIZED}), None)

    assert told["category"]["guid"] == told["category"]["feed"] == UNCATEGORIZED
    assert (told["category"]["set_by"], told["category"]["system"]) == ("FEED", BAKER.category_guid)

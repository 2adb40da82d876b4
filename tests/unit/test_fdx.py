"""FDX translation: the recorded documents where they are present, and what banks do beside the standard."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.institutions.fdx import translate
from fanlight.institutions.fdx.connector import refusal
from fanlight.institutions.http import Reply
from fanlight.institutions.port import Said, Saying

SAMPLES = Path(__file__).parents[3] / "shared/reference/specs/fdx-sample-responses-mit"
present = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded FDX answers are not beside this checkout")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["accountId", "accountType", "currentBalance", "currency", "status", "holdings", "nextPaymentDate"] + [
    "transactionId",
    "amount",
    "postedTimestamp",
    "debitCreditMemo",
    "description",
    "checkNumber",
    "category",
]


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


@present
def test_recorded_accounts() -> None:
    found = [translate.account(entry) for entry in translate.entries(sample("accounts.json"), "accounts")]
    by_id = {account.provider_id: account for account in found}
    checking, card, loan = (by_id[f"account-{number}"] for number in ("123", "601", "603"))
    assert (checking.account_type, checking.balance, checking.currency_code) == (1, Decimal("2549.75"), "USD")
    assert (card.account_type, card.balance, card.credit_limit) == (4, Decimal("2845.5"), Decimal(20000))
    assert card.available_credit == Decimal("17154.5")
    assert (loan.account_type, loan.account_subtype, loan.balance) == (3, 3, Decimal("18750.25"))
    assert loan.original_balance == Decimal(32000)
    assert all(account.account_type != 0 for account in found)


@present
def test_recorded_transactions() -> None:
    names = sorted(path.name for path in SAMPLES.glob("account-*-transactions.json"))
    found = [translate.transaction(e) for n in names for e in translate.entries(sample(n), "transactions")]
    check = next(entry for entry in found if entry.provider_id == "depositTransaction000000001")
    assert (check.check_number, check.check_number_string) == (1234, "1234")
    assert (check.amount, check.transaction_type) == (Decimal(400), translate.DEBIT)
    assert (check.date, check.posted_on) == (date(2024, 12, 14), date(2024, 12, 15))
    assert any(entry.transaction_type == translate.CREDIT for entry in found)


def test_a_day_stays_the_day_that_the_bank_wrote() -> None:
    for text in ("2026-05-10", "2026-05-10T00:00:00Z", "2026-05-10T23:59:59-08:00", "2026-05-10T00:10:00+13:00"):
        entry = {"transactionId": "1", "amount": 1, "transactionTimestamp": text}
        assert translate.transaction(entry).date == date(2026, 5, 10)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"amount": 5, "debitCreditMemo": "CREDIT"}, (Decimal(5), 1)),
        ({"amount": -5, "debitCreditMemo": "DEBIT"}, (Decimal(5), 2)),
        ({"amount": -5}, (Decimal(5), 2)),
        ({"amount": 5, "transactionType": "DIRECTDEPOSIT"}, (Decimal(5), 1)),
        ({"amount": "5.10"}, (Decimal("5.10"), 2)),
    ],
)
def test_direction_and_amount(fields: dict[str, Any], expected: tuple[Decimal, int]) -> None:
    found = translate.transaction({"postedTimestamp": "2026-05-10", **fields})
    assert (found.amount, found.transaction_type) == expected


def test_a_signed_card_balance_is_turned() -> None:
    entry = {"accountId": "1", "accountType": "CREDITCARD", "currentBalance": -120.5}
    assert translate.account(entry, card_balance_is_owed=False).balance == Decimal("120.5")
    assert translate.account(entry).balance == Decimal("-120.5")


def test_wrapped_entries_and_every_kind_of_next_page() -> None:
    (entry,) = translate.entries({"accounts": [{"depositAccount": {"accountId": "1"}}]}, "accounts")
    assert entry == {"accountId": "1"}
    assert translate.next_page({"links": {"next": {"href": "/x"}}, "page": {"nextPageKey": "k"}}) == ("/x", None)
    assert translate.next_page({"page": {"nextPageKey": "k"}}) == (None, ("pageKey", "k"))
    assert translate.next_page({"page": {"nextOffset": 20}}) == (None, ("offset", "20"))
    assert translate.next_page({"page": {}}) == (None, None)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_garbage_is_translated_or_said_to_be_garbage(entry: dict[str, Any]) -> None:
    assert _says(translate.account, entry) in (None, Saying.GIBBERISH)
    assert _says(translate.transaction, entry) in (None, Saying.GIBBERISH)


def _says(read: Callable[[dict[str, Any]], object], entry: dict[str, Any]) -> Saying | None:
    try:
        read(entry)
    except Said as said:
        return said.saying
    return None


@pytest.mark.parametrize(
    ("status", "code", "saying"),
    [
        (401, None, Saying.CONSENT_EXPIRED),
        (403, "602", Saying.CONSENT_EXPIRED),
        (403, "706", Saying.NEEDS_ATTENTION),
        (409, "705", Saying.NEEDS_ATTENTION),
        (403, None, Saying.ACCESS_REFUSED),
        (400, "501", Saying.UNAVAILABLE),
        (400, "703", Saying.GIBBERISH),
        (302, None, Saying.GIBBERISH),
    ],
)
def test_refusals_say_what_they_mean(status: int, code: str | None, saying: Saying) -> None:
    body = json.dumps({"code": code}).encode() if code else b"<html>"
    assert refusal(Reply(status, {}, body)).saying == saying

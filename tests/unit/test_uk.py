"""UK Open Banking translation: the same documents in the words of both versions, and what banks do beside them."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.port import FeedAccount, FeedAccountNumber
from fanlight.institutions.uk import pages, parties, translate
from fanlight.institutions.uk.balances import CREDIT_CARD, with_balances
from fanlight.institutions.uk.details import UkDetails

DATA = Path(__file__).parents[1] / "data" / "uk"
DETAILS = UkDetails(base_url="https://api.alderbank.example/open-banking")
CURRENT = FeedAccount(provider_id="a-1001", account_type=translate.CHECKING, currency_code="GBP")
CARD = FeedAccount(provider_id="a-1002", account_type=CREDIT_CARD, currency_code="GBP")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
MONEY = st.fixed_dictionaries({"Amount": st.sampled_from(["1.00", "-3", "1e400", "", "x"]) | JSON, "Currency": JSON})
versions = pytest.mark.parametrize("version", ["3.1", "4.0"])


def document(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text())


def listed(name: str, kind: str) -> list[dict[str, Any]]:
    return list(pages.entries(document(name), kind))


def rules(**changes: Any) -> UkDetails:
    return msgspec.structs.replace(DETAILS, **changes)


@versions
def test_accounts(version: str) -> None:
    current, card, euros, mortgage = (
        translate.account(each, DETAILS) for each in listed(f"accounts-{version}", "Account")
    )
    assert [each.account_type for each in (current, card, euros, mortgage)] == [1, 4, 2, 7]
    assert (current.name, current.nickname, current.currency_code) == ("Alder Current Account", "Bills", "GBP")
    assert (current.account_number, current.whole_number) == ("5678", "080099:12345678:R-77")
    assert current.started_on == date(2021, 3, 4)
    assert (card.account_number, card.whole_number) == ("4417", None)
    assert (euros.name, euros.whole_number) == ("Holidays", "IE29AIBK93115212345678")
    assert [each.is_closed for each in (current, card, euros, mortgage)] == [False, False, False, True]


@versions
def test_numbers_that_money_reaches_an_account_under(version: str) -> None:
    current, card, euros, mortgage = map(translate.account_numbers, listed(f"accounts-{version}", "Account"))
    assert current == [
        FeedAccountNumber(account_number="12345678", routing_number="080099"),
        FeedAccountNumber(account_number="GB33ALDR08009912345678"),
    ]
    assert card == mortgage == []
    assert euros == [FeedAccountNumber(account_number="IE29AIBK93115212345678")]


@pytest.mark.parametrize(
    ("names", "whole"),
    [
        ([("UK.OBIE.SortCodeAccountNumber", "08-00-99 12345678")], "080099:12345678"),
        ([("SortCodeAccountNumber", "08009912345678")], "080099:12345678"),
        ([("UK.OBIE.IBAN", "GB33 ALDR 0800 9912 3456 78")], "080099:12345678"),
        (
            [("UK.OBIE.IBAN", "GB33ALDR08009912345678"), ("UK.OBIE.SortCodeAccountNumber", "08009912345678")],
            "080099:12345678",
        ),
        ([("UK.OBIE.IBAN", "de89 3704 0044 0532 0130 00")], "DE89370400440532013000"),
        ([("UK.OBIE.SortCodeAccountNumber", "0800991234567")], None),
        ([("UK.OBIE.PAN", "4999990000001234")], None),
        ([("UK.OBIE.IBAN", "xx")], None),
        ([("", "")], None),
        ([], None),
    ],
)
def test_one_name_whichever_way_it_is_told(names: list[tuple[str, str]], whole: str | None) -> None:
    told = [{"SchemeName": scheme, "Identification": text} for scheme, text in names]
    assert translate.account({"AccountId": "1", "Account": told}, DETAILS).whole_number == whole


def test_every_type_of_both_versions_is_known() -> None:
    codes = (
        "CACC CARD CASH CHAR CISH COMM CPAC LLSV LOAN MGLD MOMA NREX ODFT "
        "ONDP OTHR SACC SLRY SVGS TAXE TRAN TRAS VACC NFCA MORT WALT"
    )
    words = "ChargeCard CreditCard CurrentAccount EMoney Loan Mortgage PrePaidCard Savings Wallet"
    for field, names in (("AccountTypeCode", codes), ("AccountSubType", words)):
        for name in names.split():
            found = translate.account({"AccountId": "1", field: name}, DETAILS).account_type
            assert (found == translate.UNKNOWN) is (name == "OTHR"), name


@versions
def test_balances_without_the_overdraft_inside(version: str) -> None:
    found = with_balances(CURRENT, listed(f"balances-{version}", "Balance"), DETAILS)
    assert (found.balance, found.available_balance) == (Decimal("384.10"), Decimal("358.60"))
    assert (found.credit_limit, found.available_credit) == (None, None)
    order = rules(balance_types=("CLBD", "ITBD"))
    assert with_balances(CURRENT, listed(f"balances-{version}", "Balance"), order).balance == Decimal(410)


@versions
def test_what_is_owed_on_a_card_is_above_zero(version: str) -> None:
    told = listed(f"card-balances-{version}", "Balance")
    found = with_balances(CARD, told, DETAILS)
    assert (found.balance, found.credit_limit) == (Decimal("512.35"), Decimal(2500))
    assert (found.available_credit, found.available_balance) == (Decimal("1987.65"), None)


@pytest.mark.parametrize(
    ("side", "rule", "owed"),
    [
        ("Debit", "indicator", "5"),
        ("Credit", "indicator", "-5"),
        ("Debit", "reversed", "-5"),
        ("Credit", "reversed", "5"),
        ("Debit", "owed", "5"),
        ("Credit", "owed", "5"),
    ],
)
def test_three_ways_to_tell_a_debt(side: str, rule: str, owed: str) -> None:
    assert with_balances(CARD, [balance("5.00", "ITBD", side)], rules(debt_balance=rule)).balance == Decimal(owed)
    # A current account is no debt, whatever its servicer does with cards.
    signed = Decimal(5) if side == "Credit" else Decimal(-5)
    assert with_balances(CURRENT, [balance("5.00", "ITBD", side)], rules(debt_balance=rule)).balance == signed


def balance(amount: str, kind: str, side: str = "Credit", **more: Any) -> dict[str, Any]:
    money = {"Amount": amount, "Currency": more.pop("currency", "GBP")}
    return {"CreditDebitIndicator": side, "Type": kind, "DateTime": "2026-11-24T08:00:00Z", "Amount": money, **more}


def line(kind: str, amount: str, *, included: bool) -> dict[str, Any]:
    return {"Type": kind, "Included": included, "Amount": {"Amount": amount, "Currency": "GBP"}}


def test_where_only_the_available_balance_is_told_it_stands_in() -> None:
    told = balance("1300.00", "ITAV", CreditLine=[line("Pre-Agreed", "1000.00", included=True)])
    found = with_balances(CURRENT, [told], DETAILS)
    assert (found.balance, found.available_balance) == (Decimal(300), Decimal(300))
    told = balance("1500.00", "InterimAvailable", CreditLine=[line("Credit", "2000.00", included=True)])
    assert with_balances(CARD, [told], DETAILS).balance == Decimal(500)


def test_credit_lines_are_taken_off_once_and_only_where_they_are_inside() -> None:
    outside = balance("50.00", "ITAV", CreditLine=[line("Pre-Agreed", "1000.00", included=False)])
    assert with_balances(CURRENT, [outside], DETAILS).available_balance == Decimal(50)
    lines = [line("Pre-Agreed", "500.00", included=True), line("Temporary", "200.00", included=True)]
    several = balance("750.00", "ITAV", CreditLine=lines)
    assert with_balances(CURRENT, [several], DETAILS).available_balance == Decimal(50)
    lines = [line("Available", "1500.00", included=True), line("Credit", "2000.00", included=True)]
    twice = with_balances(CARD, [balance("1500.00", "ITAV", CreditLine=lines)], DETAILS)
    assert (twice.balance, twice.available_credit, twice.credit_limit) == (Decimal(500), Decimal(1500), Decimal(2000))


def test_the_latest_of_a_type_in_the_accounts_currency() -> None:
    told = [
        balance("1.00", "ITBD"),
        balance("2.00", "ITBD") | {"DateTime": "2026-11-24T09:00:00Z"},
        balance("3.00", "ITBD", currency="EUR") | {"DateTime": "2026-11-24T10:00:00Z"},
        balance("4.00", "NEVER"),
    ]
    assert with_balances(CURRENT, told, DETAILS).balance == Decimal(2)
    assert with_balances(CURRENT, [], DETAILS) == CURRENT
    nobody = FeedAccount(provider_id="1", account_type=1)
    assert with_balances(nobody, [balance("3.00", "ITBD", currency="EUR")], DETAILS).currency_code == "EUR"


@versions
def test_transactions(version: str) -> None:
    read = [translate.transaction(each, CURRENT, DETAILS) for each in listed(f"transactions-{version}", "Transaction")]
    pending, pay, hostel, refused = read
    assert refused is None
    assert pending is not None
    assert pay is not None
    assert hostel is not None
    assert (pending.is_pending, pending.posted_at, pending.posted_on) == (True, None, None)
    assert (pending.date, pending.transacted_on) == (date(2026, 11, 24), date(2026, 11, 24))
    assert (pending.amount, pending.transaction_type) == (Decimal("3.40"), translate.DEBIT)
    assert (pending.merchant_category_code, pending.description) == (5814, "KETTLE AND CRUMB LEEDS")
    assert (pay.amount, pay.transaction_type, pay.is_pending) == (Decimal(1200), translate.CREDIT, False)
    assert (pay.memo, pay.extended_transaction_type) == ("INV 2041", "BGC")
    assert pay.balance_after == Decimal("1496.20")
    assert (pay.posted_on, pay.transacted_on) == (date(2026, 11, 20), date(2026, 11, 20))
    assert (hostel.provider_id, hostel.description, hostel.is_international) == (None, "Brightwater Hostel", True)
    assert pay.is_international is None


def booked(**fields: Any) -> dict[str, Any]:
    return {
        "CreditDebitIndicator": "Debit",
        "Status": "BOOK",
        "BookingDateTime": "2026-06-01T00:00:00Z",
        "Amount": {"Amount": "1.00", "Currency": "GBP"},
        **fields,
    }


def day(text: str, **changes: Any) -> date:
    found = translate.transaction(booked(BookingDateTime=text), CURRENT, rules(**changes))
    assert found is not None
    return found.date


@pytest.mark.parametrize(
    "text", ["2026-06-01", "2026-06-01T00:00:00Z", "2026-06-01T23:30:00+01:00", "2026-06-01T00:10:00-11:00"]
)
def test_a_day_stays_the_day_that_the_servicer_wrote(text: str) -> None:
    assert day(text) == date(2026, 6, 1)


def test_midnights_of_london_that_are_written_in_utc() -> None:
    london = {"zone": "Europe/London"}
    assert day("2026-05-31T23:00:00Z", **london) == date(2026, 6, 1)
    assert day("2026-11-30T23:00:00+00:00", **london) == date(2026, 11, 30)
    # Neither a day alone nor a time without an offset is moved.
    assert day("2026-06-01", **london) == day("2026-06-01T23:30:00", **london) == date(2026, 6, 1)


@pytest.mark.parametrize("status", ["Rejected", "RJCT", "FUTR", "INFO"])
def test_what_is_no_entry_is_left_out(status: str) -> None:
    assert translate.transaction(booked(Status=status), CURRENT, DETAILS) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"Status": "Posted"},
        {"Status": None},
        {"CreditDebitIndicator": "Both"},
        {"BookingDateTime": "soon"},
        {"Amount": {"Currency": "GBP"}},
        {"Amount": "1.00"},
    ],
)
def test_a_transaction_without_what_the_standard_requires(fields: dict[str, Any]) -> None:
    with pytest.raises(Said, match="gibberish"):
        translate.transaction(booked(**fields), CURRENT, DETAILS)


def test_directions_and_signs_that_servicers_mix() -> None:
    for indicator, amount in (("DBIT", "1.00"), ("debit", "-1.00"), ("Debit", "-1.00")):
        found = translate.transaction(
            booked(CreditDebitIndicator=indicator, Amount={"Amount": amount, "Currency": "GBP"}), CURRENT, DETAILS
        )
        assert found is not None
        assert (found.amount, found.transaction_type) == (Decimal(1), translate.DEBIT)


@versions
def test_parties(version: str) -> None:
    first, second = parties.owners(document(f"parties-{version}"))
    assert (first.owner_name, first.email, first.phone) == (
        "Rosalind Quillfeather",
        "rosalind@example.com",
        "+44-7700900123",
    )
    assert (first.address, first.city, first.postal_code, first.country) == (
        "14 Millrace Street",
        "Leeds",
        "LS1 4AX",
        "GB",
    )
    assert (second.owner_name, second.address) == ("Jasper Quillfeather", "Flat 2, 9 Orchard Gate, Leeds")
    alone = {"Data": {"Party": document(f"parties-{version}")["Data"]["Party"][0]}}
    assert parties.owners(alone) == [first]
    assert parties.party_id(alone) == "p-1"
    assert parties.owners({"Data": {}}) == []


@pytest.mark.parametrize(
    ("status", "codes", "saying"),
    [
        (401, [], Saying.CONSENT_EXPIRED),
        (403, [], Saying.ACCESS_REFUSED),
        (403, ["UK.OBIE.Resource.InvalidConsentStatus"], Saying.CONSENT_EXPIRED),
        (400, ["UK.OBIE.Resource.InvalidConsentStatus"], Saying.CONSENT_EXPIRED),
        (403, ["UK.OBIE.Reauthenticate"], Saying.CONSENT_EXPIRED),
        (403, ["U009"], Saying.CONSENT_EXPIRED),
        (403, ["U028"], Saying.CONSENT_EXPIRED),
        (403, ["U008"], Saying.ACCESS_REFUSED),
        (400, ["UK.OBIE.Resource.NotFound"], Saying.ACCESS_REFUSED),
        (400, ["U011"], Saying.ACCESS_REFUSED),
        (400, ["AC06"], Saying.NEEDS_ATTENTION),
        (400, ["U002"], Saying.GIBBERISH),
        (404, [], Saying.GIBBERISH),
        (302, [], Saying.GIBBERISH),
    ],
)
def test_refusals_say_what_they_mean(status: int, codes: list[str], saying: Saying) -> None:
    body = json.dumps({"Errors": [{"ErrorCode": code} for code in codes]}).encode() if codes else b"<html>"
    assert pages.refused(Reply(status, {}, body)).saying == saying


def test_only_codes_are_repeated_from_an_error() -> None:
    body = json.dumps({"Errors": [{"ErrorCode": "no code: 12345678"}, {"ErrorCode": "U002"}, 7]}).encode()
    assert pages.error_codes(body) == ("U002",)
    assert pages.error_codes(b'{"Errors": [{"ErrorCode": "U002"}]}' + b" " * pages.MAX_ERROR) == ()
    assert pages.error_codes(b"[" * 200_000) == ()


@given(
    st.dictionaries(st.sampled_from(["AccountId", "Account", "Status", "Currency", "Nickname", "OpeningDate"]), JSON)
)
def test_garbage_of_accounts_is_read_or_said_to_be_garbage(entry: dict[str, Any]) -> None:
    assert said(lambda: translate.account(entry, DETAILS)) in (None, Saying.GIBBERISH)
    assert said(lambda: (translate.account_numbers(entry), translate.holders(entry))) is None


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "CreditDebitIndicator": st.sampled_from(["Credit", "Debit"]) | JSON,
            "Status": st.sampled_from(["BOOK", "Pending"]) | JSON,
            "BookingDateTime": st.sampled_from(["2026-06-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]) | JSON,
            "ValueDateTime": st.sampled_from(["9999-12-31T23:59:59-14:00"]) | JSON,
            "Amount": MONEY | JSON,
            "MerchantDetails": JSON,
            "CurrencyExchange": JSON,
            "Balance": st.fixed_dictionaries({"Type": st.just("ITBD"), "Amount": MONEY | JSON}) | JSON,
        },
    )
)
def test_garbage_of_transactions_is_read_or_said_to_be_garbage(entry: dict[str, Any]) -> None:
    for details in (DETAILS, rules(zone="Europe/London")):
        assert said(partial(translate.transaction, entry, CURRENT, details)) in (None, Saying.GIBBERISH)


@given(st.lists(st.fixed_dictionaries({"Type": st.sampled_from(["ITBD", "ITAV"]), "Amount": MONEY}, optional={
    "CreditDebitIndicator": st.sampled_from(["Credit", "Debit"]) | JSON, "CreditLine": JSON, "DateTime": JSON,
}), max_size=4))  # fmt: skip
def test_garbage_of_balances_leaves_the_account_whole(told: list[dict[str, Any]]) -> None:
    for account in (CURRENT, CARD):
        assert with_balances(account, told, DETAILS).provider_id == account.provider_id


@given(JSON)
def test_garbage_of_parties_is_read_or_said_to_be_garbage(found: Any) -> None:
    assert said(lambda: parties.owners({"Data": {"Party": found}})) in (None, Saying.GIBBERISH)
    assert said(lambda: pages.next_link({"Links": {"Next": found}})) in (None, Saying.GIBBERISH)


def said(read: Callable[[], object]) -> Saying | None:
    try:
        read()
    except Said as word:
        return word.saying
    return None

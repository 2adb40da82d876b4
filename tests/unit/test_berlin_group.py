"""Berlin Group: documents translated, refusals understood, consents asked for, and links that lead astray refused."""

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.berlin_group import transactions, translate
from fanlight.institutions.berlin_group.connector import BerlinGroupConnector, BerlinGroupSession
from fanlight.institutions.berlin_group.consents import BerlinGroupConsents
from fanlight.institutions.berlin_group.details import BerlinGroupDetails
from fanlight.institutions.berlin_group.errors import refusal
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Line
from fanlight.institutions.port import Access, Consent, ConsentRequest, FeedTransaction, Limits

DATA = Path(__file__).parent.parent / "data" / "berlin_group"
BASE = "https://bank.example/psd2"
DETAILS = BerlinGroupDetails(base_url=BASE)
LAST = dt.date(2026, 8, 2)
NOW = 1_785_672_000


def read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return document


def listed(*, are_cards: bool = False, **lines: Any) -> dict[str, translate.Listed]:
    details = msgspec.structs.replace(DETAILS, **lines)
    document = read("card_accounts" if are_cards else "accounts")
    found = translate.accounts(document, details, are_cards=are_cards)
    return {each.account.provider_id: each for each in found}


def page(name: str, account: translate.Listed, **lines: Any) -> list[FeedTransaction]:
    details = msgspec.structs.replace(DETAILS, **lines)
    return transactions.page(read(name), account, details, LAST).transactions


def test_accounts_with_their_balances() -> None:
    found = listed()
    assert set(found) == {"r-giro", "r-usd", "r-chf", "r-loan"}  # the sum of two currencies is no account
    giro = found["r-giro"].account
    assert (giro.account_type, giro.name, giro.nickname) == (1, "Girokonto Plus", "Haushaltskonto")
    assert (giro.account_number, giro.whole_number) == ("6199", "DE75512108001245126199")
    assert giro.balance == Decimal("-12.50")
    assert giro.available_balance is None  # it has a credit limit in it that nobody tells
    assert found["r-usd"].account.balance == Decimal(1056)
    assert found["r-chf"].account.available_balance == Decimal("7.1")
    numbers = [found[name].account.whole_number for name in ("r-usd", "r-chf")]
    assert numbers == ["DE02120300000000202051 USD", "DE02120300000000202051 CHF"]
    loan = found["r-loan"].account
    assert (loan.account_type, loan.balance, loan.is_closed) == (3, Decimal(4200), True)


def test_which_balance_it_is_stands_in_the_entry() -> None:
    giro = listed(balance_types=("closingBooked", "interimBooked"))["r-giro"].account
    assert giro.balance == Decimal(500)


def test_a_card_is_owed_above_zero_and_its_rest_follows_from_the_limit() -> None:
    card = listed(are_cards=True)["c-1"].account
    assert (card.account_type, card.balance, card.credit_limit) == (4, Decimal("14355.78"), Decimal(15000))
    assert card.available_credit == Decimal("644.22")
    assert card.statement_balance == Decimal(300)
    assert card.account_number == "3241"
    assert listed(are_cards=True, debit_accounting=True)["c-1"].account.balance == Decimal("-14355.78")


def test_transactions_keep_their_days_names_and_ids() -> None:
    found = page("transactions", listed()["r-giro"])
    first, salary, check, single, kiosk, bare = found
    assert (first.provider_id, first.amount, first.transaction_type) == ("t-1", Decimal("42.10"), 2)
    days = (first.date, first.posted_on, first.transacted_on)
    assert days == (dt.date(2026, 7, 30), dt.date(2026, 7, 30), dt.date(2026, 7, 29))
    assert (first.description, first.memo) == ("Bäckerei Krümel", "Rechnung 17 Kunde 4")
    assert first.balance_after == Decimal("-12.50")
    assert (salary.provider_id, salary.transaction_type) == ("2026-07-28.1", 1)
    assert (salary.description, salary.memo) == ("Arbeit AG", "RF18539007547034")
    assert (check.description, check.check_number, check.is_international) == ("INV-1", 123, True)
    assert (single.description, single.memo) == ("Im Stapel", "eins")
    assert [each.is_pending for each in found] == [False] * 4 + [True] * 2
    assert kiosk.date == LAST  # its value date is to come
    assert (bare.date, bare.description, bare.posted_at) == (LAST, "Vormerkung", None)


def test_which_field_is_the_id_stands_in_the_entry() -> None:
    giro = listed()["r-giro"]
    assert [each.provider_id for each in page("transactions", giro, transaction_id="entryReference")][:2] == [
        "2026-07-30.1",
        "2026-07-28.1",
    ]
    assert {each.provider_id for each in page("transactions", giro, transaction_id="none")} == {None}


def test_a_bank_without_minus_signs_tells_the_direction_by_the_parties() -> None:
    giro = listed()["r-giro"]
    entry = {"bookingDate": "2026-07-01", "transactionAmount": {"amount": "5", "currency": "EUR"}}
    document = {"transactions": {"booked": [{**entry, "creditorName": "A"}, {**entry, "debtorAccount": {}}, entry]}}
    details = msgspec.structs.replace(DETAILS, amounts="by_party")
    found = transactions.page(document, giro, details, LAST).transactions
    assert [each.transaction_type for each in found] == [2, 1, 1]
    assert [each.transaction_type for each in transactions.page(document, giro, DETAILS, LAST).transactions] == [1] * 3


def test_card_transactions_with_debits_above_zero() -> None:
    bought, refunded = page("card_transactions", listed(are_cards=True)["c-1"])
    assert (bought.transaction_type, bought.amount, bought.date) == (2, Decimal("256.67"), dt.date(2026, 7, 25))
    assert (bought.merchant_category_code, bought.is_international, bought.memo) == (5912, True, "STOCKHOLM")
    assert (refunded.transaction_type, refunded.date) == (1, dt.date(2026, 7, 24))


def test_a_file_to_download_is_said_to_be_one() -> None:
    document = {"_links": {"download": {"href": "https://bank.example/file"}}}
    with pytest.raises(Said) as caught:
        transactions.page(document, listed()["r-giro"], DETAILS, LAST)
    assert caught.value.saying is Saying.ACCESS_REFUSED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.just("9999-99-99"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["resourceId", "iban", "currency", "balances", "cashAccountType", "transactionAmount", "bookingDate", "valueDate"]
    + ["creditorName", "remittanceInformationUnstructuredArray", "entryDetails", "balanceAfterTransaction", "checkId"]
    + ["remittanceInformationStructuredArray", "originalAmount", "merchantCategoryCode", "creditLimit", "_links"]
)


@given(st.dictionaries(FIELDS, JSON, max_size=8), st.booleans())
def test_garbage_is_translated_or_said_to_be_garbage(entry: dict[str, Any], are_cards: bool) -> None:
    account = next(iter(listed(are_cards=are_cards).values()))
    name = "cardTransactions" if are_cards else "transactions"
    reads: list[Callable[[], object]] = [
        lambda: translate.accounts(
            {"cardAccounts" if are_cards else "accounts": [entry]}, DETAILS, are_cards=are_cards
        ),
        lambda: transactions.page({name: {"booked": [entry], "pending": [entry]}}, account, DETAILS, LAST),
        lambda: translate.with_balances(account, entry, DETAILS),
    ]
    assert {_says(each) for each in reads} <= {None, Saying.GIBBERISH, Saying.TOO_MUCH}


def _says(read: Callable[[], object]) -> Saying | None:
    try:
        read()
    except Said as said:
        return said.saying
    return None


def tpp(code: str) -> bytes:
    return json.dumps({"tppMessages": [{"category": "ERROR", "code": code}]}).encode()


@pytest.mark.parametrize(
    ("status", "body", "saying"),
    [
        (401, tpp("CONSENT_EXPIRED"), Saying.CONSENT_EXPIRED),
        (401, tpp("CONSENT_INVALID"), Saying.CONSENT_EXPIRED),
        (403, tpp("CONSENT_UNKNOWN"), Saying.CONSENT_EXPIRED),
        (401, tpp("TOKEN_INVALID"), Saying.CONSENT_EXPIRED),
        (401, tpp("CERTIFICATE_EXPIRED"), Saying.CLIENT_REFUSED),
        (401, tpp("SIGNATURE_MISSING"), Saying.CLIENT_REFUSED),
        (400, tpp("FORMAT_ERROR"), Saying.CLIENT_REFUSED),
        (400, tpp("PERIOD_INVALID"), Saying.ACCESS_REFUSED),
        (404, tpp("RESOURCE_UNKNOWN"), Saying.ACCESS_REFUSED),
        (403, tpp("SERVICE_BLOCKED"), Saying.NEEDS_ATTENTION),
        (
            401,
            json.dumps({"type": "https://x.example/e", "code": "CERTIFICATE_REVOKED"}).encode(),
            Saying.CLIENT_REFUSED,
        ),
        (401, tpp("A_SECRET_OF_THE_BANK"), Saying.CLIENT_REFUSED),
        (403, b"<html>", Saying.ACCESS_REFUSED),
        (302, b"", Saying.GIBBERISH),
        (401, b"[" * 100_000, Saying.CLIENT_REFUSED),
    ],
)
def test_refusals_say_what_they_mean(status: int, body: bytes, saying: Saying) -> None:
    said = refusal(Reply(status, {}, body))
    assert said.saying is saying
    assert "SECRET" not in said.detail


class Told:
    """Access to a bank that answers what a test lined up, and remembers what it was asked."""

    def __init__(self, *replies: Reply, consent_id: str | None = "c-1") -> None:
        self.consent_id = consent_id
        self.replies = list(replies)
        self.asked: list[tuple[str, str, Mapping[str, str], bytes | None]] = []

    async def request(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None) -> Reply:
        self.asked.append((method, url, headers, content))
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def reply(document: Any, status: int = 200) -> Reply:
    return Reply(status, {}, json.dumps(document).encode())


def wanted(person_ip: str | None = "203.0.113.7") -> ConsentRequest:
    return ConsentRequest("https://us.example/back", "https://us.example/no", dt.date(2026, 5, 1), NOW, person_ip)


def create(access: Access, person_ip: str | None = "203.0.113.7", **lines: Any) -> Consent:
    details = msgspec.structs.replace(DETAILS, **lines)
    return asyncio.run(BerlinGroupConsents(details, days=180, calls_per_day=4).create(wanted(person_ip), access))


def made(**links: str) -> Reply:
    shown = {name: {"href": href} for name, href in links.items()}
    return reply({"consentStatus": "received", "consentId": "c/1", "_links": shown}, 201)


def test_a_consent_is_asked_for_and_leads_to_the_bank() -> None:
    access = Told(made(scaRedirect="https://login.bank.example/c1"), consent_id=None)
    consent = create(access)
    assert (consent.id, consent.location) == ("c/1", "https://login.bank.example/c1")
    assert consent.expires_at == 1_801_267_200  # 2027-01-30, the day after the last one
    ((method, url, headers, content),) = access.asked
    assert (method, url) == ("POST", f"{BASE}/v1/consents")
    assert json.loads(content or b"") == {
        "access": {"allPsd2": "allAccounts"},
        "recurringIndicator": True,
        "validUntil": "2027-01-29",
        "frequencyPerDay": 4,
        "combinedServiceIndicator": False,
    }
    assert headers["tpp-redirect-uri"] == "https://us.example/back"
    assert headers["tpp-nok-redirect-uri"] == "https://us.example/no"
    assert (headers["psu-ip-address"], headers["tpp-redirect-preferred"]) == ("203.0.113.7", "true")
    assert "consent-id" not in headers


@pytest.mark.parametrize(
    ("person", "own", "sent"),
    [
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("::ffff:203.0.113.7", None, "203.0.113.7"),
        ("2001:db8::1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8::1", None, "2001:db8::1"),
        (None, "198.51.100.1", "198.51.100.1"),
        ("nonsense\r\nx: y", None, None),
        (None, None, None),
    ],
)
def test_the_persons_address_is_an_ipv4_one_where_there_is_any(
    person: str | None, own: str | None, sent: str | None
) -> None:
    access = Told(made(scaRedirect="https://login.bank.example/"))
    create(access, person, tpp_ip_address=own)
    assert access.asked[0][2].get("psu-ip-address") == sent


def test_an_authorisation_that_has_to_be_begun_is_begun_once() -> None:
    begun = reply({"scaStatus": "received", "_links": {"scaRedirect": {"href": "https://login.bank.example/a"}}}, 201)
    access = Told(made(startAuthorisation="/psd2/v1/consents/c1/authorisations"), begun)
    assert create(access).location == "https://login.bank.example/a"
    assert access.asked[1][:2] == ("POST", f"{BASE}/v1/consents/c1/authorisations")
    assert access.asked[0][2]["x-request-id"] != access.asked[1][2]["x-request-id"]


@pytest.mark.parametrize(
    ("links", "saying"),
    [
        ({"scaOAuth": "https://bank.example/.well-known/oauth-authorization-server"}, Saying.CLIENT_REFUSED),
        ({"startAuthorisationWithPsuAuthentication": "/x"}, Saying.CLIENT_REFUSED),
        ({}, Saying.CLIENT_REFUSED),
        ({"startAuthorisation": "https://elsewhere.example/x"}, Saying.GIBBERISH),
        ({"scaRedirect": "http://login.bank.example/"}, Saying.GIBBERISH),
        ({"scaRedirect": "https://bank.example@evil.example/"}, Saying.GIBBERISH),
        ({"scaRedirect": "javascript:alert(1)"}, Saying.GIBBERISH),
        ({"scaRedirect": "https://x\\@evil.example"}, Saying.GIBBERISH),
        ({"scaRedirect": "https://x.example/\r\nset-cookie: a"}, Saying.GIBBERISH),
        ({"scaRedirect": "//evil.example/"}, Saying.GIBBERISH),
        ({"scaRedirect": "https://["}, Saying.GIBBERISH),
    ],
)
def test_a_person_is_sent_to_no_other_address(links: dict[str, str], saying: Saying) -> None:
    with pytest.raises(Said) as caught:
        create(Told(made(**links)))
    assert caught.value.saying is saying


@pytest.mark.parametrize(
    ("word", "status"),
    [("received", "waiting"), ("partiallyAuthorised", "waiting"), ("valid", "active"), ("rejected", "rejected")]
    + [("revokedByPsu", "ended"), ("expired", "ended"), ("terminatedByTpp", "ended")],
)
def test_a_consents_status_is_the_banks_word(word: str, status: str) -> None:
    consents = BerlinGroupConsents(DETAILS, days=180, calls_per_day=4)
    access = Told(reply({"consentStatus": word, "validUntil": "2026-12-31"}))
    state = asyncio.run(consents.read("c/1", access))
    assert (state.status, state.expires_at) == (status, 1_798_761_600)
    assert access.asked[0][1] == f"{BASE}/v1/consents/c%2F1"


def test_a_consent_without_an_end_or_that_is_gone() -> None:
    consents = BerlinGroupConsents(DETAILS, days=180, calls_per_day=4)
    forever = Told(reply({"consentStatus": "valid", "validUntil": "9999-12-31"}))
    assert asyncio.run(consents.read("c", forever)).expires_at is None
    for gone in (
        Reply(403, {}, tpp("CONSENT_UNKNOWN")),
        Reply(401, {}, tpp("CONSENT_EXPIRED")),
        Reply(404, {}, tpp("RESOURCE_UNKNOWN")),
    ):
        assert asyncio.run(consents.read("c", Told(gone))).status == "ended"
        asyncio.run(consents.revoke("c", Told(gone)))
    asyncio.run(consents.revoke("c", Told(Reply(204, {}, b""))))
    with pytest.raises(Said):
        asyncio.run(consents.read("c", Told(reply({"consentStatus": "asleep"}))))
    with pytest.raises(Said):
        asyncio.run(consents.revoke("c", Told(Reply(401, {}, tpp("CERTIFICATE_EXPIRED")))))


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_status_alone_ends_no_consent(status: int) -> None:
    """A gateway in between, or a path that has moved, knows nothing of it."""
    consents = BerlinGroupConsents(DETAILS, days=180, calls_per_day=4)
    for story in (consents.read, consents.revoke):
        with pytest.raises(Said) as said:
            asyncio.run(story("c", Told(Reply(status, {}, b"<h1>not here</h1>"))))
        assert said.value.saying in (Saying.UNAVAILABLE, Saying.CLIENT_REFUSED)


def said(access: Told, story: Callable[[BerlinGroupSession], Any], **lines: Any) -> Any:
    """What a story gives with a bank, or what the bank says."""

    async def play() -> Any:
        http = Http(timeout=5, max_bytes=1 << 20)
        connector = BerlinGroupConnector(
            msgspec.structs.replace(DETAILS, card_accounts=False, **lines), Line(http, Way()), Limits(5, 100)
        )
        try:
            return await story(await connector.session(access))
        except Said as word:
            return word.saying
        finally:
            await http.close()

    return asyncio.run(play())


def ask(start: dt.date = LAST) -> Callable[[BerlinGroupSession], Any]:
    async def story(session: BerlinGroupSession) -> Any:
        return await session.transactions((await session.accounts())[0], start, LAST)

    return story


def test_every_call_shows_the_consent_and_a_fresh_id_and_nobodys_address() -> None:
    report: dict[str, Any] = {"transactions": {"booked": [], "_links": {}}}
    access = Told(reply(read("accounts")), reply(report))
    assert said(access, ask()) == []
    assert {headers["consent-id"] for _, _, headers, _ in access.asked} == {"c-1"}
    assert len({headers["x-request-id"] for _, _, headers, _ in access.asked}) == len(access.asked) == 2
    assert not any("psu-ip-address" in headers for _, _, headers, _ in access.asked)
    assert said(Told(reply(read("accounts")), consent_id=None), ask()) is Saying.CONSENT_EXPIRED


@pytest.mark.parametrize(
    "link", ["https://elsewhere.example/", "http://[", "//[x]/", "/accounts?x=\u00e9", "https://bank.example:444/x"]
)
def test_a_link_that_is_no_address_of_the_bank(link: str) -> None:
    report = {"transactions": {"booked": [], "_links": {"next": {"href": link}}}}
    assert said(Told(reply(read("accounts")), reply(report)), ask()) is Saying.GIBBERISH


def test_pages_that_do_not_end_are_too_much() -> None:
    entry = {"bookingDate": "2026-07-01", "transactionAmount": {"amount": "5", "currency": "EUR"}}
    same = {"transactions": {"booked": [entry], "_links": {"next": {"href": "?page=2"}}}}
    assert said(Told(reply(read("accounts")), reply(same)), ask()) is Saying.TOO_MUCH
    many = {"transactions": {"booked": [entry] * 101, "_links": {}}}
    assert said(Told(reply(read("accounts")), reply(many)), ask()) is Saying.TOO_MUCH


def test_a_period_that_is_too_long_is_asked_for_again_as_far_as_it_goes() -> None:
    report: dict[str, Any] = {"transactions": {"booked": [], "_links": {}}}
    access = Told(reply(read("accounts")), Reply(400, {}, tpp("PERIOD_INVALID")), reply(report))
    assert said(access, ask(dt.date(2024, 8, 2))) == []
    assert "dateFrom=2024-08-02" in access.asked[1][1]
    assert "dateFrom=2026-05-05" in access.asked[2][1]
    limited = Told(reply(read("accounts")), reply(report))
    assert said(limited, ask(dt.date(2024, 8, 2)), history_days=30) == []
    assert "dateFrom=2026-07-03" in limited.asked[1][1]

"""FDX translation: the recorded documents where they are present, and what banks do beside the standard."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.fdx import translate
from fanlight.institutions.fdx.connector import MAX_NETWORKS, FdxConnector, FdxSession
from fanlight.institutions.fdx.details import FdxDetails
from fanlight.institutions.fdx.refusals import MAX_ERROR, refusal
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Line
from fanlight.institutions.port import MAX_ACCOUNTS, FeedAccount, Limits, Tokens
from fanlight.oauth.authorized import FixedAccess

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


def test_no_code_is_looked_for_in_a_long_error() -> None:
    body = b'{"code": "602"' + b" " * MAX_ERROR + b"}"
    assert refusal(Reply(403, {}, body)).saying == Saying.ACCESS_REFUSED


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("ABCDEFGHIJKL", "IJKL"),
        ("GB33BUKB20201555", "1555"),
        ("xx**1234", "xx**1234"),
        ("\u2022\u2022 A1", "\u2022\u2022 A1"),
    ]
    + [("\u0661\u0662\u0663\u0664\u0665\u0666", "\u0663\u0664\u0665\u0666"), ("*" * 1000 + "12345", "2345")],
)
def test_a_number_that_is_not_masked_is_cut_whatever_its_letters(sent: str, kept: str) -> None:
    assert translate.account({"accountId": "1", "accountNumberDisplay": sent}).account_number == kept


class Stranger(BaseHTTPRequestHandler):
    """A bank that answers a path's last part with what a test lined up."""

    documents: dict[str, list[dict[str, Any]]] = {}

    def do_GET(self) -> None:
        left = self.documents[self.path.partition("?")[0].rpartition("/")[2]]
        body = json.dumps(left.pop(0) if len(left) > 1 else left[0]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def stranger() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    Stranger.documents = {"accounts": [page(1)]}
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def page(count: int, link: str | None = None) -> dict[str, Any]:
    following = {"links": {"next": {"href": link}}} if link else {}
    return {"accounts": [{"accountId": f"{link} {number}"} for number in range(count)], **following}


async def accounts_of(session: FdxSession) -> int:
    return len(await session.accounts())


def said(url: str, story: Callable[[FdxSession], Any]) -> Any:
    """What a story gives with a bank, or what the bank says."""

    async def play() -> Any:
        http = Http(timeout=5, max_bytes=8 << 20, allow_private=True)
        line = Line(http, Way(allow_private=True))
        try:
            connector = FdxConnector(FdxDetails(base_url=url), line, Limits(10, 100))
            return await story(await connector.session(FixedAccess(line, Tokens(access_token="token"))))
        except Said as word:
            return word.saying
        finally:
            await http.close()

    return asyncio.run(play())


@pytest.mark.parametrize(
    "link", ["http://[", "//[x]/", "/accounts?x=\u00e9", "/accounts?a b", "https://elsewhere.example/"]
)
def test_a_link_that_is_no_address_of_the_bank(stranger: str, link: str) -> None:
    Stranger.documents["accounts"] = [page(1, link)]
    assert said(stranger, accounts_of) == Saying.GIBBERISH


def test_accounts_are_counted_over_all_pages(stranger: str) -> None:
    Stranger.documents["accounts"] = [page(MAX_ACCOUNTS - 1, "/accounts?page=2"), page(1)]
    assert said(stranger, accounts_of) == MAX_ACCOUNTS
    Stranger.documents["accounts"] = [page(MAX_ACCOUNTS, "/accounts?page=2"), page(1, "/accounts?page=3"), page(1)]
    assert said(stranger, accounts_of) == Saying.TOO_MUCH
    assert len(Stranger.documents["accounts"]) == 1


def test_lists_below_an_account_are_bounded(stranger: str) -> None:
    account = FeedAccount(provider_id="1", account_type=1)
    network = {"type": "US_ACH", "identifier": "1", "bankId": "2"}
    day = date(2026, 5, 10)
    Stranger.documents |= {
        "payment-networks": [{"paymentNetworks": [network] * (MAX_NETWORKS + 1)}],
        "contact": [{"holders": [{}] * (translate.MAX_ENTRIES + 1)}],
        "transactions": [{"transactions": [{"amount": 1, "postedTimestamp": "2026-05-10"}] * 101}],
    }
    stories: list[Callable[[FdxSession], Any]] = [
        lambda session: session.account_numbers(account),
        lambda session: session.owners(account),
        lambda session: session.transactions(account, day, day),
    ]
    assert [said(stranger, story) for story in stories] == [Saying.TOO_MUCH] * 3

"""SimpleFIN: setup tokens that may be claimed, account sets of both versions, and spans of days."""

import asyncio
import base64
import datetime as dt
import itertools
import json
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Line
from fanlight.institutions.oauth_entry import EntryError
from fanlight.institutions.port import Exchanging, FeedTransaction, Limits, Login
from fanlight.institutions.registry import parse_entry
from fanlight.institutions.simplefin import translate
from fanlight.institutions.simplefin.claim import access_url, claim_target
from fanlight.institutions.simplefin.connector import SimpleFinConnector, SimpleFinSession, _spans
from fanlight.institutions.simplefin.details import SimpleFinDetails

DATA = Path(__file__).parent.parent / "data" / "simplefin"
ANY = SimpleFinDetails()
BRIDGE = SimpleFinDetails(servers=("https://bridge.example/simplefin",))
LAST = dt.date(2026, 8, 2)


def read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return document


def token(address: str) -> str:
    return base64.b64encode(address.encode()).decode()


def test_a_token_in_any_form_of_base64_is_read() -> None:
    address = "https://bridge.example/simplefin/claim/demo?".rstrip("?")
    plain = token(address)
    for text in (plain, plain.rstrip("="), f" {plain[:10]}\n{plain[10:]} ", plain.replace("+", "-").replace("/", "_")):
        assert claim_target(text, BRIDGE) == ("https", "bridge.example", 443, "/simplefin/claim/demo")
        assert claim_target(text, ANY).host == "bridge.example"


@pytest.mark.parametrize(
    "address",
    [
        "http://bridge.example/simplefin/claim/x",
        "https://bridge.example:8443/simplefin/claim/x",
        "https://user:pass@bridge.example/simplefin/claim/x",
        "https://bridge.example@evil.example/claim/x",
        "https://bridge.example\\@evil.example/claim/x",
        "https://bridge.example/simplefin/accounts",
        "https://bridge.example/simplefin/claim/../../admin",
        "https://bridge.example/claim/x?y=z",
        "https://bridge.example/claim/x#y",
        "ftp://bridge.example/claim/x",
        "//bridge.example/claim/x",
        "https:///claim/x",
        "claim",
        "https://bridge.example/claim/x\r\nhost: evil.example",
    ],
)
@pytest.mark.parametrize("details", [ANY, BRIDGE])
def test_an_address_that_is_no_claim_is_refused(address: str, details: SimpleFinDetails) -> None:
    with pytest.raises(Said) as caught:
        claim_target(token(address), details)
    assert caught.value.saying is Saying.LOGIN_REFUSED
    assert caught.value.told
    assert "bridge" not in caught.value.detail + (caught.value.told or "")


@pytest.mark.parametrize("text", ["", "%%%", "é", "A" * 5000, "bm90IGEgdXJs", "AAAA"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(Said) as caught:
        claim_target(text, ANY)
    assert caught.value.saying is Saying.LOGIN_REFUSED


def test_a_server_that_the_entry_does_not_name_is_refused() -> None:
    for address in ("https://other.example/simplefin/claim/x", "https://sub.bridge.example/claim/x"):
        with pytest.raises(Said):
            claim_target(token(address), BRIDGE)


def test_an_access_url_comes_apart_and_is_never_printed() -> None:
    found = access_url("https://us%40er:p%3Ass@bridge.example/simplefin/", BRIDGE)
    assert found == ("https://bridge.example/simplefin", "us@er", "p:ss")
    assert base64.b64decode(found.authorization.removeprefix("Basic ")) == b"us@er:p:ss"
    assert "p:ss" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://bridge.example/simplefin",
        "https://user@bridge.example/simplefin",
        "https://:pass@bridge.example/simplefin",
        "http://user:pass@bridge.example/simplefin",
        "https://user:pass@evil.example/simplefin",
        "https://user:pass@bridge.example/simplefin?x=y",
        "https://user:pass@bridge.example/../x",
        "<html>none</html>",
    ],
)
def test_what_is_no_access_url_is_refused(text: str) -> None:
    at = claim_target(token("https://bridge.example/claim/x"), ANY)
    for details in (ANY, BRIDGE):
        with pytest.raises(Said) as caught:
            access_url(text, details, at=at)
        assert "pass" not in caught.value.detail


def test_version_1_by_organisations() -> None:
    found = translate.account_set(read("version_1"), ANY)
    checking, card = (each.account for each in found.listed)
    assert found.left_out == 1  # miles are no money, and nobody asks their address
    assert (checking.provider_id, card.provider_id) == ("first.example:1", "second.example:1")
    assert (checking.account_type, checking.account_number, checking.available_balance) == (1, "1234", Decimal("75.23"))
    assert checking.started_on == dt.date(2001, 1, 1)
    assert (card.account_type, card.balance, card.available_credit) == (4, Decimal(250), Decimal(4750))
    assert (card.currency_code, card.available_balance) == ("EUR", None)
    troubles = [translate.trouble_of(each, found.troubles) for each in found.listed]
    assert troubles[0] is None
    assert troubles[1] is not None
    assert troubles[1].said.saying is Saying.NEEDS_ATTENTION


def test_transactions_of_version_1() -> None:
    listed = translate.account_set(read("version_1"), ANY).listed[0]
    bait, coffee, refund = (translate.transaction(entry, "USD", LAST) for entry in listed.transactions)
    assert (bait.amount, bait.transaction_type, bait.date) == (Decimal("33.43"), 2, dt.date(2026, 7, 31))
    assert (bait.description, bait.memo, bait.posted_at) == ("Uncle's Bait Shop", "worms", 1785500000)
    assert (coffee.is_pending, coffee.posted_at, coffee.transacted_at) == (True, None, 1785590000)
    assert (refund.is_pending, refund.date, refund.transaction_type) == (True, LAST, 1)


def test_version_2_by_connections_and_codes() -> None:
    found = translate.account_set(read("version_2"), ANY)
    assert [each.account.provider_id for each in found.listed] == ["CON-1:a1", "CON-1:a2", "CON-1:a3", "CON-2:a1"]
    ira, loan, _, _ = (each.account for each in found.listed)
    assert (ira.account_type, ira.total_account_value) == (5, Decimal(5000))
    assert (loan.account_type, loan.balance) == (7, Decimal(100000))
    sayings = [
        None if (trouble := translate.trouble_of(each, found.troubles)) is None else trouble.said.saying
        for each in found.listed
    ]
    assert sayings == [None, Saying.UNAVAILABLE, Saying.UNAVAILABLE, Saying.NEEDS_ATTENTION]
    details = [each.said.detail for each in found.troubles]
    assert not any("token" in detail or "//" in detail for detail in details)


def test_holdings_that_have_a_name() -> None:
    listed = translate.account_set(read("version_2"), ANY).listed[0]
    found = translate.positions(listed.holdings, "USD")
    assert found is not None
    assert not found.is_whole
    (world,) = found.holdings
    assert (world.symbol, world.shares, world.market_value) == ("VT", Decimal("10.5"), Decimal(5000))
    assert translate.positions([], "USD") is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Everyday Checking", 1),
        ("Debit Card Account", 1),
        ("High Yield Savings", 2),
        ("12 Month CD", 2),
        ("Auto Loan", 3),
        ("Chase Sapphire Credit Card", 4),
        ("AMEX Gold", 4),
        ("401(k) Plan", 5),
        ("Home Equity Line of Credit", 6),
        ("30 Year Mortgage", 7),
        ("Joint", 1),
    ],
)
def test_the_name_tells_what_an_account_is(name: str, kind: int) -> None:
    document = {"accounts": [{"id": "1", "name": name, "currency": "USD", "balance": "1"}]}
    assert translate.account_set(document, ANY).listed[0].account.account_type == kind


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["id", "name", "currency", "balance", "transactions", "extra", "org", "conn_id", "holdings", "posted", "amount"]
    + ["transacted_at", "pending", "description", "code", "msg", "account_id", "available-balance"]
)


@given(st.dictionaries(FIELDS, JSON, max_size=8))
def test_garbage_is_translated_or_said_to_be_garbage(entry: dict[str, Any]) -> None:
    documents = {"accounts": [entry], "errlist": [entry], "errors": [entry], "connections": [entry]}
    for found in (_read_whole(documents), _transaction(entry)):
        assert found in (None, Saying.GIBBERISH, Saying.TOO_MUCH)


def _read_whole(document: dict[str, Any]) -> Saying | None:
    try:
        found = translate.account_set(document, ANY)
        for each in found.listed:
            translate.trouble_of(each, found.troubles)
            translate.positions(each.holdings, "USD")
    except Said as said:
        return said.saying
    return None


def _transaction(entry: dict[str, Any]) -> Saying | None:
    try:
        translate.transaction(entry, "USD", LAST)
    except Said as said:
        return said.saying
    return None


def test_spans_join_without_a_gap_and_none_is_longer_than_it_may() -> None:
    spans = _spans(dt.date(2024, 8, 2), LAST, 60)
    assert spans[0].last == LAST
    assert spans[-1].first == dt.date(2024, 8, 2)
    assert all((span.last - span.first).days + 1 <= 60 for span in spans)
    assert all(newer.first - older.last == dt.timedelta(days=1) for newer, older in itertools.pairwise(spans))


class Server(BaseHTTPRequestHandler):
    """A SimpleFIN server that answers what a test lined up."""

    document: dict[str, Any] = {}
    status = 200
    asked: list[tuple[str, dict[str, list[str]], str]] = []
    claimed = 0

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.asked.append((parts.path, parse_qs(parts.query), self.headers["authorization"]))
        self._answer(self.status, json.dumps(self.document).encode())

    def do_POST(self) -> None:
        assert self.rfile.read(int(self.headers["content-length"])) == b""
        Server.claimed += 1
        port = int(self.headers["host"].rpartition(":")[2])
        self._answer(200 if self.claimed == 1 else 403, f"http://me:secret@127.0.0.1:{port}/root".encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    served = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    Thread(target=served.serve_forever, args=(0.01,), daemon=True).start()
    Server.document, Server.status, Server.asked, Server.claimed = read("version_2"), 200, [], 0
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    served.server_close()


def play(url: str, story: Any, *, max_records: int = 100) -> Any:
    """What a story gives with a connector, or what is said."""

    async def run() -> Any:
        http = Http(timeout=5, max_bytes=1 << 20, allow_private=True)
        line = Line(http, Way(allow_private=True))
        details = msgspec.structs.replace(ANY, servers=(url,))
        try:
            return await story(SimpleFinConnector(details, line, Limits(5, max_records)))
        except Said as said:
            return said
        finally:
            await http.close()

    return asyncio.run(run())


def opened(url: str) -> Login:
    return Login(values={}, exchanged={"access_url": url.replace("//", "//me:secret@") + "/root"})


def test_a_token_is_exchanged_by_an_empty_post_and_the_second_time_refused(server: str) -> None:
    login = Login(values={"SETUP_TOKEN": token(f"{server}/root/claim/x")})

    async def story(connector: SimpleFinConnector) -> Any:
        assert isinstance(connector, Exchanging)
        first = await connector.exchange(login)
        assert first == {"access_url": server.replace("//", "//me:secret@") + "/root"}
        return await connector.exchange(login)

    said = play(server, story)
    assert said.saying is Saying.LOGIN_REFUSED
    assert "somebody else may have access" in said.told
    assert "secret" not in str(said)


def test_all_accounts_are_read_together_and_each_span_once(server: str) -> None:
    del Server.document["errlist"]
    del Server.document["errors"]

    async def story(connector: SimpleFinConnector) -> Any:
        session = await connector.session(opened(server))
        return [await session.transactions(each, dt.date(2026, 5, 4), LAST) for each in await session.accounts()]

    assert play(server, story) == [[], [], [], []]
    queries = [query for _, query, _ in Server.asked]
    assert [path for path, _, _ in Server.asked] == ["/root/accounts"] * 3
    assert {query["version"][0] for query in queries} == {"2"}
    assert queries[0]["balances-only"] == ["1"]
    ends = [(int(query["start-date"][0]), int(query["end-date"][0])) for query in queries[1:]]
    assert ends[0][0] == ends[1][1]
    assert all(end - start <= 60 * 86_400 for start, end in ends)
    assert {header for _, _, header in Server.asked} == {"Basic " + base64.b64encode(b"me:secret").decode()}


def test_the_same_id_in_two_spans_is_one_and_twice_in_one_stays_twice(server: str) -> None:
    entry = {"id": "t", "posted": 1785500000, "amount": "-1", "description": "x"}
    account = {"id": "1", "name": "a", "currency": "USD", "balance": "1", "transactions": [entry, entry]}
    Server.document = {"accounts": [account]}

    async def story(connector: SimpleFinConnector) -> Any:
        session = await connector.session(opened(server))
        return await session.transactions((await session.accounts())[0], dt.date(2026, 5, 4), LAST)

    found: list[FeedTransaction] = play(server, story)
    assert [each.provider_id for each in found] == ["t", "t"]
    assert play(server, story, max_records=1).saying is Saying.TOO_MUCH


@pytest.mark.parametrize(
    ("status", "document", "saying"),
    [
        (403, {}, Saying.CONSENT_EXPIRED),
        (402, {}, Saying.NEEDS_ATTENTION),
        (429, {}, Saying.THROTTLED),
        (503, {}, Saying.UNAVAILABLE),
        (302, {}, Saying.GIBBERISH),
        (200, {}, Saying.GIBBERISH),
        (200, {"accounts": [], "errors": ["You must reauthenticate."]}, Saying.NEEDS_ATTENTION),
        (200, {"accounts": [], "errors": ["Oh no."]}, Saying.UNAVAILABLE),
        (200, {"accounts": [], "errlist": [{"code": "gen.auth", "msg": ""}]}, Saying.CONSENT_EXPIRED),
        (200, {"accounts": [], "errlist": [{"code": "con.auth.mfa", "msg": ""}]}, Saying.NEEDS_ATTENTION),
    ],
)
def test_what_a_server_says_instead_of_accounts(server: str, status: int, document: Any, saying: Saying) -> None:
    Server.status, Server.document = status, document

    async def story(connector: SimpleFinConnector) -> SimpleFinSession:
        return await connector.session(opened(server))

    assert play(server, story).saying is saying


ENTRY = """
code = "bridge"
name = "Bridge"
protocol = "simplefin"
{lines}
[simplefin]
{servers}
[[credentials]]
guid = "CRD-5e7a0c34-8b19-4d62-a9f3-1c6b7d20e845"
field_name = "SETUP_TOKEN"
field_type = 1
label = "Token"
display_order = 1
"""


def test_an_entry_on_private_addresses_has_to_name_its_servers() -> None:
    assert parse_entry(ENTRY.format(lines="", servers="")).details.transaction_ids == "shifting"
    named = 'servers = ["http://127.0.0.1:9/simplefin"]'
    parse_entry(ENTRY.format(lines="allow_private = true", servers=named))
    for lines, servers in (("allow_private = true", ""), ("", named)):
        with pytest.raises(EntryError):
            parse_entry(ENTRY.format(lines=lines, servers=servers))

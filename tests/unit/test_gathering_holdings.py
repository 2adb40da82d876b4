"""Holdings are gathered where they are told: with the list of accounts, with an account alone, and whatever fails."""

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from fanlight.aggregation.gather import MAX_POSITIONS, Budget, Gathered, Span, gather
from fanlight.core.jobs import Job, Kind, Status
from fanlight.institutions.answers import Saying
from fanlight.institutions.fdx.connector import FdxConnector
from fanlight.institutions.fdx.details import FdxDetails
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Line
from fanlight.institutions.port import MAX_HOLDINGS, Limits, Tokens
from fanlight.oauth.authorized import FixedAccess

DAY = date(2026, 5, 10)
HOLDING = {"holdingId": "h", "holdingName": "A fund", "marketValue": 10}


class Bank(BaseHTTPRequestHandler):
    """A bank that answers paths with what a test lined up, each a status and a document."""

    answers: dict[str, tuple[int, Any]] = {}
    asked: list[str] = []

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.asked.append(path)
        status, document = self.answers.get(path, (200, {"transactions": []}))
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def bank() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bank)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    Bank.answers, Bank.asked = {}, []
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def account(name: str, kind: str = "TAXABLE", **fields: Any) -> dict[str, Any]:
    return {"accountId": name, "accountType": kind, **fields}


def gathered(url: str, *, holdings: bool = True) -> dict[str, Gathered]:
    job = Job(
        1, 2, 3, "JOB-1", Kind.AGGREGATION, Status.REQUESTED, True, True, holdings, True, None, None, 0, 0, 0, None,
        "MBR-1", "INS-1", "USR-1",
    )  # fmt: skip

    async def play() -> list[Gathered]:
        http = Http(timeout=5, max_bytes=8 << 20, allow_private=True)
        line = Line(http, Way(allow_private=True))
        try:
            connector = FdxConnector(FdxDetails(base_url=url), line, Limits(10, 100))
            session = await connector.session(FixedAccess(line, Tokens(access_token="token")))
            return await gather(session, job, Span(DAY, DAY), Budget(100, 10_000))
        finally:
            await http.close()

    return {each.account.provider_id: each for each in asyncio.run(play())}


def test_holdings_come_with_the_list_or_with_the_account_alone(bank: str) -> None:
    told = account("with", holdings=[HOLDING], currency={"currencyCode": "CAD"})
    Bank.answers["/accounts"] = 200, {"accounts": [told, account("alone"), account("checking", "CHECKING")]}
    Bank.answers["/accounts/alone"] = 200, {"investmentAccount": account("alone", holdings=[HOLDING, HOLDING])}

    found = gathered(bank)

    assert [each.positions and len(each.positions.holdings) for each in found.values()] == [1, 2, None]
    with_list = found["with"].positions
    assert with_list is not None
    assert with_list.holdings[0].currency_code == "CAD"
    assert [path for path in Bank.asked if path.count("/") == 2] == ["/accounts/alone"]
    assert not [each for each in found.values() if each.said]


def test_holdings_that_are_not_wanted_are_not_asked_for(bank: str) -> None:
    Bank.answers["/accounts"] = 200, {"accounts": [account("with", holdings=[HOLDING]), account("alone")]}

    found = gathered(bank, holdings=False)

    assert [each.positions for each in found.values()] == [None, None]
    assert "/accounts/alone" not in Bank.asked


@pytest.mark.parametrize(
    ("status", "document", "saying"),
    [
        (404, {"code": "701"}, Saying.ACCESS_REFUSED),
        (503, {"code": "501"}, Saying.UNAVAILABLE),
        (200, [1, 2], Saying.GIBBERISH),
        (200, {"accountId": "bad", "holdings": [HOLDING] * (MAX_HOLDINGS + 1)}, Saying.TOO_MUCH),
    ],
)
def test_holdings_that_cannot_be_read_cost_nothing_else(bank: str, status: int, document: Any, saying: Saying) -> None:
    transaction = {"transactionId": "t", "amount": 1, "postedTimestamp": "2026-05-10"}
    Bank.answers["/accounts"] = 200, {"accounts": [account("bad")]}
    Bank.answers["/accounts/bad"] = status, document
    Bank.answers["/accounts/bad/transactions"] = 200, {"transactions": [transaction]}

    found = gathered(bank)["bad"]

    assert found.said is not None
    assert (found.said.saying, found.positions) == (saying, None)
    assert len(found.transactions or ()) == 1


def test_a_list_without_holdings_tells_nothing_and_an_empty_one_that_there_are_none(bank: str) -> None:
    Bank.answers["/accounts"] = 200, {"accounts": [account("silent"), account("empty", holdings=[])]}
    Bank.answers["/accounts/silent"] = 200, account("silent")

    found = gathered(bank)

    assert found["silent"].positions is None
    assert found["empty"].positions == ([], True)


def test_one_run_has_so_many_positions_and_no_more(bank: str) -> None:
    full = MAX_POSITIONS // MAX_HOLDINGS
    names = [str(number) for number in range(full + 1)]
    holdings = [{"holdingName": "x"}] * MAX_HOLDINGS
    Bank.answers["/accounts"] = 200, {"accounts": [account(name, holdings=holdings) for name in names]}

    found = gathered(bank)

    assert [each.positions is not None for each in found.values()] == [True] * full + [False]
    assert [each.said and each.said.saying for each in found.values()] == [None] * full + [Saying.TOO_MUCH]

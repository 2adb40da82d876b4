"""The OFX connector against a bank that says what a test tells it: what is sent how often, and what is kept secret."""

import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.ofx.connector import OfxConnector
from fanlight.institutions.ofx.document import MAX_SIGN_ON, Element, group, leaf, read, write
from fanlight.institutions.port import FeedAccount
from unit.ofx_client import Client, everything, login

FIRST, LAST = date(2026, 5, 4), date(2026, 8, 2)


class Stranger(BaseHTTPRequestHandler):
    """A bank that gives the answers that a test lined up, the last one for ever."""

    answers: list[tuple[int, bytes]] = []
    asked: list[bytes] = []

    def do_POST(self) -> None:
        self.asked.append(self.rfile.read(int(self.headers["Content-Length"])))
        assert (self.headers["Content-Type"], self.headers["Accept"]) == ("application/x-ofx", "application/x-ofx, */*")
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.send_response(status)
        # A length that is not kept cuts the answer off.
        self.send_header("Content-Length", str(len(body) or 100))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def stranger() -> Iterator[Client]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    Stranger.answers, Stranger.asked = [], []
    yield Client(f"http://127.0.0.1:{server.server_port}/ofx")
    server.shutdown()
    server.server_close()


def signed_on(code: int, *sets: Element, cookie: str | None = None) -> bytes:
    status = group("STATUS", leaf("CODE", str(code)))
    sonrs = group("SONRS", status, leaf("SESSCOOKIE", cookie) if cookie else None)
    return write(group("OFX", group("SIGNONMSGSRSV1", sonrs), *sets), 220)


def one_account() -> Element:
    source = group("BANKACCTFROM", leaf("BANKID", "190034562"), leaf("ACCTID", "12345"), leaf("ACCTTYPE", "CHECKING"))
    entries = group("ACCTINFORS", group("ACCTINFO", group("BANKACCTINFO", source)))
    ok = group("STATUS", leaf("CODE", "0"))
    return group("SIGNUPMSGSRSV1", group("ACCTINFOTRNRS", leaf("TRNUID", "1"), ok, entries))


def statement() -> Element:
    answer = group("STMTRS", leaf("CURDEF", "USD"), group("LEDGERBAL", leaf("BALAMT", "10.50")))
    return group("BANKMSGSRSV1", group("STMTTRNRS", group("STATUS", leaf("CODE", "0")), answer))


@pytest.mark.parametrize(
    ("status", "body", "saying"),
    [
        (500, b"oops", Saying.UNAVAILABLE),
        (503, b"oops", Saying.UNAVAILABLE),
        (429, b"slow down", Saying.THROTTLED),
        (400, b"oops", Saying.GIBBERISH),
        (401, b"oops", Saying.CLIENT_REFUSED),
        (403, b"oops", Saying.CLIENT_REFUSED),
        (302, b"oops", Saying.GIBBERISH),
        (200, b"<html>", Saying.GIBBERISH),
        (200, b"", Saying.UNKNOWN_OUTCOME),
        (200, signed_on(0), Saying.GIBBERISH),
        (200, signed_on(2000), Saying.GIBBERISH),
        (200, signed_on(3000), Saying.GIBBERISH),
    ],
)
def test_a_sign_on_is_sent_once_whatever_becomes_of_it(
    stranger: Client, status: int, body: bytes, saying: Saying
) -> None:
    Stranger.answers = [(status, body)]
    assert stranger.said(login()) == saying
    # What follows a right password is the question for the challenge, another request than the sign-on.
    assert len([each for each in Stranger.asked if b"<ACCTINFORQ>" in each]) == 1


@pytest.mark.parametrize("trouble", [(503, b"oops"), (200, b"")])
def test_a_statement_is_read_again_with_the_conversation_s_cookie(stranger: Client, trouble: tuple[int, bytes]) -> None:
    listing = signed_on(0, one_account(), cookie="first")
    Stranger.answers = [(200, listing), trouble, (200, signed_on(0, statement(), cookie="second"))]

    async def story(connector: OfxConnector) -> list[FeedAccount]:
        _, session = await everything(connector, login(answers={"q": "hunter2"}, state="zeroth"))
        return await session.accounts()

    accounts = stranger(story)
    assert [account.balance for account in accounts] == [Decimal("10.50")]
    sent = [read(body).find("SIGNONMSGSRQV1", "SONRQ") or group("") for body in Stranger.asked]
    assert [each.value("SESSCOOKIE") for each in sent] == ["zeroth", "first", "first", "second"]
    assert [len(each.all("MFACHALLENGEANSWER")) for each in sent] == [1, 0, 0, 0]
    assert len({each.value("CLIENTUID") for each in sent}) == 1


@pytest.mark.parametrize(
    ("code", "saying"),
    [(15500, Saying.LOGIN_REFUSED), (15502, Saying.LOCKED), (3000, Saying.UNAVAILABLE)],
)
def test_a_bank_that_changes_its_mind_in_a_run(stranger: Client, code: int, saying: Saying) -> None:
    Stranger.answers = [(200, signed_on(0, one_account())), (200, signed_on(code))]
    with pytest.raises(Said) as said:
        stranger(lambda connector: everything(connector, login()))
    assert said.value.saying == saying
    assert len(Stranger.asked) == 2


def test_only_a_statement_may_be_long(stranger: Client) -> None:
    long = group("EXTRAS", *[leaf("A", "1")] * MAX_SIGN_ON)
    Stranger.answers = [(200, signed_on(0, one_account())), (200, signed_on(0, statement(), long))]
    accounts, _ = stranger(lambda connector: everything(connector, login()))
    assert accounts[0].balance == Decimal("10.50")
    Stranger.answers = [(200, signed_on(0, one_account(), long))]
    assert stranger.said(login()) == Saying.TOO_MUCH


def test_an_account_that_is_not_in_the_list_any_more(stranger: Client) -> None:
    Stranger.answers = [(200, signed_on(0, one_account()))]

    async def story(connector: OfxConnector) -> None:
        session = await connector.session(login())
        await session.transactions(FeedAccount(provider_id="gone", account_type=1), FIRST, LAST)

    with pytest.raises(Said) as said:
        stranger(story)
    assert said.value.saying == Saying.ACCESS_REFUSED


def test_the_login_is_in_the_body_alone_and_printed_nowhere(stranger: Client, caplog: pytest.LogCaptureFixture) -> None:
    Stranger.answers = [(200, signed_on(0, one_account(), cookie="c00kie")), (200, signed_on(0))]

    async def story(connector: OfxConnector) -> str:
        _, session = await everything(connector, login("hunter2", "ada"))
        return f"{session!r} {session._wire!r} {session._wire._credentials!r}"

    printed = stranger(story) + caplog.text
    assert "taken without its balances" in caplog.text
    assert not any(secret in printed for secret in ("hunter2", "c00kie", "12345"))
    assert "hunter2" not in stranger.details.url

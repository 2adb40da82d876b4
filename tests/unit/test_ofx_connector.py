"""The OFX connector against the simulated bank over loopback: every documented password, answer and user."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from fanlight.bank import Bank
from fanlight.base.clock import FixedClock
from fanlight.cli import listening
from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Line
from fanlight.institutions.ofx.connector import OfxConnector
from fanlight.institutions.port import Login, QuestionType, Tokens
from fanlight.oauth.authorized import FixedAccess
from unit.ofx_client import Client, answered, everything, login

NOON = 1_785_672_000  # 2026-08-02 12:00 UTC
FIRST, LAST = date(2026, 5, 4), date(2026, 8, 2)
BOTH = pytest.mark.parametrize("version", [103, 220])
KINDS = {
    "challenge": QuestionType.TEXT,
    "options": QuestionType.OPTIONS,
    "image": QuestionType.IMAGE_DATA,
    "image_options": QuestionType.IMAGE_OPTIONS,
    "token": QuestionType.TOKEN,
    "html": QuestionType.TEXT,
}


@contextmanager
def served(bank: Bank) -> Iterator[str]:
    sock = listening.bind("127.0.0.1", 0)
    bank.base_url = listening.url_of(sock)
    server = listening.server_for(bank, log_level="critical")
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([sock])), daemon=True)
    thread.start()
    try:
        yield bank.base_url
    finally:
        server.should_exit = True
        thread.join(10)
        sock.close()


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture(scope="module")
def bank(clock: FixedClock) -> Iterator[str]:
    with served(Bank(base_url="", clock=clock, clients=[])) as url:
        yield url


@BOTH
@pytest.mark.parametrize("brand", ["mxbank", "mxcu_credential", "sim-oak-and-elm"])
def test_a_person_s_accounts_and_transactions(bank: str, brand: str, version: int) -> None:
    client = Client(f"{bank}/{brand}/ofx", version=version)

    async def story(connector: OfxConnector) -> None:
        accounts, session = await everything(connector, login())
        again, _ = await everything(connector, login())
        assert again == accounts
        assert [account.account_type for account in accounts] == [1, 2, 4, 5]
        checking, savings, card, investment = accounts
        assert all(account.balance is not None and account.balance > 0 for account in accounts)
        assert all(account.currency_code == "USD" and len(account.account_number or "") == 4 for account in accounts)
        assert investment.holdings_value is not None
        assert investment.cash_balance is not None
        assert investment.total_account_value == investment.holdings_value + investment.cash_balance
        assert card.available_credit is not None
        for account in (checking, savings):
            (number,) = await session.account_numbers(account)
            assert (number.account_number or "").endswith(account.account_number or "?")
            assert (number.routing_number or "").startswith("19")
        assert await session.account_numbers(card) == await session.account_numbers(investment) == []
        found = {account.account_type: await session.transactions(account, FIRST, LAST) for account in accounts}
        assert all(found.values())
        for transaction in (each for several in found.values() for each in several):
            assert FIRST <= (transaction.posted_on or transaction.date) <= LAST
            assert transaction.description
            assert (transaction.provider_id is None) == transaction.is_pending
        pending = [each for several in found.values() for each in several if each.is_pending]
        assert bool(pending) == (version == 220)
        assert any(each.merchant_category_code for each in found[4])
        assert any(each.check_number for each in found[1])
        with pytest.raises(Said) as said:
            await session.owners(checking)
        assert said.value.saying == Saying.ACCESS_REFUSED

    client(story)


def test_both_versions_say_the_same(bank: str) -> None:
    async def story(connector: OfxConnector) -> Any:
        accounts, session = await everything(connector, login())
        found = [await session.transactions(account, FIRST, LAST) for account in accounts]
        return accounts, [[each for each in several if not each.is_pending] for several in found]

    one, two = (Client(f"{bank}/mxbank/ofx", version=version)(story) for version in (103, 220))
    assert one == two


@BOTH
@pytest.mark.parametrize(
    ("password", "saying"),
    [
        ("UNAUTHORIZED", Saying.LOGIN_REFUSED),
        ("INVALID", Saying.LOGIN_REFUSED),
        ("DISABLED", Saying.LOGIN_REFUSED),
        ("LOCKED", Saying.LOCKED),
        ("terms", Saying.NEEDS_ATTENTION),
        ("BAD_REQUEST", Saying.GIBBERISH),
        ("SERVER_ERROR", Saying.UNAVAILABLE),
        ("UNAVAILABLE", Saying.UNAVAILABLE),
        ("huge_image", Saying.TOO_MUCH),
        ("", Saying.LOGIN_REFUSED),
        ("a\x00b", Saying.LOGIN_REFUSED),
    ],
)
def test_every_password_that_does_not_let_in(bank: str, version: int, password: str, saying: Saying) -> None:
    assert Client(f"{bank}/mxbank/ofx", version=version).said(login(password)) == saying


@BOTH
@pytest.mark.parametrize("password", sorted(KINDS))
def test_every_question_and_its_right_answer(bank: str, version: int, password: str) -> None:
    client = Client(f"{bank}/mxbank/ofx", version=version)
    questions, state = client.asked(login(password))
    (question,) = questions
    assert question.type == KINDS[password]
    assert (question.image_data is not None) == (password == "image")
    values = [choice.value for choice in question.choices]
    expected = ["image", "options", "challenge", "wrong answer", "correct"]
    assert values == (expected if "options" in password else [])
    assert all((choice.data_uri is not None) == (password == "image_options") for choice in question.choices)
    if password == "html":
        assert question.label == '<b>City</b> & "state"?<script>alert(1)</script>'
    accounts, _ = client(lambda connector: everything(connector, answered(password, questions, state)))
    assert len(accounts) == 4


@BOTH
@pytest.mark.parametrize("answer", ["challenge", "options", "image"])
def test_a_right_answer_that_leads_to_another_question(bank: str, version: int, answer: str) -> None:
    client = Client(f"{bank}/mxbank/ofx", version=version)
    first, state = client.asked(login("challenge"))
    second, state = client.asked(answered("challenge", first, state, answer))
    assert [question.type for question in second] == [KINDS[answer]]
    assert second[0].id != first[0].id
    accounts, _ = client(lambda connector: everything(connector, answered("challenge", second, state)))
    assert len(accounts) == 4


@BOTH
@pytest.mark.parametrize(
    ("answer", "saying"),
    [
        ("wrong answer", Saying.ANSWER_REFUSED),
        ("a & b < c", Saying.ANSWER_REFUSED),
        ("a\x1bb", Saying.ANSWER_REFUSED),
        ("DISABLED", Saying.LOGIN_REFUSED),
        ("SERVER_ERROR", Saying.UNAVAILABLE),
        ("UNAVAILABLE", Saying.UNAVAILABLE),
    ],
)
def test_every_answer_that_does_not_let_in(bank: str, version: int, answer: str, saying: Saying) -> None:
    client = Client(f"{bank}/mxbank/ofx", version=version)
    questions, state = client.asked(login("options"))
    assert client.said(answered("options", questions, state, answer)) == saying


def test_two_questions_want_two_answers(bank: str) -> None:
    client = Client(f"{bank}/mxbank/ofx")
    questions, state = client.asked(login("two_questions"))
    assert len(questions) == 2
    half = login("two_questions", answers={questions[0].id: "correct", questions[1].id: "no"}, state=state)
    assert client.said(half) == Saying.ANSWER_REFUSED
    questions, state = client.asked(login("two_questions"))
    accounts, _ = client(lambda connector: everything(connector, answered("two_questions", questions, state)))
    assert len(accounts) == 4


def test_an_answer_that_comes_too_late_is_asked_for_again(bank: str, clock: FixedClock) -> None:
    client = Client(f"{bank}/mxbank/ofx")
    questions, state = client.asked(login("challenge"))
    clock.advance(16 * 60)
    again, _ = client.asked(answered("challenge", questions, state))
    assert again[0].id != questions[0].id


def test_a_conversation_that_ends_in_a_run_is_begun_again_later(bank: str, clock: FixedClock) -> None:
    client = Client(f"{bank}/mxbank/ofx")
    questions, state = client.asked(login("challenge"))

    async def story(connector: OfxConnector) -> Saying:
        _, session = await everything(connector, answered("challenge", questions, state))
        clock.advance(16 * 60)
        with pytest.raises(Said) as said:
            await session.accounts()
        return said.value.saying

    assert client(story) == Saying.UNAVAILABLE


@pytest.mark.parametrize(
    ("user", "saying"),
    [
        ("data_unavailable", Saying.UNAVAILABLE),
        ("data_garbage", Saying.GIBBERISH),
        ("data_huge", Saying.TOO_MUCH),
    ],
)
def test_users_whose_data_never_comes(bank: str, user: str, saying: Saying) -> None:
    assert Client(f"{bank}/mxbank/ofx").said(login(user=user)) == saying


def test_one_bad_account_does_not_take_the_others_along(bank: str) -> None:
    async def story(connector: OfxConnector) -> None:
        accounts, session = await everything(connector, login(user="data_one_bad_account"))
        assert [account.balance is None for account in accounts] == [False, False, True, False]
        with pytest.raises(Said) as said:
            await session.transactions(accounts[2], FIRST, LAST)
        assert said.value.saying == Saying.GIBBERISH
        assert await session.transactions(accounts[0], FIRST, LAST)

    Client(f"{bank}/mxbank/ofx")(story)


def test_nobody_s_accounts_and_too_many_transactions(bank: str) -> None:
    client = Client(f"{bank}/mxbank/ofx")
    accounts, _ = client(lambda connector: everything(connector, login(user="data_no_accounts")))
    assert accounts == []

    async def story(connector: OfxConnector) -> None:
        accounts, session = await everything(connector, login())
        with pytest.raises(Said) as said:
            await session.transactions(accounts[2], FIRST, LAST)
        assert said.value.saying == Saying.TOO_MUCH

    client(story, max_records=3)


def test_a_grant_is_no_login(bank: str) -> None:
    grant = FixedAccess(Line(Http(timeout=1, max_bytes=1), Way()), Tokens(access_token="token"))
    client = Client(f"{bank}/mxbank/ofx")
    attempts: list[Callable[[OfxConnector], Awaitable[object]]] = [
        lambda connector: connector.session(grant),
        lambda connector: connector.subject(grant),
    ]
    for attempt in attempts:
        with pytest.raises(Said) as said:
            client(attempt)
        assert said.value.saying == Saying.CLIENT_REFUSED


def test_fields_may_have_other_names(bank: str) -> None:
    client = Client(f"{bank}/mxbank/ofx", user_field="member", password_field="pin")
    assert client.said(login()) == Saying.LOGIN_REFUSED
    accounts, _ = client(
        lambda connector: everything(connector, Login(values={"member": "é & <b>", "pin": "€ & </X>"}))
    )
    assert len(accounts) == 4

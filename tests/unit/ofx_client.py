"""A client of one OFX server, and the logins that tests give it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Line
from fanlight.institutions.ofx.connector import OfxConnector, OfxDetails, OfxSession
from fanlight.institutions.port import Challenged, FeedAccount, Limits, Login, Question

R = TypeVar("R")


class Client:
    """A connector and its HTTP client, made anew for each story."""

    def __init__(self, url: str, **details: Any) -> None:
        self.details = OfxDetails(url=url, **{"org": "MX", "fid": "1", "bank_id": "190034562", **details})

    def __call__(self, story: Callable[[OfxConnector], Awaitable[R]], *, max_records: int = 10_000) -> R:
        async def play() -> R:
            http = Http(timeout=5, max_bytes=8 << 20, allow_private=True)
            line = Line(http, Way(allow_private=True), attempts=3)
            try:
                return await story(OfxConnector(self.details, line, Limits(10, max_records)))
            finally:
                await http.close()

        return asyncio.run(play())

    def said(self, given: Login) -> Saying:
        """What a bank says to a login that it does not let in."""
        with pytest.raises(Said) as said:
            self(lambda connector: connector.session(given))
        secrets = (*given.values.values(), *given.answers.values())
        assert not any(secret in str(said.value) for secret in secrets if secret)
        return said.value.saying

    def asked(self, given: Login) -> tuple[tuple[Question, ...], str]:
        """What a bank asks beside a login, and the state that it wants to see again."""
        with pytest.raises(Challenged) as asked:
            self(lambda connector: connector.session(given))
        assert asked.value.state
        assert asked.value.state not in f"{asked.value!r} {asked.value}"
        return asked.value.questions, asked.value.state


def login(password: str = "pw", user: str = "mxuser", **more: Any) -> Login:
    return Login(values={"LOGIN": user, "PASSWORD": password}, **more)


def answered(password: str, questions: tuple[Question, ...], state: str, text: str = "correct") -> Login:
    return login(password, answers={question.id: text for question in questions}, state=state)


async def everything(connector: OfxConnector, given: Login) -> tuple[list[FeedAccount], OfxSession]:
    session = await connector.session(given)
    return await session.accounts(), session

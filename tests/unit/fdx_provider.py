"""An FDX provider on loopback that answers a path as a test says, and a way to tell a story with a session of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import tenacity

from connectors.bank import Answer, Asked, Bank
from fanlight.institutions.fdx.connector import FdxConnector
from fanlight.institutions.fdx.details import FdxDetails
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Line
from fanlight.institutions.port import Access, Limits, Tokens
from fanlight.oauth.authorized import FixedAccess

R = TypeVar("R")
Answers = Mapping[str, Any]
"""By path: a document, a status, a pair of both, or a function of the request that gives one of these."""


class Provider:
    """Paths without an answer are 404, as FDX says it."""

    def __init__(self, answers: Answers) -> None:
        self.answers = dict(answers)
        self.bank = Bank(self._respond)

    @property
    def asked(self) -> list[Asked]:
        return self.bank.asked

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def queries(self, path: str) -> list[Mapping[str, str]]:
        return [asked.query for asked in self.asked if asked.path == path]

    def tell(self, story: Callable[[FdxConnector, Access], Awaitable[R]], *, root: str = "", **details: Any) -> R:
        """What a story gives with a connector of these details."""

        async def play(url: str) -> R:
            http = Http(timeout=5, max_bytes=8 << 20, allow_private=True)
            line = Line(http, Way(allow_private=True), attempts=2, pause=tenacity.wait_none())
            connector = FdxConnector(FdxDetails(base_url=url + root, **details), line, Limits(10, 100))
            try:
                return await story(connector, FixedAccess(line, Tokens(access_token="token", consent_id="c-1")))
            finally:
                await http.close()

        with self.bank.serving() as url:
            return asyncio.run(play(url))

    def _respond(self, asked: Asked) -> Answer:
        found = self.answers.get(asked.path, (404, {"code": 701}))
        found = found(asked) if callable(found) else found
        if isinstance(found, int):
            return Answer(found, b"")
        status, document = found if isinstance(found, tuple) else (200, found)
        return Answer(status, json.dumps(document).encode())

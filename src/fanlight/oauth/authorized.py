"""Requests to an institution's data with tokens: how they are shown, and what a fixed set of them can do."""

from collections.abc import Mapping

from fanlight.institutions.answers import Reply
from fanlight.institutions.line import Line
from fanlight.institutions.port import Tokens


async def send(
    line: Line, tokens: Tokens, method: str, url: str, headers: Mapping[str, str], *, content: bytes | None
) -> Reply:
    """One exchange with the tokens shown; a GET is tried again with back-off, nothing else is."""
    shown = {**headers, "authorization": f"Bearer {tokens.access_token}"} if tokens.access_token else headers
    if method == "GET":
        return await line.get(url, shown)
    return await line.send(method, url, content, shown)


class FixedAccess:
    """Access with tokens that were just given, or with none: nothing is refreshed."""

    def __init__(self, line: Line, tokens: Tokens) -> None:
        self._line = line
        self._tokens = tokens

    @property
    def consent_id(self) -> str | None:
        return self._tokens.consent_id

    async def request(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None) -> Reply:
        return await send(self._line, self._tokens, method, url, headers, content=content)

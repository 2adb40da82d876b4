"""Requests to an institution's data with tokens: how they are shown, and what a fixed set of them can do."""

from collections.abc import Mapping

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.line import Headers, Line
from fanlight.institutions.port import Tokens
from fanlight.oauth import dpop
from fanlight.oauth.dpop import Prover


async def send(
    line: Line, tokens: Tokens, method: str, url: str, headers: Mapping[str, str], *, content: bytes | None
) -> Reply:
    """One exchange with the tokens shown; a GET is tried again with back-off, nothing else is.

    Where tokens are bound to a key, each try has a proof of its own, and one that is refused for its nonce is
    sent once more with the nonce that came: the first was not taken (RFC 9449 section 9). Raises Said.
    """
    if tokens.dpop_key is None:
        shown = {**headers, "authorization": f"Bearer {tokens.access_token}"} if tokens.access_token else headers
        return await _send(line, method, url, shown, content)
    token, prover = tokens.access_token, Prover(tokens.dpop_key, line.nonces, line.clock)

    def proven() -> dict[str, str]:
        return {**headers, "authorization": f"DPoP {token}", "dpop": prover.proof(method, url, token)}

    reply = await _send(line, method, url, proven, content)
    prover.remember(url, reply)
    if dpop.wants_nonce(reply):
        reply = await _send(line, method, url, proven, content)
        prover.remember(url, reply)
        if dpop.wants_nonce(reply):
            raise Said(Saying.GIBBERISH, "the institution refuses the nonce that it gave itself")
    return reply


async def _send(line: Line, method: str, url: str, headers: Headers, content: bytes | None) -> Reply:
    if method == "GET":
        return await line.get(url, headers)
    return await line.send(method, url, content, headers)


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

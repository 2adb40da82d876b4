"""A line to one institution: its way, who listens, and what is tried again.

There are no redirects, cookies or proxies on it, and nothing but reads is ever sent twice.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import TypeVar
from urllib.parse import urlencode

import tenacity
from tenacity.wait import wait_base

from fanlight.base.clock import Clock, system_clock
from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.http import Http, Way
from fanlight.institutions.rates import Meter

R = TypeVar("R")

RETRY_AFTER_LIMIT = 5
FORM = "application/x-www-form-urlencoded"

Hear = Callable[[str, str, Reply | Said], Awaitable[None]]
"""Is told the method and URL of every exchange of reading, and what came of it; of forms, which hold secrets, never."""

Headers = Mapping[str, str] | Callable[[], Mapping[str, str]]
"""What a request carries; made anew for every try where a header is good for one only (RFC 9449)."""


class Line:
    """Requests to one institution. `nonces` are what its servers asked to see in proofs of possession, by origin."""

    def __init__(
        self, http: Http, way: Way, *, attempts: int = 1, hear: Hear | None = None, pause: wait_base | None = None,
        clock: Clock = system_clock, nonces: MutableMapping[str, str] | None = None, meter: Meter | None = None,
    ) -> None:  # fmt: skip
        self.clock = clock
        self.nonces: MutableMapping[str, str] = {} if nonces is None else nonces
        self._http = http
        self._way = way
        self._attempts = attempts
        self._hear = hear
        self._meter = meter
        self._pause = pause or tenacity.wait_exponential_jitter(multiplier=0.2, max=RETRY_AFTER_LIMIT)

    async def work(self, read: Callable[[], R]) -> R:
        """Read an institution's document in a thread, few at a time: other requests are served meanwhile."""
        return await self._http.work(read)

    async def get(self, url: str, headers: Headers) -> Reply:
        """A read, tried again with back-off while the institution is unavailable; 4xx answers are returned."""
        return await self._repeated("GET", url, headers, None)

    async def post_read(self, url: str, content: bytes, headers: Mapping[str, str]) -> Reply:
        """A read that its protocol asks for by POST, tried again as `get` is."""
        return await self._repeated("POST", url, headers, content)

    async def send(self, method: str, url: str, content: bytes | None, headers: Headers) -> Reply:
        """One request that does something, never repeated; 4xx answers are returned, 429 and 5xx are said."""
        return await self._settled(method, url, headers, content)

    async def post_form(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        """One POST, never repeated here: it may have done what it does. Every answer is returned."""
        content = urlencode(fields).encode()
        return await self._http.exchange("POST", url, {**headers, "content-type": FORM}, content, self._way)

    async def _repeated(self, method: str, url: str, headers: Headers, content: bytes | None) -> Reply:
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(_is_worth_retrying),
            wait=self._pause,
            stop=tenacity.stop_after_attempt(self._attempts),
            reraise=True,
        )
        return await retrying(self._settled, method, url, headers, content)

    async def _settled(self, method: str, url: str, headers: Headers, content: bytes | None) -> Reply:
        if self._meter is not None:
            await self._meter.admit(url)
        reply = await self._heard(method, url, headers, content)
        if self._meter is not None:
            await self._meter.heard(url, reply)
        if reply.status == 429:
            raise Said(Saying.THROTTLED, "too many requests", retry_after=reply.retry_after)
        if reply.status >= 500:
            raise Said(Saying.UNAVAILABLE, f"the institution answered {reply.status}")
        return reply

    async def _heard(self, method: str, url: str, headers: Headers, content: bytes | None) -> Reply:
        try:
            shown = headers() if callable(headers) else headers
            reply = await self._http.exchange(method, url, shown, content, self._way)
        except Said as said:
            if self._hear is not None:
                await self._hear(method, url, said)
            raise
        if self._hear is not None:
            await self._hear(method, url, reply)
        return reply


def _is_worth_retrying(error: BaseException) -> bool:
    if not isinstance(error, Said):
        return False
    if error.saying == Saying.THROTTLED:
        return error.retry_after is not None and error.retry_after <= RETRY_AFTER_LIMIT
    return error.saying in (Saying.UNAVAILABLE, Saying.UNKNOWN_OUTCOME)

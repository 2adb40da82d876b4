"""Consents in windows: made in this server's own name before the person is asked, looked at again when they are back.

What the redirect says of one is not believed: only the institution's own word makes it a connection.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fanlight.core.oauth_states import ErrorReason
from fanlight.institutions.answers import Reply
from fanlight.institutions.port import Access, Consents, ConsentState
from fanlight.oauth.outcomes import Refused

LOOKS = 3
"""How often one is looked at that waits still: some institutions write down what the person said a moment later."""
PAUSE = 1.0
"""Seconds between two looks."""

Sleep = Callable[[float], Awaitable[None]]


class OwnAccess:
    """Access in this server's own name, whose token is asked for with the first request: some consents need none."""

    def __init__(self, get: Callable[[], Awaitable[Access]]) -> None:
        self._get = get
        self._access: Access | None = None

    @property
    def consent_id(self) -> str | None:
        return None

    async def request(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None) -> Reply:
        if self._access is None:
            self._access = await self._get()
        return await self._access.request(method, url, headers, content)


async def decided(
    consents: Consents, consent_id: str, access: Access, *, is_declined: bool, sleep: Sleep = asyncio.sleep
) -> ConsentState:
    """The consent once it is active. Raises Refused where the person said no or nothing, and Said.

    `is_declined` is what the redirect says: it only decides what is told of a consent that nobody has decided on.
    """
    state = await consents.read(consent_id, access)
    for _ in range(0 if is_declined else LOOKS - 1):
        if state.status != "waiting":
            break
        await sleep(PAUSE)
        state = await consents.read(consent_id, access)
    if state.status == "active":
        return state
    is_no = state.status == "rejected" or (is_declined and state.status == "waiting")
    raise Refused(ErrorReason.CANCELLED if is_no else ErrorReason.PROVIDER_ERROR)

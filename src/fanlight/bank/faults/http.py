"""Faults that are the same whatever is asked: statuses, waits, and bodies that are none."""

import asyncio
from typing import NamedTuple

from fanlight.bank.answers import JSON, NO_STORE, Answer, text_response
from fanlight.bank.faults.state import Standing
from fanlight.base.asgi import Response, Send

_PIECES = 100
_STATUSES = {
    "server_error": (500, "The bank has failed, as was set."),
    "maintenance": (503, "The bank is in maintenance, as was set."),
    "throttled": (429, "Too many requests, as was set."),
    "throttled_bare": (429, "Too many requests, as was set."),
    "daily_budget": (429, "Today's requests are used up, as was set."),
}
_WITH_RETRY_AFTER = ("maintenance", "throttled")


class Drip(NamedTuple):
    """An answer that comes piece by piece, all of it within some seconds."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    seconds: float

    async def send(self, send: Send, *, with_body: bool = True) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        size = max(1, len(self.body) // _PIECES)
        for start in range(0, len(self.body) if with_body else 0, size):
            await asyncio.sleep(self.seconds / _PIECES)
            await send({"type": "http.response.body", "body": self.body[start : start + size], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def instead(standing: Standing, *, is_over_budget: bool) -> Response | None:
    """The answer in place of the bank's; None where the bank is to answer, perhaps after a while."""
    name = standing.fault.name
    if name == "hang":
        await asyncio.sleep(standing.value)
    if name == "not_json":
        return Response(200, b"<html>none of this is JSON</html", [JSON, NO_STORE])
    if name not in _STATUSES or (name == "daily_budget" and not is_over_budget):
        return None
    wait = [(b"retry-after", str(standing.value).encode())] if name in _WITH_RETRY_AFTER else []
    return text_response(*_STATUSES[name], wait)


def spoiled(standing: Standing, answer: Answer | Drip) -> Answer | Drip:
    """The bank's answer as the fault lets it through."""
    if not isinstance(answer, Response):
        return answer
    match standing.fault.name:
        case "cut_off":
            return answer._replace(body=answer.body[: len(answer.body) // 2])
        case "slow_drip":
            return Drip(answer.status, answer.body, tuple(answer.headers), standing.value)
    return answer

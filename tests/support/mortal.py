"""A store and an HTTP client whose process kills itself at a step that a test names."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fanlight.institutions.answers import Reply
from fanlight.institutions.http import Http, Way
from fanlight.storage.engine import Store


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class MortalStore(Store):
    """A store whose process dies `before` or `after` a unit is written; `steps` names units by their functions."""

    def __init__(self, path: Path, steps: Mapping[str, str], dies: str) -> None:
        super().__init__(path)
        self._steps = steps
        self._dies = dies

    async def write(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return await self._mortal(super().write, work, *args, **kwargs)

    async def write_durable(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return await self._mortal(super().write_durable, work, *args, **kwargs)

    async def _mortal(self, write: Callable[..., Any], work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        step = self._steps.get(work.__name__)
        if step and self._dies == f"before {step}":
            die()
        result = await write(work, *args, **kwargs)
        if step and self._dies == f"after {step}":
            die()
        return result


class MortalHttp(Http):
    """A client whose process dies while it waits for the answer to a POST, or when it has read a good one."""

    def __init__(self, dies: str) -> None:
        super().__init__(timeout=20, max_bytes=1 << 20, allow_private=True)
        self._dies = dies

    async def exchange(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, way: Way
    ) -> Reply:
        if method == "POST" and self._dies == "request sent":
            asyncio.get_running_loop().call_later(0.01, die)
        reply = await super().exchange(method, url, headers, content, way)
        if method == "POST" and reply.status == 200 and self._dies in ("request sent", "response read"):
            die()
        return reply

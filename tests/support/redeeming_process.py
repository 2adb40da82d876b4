"""A process that takes one callback and kills itself at a step: `python -m support.redeeming_process ORDER`.

It has the store, the vault and the HTTP client of a server, on a file that a running server has open too.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fanlight.base.clock import FixedClock
from fanlight.institutions.answers import Reply
from fanlight.institutions.http import Http, Way
from fanlight.institutions.port import Limits
from fanlight.oauth.callbacks import Callback
from fanlight.oauth.grants import Grants
from fanlight.oauth.reach import Reach
from fanlight.oauth.windows import Windows
from fanlight.settings import Settings
from fanlight.storage import vault
from fanlight.storage.engine import Store

DEATHS = ("before claim", "after claim", "request sent", "response read", "before keep", "after keep", "")
_STEPS = {"_take": "claim", "finish": "keep"}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class MortalStore(Store):
    """A store whose process dies before or after a unit is written."""

    dies = ""

    async def write(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return await self._mortal(super().write, work, *args, **kwargs)

    async def write_durable(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return await self._mortal(super().write_durable, work, *args, **kwargs)

    async def _mortal(self, write: Callable[..., Any], work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        step = _STEPS.get(work.__name__)
        if step and self.dies == f"before {step}":
            die()
        result = await write(work, *args, **kwargs)
        if step and self.dies == f"after {step}":
            die()
        return result


class MortalHttp(Http):
    """A client whose process dies when the code is on its way, or when its tokens have been read."""

    dies = ""

    async def exchange(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, way: Way
    ) -> Reply:
        if method == "POST" and self.dies == "request sent":
            asyncio.get_running_loop().call_later(0.01, die)
        reply = await super().exchange(method, url, headers, content, way)
        if method == "POST" and self.dies in ("request sent", "response read"):
            die()
        return reply


async def main(order: dict[str, Any]) -> str:
    settings = Settings(allow_private_institutions=True)
    store, http = MortalStore(Path(order["path"])), MortalHttp(timeout=20, max_bytes=1 << 20, allow_private=True)
    store.dies = http.dies = order["dies"]
    safe, clock = vault.load(Path(order["key"])), FixedClock(order["now"])
    reach = Reach(http=http, vault=safe, limits=Limits(10, 1000), attempts=1, clock=clock)
    owner = Grants(settings=settings, store=store, vault=safe, clock=clock, reach=reach, wake=lambda: None)
    windows = Windows(
        settings=settings,
        public_url=lambda: str(order["public_url"]),
        store=store,
        vault=safe,
        clock=clock,
        reach=reach,
        grants=owner,
        start_aggregation=lambda _unit, member: member,
        is_another_person=_nobody,
    )
    outcome = await windows.close(Callback(**order["callback"]), order["cookies"])
    await http.close()
    store.close()
    return type(outcome).__name__


async def _nobody(*_: Any) -> bool:
    return False


if __name__ == "__main__":
    print(asyncio.run(main(json.loads(sys.argv[1]))), flush=True)

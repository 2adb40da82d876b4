"""A process that refreshes one grant, many times at once: `python -m support.refreshing_process ORDER`.

It has the store, the vault and the HTTP client of a server, on a file that other processes have open too. ORDER is
JSON; a line on standard input starts it, its result is a line of JSON. `dies` names the step at which it kills itself.
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
from fanlight.core import grants, institutions
from fanlight.institutions.answers import Reply, Said
from fanlight.institutions.http import Http, Way
from fanlight.institutions.port import Limits
from fanlight.oauth.grants import Grants
from fanlight.oauth.reach import Reach
from fanlight.settings import Settings
from fanlight.storage import vault
from fanlight.storage.engine import Store

DEATHS = ("before journal", "after journal", "request sent", "response read", "before commit", "after commit")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class MortalStore(Store):
    """A store whose process dies before or after a unit is written."""

    dies = ""

    async def write_durable(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        step = {"begin": "journal", "_keep": "commit"}.get(work.__name__)
        if step and self.dies == f"before {step}":
            die()
        result = await super().write_durable(work, *args, **kwargs)
        if step and self.dies == f"after {step}":
            die()
        return result


class MortalHttp(Http):
    """A client whose process dies while it waits for an answer, or when it has read it."""

    dies = ""

    async def exchange(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, way: Way
    ) -> Reply:
        if method == "POST" and self.dies == "request sent":
            asyncio.get_running_loop().call_later(0.01, die)
        reply = await super().exchange(method, url, headers, content, way)
        if method == "POST" and reply.status == 200 and self.dies in ("request sent", "response read"):
            die()
        return reply


async def main(order: dict[str, Any]) -> dict[str, Any]:
    settings = Settings(allow_private_institutions=True, **order["settings"])
    store, http = MortalStore(Path(order["path"])), MortalHttp(timeout=20, max_bytes=1 << 20, allow_private=True)
    store.dies = http.dies = order.get("dies", "")
    safe, clock = vault.load(Path(order["key"])), FixedClock(order["now"])
    reach = Reach(http=http, vault=safe, limits=Limits(10, 1000), attempts=1, clock=clock)
    owner = Grants(settings=settings, store=store, vault=safe, clock=clock, reach=reach, wake=lambda: None)
    grant = await store.read(grants.by_id, order["user"], order["grant"])
    assert grant is not None
    institution = await store.read(institutions.by_id, grant.institution_id)

    async def refresh() -> tuple[int, str]:
        line = reach.institution(institution).line
        try:
            reply = await owner.access(grant, institution, line).request("GET", order["probe"], {})
        except Said as said:
            return 0, f"{said.saying.value}: {said.told or said.detail}"
        return reply.status, ""

    print("ready", flush=True)
    sys.stdin.readline()
    done = await asyncio.gather(*(refresh() for _ in range(order["count"])))
    await owner.finish()
    await http.close()
    store.close()
    return {"statuses": [status for status, _ in done], "said": sorted({said for _, said in done if said})}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))), flush=True)

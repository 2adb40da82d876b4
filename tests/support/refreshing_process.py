"""A process that refreshes one grant, many times at once: `python -m support.refreshing_process ORDER`.

It has the store, the vault and the HTTP client of a server, on a file that other processes have open too. ORDER is
JSON; a line on standard input starts it, its result is a line of JSON. `dies` names the step at which it kills itself.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from fanlight.base.clock import FixedClock
from fanlight.core import grants, institutions
from fanlight.institutions.answers import Said
from fanlight.institutions.port import Limits
from fanlight.oauth.grants import Grants
from fanlight.oauth.reach import Reach
from fanlight.settings import Settings
from fanlight.storage import vault
from support.mortal import MortalHttp, MortalStore

STEPS = {"begin": "journal", "_keep": "commit"}
DEATHS = ("before journal", "after journal", "request sent", "response read", "before commit", "after commit")


async def main(order: dict[str, Any]) -> dict[str, Any]:
    settings = Settings(allow_private_institutions=True, **order["settings"])
    dies = order.get("dies", "")
    store, http = MortalStore(Path(order["path"]), STEPS, dies), MortalHttp(dies)
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

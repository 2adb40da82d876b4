"""A process that takes one callback and kills itself at a step: `python -m support.redeeming_process ORDER`.

It has the store, the vault and the HTTP client of a server, on a file that a running server has open too.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from fanlight.base.clock import FixedClock
from fanlight.institutions.port import Limits
from fanlight.oauth.callbacks import Callback
from fanlight.oauth.grants import Grants
from fanlight.oauth.reach import Reach
from fanlight.oauth.windows import Windows
from fanlight.settings import Settings
from fanlight.storage import vault
from support.mortal import MortalHttp, MortalStore

STEPS = {"_take": "claim", "finish": "keep"}
DEATHS = ("before claim", "after claim", "request sent", "response read", "before keep", "after keep", "")


async def main(order: dict[str, Any]) -> str:
    settings = Settings(allow_private_institutions=True)
    dies = order["dies"]
    store, http = MortalStore(Path(order["path"]), STEPS, dies), MortalHttp(dies)
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

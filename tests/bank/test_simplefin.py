"""The bank's SimpleFIN server, as a client that is not ours sees it."""

import asyncio
import base64
import re
from typing import Any

import httpx2 as httpx

from bank.customer import BASE, NOW, new_bank
from fanlight.base.clock import DAY

ROOT = f"{BASE}/mx_simplefin/simplefin"


def test_a_token_is_made_claimed_once_and_opens_the_accounts_in_both_versions() -> None:
    async def play() -> None:
        bank, clock = new_bank(NOW)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=bank), base_url=BASE) as http:
            page = await http.post(f"{ROOT}/create", data={"username": "ann", "password": "correct"})
            token = re.findall(r'id="setup-token">([^<]+)<', page.text)[0]
            claim = base64.b64decode(token).decode()
            assert claim.startswith(f"{ROOT}/claim/")
            assert (await http.get(claim)).status_code == 405
            claimed = await http.post(claim)
            user, _, password = claimed.text.removeprefix("http://").partition("@")[0].partition(":")
            assert (await http.post(claim)).status_code == 403

            async def read(**query: str) -> Any:
                response = await http.get(f"{ROOT}/accounts", params=query, auth=httpx.BasicAuth(user, password))
                return response.json() if response.status_code == 200 else response.status_code

            old, new = await read(), await read(version="2")
            assert "org" in old["accounts"][0]
            assert "connections" not in old
            assert {each["conn_id"] for each in new["accounts"]} == {each["conn_id"] for each in new["connections"]}
            start, end = str(NOW - 30 * DAY), str(NOW - 10 * DAY)
            some = await read(**{"version": "2", "start-date": start, "end-date": end})
            posted = [each["posted"] for account in some["accounts"] for each in account["transactions"]]
            assert posted
            assert all(int(start) <= each < int(end) for each in posted)
            pending = await read(version="2", pending="1")
            assert any(each.get("pending") for account in pending["accounts"] for each in account["transactions"])
            long = await read(**{"version": "2", "start-date": str(NOW - 400 * DAY), "end-date": str(NOW)})
            assert [each["code"] for each in long["errlist"]] == ["gen.api"]
            bank.revoke_user("mx_simplefin", "ann")
            assert await read() == 403
            assert (await http.get(f"{ROOT}/accounts")).status_code == 403
            clock.advance(1)

    asyncio.run(play())

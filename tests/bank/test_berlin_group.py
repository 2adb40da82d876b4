"""The bank's Berlin Group interface, as a client that is not ours sees it."""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2 as httpx

from bank.customer import BASE, NOW, new_bank
from fanlight.base.clock import DAY

ROOT = f"{BASE}/mx_bank_berlin/xs2a"
BACK, NO = "http://app.test/back/n1", "http://app.test/no/n1"


class Client:
    """An application with a browser beside it."""

    def __init__(self) -> None:
        self.bank, self.clock = new_bank(NOW)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.bank), base_url=BASE)

    async def send(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        sent = {"x-request-id": str(uuid.uuid4())} | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, f"{ROOT}/v1{path}", json=json, headers=sent)

    async def ask(self, **more: Any) -> httpx.Response:
        body = {
            "access": {"allPsd2": "allAccounts"},
            "recurringIndicator": True,
            "validUntil": "2027-01-01",
            "frequencyPerDay": 4,
            "combinedServiceIndicator": False,
        }
        sent = {"psu_ip_address": "192.0.2.1", "tpp_redirect_uri": BACK, "tpp_nok_redirect_uri": NO}
        return await self.send("POST", "/consents", {**body, **more}, **sent)

    async def give(self, username: str = "ann", decision: str = "authorize") -> tuple[str, str]:
        """A consent's id, and where the browser was sent at the end."""
        made = (await self.ask()).json()
        page = await self.http.get(made["_links"]["scaRedirect"]["href"])
        transaction = re.findall(r'name="transaction" value="([\w-]+)"', page.text)[0]
        fields = {"transaction": transaction, "username": username, "password": "correct"}
        await self.http.post(f"{ROOT}/login", data=fields)
        done = await self.http.post(f"{ROOT}/consent", data={"transaction": transaction, "decision": decision})
        return made["consentId"], done.headers["location"]


def run(story: Callable[[Client], Awaitable[None]]) -> None:
    async def play() -> None:
        client = Client()
        async with client.http:
            await story(client)

    asyncio.run(play())


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["tppMessages"][0]["code"]


def test_a_consent_is_given_used_four_times_a_day_and_ends() -> None:
    async def story(client: Client) -> None:
        consent, location = await client.give()
        assert location == BACK
        for _ in range(4):
            found = await client.send("GET", "/accounts?withBalance=true", consent_id=consent)
            assert found.status_code == 200
        refused = await client.send("GET", "/accounts?withBalance=true", consent_id=consent)
        assert code(refused) == (429, "ACCESS_EXCEEDED")
        assert int(refused.headers["retry-after"]) <= DAY
        attended = await client.send("GET", "/accounts", consent_id=consent, psu_ip_address="192.0.2.1")
        assert attended.status_code == 200
        client.clock.advance(DAY)
        assert (await client.send("GET", "/accounts", consent_id=consent)).status_code == 200
        assert (await client.send("DELETE", f"/consents/{consent}")).status_code == 204
        assert code(await client.send("GET", "/accounts", consent_id=consent)) == (401, "CONSENT_INVALID")

    run(story)


def test_ibans_have_right_check_digits() -> None:
    async def story(client: Client) -> None:
        consent, _ = await client.give()
        for each in (await client.send("GET", "/accounts", consent_id=consent)).json()["accounts"]:
            iban = each["iban"]
            assert len(iban) == 22
            assert int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1

    run(story)


def test_who_declines_goes_to_the_other_address_and_a_new_consent_ends_the_old_one() -> None:
    async def story(client: Client) -> None:
        assert (await client.give(decision="deny"))[1] == NO
        first, _ = await client.give()
        await client.give()
        assert (await client.send("GET", f"/consents/{first}/status")).json() == {"consentStatus": "expired"}
        assert code(await client.send("GET", "/accounts", consent_id=first)) == (401, "CONSENT_EXPIRED")

    run(story)


def test_what_the_standard_does_not_allow_is_refused() -> None:
    async def story(client: Client) -> None:
        assert code(await client.ask(frequencyPerDay=5)) == (400, "FORMAT_ERROR")
        assert code(await client.ask(validUntil="2020-01-01")) == (400, "PERIOD_INVALID")
        assert code(await client.ask(access={})) == (400, "FORMAT_ERROR")
        assert code(await client.send("GET", "/accounts", x_request_id="1")) == (400, "FORMAT_ERROR")
        assert code(await client.send("GET", "/accounts", consent_id="nobody's")) == (403, "CONSENT_UNKNOWN")
        waiting = (await client.ask()).json()["consentId"]
        assert code(await client.send("GET", "/accounts", consent_id=waiting)) == (401, "CONSENT_INVALID")
        consent, _ = await client.give()
        (account, *_) = (await client.send("GET", "/accounts", consent_id=consent)).json()["accounts"]
        path = f"/accounts/{account['resourceId']}/transactions?bookingStatus=both&dateFrom=2025-06-01"
        assert (await client.send("GET", path, consent_id=consent)).status_code == 200  # in the first hour
        client.clock.advance(7200)
        assert code(await client.send("GET", path, consent_id=consent)) == (400, "PERIOD_INVALID")

    run(story)

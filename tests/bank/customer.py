"""A client application and its customer's browser, both talking ASGI to a bank in the same process."""

import asyncio
import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx2 as httpx
from joserfc import jwt
from joserfc.jwk import KeySet

from fanlight.bank import Bank, BankClient
from fanlight.base.clock import FixedClock

T = TypeVar("T")

BASE = "http://bank.test"
CALLBACK = "http://app.test/callback"
CLIENT = BankClient("fanlight", "s3cret/+& ", (CALLBACK,))
OTHER = BankClient("other", "other-secret", ("http://other.test/cb", "http://other.test/cb?x=1"))
NOW = 1_795_521_600  # 2026-11-24 12:00 UTC
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
MX, CU = "mx_bank_oauth", "mxcu_oauth"


def new_bank(now: int = NOW, seed: int = 1) -> tuple[Bank, FixedClock]:
    clock = FixedClock(now)
    return Bank(base_url=BASE, seed=seed, clock=clock, clients=(CLIENT, OTHER)), clock


class Customer:
    """One browser with its cookies, and the application's own connection, which has none."""

    def __init__(self, bank: Bank, code: str = MX) -> None:
        transport = httpx.ASGITransport(app=bank)
        self.browser = httpx.AsyncClient(transport=transport, base_url=BASE)
        self.app = httpx.AsyncClient(transport=transport, base_url=BASE)
        self.issuer = f"{BASE}/{code}"
        self.auth = httpx.BasicAuth(CLIENT.client_id, "s3cret%2F%2B%26+")

    def request(self, **more: str) -> dict[str, str]:
        return {
            "response_type": "code",
            "client_id": CLIENT.client_id,
            "redirect_uri": CALLBACK,
            "scope": "openid offline_access",
            "state": "st&te",
            "nonce": "n1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | more

    async def post(self, path: str, fields: dict[str, Any]) -> httpx.Response:
        return await self.app.post(f"{self.issuer}{path}", data=fields, auth=self.auth)

    async def open_window(self, **more: str) -> httpx.Response:
        pushed = await self.post("/oauth/par", self.request(**more))
        assert pushed.status_code == 201, pushed.text
        fields = {"client_id": CLIENT.client_id, "request_uri": pushed.json()["request_uri"]}
        return await self.browser.get(f"{self.issuer}/oauth/authorize", params=fields)

    async def sign_in(self, page: httpx.Response, username: str, password: str = "correct") -> httpx.Response:
        fields = {"transaction": transaction(page), "username": username, "password": password}
        return await self.browser.post(f"{self.issuer}/oauth/login", data=fields)

    async def decide(
        self, page: httpx.Response, decision: str = "authorize", accounts: list[str] | None = None
    ) -> httpx.Response:
        chosen = account_ids(page) if accounts is None else accounts
        fields = {"transaction": transaction(page), "decision": decision, "account": chosen}
        return await self.browser.post(f"{self.issuer}/oauth/consent", data=fields)

    async def code(self, username: str = "ann", accounts: list[str] | None = None, **more: str) -> str:
        consent = await self.sign_in(await self.open_window(**more), username)
        return answer(await self.decide(consent, accounts=accounts))["code"]

    async def redeem(self, code: str, verifier: str = VERIFIER, **more: str) -> httpx.Response:
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": verifier}
        return await self.post("/oauth/token", fields | more)

    async def connect(self, username: str = "ann", accounts: list[str] | None = None, **more: str) -> dict[str, Any]:
        response = await self.redeem(await self.code(username, accounts, **more))
        assert response.status_code == 200, response.text
        tokens: dict[str, Any] = response.json()
        return tokens

    async def refresh(self, refresh_token: str) -> httpx.Response:
        return await self.post("/oauth/token", {"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def read(self, token: str, path: str, **query: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"}
        url = path if path.startswith("http") else f"{self.issuer}/fdx/v6{path}"
        return await self.app.get(url, params=query or None, headers=headers)

    async def accounts(self, token: str) -> dict[str, dict[str, Any]]:
        response = await self.read(token, "/accounts", resultType="details")
        assert response.status_code == 200, response.text
        return {each["accountType"]: each for each in response.json()["accounts"]}

    async def history(self, token: str, account_id: str, **query: str) -> list[dict[str, Any]]:
        response = await self.read(token, f"/accounts/{account_id}/transactions", **query)
        found: list[dict[str, Any]] = []
        while True:
            assert response.status_code == 200, response.text
            body = response.json()
            found += body["transactions"]
            if "next" not in body["links"]:
                return found
            response = await self.read(token, body["links"]["next"]["href"])


def transaction(page: httpx.Response) -> str:
    found = re.search(r'name="transaction" value="([\w-]+)"', page.text)
    assert found, page.text
    return found[1]


def account_ids(page: httpx.Response) -> list[str]:
    return re.findall(r'name="account" value="([\w-]+)"', page.text)


def answer(response: httpx.Response) -> dict[str, str]:
    """The parameters of a redirect to the client."""
    assert response.status_code == 303, response.text
    assert response.headers["location"].startswith(f"{CALLBACK}?")
    return dict(parse_qsl(urlsplit(response.headers["location"]).query, strict_parsing=True))


def run(story: Callable[[Customer], Awaitable[T]], bank: Bank | None = None, code: str = MX) -> T:
    """Play a story with a customer of a bank."""

    async def play() -> T:
        return await story(Customer(bank or new_bank()[0], code))

    return asyncio.run(play())


async def claims(customer: Customer, id_token: str) -> dict[str, Any]:
    keys = (await customer.app.get(f"{customer.issuer}/oauth/jwks")).json()
    return jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=["ES256"]).claims

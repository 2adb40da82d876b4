"""A third party of UK Open Banking: consents with its own token, a signed request that names one, then the data."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx2 as httpx

from bank.customer import NOW, answer
from bank.signing import KeyedCustomer, keyed_bank, request_object
from fanlight.bank import Bank

T = TypeVar("T")

UK, SOCIETY = "mx_bank_uk", "mxbs_uk"
PERMISSIONS = (
    "ReadAccountsDetail",
    "ReadBalances",
    "ReadParty",
    "ReadPartyPSU",
    "ReadTransactionsCredits",
    "ReadTransactionsDebits",
    "ReadTransactionsDetail",
)


class UkCustomer(KeyedCustomer):
    """A customer whom a third party asks for a consent first; tokens are bearer tokens unless a key is given."""

    def __init__(self, bank: Bank, code: str = UK, version: str = "4.0") -> None:
        super().__init__(bank, code, key=None)
        self.root = f"{self.issuer}/open-banking/v{version}/aisp"
        self.own = ""

    async def own_token(self) -> str:
        """The third party's own right, without the customer."""
        if not self.own:
            fields = {"grant_type": "client_credentials", "scope": "accounts"}
            self.own = (await self.post("/oauth/token", fields)).json()["access_token"]
        return self.own

    async def ask(self, permissions: tuple[str, ...] = PERMISSIONS, **data: Any) -> httpx.Response:
        """`POST /account-access-consents`."""
        body = {"Data": {"Permissions": list(permissions), **data}, "Risk": {}}
        return await self.app.post(f"{self.root}/account-access-consents", json=body, headers=await self._own_header())

    async def consent(self, permissions: tuple[str, ...] = PERMISSIONS, **data: Any) -> str:
        asked = await self.ask(permissions, **data)
        assert asked.status_code == 201, asked.text
        return str(asked.json()["Data"]["ConsentId"])

    async def stands(self, consent_id: str) -> str:
        """The consent's status, in the version's words."""
        shown = await self.app.get(self._consent(consent_id), headers=await self._own_header())
        assert shown.status_code == 200, shown.text
        return str(shown.json()["Data"]["Status"])

    async def delete(self, consent_id: str) -> httpx.Response:
        return await self.app.delete(self._consent(consent_id), headers=await self._own_header())

    async def open_for(self, consent_id: str) -> httpx.Response:
        """The bank's window for a consent."""
        claims = {"id_token": {"openbanking_intent_id": {"value": consent_id, "essential": True}}}
        fields = self.request(scope="openid accounts") | {"claims": claims}
        pushed = await self.post("/oauth/par", {"request": request_object(self.issuer, fields)})
        if pushed.status_code != 201:
            return pushed
        carried = {"client_id": "keyed", "request_uri": pushed.json()["request_uri"]}
        return await self.browser.get(f"{self.issuer}/oauth/authorize", params=carried)

    async def allow(self, consent_id: str, username: str = "ann", accounts: list[str] | None = None) -> dict[str, Any]:
        """The tokens of a customer who allows a consent."""
        page = await self.sign_in(await self.open_for(consent_id), username)
        back = answer(await self.decide(page, accounts=accounts))
        redeemed = await self.redeem(back["code"])
        assert redeemed.status_code == 200, redeemed.text
        tokens: dict[str, Any] = redeemed.json()
        return tokens

    async def shared(
        self, username: str = "ann", permissions: tuple[str, ...] = PERMISSIONS, **data: Any
    ) -> tuple[str, str]:
        """A consent that a customer allowed, and the access token."""
        consent_id = await self.consent(permissions, **data)
        return consent_id, (await self.allow(consent_id, username))["access_token"]

    async def told(self, token: str, path: str, **query: str) -> httpx.Response:
        url = path if path.startswith("http") else self.root + path
        return await self.app.get(url, params=query or None, headers={"authorization": f"Bearer {token}"})

    async def listed(self, token: str, path: str, name: str, **query: str) -> list[dict[str, Any]]:
        """Every entry of every page."""
        response = await self.told(token, path, **query)
        found: list[dict[str, Any]] = []
        while True:
            assert response.status_code == 200, response.text
            body = response.json()
            found += body["Data"][name]
            if "Next" not in body["Links"]:
                return found
            response = await self.told(token, body["Links"]["Next"])

    async def by_type(self, token: str) -> dict[str, dict[str, Any]]:
        accounts = await self.listed(token, "/accounts", "Account")
        return {each.get("AccountTypeCode") or each["AccountSubType"]: each for each in accounts}

    def _consent(self, consent_id: str) -> str:
        return f"{self.root}/account-access-consents/{consent_id}"

    async def _own_header(self) -> dict[str, str]:
        return {"authorization": f"Bearer {await self.own_token()}"}


def played(story: Callable[[UkCustomer], Awaitable[T]], code: str = UK, version: str = "4.0", now: int = NOW) -> T:
    """Play a story with a customer of a British brand."""

    async def play() -> T:
        return await story(UkCustomer(keyed_bank(now)[0], code, version))

    return asyncio.run(play())

"""What a client with keys signs: assertions, DPoP proofs, request objects; each part of them can be changed."""

import asyncio
import base64
import hashlib
import itertools
import warnings
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx2 as httpx
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from bank.customer import BASE, CALLBACK, NOW, Customer
from fanlight.bank import Bank, BankClient
from fanlight.base.clock import FixedClock

T = TypeVar("T")
FAPI = "mx_bank_fapi"
ISSUER = f"{BASE}/{FAPI}"
TOKEN_URL = f"{ISSUER}/oauth/token"
KEY = ECKey.generate_key("P-256", auto_kid=True)
OTHER_KEY = ECKey.generate_key("P-256", auto_kid=True)
PS_KEY = RSAKey.generate_key(2048, auto_kid=True)
ED_KEY = OKPKey.generate_key("Ed25519", auto_kid=True)
with warnings.catch_warnings(action="ignore"):
    SMALL_KEY = RSAKey.generate_key(1024, auto_kid=True)
_PUBLIC = [key.as_dict(private=False) for key in (KEY, PS_KEY, ED_KEY)]
KEYED = BankClient("keyed", "", (CALLBACK,), {"keys": _PUBLIC})
NEIGHBOR = BankClient("neighbor", "neighbor-secret", (CALLBACK,), {"keys": [OTHER_KEY.as_dict(private=False)]})
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ["ES256", "PS256", "EdDSA", "Ed25519", "RS256", "HS256"]
Key = ECKey | RSAKey | OKPKey | OctKey
_numbers = itertools.count()


def keyed_bank(now: int = NOW) -> tuple[Bank, FixedClock]:
    clock = FixedClock(now)
    return Bank(base_url=BASE, seed=1, clock=clock, clients=(KEYED, NEIGHBOR)), clock


def fresh() -> str:
    return f"jti-{next(_numbers)}"


def signed(claims: dict[str, Any], key: Key = KEY, alg: str = "ES256", **header: Any) -> str:
    """A JWT; a claim of None is left out."""
    kept = {name: value for name, value in claims.items() if value is not None}
    kid = {} if "jwk" in header else {"kid": key.kid}
    whole = {"alg": alg, **kid, **header}
    told = {name: value for name, value in whole.items() if value is not None}
    with warnings.catch_warnings(action="ignore"):
        return jwt.encode(told, kept, key, ALGORITHMS)


def assertion(issuer: str, key: Key = KEY, alg: str = "ES256", now: int = NOW, **claims: Any) -> str:
    usual = {"iss": "keyed", "sub": "keyed", "aud": issuer, "jti": fresh(), "iat": now, "exp": now + 60}
    return signed(usual | claims, key, alg)


def proof(method: str, url: str, key: ECKey | RSAKey | OKPKey = KEY, alg: str = "ES256", **more: Any) -> str:
    """A DPoP proof; `header` changes its header, `token` adds `ath`, everything else its claims."""
    header = {"typ": "dpop+jwt", "jwk": key.as_dict(private=False), **more.pop("header", {})}
    token = more.pop("token", None)
    ath = (
        {"ath": base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()}
        if token
        else {}
    )
    return signed({"htm": method, "htu": url, "jti": fresh(), "iat": NOW, **ath, **more}, key, alg, **header)


def request_object(issuer: str, fields: dict[str, Any], key: Key = KEY, alg: str = "ES256", **changes: Any) -> str:
    about = {"iss": "keyed", "aud": issuer, "nbf": NOW, "exp": NOW + 60, "jti": fresh()}
    typ = changes.pop("typ", "oauth-authz-req+jwt")
    return signed({**fields, **about, **changes}, key, alg, typ=typ)


class KeyedCustomer(Customer):
    """A customer of the client with keys: it authenticates by assertion, and proves a key where there is one."""

    def __init__(self, bank: Bank, code: str = FAPI, key: ECKey | None = KEY) -> None:
        super().__init__(bank, code)
        self.key = key
        self.nonce: str | None = None

    def request(self, **more: str) -> dict[str, str]:
        return super().request() | {"client_id": "keyed"} | more

    async def post(self, path: str, fields: dict[str, Any], proven: str | None = None) -> httpx.Response:
        """Post as the client, with a fresh proof unless one is given; asks once more with the nonce it is told."""
        own = {"client_assertion_type": JWT_BEARER, "client_assertion": assertion(self.issuer)}
        url = f"{self.issuer}{path}"
        if proven is None and self.key is not None:
            proven = proof("POST", url, self.key, nonce=self.nonce)
        response = await self.app.post(url, data=own | fields, headers={"dpop": proven} if proven else {})
        if response.json().get("error") == "use_dpop_nonce" and response.headers["dpop-nonce"] != self.nonce:
            self.nonce = response.headers["dpop-nonce"]
            return await self.post(path, fields)
        return response

    async def open_window(self, **more: str) -> httpx.Response:
        pushed = await self.post("/oauth/par", self.request(**more))
        assert pushed.status_code == 201, pushed.text
        fields = {"client_id": "keyed", "request_uri": pushed.json()["request_uri"]}
        return await self.browser.get(f"{self.issuer}/oauth/authorize", params=fields)

    async def data(self, shown: str, scheme: str = "DPoP", **changes: Any) -> httpx.Response:
        """Read accounts with a proof of this customer's key; `changes` are those of `proof`."""
        url = f"{self.issuer}/fdx/v6/accounts"
        headers = {"authorization": f"{scheme} {shown}"}
        if self.key is not None and changes.pop("proven", True):
            key = changes.pop("key", self.key)
            usual = {"token": shown, "nonce": self.nonce}
            headers["dpop"] = proof(changes.pop("method", "GET"), changes.pop("url", url), key, **usual | changes)
        return await self.app.get(url, headers=headers, params={"resultType": "details"})


def run(
    story: Callable[[KeyedCustomer], Awaitable[T]],
    bank: Bank | None = None,
    code: str = FAPI,
    key: ECKey | None = KEY,
) -> T:
    """Play a story with a customer of the client with keys."""
    return asyncio.run(_played(story, bank or keyed_bank()[0], code, key))


async def _played(story: Callable[[KeyedCustomer], Awaitable[T]], bank: Bank, code: str, key: ECKey | None) -> T:
    customer = KeyedCustomer(bank, code, key)
    async with customer.app, customer.browser:
        return await story(customer)

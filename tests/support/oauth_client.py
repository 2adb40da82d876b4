"""This server's OAuth client in front of `support.authorization_server`: an entry for it, and whole journeys."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
import tenacity
from joserfc.jwk import ECKey, KeySet

from fanlight.institutions.http import Http
from fanlight.institutions.line import Line
from fanlight.institutions.oauth_entry import OAuthServer, Secrets
from fanlight.institutions.port import Tokens
from fanlight.institutions.registry import Details, way
from fanlight.oauth import authorize
from fanlight.oauth.authorize import Attempt
from fanlight.oauth.key_sets import KeySets
from fanlight.oauth.servers import AuthorizationServer
from support.authorization_server import CLIENT, SECRET, Bank

R = TypeVar("R")

REDIRECT = "https://fanlight.example/oauth/redirect_from"
STATE = "the-state"
KEY = ECKey.generate_key("P-256", {"kid": "client-1"})
SECRETS = Secrets(client_secret=SECRET, client_key=json.dumps(KEY.as_dict(private=True)))
KEYS = dict(KeySet([KEY]).as_dict(private=False))


def entry(bank: Bank, **lines: Any) -> OAuthServer:
    """The strict entry of a bank, with some lines changed."""
    url = bank.url
    whole = {
        "issuer": url,
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "pushed_authorization_request_endpoint": f"{url}/par",
        "revocation_endpoint": f"{url}/revoke",
        "jwks_uri": f"{url}/jwks",
        "client_id": CLIENT,
        **lines,
    }
    return msgspec.convert(whole, OAuthServer)


class Client:
    """The client in one event loop."""

    def __init__(self, bank: Bank, server: OAuthServer, secrets: Secrets, http: Http) -> None:
        details = Details(protocol="none", allow_private=True, oauth=server)
        self.bank = bank
        self.key_sets = KeySets()
        self.line = Line(
            http, way(details, secrets), attempts=3, pause=tenacity.wait_none(), clock=lambda: bank.now, nonces={}
        )
        self.server = AuthorizationServer(details, secrets, self.line, self.key_sets)

    async def come_back(self, extra: dict[str, Any] | None = None) -> tuple[Attempt, dict[str, str]]:
        """An attempt, and what the browser came back with."""
        attempt = authorize.new_attempt()
        location = await self.server.begin(attempt, STATE, REDIRECT, extra or {})
        back = self.bank.authorize(location)
        if "response" in back:
            back = await self.server.read_response(back["response"], self.bank.now)
        assert back["state"] == STATE
        assert authorize.issuer_fits(self.server.config, back["iss"])
        return attempt, back

    async def connect(self, extra: dict[str, Any] | None = None) -> Tokens:
        attempt, back = await self.come_back(extra)
        return await self.server.redeem(back["code"], attempt, REDIRECT)


def talk(bank: Bank, story: Callable[[Client], Awaitable[R]], secrets: Secrets = SECRETS, **lines: Any) -> R:
    """Tell a story to a client of a bank in an event loop of its own."""

    async def told() -> R:
        http = Http(timeout=5, max_bytes=100_000, allow_private=True)
        try:
            return await story(Client(bank, entry(bank, **lines), secrets, http))
        finally:
            await http.close()

    bank.client_keys = bank.client_keys or KEYS
    return asyncio.run(told())

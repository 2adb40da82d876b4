"""What a certified FAPI 2.0 provider refuses, asked for with this server's own client, and what it lets through.

Each attack starts from what the client really sends: a request, a code or a token that was good, used otherwise.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from fanlight.base.clock import system_clock
from fanlight.demo.browser import Browser, Left, Page
from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.http import Certificate, Http
from fanlight.institutions.line import Line
from fanlight.institutions.oauth_entry import Secrets
from fanlight.institutions.port import Tokens
from fanlight.institutions.registry import EntryFile, way
from fanlight.oauth import authorize, authorized, client_authentication, jose
from fanlight.oauth.authorize import Attempt
from fanlight.oauth.dpop import Prover
from fanlight.oauth.key_sets import KeySets
from fanlight.oauth.servers import AuthorizationServer
from strangers.provider import Provider, serving
from support.authority import self_signed

R = TypeVar("R")

REDIRECT = "https://fanlight.example/oauth/redirect_from"
STATE = "the-state"
SAME_NAMES = (
    "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "revocation_endpoint",
    "pushed_authorization_request_endpoint", "authorization_response_iss_parameter_supported",
)  # fmt: skip
Story = Callable[["Client"], Awaitable[R]]


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with serving("fapi2", tmp_path_factory.mktemp("fapi2"), REDIRECT) as provider:
        yield provider


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with serving("mtls", tmp_path_factory.mktemp("mtls"), REDIRECT) as provider:
        yield provider


class Client:
    """This server's OAuth client at the provider, in one event loop."""

    def __init__(self, provider: Provider, http: Http, entry: EntryFile, secrets: Secrets) -> None:
        self.provider = provider
        self.secrets = secrets
        self.line = Line(http, way(entry.details, secrets), clock=system_clock, nonces={})
        self.server = AuthorizationServer(entry.details, secrets, self.line, KeySets())
        self.data = f"{provider.urls['data']}/fdx/v6/accounts"

    async def pushed(self, attempt: Attempt) -> str:
        return await self.server.begin(attempt, STATE, REDIRECT, {})

    async def code(self, attempt: Attempt) -> str:
        back = walk(self.provider, await self.pushed(attempt))
        assert back["state"] == STATE
        assert authorize.issuer_fits(self.server.config, back["iss"])
        return back["code"]

    async def connected(self) -> Tokens:
        attempt = authorize.new_attempt()
        return await self.server.redeem(await self.code(attempt), attempt, REDIRECT)

    async def read(self, tokens: Tokens) -> int:
        reply = await authorized.send(self.line, tokens, "GET", self.data, {}, content=None)
        return reply.status

    async def shown(self, **headers: str) -> Reply:
        """A data request with just these headers."""
        return await self.line.get(self.data, headers)


def tell(provider: Provider, story: Story[R], **lines: Any) -> R:
    """Play a story with a client; `lines` replace lines of its [oauth] table, and `secrets` its secrets."""

    async def told() -> R:
        entry = provider.entry("stranger")
        secrets = lines.pop("secrets", None) or provider.secrets(entry)
        assert entry.oauth is not None
        changed = msgspec.structs.replace(entry, oauth=msgspec.structs.replace(entry.oauth, **lines))
        http = Http(timeout=10, max_bytes=100_000, allow_private=True)
        try:
            return await story(Client(provider, http, changed, secrets))
        finally:
            await http.close()

    return asyncio.run(told())


def walk(provider: Provider, url: str, decision: str = "authorize") -> dict[str, str]:
    """What a customer's browser brings back."""
    with Browser((provider.urls["ready"],)) as browser:
        try:
            page = browser.submit(browser.open(url), username="ada", decision=decision)
        except Left as left:
            return dict(parse_qsl(urlsplit(left.url).query))
    raise AssertionError(page.text)


def opened(provider: Provider, url: str) -> Page | dict[str, str]:
    """The first page of a window, or what comes back at once instead."""
    with Browser((provider.urls["ready"],)) as browser:
        try:
            return browser.open(url)
        except Left as left:
            return dict(parse_qsl(urlsplit(left.url).query))


async def refused(attempt: Awaitable[object]) -> Saying:
    with pytest.raises(Said) as said:
        await attempt
    return said.value.saying


def test_the_metadata_is_what_the_entry_says(strict: Provider) -> None:
    document = strict.metadata()
    server = strict.entry("stranger").oauth
    assert server is not None
    for name in SAME_NAMES:
        assert getattr(server, name) == document[name]
    assert document["require_pushed_authorization_requests"] is True


def test_a_flow_from_end_to_end(strict: Provider) -> None:
    async def story(client: Client) -> None:
        attempt = authorize.new_attempt()
        location = await client.pushed(attempt)
        assert set(dict(parse_qsl(urlsplit(location).query))) == {"client_id", "request_uri"}
        code = walk(strict, location)["code"]
        tokens = await client.server.redeem(code, attempt, REDIRECT)
        assert tokens.token_type.lower() == "dpop"
        assert tokens.dpop_key == attempt.dpop_key
        now = int(time.time())
        who = await client.server.subject(tokens, nonce=attempt.nonce, now=now, code=code, state=STATE)
        assert who == "ada"
        assert await client.read(tokens) == 200

    tell(strict, story)


def test_a_request_uri_works_once(strict: Provider) -> None:
    async def story(client: Client) -> None:
        location = await client.pushed(authorize.new_attempt())
        assert "code" in walk(strict, location)
        page = opened(strict, location)
        assert isinstance(page, Page)
        assert page.status == 400

    tell(strict, story)


def test_a_request_that_was_not_pushed_is_refused(strict: Provider) -> None:
    async def story(client: Client) -> None:
        back = opened(strict, await client.pushed(authorize.new_attempt()))
        assert isinstance(back, dict)
        assert back["error"] == "invalid_request"
        assert back["iss"] == strict.urls["ready"]

    tell(strict, story, pushed_authorization_request_endpoint=None)


def test_a_replayed_code_ends_the_grant(strict: Provider) -> None:
    async def story(client: Client) -> None:
        attempt = authorize.new_attempt()
        code = await client.code(attempt)
        tokens = await client.server.redeem(code, attempt, REDIRECT)
        assert await refused(client.server.redeem(code, attempt, REDIRECT)) == Saying.CONSENT_EXPIRED
        assert await client.read(tokens) == 401
        assert await refused(client.server.refresh(tokens)) == Saying.CONSENT_EXPIRED

    tell(strict, story)


@pytest.mark.parametrize("change", ["verifier", "dpop_key", "redirect_uri", "another attempt"])
def test_a_code_is_for_its_own_attempt(strict: Provider, change: str) -> None:
    async def story(client: Client) -> Saying:
        attempt, other = authorize.new_attempt(), authorize.new_attempt()
        code = await client.code(attempt)
        redirect = f"{REDIRECT}/else" if change == "redirect_uri" else REDIRECT
        used = other if change == "another attempt" else attempt
        if change in ("verifier", "dpop_key"):
            used = msgspec.structs.replace(attempt, **{change: getattr(other, change)})
        return await refused(client.server.redeem(code, used, redirect))

    assert tell(strict, story) == Saying.CONSENT_EXPIRED


def test_an_assertion_works_once(strict: Provider) -> None:
    async def story(client: Client) -> None:
        server = client.server.config
        own = client_authentication.credentials(server, client.secrets, system_clock())
        assert server.revocation_endpoint is not None
        fields = {"token": "none", **own.fields}
        first = await client.line.post_form(server.revocation_endpoint, fields, own.headers)
        again = await client.line.post_form(server.revocation_endpoint, fields, own.headers)
        assert (first.status, again.status) == (200, 401)
        assert again.json()["error"] == "invalid_client"

    tell(strict, story)


def test_a_key_that_is_not_registered_is_refused(strict: Provider) -> None:
    async def story(client: Client) -> Saying:
        return await refused(client.pushed(authorize.new_attempt()))

    assert tell(strict, story, secrets=Secrets(client_key=jose.new_key())) == Saying.CLIENT_REFUSED


def test_an_assertion_for_the_endpoint_is_refused(strict: Provider) -> None:
    async def story(client: Client) -> Saying:
        return await refused(client.pushed(authorize.new_attempt()))

    assert tell(strict, story, client_assertion_audience="token_endpoint") == Saying.CLIENT_REFUSED


def test_without_a_proof_no_token_is_given(strict: Provider) -> None:
    async def story(client: Client) -> Saying:
        attempt = authorize.new_attempt()
        code = await client.code(attempt)
        return await refused(client.server.redeem(code, attempt, REDIRECT))

    assert tell(strict, story, sender_constrained_tokens="none") in (Saying.CLIENT_REFUSED, Saying.CONSENT_EXPIRED)


def test_a_bound_token_is_worth_nothing_without_its_key(strict: Provider) -> None:
    async def story(client: Client) -> None:
        tokens = await client.connected()
        assert await client.read(tokens) == 200
        bearer = msgspec.structs.replace(tokens, dpop_key=None, token_type="Bearer")
        assert await client.read(bearer) == 401
        assert await client.read(msgspec.structs.replace(tokens, dpop_key=jose.new_key())) == 401
        bare = await client.shown(authorization=f"DPoP {tokens.access_token}")
        assert bare.status == 401

    tell(strict, story)


def test_a_proof_works_once(strict: Provider) -> None:
    async def story(client: Client) -> None:
        tokens = await client.connected()
        assert await client.read(tokens) == 200  # the nonce is known now
        assert tokens.dpop_key is not None
        prover = Prover(tokens.dpop_key, client.line.nonces, system_clock)
        headers = {
            "authorization": f"DPoP {tokens.access_token}",
            "dpop": prover.proof("GET", client.data, tokens.access_token),
        }
        assert (await client.shown(**headers)).status == 200
        assert (await client.shown(**headers)).status == 401

    tell(strict, story)


def test_a_refresh_rotates_and_reuse_ends_the_grant(strict: Provider) -> None:
    async def story(client: Client) -> None:
        first = await client.connected()
        second = await client.server.refresh(first)
        assert second.refresh_token != first.refresh_token
        assert await client.read(second) == 200
        assert await refused(client.server.refresh(first)) == Saying.CONSENT_EXPIRED
        assert await refused(client.server.refresh(second)) == Saying.CONSENT_EXPIRED
        assert await client.read(second) == 401

    tell(strict, story)


def test_revocation_ends_everything(strict: Provider) -> None:
    async def story(client: Client) -> None:
        tokens = await client.connected()
        await client.server.revoke(tokens)
        assert await client.read(tokens) == 401
        assert await refused(client.server.refresh(tokens)) == Saying.CONSENT_EXPIRED
        await client.server.revoke(tokens)  # once more does no harm

    tell(strict, story)


def test_a_refusal_comes_back_with_state_and_issuer(strict: Provider) -> None:
    async def story(client: Client) -> None:
        back = walk(strict, await client.pushed(authorize.new_attempt()), "deny")
        assert (back["error"], back["state"]) == ("access_denied", STATE)
        assert authorize.issuer_fits(client.server.config, back["iss"])

    tell(strict, story)


def test_a_token_of_another_window_is_not_taken(strict: Provider) -> None:
    async def story(client: Client) -> Saying:
        tokens = await client.connected()
        now = int(time.time())
        return await refused(client.server.subject(tokens, nonce="of another window", now=now))

    assert tell(strict, story) == Saying.GIBBERISH


@pytest.mark.parametrize("known", ["no certificate", "a stranger's certificate"])
def test_the_certificate_is_the_client(certified: Provider, known: str) -> None:
    async def story(client: Client) -> Saying:
        return await refused(client.pushed(authorize.new_attempt()))

    pair = self_signed("client.fanlight.example")
    shown = None if known == "no certificate" else Certificate(pair.chain, pair.private_key)
    secrets = Secrets(certificate=shown, authority=certified.authority.pem)
    assert tell(certified, story, secrets=secrets) == Saying.CLIENT_REFUSED


def test_tokens_are_bound_to_the_certificate(certified: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certified.folder / "authority"))  # for the customer's browser

    async def connected(client: Client) -> Tokens:
        tokens = await client.connected()
        assert await client.read(tokens) == 200
        return await client.server.refresh(tokens)

    async def read(client: Client) -> int:
        return await client.read(tokens)

    async def refresh(client: Client) -> Saying:
        return await refused(client.server.refresh(tokens))

    tokens = tell(certified, connected)
    assert tell(certified, read) == 200
    other = certified.authority.issue("another.example")
    pem = certified.authority.pem
    for certificate in (None, Certificate(other.chain, other.private_key)):
        secrets = Secrets(certificate=certificate, authority=pem)
        assert tell(certified, read, secrets=secrets) == 401
        assert tell(certified, refresh, secrets=secrets) == Saying.CLIENT_REFUSED
    assert tell(certified, read) == 200, "what somebody else tried has ended nothing"

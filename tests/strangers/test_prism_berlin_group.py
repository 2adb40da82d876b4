"""The Berlin Group connector against a mock made from the published description of 1.3.11.

Prism marks every request that the description does not allow, and invents answers within the schemas by a seed: each
one is understood, or said to be what it is.
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.berlin_group.connector import BerlinGroupConnector, BerlinGroupSession
from fanlight.institutions.berlin_group.details import BerlinGroupDetails
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Line
from fanlight.institutions.port import ConsentRequest, Limits, Tokens
from fanlight.oauth.authorized import FixedAccess
from strangers import node

SPEC = Path(__file__).resolve().parents[3] / "shared/reference/specs/berlin-group/psd2-api_v1.3.11-2021-10-01v1.yaml"
SEEDS = range(1, 16)
NOW = 1_795_521_600  # 2026-11-24 12:00 UTC
TODAY = dt.date(2026, 11, 24)
WANTED = ConsentRequest(
    return_uri="https://app.example/back",
    decline_uri="https://app.example/declined",
    history_from=TODAY,
    now=NOW,
    person_ip="192.0.2.7",
)


class Invented:
    """Access to the mock, which invents by a seed. Links to further pages are taken out: they lead nowhere."""

    consent_id = "consent-1"

    def __init__(self, line: Line, prefer: str) -> None:
        self._inner = FixedAccess(line, Tokens(access_token="", consent_id=self.consent_id))
        self._prefer = prefer
        self.documents: list[Any] = []

    async def request(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None) -> Reply:
        is_listed = url.partition("?")[0].endswith(("/accounts", "/consents"))
        prefer = self._prefer if is_listed or "example" not in self._prefer else "code=200"
        reply = await self._inner.request(method, url, {**headers, "prefer": prefer}, content)
        # What Prism itself invents against its description is no fault of ours.
        found = msgspec.json.decode(reply.headers.get("sl-violations", "[]"))
        assert not [each for each in found if each["location"][0] == "request"], found
        assert b"stoplight" not in reply.body, reply.body[:500]
        document = msgspec.json.decode(reply.body) if reply.body else {}
        self.documents.append(document)
        for name in ("transactions", "cardTransactions") if isinstance(document, dict) else ():
            document.get(name, {}).get("_links", {}).pop("next", None)
        return reply._replace(body=msgspec.json.encode(document)) if reply.body else reply


class Met(NamedTuple):
    """This side of a conversation with the mock."""

    connector: BerlinGroupConnector
    session: BerlinGroupSession
    access: Invented


Story = Callable[[Met], Awaitable[Any]]


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    if not SPEC.exists():
        node.missing("the published description of the Berlin Group is not beside this checkout")
    with node.prism(document=SPEC) as running:
        yield running.url


def told(url: str, story: Story, prefer: str, **lines: Any) -> tuple[Any, list[Any]]:
    """What a story gave, or the word that was said instead; and the documents that the mock answered."""

    async def play() -> tuple[Any, list[Any]]:
        http = Http(timeout=30, max_bytes=8 << 20, allow_private=True)
        try:
            line, limits = Line(http, Way(allow_private=True)), Limits(5, 10_000)
            details = BerlinGroupDetails(base_url=url, **lines)
            access = Invented(line, prefer)
            session = BerlinGroupSession(details, line, limits, access)
            try:
                return await story(Met(BerlinGroupConnector(details, line, limits), session, access)), access.documents
            except Said as said:
                return said, access.documents
        finally:
            await http.close()

    return asyncio.run(play())


def invented(url: str, story: Story, **lines: Any) -> list[tuple[Any, list[Any]]]:
    """The story with the answers of every seed."""
    return [told(url, story, f"dynamic=true, seed={seed}", **lines) for seed in SEEDS]


async def _everything(met: Met) -> list[tuple[Any, Any]]:
    found = []
    for account in await met.session.accounts():
        try:
            shown: Any = await met.session.transactions(account, TODAY - dt.timedelta(days=90), TODAY)
        except Said as said:
            shown = said
        found.append((account, shown))
    return found


def test_every_account_and_transaction_is_understood_or_said(mock: str) -> None:
    read, sayings = 0, set()
    for found, documents in invented(mock, _everything):
        if isinstance(found, Said):
            sayings.add(found.saying)
            assert any("resourceId" not in each for each in _accounts(documents)), documents
            continue
        for account, shown in found:
            assert account.account_type in range(7)
            if isinstance(shown, Said):
                sayings.add(shown.saying)
            else:
                assert all(each.amount >= 0 and each.transaction_type in (1, 2) for each in shown)
                read += 1
    assert sayings <= {Saying.GIBBERISH, Saying.ACCESS_REFUSED}
    assert read > 0


def _accounts(documents: list[Any]) -> list[Any]:
    return [
        each for document in documents for each in (*document.get("accounts", ()), *document.get("cardAccounts", ()))
    ]


@pytest.mark.parametrize("example", ["Example 1", "Example 2", "Example 3"])
def test_the_published_examples_of_accounts(mock: str, example: str) -> None:
    found, _ = told(mock, lambda met: met.session.accounts(), f'example="{example}"', card_accounts=False)
    assert not isinstance(found, Said), found
    assert len(found) == 2  # the third is a sum of the other two
    assert len({each.whole_number for each in found}) == 2


@pytest.mark.parametrize("access", ["allPsd2", "accounts"])
@pytest.mark.parametrize("owner_names", [True, False])
def test_a_consent_is_asked_for_as_the_description_has_it(mock: str, access: str, owner_names: bool) -> None:
    lines = {"access": access, "owner_names": owner_names}
    redirect = 'code=201, example="Response in case of a redirect"'
    found, _ = told(mock, lambda met: met.connector.consents.create(WANTED, met.access), redirect, **lines)
    assert not isinstance(found, Said), found
    assert found.location == "https://www.testbank.com/authentication/1234-wertiq-983"


@pytest.mark.parametrize(
    "example",
    [
        "Response in case of the OAuth2 approach with an implicit generated authorisation resource",
        "Response in case of the decoupled approach",
        "Response in case of the embedded approach",
    ],
)
def test_other_ways_to_sign_in_are_said_to_be_none_of_ours(mock: str, example: str) -> None:
    prefer = f'code=201, example="{example}"'
    found, _ = told(mock, lambda met: met.connector.consents.create(WANTED, met.access), prefer)
    assert isinstance(found, Said)
    assert found.saying is Saying.CLIENT_REFUSED


def test_a_consent_is_read_and_revoked(mock: str) -> None:
    states = set()
    for found, documents in invented(mock, lambda met: met.connector.consents.read("consent-1", met.access)):
        assert not isinstance(found, Said), (found, documents)
        states.add(found.status)
    assert "active" in states or len(states) > 1
    found, _ = told(mock, lambda met: met.connector.consents.revoke("consent-1", met.access), "code=204")
    assert found is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 409, 429, 500, 503])
def test_every_refusal_is_one_clear_word(mock: str, status: int) -> None:
    found, _ = told(mock, lambda met: met.session.accounts(), f"code={status}", card_accounts=False)
    assert isinstance(found, Said)
    assert found.saying is not Saying.OUR_FAULT


def test_a_request_that_the_description_does_not_allow_is_noticed(mock: str) -> None:
    async def story(met: Met) -> Reply:
        return await met.access.request("GET", f"{mock}/v1/accounts", {"x-request-id": "not a UUID"})

    with pytest.raises(AssertionError):
        told(mock, story, "code=200")

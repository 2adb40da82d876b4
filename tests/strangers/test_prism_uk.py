"""The UK connector against mocks made from the published descriptions of 3.1.11 and 4.0.

Prism refuses every request that its description does not allow, and invents answers within the schemas by a seed: each
one is understood, or said to be what it is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2
import msgspec
import pytest

from fanlight.base import money
from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Line
from fanlight.institutions.port import ConsentRequest, FeedAccount, Limits, Tokens
from fanlight.institutions.uk.balances import type_of, with_balances
from fanlight.institutions.uk.connector import UkConnector, UkSession
from fanlight.institutions.uk.details import Permission, UkDetails
from fanlight.institutions.values import instant_of
from fanlight.oauth.authorized import FixedAccess
from strangers import node

SPECS = Path(__file__).resolve().parents[3] / "shared" / "reference" / "specs" / "uk-open-banking"
DOCUMENTS = {"3.1": "account-info-v3.1.11r5.yaml", "4.0": "account-info-v4.0-Update-4.yaml"}
SEEDS = range(1, 13)
NOW = 1_795_521_600  # 2026-11-24 12:00 UTC
TODAY = date(2026, 11, 24)
YEARS_AGO = date(2024, 11, 24)
ACCOUNT = FeedAccount(provider_id="22289", account_type=1, currency_code="GBP")
NO_CURRENCY = FeedAccount(provider_id="22289", account_type=1)
WANTED = ConsentRequest(
    return_uri="https://app.example/back",
    decline_uri="https://app.example/declined",
    history_from=YEARS_AGO,
    now=NOW,
    person_ip="192.0.2.7",
)


class Mock(NamedTuple):
    """A running mock and the version that it speaks."""

    url: str
    version: Any

    @property
    def details(self) -> UkDetails:
        own: tuple[Permission, ...] = ("ReadPAN", "ReadPartyPSU")
        return UkDetails(
            base_url=f"{self.url}/open-banking",
            version=self.version,
            permissions=(*UkDetails(base_url="").permissions, *own),
            acr_values=("urn:openbanking:psd2:sca",),
            idempotency_keys=True,
        )


class Invented:
    """Access to a mock, which stands at the root of its host, and whose links lead to pages that are not there."""

    consent_id = None

    def __init__(self, line: Line, mock: Mock, prefer: str) -> None:
        self._inner = FixedAccess(line, Tokens(access_token="token"))
        self._prefix = urlsplit(mock.details.root).path
        self._prefer = prefer
        self.documents: list[Any] = []

    async def request(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None) -> Reply:
        asked = {**headers, "prefer": self._prefer}
        reply = await self._inner.request(method, url.replace(self._prefix, "", 1), asked, content)
        document = msgspec.json.decode(reply.body) if reply.body else {}
        self.documents.append(document)
        if "Links" in document:
            document["Links"].pop("Next", None)
        return reply._replace(body=msgspec.json.encode(document)) if reply.body else reply


@pytest.fixture(scope="module", params=DOCUMENTS)
def mock(request: pytest.FixtureRequest) -> Iterator[Mock]:
    document = SPECS / DOCUMENTS[request.param]
    if not document.exists():
        node.missing("the published descriptions of UK Open Banking are not beside this checkout")
    with node.prism("--errors", document=document) as running:
        yield Mock(running.url, request.param)


class Met(NamedTuple):
    """This side of a conversation with a mock."""

    connector: UkConnector
    session: UkSession
    access: Invented


class Told(NamedTuple):
    """What a story gave, or the word that was said instead; and the documents that the mock answered."""

    result: Any
    documents: list[Any]


Story = Callable[[Met], Awaitable[Any]]


def told(mock: Mock, story: Story, prefer: str = "dynamic=true, seed=1") -> Told:
    async def play() -> Told:
        http = Http(timeout=30, max_bytes=8 << 20, allow_private=True)
        try:
            line, limits = Line(http, Way(allow_private=True)), Limits(5, 1000)
            access = Invented(line, mock, prefer)
            session = UkSession(mock.details, line, limits, access)
            met = Met(UkConnector(mock.details, line, limits, consent_days=180), session, access)
            try:
                result = await story(met)
            except Said as said:
                result = said
            return Told(result, access.documents)
        finally:
            await http.close()

    return asyncio.run(play())


def invented(mock: Mock, story: Story) -> list[Told]:
    """The story with the answers of every seed; none of its requests was refused."""
    return [told(mock, story, f"dynamic=true, seed={seed}") for seed in SEEDS]


def listed(document: Any, name: str) -> list[Any]:
    found: list[Any] = document["Data"].get(name, [])
    return found


def test_accounts_with_their_balances(mock: Mock) -> None:
    """A balance in another currency than the account's is none of it, and invented ones mostly are."""
    told_of, counted = 0, 0
    for found, documents in invented(mock, lambda met: met.session.accounts()):
        assert not isinstance(found, Said), (found, documents)
        assert [each.provider_id for each in found] == list(
            dict.fromkeys(each["AccountId"].strip() for each in listed(documents[0], "Account"))
        )
        for document in documents[1:]:
            entries = listed(document, "Balance")
            told_of += any(type_of(each) in mock.details.balance_types for each in entries)
            counted += with_balances(NO_CURRENCY, entries, mock.details).balance is not None
    assert counted >= told_of > 0


def test_transactions(mock: Mock) -> None:
    count = 0
    for found, documents in invented(mock, lambda met: met.session.transactions(ACCOUNT, YEARS_AGO, TODAY)):
        entries = [each for each in listed(documents[0], "Transaction") if _is_entry(each)]
        if all(map(_can_be_kept, entries)):
            assert [(each.amount, each.transaction_type) for each in found] == [_movement(each) for each in entries]
            assert [each.provider_id for each in found] == [_stripped(each.get("TransactionId")) for each in entries]
            count += len(found)
        else:
            assert isinstance(found, Said), found
            assert found.saying == Saying.GIBBERISH
    assert count > 0


def test_numbers_owners_and_the_person(mock: Mock) -> None:
    for found, documents in invented(mock, lambda met: met.session.account_numbers(ACCOUNT)):
        assert isinstance(found, list), (found, documents)
    for found, documents in invented(mock, lambda met: met.session.owners(ACCOUNT)):
        parties = documents[0]["Data"].get("Party") or [documents[1]["Data"]["Party"]]
        assert len(found) == len(parties)
        assert [each.owner_name for each in found] == [
            _stripped(each.get("FullLegalName")) or _stripped(each.get("Name")) for each in parties
        ]
    for found, documents in invented(mock, lambda met: met.connector.subject(met.access)):
        assert found == _stripped(documents[0]["Data"].get("Party", {}).get("PartyId"))


def test_consents(mock: Mock) -> None:
    states = set()
    for found, documents in invented(mock, lambda met: met.connector.consents.create(WANTED, met.access)):
        data = documents[0]["Data"]
        if data["Status"] in ("Rejected", "Revoked", "RJCT", "CANC", "EXPD"):
            assert isinstance(found, Said)
            assert found.saying == Saying.CLIENT_REFUSED
        else:
            assert found.parameters["claims"]["id_token"]["openbanking_intent_id"]["value"] == data["ConsentId"].strip()
    for found, _ in invented(mock, lambda met: met.connector.consents.read("urn:bank:1/2", met.access)):
        states.add(found.status)
    assert {"waiting", "active", "rejected", "ended"} == states
    assert told(mock, lambda met: met.connector.consents.revoke("urn:bank:1/2", met.access)).result is None


@pytest.mark.parametrize(
    ("status", "saying"),
    [
        (400, Saying.GIBBERISH),
        (401, Saying.CONSENT_EXPIRED),
        (403, Saying.ACCESS_REFUSED),
        (405, Saying.GIBBERISH),
        (406, Saying.GIBBERISH),
        (429, Saying.THROTTLED),
        (500, Saying.UNAVAILABLE),
    ],
)
def test_refusals(mock: Mock, status: int, saying: Saying) -> None:
    found = told(mock, lambda met: met.session.accounts(), f"dynamic=true, seed=1, code={status}").result
    assert isinstance(found, Said)
    assert found.saying == saying


def test_the_mock_refuses_what_its_description_does_not_allow(mock: Mock) -> None:
    bearer = {"authorization": "Bearer token", "prefer": "dynamic=true"}
    query = {"fromBookingDateTime": "yesterday"}
    asked = httpx2.get(f"{mock.url}/accounts/1/transactions", params=query, headers=bearer)
    assert asked.status_code >= 400
    body = {"Data": {"Permissions": ["ReadEverything"]}, "Risk": {}}
    assert httpx2.post(f"{mock.url}/account-access-consents", json=body, headers=bearer).status_code >= 400


def _is_entry(entry: Mapping[str, Any]) -> bool:
    return entry["Status"] in ("Booked", "Pending", "BOOK", "PDNG")


def _can_be_kept(entry: Mapping[str, Any]) -> bool:
    """Whether amount and year are such as a database holds; the schemas allow more."""
    return money.parse(entry["Amount"]["Amount"]) is not None and instant_of(entry, "BookingDateTime") is not None


def _movement(entry: Mapping[str, Any]) -> tuple[Decimal, int]:
    return Decimal(entry["Amount"]["Amount"]), 1 if entry["CreditDebitIndicator"] == "Credit" else 2


def _stripped(text: str | None) -> str | None:
    return text.strip() if text is not None else None

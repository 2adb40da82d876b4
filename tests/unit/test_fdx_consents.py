"""FDX consents: asked for inside the authorization request, read and ended at the provider."""

import asyncio
import datetime as dt
import json
from typing import Any

import pytest

from fanlight.base.clock import DAY
from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.fdx.connector import FdxConnector
from fanlight.institutions.fdx.consents import FdxConsents
from fanlight.institutions.fdx.details import FdxDetails
from fanlight.institutions.port import Access, Consent, ConsentRequest, ConsentState
from unit.fdx_provider import Provider

NOW = int(dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC).timestamp())
WANTED = ConsentRequest("https://us/back", "https://us/declined", dt.date(2024, 11, 24), NOW)
PATH = "/consents/c-1"


class Unreachable:
    """Access that nothing is asked of."""

    consent_id = None

    async def request(self, *_: Any, **__: Any) -> Reply:
        raise AssertionError


async def read(connector: FdxConnector, access: Access) -> ConsentState:
    assert connector.consents is not None
    return await connector.consents.read("c-1", access)


async def revoke(connector: FdxConnector, access: Access) -> None:
    assert connector.consents is not None
    await connector.consents.revoke("c-1", access)


async def create(connector: FdxConnector, access: Access) -> Consent:
    assert connector.consents is not None
    return await connector.consents.create(WANTED, Unreachable())


def test_an_institution_without_consents_has_none() -> None:
    async def story(connector: FdxConnector, access: Access) -> bool:
        return connector.consents is None

    assert Provider({}).tell(story)
    assert not Provider({}).tell(story, consent="authorization_details")
    assert not Provider({}).tell(story, consent_resource=True)


def test_a_consent_is_asked_for_without_a_call() -> None:
    provider = Provider({})
    consent = provider.tell(create, consent="authorization_details", data_clusters=("ACCOUNT_BASIC",))
    assert consent.id is None
    (detail,) = consent.parameters["authorization_details"]
    assert detail == {
        "type": "fdx_v1.0",
        "consentRequest": {
            "durationType": "TIME_BOUND",
            "durationPeriod": 365,
            "lookbackPeriod": 730,
            "resources": [{"resourceType": "ACCOUNT", "dataClusters": ["ACCOUNT_BASIC"]}],
        },
    }
    assert consent.expires_at == NOW + 365 * DAY
    assert provider.asked == []


@pytest.mark.parametrize(("days", "told"), [(30, 30), (None, 365), (5000, 365)])
def test_a_consent_lasts_a_year_at_most(days: int | None, told: int) -> None:
    details = FdxDetails(base_url="https://bank.example", consent="authorization_details")
    consent = asyncio.run(FdxConsents(details, days).create(WANTED, Unreachable()))
    assert consent.expires_at == NOW + told * DAY


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("ACTIVE", "active"),
        ("PENDING", "waiting"),
        ("REJECTED", "rejected"),
        ("EXPIRED", "ended"),
        ("REVOKED", "ended"),
    ],
)
def test_how_a_consent_stands_is_the_providers_word(status: str, state: str) -> None:
    provider = Provider({PATH: {"id": "c-1", "status": status, "expirationTime": "2027-11-24T12:00:00Z"}})
    found = provider.tell(read, consent_resource=True)
    assert (found.status, found.expires_at) == (state, NOW + 365 * DAY)


@pytest.mark.parametrize(
    ("answer", "saying"),
    [
        ({"status": "SOMETHING"}, Saying.GIBBERISH),
        ({}, Saying.GIBBERISH),
        ([], Saying.GIBBERISH),
        ((404, {}), Saying.GIBBERISH),
        ((405, {"code": 1206}), Saying.ACCESS_REFUSED),
        (503, Saying.UNAVAILABLE),
    ],
)
def test_a_consent_that_cannot_be_read_is_not_taken_for_one_that_ended(answer: Any, saying: Saying) -> None:
    with pytest.raises(Said) as said:
        Provider({PATH: answer}).tell(read, consent_resource=True)
    assert said.value.saying is saying


def test_a_day_without_a_time_counts_to_its_end() -> None:
    found = Provider({PATH: {"status": "ACTIVE", "expirationTime": "2026-11-24"}}).tell(read, consent_resource=True)
    assert found.expires_at == int(dt.datetime(2026, 11, 25, tzinfo=dt.UTC).timestamp())


@pytest.mark.parametrize("status", [200, 202, 204, 404, 409, 410])
def test_a_consent_is_ended_and_one_that_has_ended_is_no_error(status: int) -> None:
    provider = Provider({f"{PATH}/revocation": status})
    provider.tell(revoke, consent_resource=True)
    (asked,) = provider.asked
    assert (asked.method, json.loads(asked.body)) == ("PUT", {"reason": "USER_ACTION", "initiator": "DATA_RECIPIENT"})


def test_a_revocation_that_fails_is_said() -> None:
    with pytest.raises(Said) as said:
        Provider({f"{PATH}/revocation": 503}).tell(revoke, consent_resource=True)
    assert said.value.saying is Saying.UNAVAILABLE


def test_a_provider_without_the_resource_is_never_asked_for_it() -> None:
    provider = Provider({})
    assert provider.tell(read, consent="authorization_details").status == "active"
    provider.tell(revoke, consent="authorization_details")
    assert provider.asked == []


def test_an_id_is_one_part_of_the_path() -> None:
    async def story(connector: FdxConnector, access: Access) -> ConsentState:
        assert connector.consents is not None
        return await connector.consents.read("../accounts?x=1#", access)

    provider = Provider({"/consents/..%2Faccounts%3Fx%3D1%23": {"status": "ACTIVE"}})
    assert provider.tell(story, consent_resource=True).status == "active"

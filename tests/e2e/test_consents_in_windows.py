"""Consents as things of their own: made before the person is asked, and believed only by the institution's word."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from fanlight.bank.berlin_group.consents import Consent as BerlinConsent
from fanlight.bank.uk.consents import Consents as UkConsents
from fanlight.bank.uk.words import Status
from support.entries import change
from support.waiting import eventually
from support.world import Nexus, World, running

UK, BERLIN = "mx_bank_uk", "mx_bank_berlin"
BACK = "/oauth/redirect_from"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("consents")) as built:
        yield built


def newest(nexus: Nexus, member: str) -> tuple[int, int | None]:
    state: dict[str, Any] = nexus.ok("GET", f"/oauth_states?outbound_member_guid={member}")["oauth_states"][0]
    return state["auth_status"], state["error_reason"]


def count(world: World, kind: str, code: str = UK) -> int:
    return int(world.bank.activity.of(code, kind))


def grants_of(world: World, member: str) -> list[str]:
    sql = "SELECT grants.status FROM grants JOIN members ON members.id = grants.member_id WHERE guid = ?"
    return [status for (status,) in world.rows(f"{sql} ORDER BY generation", member)]


def uk_consents(world: World) -> UkConsents:
    """The bank's own memory of its consents."""
    intents = world.bank._issuers[UK].intents
    assert isinstance(intents, UkConsents)
    return intents


def uk_statuses(world: World) -> dict[str, Status]:
    return {consent_id: status for consent_id, (status, _) in uk_consents(world)._statuses.items()}


def berlin_consents(world: World) -> dict[str, BerlinConsent]:
    return dict(world.bank.xs2a.consents._consents)


def berlin_walk(world: World, nexus: Nexus, username: str = "ada") -> tuple[dict[str, Any], httpx2.Client, str]:
    member = nexus.member(BERLIN, skip_aggregation=True)
    return member, *world.up_to_callback(member["oauth_window_uri"], username)


def test_a_uk_consent_is_made_first_and_named_in_the_request(world: World, nexus: Nexus) -> None:
    before = uk_statuses(world)
    member = nexus.member(UK, skip_aggregation=True)

    _, url = world.up_to_callback(member["oauth_window_uri"])
    (made,) = uk_statuses(world).keys() - before.keys()

    assert uk_statuses(world)[made] is Status.AUTHORISED
    assert made not in url
    sealed = world.rows("SELECT sealed FROM oauth_states ORDER BY id DESC LIMIT 1")[0][0]
    assert made.encode() not in sealed


def test_a_uk_member_is_connected_with_its_consent(world: World, nexus: Nexus) -> None:
    member = nexus.connect("ada", UK)
    assert member["connection_status"] == "CONNECTED"
    assert nexus.ok("GET", "/accounts")["accounts"] != []
    assert grants_of(world, member["guid"]) == ["active"]


def test_who_declines_at_a_uk_bank_has_cancelled_and_the_consent_is_ended(world: World, nexus: Nexus) -> None:
    revoked = count(world, "uk_revoked")
    member = nexus.member(UK)
    page = world.walk(member["oauth_window_uri"], decision="deny")
    assert page.message["error-reason"] == "CANCELLED"
    assert newest(nexus, member["guid"]) == (3, 1)
    assert eventually(lambda: count(world, "uk_revoked") == revoked + 1)
    assert eventually(lambda: grants_of(world, member["guid"]) == ["ended"])


@pytest.mark.parametrize(
    ("status", "reason"),
    [(Status.REJECTED, "CANCELLED"), (Status.CANCELLED, "PROVIDER_ERROR"), (Status.AWAITING, "PROVIDER_ERROR")],
)
def test_a_code_does_not_make_a_consent_active(
    world: World, nexus: Nexus, status: Status, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The redirect says yes, the tokens are there, and the institution says of the consent that it is not so."""
    monkeypatch.setattr("fanlight.oauth.consents.PAUSE", 0.01)
    before = uk_statuses(world)
    member = nexus.member(UK)
    client, url = world.up_to_callback(member["oauth_window_uri"])
    (made,) = uk_statuses(world).keys() - before.keys()
    uk_consents(world)._remember(made, status)

    page = client.get(url)

    assert f'data-error-reason="{reason}"' in page.text
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    assert eventually(lambda: grants_of(world, member["guid"]) == ["ended"])


def test_a_consent_that_is_written_down_a_moment_later_is_waited_for(
    world: World, nexus: Nexus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fanlight.oauth.consents.PAUSE", 0.3)
    before = uk_statuses(world)
    member = nexus.member(UK, skip_aggregation=True)
    client, url = world.up_to_callback(member["oauth_window_uri"])
    (made,) = uk_statuses(world).keys() - before.keys()
    intents, reads = uk_consents(world), count(world, "uk_consent")
    intents._remember(made, Status.AWAITING)
    status = intents.status

    def later(consent_id: str, consent: Any) -> Any:
        told = status(consent_id, consent)
        intents._remember(made, Status.AUTHORISED)
        return told

    monkeypatch.setattr(intents, "status", later)

    assert client.get(url).status_code == 200
    assert count(world, "uk_consent") >= reads
    assert nexus.read(member["guid"])["connection_status"] == "CONNECTED"


def test_a_consent_whose_request_cannot_be_pushed_is_ended(world: World, nexus: Nexus) -> None:
    member, revoked = nexus.member(UK), count(world, "uk_revoked")
    change(world, UK, oauth={"pushed_authorization_request_endpoint": f"{world.ready['bank']}/nowhere"})
    try:
        page = world.http.get(member["oauth_window_uri"])
    finally:
        change(world, UK)
    assert "data-error-reason" in page.text
    assert newest(nexus, member["guid"])[0] == 3
    assert eventually(lambda: count(world, "uk_revoked") == revoked + 1)


def test_a_bank_that_makes_no_consent_ends_the_window_at_once(world: World, nexus: Nexus) -> None:
    member, asked = nexus.member(UK), count(world, "par")
    change(world, UK, oauth={"token_endpoint": f"{world.ready['bank']}/nowhere"})
    try:
        page = world.http.get(member["oauth_window_uri"])
    finally:
        change(world, UK)
    assert page.status_code == 200
    assert 'data-error-reason="' in page.text
    assert count(world, "par") == asked


def test_a_consent_without_a_code_comes_back_with_our_state_in_the_path(world: World, nexus: Nexus) -> None:
    member, client, url = berlin_walk(world, nexus)
    parts = urlsplit(url)
    assert (parts.path.rpartition("/")[0], parts.query) == (f"{BACK}/{BERLIN}", "")
    (cookie,) = client.cookies.jar
    assert cookie.path == BACK

    assert client.get(url).status_code == 200

    assert nexus.read(member["guid"])["connection_status"] == "CONNECTED"
    assert newest(nexus, member["guid"]) == (2, None)


def test_a_member_of_a_berlin_group_bank_is_aggregated(world: World, nexus: Nexus) -> None:
    assert nexus.connect("grace", BERLIN)["connection_status"] == "CONNECTED"
    assert nexus.ok("GET", "/accounts")["accounts"] != []


def test_who_declines_at_a_berlin_group_bank_has_cancelled(world: World, nexus: Nexus) -> None:
    member = nexus.member(BERLIN)
    page = world.walk(member["oauth_window_uri"], decision="deny")
    assert page.url.endswith("/declined")
    assert page.message["error-reason"] == "CANCELLED"
    assert newest(nexus, member["guid"]) == (3, 1)


@pytest.mark.parametrize("suffix", ["", "/declined"])
def test_coming_back_before_the_bank_was_asked_connects_nobody(
    world: World, nexus: Nexus, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person, or a page, calls the address that the bank was told: its word is not there."""
    monkeypatch.setattr("fanlight.oauth.consents.PAUSE", 0.01)
    before = berlin_consents(world)
    member = nexus.member(BERLIN)
    client = httpx2.Client(timeout=30)
    client.get(member["oauth_window_uri"])
    (made,) = berlin_consents(world).keys() - before.keys()
    uri = berlin_consents(world)[made].return_uri

    page = client.get(uri + suffix)

    assert f'data-error-reason="{"CANCELLED" if suffix else "PROVIDER_ERROR"}"' in page.text
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    assert eventually(lambda: berlin_consents(world)[made].status == "terminatedByTpp")
    client.close()


def test_a_yes_is_a_yes_at_the_address_for_no_too(world: World, nexus: Nexus) -> None:
    """The address is the browser's word; the consent is active by the bank's."""
    member, client, url = berlin_walk(world, nexus, "barbara")
    assert client.get(f"{url}/declined").status_code == 200
    assert nexus.read(member["guid"])["connection_status"] == "CONNECTED"


def test_a_consent_is_finished_by_its_own_browser_only_and_once(world: World, nexus: Nexus) -> None:
    member, client, url = berlin_walk(world, nexus, "linus")
    assert httpx2.head(url).status_code == 503
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    assert client.get(url).status_code == 200
    assert client.get(url).status_code == 400
    assert grants_of(world, member["guid"]) == ["active"]


@pytest.mark.parametrize("cookie", [None, "wrong"])
@pytest.mark.parametrize("phase", ["opened", "redeeming"])
def test_a_consent_that_comes_back_in_another_browser_is_nobodys(
    world: World, nexus: Nexus, cookie: str | None, phase: str
) -> None:
    """Who was sent to the bank's address by somebody else gave the consent: the first browser may not redeem it."""
    before = berlin_consents(world)
    member, client, url = berlin_walk(world, nexus, "grace")
    (made,) = berlin_consents(world).keys() - before.keys()
    (own,) = client.cookies.jar
    world.rows("UPDATE oauth_states SET phase = ? WHERE member_guid = ?", phase, member["guid"])

    headers = {} if cookie is None else {"Cookie": f"{own.name}={cookie}"}
    assert httpx2.get(url, headers=headers).status_code == 400

    assert newest(nexus, member["guid"]) == (3, 6)
    assert client.get(url).status_code == 400
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    assert eventually(lambda: berlin_consents(world)[made].status == "terminatedByTpp")
    assert eventually(lambda: grants_of(world, member["guid"]) == ["ended"])


def test_a_guessed_state_ends_nothing(world: World, nexus: Nexus) -> None:
    member, client, url = berlin_walk(world, nexus, "linus")
    guessed = url[:-1] + ("A" if url[-1] != "A" else "B")
    assert httpx2.get(guessed).status_code == 400
    assert client.get(url).status_code == 200
    assert nexus.read(member["guid"])["connection_status"] == "CONNECTED"


@pytest.mark.parametrize("code", [UK, "mx_bank_oauth", "unknown"])
def test_a_consent_at_another_institutions_address_is_not_taken(world: World, nexus: Nexus, code: str) -> None:
    member, client, url = berlin_walk(world, nexus, "edsger")
    page = client.get(url.replace(f"/{BERLIN}/", f"/{code}/"))
    assert 'data-error-reason="SESSION_ERROR"' in page.text
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    assert eventually(lambda: grants_of(world, member["guid"]) == ["ended"])


def test_a_code_at_an_institution_without_codes_is_nothing(world: World, nexus: Nexus) -> None:
    member, client, url = berlin_walk(world, nexus, "dennis")
    state = url.rpartition("/")[2]
    page = client.get(f"{world.url}{BACK}?code=x&state={state}")
    assert 'data-error-reason="SESSION_ERROR"' in page.text
    assert nexus.read(member["guid"])["connection_status"] == "PENDING"

"""Rules of the wire that one request alone does not show; each was broken once."""

from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import pytest

from contract.bad import ids, refused
from contract.things import at_mxbank
from fanlight.demo.browser import Left
from support.world import Nexus, World

GOOD = "https://client.example/return"
SMILE = "\U0001f600"


def _mdx(world: World, method: str, path: str, **sent: Any) -> httpx2.Response:
    url = f"{world.ready['mdx']}/{world.ready['client_id']}{path}"
    return world.http.request(method, url, headers={"MD-API-KEY": world.ready["api_key"]}, **sent)


def _with_login(nexus: Nexus, login: str) -> httpx2.Response:
    guid = nexus.world.institutions["mxbank"]
    fields = nexus.ok("GET", f"/institutions/{guid}/credentials")["credentials"]
    given = [{"guid": field["guid"], "value": login} for field in fields]
    body = {"institution_guid": guid, "skip_aggregation": True, "credentials": given}
    return nexus.send("POST", "/members", {"member": body})


@pytest.mark.parametrize("skip", ["true", "false"])
def test_skip_aggregation_is_shown_when_it_is_given(nexus: Nexus, skip: str) -> None:
    """wire-decisions: the URI's query begins with skip_aggregation (only if given); flow-oauth has it with false."""
    uri = nexus.window(nexus.member()["guid"], skip_aggregation=skip)

    assert uri.endswith(f"?skip_aggregation={skip}&referral_source=BROWSER&ui_message_webview_url_scheme=MX")


@pytest.mark.parametrize(
    "url", ids({"in the query": f"{GOOD}?x={SMILE}", "in the link of an app": f"exampleapp://{SMILE}"})
)
def test_a_url_that_no_header_can_hold_is_refused_or_led_to(world: World, nexus: Nexus, url: str) -> None:
    """Else the member is connected, and the person ends on a 400 page of ours and reaches no app."""
    query = {"referral_source": "APP", "client_redirect_url": url}
    response = nexus.get(f"/members/{nexus.member()['guid']}/oauth_window_uri", params=query)
    if response.status_code == 200:
        with pytest.raises(Left):
            world.walk(response.json()["member"]["oauth_window_uri"])
    else:
        refused(response, 4000)


@pytest.mark.parametrize("name", ["supports_account_identification", "supports_account_verification"])
def test_a_search_asks_for_what_is_supported(nexus: Nexus, name: str) -> None:
    """merchants-holdings-institutions.yaml, search-institutions: the fields are part of the request."""
    found = nexus.ok("POST", "/institutions/search", {"institution": {"name": "", name: True}})

    assert [institution["code"] for institution in found["institutions"] if not institution[name]] == []


def test_a_search_for_a_nul_finds_nothing(nexus: Nexus) -> None:
    """SQLite's LIKE ends its pattern at the NUL, so that everything fits."""
    assert nexus.ok("POST", "/institutions/search", {"institution": {"name": "\0"}})["institutions"] == []


def test_the_same_login_at_the_same_institution_is_refused(nexus: Nexus) -> None:
    """members.yaml, create-member: 422 with 4220 for the same login credential (doc)."""
    assert _with_login(nexus, "ada").status_code == 200

    assert _with_login(nexus, "bob").status_code == 200
    refused(_with_login(nexus, "ada"), 4220)


def test_an_open_window_of_a_deleted_member_is_errored(world: World, nexus: Nexus) -> None:
    """wire-decisions: superseded, expired or deleted states become ERRORED/SESSION_ERROR."""
    member = nexus.connect("ada")
    nexus.window(member["guid"])
    state = nexus.ok("GET", "/oauth_states?auth_status=1")["oauth_states"][0]

    nexus.ok("DELETE", f"/members/{member['guid']}")

    after = nexus.ok("GET", f"/oauth_states/{state['guid']}")["oauth_state"]
    assert (after["auth_status"], after["error_reason"]) == (3, 6)


def test_the_window_of_a_deleted_pending_member_is_errored(nexus: Nexus) -> None:
    """The same for a member that was never connected: its state is gone instead."""
    member = nexus.member()
    state = nexus.ok("GET", "/oauth_states")["oauth_states"][0]

    nexus.ok("DELETE", f"/members/{member['guid']}")

    after = nexus.ok("GET", f"/oauth_states/{state['guid']}")["oauth_state"]
    assert (after["auth_status"], after["error_reason"]) == (3, 6)


def test_the_job_of_a_deleted_member_is_not_there(nexus: Nexus) -> None:
    """wire-decisions: deleted members are invisible at once; members.yaml: what is of the member goes too."""
    guid = at_mxbank(nexus)["guid"]
    job = nexus.ok("GET", f"/members/{guid}/aggregate")["member"]["most_recent_job_guid"]
    nexus.settled(guid)

    nexus.ok("DELETE", f"/members/{guid}")

    refused(nexus.get(f"/jobs/{job}"), 4040)


def test_transactions_of_a_use_case(nexus: Nexus) -> None:
    """transactions-rules.yaml, list-transactions: use_case keeps data whose member carries it (doc)."""
    guid = nexus.connect("ada")["guid"]
    nexus.ok("PUT", f"/members/{guid}", {"member": {"use_cases": ["MONEY_MOVEMENT"]}})

    assert nexus.ok("GET", "/transactions?use_case=MONEY_MOVEMENT")["transactions"]
    assert nexus.ok("GET", "/transactions?use_case=PFM")["transactions"] == []


@pytest.mark.parametrize("text", ids({"U+FFFE": "\ufffe", "U+FFFF": "\uffff", "NUL": "\0", "control": "\x0b"}))
def test_a_user_as_xml_is_well_formed(world: World, nexus: Nexus, text: str) -> None:
    name = nexus.ok("GET", "/user")["user"]["external_guid"]
    _mdx(world, "PUT", f"/users/{name}.json", json={"user": {"metadata": f"a{text}b"}})

    assert ET.fromstring(_mdx(world, "GET", f"/users/{name}.xml").content).findtext("metadata")

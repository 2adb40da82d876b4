"""The whole way of a client as one test, once as clients of 2014 go it and once as those of today."""

import time
from typing import Any

import httpx2

from support.world import PATIENCE, World

ACTIONABLE = {"CHALLENGED", "COMPLETED", "PREVENTED", "DENIED", "HALTED"}
PROCESSING = {"CREATED", "RECONNECTED", "UPDATED", "RESUMED", "DELAYED"}


class _Client:
    """What both clients have in common: one set of headers, and no patience with anything but 200."""

    def __init__(self, world: World, headers: dict[str, str], suffix: str) -> None:
        self._world = world
        self._headers = headers
        self._suffix = suffix

    def call(self, method: str, path: str, json: Any = None, base: str = "", **headers: str) -> httpx2.Response:
        named, _, query = path.partition("?")
        url = (base or self._world.url) + named + self._suffix + (f"?{query}" if query else "")
        return self._world.http.request(method, url, json=json, headers={**self._headers, **headers})

    def ok(self, method: str, path: str, json: Any = None, base: str = "", **headers: str) -> Any:
        response = self.call(method, path, json, base, **headers)
        assert response.status_code == 200, (method, path, response.status_code, response.text)
        return response.json()

    def open_session(self, sso_media_type: str, body: Any) -> None:
        """From the key of the client to a session of one user."""
        ready = self._world.ready
        key = {"MD-API-KEY": ready["api_key"], "Accept": sso_media_type, "Content-Type": sso_media_type}
        path = f"/{ready['client_id']}/users/{ready['user_id']}/api_token"
        token = self.ok("GET", path, base=ready["sso"], **key)["api_token"]["token"]
        session = self.ok("POST", "/sessions", body, **{"MD-API-TOKEN": token})["session"]["token"]
        self._headers["MD-SESSION-TOKEN"] = session


def test_a_client_of_2014_goes_its_whole_way(own_world: World) -> None:
    media_types = {"Content-Type": "application/json", "Accept": "application/vnd.moneydesktop.v1+json"}
    client = _Client(own_world, media_types, ".json")
    client.open_session("application/vnd.moneydesktop.sso.v3", None)
    found = client.ok("POST", "/institutions/search", {"name": "MX Bank"})["institutions"]
    institution = next(each["guid"] for each in found if each["code"] == "mxbank")
    login, password = client.ok("GET", f"/institutions/{institution}/credentials")["credentials"]
    assert (login["field_name"], password["field_name"]) == ("LOGIN", "PASSWORD")
    values = [(login["guid"], "mxuser"), (password["guid"], "challenge")]
    given = [{"credential_guid": guid, "value": value} for guid, value in values]

    member = client.ok("POST", "/members", {"institution_guid": institution, "credentials": given})["member"]
    assert member["connection_status"] == "CREATED"
    job = _actionable(client, member["most_recent_job_guid"])
    assert (job["status_name"], job["is_authenticated"]) == ("CHALLENGED", False)
    for asked in client.ok("GET", f"/jobs/{job['guid']}/mfa_credentials")["credentials"]:
        assert (asked["mfa"], asked["field_type_name"]) == (True, "TEXT")
        body = {"credential_guid": asked["guid"], "value": "correct"}
        client.ok("POST", f"/members/{member['guid']}/credentials", body)
    assert client.ok("PUT", f"/jobs/{job['guid']}/resume")["job"]["status_name"] == "RECEIVED"
    done = _actionable(client, job["guid"])

    assert (done["status_name"], done["is_authenticated"]) == ("COMPLETED", True)
    _reads_everything(client, member["guid"])
    refreshed = client.ok("GET", f"/members/{member['guid']}/refresh")["member"]
    assert _actionable(client, refreshed["most_recent_job_guid"])["status_name"] == "CHALLENGED"


def test_a_client_of_today_goes_its_whole_way(own_world: World) -> None:
    media_type = "application/vnd.mx.nexus.v1+json"
    client = _Client(own_world, {"Content-Type": media_type, "Accept": media_type}, "")
    client.open_session("application/vnd.moneydesktop.sso.v3+json", {"session": {"skip_aggregation": True}})
    found = client.ok("POST", "/institutions/search", {"institution": {"name": "MX Bank"}})["institutions"]
    institution = next(each["guid"] for each in found if each["code"] == "mxbank")
    login, password = client.ok("GET", f"/institutions/{institution}/credentials")["credentials"]
    values = [(login["guid"], "mxuser"), (password["guid"], "options")]
    given = [{"credential_guid": guid, "value": value} for guid, value in values]

    body = {"member": {"institution_guid": institution, "credentials": given, "metadata": "of today"}}
    guid = client.ok("POST", "/members", body)["member"]["guid"]
    assert _polled(client, guid)["connection_status"] == "CHALLENGED"
    (asked,) = client.ok("GET", f"/members/{guid}/challenges")["challenges"]
    right = next(option["guid"] for option in asked["options"] if option["label"] == "correct")
    answer = {"challenges": [{"guid": asked["guid"], "value": right}]}
    resumed = client.ok("PUT", f"/members/{guid}/resume", answer)["member"]
    assert resumed["connection_status"] == "RESUMED"
    member = _polled(client, guid)

    assert (member["connection_status"], member["metadata"]) == ("CONNECTED", "of today")
    assert member["successfully_aggregated_at"] is not None
    _reads_everything(client, guid)
    assert client.ok("DELETE", f"/members/{guid}") == {}
    assert client.ok("GET", "/members")["members"] == []
    assert client.ok("GET", "/accounts")["accounts"] == []


def _actionable(client: _Client, guid: str) -> dict[str, Any]:
    """The job once it has come to where a client of old has something to do."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        job: dict[str, Any] = client.ok("GET", f"/jobs/{guid}")["job"]
        if job["status_name"] in ACTIONABLE:
            return job
        time.sleep(0.02)
    raise AssertionError(f"the job stays {job['status_name']}")


def _polled(client: _Client, guid: str) -> dict[str, Any]:
    """The member once a client of today stops to poll it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        member: dict[str, Any] = client.ok("GET", f"/members/{guid}")["member"]
        client.ok("GET", f"/jobs/{member['most_recent_job_guid']}")
        if member["connection_status"] == "CHALLENGED":
            return member
        if member["connection_status"] not in PROCESSING and not member["is_being_aggregated"]:
            return member
        time.sleep(0.02)
    raise AssertionError(f"the member stays {member['connection_status']}")


def _reads_everything(client: _Client, member_guid: str) -> None:
    """Accounts, every page of transactions, and the category of each."""
    accounts = client.ok("GET", "/accounts")["accounts"]
    assert {account["member_guid"] for account in accounts} == {member_guid}
    assert {"CHECKING", "SAVINGS", "CREDIT_CARD", "INVESTMENT"} <= {each["account_type_name"] for each in accounts}
    guids, page, pages = set[str](), 1, 1
    while page <= pages:
        answer = client.ok("GET", f"/transactions?page={page}&records_per_page=25")
        pages = answer["pagination"]["total_pages"]
        guids |= {entry["guid"] for entry in answer["transactions"]}
        page += 1
    assert len(guids) == answer["pagination"]["total_entries"] > 25
    named = {category["guid"]: category["name"] for category in client.ok("GET", "/categories")["categories"]}
    assert {(each["category_guid"], each["category_name"]) for each in answer["transactions"]} <= named.items()
    _edits(client, answer["transactions"][0], next(iter(named)))


def _edits(client: _Client, transaction: dict[str, Any], category_guid: str) -> None:
    """As the old client did it: one transaction by its singular path, without a root; and a text to categorise."""
    path = f"/transaction/{transaction['guid']}"
    edited = client.ok("PUT", path, {"user_description": "Mine", "category_guid": category_guid})["transaction"]
    assert (edited["description"], edited["category_guid"]) == ("Mine", category_guid)
    assert client.ok("GET", path)["transaction"] == edited
    body = {"transactions": [{"description": "MCDONALD'S F1234", "amount": 5}]}
    (told,) = client.ok("POST", "/transactions/categorize_and_describe", body)["transactions"]
    assert told["category_guid"] in {each["guid"] for each in client.ok("GET", "/categories")["categories"]}

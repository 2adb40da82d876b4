"""Members that the rules of the data refuse: institutions, OAuth, credentials, external guids."""

import pytest

from contract.bad import ids, refused, unharmed
from contract.conftest import Someone
from contract.things import NOBODY, at_mxbank
from fanlight.core import clients, sessions, users
from fanlight.core.users import Profile
from fanlight.storage.unit import Unit
from support.world import Nexus

STALE = (
    "The credential guids submitted are no longer valid. "
    "Check the Institution Required Credentials endpoint for the most recent credentials."
)
UNKNOWN_INSTITUTIONS = [f"INS-{NOBODY}", "mx_bank_oauth", "", "INS-' OR 1=1 --", "x" * 100_000, "\0"]
NO_OAUTH = "Member cannot use OAuth"


@pytest.mark.parametrize("guid", UNKNOWN_INSTITUTIONS, ids=lambda guid: guid[:12] or "empty")
def test_an_unknown_institution(someone: Someone, guid: str) -> None:
    with unharmed(someone.nexus):
        refused(someone.nexus.send("POST", "/members", {"member": {"institution_guid": guid, "is_oauth": True}}), 4220)


def test_an_external_guid_is_used_once_by_all_users_of_a_client(someone: Someone) -> None:
    world = someone.nexus.world
    first, second = world.user("first-of-two"), world.user("second-of-two")
    first.member(external_guid="shared")
    body = {"member": {"institution_guid": world.institutions["mx_bank_oauth"], "is_oauth": True}}
    body["member"]["external_guid"] = "shared"

    for nexus in (first, second):
        with unharmed(nexus):
            refused(nexus.send("POST", "/members", body), 4220)
    other = second.member(external_guid="own")
    with unharmed(second):
        changed = second.send("PUT", f"/members/{other['guid']}", {"member": {"external_guid": "shared", "name": "x"}})
        refused(changed, 4220)
    assert second.read(other["guid"])["external_guid"] == "own"
    assert second.read(other["guid"])["revision"] == 0


def test_a_member_keeps_its_external_guid_and_gives_it_away_when_deleted(someone: Someone) -> None:
    nexus = someone.nexus
    guid = at_mxbank(nexus, external_guid="kept")["guid"]

    assert nexus.ok("PUT", f"/members/{guid}", {"member": {"external_guid": "kept"}})["member"]["guid"] == guid
    nexus.ok("DELETE", f"/members/{guid}")
    assert at_mxbank(nexus, external_guid="kept")["external_guid"] == "kept"


def test_another_client_may_use_the_same_external_guid(someone: Someone) -> None:
    world = someone.nexus.world
    at_mxbank(someone.nexus, external_guid="of two clients")

    def other_client(unit: Unit) -> str:
        now = world.clock()
        client, _ = clients.create(unit, "other-client", now=now)
        user = users.create(unit, client.id, "theirs", Profile(), now=now)
        return sessions.start(unit, user, now=now, lifetime=1800)[1]

    assert at_mxbank(Nexus(world, world.unit(other_client)), external_guid="of two clients")


@pytest.mark.parametrize(
    "query",
    ["", "?referral_source=nonsense", "?client_redirect_url=javascript:alert(1)", "?skip_aggregation=perhaps"],
    ids=lambda query: query or "no query",
)
def test_no_oauth_is_said_before_parameters_are_looked_at(someone: Someone, query: str) -> None:
    with unharmed(someone.nexus):
        response = someone.nexus.get(f"/members/{someone.impaired}/oauth_window_uri{query}")
        assert refused(response, 4000) == NO_OAUTH


def test_a_member_that_is_not_there_is_said_before_parameters_are_looked_at(someone: Someone) -> None:
    with unharmed(someone.nexus):
        refused(someone.nexus.get(f"/members/MBR-{NOBODY}/oauth_window_uri?referral_source=nonsense"), 4040)


def test_a_member_for_oauth_where_there_is_none(someone: Someone) -> None:
    body = {"institution_guid": someone.nexus.world.institutions["mxbank"], "is_oauth": True}
    with unharmed(someone.nexus):
        assert refused(someone.nexus.send("POST", "/members", {"member": body}), 4000) == NO_OAUTH


def test_a_member_for_oauth_with_credentials(someone: Someone) -> None:
    body = {"institution_guid": someone.nexus.world.institutions["mx_bank_oauth"], "is_oauth": True}
    with unharmed(someone.nexus):
        full = body | {"credentials": [{"credential_guid": "CRD-1", "value": "x"}]}
        refused(someone.nexus.send("POST", "/members", {"member": full}), 4000)
        change = {"member": {"credentials": full["credentials"]}}
        refused(someone.nexus.send("PUT", f"/members/{someone.pending}", change), 4000)


@pytest.mark.parametrize(
    "entry",
    ids(
        {
            "an unknown guid": {"credential_guid": f"CRD-{NOBODY}", "value": "x"},
            "no guid": {"value": "x"},
            "a guid under another name": {"id": "CRD-9f61fb4c-912c-bd1e-b175-ccc7f0275cc1", "value": "x"},
        }
    ),
)
def test_stale_credential_guids(someone: Someone, entry: dict[str, str]) -> None:
    body = {"institution_guid": someone.nexus.world.institutions["mxbank"], "credentials": [entry]}
    with unharmed(someone.nexus):
        assert refused(someone.nexus.send("POST", "/members", {"member": body}), 4000) == STALE
        change = {"member": {"credentials": [entry], "name": "half stored"}}
        assert refused(someone.nexus.send("PUT", f"/members/{someone.impaired}", change), 4000) == STALE
    assert someone.nexus.read(someone.impaired)["name"] == "MX Bank"


@pytest.mark.parametrize("values", [["x"], ["x", ""], ["", ""]], ids=["one of two", "an empty one", "all empty"])
def test_credentials_with_gaps(someone: Someone, values: list[str]) -> None:
    nexus = someone.nexus
    fields = nexus.ok("GET", f"/institutions/{nexus.world.institutions['mxbank']}/credentials")["credentials"]
    given = [{"guid": field["guid"], "value": value} for field, value in zip(fields, values, strict=False)]
    with unharmed(nexus):
        body = {"institution_guid": nexus.world.institutions["mxbank"], "credentials": given}
        refused(nexus.send("POST", "/members", {"member": body}), 4001)


def test_no_credentials_without_skip_aggregation(someone: Someone) -> None:
    body = {"institution_guid": someone.nexus.world.institutions["mx_bank_oauth"]}
    with unharmed(someone.nexus):
        refused(someone.nexus.send("POST", "/members", {"member": body}), 4001)
        refused(someone.nexus.send("POST", "/members", {"member": body | {"credentials": []}}), 4001)


def test_credentials_never_come_back(someone: Someone) -> None:
    nexus = someone.nexus
    fields = nexus.ok("GET", f"/institutions/{nexus.world.institutions['mxbank']}/credentials")["credentials"]
    given = [{"guid": field["guid"], "value": "s3cret-of-mine"} for field in fields]
    body = {"institution_guid": nexus.world.institutions["mxbank"], "credentials": given, "skip_aggregation": True}

    made = nexus.send("POST", "/members", {"member": body})

    assert made.status_code == 200
    assert "s3cret" not in made.text + nexus.get("/members").text
    assert all(b"s3cret" not in sealed for (sealed,) in nexus.world.rows("SELECT sealed FROM member_credentials"))

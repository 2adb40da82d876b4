"""Sign-in details that are stale, missing, too many, too long, or taken: refused whole, and what was kept stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from contract.bad import ids, refused, unharmed
from contract.conftest import Someone
from contract.things import NOBODY
from fanlight.core.credentials import STALE
from support import logins
from support.world import Nexus

LONG = "x" * 5000
GOOD = logins.login("x", "whole")
UNKNOWN = {"credential_guid": f"CRD-{NOBODY}", "value": "x"}
BAD_LOGINS: dict[str, tuple[list[dict[str, Any]], int]] = {
    "a stale guid": ([GOOD[0], UNKNOWN], 4000),
    "a guid of an institution": ([GOOD[0], {"credential_guid": f"INS-{NOBODY}", "value": "x"}], 4000),
    "one field too many": ([*GOOD, UNKNOWN], 4000),
    "the password alone": ([GOOD[1]], 4001),
    "the login alone": ([GOOD[0]], 4001),
    "an empty password": (logins.login("", "whole"), 4001),
    "an empty login": (logins.login("x", ""), 4001),
    "a value of five thousand characters": (logins.login(LONG, "whole"), 4000),
    "a value that is no text": ([GOOD[0], {"credential_guid": logins.PASSWORD, "value": ["x"]}], 4000),
    "a value that is null": ([GOOD[0], {"credential_guid": logins.PASSWORD, "value": None}], 4000),
}
BAD_VALUES: dict[str, tuple[dict[str, Any], int]] = {
    "a stale guid": (UNKNOWN, 4000),
    "no guid": ({"value": "x"}, 4001),
    "an empty guid": ({"credential_guid": "", "value": "x"}, 4001),
    "a guid that is a number": ({"credential_guid": 1, "value": "x"}, 4000),
    "no value": ({"credential_guid": logins.LOGIN}, 4001),
    "an empty value": ({"credential_guid": logins.LOGIN, "value": ""}, 4001),
    "a value of five thousand characters": ({"credential_guid": logins.LOGIN, "value": LONG}, 4000),
    "a value that is an object": ({"credential_guid": logins.LOGIN, "value": {"x": 1}}, 4000),
    "metadata of ten thousand characters": (
        {"credential_guid": logins.LOGIN, "value": "x", "metadata": "x" * 10_000},
        4000,
    ),
    "metadata that is a list": ({"credential_guid": logins.LOGIN, "value": "x", "metadata": []}, 4000),
}


@contextmanager
def same_login(nexus: Nexus, guid: str) -> Iterator[None]:
    """What happens inside leaves the member and the rows of its login as they are."""
    before = (nexus.read(guid), _rows(nexus, guid))
    with unharmed(nexus):
        yield
    assert (nexus.read(guid), _rows(nexus, guid)) == before


def _rows(nexus: Nexus, guid: str) -> list[tuple[Any, ...]]:
    of_member = "member_id = (SELECT id FROM members WHERE guid = ?)"
    return nexus.world.rows(f"SELECT * FROM member_credentials WHERE {of_member} ORDER BY id", guid)


@pytest.mark.parametrize("case", ids(BAD_LOGINS))
def test_a_member_with_a_bad_login_is_not_made(someone: Someone, case: tuple[list[Any], int]) -> None:
    given, code = case
    body = {"institution_guid": someone.nexus.world.institutions["mxbank"], "credentials": given}
    with unharmed(someone.nexus):
        refused(someone.nexus.send("POST", "/members", {"member": body}), code)
        refused(someone.nexus.send("POST", "/members", body), code)


@pytest.mark.parametrize("case", ids(BAD_LOGINS))
def test_a_member_keeps_its_login_when_the_new_one_is_bad(nexus: Nexus, case: tuple[list[Any], int]) -> None:
    given, code = case
    guid = logins.sign_in(nexus, skip_aggregation=True)["guid"]
    with same_login(nexus, guid):
        body = {"member": {"credentials": given, "name": "half stored", "metadata": "half stored"}}
        refused(nexus.send("PUT", f"/members/{guid}", body), code)


@pytest.mark.parametrize("case", ids(BAD_VALUES))
def test_a_bad_value_is_not_kept(nexus: Nexus, case: tuple[dict[str, Any], int]) -> None:
    given, code = case
    guid = logins.sign_in(nexus, skip_aggregation=True)["guid"]
    with same_login(nexus, guid):
        refused(nexus.send("POST", f"/members/{guid}/credentials", {"member": given}), code)
        refused(nexus.send("POST", f"/members/{guid}/credentials", given), code)


def test_the_fields_of_another_institution_are_stale(nexus: Nexus) -> None:
    there = nexus.world.institutions["mxcu_credential"]
    guid = logins.sign_in(nexus, skip_aggregation=True)["guid"]
    fields = nexus.ok("GET", f"/institutions/{there}/credentials")["credentials"]
    foreign = [{"guid": field["guid"], "value": "x"} for field in fields]

    with same_login(nexus, guid):
        for given in (foreign, [*GOOD, *foreign]):
            response = nexus.send("PUT", f"/members/{guid}", {"member": {"credentials": given}})
            assert refused(response, 4000) == STALE
        assert refused(nexus.send("POST", f"/members/{guid}/credentials", foreign[0]), 4000) == STALE
        body = {"institution_guid": there, "credentials": GOOD}
        assert refused(nexus.send("POST", "/members", {"member": body}), 4000) == STALE


def test_a_login_is_taken_once_a_user_and_institution(nexus: Nexus, someone: Someone) -> None:
    first = logins.sign_in(nexus, username="the one", skip_aggregation=True)["guid"]
    second = logins.sign_in(nexus, username="the other", skip_aggregation=True)["guid"]
    taken = logins.login("x", "the one")

    with same_login(nexus, first), same_login(nexus, second):
        body = {"institution_guid": nexus.world.institutions["mxbank"], "credentials": taken}
        refused(nexus.send("POST", "/members", {"member": body}), 4220)
        change = {"member": {"credentials": taken, "name": "half stored"}}
        refused(nexus.send("PUT", f"/members/{second}", change), 4220)
        refused(nexus.send("POST", f"/members/{second}/credentials", taken[0]), 4220)

    assert nexus.send("POST", f"/members/{first}/credentials", taken[0]).status_code == 200, "its own is not taken"
    assert logins.sign_in(someone.nexus, username="the one", skip_aggregation=True), "another user's is not either"
    nexus.ok("DELETE", f"/members/{first}")
    nexus.ok("PUT", f"/members/{second}", {"member": {"credentials": taken, "skip_aggregation": True}})


def test_a_member_that_connects_by_oauth_takes_no_values(someone: Someone) -> None:
    with same_login(someone.nexus, someone.pending):
        response = someone.nexus.send("POST", f"/members/{someone.pending}/credentials", GOOD[0])
        assert refused(response, 4000) == STALE


def test_a_bad_value_leaves_the_question_of_a_challenged_member(nexus: Nexus) -> None:
    guid = logins.signed_in(nexus, "challenge")["guid"]
    asked = logins.asked(nexus, guid)

    with same_login(nexus, guid):
        refused(nexus.send("POST", f"/members/{guid}/credentials", UNKNOWN), 4000)
        refused(nexus.send("PUT", f"/members/{guid}", {"member": {"credentials": [UNKNOWN]}}), 4000)
    assert logins.asked(nexus, guid) == asked


def test_values_never_come_back_and_are_sealed(nexus: Nexus) -> None:
    guid = logins.sign_in(nexus, skip_aggregation=True)["guid"]
    value = {"credential_guid": logins.PASSWORD, "value": "s3cret-of-mine", "metadata": "shown"}

    kept = nexus.send("POST", f"/members/{guid}/credentials", {"member": value})
    bad = nexus.send("POST", f"/members/{guid}/credentials", value | {"value": "s3cret" * 1000})

    assert kept.json()["member_credential"]["metadata"] == "shown"
    assert bad.status_code == 400
    listed = nexus.get(f"/members/{guid}/credentials").text
    assert "s3cret" not in kept.text + bad.text + listed
    assert not [row for row in _rows(nexus, guid) for cell in row if b"s3cret" in str(cell).encode()]

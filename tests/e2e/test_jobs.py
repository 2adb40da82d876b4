"""Jobs: what each kind brings over each protocol, what may run beside what, and what is throttled or refused."""

from itertools import count
from typing import Any

import pytest

from fanlight.aggregation import operators
from fanlight.aggregation.requests import Requests
from fanlight.base.clock import DAY
from fanlight.core import institutions, members
from fanlight.storage.unit import Unit
from support import logins
from support.gate import gated
from support.world import NOON, Nexus, World

PROTOCOLS = ["fdx", "ofx"]
ALL = "/transactions?from_date=2020-01-01&records_per_page=1000"
HOUR = 3600


def _connected(nexus: Nexus, protocol: str) -> dict[str, Any]:
    return nexus.connect("ada") if protocol == "fdx" else logins.signed_in(nexus, username="ada")


def _numbers(nexus: Nexus, guid: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = nexus.ok("GET", f"/members/{guid}/account_numbers")["account_numbers"]
    return found


def _transactions(nexus: Nexus) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = nexus.ok("GET", ALL)["transactions"]
    return found


def _balances(nexus: Nexus) -> dict[str, Any]:
    return {account["guid"]: account["balance"] for account in nexus.ok("GET", "/accounts")["accounts"]}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_verification_brings_account_numbers(nexus: Nexus, protocol: str) -> None:
    guid = _connected(nexus, protocol)["guid"]
    assert _numbers(nexus, guid) == []

    member = logins.again(nexus, guid, "verify")

    assert (member["connection_status"], logins.job(nexus, member)["status_name"]) == ("CONNECTED", "COMPLETED")
    numbers = _numbers(nexus, guid)
    accounts = {account["guid"]: account["account_type_name"] for account in nexus.ok("GET", "/accounts")["accounts"]}
    assert {accounts[number["account_guid"]] for number in numbers} == {"CHECKING", "SAVINGS"}
    for number in numbers:
        assert _is_aba(number["routing_number"])
        assert number["account_number"].isdecimal()
        own = nexus.ok("GET", f"/accounts/{number['account_guid']}/account_number")["account_numbers"]
        assert own == [number]


def _is_aba(number: str) -> bool:
    weighed = sum(weight * int(digit) for weight, digit in zip((3, 7, 1) * 3, number, strict=True))
    return len(number) == 9 and weighed % 10 == 0


def test_a_verification_without_accounts_says_that_there_is_nothing_to_verify(nexus: Nexus) -> None:
    member = logins.signed_in(nexus, username="data_no_accounts")
    assert logins.job(nexus, member)["error_message_code"] == 1001
    assert logins.job(nexus, logins.again(nexus, member["guid"], "verify"))["error_message_code"] == 1001


def test_an_identification_over_fdx_brings_owners(nexus: Nexus) -> None:
    guid = _connected(nexus, "fdx")["guid"]
    path = f"/members/{guid}/account_owners"
    assert nexus.ok("GET", path)["account_owners"] == []

    member = logins.again(nexus, guid, "identify")

    assert logins.job(nexus, member)["status_name"] == "COMPLETED"
    owners = nexus.ok("GET", path)["account_owners"]
    assert {owner["account_guid"] for owner in owners} == set(_balances(nexus))
    assert all(owner["owner_name"] and owner["email"] and owner["postal_code"] for owner in owners)


def test_an_identification_over_ofx_is_refused_before_it_begins(nexus: Nexus) -> None:
    member = _connected(nexus, "ofx")
    refused = nexus.send("POST", f"/members/{member['guid']}/identify")
    assert (refused.status_code, refused.json()["error"]["message"]) == (
        400, "Member's institution does not support instant account identification"
    )  # fmt: skip
    assert nexus.read(member["guid"]) == member


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_extended_history_brings_what_is_older(nexus: Nexus, protocol: str) -> None:
    guid = _connected(nexus, protocol)["guid"]
    before = _transactions(nexus)
    assert min(entry["date"] for entry in before) >= "2026-05-01"  # ninety days back, and what was on its way then

    member = logins.again(nexus, guid, "extend_history")

    assert logins.job(nexus, member)["status_name"] == "COMPLETED"
    after = _all(nexus)
    assert "2024-07-25" <= min(entry["date"] for entry in after) < "2024-09-15"
    assert {entry["guid"] for entry in before} <= {entry["guid"] for entry in after}
    assert len(after) > 4 * len(before)


def _all(nexus: Nexus) -> list[dict[str, Any]]:
    first = nexus.ok("GET", ALL)
    found: list[dict[str, Any]] = first["transactions"]
    for page in range(2, first["pagination"]["total_pages"] + 1):
        found += nexus.ok("GET", f"{ALL}&page={page}")["transactions"]
    return found


@pytest.mark.parametrize("path", ["check_balance", "balance"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_balance_check_moves_balances_and_no_transactions(own_world: World, protocol: str, path: str) -> None:
    nexus = own_world.nexus
    guid = _connected(nexus, protocol)["guid"]
    balances, transactions = _balances(nexus), _transactions(nexus)
    own_world.clock.advance(10 * DAY)
    logins.renew(nexus)

    member = logins.again(nexus, guid, path)

    assert logins.job(nexus, member)["status_name"] == "COMPLETED"
    after = _balances(nexus)
    assert after.keys() == balances.keys()
    assert after != balances
    assert _transactions(nexus) == transactions
    logins.again(nexus, guid)
    assert len(_transactions(nexus)) > len(transactions)


STARTS = ["aggregate", "check_balance", "verify", "identify", "extend_history"]


@pytest.mark.parametrize("running_kind", STARTS)
def test_one_job_at_a_time_and_none_of_another_kind_beside_it(own_world: World, running_kind: str) -> None:
    nexus = own_world.nexus
    guid = _connected(nexus, "fdx")["guid"]
    with gated(own_world) as gate:
        gate.shut()
        begun = nexus.ok("POST", f"/members/{guid}/{running_kind}")["member"]
        gate.holds()
        for kind in STARTS:
            answer = nexus.send("POST", f"/members/{guid}/{kind}")
            assert answer.status_code == (202 if kind == running_kind else 409)
            if answer.status_code == 409:
                assert answer.json()["error"]["code"] == 4090
            else:
                assert answer.json()["member"]["most_recent_job_guid"] == begun["most_recent_job_guid"]
        gate.open()
        assert logins.rested(nexus, guid)["most_recent_job_guid"] == begun["most_recent_job_guid"]
    assert own_world.rows("SELECT count(*) FROM jobs") == [(2,)]


@pytest.mark.parametrize("kind", ["verify", "extend_history", "check_balance"])
def test_a_job_of_any_kind_may_be_challenged(nexus: Nexus, kind: str) -> None:
    guid = logins.sign_in(nexus, "challenge", skip_aggregation=True)["guid"]
    asked = logins.again(nexus, guid, kind)
    assert asked["connection_status"] == "CHALLENGED"
    assert nexus.send("POST", f"/members/{guid}/{kind}").status_code == 202
    assert nexus.send("POST", f"/members/{guid}/aggregate").status_code == 409

    member = logins.answer(nexus, guid, "correct")

    assert logins.job(nexus, member)["status_name"] == "COMPLETED"
    assert bool(_numbers(nexus, guid)) == (kind == "verify")
    assert bool(_transactions(nexus)) == (kind == "extend_history")


@pytest.mark.parametrize("kind", ["aggregate", "refresh", "verify"])
@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("place", ["query", "body"])
def test_transactions_come_where_they_are_wanted(nexus: Nexus, kind: str, wanted: bool, place: str) -> None:
    guid = logins.sign_in(nexus, skip_aggregation=True)["guid"]
    said = str(wanted).lower()
    path, body = f"/members/{guid}/{kind}", None
    if place == "query":
        path += f"?include_transactions={said}&include_holdings=false"
    else:
        body = {"include_transactions": wanted, "include_holdings": False}

    nexus.ok("POST", path, body)

    assert logins.rested(nexus, guid)["connection_status"] == "CONNECTED"
    assert bool(_transactions(nexus)) == wanted
    assert nexus.ok("GET", "/accounts")["accounts"]


def test_transactions_come_by_themselves_with_an_aggregation_and_not_with_a_verification(nexus: Nexus) -> None:
    guid = logins.sign_in(nexus, skip_aggregation=True)["guid"]
    logins.again(nexus, guid, "verify")
    assert _transactions(nexus) == []
    logins.again(nexus, guid, "aggregate")
    assert _transactions(nexus) != []


def test_an_aggregation_of_a_real_institution_is_throttled_for_three_hours(own_world: World) -> None:
    nexus = own_world.nexus
    logins.invented(own_world, "sim-credit")
    guid = logins.sign_in_at(nexus, "sim-credit")["guid"]
    member = logins.rested(nexus, guid)
    own_world.clock.advance(3 * HOUR - 1)
    logins.renew(nexus)
    throttled = nexus.send("POST", f"/members/{guid}/aggregate")
    assert (throttled.status_code, throttled.json()["member"]) == (202, member)
    assert nexus.get(f"/members/{guid}/refresh").status_code == 202
    logins.again(nexus, guid, "verify")  # only the same kind is near
    own_world.clock.advance(1)
    assert logins.again(nexus, guid)["most_recent_job_guid"] != member["most_recent_job_guid"]


def test_a_failed_aggregation_throttles_nothing(own_world: World) -> None:
    nexus = own_world.nexus
    logins.invented(own_world, "sim-credit")
    guid = logins.rested(nexus, logins.sign_in_at(nexus, "sim-credit", "UNAVAILABLE")["guid"])["guid"]
    assert logins.again(nexus, guid)["connection_status"] == "FAILED"


def test_a_balance_check_of_a_real_institution_is_refused_for_two_hours_with_the_time_left(own_world: World) -> None:
    nexus = own_world.nexus
    logins.invented(own_world, "sim-credit")
    guid = logins.rested(nexus, logins.sign_in_at(nexus, "sim-credit")["guid"])["guid"]
    logins.again(nexus, guid, "check_balance")
    own_world.clock.advance(1000)
    refused = nexus.send("POST", f"/members/{guid}/balance")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, 4290)
    assert refused.headers["retry-after"] == str(2 * HOUR - 1000)
    own_world.clock.advance(2 * HOUR - 1000)
    logins.renew(nexus)
    assert logins.again(nexus, guid, "check_balance")["connection_status"] == "CONNECTED"


def test_a_test_institution_is_never_throttled(nexus: Nexus) -> None:
    guid = logins.signed_in(nexus)["guid"]
    for kind in ("aggregate", "aggregate", "check_balance", "check_balance"):
        assert logins.again(nexus, guid, kind)["connection_status"] == "CONNECTED"


def test_a_member_that_is_not_for_pfm_is_not_aggregated(nexus: Nexus) -> None:
    guid = logins.sign_in(nexus, skip_aggregation=True, use_cases=["MONEY_MOVEMENT"])["guid"]
    for method, path in (("GET", "aggregate"), ("POST", "aggregate"), ("GET", "refresh")):
        refused = nexus.send(method, f"/members/{guid}/{path}")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, 4030)
    assert nexus.get("/members/aggregate").status_code == 403
    assert nexus.read(guid)["most_recent_job_guid"] is None
    assert logins.again(nexus, guid, "verify")["connection_status"] == "CONNECTED"
    nexus.ok("PUT", f"/members/{guid}", {"member": {"use_cases": ["MONEY_MOVEMENT", "PFM"]}})
    assert logins.again(nexus, guid)["connection_status"] == "CONNECTED"


def test_a_session_starts_the_members_that_can_be_started(own_world: World) -> None:
    nexus = own_world.nexus
    ready = logins.signed_in(nexus, username="ready")
    asking = logins.signed_in(nexus, "challenge", "asking")
    prevented = logins.signed_in(nexus, "INVALID", "prevented")
    for _ in range(2):
        prevented = logins.again(nexus, prevented["guid"])
    paused = logins.signed_in(nexus, username="paused")
    own_world.unit(operators.set_member, paused["guid"], "pause", now=own_world.clock())
    other = logins.sign_in(nexus, username="other", skip_aggregation=True, use_cases=["MONEY_MOVEMENT"])
    before = {member["guid"]: member["most_recent_job_guid"] for member in nexus.ok("GET", "/members")["members"]}

    logins.renew(nexus)  # with skip_aggregation
    assert before == {
        member["guid"]: member["most_recent_job_guid"] for member in nexus.ok("GET", "/members")["members"]
    }
    nexus.token = own_world.session(own_world.api_token("sandbox-user"))

    for member in (asking, prevented, paused, other):
        assert nexus.read(member["guid"])["most_recent_job_guid"] == before[member["guid"]]
    started = logins.rested(nexus, ready["guid"])
    assert started["most_recent_job_guid"] != before[ready["guid"]]
    assert logins.job(nexus, started)["status_name"] == "COMPLETED"
    assert logins.answer(nexus, asking["guid"], "correct")["connection_status"] == "CONNECTED"


def test_a_request_happens_at_one_moment(own_world: World) -> None:
    """By a clock that goes on at every look."""
    nexus, runtime = own_world.nexus, own_world.runtime
    guid = logins.sign_in(nexus, skip_aggregation=True)["guid"]
    own_world.run(runtime.queue.stop())
    looks = count(NOON + 1)
    requests = Requests(settings=runtime.settings, vault=runtime.vault, clock=lambda: next(looks), wake=lambda: None)

    def change(unit: Unit) -> None:
        member = members.by_guid(unit, guid, now=NOON)
        fields = institutions.credentials(unit, member.institution_id)
        requests.take_credentials(unit, member, [(field, "anything") for field in fields], start=True)

    own_world.unit(change)

    assert own_world.rows("SELECT updated_at, aggregated_at FROM members") == [(NOON + 1, NOON + 1)]
    assert own_world.rows("SELECT created_at, updated_at FROM jobs") == [(NOON + 1, NOON + 1)]
    assert own_world.rows("SELECT run_at FROM tasks") == [(NOON + 1,)]
    assert own_world.rows("SELECT DISTINCT updated_at FROM member_credentials") == [(NOON + 1,)]
    assert next(looks) == NOON + 2

"""Connection statuses: each of the twenty-two is reached, and what a member tells is true at every look."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fanlight.aggregation import operators
from fanlight.base.clock import DAY, timestamp
from fanlight.core.connection_status import Status
from support import logins
from support.gate import gated
from support.processes import until
from support.world import NOON, Nexus, World, running

Shown = dict[str, Any]


def _of_password(password: str) -> Callable[[World], Shown]:
    return lambda world: logins.signed_in(world.nexus, password)


def _said(word: str) -> Callable[[World], Shown]:
    """A connected member of which an operator says a word."""

    def reach(world: World) -> Shown:
        member = logins.signed_in(world.nexus)
        world.unit(operators.set_member, member["guid"], word, now=world.clock())
        return world.nexus.read(member["guid"])

    return reach


def _said_of_institution(word: str) -> Callable[[World], Shown]:
    def reach(world: World) -> Shown:
        member = logins.signed_in(world.nexus)
        assert world.unit(operators.set_institution, "mxbank", word, now=world.clock()) == 1
        return world.nexus.read(member["guid"])

    return reach


def _created(world: World) -> Shown:
    return logins.sign_in(world.nexus, skip_aggregation=True)


def _prevented(world: World) -> Shown:
    guid = logins.signed_in(world.nexus, "INVALID")["guid"]
    logins.again(world.nexus, guid)
    return logins.again(world.nexus, guid)


def _rejected(world: World) -> Shown:
    return logins.answer(world.nexus, logins.signed_in(world.nexus, "challenge")["guid"], "wrong")


def _degraded(world: World) -> Shown:
    member = logins.signed_in(world.nexus)
    with logins.bank_down(world):
        for _ in range(3):
            member = logins.again(world.nexus, member["guid"])
    return member


def _disconnected(world: World) -> Shown:
    guid = _degraded(world)["guid"]
    world.clock.advance(14 * DAY)
    logins.renew(world.nexus)
    with logins.bank_down(world):
        return logins.again(world.nexus, guid)


def _delayed(world: World) -> Shown:
    with gated(world) as gate:
        gate.shut()
        guid = logins.sign_in(world.nexus)["guid"]
        until(lambda: world.nexus.read(guid)["connection_status"] == "DELAYED", "the member did not say so")
        member, job = logins.look(world.nexus, guid)
        assert job is not None
        assert job["is_authenticated"] is False
        gate.open()
        assert logins.rested(world.nexus, guid)["connection_status"] == "CONNECTED"
    return member


def _updated(world: World) -> Shown:
    guid = logins.signed_in(world.nexus, "INVALID")["guid"]
    return logins.change(world.nexus, guid, "anything", skip_aggregation=True)


def _resumed(world: World) -> Shown:
    guid = logins.signed_in(world.nexus, "challenge")["guid"]
    (asked,) = logins.asked(world.nexus, guid)
    body = {"challenges": [{"guid": asked["guid"], "value": "correct"}]}
    member: Shown = world.nexus.ok("PUT", f"/members/{guid}/resume", body)["member"]
    return member


def _expired(world: World) -> Shown:
    guid = logins.signed_in(world.nexus, "challenge")["guid"]
    world.clock.advance(600)
    return world.nexus.read(guid)


def _impaired(world: World) -> Shown:
    return logins.sign_in(world.nexus, skip_aggregation=True, credentials=[])


REACHED: dict[Status, Callable[[World], Shown]] = {
    Status.CREATED: _created,
    Status.PREVENTED: _prevented,
    Status.DENIED: _of_password("INVALID"),
    Status.CHALLENGED: _of_password("challenge"),
    Status.REJECTED: _rejected,
    Status.LOCKED: _of_password("LOCKED"),
    Status.CONNECTED: _of_password("anything"),
    Status.IMPEDED: _of_password("terms"),
    Status.RECONNECTED: _said_of_institution("migrate"),
    Status.DEGRADED: _degraded,
    Status.DISCONNECTED: _disconnected,
    Status.DISCONTINUED: _said_of_institution("discontinue"),
    Status.CLOSED: _said("close"),
    Status.DELAYED: _delayed,
    Status.FAILED: _of_password("UNAVAILABLE"),
    Status.UPDATED: _updated,
    Status.DISABLED: _said("pause"),
    Status.IMPORTED: _said("import"),
    Status.RESUMED: _resumed,
    Status.EXPIRED: _expired,
    Status.IMPAIRED: _impaired,
    Status.PENDING: lambda world: world.nexus.member(),
}
BEING_AGGREGATED = {Status.CHALLENGED, Status.RESUMED, Status.DELAYED}
NEEDS_CREDENTIALS = {Status.PREVENTED, Status.DENIED, Status.IMPORTED, Status.IMPAIRED}


def test_there_is_a_way_to_each_status() -> None:
    assert set(REACHED) == set(Status)


@pytest.mark.parametrize("status", Status, ids=lambda status: status.name)
def test_a_status_is_reached_and_told_alike_everywhere(tmp_path: Path, status: Status) -> None:
    slow = {"delayed_after": 0} if status is Status.DELAYED else {}
    with running(tmp_path / "world", **slow) as world:
        member = REACHED[status](world)

        assert (member["connection_status"], member["connection_status_id"]) == (status.name, int(status))
        assert member["is_being_aggregated"] == (status in BEING_AGGREGATED)
        assert member["needs_updated_credentials"] == (status in NEEDS_CREDENTIALS)
        assert (member["connection_status_message"] is None) == (status is Status.PENDING)
        if status not in (Status.DELAYED, Status.RESUMED):  # these are over in a moment
            assert world.nexus.ok("GET", "/members")["members"] == [world.nexus.read(member["guid"])]
            logins.look(world.nexus, member["guid"])


@pytest.mark.parametrize("word", ["pause", "close", "import"])
@pytest.mark.parametrize("password", ["anything", "challenge", "INVALID"])
def test_an_operators_word_is_not_overruled_by_the_run_under_way(own_world: World, password: str, word: str) -> None:
    nexus = own_world.nexus
    with gated(own_world) as gate:
        gate.shut()
        guid = logins.sign_in(nexus, password)["guid"]
        gate.holds()
        own_world.unit(operators.set_member, guid, word, now=own_world.clock())
        said, _ = logins.look(nexus, guid)
        assert said["is_being_aggregated"] is True
        gate.open()

        after = logins.rested(nexus, guid)

    assert after["connection_status"] == said["connection_status"] not in ("CREATED", "CONNECTED")
    assert nexus.get(f"/members/{guid}/aggregate").status_code == 202
    logins.look(nexus, guid)


def test_a_paused_member_takes_new_credentials_and_stays_paused(own_world: World) -> None:
    nexus = own_world.nexus
    guid = logins.signed_in(nexus)["guid"]
    own_world.unit(operators.set_member, guid, "pause", now=own_world.clock())
    assert logins.change(nexus, guid, "challenge")["connection_status"] == "DISABLED"
    own_world.unit(operators.set_member, guid, "resume", now=own_world.clock())
    assert nexus.read(guid)["connection_status"] == "UPDATED"
    assert logins.again(nexus, guid)["connection_status"] == "CHALLENGED"


def test_a_discontinued_member_takes_no_credentials(own_world: World) -> None:
    nexus = own_world.nexus
    guid = logins.signed_in(nexus)["guid"]
    own_world.unit(operators.set_institution, "mxbank", "discontinue", now=own_world.clock())
    refused = nexus.send("PUT", f"/members/{guid}", {"member": {"credentials": logins.login("new")}})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, 4090)
    assert nexus.read(guid)["connection_status"] == "DISCONTINUED"


def test_trouble_that_passes_leaves_a_connected_member_until_the_third_time(own_world: World) -> None:
    nexus = own_world.nexus
    guid = logins.signed_in(nexus)["guid"]
    with logins.bank_down(own_world):
        seen = [logins.again(nexus, guid)["connection_status"] for _ in range(4)]
    assert seen == ["CONNECTED", "CONNECTED", "DEGRADED", "DEGRADED"]
    assert logins.again(nexus, guid)["connection_status"] == "CONNECTED"
    with logins.bank_down(own_world):
        assert logins.again(nexus, guid)["connection_status"] == "CONNECTED"  # counted anew


def test_a_member_is_disconnected_when_no_data_came_for_two_weeks_to_the_second(own_world: World) -> None:
    nexus = own_world.nexus
    guid = _degraded(own_world)["guid"]
    own_world.clock.advance(14 * DAY - 1)
    logins.renew(nexus)
    with logins.bank_down(own_world):
        assert logins.again(nexus, guid)["connection_status"] == "DEGRADED"
        own_world.clock.advance(1)
        assert logins.again(nexus, guid)["connection_status"] == "DISCONNECTED"
    assert logins.again(nexus, guid)["connection_status"] == "CONNECTED"


def test_moments_are_those_of_the_job(own_world: World) -> None:
    nexus = own_world.nexus
    created = logins.sign_in(nexus, "challenge", skip_aggregation=True)
    assert (created["aggregated_at"], created["successfully_aggregated_at"]) == (None, None)
    assert created["most_recent_job_guid"] is None
    own_world.clock.advance(50)
    guid = logins.again(nexus, created["guid"])["guid"]
    own_world.clock.advance(100)
    member = logins.answer(nexus, guid, "correct")
    job = logins.job(nexus, member)
    assert (member["aggregated_at"], member["successfully_aggregated_at"]) == (
        timestamp(NOON + 50),
        timestamp(NOON + 150),
    )
    assert [job[name] for name in ("created_at", "started_at")] == [timestamp(NOON + 50)] * 2
    assert job["finished_at"] == timestamp(NOON + 150)

    own_world.clock.advance(100)
    with logins.bank_down(own_world):
        failed = logins.again(nexus, guid)

    assert (failed["aggregated_at"], failed["successfully_aggregated_at"]) == (
        timestamp(NOON + 250),
        timestamp(NOON + 150),
    )
    assert failed["most_recent_job_guid"] != member["most_recent_job_guid"]
    assert logins.job(nexus, member) == job


def test_a_job_remembers_when_it_began(own_world: World) -> None:
    nexus = own_world.nexus
    with gated(own_world) as gate:
        gate.shut()
        member = logins.sign_in(nexus)
        gate.holds()
        own_world.clock.advance(30)
        gate.open()
        job = logins.job(nexus, logins.rested(nexus, member["guid"]))
    assert [job[name] for name in ("created_at", "started_at", "finished_at")] == [
        timestamp(NOON), timestamp(NOON), timestamp(NOON + 30)
    ]  # fmt: skip


@pytest.mark.parametrize("password", ["anything", "challenge", "INVALID", "UNAVAILABLE", "terms"])
def test_every_look_at_a_run_finds_what_is_so(world: World, nexus: Nexus, password: str) -> None:
    member = logins.sign_in(nexus, password)
    revisions, end = [member["revision"]], time.monotonic() + 20
    while member["is_being_aggregated"] and member["connection_status"] != "CHALLENGED":
        assert time.monotonic() < end
        member, _ = logins.look(nexus, member["guid"])
        revisions.append(member["revision"])
    assert revisions == sorted(revisions)
    assert revisions[-1] > revisions[0] > 0

"""What may happen in the middle of a job: other credentials, a deletion, a second run, the end of the process."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fanlight.queue.tasks import Task
from support import logins
from support.gate import gated
from support.processes import until
from support.world import PATIENCE, Nexus, World, running

TRANSACTIONS = "/transactions?records_per_page=1000"


@pytest.mark.parametrize("old", ["anything", "challenge", "INVALID", "LOCKED", "UNAVAILABLE"])
def test_credentials_that_come_while_a_job_runs_are_tried_at_its_end(own_world: World, old: str) -> None:
    nexus = own_world.nexus
    with gated(own_world) as gate:
        gate.shut()
        member = logins.sign_in(nexus, old)
        gate.holds()
        body = {"member": {"credentials": logins.login("anything", "somebody-else")}}
        updated = nexus.ok("PUT", f"/members/{member['guid']}", body)["member"]
        assert (updated["connection_status"], updated["is_being_aggregated"]) == ("UPDATED", True)
        assert updated["most_recent_job_guid"] == member["most_recent_job_guid"]
        gate.open()

        after = logins.rested(nexus, member["guid"])

    assert after["connection_status"] == "CONNECTED"
    assert after["most_recent_job_guid"] != member["most_recent_job_guid"]
    assert logins.job(nexus, after)["status_name"] == "COMPLETED"
    assert logins.job(nexus, member)["finished_at"] is not None
    assert logins.asked(nexus, member["guid"]) == []


@pytest.mark.parametrize("given", ["correct", "challenge", "wrong"])
def test_credentials_that_come_while_an_answer_is_on_its_way_are_tried_too(own_world: World, given: str) -> None:
    nexus = own_world.nexus
    guid = logins.signed_in(nexus, "challenge")["guid"]
    (asked,) = logins.asked(nexus, guid)
    with gated(own_world) as gate:
        gate.shut()
        nexus.ok("PUT", f"/members/{guid}/resume", {"challenges": [{"guid": asked["guid"], "value": given}]})
        gate.holds()
        nexus.ok("PUT", f"/members/{guid}", {"member": {"credentials": logins.login("token")}})
        gate.open()
        asking = logins.rested(nexus, guid)
    assert asking["connection_status"] == "CHALLENGED"
    assert [each["type"] for each in logins.asked(nexus, guid)] == ["TOKEN"]
    assert own_world.rows("SELECT count(*) FROM challenges") == [(1,)]
    assert logins.answer(nexus, guid, "correct")["connection_status"] == "CONNECTED"


def test_a_member_deleted_in_the_middle_of_a_run_is_gone_and_its_run_ends(own_world: World) -> None:
    nexus = own_world.nexus
    with gated(own_world) as gate:
        gate.shut()
        member = logins.sign_in(nexus)
        gate.holds()
        nexus.ok("DELETE", f"/members/{member['guid']}")
        gate.open()
        until(lambda: own_world.rows("SELECT count(*) FROM tasks") == [(0,)], "the run did not end")
    assert nexus.get(f"/members/{member['guid']}").status_code == 404
    assert nexus.get(f"/jobs/{member['most_recent_job_guid']}").status_code == 404
    assert own_world.rows("SELECT count(*) FROM accounts") == [(0,)]
    assert own_world.rows("SELECT count(*) FROM member_credentials") == [(0,)]
    assert logins.signed_in(nexus)["connection_status"] == "CONNECTED"


def test_a_challenged_job_outlives_the_process(own_world: World, tmp_path: Path) -> None:
    logins.invented(own_world, "sim-credit")
    made = logins.sign_in_at(own_world.nexus, "sim-credit", "challenge")
    challenged = logins.rested(own_world.nexus, made["guid"])
    (asked,) = logins.asked(own_world.nexus, made["guid"])

    with running(_left_behind(own_world, tmp_path / "after")) as after:
        assert after.nexus.read(made["guid"]) == challenged
        assert logins.asked(after.nexus, made["guid"]) == [asked]
        member = logins.answer(after.nexus, made["guid"], "correct")
        assert member["connection_status"] == "CONNECTED"
        assert member["most_recent_job_guid"] == challenged["most_recent_job_guid"]


def test_an_answer_that_was_on_its_way_when_the_process_died_is_sent_again(own_world: World, tmp_path: Path) -> None:
    logins.invented(own_world, "sim-credit")
    nexus = own_world.nexus
    made = logins.sign_in_at(nexus, "sim-credit", "challenge")
    logins.rested(nexus, made["guid"])
    (asked,) = logins.asked(nexus, made["guid"])
    with gated(own_world) as gate:
        gate.shut()
        body = {"challenges": [{"guid": asked["guid"], "value": "correct"}]}
        nexus.ok("PUT", f"/members/{made['guid']}/resume", body)
        gate.holds()  # the bank has taken the answer
        place = _left_behind(own_world, tmp_path / "after")
        gate.open()
        with running(place) as after:
            member = logins.rested(after.nexus, made["guid"])
            assert (member["connection_status"], logins.job(after.nexus, member)["status_name"]) == (
                "CONNECTED", "COMPLETED"
            )  # fmt: skip
            assert after.rows("SELECT count(*) FROM challenges") == [(0,)]


def test_a_job_that_the_process_died_in_is_run_again_and_doubles_nothing(own_world: World, tmp_path: Path) -> None:
    logins.invented(own_world, "sim-credit", is_test=True)
    nexus = own_world.nexus
    guid = logins.rested(nexus, logins.sign_in_at(nexus, "sim-credit")["guid"])["guid"]
    accounts, transactions = _guids(nexus, "/accounts"), _guids(nexus, TRANSACTIONS)
    with gated(own_world) as gate:
        gate.shut()
        begun = nexus.ok("POST", f"/members/{guid}/aggregate")["member"]
        gate.holds()
        place = _left_behind(own_world, tmp_path / "after")
        gate.open()
        with running(place) as after:
            member = logins.rested(after.nexus, guid)
            assert member["most_recent_job_guid"] == begun["most_recent_job_guid"]
            assert logins.job(after.nexus, member)["status_name"] == "COMPLETED"
            assert _guids(after.nexus, "/accounts") == accounts
            assert _guids(after.nexus, TRANSACTIONS) == transactions != []


TWICE = {"INVALID": "DENIED", "anything": "CONNECTED", "challenge": "CHALLENGED"}


@pytest.mark.parametrize("password", TWICE)
def test_two_runs_of_one_job_count_once(own_world: World, password: str) -> None:
    """What becomes of a job whose lease ran out while it was still at work, for the clock was turned or stood still."""
    nexus = own_world.nexus
    with gated(own_world) as gate:
        gate.shut()
        guid = logins.sign_in(nexus, password)["guid"]
        gate.holds()
        (task,) = own_world.rows("SELECT id, kind, payload, attempts, lane FROM tasks")
        second = own_world.begin(own_world.runtime.aggregations.run(Task(*task)))
        until(lambda: own_world.bank.activity.of("mxbank", "ofx") == 2, "the second run did not begin")
        gate.open()
        second.result(PATIENCE)
        until(lambda: own_world.rows("SELECT count(*) FROM tasks WHERE kind = 'job'") == [(0,)], "the runs did not end")
    after, _ = logins.look(nexus, guid)
    assert after["connection_status"] == TWICE[password]
    assert own_world.rows("SELECT denials FROM members") == [(password == "INVALID",)]
    assert len(_guids(nexus, "/accounts")) == (4 if password == "anything" else 0)
    reminders = own_world.rows("SELECT count(*) FROM tasks")
    assert own_world.rows("SELECT count(*) FROM challenges") == reminders == [(password == "challenge",)]
    if password == "challenge":
        assert logins.answer(nexus, guid, "correct")["connection_status"] == "CONNECTED"


def _guids(nexus: Nexus, path: str) -> list[str]:
    (found,) = (value for name, value in nexus.ok("GET", path).items() if name != "pagination")
    return [entry["guid"] for entry in found]


def _left_behind(world: World, place: Path) -> Path:
    """What a process that is killed at this moment leaves on the disk, in a directory of its own."""
    place.mkdir()
    kept = world.runtime.settings.data_path
    for name in ("fanlight.key", "sandbox.json"):
        (place / name).write_bytes((kept / name).read_bytes())
        (place / name).chmod(0o600)
    with (
        closing(sqlite3.connect(kept / "fanlight.db")) as source,
        closing(sqlite3.connect(place / "fanlight.db")) as copy,
    ):
        source.backup(copy)
    return place

"""Jobs that fail by a fault of ours: however the last attempt fails, the job ends with it and the member is free."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from fanlight.aggregation.requests import JOB
from fanlight.aggregation.sayings import TEXTS
from fanlight.institutions.answers import Saying
from fanlight.queue.embedded import FIRST_BACKOFF, EmbeddedQueue, Handler
from fanlight.queue.tasks import Task
from support import logins
from support.processes import until
from support.world import NOON, Nexus, World, running

BREAK = (
    "CREATE TRIGGER broken BEFORE UPDATE ON jobs WHEN NEW.status = {status} "
    "BEGIN SELECT RAISE(ABORT, 'broken for the test'); END"
)
BEGINS, TRANSFERRED, COMPLETED = 1, 4, 6
LEFT = "SELECT attempts, run_at FROM tasks"


async def _hang(_task: Task) -> None:
    await asyncio.Event().wait()


async def _nothing() -> None:
    """The world's own queue keeps house."""


@contextmanager
def queue_of(world: World, handlers: Mapping[str, Handler], *, attempts: int) -> Iterator[EmbeddedQueue]:
    """Another queue in the place of the world's own, with little patience."""
    runtime = world.runtime
    world.run(runtime.queue.stop())
    queue = EmbeddedQueue(
        runtime.store,
        world.clock,
        handlers,
        concurrency=4,
        lane_concurrency=8,
        attempts=attempts,
        timeout=1,
        every=(3600, _nothing),
    )
    world.run(queue.start())
    yield queue
    world.run(queue.stop())
    world.run(runtime.queue.start())


def ended(nexus: Nexus, guid: str) -> None:
    """The member is free, its job says that it ended without data, and nothing is left to do."""
    member, job = logins.look(nexus, guid)
    assert job is not None
    assert (member["connection_status"], job["status_name"]) == ("FAILED", "HALTED")
    assert (member["is_being_aggregated"], job["error_message"]) == (False, TEXTS[Saying.OUR_FAULT])
    assert nexus.world.rows(LEFT) == []


def test_a_job_whose_handler_hangs_ends_with_its_last_attempt(own_world: World) -> None:
    nexus = own_world.nexus
    handlers = {JOB: Handler(_hang, own_world.runtime.aggregations.give_up)}
    with queue_of(own_world, handlers, attempts=2) as queue:
        guid = logins.sign_in(nexus)["guid"]
        queue.wake()
        until(lambda: own_world.rows(LEFT) == [(1, NOON + FIRST_BACKOFF)], "the first attempt did not end")
        assert nexus.read(guid)["is_being_aggregated"] is True
        own_world.clock.advance(FIRST_BACKOFF)
        queue.wake()
        logins.rested(nexus, guid)
        ended(nexus, guid)
    assert logins.again(nexus, guid)["connection_status"] == "CONNECTED"


@pytest.mark.parametrize("status", [BEGINS, TRANSFERRED, COMPLETED])
def test_a_job_that_fails_anywhere_ends_with_its_last_attempt(tmp_path: Path, status: int) -> None:
    with running(tmp_path / "world", task_attempts=2) as world:
        world.rows(BREAK.format(status=status))
        guid = logins.sign_in(world.nexus)["guid"]
        until(lambda: world.rows(LEFT) == [(1, NOON + FIRST_BACKOFF)], "the first attempt did not end")
        assert world.nexus.read(guid)["is_being_aggregated"] is True
        world.clock.advance(FIRST_BACKOFF)
        world.runtime.queue.wake()
        logins.rested(world.nexus, guid)
        ended(world.nexus, guid)
        # What was fetched before the last word failed is kept, and each account once however often it was tried.
        assert world.rows("SELECT count(*) FROM accounts") == [(4 if status == COMPLETED else 0,)]
        world.rows("DROP TRIGGER broken")
        assert logins.again(world.nexus, guid)["connection_status"] == "CONNECTED"


def test_a_member_that_has_data_stays_connected_through_a_fault_of_ours(tmp_path: Path) -> None:
    with running(tmp_path / "world", task_attempts=1) as world:
        guid = logins.signed_in(world.nexus)["guid"]
        world.rows(BREAK.format(status=BEGINS))
        member = logins.again(world.nexus, guid)
        job = logins.job(world.nexus, member)
        assert (member["connection_status"], job["status_name"]) == ("CONNECTED", "HALTED")


@pytest.mark.parametrize("password", ["challenge", "anything", "INVALID"])
def test_a_run_that_fails_after_its_end_takes_nothing_back(own_world: World, password: str) -> None:
    """What it learned is committed; only its last word to the queue was lost."""
    nexus = own_world.nexus
    before = logins.signed_in(nexus, password)
    ((user_id,),) = own_world.rows("SELECT id FROM users")
    task = Task(1, JOB, json.dumps({"user": user_id, "job": before["most_recent_job_guid"]}), attempts=5, lane="")
    job, asked = logins.job(nexus, before), logins.asked(nexus, before["guid"])

    own_world.unit(own_world.runtime.aggregations.give_up, task)

    assert nexus.read(before["guid"]) == before
    assert (logins.job(nexus, before), logins.asked(nexus, before["guid"])) == (job, asked)
    if password == "challenge":
        assert logins.answer(nexus, before["guid"], "correct")["connection_status"] == "CONNECTED"

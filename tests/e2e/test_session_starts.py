"""What a new session starts by itself: not what was in vain a moment ago, not what waits for a person, and in parts."""

import pytest

from fanlight.aggregation import operators
from fanlight.aggregation.requests import STARTED_AT_ONCE
from fanlight.core import institutions, members
from fanlight.core.connection_status import Status
from fanlight.core.members import NewMember
from fanlight.core.sessions import Session
from fanlight.storage.unit import Unit
from support import logins
from support.processes import until
from support.world import World

THROTTLE = 10_800
REAL = "sim-credit"
STARTED = "SELECT count(*) FROM members WHERE job_guid IS NOT NULL"


def _open_session(world: World) -> None:
    world.nexus.token = world.session(world.api_token("sandbox-user"))


def _in_vain(world: World) -> dict[str, object]:
    """A member of a real institution that is down."""
    logins.invented(world, REAL)
    member = logins.rested(world.nexus, logins.sign_in_at(world.nexus, REAL, "UNAVAILABLE")["guid"])
    assert (member["connection_status"], logins.job(world.nexus, member)["status_name"]) == ("FAILED", "HALTED")
    return member


def test_what_was_in_vain_is_not_tried_again_by_itself_before_the_throttle_is_over(own_world: World) -> None:
    before = _in_vain(own_world)
    guid, job = str(before["guid"]), before["most_recent_job_guid"]
    _open_session(own_world)
    own_world.clock.advance(THROTTLE - 1)
    _open_session(own_world)
    assert own_world.nexus.read(guid)["most_recent_job_guid"] == job
    own_world.clock.advance(1)
    _open_session(own_world)
    assert own_world.nexus.read(guid)["most_recent_job_guid"] != job


def test_what_was_in_vain_is_tried_again_when_somebody_asks(own_world: World) -> None:
    before = _in_vain(own_world)
    after = logins.again(own_world.nexus, str(before["guid"]))
    assert after["most_recent_job_guid"] != before["most_recent_job_guid"]


@pytest.mark.parametrize("what", ["credentials", "migration"])
def test_what_has_new_access_is_tried_at_once(own_world: World, what: str) -> None:
    before = _in_vain(own_world)
    guid = str(before["guid"])
    if what == "credentials":
        given = [{"guid": f"CRD-{REAL}-1", "value": "somebody"}, {"guid": f"CRD-{REAL}-2", "value": "right"}]
        own_world.nexus.ok("PUT", f"/members/{guid}", {"member": {"credentials": given, "skip_aggregation": True}})
    else:
        own_world.unit(operators.set_institution, REAL, "migrate", now=own_world.clock())
    _open_session(own_world)
    assert logins.rested(own_world.nexus, guid)["most_recent_job_guid"] != before["most_recent_job_guid"]


def test_a_test_institution_has_no_such_pause(own_world: World) -> None:
    before = logins.signed_in(own_world.nexus, "UNAVAILABLE")
    _open_session(own_world)
    assert own_world.nexus.read(before["guid"])["most_recent_job_guid"] != before["most_recent_job_guid"]


def test_an_overdue_question_is_not_asked_anew_by_itself(own_world: World) -> None:
    guid = logins.signed_in(own_world.nexus, "token")["guid"]
    own_world.run(own_world.runtime.queue.stop())  # so that no reminder comes before the session
    own_world.clock.advance(own_world.runtime.settings.challenge_lifetime)
    _open_session(own_world)
    assert own_world.rows("SELECT status, is_being_aggregated FROM members") == [(Status.EXPIRED, False)]
    assert own_world.rows("SELECT count(*) FROM jobs") == [(1,)]
    assert own_world.nexus.read(guid)["connection_status"] == "EXPIRED"


@pytest.mark.parametrize("count", [STARTED_AT_ONCE - 1, STARTED_AT_ONCE, 2 * STARTED_AT_ONCE + 10])
def test_many_members_are_started_in_parts(own_world: World, count: int) -> None:
    """The first are on their way when the session is there, the others follow; of none there is a second job."""
    own_world.run(own_world.runtime.queue.stop())
    own_world.unit(_make, own_world.nexus.ok("GET", "/user")["user"]["guid"], count)
    _open_session(own_world)
    assert own_world.rows(STARTED) == [(min(count, STARTED_AT_ONCE),)]
    own_world.run(own_world.runtime.queue.start())
    until(lambda: own_world.rows("SELECT count(*) FROM tasks") == [(0,)], "something is left to do")
    assert own_world.rows(STARTED) == [(count,)]
    assert own_world.rows("SELECT count(*) FROM jobs") == [(count,)]


def test_a_user_who_is_deleted_meanwhile_has_nothing_started(own_world: World) -> None:
    own_world.run(own_world.runtime.queue.stop())
    own_world.unit(_make, own_world.nexus.ok("GET", "/user")["user"]["guid"], STARTED_AT_ONCE + 1)
    _open_session(own_world)
    own_world.rows("DELETE FROM users")
    own_world.run(own_world.runtime.queue.start())
    until(lambda: own_world.rows("SELECT count(*) FROM tasks") == [(0,)], "something is left to do")
    assert own_world.rows("SELECT count(*) FROM jobs") == [(0,)]


def _make(unit: Unit, user_guid: str, count: int) -> None:
    """Members that can be started and have nothing to sign on with: their jobs end soon, without a bank."""
    ((user_id, client_id),) = unit._connection.execute(
        "SELECT id, client_id FROM users WHERE guid = ?", (user_guid,)
    ).fetchall()
    institution = institutions.by_code(unit, "mxbank")
    for _ in range(count):
        members.create(unit, Session(user_id, user_guid, client_id), institution, NewMember(), Status.CREATED, now=0)

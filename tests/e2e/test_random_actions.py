"""Random sequences of what clients, banks, operators and time do to a member: what must be so is so after each step.

`SEQUENCES` in the environment says how many; `make test-long` runs ten thousand.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanlight.aggregation import operators
from fanlight.base.clock import DAY
from fanlight.base.errors import Conflict
from fanlight.core.connection_status import NEXT, Status
from support import logins
from support.processes import until
from support.world import NOON, Nexus, World, running

DEFAULT = 300
SEQUENCES = int(os.environ.get("SEQUENCES", str(DEFAULT)))
LIFETIME = 600

ASKING = ["challenge", "options", "token", "two_questions"]
REFUSED = ["INVALID", "INVALID", "LOCKED", "DISABLED", "BAD_REQUEST", "SERVER_ERROR", "UNAVAILABLE", "terms"]
PASSWORDS = ["anything", "anything", *ASKING, *ASKING, *REFUSED]
# Customers that cost the bank little; what they bring is looked at elsewhere.
USERS = ["data_no_accounts"] * 4 + ["data_slow", "data_unavailable", "data_garbage"]
KINDS = ["aggregate", "refresh", "verify", "check_balance", "extend_history"]
ANSWERS = ["correct", "correct", "challenge", "options", "wrong", "DISABLED", "UNAVAILABLE", ""]
SPANS = [1, LIFETIME - 1, LIFETIME, 3600, DAY, 15 * DAY]
WORDS = ["pause", "resume", "resume", "close", "import", "migrate"]


class Step(NamedTuple):
    """One thing that happens, and how."""

    what: str
    how: tuple[Any, ...]


def _steps(what: str, *how: Sequence[Any]) -> st.SearchStrategy[Step]:
    return st.builds(Step, st.just(what), st.tuples(*map(st.sampled_from, how)))


STEP = st.one_of(  # what happens often stands here more than once
    _steps("update", PASSWORDS, [False, False, True]),
    _steps("start", KINDS),
    _steps("start", KINDS),
    _steps("answer", ANSWERS),
    _steps("answer", ANSWERS),
    _steps("answer_of_old", ANSWERS),
    _steps("wait"),
    _steps("wait"),
    _steps("turn", SPANS),
    _steps("outage", [1, 3, 4]),
    _steps("say", WORDS),
    _steps("open_session"),
    _steps("switch_bank"),
    _steps("delete"),
)
SEQUENCE = st.lists(STEP, min_size=4, max_size=12)


class _Errors(logging.Handler):
    """Every fault that the server's log tells of."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(self.format(record))


class Place(NamedTuple):
    """The world that all sequences share."""

    world: World
    nexus: Nexus
    errors: _Errors


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    errors = _Errors()
    logging.getLogger("fanlight").addHandler(errors)
    settings = {"session_lifetime": 10**9, "institution_attempts": 1, "delayed_after": 0}
    with running(tmp_path_factory.mktemp("random"), **settings) as world:
        world.bank.behavior.slow_seconds = 0.01
        yield Place(world, world.nexus, errors)
    logging.getLogger("fanlight").removeHandler(errors)


class Member:
    """One member's life in a sequence, and what was last seen of it."""

    def __init__(self, place: Place, password: str, username: str) -> None:
        self.world, self.nexus, self.errors = place
        self.username = username
        self.is_deleted = False
        self.is_bank_down = False
        made = logins.sign_in(self.nexus, password, username)
        self.guid: str = made["guid"]
        self.seen = made

    def do(self, step: Step) -> None:
        if self.is_deleted and step.what not in ("turn", "open_session", "switch_bank"):
            assert self.nexus.get(f"/members/{self.guid}").status_code == 404
            return
        action: Callable[..., None] = getattr(self, step.what)
        action(*step.how)
        self.look()

    def look(self) -> None:
        """What must be so at any moment, and with what was seen before."""
        assert self.errors.found == []
        if self.is_deleted:
            return
        member, _ = logins.look(self.nexus, self.guid)
        before, after = (Status[each["connection_status"]] for each in (self.seen, member))
        assert after in REACHABLE[before]
        assert member["revision"] >= self.seen["revision"]
        asked = self.send(200, "GET", "challenges")["challenges"]
        if self.nexus.read(self.guid) == member:
            assert bool(asked) == (after == Status.CHALLENGED)
        self.seen = member

    def send(self, expected: int | tuple[int, ...], method: str, path: str, body: Any = None) -> Any:
        response = self.nexus.send(method, f"/members/{self.guid}/{path}".rstrip("/"), body)
        wanted = (expected,) if isinstance(expected, int) else expected
        assert response.status_code in wanted, (method, path, body, response.status_code, response.text)
        return response.json()

    def update(self, password: str, skip: bool) -> None:
        given = logins.login(password, self.username)
        body = {"member": {"credentials": given, "skip_aggregation": skip}}
        self.send(200, "PUT", "", body)

    def start(self, kind: str) -> None:
        self.send((200, 202, 409), "POST", kind)

    def answer(self, value: str) -> None:
        asked = self.send(200, "GET", "challenges")["challenges"]
        self.send((200, 400, 405), "PUT", "resume", {"challenges": [_answered(each, value) for each in asked]})

    def answer_of_old(self, value: str) -> None:
        job = self.nexus.read(self.guid)["most_recent_job_guid"]
        for each in self.nexus.ok("GET", f"/jobs/{job}/mfa_credentials")["credentials"]:
            body = {"credential_guid": each["guid"], "value": value}
            self.send((200, 400), "POST", "credentials", body)
        assert self.nexus.get(f"/jobs/{job}/resume").status_code in (200, 400, 405)

    def turn(self, seconds: int) -> None:
        self.world.clock.advance(seconds)
        self.world.runtime.queue.wake()

    def wait(self) -> None:
        until(self._rests, "the job goes on and on")

    def _rests(self) -> bool:
        assert self.errors.found == []
        member = self.nexus.read(self.guid)
        return not member["is_being_aggregated"] or member["connection_status"] == "CHALLENGED"

    def say(self, word: str) -> None:
        now = self.world.clock()
        if word == "migrate":
            self.world.unit(operators.set_institution, "mxbank", word, now=now)
            return
        with suppress(Conflict):
            self.world.unit(operators.set_member, self.guid, word, now=now)

    def open_session(self) -> None:
        self.world.session(self.world.api_token("sandbox-user"))

    def switch_bank(self) -> None:
        """The bank goes down, or comes back."""
        self.is_bank_down = not self.is_bank_down
        logins.swap_bank(self.world, is_down=self.is_bank_down)

    def outage(self, times: int) -> None:
        """The bank is down for a while, and is asked all the same."""
        self.wait()
        with logins.bank_down(self.world):
            for _ in range(times):
                self.start("aggregate")
                self.wait()
                self.look()
        self.is_bank_down = False

    def delete(self) -> None:
        assert self.send(200, "DELETE", "") == {}
        self.is_deleted = True

    def end(self) -> None:
        """Nobody does anything any more: whatever runs or waits comes to its end by itself."""
        for _ in range(3):
            self.turn(LIFETIME)
            if not self.is_deleted:
                self.wait()
        until(lambda: self.world.rows("SELECT count(*) FROM tasks") == [(0,)], "a task is left over")
        self.look()
        assert self.errors.found == []
        assert self.world.rows("SELECT count(*) FROM challenges") == [(0,)]
        unfinished = "SELECT count(*) FROM jobs JOIN members ON members.id = member_id WHERE finished_at IS NULL"
        assert self.world.rows(f"{unfinished} AND deleted_at IS NULL") == [(0,)]


def _answered(challenge: dict[str, Any], value: str) -> dict[str, str]:
    return {"guid": challenge["guid"], "value": value}


def _reachable(status: Status) -> frozenset[Status]:
    """Where a member can have come between two looks: anywhere that steps of the table lead to, or nowhere."""
    reached, ahead = set[Status](), [status]
    while ahead:
        here = ahead.pop()
        if here not in reached:
            reached.add(here)
            ahead += NEXT[here]
    return frozenset(reached)


REACHABLE = {status: _reachable(status) for status in Status}


@settings(
    max_examples=SEQUENCES,
    deadline=None,
    derandomize=SEQUENCES == DEFAULT,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(password=st.sampled_from(PASSWORDS), username=st.sampled_from(USERS), steps=SEQUENCE)
def test_whatever_happens_a_member_tells_the_truth_and_every_job_ends(
    place: Place, password: str, username: str, steps: list[Step]
) -> None:
    place.world.clock.now = NOON
    place.errors.found.clear()
    member = Member(place, password, username)
    try:
        for step in steps:
            member.do(step)
        member.end()
    finally:
        if member.is_bank_down:
            member.switch_bank()
        if not member.is_deleted:
            member.delete()

"""Random sequences of what clients, banks, operators and time do to a member: what must be so is so after each step.

`SEQUENCES` in the environment says how many; `make test-long` runs ten thousand.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanlight import admin
from fanlight.base.clock import DAY
from fanlight.base.errors import Conflict
from fanlight.core.connection_status import NEXT, Status
from support import logins
from support.processes import until
from support.world import NOON, Nexus, World, running

DEFAULT = 300
SEQUENCES = int(os.environ.get("SEQUENCES", str(DEFAULT)))
LIFETIME = 600

PASSWORDS = ["anything", "challenge", "options", "token", "two_questions", "INVALID", "LOCKED", "DISABLED"] + [
    "BAD_REQUEST",
    "SERVER_ERROR",
    "UNAVAILABLE",
    "terms",
]
# Customers that cost the bank little; what they bring is looked at elsewhere.
USERS = ["data_no_accounts", "data_no_accounts", "data_slow", "data_unavailable", "data_garbage"]
KINDS = ["aggregate", "refresh", "verify", "check_balance", "extend_history"]
ANSWERS = ["correct", "correct", "challenge", "options", "wrong", "DISABLED", "UNAVAILABLE", ""]
SPANS = [1, LIFETIME - 1, LIFETIME, 3600, DAY, 15 * DAY]
WORDS = ["pause", "resume", "close", "import"]


class Step(NamedTuple):
    """One thing that happens, and how."""

    what: str
    how: Any = None


def _steps(what: str, how: list[Any]) -> st.SearchStrategy[Step]:
    return st.builds(Step, st.just(what), st.sampled_from(how))


STEP = st.one_of(
    _steps("update", PASSWORDS),
    _steps("start", KINDS),
    _steps("answer", ANSWERS),
    _steps("answer_of_old", ANSWERS),
    _steps("turn", SPANS),
    _steps("wait", [None]),
    _steps("say", WORDS),
    _steps("migrate", [None]),
    _steps("open_session", [None]),
    _steps("switch_bank", [None]),
    _steps("delete", [None]),
)
SEQUENCE = st.lists(STEP, min_size=3, max_size=9)


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
    with running(tmp_path_factory.mktemp("random"), session_lifetime=10**9, institution_attempts=1) as world:
        world.bank.behavior.slow_seconds = 0.01
        yield Place(world, world.nexus, errors)
    logging.getLogger("fanlight").removeHandler(errors)


class Member:
    """One member's life in a sequence, and what was last seen of it."""

    def __init__(self, place: Place, password: str, username: str) -> None:
        self.world, self.nexus = place.world, place.nexus
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
        action(*[step.how] if step.how is not None else [])
        self.look()

    def look(self) -> None:
        """What must be so at any moment, and with what was seen before."""
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

    def update(self, password: str) -> None:
        body = {
            "member": {"credentials": logins.login(password, self.username), "skip_aggregation": password == "token"}
        }
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
        logins.rested(self.nexus, self.guid)

    def say(self, word: str) -> None:
        with suppress(Conflict):
            self.world.unit(admin.set_member, self.guid, word, now=self.world.clock())

    def migrate(self) -> None:
        self.world.unit(admin.set_institution, "mxbank", "migrate", now=self.world.clock())

    def open_session(self) -> None:
        self.world.session(self.world.api_token("sandbox-user"))

    def switch_bank(self) -> None:
        """The bank goes down, or comes back."""
        self.is_bank_down = not self.is_bank_down
        logins.swap_bank(self.world, is_down=self.is_bank_down)

    def delete(self) -> None:
        assert self.send(200, "DELETE", "") == {}
        self.is_deleted = True

    def end(self) -> None:
        """Nobody does anything any more: whatever runs or waits comes to its end by itself."""
        for _ in range(3):
            self.turn(LIFETIME)
            if not self.is_deleted:
                logins.rested(self.nexus, self.guid)
        until(lambda: self.world.rows("SELECT count(*) FROM tasks") == [(0,)], "a task is left over")
        self.look()
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
        assert place.errors.found == []
    finally:
        if member.is_bank_down:
            member.switch_bank()
        if not member.is_deleted:
            member.delete()

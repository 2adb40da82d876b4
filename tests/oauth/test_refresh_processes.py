"""One refresh among all processes: a race over two of them on one file, and `kill -9` at every step.

The bank rotates refresh tokens and ends a grant whose old one is used again; it counts what it is asked.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.processes import until
from support.refreshing_process import DEATHS
from support.world import World, running

MX = "mx_bank_oauth"
LIFE = 900
LEASE = 4
TESTS = Path(__file__).parents[1]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running(tmp_path / "world") as built:
        yield built


def order(world: World, *, count: int = 1, later: int = LIFE, **more: Any) -> dict[str, Any]:
    """What a process is to do with the only grant there is, so many seconds after it was given."""
    ((key, user, details),) = world.rows(
        "SELECT g.id, g.user_id, i.details FROM grants g JOIN institutions i ON i.id = g.institution_id"
    )
    runtime = world.runtime
    return {
        "path": str(runtime.store.path),
        "key": str(runtime.settings.key_path),
        "now": world.clock() + later,
        "user": user,
        "grant": key,
        "count": count,
        "probe": json.loads(details)["fdx"]["base_url"] + "/accounts",
        "settings": {"refresh_lease": LEASE, "refresh_timeout": LEASE - 1},
        **more,
    }


@contextmanager
def process(asked: dict[str, Any]) -> Iterator["subprocess.Popen[str]"]:
    """A process that is ready to begin."""
    command = [sys.executable, "-m", "support.refreshing_process", json.dumps(asked)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=TESTS) as started:
        assert started.stdout is not None
        line = started.stdout.readline()
        assert line == "ready\n", started.stderr and started.stderr.read()
        yield started


def go(*started: "subprocess.Popen[str]") -> list[dict[str, Any]]:
    """Let processes begin together; what each says at its end, `{}` of one that was killed."""
    for each in started:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    told = [each.communicate(timeout=60) for each in started]
    return [json.loads(out) if out.strip() else {} for out, _ in told]


def given(world: World) -> int:
    """A grant that is in use; how often the bank was asked to refresh."""
    world.nexus.connect("ada")
    return world.bank.activity.of(MX, "refresh")


def turned(world: World, later: int) -> None:
    """Turn the bank's clock to where the processes have theirs."""
    world.clock.advance(later)


def test_fifty_refreshes_at_once_over_two_processes_are_one(world: World) -> None:
    before = given(world)
    turned(world, LIFE)
    asked = order(world, count=25, later=0)

    with process(asked) as one, process(asked) as other:
        results = go(one, other)

    assert [result["said"] for result in results] == [[], []]
    assert [result["statuses"] for result in results] == [[200] * 25] * 2
    assert world.bank.activity.of(MX, "refresh") == before + 1
    assert world.rows("SELECT status, refresh_number, refresh_started_at FROM grants") == [("active", 1, None)]


@pytest.mark.parametrize("step", DEATHS)
def test_kill_9_at_any_step_neither_loses_nor_doubles_a_grant(world: World, step: str) -> None:
    before = given(world)
    turned(world, LIFE)
    asked = order(world, later=0)
    with process(asked | {"dies": step}) as dying:
        assert go(dying) == [{}]
        assert dying.returncode == -9

    with process(asked) as first, process(asked) as second:
        results = go(first, second)
    sent = world.bank.activity.of(MX, "refresh") - before

    if step in ("before journal", "after commit"):
        assert [result["statuses"] for result in results] == [[200], [200]]
        assert world.rows("SELECT status, refresh_number FROM grants") == [("active", 1)]
        assert sent == 1
        return
    assert [result["statuses"] for result in results] == [[0], [0]]
    for result in results:
        (said,) = result["said"]
        assert said.startswith("consent_expired: ")
        assert "its answer never came" in said
    ((status, number, why),) = world.rows("SELECT status, refresh_number, ended_for FROM grants")
    assert (status in ("revoking", "ended"), number, why) == (True, 0, "lost")
    assert sent in {"after journal": (0,), "request sent": (0, 1)}.get(step, (1,))
    until(lambda: world.rows("SELECT status FROM grants") == [("ended",)], "it was not revoked at the bank")


def test_the_next_process_waits_for_the_lease_of_a_dead_one(world: World) -> None:
    given(world)
    turned(world, LIFE)
    asked = order(world, later=0)
    with process(asked | {"dies": "after journal"}) as dying:
        go(dying)

    with process(asked | {"now": asked["now"] + LEASE}) as late:
        (result,) = go(late)

    assert result["said"][0].startswith("consent_expired: A refresh of the permission was sent")


def test_a_repeatable_refresh_is_sent_again_after_the_lease(world: World) -> None:
    given(world)
    turned(world, LIFE)
    world.rows("UPDATE institutions SET details = json_set(details, '$.oauth.refresh_is_repeatable', json('true'))")
    asked = order(world, later=0)
    with process(asked | {"dies": "after journal"}) as dying:
        go(dying)

    with process(asked | {"count": 10}) as one, process(asked | {"count": 10}) as other:
        results = go(one, other)

    assert [result["statuses"] for result in results] == [[200] * 10] * 2
    assert world.rows("SELECT status, refresh_number FROM grants") == [("active", 1)]

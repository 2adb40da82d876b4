"""`kill -9` at every step of a callback: no grant is doubled, and what is lost is said and repaired by a new window."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from support.redeeming_process import DEATHS
from support.world import World

MX = "mx_bank_oauth"
TESTS = Path(__file__).parents[1]
STATES = "SELECT auth_status, error_reason FROM oauth_states ORDER BY id"
ACTIVE = "SELECT count(*) FROM grants WHERE status = 'active'"


def come_back(world: World, client: httpx2.Client, url: str, dies: str) -> int:
    """Let a process of its own take the callback; how it ended."""
    runtime = world.runtime
    order = {
        "path": str(runtime.store.path),
        "key": str(runtime.settings.key_path),
        "now": world.clock(),
        "public_url": world.url,
        "callback": dict(parse_qsl(urlsplit(url).query)),
        "cookies": dict(client.cookies.items()),
        "dies": dies,
    }
    command = [sys.executable, "-m", "support.redeeming_process", json.dumps(order)]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -9 or done.stdout == "Outcome\n", done.stderr
    return done.returncode


def redeemed(world: World) -> int:
    """How often the bank was asked for tokens."""
    return world.bank.activity.of(MX, "token")


@pytest.mark.parametrize("step", DEATHS)
def test_kill_9_at_any_step_of_a_callback(own_world: World, step: str) -> None:
    world, nexus = own_world, own_world.nexus
    member = nexus.member(skip_aggregation=True)
    client, url = world.up_to_callback(member["oauth_window_uri"])

    assert come_back(world, client, url, step) == (-9 if step else 0)
    if step == "before claim":
        assert come_back(world, client, url, "") == 0
    world.clock.advance(world.runtime.settings.redemption_timeout + 1)
    world.run(world.runtime.sweep())

    if step in ("before claim", "after keep", ""):
        assert world.rows(STATES) == [(2, None)]
        assert world.rows(ACTIVE) == [(1,)]
        assert nexus.read(member["guid"])["connection_status"] == "CONNECTED"
    else:
        assert world.rows(STATES) == [(3, 5)]  # SERVER_ERROR: the process died with it
        assert world.rows("SELECT count(*) FROM grants") == [(0,)]
        assert nexus.read(member["guid"])["connection_status"] == "PENDING"
    assert redeemed(world) <= 1

    world.walk(nexus.window(member["guid"]))
    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"
    assert world.rows(ACTIVE) == [(1,)]

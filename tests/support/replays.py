"""Replays as an operator runs them: commands of their own beside the world that runs."""

import json
from typing import Any

from support.processes import run
from support.world import World


def command(world: World, *arguments: str) -> Any:
    """What a command on the world's data prints as JSON; it must end well."""
    done = run(*arguments, "--json", "--data", str(world.runtime.settings.data_path))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def text(world: World, *arguments: str) -> str:
    """The same as text."""
    done = run(*arguments, "--data", str(world.runtime.settings.data_path))
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(world: World, *arguments: str) -> str:
    """The one line that a command ends with when it cannot be done."""
    done = run(*arguments, "--data", str(world.runtime.settings.data_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def kept(world: World) -> list[list[tuple[Any, ...]]]:
    """All that a replay could change, but for the time of the last change."""
    own = "id, guid, provider_id, feed, edits"
    more = ", parent_id, fingerprint, doubt, status, transaction_type, amount, date, description, description_key"
    out = ", category_guid, rule_id, is_hidden, has_been_split, system, deleted_at"
    return [
        world.rows(f"SELECT {own}, is_closed, deleted_at FROM accounts ORDER BY id"),
        world.rows(f"SELECT {own}{more}{out} FROM transactions ORDER BY id"),
        world.rows(f"SELECT {own}, deleted_at FROM holdings ORDER BY id"),
        world.rows("SELECT id, guid, passed_validation FROM account_numbers ORDER BY id"),
    ]

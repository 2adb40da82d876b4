"""What a client wants its users to read, from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.processes import run

TEXTS = ("--title", "Branch hours", "--description", "We close at 4 pm in July.")


def ok(*arguments: str) -> Any:
    done = run("client", "insight", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    where: Path = tmp_path_factory.mktemp("campaigns") / "data"
    assert run("keys", "new", "--data", str(where)).returncode == 0
    assert run("client", "create", "acme", "--data", str(where)).returncode == 0
    return str(where)


def test_a_campaign_from_its_making_to_its_end(place: str) -> None:
    more = ("--call-to-action", "See hours", "--from", "2026-07-01", "--to", "2026-07-31")
    made = ok("add", "acme", *TEXTS, *more, "--data", place)
    assert made | {"guid": ""} == {
        "guid": "",
        "title": "Branch hours",
        "description": "We close at 4 pm in July.",
        "call_to_action": "See hours",
        "from_date": "2026-07-01",
        "to_date": "2026-07-31",
    }
    open_end = ok("add", "acme", *TEXTS, "--data", place)
    assert (open_end["from_date"], open_end["to_date"], open_end["call_to_action"]) == (None, None, None)
    assert ok("list", "acme", "--data", place) == [made, open_end]

    ok("remove", "acme", made["guid"], "--data", place)

    assert ok("list", "acme", "--data", place) == [open_end]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "acme", "--title", "t" * 61, "--description", "d"), "The title has 1 to 60 characters"),
        (("add", "acme", "--title", " ", "--description", "d"), "The title has 1 to 60 characters"),
        (("add", "acme", "--title", "t", "--description", "d" * 301), "The description has 1 to 300 characters"),
        (("add", "acme", *TEXTS, "--call-to-action", "a\nb"), "The call to action has 1 to 60 characters"),
        (("add", "acme", *TEXTS, "--from", "2026-7-1"), "2026-7-1 is no date"),
        (("add", "acme", *TEXTS, "--to", "20260701"), "20260701 is no date"),
        (("add", "acme", *TEXTS, "--from", "2026-07-02", "--to", "2026-07-01"), "must not end before it begins"),
        (("add", "nobody", *TEXTS), "There is no client nobody"),
        (("list", "nobody"), "There is no client nobody"),
        (("remove", "acme", "CIN-1"), "acme has no campaign CIN-1"),
    ],
)
def test_what_is_no_campaign_is_refused(place: str, arguments: tuple[str, ...], said: str) -> None:
    done = run("client", "insight", *arguments, "--data", place)

    assert done.returncode == 1
    assert said in done.stderr

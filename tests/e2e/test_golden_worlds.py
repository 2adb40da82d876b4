"""What people see of their planning on certain days, to the letter: reviewed by hand and kept (tests/data/planning)."""

import json

import pytest

from support.golden import WORLDS, Golden, lists_of


@pytest.mark.parametrize("golden", WORLDS, ids=lambda golden: golden.name)
def test_the_lists_are_those_that_were_reviewed(golden: Golden) -> None:
    assert lists_of(golden) == json.loads(golden.file.read_text(encoding="utf-8"))

"""Fixtures for every test: a world for a module that shares it, and one of its own for a test that turns the clock."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from support.world import Nexus, World, running

# A busy machine must not fail a property for being slow; pytest-timeout ends what hangs.
hypothesis.settings.register_profile("fanlight", deadline=None)
hypothesis.settings.load_profile("fanlight")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that the tests of a module share; make users of your own in it and leave the clock alone."""
    with running(tmp_path_factory.mktemp("world")) as built:
        yield built


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    """A world for one test, which may turn its clock."""
    with running(tmp_path / "world") as built:
        yield built


@pytest.fixture
def nexus(world: World, request: pytest.FixtureRequest) -> Nexus:
    """A fresh user's session in the shared world."""
    name = "".join(character if character.isalnum() else "-" for character in request.node.name)
    return world.user(name[:200])

"""Who sends bad input: a user for a whole module, with members to try it on."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from contract.things import at_mxbank
from fanlight.core import institutions
from support.world import Nexus, World, running

SHOWN = frozenset(("mx_bank_oauth", "mxcu_oauth", "mxbank", "mxcu_credential"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that lists only the institutions of which the cases count: others of the sandbox come and go."""
    with running(tmp_path_factory.mktemp("world")) as built:
        for code in built.institutions.keys() - SHOWN:
            hidden = built.unit(institutions.by_code, code)
            built.unit(institutions.set_hidden, hidden, is_hidden=True, now=built.clock())
        yield built


class Someone(NamedTuple):
    """A user with a PENDING member, and one at an institution that has no OAuth."""

    nexus: Nexus
    pending: str
    impaired: str


@pytest.fixture(scope="module")
def someone(world: World) -> Someone:
    nexus = world.user("someone")
    return Someone(nexus, nexus.member()["guid"], at_mxbank(nexus)["guid"])

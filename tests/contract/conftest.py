"""Who sends bad input: a user for a whole module, with members to try it on."""

from typing import NamedTuple

import pytest

from contract.things import at_mxbank
from support.world import Nexus, World


class Someone(NamedTuple):
    """A user with a PENDING member, and one at an institution that has no OAuth."""

    nexus: Nexus
    pending: str
    impaired: str


@pytest.fixture(scope="module")
def someone(world: World) -> Someone:
    nexus = world.user("someone")
    return Someone(nexus, nexus.member()["guid"], at_mxbank(nexus)["guid"])

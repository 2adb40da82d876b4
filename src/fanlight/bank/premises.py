"""What those of the bank's faces share that have no authorization server in front of them."""

from collections.abc import Callable
from typing import NamedTuple

from fanlight.bank.activity import Activity
from fanlight.bank.pages import Pages
from fanlight.bank.world.world import World
from fanlight.base.clock import Clock


class Premises(NamedTuple):
    """The world behind the counter, and what stands on it; the bank's address is known by the first request."""

    seed: int
    world: World
    clock: Clock
    activity: Activity
    pages: Pages
    base_url: Callable[[], str]

"""A few worlds of `make quality` through the database: what is compared in memory there is read and written here."""

import json
from collections import Counter
from typing import Any

import pytest
from tools.quality import worlds
from tools.quality.institutions import REGIMES, Institution, Look, Regime, look_of

from fanlight.aggregation import saving
from fanlight.aggregation.gather import Gathered
from fanlight.core import members
from fanlight.core.members import Member
from fanlight.storage.unit import Unit
from support.world import World

DECIDING = [regime for regime in REGIMES if regime.is_deciding]
SEED = 900_000


def kept(world: World, member: Member, looks: list[Look], regime: Regime) -> None:
    """One look through every step of saving."""
    gathered = [Gathered(look.account, look.feed) for look in looks]
    now = world.clock()

    def save_accounts(unit: Unit) -> list[saving.Fetched]:
        fetched = saving.save_accounts(unit, world.runtime.vault, member, gathered, now=now)
        return [each._replace(ids=regime.declared) for each in fetched]

    fetched, first = world.unit(save_accounts), looks[0].start
    assert {look.start for look in looks} == {first}
    known = world.unit(saving.known, member.user_id, fetched, first)
    for part in saving.compare(fetched, known, complete_from=first, now=now):
        world.unit(saving.save_part, member, part, now=now)


def member_of(world: World, guid: str) -> Member:
    ((user, key),) = world.rows("SELECT user_id, id FROM members WHERE guid = ?", guid)
    found = world.unit(members.find, user, key, now=world.clock())
    assert found is not None
    return found


@pytest.mark.parametrize("at", range(len(DECIDING)), ids=lambda at: DECIDING[at].name)
def test_what_a_world_told_is_in_the_database_once(world: World, at: int) -> None:
    regime = DECIDING[at]
    truths = worlds.make(SEED + at, look_alike_holds=regime.look_alike_holds)
    guid = world.user(f"world-{at}").connect("data_no_accounts")["guid"]
    member, told = member_of(world, guid), set[int]()
    for looks in Institution(truths, regime).looks():
        kept(world, member, looks, regime)
        told |= {int(str(each.latitude)) for look in looks for each in look.feed if not each.is_pending}
    rows: list[Any] = world.rows(
        "SELECT feed FROM transactions WHERE member_id = ? AND deleted_at IS NULL AND status = 1", member.id
    )
    found = Counter(look_of(truths.truths[int(json.loads(feed)["latitude"])], regime) for (feed,) in rows)
    assert found == Counter(look_of(truths.truths[tag], regime) for tag in told)
    accounts = world.rows("SELECT count(*) FROM accounts WHERE member_id = ?", member.id)
    assert accounts == [(truths.accounts,)]

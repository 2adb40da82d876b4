"""Links among transactions after runs that brought little: as a look at everything would have them, at less cost."""

import random

from fanlight.base.clock import date_of
from fanlight.core import linking, movements, transactions
from fanlight.core.linking import Link
from fanlight.core.movements import Look
from fanlight.storage.unit import Unit
from support import logins
from support.world import World

TWINS = """
    SELECT guid, json_extract(system, '$.twin') FROM transactions
    WHERE deleted_at IS NULL AND json_extract(system, '$.twin') IS NOT NULL ORDER BY guid
"""
SERIES = """
    SELECT guid FROM transactions
    WHERE deleted_at IS NULL AND json_extract(system, '$.is_recurring') ORDER BY guid
"""


def whole(world: World) -> Look:
    def read(unit: Unit) -> Look:
        return movements.everything(unit, 1, date_of(world.clock()))

    look: Look = world.unit(read)
    return look


def run_again(world: World, guid: str) -> None:
    """Another run of a member, with a consent that lasts."""
    world.clock.advance(60)
    assert logins.again(world.nexus, guid)["connection_status"] == "CONNECTED"


def test_what_comes_back_is_linked_as_it_was(own_world: World) -> None:
    """What is gone takes its links along in the next run that brings anything; coming back it has them again."""
    guid, dice = own_world.nexus.connect()["guid"], random.Random(7)
    twins, series = len(own_world.rows(TWINS)), len(own_world.rows(SERIES))
    assert twins
    assert series
    for count in (1, 2, 5, 20):
        names = [name for (name,) in own_world.rows("SELECT guid FROM transactions ORDER BY guid")]
        linked = [name for name, _ in own_world.rows(TWINS)] + [name for (name,) in own_world.rows(SERIES)]
        for gone in (*dice.sample(names, count), *dice.sample(linked, count)):
            own_world.rows("DELETE FROM transactions WHERE guid = ?", gone)
        run_again(own_world, guid)
        assert linking.find(whole(own_world)) == []
        assert (len(own_world.rows(TWINS)), len(own_world.rows(SERIES))) == (twins, series)


def test_what_changed_is_looked_for_by_what_it_was_too(own_world: World) -> None:
    own_world.nexus.connect()
    mine, other = own_world.rows(TWINS)[0]

    def change(unit: Unit) -> list[Link]:
        ((key,),) = unit._connection.execute("SELECT id FROM transactions WHERE guid = ?", (mine,)).fetchall()
        (was,) = transactions.by_keys(unit, 1, [key])
        unit._connection.execute("UPDATE transactions SET amount = 1, date = '2026-07-10' WHERE id = ?", (key,))
        written = movements.change_of([was, *transactions.by_keys(unit, 1, [key])])
        return linking.find(movements.around(unit, 1, date_of(own_world.clock()), written))

    found = own_world.unit(change)
    assert found == linking.find(whole(own_world))
    keys = dict(own_world.rows("SELECT guid, id FROM transactions"))
    halves = {keys[mine]: None, keys[other]: None}
    assert halves.items() <= {link.id: link.twin for link in found}.items()
    # Others of its series may be none any more; their other sides stay.
    kept = dict(own_world.rows("SELECT id, json_extract(system, '$.twin') FROM transactions"))
    assert all(link.twin == kept[link.id] for link in found if link.id not in halves)


def test_half_of_a_transfer_is_none_when_the_other_account_is_gone(own_world: World) -> None:
    guid = own_world.nexus.connect()["guid"]
    mine, other = own_world.rows(TWINS)[0]
    ((account, key),) = own_world.rows("SELECT account_id, id FROM transactions WHERE guid = ?", other)
    own_world.rows("UPDATE accounts SET deleted_at = 1 WHERE id = ?", account)
    ((unrelated,),) = own_world.rows(
        "SELECT guid FROM transactions WHERE account_id <> ? AND id <> ? AND system NOT LIKE '%\"twin\"%' LIMIT 1",
        account,
        key,
    )
    own_world.rows("DELETE FROM transactions WHERE guid = ?", unrelated)
    run_again(own_world, guid)
    assert linking.find(whole(own_world)) == []
    assert mine not in dict(own_world.rows(TWINS))


def test_little_is_read_for_little(own_world: World) -> None:
    own_world.nexus.connect()

    def read(unit: Unit) -> Look:
        ((key,),) = unit._connection.execute(
            "SELECT max(id) FROM transactions WHERE json_extract(system, '$.is_recurring') IS NULL"
        ).fetchall()
        change = movements.change_of(transactions.by_keys(unit, 1, [key]))
        return movements.around(unit, 1, date_of(own_world.clock()), change)

    assert 0 < len(own_world.unit(read).movements) < len(whole(own_world).movements) / 5


OWN = ("LOAN PYMT", "MORTGAGE PMT", "BROKERAGE DES:CONTRIB", "CREDIT CARD AUTO PAY", "AUTO SWEEP", "transfer to SAV")


def test_what_a_person_moves_between_their_own_accounts_is_known_on_both_sides(own_world: World) -> None:
    nexus = own_world.nexus
    nexus.connect("ada")
    found = nexus.ok("GET", "/transactions?records_per_page=1000")["transactions"]
    twins = dict(own_world.rows(TWINS))
    assert all(twins[other] == guid for guid, other in twins.items())
    for words in OWN:
        own = [each for each in found if words in each["feed_description"] and each["status_name"] == "POSTED"]
        assert own, words
        assert {each["guid"] for each in own} <= twins.keys(), words
    kept = [each for each in found if each["guid"] in twins]
    kept = [each for each in kept if each["top_level_category"] in ("Transfer", "Investments")]
    assert kept
    assert not any(each["is_expense"] or each["is_income"] for each in kept)

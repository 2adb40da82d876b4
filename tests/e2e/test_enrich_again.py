"""Enriching again: what is kept is read anew, what users said and their rules stay, and a second time finds nothing."""

import json
from typing import Any

import pytest

from contract.money_things import category
from e2e.test_provenance import listed, make_rule, most_common, put
from fanlight.core import enriching_again
from fanlight.core.enriching_again import PART_ROWS, Cursor, Someone
from fanlight.storage.unit import Unit
from support.processes import run
from support.replays import command, kept, refused, text
from support.world import Nexus, World

SPOIL = "UPDATE transactions SET system = json_set(system, '$.description', 'SPOILT', '$.version', 0)"
GIFT = category("Gift")


@pytest.fixture
def nexus(own_world: World) -> Nexus:
    own_world.nexus.connect("ada")
    return own_world.nexus


def again(world: World, *arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = command(world, "enrich", "--again", *arguments)
    return answer


def test_what_was_spoilt_is_restored_and_a_second_time_changes_nothing(own_world: World, nexus: Nexus) -> None:
    count = len(listed(nexus))
    before = kept(own_world)
    assert again(own_world) | {"per_second": 0} == {
        "version": before_version(own_world),
        "users": 1,
        "looked_at": count,
        "changed": 0,
        "per_second": 0,
        "dry_run": False,
    }
    own_world.rows(SPOIL)
    own_world.rows("UPDATE transactions SET description = 'SPOILT', category_guid = ? WHERE id % 2", GIFT)
    spoilt = kept(own_world)
    assert again(own_world, "--dry-run")["changed"] == count
    assert kept(own_world) == spoilt
    revisions = own_world.rows("SELECT revision FROM transactions ORDER BY id")
    assert again(own_world)["changed"] == count
    assert kept(own_world) == before
    assert own_world.rows("SELECT revision - 1 FROM transactions ORDER BY id") == revisions
    assert again(own_world)["changed"] == 0
    assert f"{count} transactions of 1 users looked at, 0 changed" in text(own_world, "enrich", "--again")


def before_version(world: World) -> int:
    ((version,),) = world.rows("SELECT DISTINCT json_extract(system, '$.version') FROM transactions")
    return int(version)


def test_an_answer_that_was_kept_is_made_anew(own_world: World, nexus: Nexus) -> None:
    before = {each["guid"]: each for each in listed(nexus)}
    own_world.rows("UPDATE transactions SET category_guid = ?, revision = revision + 1", GIFT)
    assert {each["category_guid"] for each in listed(nexus)} == {GIFT}
    assert again(own_world)["changed"] == len(before)
    after = {each["guid"]: each for each in listed(nexus)}
    same = ("description", "category_guid", "amount", "date", "merchant_guid")
    for guid, each in before.items():
        assert {name: after[guid].get(name) for name in same} == {name: each.get(name) for name in same}


def test_edits_rules_and_parts_stay(own_world: World, nexus: Nexus) -> None:
    common, guids = most_common(nexus)
    make_rule(nexus, common, "By rule")
    free = next(each for each in listed(nexus) if each["guid"] not in guids and float(each["amount"]) > 2)
    put(nexus, free["guid"], description="Lunch", category_guid=GIFT, is_flagged=True)
    parts = {"transactions": [{"amount": 1}, {"amount": float(free["amount"]) - 1, "description": "Rest"}]}
    nexus.ok("POST", f"/transactions/{free['guid']}/split", parts)
    before = kept(own_world)
    assert again(own_world)["changed"] == 0
    own_world.rows(SPOIL)
    assert again(own_world)["changed"] == len(before[1])
    assert kept(own_world) == before


def test_a_rule_for_what_is_to_come_leaves_the_past_alone(own_world: World, nexus: Nexus) -> None:
    common, _ = most_common(nexus)
    guid = make_rule(nexus, "nothing reads like this", "By rule")
    body = {"transaction_rule": {"match_description": common}}
    nexus.ok("PUT", f"/transaction_rules/{guid}", body)
    before = kept(own_world)
    assert again(own_world)["changed"] == 0
    own_world.rows("UPDATE transactions SET system = json_set(system, '$.version', 0)")
    assert again(own_world)["changed"] == len(before[1])
    assert kept(own_world) == before


def test_what_is_known_of_a_transaction_among_others_stays(own_world: World, nexus: Nexus) -> None:
    own_world.rows("UPDATE transactions SET system = json_set(system, '$.is_recurring', json('true'))")
    again(own_world)  # the names stand in their order from now on
    before = kept(own_world)
    assert before[1]
    own_world.rows(SPOIL)
    again(own_world)
    assert kept(own_world) == before
    assert own_world.rows("SELECT DISTINCT json_extract(system, '$.is_recurring') FROM transactions") == [(1,)]


def test_one_user_alone(own_world: World, nexus: Nexus) -> None:
    other = own_world.user("other")
    other.connect("grace")
    own_world.rows(SPOIL)
    guid = other.ok("GET", "/user")["user"]["guid"]
    count = len(listed(other))
    assert again(own_world, "--user", guid)["changed"] == count
    spoilt = own_world.rows("SELECT count(*) FROM transactions WHERE system LIKE '%SPOILT%'")
    assert spoilt == [(len(listed(nexus)),)]
    found = again(own_world)
    assert (found["users"], found["changed"]) == (2, len(listed(nexus)))
    assert "no user USR-none" in refused(own_world, "enrich", "--again", "--user", "USR-none")


def test_it_does_nothing_unasked(own_world: World) -> None:
    assert "say --again" in refused(own_world, "enrich")


def test_parts_and_what_changes_between_reading_and_writing(own_world: World, nexus: Nexus) -> None:
    """A part that was read before somebody's word is written with that word."""
    own_world.rows(SPOIL)
    ((user_id,),) = own_world.rows("SELECT DISTINCT user_id FROM transactions")
    someone = [Someone(user_id, "")]
    (first,) = own_world.unit(enriching_again.read, someone, Cursor(), 7)
    (second,) = own_world.unit(enriching_again.read, someone, first.end, 7)
    assert len(first.rows) == len(second.rows) == 7
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}
    fresh = first.changed()
    chosen = fresh[0]
    put(nexus, chosen.guid, description="Lunch", is_hidden=True)
    own_world.rows("UPDATE transactions SET deleted_at = 1 WHERE id = ?", fresh[1].id)

    def write(unit: Unit) -> int:
        return enriching_again.write(unit, first, fresh, now=own_world.clock())

    assert own_world.unit(write) == 6
    ((words, hidden, edits),) = own_world.rows(
        "SELECT description, is_hidden, edits FROM transactions WHERE id = ?", chosen.id
    )
    assert (words, hidden, json.loads(edits)) == ("Lunch", 1, {"description": "Lunch", "is_hidden": True})
    assert own_world.rows("SELECT count(*) FROM transactions WHERE system LIKE '%SPOILT%' AND deleted_at = 1") == [(1,)]


def test_more_than_one_part_is_gone_through(own_world: World, nexus: Nexus) -> None:
    columns = [row[1] for row in own_world.rows("PRAGMA table_info(transactions)") if row[1] not in ("id", "guid")]
    several = f"WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < {2 * PART_ROWS})"
    own_world.rows(
        f"INSERT INTO transactions (guid, {', '.join(columns)}) {several}"
        f" SELECT 'TRN-' || n, {', '.join(columns)} FROM transactions, more WHERE id = 1"
    )
    own_world.user("without")
    own_world.user("other").connect()
    own_world.rows(SPOIL)
    ((count,),) = own_world.rows("SELECT count(*) FROM transactions")
    found = again(own_world)
    assert (found["users"], found["looked_at"], found["changed"]) == (3, count, count)
    assert own_world.rows("SELECT count(*) FROM transactions WHERE system LIKE '%SPOILT%'") == [(0,)]


def test_rules_of_a_client(own_world: World, nexus: Nexus) -> None:
    client = own_world.ready["client_id"]
    common, guids = most_common(nexus)
    added = command(own_world, "client", "rule", "add", client, "--match", common.lower(), "--category", "gift")
    assert (added["category_guid"], added["category_name"], added["description"]) == (GIFT, "Gift", None)
    more = ("--category", GIFT, "--description", "Ours")
    command(own_world, "client", "rule", "add", client, "--match", common, *more)
    (rule,) = command(own_world, "client", "rule", "list", client)
    assert (rule["match_description"], rule["description"]) == (common, "Ours")
    assert "Ours" in text(own_world, "client", "rule", "list", client)
    assert again(own_world)["changed"] == len(guids)
    found = [each for each in listed(nexus) if each["description"] == "Ours"]
    assert {each["guid"] for each in found} == set(guids)
    assert {each["category_guid"] for each in found} == {GIFT}
    command(own_world, "client", "rule", "remove", client, "--match", common.upper())
    assert command(own_world, "client", "rule", "list", client) == []
    assert again(own_world)["changed"] == len(guids)
    assert most_common(nexus)[0] == common


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "sandbox", "--match", "x", "--category", "No such"), "no default category No such"),
        (("add", "sandbox", "--match", " ", "--category", "Gift"), "needs a text"),
        (("add", "sandbox", "--match", "a\u202eb", "--category", "Gift"), "all of them visible"),
        (("add", "sandbox", "--match", "x" * 1025, "--category", "Gift"), "up to 1024 characters"),
        (("add", "nobody", "--match", "x", "--category", "Gift"), "no client nobody"),
        (("list", "nobody"), "no client nobody"),
        (("remove", "sandbox", "--match", "x"), "has no rule for x"),
    ],
)
def test_mistakes_in_rules_of_a_client(world: World, arguments: tuple[str, ...], said: str) -> None:
    done = run("client", "rule", *arguments, "--data", str(world.runtime.settings.data_path))
    assert (done.returncode, done.stdout, said in done.stderr) == (1, "", True), done.stderr

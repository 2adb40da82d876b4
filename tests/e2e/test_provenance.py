"""What a user says of a transaction stays whatever comes after, and what they take back is the system's again.

Rules stand between the two: above the system, below what was said of one transaction.
"""

from typing import Any

import pytest

from contract.money_things import category
from support import logins
from support.world import Nexus, World

GROCERIES, RESTAURANTS, GIFT = category("Groceries"), category("Restaurants"), category("Gift")
EDITS = {
    "description": "Lunch with Ada",
    "category_guid": RESTAURANTS,
    "date": "2026-05-20",
    "memo": "of the team",
    "metadata": "ours",
    "is_hidden": True,
    "is_flagged": True,
    "is_business": True,
    "has_been_viewed": True,
}


@pytest.fixture
def nexus(own_world: World) -> Nexus:
    own_world.nexus.connect("ada")
    return own_world.nexus


def listed(nexus: Nexus, query: str = "") -> list[dict[str, Any]]:
    path = f"/transactions?records_per_page=1000&from_date=0001-01-01&to_date=9999-12-31{query}"
    found: list[dict[str, Any]] = nexus.ok("GET", path)["transactions"]
    return found


def read(nexus: Nexus, guid: str) -> dict[str, Any]:
    answer: dict[str, Any] = nexus.ok("GET", f"/transactions/{guid}")["transaction"]
    return answer


def put(nexus: Nexus, guid: str, **said: Any) -> dict[str, Any]:
    answer: dict[str, Any] = nexus.ok("PUT", f"/transactions/{guid}", {"transaction": said})["transaction"]
    return answer


def make_rule(nexus: Nexus, match: str, description: str, category_guid: str = GIFT) -> str:
    body = {"match_description": match, "description": description, "category_guid": category_guid}
    return str(nexus.ok("POST", "/transaction_rules", {"transaction_rule": body})["transaction_rule"]["guid"])


def most_common(nexus: Nexus) -> tuple[str, list[str]]:
    """The description that stands on most transactions, and which these are."""
    by_words: dict[str, list[str]] = {}
    for each in listed(nexus):
        by_words.setdefault(each["description"], []).append(each["guid"])
    return max(by_words.items(), key=lambda item: len(item[1]))


def aggregate_later(nexus: Nexus, days: int = 1) -> None:
    nexus.world.clock.advance(days * 86_400)
    logins.renew(nexus)
    logins.again(nexus, nexus.ok("GET", "/members")["members"][0]["guid"])


def test_an_edit_survives_every_aggregation_and_ends_when_it_is_taken_back(nexus: Nexus) -> None:
    before = next(each for each in listed(nexus) if each["status_name"] == "POSTED")
    edited = put(nexus, before["guid"], **EDITS)
    assert {name: edited[name] for name in EDITS} == EDITS
    for _ in range(3):
        aggregate_later(nexus)
        now = read(nexus, before["guid"])
        assert {name: now[name] for name in EDITS} == EDITS
        assert (now["description_set_by"], now["category_set_by"], now["date_set_by"]) == (2, 2, 2)
        assert now["feed_description"] == before["feed_description"]
    back = put(nexus, before["guid"], **dict.fromkeys(EDITS))
    plain = ("updated_at", "is_recurring")
    assert {name: value for name, value in back.items() if name not in plain} == {
        name: value for name, value in before.items() if name not in plain
    }


def test_an_edit_survives_when_what_was_pending_posts(nexus: Nexus) -> None:
    pending = [each["guid"] for each in listed(nexus) if each["status_name"] == "PENDING"]
    assert pending
    for guid in pending:
        put(nexus, guid, **EDITS)
    aggregate_later(nexus, days=5)
    posted = [each for each in listed(nexus) if each["guid"] in pending and each["status_name"] == "POSTED"]
    assert posted
    assert all({name: each[name] for name in EDITS} == EDITS for each in posted)


def test_what_is_edited_to_another_day_is_not_brought_in_again(nexus: Nexus) -> None:
    before = listed(nexus)
    put(nexus, before[0]["guid"], date="2020-01-01")
    put(nexus, before[-1]["guid"], date="2026-08-02")
    aggregate_later(nexus)
    after = {each["guid"] for each in listed(nexus)}
    assert {each["guid"] for each in before if each["status_name"] == "POSTED"} <= after
    posted = [each for each in listed(nexus) if each["status_name"] == "POSTED"]
    assert len({each["external_guid"] for each in posted}) == len(posted)


def test_to_send_back_what_was_read_is_no_edit(nexus: Nexus) -> None:
    before = listed(nexus)[0]
    body = {name: before[name] for name in (*EDITS, "amount", "transaction_type") if before[name] is not None}
    assert put(nexus, before["guid"], **body) == before


def test_a_rule_acts_on_the_past_and_on_what_comes(nexus: Nexus) -> None:
    words, guids = most_common(nexus)
    rule = make_rule(nexus, words.upper(), "Ours")
    ruled = listed(nexus, f"&user_transaction_rule_guid={rule}")
    assert {each["guid"] for each in ruled} == set(guids)
    assert {(each["description"], each["category_guid"], each["category_set_by"]) for each in ruled} == {
        ("Ours", GIFT, 2)
    }
    aggregate_later(nexus, days=40)
    later = listed(nexus, f"&user_transaction_rule_guid={rule}")
    assert {each["guid"] for each in later} > set(guids)
    assert not any(each["description"] == words for each in listed(nexus))


def test_a_rule_never_overrules_what_was_said_of_one_transaction(nexus: Nexus) -> None:
    words, guids = most_common(nexus)
    put(nexus, guids[0], category_guid=RESTAURANTS)
    put(nexus, guids[1], description="Mine")
    make_rule(nexus, words, "Ours")
    first, second = read(nexus, guids[0]), read(nexus, guids[1])
    assert (first["description"], first["category_guid"]) == ("Ours", RESTAURANTS)
    assert (second["description"], second["category_guid"], second["user_transaction_rule_guid"]) == (
        "Mine",
        second["category_guid"],
        None,
    )
    cleared = put(nexus, guids[0], category_guid=None)
    assert (cleared["category_guid"], cleared["category_set_by"]) == (GIFT, 2)


def test_a_newer_rule_takes_over_what_an_older_one_renamed(nexus: Nexus) -> None:
    words, guids = most_common(nexus)
    make_rule(nexus, words, "First")
    second = make_rule(nexus, "first", "Second", GROCERIES)
    assert read(nexus, guids[0])["user_transaction_rule_guid"] == second
    aggregate_later(nexus, days=40)
    assert {each["description"] for each in listed(nexus) if each["category_guid"] == GROCERIES} >= {"Second"}
    assert not any(each["description"] in (words, "First") for each in listed(nexus))


def test_a_changed_rule_acts_on_the_past_but_for_another_text_to_match(nexus: Nexus) -> None:
    words, guids = most_common(nexus)
    rule = make_rule(nexus, words, "Ours")
    nexus.ok("PUT", f"/transaction_rules/{rule}", {"transaction_rule": {"category_guid": GROCERIES}})
    assert {read(nexus, guid)["category_guid"] for guid in guids} == {GROCERIES}
    nexus.ok("PUT", f"/transaction_rules/{rule}", {"transaction_rule": {"match_description": "something else"}})
    assert {read(nexus, guid)["description"] for guid in guids} == {"Ours"}
    nexus.ok("PUT", f"/transaction_rules/{rule}", {"transaction_rule": {"description": "Still ours"}})
    assert {read(nexus, guid)["description"] for guid in guids} == {"Still ours"}


def test_another_text_to_match_acts_from_then_on_whatever_else_becomes_of_what_is_there(nexus: Nexus) -> None:
    words, guids = most_common(nexus)
    rule = make_rule(nexus, "nothing reads like this", "Ours")
    other = make_rule(nexus, "nor like this", "Theirs")
    before = listed(nexus)
    nexus.ok("PUT", f"/transaction_rules/{rule}", {"transaction_rule": {"match_description": words}})
    nexus.ok("DELETE", f"/transaction_rules/{other}")
    assert listed(nexus) == before
    put(nexus, guids[0], memo="a word of another thing")
    nexus.ok("PUT", f"/transaction_rules/{rule}", {"transaction_rule": {"description": "Still ours"}})
    assert {read(nexus, guid)["description"] for guid in guids} == {words}
    aggregate_later(nexus, days=40)
    posted = {each["guid"] for each in before if each["status_name"] == "POSTED"} & set(guids)
    assert {read(nexus, guid)["description"] for guid in posted} == {words}
    ruled = listed(nexus, f"&user_transaction_rule_guid={rule}")
    assert {each["description"] for each in ruled} == {"Still ours"}


def test_a_rule_that_is_made_again_acts_on_the_past(nexus: Nexus) -> None:
    words, guids = most_common(nexus)
    rule = make_rule(nexus, "nothing reads like this", "Ours")
    nexus.ok("PUT", f"/transaction_rules/{rule}", {"transaction_rule": {"match_description": words}})
    assert make_rule(nexus, words, "Now ours") == rule
    assert {read(nexus, guid)["description"] for guid in guids} == {"Now ours"}


def test_what_a_rule_leaves_goes_to_other_rules_and_nothing_else_does(nexus: Nexus) -> None:
    words, guids = most_common(nexus)
    older = make_rule(nexus, words, "First")
    nexus.ok("PUT", f"/transaction_rules/{older}", {"transaction_rule": {"description": "Older"}})
    newer = make_rule(nexus, "older", "Newer")
    nexus.ok("PUT", f"/transaction_rules/{older}", {"transaction_rule": {"match_description": words}})
    free = next(each for each in listed(nexus) if each["guid"] not in guids)
    nexus.ok("DELETE", f"/transaction_rules/{newer}")
    assert {read(nexus, guid)["user_transaction_rule_guid"] for guid in guids} == {older}
    assert {read(nexus, guid)["description"] for guid in guids} == {"Older"}
    assert read(nexus, free["guid"]) == free


def test_a_rule_that_goes_takes_what_it_did_with_it(nexus: Nexus) -> None:
    before = {each["guid"]: each for each in listed(nexus)}
    words, guids = most_common(nexus)
    rule = make_rule(nexus, words, "Ours")
    put(nexus, guids[0], memo="kept")
    nexus.ok("DELETE", f"/transaction_rules/{rule}")
    after = {each["guid"]: each for each in listed(nexus)}
    ignored = {"updated_at", "is_recurring", "memo", "memo_set_by", "memo_set_by_name"}
    for guid, was in before.items():
        assert {name: value for name, value in after[guid].items() if name not in ignored} == {
            name: value for name, value in was.items() if name not in ignored
        }
    assert after[guids[0]]["memo"] == "kept"


def test_a_split_survives_and_its_parts_follow_their_parent(nexus: Nexus) -> None:
    parent = next(each for each in listed(nexus) if each["amount"] > 2 and each["status_name"] == "POSTED")
    parts = [{"amount": 1, "category_guid": GIFT}, {"amount": round(parent["amount"] - 1, 2)}]
    children = nexus.ok("POST", f"/transactions/{parent['guid']}/split", {"transactions": parts})["transactions"]
    put(nexus, children[0]["guid"], description="A gift")
    aggregate_later(nexus)
    assert read(nexus, parent["guid"])["has_been_split"] is True
    assert read(nexus, children[0]["guid"])["description"] == "A gift"
    assert {each["guid"] for each in children} < {each["guid"] for each in listed(nexus)}
    response = nexus.send("DELETE", f"/transactions/{parent['guid']}/unsplit")
    assert response.status_code == 204
    assert not {each["guid"] for each in children} & {each["guid"] for each in listed(nexus)}
    assert read(nexus, parent["guid"])["has_been_split"] is False


def test_an_answer_that_is_kept_is_never_an_old_one(nexus: Nexus) -> None:
    guid = listed(nexus)[0]["guid"]
    for number in range(5):
        put(nexus, guid, memo=f"note {number}")
        for _ in range(2):
            assert next(each["memo"] for each in listed(nexus) if each["guid"] == guid) == f"note {number}"

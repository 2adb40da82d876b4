"""Tags and explanations over the control face: what they do to one another, and what no answer of data tells."""

from typing import Any

import pytest

from contract.bad import TELLTALES, refused
from contract.control_things import Control, other_client
from contract.money_things import category
from contract.partner_things import Partner
from fanlight.api.control.face import ROUTES
from fanlight.core import clients
from fanlight.core.taggings import MAX_OF_TRANSACTION
from fanlight.core.tags import MAX_TAGS
from support import logins
from support.world import Nexus, World

GROCERIES, GIFT = category("Groceries"), category("Gift")


@pytest.fixture(scope="module")
def nexus(world: World) -> Nexus:
    nexus = world.user("tagger")
    nexus.connect("ada")
    return nexus


@pytest.fixture(scope="module")
def control(nexus: Nexus) -> Control:
    return Control(nexus)


def posted(nexus: Nexus, place: int = 0) -> dict[str, Any]:
    """A transaction of an institution that nobody has touched; `place` counts from the newest."""
    found = nexus.ok("GET", "/transactions?records_per_page=100")["transactions"]
    return [each for each in found if each["status_name"] == "POSTED"][place]  # type: ignore[no-any-return]


def taggings(nexus: Nexus) -> dict[str, tuple[str, str]]:
    """Tag and transaction of every tagging that Nexus shows, by guid."""
    found = nexus.ok("GET", "/taggings?records_per_page=1000")["taggings"]
    return {each["guid"]: (each["tag_guid"], each["transaction_guid"]) for each in found}


def test_what_is_tagged_here_is_read_on_nexus_and_goes_with_its_tag(nexus: Nexus, control: Control) -> None:
    first, second = (posted(nexus, place)["guid"] for place in (0, 1))
    tag, other = control.tag("Kitchen"), control.tag("Car")
    made = {control.tagging(tag, first): (tag, first), control.tagging(tag, second): (tag, second)}
    kept = control.tagging(other, first)

    assert [each["name"] for each in nexus.ok("GET", "/tags")["tags"]] == ["Kitchen", "Car"]
    assert taggings(nexus) == made | {kept: (other, first)}

    control.ok("DELETE", f"/tags/{tag}")
    assert taggings(nexus) == {kept: (other, first)}
    control.ok("DELETE", f"/taggings/{kept}")
    assert taggings(nexus) == {}
    assert refused(control.send("DELETE", f"/taggings/{kept}"), 4040) == "There is no such tagging."
    assert nexus.ok("GET", f"/transactions/{first}")["transaction"]["guid"] == first


def test_a_transaction_is_tagged_once_however_often_it_is_said(nexus: Nexus, control: Control) -> None:
    tag, transaction = control.tag("Once"), posted(nexus)["guid"]
    assert control.tagging(tag, transaction) == control.tagging(tag, transaction)
    assert list(taggings(nexus).values()).count((tag, transaction)) == 1


def test_tags_of_one_transaction_have_a_limit(nexus: Nexus, control: Control) -> None:
    transaction = posted(nexus, 3)["guid"]
    tags = [control.tag(f"Many {number}") for number in range(MAX_OF_TRANSACTION + 1)]
    for tag in tags[:-1]:
        control.tagging(tag, transaction)

    body = {"tag_guid": tags[-1], "transaction_guid": transaction}
    told = refused(control.send("POST", "/taggings", body), 4220)

    assert told == f"A transaction may have {MAX_OF_TRANSACTION} tags."
    control.tagging(tags[0], transaction)  # what is there already is no new one
    control.tagging(tags[-1], posted(nexus, 4)["guid"])


def test_tags_of_one_user_have_a_limit_and_others_may_have_the_same(world: World) -> None:
    full, other = Control(world.user("full-of-tags")), Control(world.user("free-of-tags"))
    user = world.rows("SELECT id FROM users WHERE guid = ?", full.user)[0][0]
    for number in range(MAX_TAGS):
        world.rows("INSERT INTO tags VALUES (NULL, ?, ?, ?, 0)", user, f"TAG-full-{number}", f"tag {number}")

    assert str(MAX_TAGS) in refused(full.send("POST", "/tags", {"name": "one more"}), 4220)
    assert other.tag("tag 1")


def test_what_was_tagged_is_seen_as_long_as_it_is_there(own_world: World) -> None:
    nexus, control = own_world.nexus, Control(own_world.nexus)
    member = nexus.connect("ada")["guid"]
    transaction = posted(nexus)["guid"]
    made = control.tagging(control.tag("Stays"), transaction)
    own_world.clock.advance(86_400)
    logins.renew(nexus)
    logins.again(nexus, member)
    assert taggings(nexus).keys() == {made}

    nexus.ok("DELETE", f"/members/{member}")

    answer = nexus.ok("GET", "/taggings")
    assert (answer["taggings"], answer["pagination"]["total_entries"]) == ([], 0)
    assert control.ok("GET", "/taggings") == answer
    assert len(nexus.ok("GET", "/tags")["tags"]) == 1
    for method, path in (("DELETE", f"/taggings/{made}"), ("GET", f"/transactions/{transaction}/explain")):
        refused(control.send(method, path), 4040)


def test_a_transaction_that_a_partner_keeps_is_not_managed_by_its_user(world: World) -> None:
    nexus = world.user("held-and-tagged")
    control, partner = Control(nexus), Partner(world, "held-and-tagged")
    partner.member("m")
    partner.account("m", "a")
    guid = partner.transaction("m", "a", "t")["guid"]
    control.tagging(control.tag("Theirs"), guid)

    (tagging,) = nexus.ok("GET", "/taggings")["taggings"]
    assert tagging["member_is_managed_by_user"] is False
    assert control.explained(guid)["identity"] == {"kind": "partner", "provider_id": "t", "doubt": None}


def test_an_explanation_tells_an_edit_a_rule_and_what_is_below_them(nexus: Nexus, control: Control) -> None:
    found = posted(nexus, 5)
    guid, before = found["guid"], control.explained(found["guid"])
    assert before["description"]["value"] == found["description"]
    assert before["description"]["feed"] == found["original_description"]
    assert (before["category"]["guid"], before["category"]["name"]) == (found["category_guid"], found["category_name"])
    assert before["amount"]["value"] == found["amount"]

    rule = {"match_description": found["description"], "description": "By rule", "category_guid": GIFT}
    rule_guid = nexus.ok("POST", "/transaction_rules", {"transaction_rule": rule})["transaction_rule"]["guid"]
    ruled = control.explained(guid)
    assert ruled["rule"] == {"guid": rule_guid, "match_description": found["description"]}
    assert ruled["description"] == before["description"] | {"value": "By rule", "set_by": "USER", "rule": "By rule"}
    wanted = {"guid": GIFT, "name": "Gift", "set_by": "USER", "rule": GIFT}
    assert ruled["category"] == before["category"] | wanted

    said = {"description": "My words", "category_guid": GROCERIES, "date": "2026-05-20"}
    nexus.ok("PUT", f"/transactions/{guid}", {"transaction": said})
    edited = control.explained(guid)
    assert edited["description"] == ruled["description"] | {"value": "My words", "edit": "My words"}
    assert edited["category"]["edit"] == edited["category"]["guid"] == GROCERIES
    assert edited["date"] == before["date"] | {"value": "2026-05-20", "set_by": "USER", "edit": "2026-05-20"}

    nexus.ok("PUT", f"/transactions/{guid}", {"transaction": dict.fromkeys(said)})
    nexus.ok("DELETE", f"/transaction_rules/{rule_guid}")
    assert control.explained(guid) == before


def test_an_explanation_names_a_users_own_category(nexus: Nexus, control: Control) -> None:
    parent = category("Food & Dining")
    made = nexus.ok("POST", "/categories", {"category": {"name": "Cake", "parent_guid": parent}})["category"]["guid"]
    guid = posted(nexus, 6)["guid"]
    nexus.ok("PUT", f"/transactions/{guid}", {"transaction": {"category_guid": made}})

    assert control.explained(guid)["category"]["name"] == "Cake"


def test_what_nexus_says_of_who_set_a_value_is_what_is_explained(nexus: Nexus, control: Control) -> None:
    for shown in nexus.ok("GET", "/transactions?records_per_page=25")["transactions"]:
        told = control.explained(shown["guid"])
        for name in ("description", "category", "amount", "date"):
            assert told[name]["set_by"] == shown[f"{name}_set_by_name"], (name, shown["guid"])


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_the_user_of_another_client_is_not_there_and_not_harmed(world: World, control: Control, route: Any) -> None:
    """Another client's key opens none of this user's things, nor this client's key a user of the other's."""
    foreign, key = other_client(world, f"stranger-{ROUTES.index(route)}")
    before = world.rows("SELECT (SELECT count(*) FROM tags), (SELECT count(*) FROM taggings)")
    for user, used in ((control.user, key), (foreign, world.ready["api_key"])):
        named = {"tag_guid": "TAG-1", "tagging_guid": "TGN-1", "transaction_guid": "TRN-1", "member_guid": "MBR-1"}
        path = route.path.format(user_guid=user, **named)
        body = {"name": "x", "tag_guid": "x", "transaction_guid": "y"} if route.method == "POST" else None
        url = f"{world.url}/control{path}"
        answer = world.http.request(route.method, url, json=body, headers={"MD-API-KEY": used})
        assert refused(answer, 4040) == f"There is no user {user}."
    assert world.rows("SELECT (SELECT count(*) FROM tags), (SELECT count(*) FROM taggings)") == before


def test_a_rotated_key_opens_nothing_more(own_world: World) -> None:
    control = Control(own_world.nexus)
    key = own_world.unit(clients.rotate_key, own_world.ready["client_id"])

    refused(control.send("GET", "/tags"), 4010)
    assert control.send("GET", "/tags", headers={"MD-API-KEY": key}).json() == {"tags": []}


def test_a_body_that_is_too_large(control: Control) -> None:
    assert "larger than" in refused(control.send("POST", "/tags", {"name": "x" * (2 << 20)}), 4130)


@pytest.mark.parametrize("body", [[], {"tag": []}, {"tag": {"name": ["x"]}}, {"tag": {"name": "x" * 256}}])
def test_a_body_of_a_wrong_form_makes_no_tag(control: Control, body: Any) -> None:
    before = control.ok("GET", "/tags")
    refused(control.send("POST", "/tags", body), 4000, 4001)
    assert control.ok("GET", "/tags") == before


@pytest.mark.parametrize("guid", ["x" * 10_000, "%00", "'%20OR%201=1--", "%2F", "%F0%9F%98%80", "*"])
def test_a_strange_guid_is_not_there(control: Control, guid: str) -> None:
    for method, path in (("DELETE", f"/tags/{guid}"), ("DELETE", f"/taggings/{guid}")):
        refused(control.send(method, path), 4040)
    refused(control.send("GET", f"/transactions/{guid}/explain"), 4040)


def test_a_fault_of_our_own_is_told_as_one(own_world: World) -> None:
    control = Control(own_world.nexus)
    own_world.rows("ALTER TABLE tags RENAME TO no_tags")

    told = refused(control.send("GET", "/tags"), 5000)

    assert not [word for word in TELLTALES if word in told]

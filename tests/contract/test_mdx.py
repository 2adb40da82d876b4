"""What a partner keeps through MDX: how Nexus shows it, whose it is, and what random bodies do."""

from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.bad import counts, ids
from contract.partner_things import ACCOUNT, HOLDING, INVESTMENT, MEMBER, NUMBER, Partner
from contract.test_fuzz import FUZZ, JSON, TEXTS
from fanlight.api import xml
from fanlight.api.mdx import account_numbers, accounts, holdings, members, transactions, users
from fanlight.base.errors import Malformed
from fanlight.core import clients
from support.world import Nexus, World

XML = {"Accept": "application/json", "Content-Type": "application/vnd.moneydesktop.mdx.v5+xml"}
PNG = "data:image/png;base64,iVBORw0KGgo="


class Kept:
    """A user with one of everything."""

    def __init__(self, world: World, name: str) -> None:
        self.nexus = world.user(name)
        self.partner = Partner(world, name)
        self.member = self.partner.member("m")
        self.account = self.partner.account("m", "a", **INVESTMENT, account_number="4000123456")
        self.transaction = self.partner.transaction("m", "a", "t", check_image=PNG)
        self.holding = self.partner.below("m", "a", "holding", HOLDING | {"id": "h"})
        self.number = self.partner.below("m", "a", "account_number", NUMBER | {"id": "n"})


@pytest.fixture(scope="module")
def kept(world: World) -> Kept:
    return Kept(world, "kept")


PATHS = {
    "member": "/members/m",
    "account": "/members/m/accounts/a",
    "transaction": "/members/m/accounts/a/transactions/t",
    "holding": "/members/m/accounts/a/holdings/h",
    "account_number": "/members/m/accounts/a/account_numbers/n",
}
BODIES = {
    "": (users, "user"),
    PATHS["member"]: (members, "member"),
    PATHS["account"]: (accounts, "account"),
    PATHS["transaction"]: (transactions, "transaction"),
    PATHS["holding"]: (holdings, "holding"),
    PATHS["account_number"]: (account_numbers, "account_number"),
}


def test_nexus_shows_the_member_without_a_connection(kept: Kept) -> None:
    shown = kept.nexus.read(kept.member["guid"])

    assert (shown["connection_status"], shown["connection_status_id"], shown["connection_status_message"]) == (
        None,
    ) * 3
    assert (shown["name"], shown["metadata"]) == (MEMBER["name"], MEMBER["metadata"])
    assert shown["is_managed_by_user"] is False
    assert shown["is_being_aggregated"] is False


def test_nexus_shows_the_account_as_fed(kept: Kept) -> None:
    shown = kept.nexus.ok("GET", f"/accounts/{kept.account['guid']}")["account"]

    assert (shown["balance"], shown["feed_balance"], shown["balance_set_by_name"]) == (1200.5, 1200.5, "FEED")
    assert (shown["account_type_name"], shown["feed_account_subtype_name"]) == ("INVESTMENT", "BROKERAGE")
    assert shown["account_number"] == "******3456"
    assert (shown["external_guid"], shown["member_guid"]) == ("a", kept.member["guid"])


def test_nexus_shows_the_transaction_as_fed(kept: Kept) -> None:
    (shown,) = kept.nexus.ok("GET", f"/accounts/{kept.account['guid']}/transactions")["transactions"]

    assert shown["guid"] == kept.transaction["guid"]
    assert (shown["amount"], shown["feed_amount"], shown["transaction_type_name"]) == (12.34, 12.34, "DEBIT")
    assert (shown["status_name"], shown["date"], shown["posted_on"]) == ("POSTED", "2026-07-30", "2026-07-31")
    assert shown["external_guid"] == "t"


def test_a_date_on_mdx_is_a_moment_on_nexus(world: World, nexus: Nexus) -> None:
    partner = Partner(world, nexus.ok("GET", "/user")["user"]["external_guid"])
    partner.member("m")
    made = partner.account("m", "a", last_payment_on="2026-07-01", matures_at=1_798_761_600)

    shown = nexus.ok("GET", f"/accounts/{made['guid']}")["account"]

    assert shown["last_payment_at"] == shown["feed_last_payment_at"] == "2026-07-01T00:00:00+00:00"
    assert shown["matures_on"] == "2027-01-01"


def test_nothing_is_ever_aggregated_for_a_partner(world: World, kept: Kept) -> None:
    for path in (f"/members/{kept.member['guid']}/aggregate", "/members/aggregate"):
        kept.nexus.get(path)

    assert world.rows(
        "SELECT count(*) FROM jobs WHERE user_id = (SELECT id FROM users WHERE external_id = 'kept')"
    ) == [(0,)]


def test_a_member_of_a_partner_has_no_window(kept: Kept) -> None:
    refused = kept.nexus.get(f"/members/{kept.member['guid']}/oauth_window_uri")

    assert (refused.status_code, refused.json()["error"]["message"]) == (400, "Member cannot use OAuth")


def test_the_institution_of_a_client_is_hidden_and_made_once(world: World, kept: Kept) -> None:
    kept.partner.member("another")
    found = kept.nexus.ok("POST", "/institutions/search", {"institution": {"name": world.ready["client_id"]}})

    assert found["institutions"] == []
    assert world.rows("SELECT count(*) FROM institutions WHERE code LIKE 'held-%'") == [(1,)]


@pytest.mark.parametrize("kind", PATHS)
def test_what_was_read_can_be_written_back(kept: Kept, kind: str) -> None:
    """Both forms of a date are shown, and one alone is not null: a client may send back all that it got."""
    before = kept.partner.ok("GET", PATHS[kind])

    assert kept.partner.ok("PUT", PATHS[kind], {kind: before}) == before


@pytest.mark.parametrize("kind", PATHS)
def test_another_user_of_the_client_has_none_of_it(world: World, kept: Kept, kind: str) -> None:
    world.user(f"other-{kind}".replace("_", "-"))
    other = Partner(world, f"other-{kind}".replace("_", "-"))

    assert other.send("GET", PATHS[kind]).status_code == 404
    assert other.send("DELETE", PATHS[kind]).status_code == 404
    assert kept.partner.send("GET", PATHS[kind]).status_code == 200


def test_another_client_has_none_of_it(world: World, kept: Kept) -> None:
    _, key = world.unit(clients.create, "stranger", now=world.clock())
    url = f"{world.ready['mdx']}/stranger/users/kept{PATHS['account']}"

    assert world.http.get(url, headers={"MD-API-KEY": key}).status_code == 404
    assert kept.partner.send("GET", headers={"MD-API-KEY": key}).status_code == 401


def test_ids_may_be_used_again(world: World) -> None:
    kept = Kept(world, "again")
    for kind in ("transaction", "holding", "account_number", "account", "member"):
        assert kept.partner.send("DELETE", PATHS[kind]).status_code == 204
        assert kept.partner.send("GET", PATHS[kind]).status_code == 404

    assert kept.nexus.ok("GET", "/members")["members"] == kept.nexus.ok("GET", "/accounts")["accounts"] == []
    assert kept.nexus.ok("GET", "/transactions")["transactions"] == []
    fresh = kept.partner.member("m")
    assert fresh["guid"] != kept.member["guid"]
    assert kept.partner.account("m", "a")["guid"] != kept.account["guid"]
    assert kept.partner.transaction("m", "a", "t")["guid"] != kept.transaction["guid"]


def test_what_a_deleted_account_had_does_not_come_back(world: World, nexus: Nexus) -> None:
    partner = Partner(world, nexus.ok("GET", "/user")["user"]["external_guid"])
    partner.member("m")
    partner.account("m", "a")
    partner.transaction("m", "a", "t")
    assert partner.send("DELETE", PATHS["account"]).status_code == 204

    partner.account("m", "a")

    assert partner.send("GET", PATHS["transaction"]).status_code == 404
    assert nexus.ok("GET", "/transactions")["transactions"] == []


def test_a_number_keeps_its_guid_while_it_is_the_same(world: World, nexus: Nexus) -> None:
    partner = Partner(world, nexus.ok("GET", "/user")["user"]["external_guid"])
    partner.member("m")
    partner.account("m", "a")
    made = partner.below("m", "a", "account_number", NUMBER | {"id": "n"})

    same = partner.ok("PUT", PATHS["account_number"], {"account_number": {"account_number": NUMBER["account_number"]}})
    other = partner.ok("PUT", PATHS["account_number"], {"account_number": {"account_number": "77"}})

    assert same["guid"] == made["guid"] != other["guid"]


def test_the_numbers_of_an_account_change_and_go(world: World, nexus: Nexus) -> None:
    """The account's own number is sealed beside those that have an id."""
    partner = Partner(world, nexus.ok("GET", "/user")["user"]["external_guid"])
    partner.member("m")
    partner.account("m", "a", account_number="123456789", routing_number="011000015")
    partner.below("m", "a", "account_number", NUMBER | {"id": "n"})
    guid = partner.ok("GET", PATHS["account"])["guid"]

    def shown() -> list[str]:
        found = nexus.ok("GET", f"/accounts/{guid}/account_numbers")["account_numbers"]
        return sorted(number["account_number"] for number in found)

    assert shown() == ["123456789", NUMBER["account_number"]]
    assert partner.ok("PUT", PATHS["account"], {"account": {"account_number": "12"}})["account_number"] == "12"
    assert nexus.ok("GET", f"/accounts/{guid}")["account"]["account_number"] == "**"
    assert shown() == ["12", NUMBER["account_number"]]
    assert partner.ok("PUT", PATHS["account"], {"account": {"account_number": None}})["account_number"] is None
    assert shown() == [NUMBER["account_number"]]


def test_sessions_stay_when_a_user_gets_another_id(world: World) -> None:
    nexus = world.user("before")
    partner = Partner(world, "before")
    guid = partner.ok("GET")["guid"]

    assert partner.ok("PUT", "/remap_id.json", {"user": {"id": "after"}})["guid"] == guid

    assert nexus.ok("GET", "/user")["user"]["external_guid"] == "after"
    assert partner.send("GET").status_code == 404
    assert world.session(world.api_token("after"))
    world.user("before")
    assert partner.ok("GET")["guid"] != guid


def test_an_account_in_xml(world: World, nexus: Nexus) -> None:
    partner = Partner(world, nexus.ok("GET", "/user")["user"]["external_guid"])
    partner.member("m")
    fields = {"id": "a", **ACCOUNT, "is_closed": True, "day_payment_is_due": 3}
    body = xml.to_xml({"account": fields})

    answer = partner.send("POST", "/members/m/accounts.xml", content=body, headers={"Accept": ""})

    assert answer.headers["content-type"] == "application/vnd.moneydesktop.mdx.v5+xml"
    found = {child.tag: child.text for child in ET.fromstring(answer.content)}
    assert {name: found[name] for name in ("id", "balance", "is_closed", "day_payment_is_due", "nickname")} == {
        "id": "a",
        "balance": "1200.5",
        "is_closed": "true",
        "day_payment_is_due": "3",
        "nickname": None,
    }


DEEP = b"<a>" * 50 + b"</a>" * 50
LAUGHS = (
    b'<!DOCTYPE user [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "&%c;&%c;">' % (98 + n, 97 + n, 97 + n) for n in range(20))
    + b"]><user><id>&u;</id></user>"
)


@pytest.mark.parametrize(
    "body",
    ids(
        {
            "deep": DEEP,
            "many": b"<user>" + b"<id>a</id>" * 5000 + b"</user>",
            "laughs": LAUGHS,
            "a file": b'<!DOCTYPE u [<!ENTITY x SYSTEM "file:///etc/hostname">]><user><id>&x;</id></user>',
            "cut": b"<user><id>a</id>",
            "two roots": b"<user/><user/>",
            "an unknown encoding": b'<?xml version="1.0" encoding="nothing"?><user><id>a</id></user>',
            "not in its encoding": b"<user><id>\xff\xfe</id></user>",
            "a NUL": b"<user><id>a\0</id></user>",
        }
    ),
)
def test_xml_that_is_too_much_is_refused(world: World, kept: Kept, body: bytes) -> None:
    before = counts(world)

    refused = kept.partner.send("PUT", content=body, headers=XML)

    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "bad_request")
    assert "hostname" not in refused.text
    assert counts(world) == before


NAMES = st.sampled_from(["id", "name", "a", "b-c", "d_e"])
# Blanks around a text are the writer's, and what is no character in XML is left out.
VALUES = st.none() | st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@FUZZ
@given(fields=st.dictionaries(NAMES, VALUES, min_size=1))
def test_xml_that_was_written_is_read(fields: dict[str, str | None]) -> None:
    assert xml.read_xml(xml.to_xml({"user": fields})) == {"user": fields}


@FUZZ
@given(body=st.binary(max_size=60) | st.text("<>/ab&;!?[]\"'= ", max_size=60).map(str.encode))
def test_any_bytes_are_xml_or_refused(body: bytes) -> None:
    try:
        found = xml.read_xml(body)
    except Malformed:
        return
    assert isinstance(found, dict)


def _is_no_fault(response: httpx2.Response) -> None:
    assert response.status_code in (200, 400, 409, 422), response.text


@FUZZ
@given(data=st.data(), path=st.sampled_from(list(BODIES)))
def test_random_bodies_are_taken_or_refused(kept: Kept, data: st.DataObject, path: str) -> None:
    noun, root = BODIES[path]
    shape = users.UserBody if root == "user" else noun.Body
    names = st.sampled_from(shape.__struct_fields__) | TEXTS
    numbers = st.decimals() | st.integers() | st.sampled_from(["1e400", "-0", "2026-02-30", "2026-01-01", "1e-400"])
    fields = data.draw(st.dictionaries(names, JSON | numbers.map(str), max_size=6))
    if root == "user":
        fields.pop("is_disabled", None)

    _is_no_fault(kept.partner.send("PUT", path, data.draw(st.sampled_from([fields, {root: fields}]) | JSON)))

    assert kept.partner.send("GET", path).status_code == 200
    assert kept.nexus.get("/accounts").status_code == kept.nexus.get("/transactions").status_code == 200


LIMITS: dict[str, Any] = {
    "the image of a check": (
        "transaction",
        "check_image",
        "data:image/png;base64," + "A" * transactions.MAX_CHECK_IMAGE,
    ),
    "a description": ("transaction", "description", "d" * 1025),
    "metadata": ("account", "metadata", "m" * 8193),
}


@pytest.mark.parametrize(("kind", "field", "value"), LIMITS.values(), ids=list(LIMITS))
def test_texts_have_limits(kept: Kept, kind: str, field: str, value: str) -> None:
    before = kept.partner.ok("GET", PATHS[kind])

    assert kept.partner.send("PUT", PATHS[kind], {kind: {field: value}}).status_code == 422

    assert kept.partner.ok("GET", PATHS[kind]) == before


def test_the_largest_image_of_a_check_is_kept(kept: Kept) -> None:
    head = "data:image/png;base64,"
    image = head + "A" * (transactions.MAX_CHECK_IMAGE - len(head))

    assert kept.partner.ok("PUT", PATHS["transaction"], {"transaction": {"check_image": image}})["check_image"] == image
    assert kept.partner.ok("PUT", PATHS["transaction"], {"transaction": {"check_image": None}})["check_image"] is None


def test_a_posted_transaction_needs_its_date(world: World, nexus: Nexus) -> None:
    partner = Partner(world, nexus.ok("GET", "/user")["user"]["external_guid"])
    partner.member("m")
    partner.account("m", "a")
    pending = {"status": "PENDING", "posted_on": None}
    partner.transaction("m", "a", "t", **pending)
    path = PATHS["transaction"]

    assert partner.send("PUT", path, {"transaction": {"status": "POSTED"}}).status_code == 400
    posted = partner.ok("PUT", path, {"transaction": {"status": "POSTED", "posted_on": "2026-08-01"}})

    assert (posted["status"], posted["posted_on"]) == ("POSTED", "2026-08-01")
    (shown,) = nexus.ok("GET", "/transactions")["transactions"]
    assert (shown["status_name"], shown["feed_posted_on"]) == ("POSTED", "2026-08-01")

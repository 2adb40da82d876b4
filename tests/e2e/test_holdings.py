"""Holdings from an institution to a client: what is held, what a user says of it, and what comes, goes and returns."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from contract.partner_things import HOLDING, INVESTMENT, Partner
from support import logins
from support.world import Nexus, World

DAY = 86_400
Connect = Callable[[Nexus, str], dict[str, Any]]


def over_fdx(nexus: Nexus, username: str) -> dict[str, Any]:
    return nexus.connect(username)


def over_ofx(nexus: Nexus, username: str) -> dict[str, Any]:
    return logins.signed_in(nexus, username=username)


BOTH = pytest.mark.parametrize("connect", [over_fdx, over_ofx])


def held(nexus: Nexus, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = nexus.ok("GET", f"/holdings?records_per_page=1000{query}")["holdings"]
    return found


def by_symbol(nexus: Nexus) -> dict[str, dict[str, Any]]:
    return {each["symbol"]: each for each in held(nexus)}


def change(nexus: Nexus, guid: str, /, **fields: Any) -> dict[str, Any]:
    answer: dict[str, Any] = nexus.ok("PUT", f"/holdings/{guid}", {"holding": fields})["holding"]
    return answer


def brokerage(nexus: Nexus) -> dict[str, Any]:
    found: list[dict[str, Any]] = nexus.ok("GET", "/accounts")["accounts"]
    return next(each for each in found if each["account_type_name"] == "INVESTMENT")


@BOTH
def test_every_kind_of_holding_comes_with_its_figures(nexus: Nexus, connect: Connect) -> None:
    member = connect(nexus, "data_all_holdings")
    rows, account = held(nexus), brokerage(nexus)
    assert {(each["member_guid"], each["account_guid"]) for each in rows} == {(member["guid"], account["guid"])}
    found = {(each["description"], each["shares"]): each for each in rows}
    kinds = {each["holding_type_name"] for each in rows}
    assert {"EQUITY", "MUTUAL_FUND", "FIXED_INCOME", "OPTIONS"} <= kinds

    short = found["Plankton Motors Inc", -30]
    assert short["market_value"] < 0
    assert (short["cost_basis"], short["purchase_price"], short["currency_code"]) == (-660, 22, "USD")
    assert found["Quantum Textiles Inc", 0]["market_value"] == 0
    option = next(each for each in rows if each["holding_type_name"] == "OPTIONS")
    assert (option["symbol"], option["cost_basis"], option["shares"]) == ("TGSW", 580, 2)
    bond = next(each for each in rows if each["symbol"] == "FLT31")
    assert (bond["bond_coupon_rate"], bond["bond_maturity_date"], bond["cost_basis"]) == (4.12, "2031-06-15", 4900)
    assert {(each["shares"], each["cost_basis"]) for each in rows if each["symbol"] == "FLBAL"} == {(12, 600), (5, 270)}
    assert by_symbol(nexus)["FLBDX"]["allocations_us_bond"] == 91

    beside_cash = sum(Decimal(str(each["market_value"])) for each in rows if each["holding_type_name"] != "CASH")
    assert Decimal(str(account["holdings_value"])) == beside_cash
    total = account["holdings_value"] + account["cash_balance"]
    assert account["balance"] == account["total_account_value"] == pytest.approx(total)
    assert ("CASH" in kinds) == (connect is over_fdx)  # what OFX tells of cash holds what is swept


@BOTH
def test_an_edit_survives_and_is_taken_back(own_world: World, connect: Connect) -> None:
    nexus, clock = own_world.nexus, own_world.clock
    member = connect(nexus, "ada")
    before = by_symbol(nexus)["FLTMX"]
    guid, told = before["guid"], before["cost_basis"]
    assert before["cost_basis_updated_at"] == before["created_at"]
    clock.advance(60)
    edited = change(nexus, guid, cost_basis=777.125, currency_code="EUR", metadata="mine")
    assert edited["cost_basis_updated_at"] == edited["updated_at"] > before["updated_at"]
    clock.advance(30 * DAY)
    logins.renew(nexus)

    logins.again(nexus, member["guid"])

    after = by_symbol(nexus)["FLTMX"]
    assert (after["guid"], after["cost_basis"], after["cost_basis_set_by_name"]) == (guid, 777.125, "USER")
    assert (after["currency_code"], after["feed_currency_code"], after["metadata"]) == ("EUR", "USD", "mine")
    assert after["shares"] > before["shares"]
    assert after["feed_cost_basis"] > told
    assert after["cost_basis_updated_at"] == edited["cost_basis_updated_at"]
    clock.advance(60)
    cleared = change(nexus, guid, cost_basis=None, currency_code=None, metadata=None)
    assert (cleared["cost_basis"], cleared["cost_basis_set_by_name"]) == (after["feed_cost_basis"], "FEED")
    assert cleared["cost_basis_updated_at"] == cleared["updated_at"] > after["updated_at"]
    assert (cleared["currency_code"], cleared["metadata"]) == ("USD", None)


def test_what_is_sent_back_as_it_was_read_is_no_edit(nexus: Nexus) -> None:
    nexus.connect("ada")
    for before in held(nexus):
        assert change(nexus, before["guid"], **before) == before


@pytest.mark.parametrize(
    ("name", "literal"),
    [
        ("cost_basis", "1e999999"),
        ("cost_basis", "9" * 30),
        ("cost_basis", '"NaN"'),
        ("cost_basis", '"much"'),
        ("cost_basis", "1e-7"),
        ("cost_basis", "true"),
        ("currency_code", '"dollars"'),
        ("currency_code", "840"),
        ("metadata", "7"),
        ("metadata", f'"{"m" * 8193}"'),
        ("skip_webhook", '"perhaps"'),
    ],
)
def test_a_bad_value_is_refused_by_its_name_and_nothing_is_kept(nexus: Nexus, name: str, literal: str) -> None:
    nexus.connect("ada")
    before = held(nexus)[0]
    good = {"cost_basis": "1", "currency_code": '"CAD"', "metadata": '"m"'} | {name: literal}
    body = ", ".join(f'"{field}": {value}' for field, value in good.items())
    refused = nexus.send("PUT", f"/holdings/{before['guid']}", content=f'{{"holding": {{{body}}}}}'.encode())
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 4000)
    assert refused.json()["error"]["message"].startswith((f"{name} ", f"{name}:"))
    assert held(nexus)[0] == before


@BOTH
def test_the_same_again_changes_nothing(nexus: Nexus, connect: Connect) -> None:
    member = connect(nexus, "data_all_holdings")
    before = held(nexus)
    logins.again(nexus, member["guid"])
    assert held(nexus) == before


@BOTH
def test_a_position_that_vanishes_is_gone_and_returns_as_it_was(own_world: World, connect: Connect) -> None:
    nexus, clock = own_world.nexus, own_world.clock
    clock.advance(clock() // DAY % 2 * DAY)  # to a day on which everything is there
    logins.renew(nexus)
    member = connect(nexus, "data_moving_holding")
    before = held(nexus)
    moving = before[-1]["guid"]
    change(nexus, moving, cost_basis=5)

    def next_day() -> list[dict[str, Any]]:
        clock.advance(DAY)
        logins.renew(nexus)
        logins.again(nexus, member["guid"])
        return held(nexus)

    assert [each["guid"] for each in next_day()] == [each["guid"] for each in before[:-1]]
    assert nexus.get(f"/holdings/{moving}").status_code == 404
    assert nexus.send("PUT", f"/holdings/{moving}", {"holding": {"cost_basis": 6}}).status_code == 404
    back = next_day()
    assert [each["guid"] for each in back] == [each["guid"] for each in before]
    assert (back[-1]["cost_basis"], back[-1]["deleted_at"]) == (5, None)

    next_day()
    clock.advance(15 * DAY)
    own_world.run(own_world.runtime.sweep())
    assert own_world.rows("SELECT count(*) FROM holdings WHERE guid = ?", moving) == [(0,)]
    clock.advance(clock() // DAY % 2 * DAY)
    logins.renew(nexus)
    logins.again(nexus, member["guid"])
    again = held(nexus)
    assert len(again) == len(before)
    assert moving not in {each["guid"] for each in again}


def test_a_renewed_consent_with_new_ids_doubles_nothing(nexus: Nexus) -> None:
    member = nexus.connect("data_new_holding_ids")
    before = held(nexus)
    change(nexus, before[0]["guid"], cost_basis=5)
    nexus.world.walk(nexus.window(member["guid"]), "data_new_holding_ids")
    nexus.settled(member["guid"])

    after = held(nexus)

    assert [each["guid"] for each in after] == [each["guid"] for each in before]
    assert not {each["external_guid"] for each in after} & {each["external_guid"] for each in before}
    assert after[0]["cost_basis"] == 5


@BOTH
def test_a_holding_with_absurd_numbers_is_left_out_alone(nexus: Nexus, connect: Connect) -> None:
    member = connect(nexus, "data_bad_holding")
    assert member["connection_status"] == "CONNECTED"
    assert logins.job(nexus, member)["status_name"] == "COMPLETED"
    assert "FLTMX" not in by_symbol(nexus)
    assert {"FLINX", "FLBDX"} < by_symbol(nexus).keys()
    assert brokerage(nexus)["holdings_value"] is not None
    assert nexus.ok("GET", f"/members/{member['guid']}/transactions")["transactions"]


@pytest.mark.parametrize("place", ["query", "body"])
def test_holdings_come_where_they_are_wanted(own_world: World, place: str) -> None:
    nexus = own_world.nexus
    guid = logins.sign_in(nexus, skip_aggregation=True)["guid"]

    def aggregate(what: str, **flags: bool) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={str(value).lower()}" for name, value in flags.items())
        path = f"/members/{guid}/{what}"
        nexus.ok("POST", f"{path}?{query}" if place == "query" else path, None if place == "query" else flags)
        logins.rested(nexus, guid)
        return held(nexus)

    assert aggregate("aggregate", include_holdings=False) == []
    assert brokerage(nexus)["holdings_value"] > 0
    assert nexus.ok("GET", "/transactions")["transactions"]
    assert aggregate("verify") == []
    assert aggregate("check_balance") == []
    before = aggregate("aggregate", include_transactions=False)
    assert len(before) >= 4
    own_world.clock.advance(DAY)
    logins.renew(nexus)
    assert aggregate("refresh", include_holdings=False) == before
    assert aggregate("verify", include_holdings=True) != before


def test_holdings_of_all_members_come_where_they_are_wanted(nexus: Nexus) -> None:
    guid = logins.sign_in(nexus, skip_aggregation=True)["guid"]
    nexus.ok("POST", "/members/aggregate?include_holdings=false")
    logins.rested(nexus, guid)
    assert held(nexus) == []
    nexus.ok("POST", "/members/aggregate")
    logins.rested(nexus, guid)
    assert held(nexus) != []


def test_nobody_sees_the_holdings_of_others(nexus: Nexus) -> None:
    nexus.connect("ada")
    guid = held(nexus)[0]["guid"]
    stranger = nexus.world.user("stranger-to-holdings")
    assert held(stranger) == []
    assert held(stranger, f"&account_guid={brokerage(nexus)['guid']}") == []
    assert stranger.get(f"/holdings/{guid}").status_code == 404
    assert stranger.send("PUT", f"/holdings/{guid}", {"holding": {"cost_basis": 1}}).status_code == 404
    assert nexus.ok("GET", f"/holdings/{guid}")["holding"]["cost_basis_set_by"] == 1


@pytest.mark.parametrize("use_cases", [["MONEY_MOVEMENT"], []])
def test_a_member_that_is_not_for_pfm_shows_no_holdings(nexus: Nexus, use_cases: list[str]) -> None:
    member = nexus.connect("ada")
    found = held(nexus)
    path = f"/members/{member['guid']}"
    nexus.ok("PUT", path, {"member": {"use_cases": use_cases}})
    assert held(nexus) == []
    assert nexus.get(f"/holdings/{found[0]['guid']}").status_code == 404
    nexus.ok("PUT", path, {"member": {"use_cases": ["MONEY_MOVEMENT", "PFM"]}})
    assert held(nexus) == found


def test_with_a_member_its_holdings_go(nexus: Nexus) -> None:
    member = nexus.connect("ada")
    other = logins.signed_in(nexus)
    kept = held(nexus, f"&member_guid={other['guid']}")
    assert len(held(nexus)) > len(kept) > 0
    nexus.ok("DELETE", f"/members/{member['guid']}")
    assert held(nexus) == kept


def test_what_a_partner_holds_is_listed_and_edited(own_world: World) -> None:
    nexus, partner = own_world.user("held"), Partner(own_world, "held")
    partner.member("m")
    partner.account("m", "a", **INVESTMENT)
    partner.below("m", "a", "holding", HOLDING | {"id": "h", "cost_basis": 90, "isin": "US99F1A01020"})
    (shown,) = held(nexus)
    assert (shown["external_guid"], shown["cost_basis"], shown["cost_basis_set_by_name"]) == ("h", 90, "FEED")
    assert (shown["isin"], shown["feed_isin"]) == ("US99F1A01020", "US99F1A01020")
    own_world.clock.advance(60)
    change(nexus, shown["guid"], cost_basis=80)

    path = "/members/m/accounts/a/holdings/h.json"
    partner.ok("PUT", path, {"holding": {"cost_basis": 95, "shares": 3}})

    (after,) = held(nexus)
    assert (after["guid"], after["shares"], after["cost_basis"], after["feed_cost_basis"]) == (shown["guid"], 3, 80, 95)
    assert after["cost_basis_updated_at"] > shown["cost_basis_updated_at"]
    assert partner.ok("GET", path)["cost_basis"] == 95
    assert partner.send("DELETE", path).status_code == 204
    assert held(nexus) == []
    assert nexus.get(f"/holdings/{shown['guid']}").status_code == 404

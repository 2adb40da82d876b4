"""What OFX shows of the world: the same accounts, balances and movements that FDX would show of the same person."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import httpx2 as httpx
import pytest

from bank.customer import BASE, NOW, Customer, new_bank, run
from bank.ofx_client import ACCOUNTS, SGML, XML, YEARS, Ofx, between, code, ofx, tag, text_of, wrapped
from fanlight.bank import OFX_BRANDS
from fanlight.bank.brands import BRANDS, Brand, ofx_brand
from fanlight.bank.fdx.shapes import Account
from fanlight.bank.fdx.translate import detailed, transaction
from fanlight.bank.ofx.faults import OFX_USERS
from fanlight.bank.world.people import CARD, CHECKING, INVESTMENT, SAVINGS
from fanlight.bank.world.world import World
from fanlight.base.clock import DAY

both = pytest.mark.parametrize("version", [SGML, XML])
LONG_AGO = NOW - 730 * DAY
TIPPER = "user11"  # has a tip to add to what is pending
STATEMENTS = {
    CHECKING: ("BANK", "STMT", "BANKACCTFROM", "CHECKING"),
    SAVINGS: ("BANK", "STMT", "BANKACCTFROM", "SAVINGS"),
    CARD: ("CREDITCARD", "CCSTMT", "CCACCTFROM", ""),
    INVESTMENT: ("INVSTMT", "INVSTMT", "INVACCTFROM", ""),
}
POSITIONS = tag("INCOO", "N") + tag("INCPOS", tag("INCLUDE", "Y")) + tag("INCBAL", "Y")


async def statement(user: Ofx, role: str, *content: str) -> ET.Element:
    """The statement's whole document; what the account is called is looked up first."""
    message_set, name, from_, kind = STATEMENTS[role]
    return await user.send(wrapped(message_set, name, await user.account_from(from_, kind), *content))


async def asked(user: Ofx, role: str, *content: str) -> ET.Element:
    message_set, name, *_ = STATEMENTS[role]
    found = (await statement(user, role, *content)).find(f"{message_set}MSGSRSV1/{name}TRNRS")
    assert found is not None
    return found


def seconds(text: str | None) -> int:
    assert text is not None
    assert text.endswith(".000[0:GMT]")
    return int(dt.datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC).timestamp())


def of_fdx(role: str, username: str = "mxuser", brand: str = "mxbank") -> tuple[Account, list[dict[str, Any]]]:
    """The account as FDX has it, and two years of its transactions; in OFX a pending one has no category."""
    world = World(1, BRANDS)
    ledger = world.ledger(brand, username)
    account = next(each for each in ledger.household.person.accounts if each.role == role)
    entries = ledger.entries(role, LONG_AGO, NOW, NOW)
    shown = [transaction(account, entry) for entry in entries]
    signed = [
        {
            "id": each.transaction_id,
            "pending": each.status == "PENDING",
            "amount": -each.amount if each.debit_credit_memo == "DEBIT" else each.amount,
            "description": each.description,
            "mcc": None if each.status == "PENDING" else each.category,
        }
        for each in shown
    ]
    return detailed(account, ledger, world.market, NOW), signed


def of_ofx(found: ET.Element) -> list[dict[str, Any]]:
    """The transactions of a statement in the same form."""
    return [
        {
            "id": each.findtext("FITID") or each.findtext("REFNUM"),
            "pending": each.tag == "STMTTRNP",
            "amount": Decimal(text_of(each, "TRNAMT")),
            "description": text_of(each, "NAME"),
            "whole": each.findtext("MEMO"),
            "mcc": each.findtext("SIC"),
        }
        for name in ("STMTTRN", "STMTTRNP")
        for each in found.iter(name)
    ]


@both
@pytest.mark.parametrize("role", [CHECKING, SAVINGS, CARD])
def test_statements_agree_with_fdx(role: str, version: str) -> None:
    async def story(user: Ofx) -> ET.Element:
        return await asked(user, role, between(*YEARS))

    found, (account, expected) = ofx(story, version=version), of_fdx(role)
    if version == SGML:  # pending transactions came with 2.2
        assert not list(found.iter("BANKTRANLISTP"))
        expected = [each for each in expected if not each["pending"]]
    mine = {each.pop("id"): each for each in of_ofx(found)}
    assert len(mine) == len(expected) > 40
    for theirs in expected:
        ours, whole = mine[theirs.pop("id")], theirs["description"]
        memo = ours.pop("whole")
        assert memo == whole or ours["description"] == whole
        assert ours == theirs | {"description": whole[:32].strip()}
    ledger, available = (Decimal(text_of(next(found.iter(name)), "BALAMT")) for name in ("LEDGERBAL", "AVAILBAL"))
    if role == CARD:
        assert (-ledger, available) == (account.current_balance, account.available_credit)
    else:
        assert (ledger, available) == (account.current_balance, account.available_balance)
    assert seconds(next(found.iter("LEDGERBAL")).findtext("DTASOF")) == NOW


@both
def test_investments_agree_with_fdx(version: str) -> None:
    async def story(user: Ofx) -> ET.Element:
        return await statement(user, INVESTMENT, between(*YEARS), POSITIONS)

    found, (account, expected) = ofx(story, version=version), of_fdx(INVESTMENT)
    assert [each.tag for each in found] == ["SIGNONMSGSRSV1", "INVSTMTMSGSRSV1", "SECLISTMSGSRSV1"]
    held = {text_of(each, "SECID/UNIQUEID"): each for each in found.iter("INVPOS")}
    assert account.holdings is not None
    assert held.keys() == {each.security_ids[0].id for each in account.holdings}
    for holding in account.holdings:
        mine = held[holding.security_ids[0].id]
        assert Decimal(text_of(mine, "UNITS")) == holding.units
        assert Decimal(text_of(mine, "UNITPRICE")) == holding.current_unit_price
        assert Decimal(text_of(mine, "MKTVAL")) == holding.market_value
    assert Decimal(text_of(next(found.iter("INVBAL")), "AVAILCASH")) == account.available_cash_balance
    listed = {text_of(each, "SECID/UNIQUEID"): text_of(each, "TICKER") for each in found.iter("SECINFO")}
    assert {each.security_ids[0].id: each.symbol for each in account.holdings} == listed
    ids = [text_of(each, "FITID") for name in ("INVTRAN", "STMTTRN") for each in found.iter(name)]
    amounts = [Decimal(each.text or "") for name in ("TOTAL", "TRNAMT") for each in found.iter(name)]
    assert Counter(ids) == Counter(each["id"] for each in expected)
    assert Counter(amounts) == Counter(each["amount"] for each in expected)
    kinds = {each.tag for each in next(found.iter("INVTRANLIST"))}
    assert kinds == {"DTSTART", "DTEND", "BUYMF", "BUYSTOCK", "INCOME", "INVBANKTRAN"}


def test_an_investment_statement_holds_what_was_asked_for() -> None:
    async def story(user: Ofx) -> list[ET.Element]:
        nothing = tag("INCPOS", tag("INCLUDE", "N")) + tag("INCBAL", "N")
        return [await asked(user, INVESTMENT, content) for content in ("", between("", "", "N") + nothing)]

    for found in ofx(story):
        assert code(found, ".") == 0
        assert [each.tag for each in found.findall("INVSTMTRS/*")] == ["DTASOF", "CURDEF", "INVACCTFROM"]


@both
def test_the_account_list(version: str) -> None:
    async def story(user: Ofx) -> list[ET.Element]:
        return await user.accounts()

    found = ofx(story, version=version)
    person = World(1, BRANDS).person("mxbank", "mxuser")
    shown = [each for each in person.accounts if each.role in STATEMENTS]
    assert [text_of(each, "DESC") for each in found] == [each.nickname for each in shown]
    assert [each.findtext(".//ACCTID") for each in found] == [each.number for each in shown]
    assert [each[1].tag for each in found] == ["BANKACCTINFO", "BANKACCTINFO", "CCACCTINFO", "INVACCTINFO"]
    assert {each.findtext(".//SVCSTATUS") for each in found} == {"ACTIVE"}
    numbers = {each.text for account in found for name in ("BANKID", "BROKERID") for each in account.iter(name)}
    assert numbers == {person.brand.routing_number}


def test_fitids_are_stable_and_pending_ones_are_replaced() -> None:
    bank, clock = new_bank()

    async def story(user: Ofx) -> None:
        def split(found: ET.Element) -> tuple[set[str], set[str]]:
            rows = of_ofx(found)
            return {each["id"] for each in rows if not each["pending"]}, {
                each["id"] for each in rows if each["pending"]
            }

        posted, pending = split(await asked(user, CARD, between("20261001", "")))
        assert pending
        clock.advance(5 * DAY)
        later, still = split(await asked(user, CARD, between("20261001", "")))
        assert posted < later
        assert not pending & (later | still)

    ofx(story, bank)


def test_a_pending_amount_has_no_tip_yet() -> None:
    async def story(user: Ofx) -> ET.Element:
        return await asked(user, CARD, between("20261101", ""))

    ledger = World(1, BRANDS).ledger("mxbank", TIPPER)
    held = {each.id: each.movement for each in ledger.entries(CARD, LONG_AGO, NOW, NOW) if each.pending}
    assert any(-each.cents > each.held for each in held.values())
    shown = {each["id"]: each["amount"] for each in of_ofx(ofx(story, username=TIPPER)) if each["pending"]}
    assert shown == {id_: Decimal(-each.held).scaleb(-2) for id_, each in held.items()}


def test_balances_without_transactions() -> None:
    async def story(user: Ofx) -> list[ET.Element]:
        return [await asked(user, CHECKING, content) for content in ("", between("20261101", "20261124", "N"))]

    for found in ofx(story):
        assert [each.tag for each in found.findall("STMTRS/*")] == ["CURDEF", "BANKACCTFROM", "LEDGERBAL", "AVAILBAL"]


def test_pending_transactions_can_be_declined() -> None:
    async def story(user: Ofx, answer: str) -> ET.Element:
        return await asked(user, CARD, between("20261101", ""), tag("INCLUDEPENDING", answer))

    found = {answer: ofx(lambda user, given=answer: story(user, given)) for answer in ("Y", "N")}  # type: ignore[misc]
    assert list(found["Y"].iter("STMTTRNP"))
    assert not list(found["N"].iter("BANKTRANLISTP"))


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        ("20261101", "20261107", "2026-11-01T00:00:00", "2026-11-07T23:59:59"),
        ("20261101120000", "20261107120000.000[-5:EST]", "2026-11-01T12:00:00", "2026-11-07T17:00:00"),
        ("202611010900[+5.50]", "20261107120000[0:GMT]", "2026-11-01T03:30:00", "2026-11-07T12:00:00"),
        ("", "20241130", "2024-11-23T00:00:00", "2024-11-30T23:59:59"),
        ("20000101", "20241130", "2024-11-23T00:00:00", "2024-11-30T23:59:59"),
        ("20261120", "", "2026-11-20T00:00:00", "2026-11-24T12:00:00"),
        ("20261120", "99991231", "2026-11-20T00:00:00", "2026-11-24T12:00:00"),
    ],
)
def test_spans(start: str, end: str, first: str, last: str) -> None:
    async def story(user: Ofx) -> ET.Element:
        return await asked(user, CHECKING, between(start, end))

    found = ofx(story)
    bounds = [int(dt.datetime.fromisoformat(f"{text}+00:00").timestamp()) for text in (first, last)]
    shown = next(found.iter("BANKTRANLIST"))
    assert [seconds(shown.findtext("DTSTART")), seconds(shown.findtext("DTEND"))] == bounds
    ledger = World(1, BRANDS).ledger("mxbank", "mxuser")
    expected = [each.id for each in ledger.entries(CHECKING, bounds[0], bounds[1], NOW) if not each.pending]
    assert [text_of(each, "FITID") for each in shown.iter("STMTTRN")] == expected
    assert expected
    times = [seconds(each.findtext("DTPOSTED")) for each in shown.iter("STMTTRN")]
    assert all(later >= earlier for later, earlier in pairwise(times))


@pytest.mark.parametrize(("start", "end"), [("20261201", ""), ("20270101", "20270201"), ("19700101", "20000101")])
def test_spans_with_nothing_in_them(start: str, end: str) -> None:
    async def story(user: Ofx) -> ET.Element:
        return await asked(user, CHECKING, between(start, end))

    found = ofx(story)
    assert code(found, ".") == (2027 if not end else 0)  # from next week until now is no span
    assert not list(found.iter("STMTTRN"))


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (between("20261107", "20261101"), 2027),
        (between("yesterday", ""), 2020),
        (between("", "20261301"), 2020),
        (between("20260230", ""), 2020),
        (between("20261101[+25:XXX]", ""), 2020),
        (between("00010101[14:XXX]", "00000000"), 2020),
        (between("2026-11-01", ""), 2020),
        (between("\u0662" * 8, ""), 2020),
        (between("", "", "X"), 2000),
        (between("", "") + tag("INCLUDEPENDING", "maybe"), 2000),
    ],
)
def test_bad_spans(content: str, status: int) -> None:
    async def story(user: Ofx) -> ET.Element:
        return await asked(user, CHECKING, content)

    found = ofx(story)
    assert code(found, ".") == status
    assert found.findtext("STATUS/SEVERITY") == "ERROR"
    assert found.find("STMTRS") is None


def test_other_peoples_accounts_are_not_there() -> None:
    async def theirs(user: Ofx) -> dict[str, str]:
        return {role: await user.account_from(from_, kind) for role, (_, _, from_, kind) in STATEMENTS.items()}

    others = ofx(theirs, username="bob")

    async def story(user: Ofx) -> list[int]:
        found = []
        mine = await user.account_from("BANKACCTFROM", "CHECKING")
        tries = {CHECKING: [others[CHECKING], "", mine.replace("CHECKING", "SAVINGS"), mine.replace("1900", "1901")]}
        for role, (message_set, name, *_) in STATEMENTS.items():
            for named in tries.get(role, [others[role], ""]):
                answer = await user.send(wrapped(message_set, name, named, between("", "")))
                found.append(code(answer, f"{message_set}MSGSRSV1/{name}TRNRS"))
        return found

    assert ofx(story) == [2003] * 10


def test_brands() -> None:
    async def story(user: Ofx) -> tuple[str, ...]:
        found = await user.send(ACCOUNTS)
        return tuple(text_of(found, path) for path in (".//FI/ORG", ".//FI/FID", ".//CCACCTFROM/ACCTID"))

    codes = ("mxbank", "mxcu_credential", "sim-harbor-trust", "sim-harbor-trusu", f"sim-{'z' * 60}")
    found = [ofx(story, brand=each) for each in codes]
    assert [each[0] for each in found[:4]] == ["MX Bank", "MXCU (Credential)", "Harbor Trust", "Harbor Trusu"]
    assert len({each[1] for each in found}) == len({each[2] for each in found}) == len(codes)
    assert found == [ofx(story, brand=each) for each in codes]


@pytest.mark.parametrize("brand", [*OFX_BRANDS, *(ofx_brand(f"sim-{number}") for number in range(40))])
def test_routing_numbers(brand: Brand) -> None:
    weights = (3, 7, 1) * 3
    assert brand.routing_number.startswith("19")
    assert sum(int(digit) * weight for digit, weight in zip(brand.routing_number, weights, strict=True)) % 10 == 0


def test_each_kind_of_brand_has_its_own_doors() -> None:
    async def story(customer: Customer) -> None:
        for path in ("mx_bank_oauth/ofx", "nobody/ofx", "sim-/ofx", "sim-UPPER/ofx", f"sim-{'a' * 61}/ofx"):
            response = await customer.app.post(f"{BASE}/{path}", content=b"")
            assert response.status_code == 404
            assert response.headers["content-type"].startswith("text/plain")
        for path in (".well-known/openid-configuration", "test-users", "oauth/authorize", "fdx/v6/accounts"):
            assert (await customer.app.get(f"{BASE}/mxbank/{path}")).status_code == 404
        refused = await customer.app.get(f"{BASE}/mxbank/ofx")
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")

    run(story)


def faulty(username: str, *sets: str) -> httpx.Response:
    bank, _ = new_bank()
    bank.behavior.slow_seconds, bank.behavior.huge_bytes = 0, 200_000

    async def story(user: Ofx) -> httpx.Response:
        return await user.raw(*sets)

    return ofx(story, bank, username=username)


def test_special_users() -> None:
    unavailable = faulty("data_unavailable", ACCOUNTS)
    assert (unavailable.status_code, unavailable.headers["content-type"]) == (503, "text/plain; charset=utf-8")
    with pytest.raises(ET.ParseError):
        ET.fromstring(faulty("data_garbage", ACCOUNTS).content)
    huge = faulty("data_huge", ACCOUNTS)
    assert len(huge.content) >= 200_000
    assert "content-length" not in huge.headers
    assert "ACCTINFORS" in faulty("data_slow", ACCOUNTS).text
    assert "ACCTINFO>" not in faulty("data_no_accounts", ACCOUNTS).text
    assert "DTACCTUP" in faulty("data_no_accounts", ACCOUNTS).text


@pytest.mark.parametrize("username", [user.name for user in OFX_USERS])
def test_special_users_sign_on_as_others_do(username: str) -> None:
    response = faulty(username)
    assert (response.status_code, code(ET.fromstring(response.content))) == (200, 0)


def test_one_bad_account() -> None:
    async def story(user: Ofx) -> dict[str, int]:
        return {role: code(await asked(user, role, between(*YEARS)), ".") for role in STATEMENTS}

    found = ofx(story, username="data_one_bad_account")
    assert found == {CHECKING: 0, SAVINGS: 0, CARD: 2000, INVESTMENT: 0}

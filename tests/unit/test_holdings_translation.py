"""Holdings of FDX and OFX in the port's words: every kind of them, and numbers that are none."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.institutions import securities
from fanlight.institutions.answers import Saying
from fanlight.institutions.fdx import holdings as fdx
from fanlight.institutions.fdx import translate
from fanlight.institutions.ofx import holdings as ofx
from fanlight.institutions.ofx.document import Element
from fanlight.institutions.port import MAX_HOLDINGS, FeedHolding, Positions
from unit.ofx_xml import part, says

STOCK: dict[str, Any] = {
    "holdingId": "h1",
    "securityIds": [{"id": "99K2D1109", "idType": "CUSIP"}],
    "holdingName": "Kelp & Kin",
    "holdingType": "STOCK",
    "symbol": "KELP",
    "units": Decimal("12.5"),
    "currentUnitPrice": Decimal(40),
    "marketValue": Decimal(500),
}
BAD_NUMBERS = ["NaN", "Infinity", "1e400", "9" * 30, "much", True, [1], {"a": 1}, Decimal("1E+999999"), "1_0", "٣"]


def of_fdx(**changes: Any) -> FeedHolding:
    return fdx.holding({name: value for name, value in (STOCK | changes).items() if value is not None}, "USD")


def test_a_stock_of_fdx() -> None:
    found = of_fdx(costBasis="450.00", changeInPrice=-1)
    assert (found.provider_id, found.cusip, found.isin, found.symbol) == ("h1", "99K2D1109", None, "KELP")
    assert (found.shares, found.market_value, found.cost_basis) == (Decimal("12.5"), Decimal(500), Decimal(450))
    assert (found.purchase_price, found.daily_change) == (Decimal(36), Decimal(-1))
    assert (found.holding_type, found.currency_code, found.description) == (securities.EQUITY, "USD", "Kelp & Kin")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"holdingType": "MUTUALFUND"}, 4),
        ({"holdingType": "ETF"}, 2),
        ({"holdingType": "BOND"}, 9),
        ({"holdingType": "CD"}, 12),
        ({"holdingType": "OPTION"}, 10),
        ({"holdingType": "ANNUITY"}, 6),
        ({"holdingType": "DIGITALASSET"}, 11),
        ({"holdingType": "SPACESHIP"}, 0),
        ({"holdingType": None}, 0),
        ({"holdingType": "OTHER", "holdingSubType": "CASH"}, 8),
        ({"holdingType": "MUTUALFUND", "holdingSubType": "MONEYMARKET"}, 3),
        ({"holdingType": "OTHER", "cashAccount": True}, 8),
        ({"holdingType": "MUTUALFUND", "holdingSubType": "MONEYMARKET", "cashAccount": True}, 3),
    ],
)
def test_types_of_fdx(fields: dict[str, Any], expected: int) -> None:
    assert of_fdx(**fields).holding_type == expected


@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_owed_is_below_zero_however_it_is_told(sign: int) -> None:
    found = of_fdx(positionType="SHORT", units=sign * 3, marketValue=str(sign * 120), purchasedPrice=50)
    assert (found.shares, found.market_value, found.cost_basis) == (Decimal(-3), Decimal(-120), Decimal(-150))


@pytest.mark.parametrize(
    ("fields", "cost", "price"),
    [
        ({}, None, None),
        ({"purchasedPrice": 30}, 375, 30),
        ({"averageCost": 30}, 375, 30),
        ({"costBasis": 375}, 375, 30),
        ({"costBasis": 1, "purchasedPrice": 30}, 1, 30),
        ({"taxLots": [{"costBasis": 200}, {"costBasis": "175"}]}, 375, 30),
        ({"taxLots": [{"costBasis": 200}, {}]}, None, None),
        ({"units": 0, "costBasis": 0}, 0, None),
        ({"units": None, "costBasis": 5}, 5, None),
        ({"holdingType": "OPTION", "purchasedPrice": 3}, None, 3),
        ({"holdingType": "BOND", "purchasedPrice": 98, "costBasis": 4900}, 4900, 98),
    ],
)
def test_what_it_cost_in_fdx(fields: dict[str, Any], cost: int | None, price: int | None) -> None:
    found = of_fdx(**fields)
    assert (found.cost_basis, found.purchase_price) == (
        None if cost is None else Decimal(cost),
        None if price is None else Decimal(price),
    )


def test_a_bond_and_an_option_of_fdx() -> None:
    debt = {"couponRate": "4.125", "bondMaturityDate": "2031-06-15"}
    bond = of_fdx(holdingType="BOND", debtSecurity=debt, securityIds=[{"id": "US99K2D11090", "idType": "ISIN"}])
    assert (bond.bond_coupon_rate, bond.bond_maturity_date) == (Decimal("4.125"), date(2031, 6, 15))
    assert (bond.isin, bond.cusip) == ("US99K2D11090", None)
    option = {"optionType": "CALL", "strikePrice": "250.00", "expireDate": "2027-06-18"}
    assert of_fdx(holdingType="OPTION", optionSecurity=option).terms == "CALL 250 2027-06-18"


def test_a_value_that_is_not_told_is_units_at_their_price() -> None:
    assert of_fdx(marketValue=None).market_value == Decimal(500)
    assert of_fdx(marketValue=None, holdingType="BOND").market_value is None


@pytest.mark.parametrize(
    ("portions", "expected"),
    [
        ([("LARGESTOCK", 60), ("SMALLSTOCK", 15), ("DOMESTICBOND", 25)], {"us_stock": 75, "us_bond": 25}),
        ([("INTLSTOCK", "97.5"), ("MONEYMARKET", "2.5")], {"foreign_stock": "97.5", "cash": "2.5"}),
        ([("INTLBOND", 50)], {"foreign_bond": 50, "unknown": 50}),
        ([("OTHER", 99.5)], {"other": "99.5"}),
        ([("MOONROCK", 100)], {"unknown": 100}),
        ([("LARGESTOCK", 80), ("OTHER", 80)], {}),
        ([("LARGESTOCK", -1)], {}),
        ([("LARGESTOCK", "NaN")], {}),
        ([("LARGESTOCK", None)], {}),
        ([], {}),
    ],
)
def test_what_it_is_divided_into(portions: list[tuple[str, Any]], expected: dict[str, Any]) -> None:
    classes = [{"assetClass": name, "percent": percent} for name, percent in portions]
    found = of_fdx(assetClasses=classes)
    names = [name for name in FeedHolding.__struct_fields__ if name.startswith("allocations_")]
    told = {name.removeprefix("allocations_"): getattr(found, name) for name in names}
    assert {name: value for name, value in told.items() if value is not None} == {
        name: Decimal(value) for name, value in expected.items()
    }


@pytest.mark.parametrize("name", ["units", "marketValue", "purchasedPrice", "costBasis", "changeInPrice"])
@pytest.mark.parametrize("value", BAD_NUMBERS, ids=repr)
def test_a_bad_number_of_fdx_leaves_out_its_holding_alone(name: str, value: Any) -> None:
    good = STOCK | {"holdingId": "h2"}
    found = fdx.positions([STOCK | {name: value}, good, 7, {}], "USD")
    assert found == Positions([fdx.holding(good, "USD")], is_whole=False)


def test_numbers_are_kept_the_same_however_they_are_written() -> None:
    same = [of_fdx(units=text) for text in ("12.50", "1.25e1", Decimal("12.5000"), 12.5, "12.500000001")]
    assert len(set(map(repr, same))) == 1
    assert str(of_fdx(units="-0.0").shares) == "0"
    assert str(of_fdx(units="1e3").shares) == "1000"
    assert str(of_fdx(units="1E-999999").shares) == "0"


def test_lists_of_fdx() -> None:
    assert fdx.positions(None, "USD") is None
    assert fdx.positions("none", "USD") is None
    assert fdx.positions([], "USD") == Positions([])
    assert says(lambda: fdx.positions([STOCK] * (MAX_HOLDINGS + 1), "USD")) == Saying.TOO_MUCH


SWEEP = {"holdingName": "Sweep", "cashAccount": True, "marketValue": 50}


@pytest.mark.parametrize(
    ("holdings", "cash", "total", "expected"),
    [
        ([STOCK], 100, 600, (500, 100)),
        ([STOCK, SWEEP], 100, 600, (500, 100)),
        ([STOCK, SWEEP], 100, 650, (550, 100)),
        ([STOCK, SWEEP], None, 550, (500, 50)),
        ([STOCK, STOCK | {"positionType": "SHORT", "marketValue": 40}], 1, 461, (460, 1)),
        ([STOCK, STOCK | {"marketValue": "NaN"}], 100, 1100, (None, 100)),
        ([STOCK, STOCK | {"marketValue": None, "units": None}], 100, 1100, (None, 100)),
        ([], 100, 100, (0, 100)),
        (None, 100, 100, (None, 100)),
        ([STOCK] * (MAX_HOLDINGS + 1), 100, 100, (None, 100)),
    ],
    ids=str,
)
def test_what_an_account_of_fdx_is_worth(
    holdings: Any, cash: int | None, total: int, expected: tuple[int | None, int | None]
) -> None:
    entry = {"accountId": "1", "accountType": "TAXABLE", "currentValue": total, "availableCashBalance": cash}
    found = translate.account(entry | ({} if holdings is None else {"holdings": holdings}))
    figures: tuple[Any, ...] = (found.holdings_value, found.cash_balance, found.balance)
    assert figures == (*expected, total)
    assert translate.account(entry | {"accountType": "CHECKING", "holdings": []}).holdings_value is None


def test_holdings_of_an_account_alone() -> None:
    for document in ({"accountId": "1", "holdings": [1]}, {"investmentAccount": {"accountId": "1", "holdings": [1]}}):
        assert translate.holdings_of(document) == [1]
    assert translate.holdings_of({"accountId": "1"}) is None


def info(tag: str, more: str = "", kind: str = "CUSIP", identity: str = "99K2D1109") -> str:
    security = f"<SECID><UNIQUEID>{identity}</UNIQUEID><UNIQUEIDTYPE>{kind}</UNIQUEIDTYPE></SECID>"
    return f"<{tag}><SECINFO>{security}<SECNAME>Kelp</SECNAME><TICKER>KELP</TICKER></SECINFO>{more}</{tag}>"


def position(more: str = "", kind: str = "CUSIP", identity: str = "99K2D1109") -> str:
    security = f"<SECID><UNIQUEID>{identity}</UNIQUEID><UNIQUEIDTYPE>{kind}</UNIQUEIDTYPE></SECID>"
    return f"<INVPOS>{security}<HELDINACCT>CASH</HELDINACCT>{more}</INVPOS>"


LONG = "<POSTYPE>LONG</POSTYPE><UNITS>12.5</UNITS><UNITPRICE>40</UNITPRICE><MKTVAL>500,00</MKTVAL>"


def of_ofx(positions: str, infos: str = "") -> Positions:
    document = Element("OFX", children=[part(f"<SECLISTMSGSRSV1><SECLIST>{infos}</SECLIST></SECLISTMSGSRSV1>")])
    statement = part(f"<INVSTMTRS><CURDEF>USD</CURDEF><INVPOSLIST>{positions}</INVPOSLIST></INVSTMTRS>")
    found = ofx.positions(statement, ofx.listed_securities(document))
    assert found is not None
    return found


def test_a_stock_of_ofx() -> None:
    cost = "<AVGCOSTBASIS>36.004</AVGCOSTBASIS>"
    found, is_whole = of_ofx(f"<POSSTOCK>{position(LONG + cost)}</POSSTOCK>", info("STOCKINFO"))
    (stock,) = found
    assert is_whole
    assert (stock.provider_id, stock.cusip, stock.symbol, stock.description) == (None, "99K2D1109", "KELP", "Kelp")
    assert (stock.shares, stock.market_value) == (Decimal("12.5"), Decimal(500))
    assert stock.purchase_price == Decimal("36.004")
    assert (stock.cost_basis, stock.currency_code, stock.held_in) == (Decimal("450.05"), "USD", "CASH")


@pytest.mark.parametrize(
    ("tag", "listed", "expected"),
    [
        ("POSSTOCK", info("STOCKINFO"), 1),
        ("POSMF", info("MFINFO"), 4),
        ("POSMF", info("MFINFO", "<ASSETCLASS>MONEYMRKT</ASSETCLASS>"), 3),
        ("POSDEBT", info("DEBTINFO"), 9),
        ("POSOPT", info("OPTINFO"), 10),
        ("POSOTHER", "", 0),
    ],
)
def test_types_of_ofx(tag: str, listed: str, expected: int) -> None:
    ((found,), _) = of_ofx(f"<{tag}>{position(LONG)}</{tag}>", listed)
    assert found.holding_type == expected


def test_debts_and_options_of_ofx_are_quoted_in_their_own_way() -> None:
    numbers = "<UNITS>5000</UNITS><UNITPRICE>97.67</UNITPRICE><MKTVAL>4883.50</MKTVAL><AVGCOSTBASIS>98</AVGCOSTBASIS>"
    debt = info("DEBTINFO", "<COUPONRT>4.125</COUPONRT><DTMAT>20310615</DTMAT>")
    ((bond,), _) = of_ofx(f"<POSDEBT>{position(numbers)}</POSDEBT>", debt)
    assert (bond.cost_basis, bond.bond_coupon_rate) == (Decimal(4900), Decimal("4.125"))
    assert bond.bond_maturity_date == date(2031, 6, 15)
    numbers = "<UNITS>2</UNITS><UNITPRICE>3.10</UNITPRICE><MKTVAL>620</MKTVAL><AVGCOSTBASIS>2.90</AVGCOSTBASIS>"
    terms = "<OPTTYPE>PUT</OPTTYPE><STRIKEPRICE>50</STRIKEPRICE><DTEXPIRE>20270618</DTEXPIRE>"
    ((option,), _) = of_ofx(f"<POSOPT>{position(numbers)}</POSOPT>", info("OPTINFO", terms))
    assert (option.cost_basis, option.terms) == (Decimal(580), "PUT 50 2027-06-18")
    numbers = "<UNITS>2</UNITS><UNITPRICE>3</UNITPRICE><MKTVAL>100</MKTVAL><AVGCOSTBASIS>2</AVGCOSTBASIS>"
    ((odd,), _) = of_ofx(f"<POSOTHER>{position(numbers)}</POSOTHER>")
    assert (odd.cost_basis, odd.purchase_price) == (None, Decimal(2))


@pytest.mark.parametrize("sign", ["", "-"])
def test_what_is_owed_in_ofx(sign: str) -> None:
    numbers = f"<POSTYPE>SHORT</POSTYPE><UNITS>{sign}3</UNITS><UNITPRICE>40</UNITPRICE><MKTVAL>{sign}120</MKTVAL>"
    ((found,), _) = of_ofx(f"<POSSTOCK>{position(numbers)}</POSSTOCK>")
    assert (found.shares, found.market_value) == (Decimal(-3), Decimal(-120))


@pytest.mark.parametrize(
    ("kind", "identity", "expected"),
    [
        ("CUSIP", "99K2D1109", (None, "99K2D1109", None)),
        ("ISIN", "DE0005140008", (None, None, "DE0005140008")),
        ("CUSIP", "kelp", ("CUSIP:kelp", None, None)),
        ("OTHER", "X1", ("OTHER:X1", None, None)),
    ],
)
def test_ids_of_ofx(kind: str, identity: str, expected: tuple[str | None, ...]) -> None:
    ((found,), _) = of_ofx(f"<POSSTOCK>{position(LONG, kind, identity)}</POSSTOCK>")
    assert (found.provider_id, found.cusip, found.isin) == expected


def test_what_a_security_of_ofx_is_divided_into() -> None:
    portions = "".join(
        f"<PORTION><ASSETCLASS>{name}</ASSETCLASS><PERCENT>{percent}</PERCENT></PORTION>"
        for name, percent in (("DOMESTICBOND", "91"), ("INTLBOND", "9.0"))
    )
    mixed = info("MFINFO", f"<MFASSETCLASS>{portions}</MFASSETCLASS>")
    ((fund,), _) = of_ofx(f"<POSMF>{position(LONG)}</POSMF>", mixed)
    assert (fund.allocations_us_bond, fund.allocations_foreign_bond) == (Decimal(91), Decimal(9))
    for more, name in (
        ("<STOCKTYPE>PREFERRED</STOCKTYPE>", "preferred"),
        ("<STOCKTYPE>CONVERTIBLE</STOCKTYPE>", "convertible"),
        ("<STOCKTYPE>COMMON</STOCKTYPE><ASSETCLASS>INTLSTOCK</ASSETCLASS>", "foreign_stock"),
    ):
        ((stock,), _) = of_ofx(f"<POSSTOCK>{position(LONG)}</POSSTOCK>", info("STOCKINFO", more))
        assert getattr(stock, f"allocations_{name}") == 100


@pytest.mark.parametrize("name", ["UNITS", "MKTVAL", "AVGCOSTBASIS"])
@pytest.mark.parametrize("value", ["NaN", "1e3", "9" * 30, "much"])
def test_a_bad_number_of_ofx_leaves_out_its_position_alone(name: str, value: str) -> None:
    bad = f"<POSSTOCK>{position(f'<{name}>{value}</{name}>')}</POSSTOCK>"
    good = f"<POSSTOCK>{position(LONG)}</POSSTOCK>"
    found = of_ofx(bad + good + "<POSSTOCK></POSSTOCK><POSMF><INVPOS></INVPOS></POSMF>")
    assert found == Positions(of_ofx(good).holdings, is_whole=False)


def test_lists_of_ofx() -> None:
    assert ofx.positions(part("<INVSTMTRS></INVSTMTRS>"), {}) is None
    assert of_ofx("") == Positions([])
    many = f"<POSSTOCK>{position(LONG)}</POSSTOCK>" * (MAX_HOLDINGS + 1)
    assert says(lambda: of_ofx(many)) == Saying.TOO_MUCH


FIELDS = st.sampled_from([*STOCK, "positionType", "taxLots", "assetClasses", "debtSecurity", "optionSecurity"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS | st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(FIELDS, JSON), max_size=4))
def test_garbage_of_fdx_is_translated_or_left_out(entries: list[dict[str, Any]]) -> None:
    found = fdx.positions(entries, None)
    assert found is not None
    assert found.is_whole == (len(found.holdings) == len(entries))
    fdx.worth({"holdings": entries, "currentValue": 1})


TAGS = st.sampled_from(
    ["INVPOS", "SECID", "UNIQUEID", "UNIQUEIDTYPE", "UNITS", "MKTVAL", "POSTYPE", "MEMO", "AVGCOSTBASIS", "POSSTOCK"]
    + ["MFASSETCLASS", "PORTION", "PERCENT", "ASSETCLASS", "SECINFO", "DTMAT", "DTEXPIRE", "STRIKEPRICE", "CURSYM"]
)
PARTS = st.recursive(
    st.builds(Element, TAGS, st.sampled_from(["1", "-2", "x", "SHORT", "20260101"]) | st.text(max_size=5)),
    lambda inner: st.builds(lambda tag, children: Element(tag, "", children), TAGS, st.lists(inner, max_size=4)),
    max_leaves=12,
)


@given(st.lists(PARTS, max_size=4), st.lists(PARTS, max_size=3))
def test_garbage_of_ofx_is_translated_or_left_out(positions: list[Element], infos: list[Element]) -> None:
    wrapped = Element("SECLISTMSGSRSV1", "", [Element("SECLIST", "", infos)])
    listed = ofx.listed_securities(Element("OFX", "", [wrapped]))
    statement = Element("INVSTMTRS", "", [Element("INVPOSLIST", "", positions)])
    found = ofx.positions(statement, listed)
    assert found is not None
    assert found.is_whole == (len(found.holdings) == len(positions))
    ofx.holdings_value(statement.children[0])

"""OFX transactions and values: moments, amounts, ids, corrections, and what moves cash at a broker."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from fanlight.institutions.answers import Saying
from fanlight.institutions.ofx import transactions, values
from fanlight.institutions.port import FeedTransaction
from unit.ofx_xml import ofx, part, says


def found_in(*entries: str, pending: str = "", currency: str = "USD") -> list[FeedTransaction]:
    posted = "".join(f"<STMTTRN>{entry}</STMTTRN>" for entry in entries)
    lists = f"<BANKTRANLIST>{posted}</BANKTRANLIST><BANKTRANLISTP>{pending}</BANKTRANLISTP>"
    return transactions.transactions(part(f"<S><CURDEF>{currency}</CURDEF>{lists}</S>"), {}, max_records=100)


def entry(fitid: str | None, amount: str = "-5.00", more: str = "", posted: str = "20260510120000[-5:EST]") -> str:
    identity = f"<FITID>{fitid}</FITID>" if fitid else ""
    return (
        f"<TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>{posted}</DTPOSTED><TRNAMT>{amount}</TRNAMT>{identity}<NAME>N</NAME>{more}"
    )


def test_pending_ones_have_no_id_and_no_day_of_posting() -> None:
    pending = "<STMTTRNP><TRNTYPE>POS</TRNTYPE><DTTRAN>20260511</DTTRAN><TRNAMT>-3</TRNAMT><NAME>P</NAME></STMTTRNP>"
    (found,) = found_in(pending=pending)
    assert (found.is_pending, found.provider_id, found.posted_at, found.posted_on) == (True, None, None, None)
    assert (found.date, found.transacted_on, found.description) == (date(2026, 5, 11), date(2026, 5, 11), "P")


def test_ids_that_are_missing_or_shared_are_none() -> None:
    found = found_in(entry("a"), entry(None), entry("b", "-1"), entry("b", "-2"), entry("  "))
    assert [each.provider_id for each in found] == ["a", None, None, None, None]


def test_corrections() -> None:
    def corrects(fitid: str, action: str) -> str:
        return f"<CORRECTFITID>{fitid}</CORRECTFITID><CORRECTACTION>{action}</CORRECTACTION>"

    replaced = found_in(
        entry("c", "-3", corrects("b", "REPLACE")), entry("a", "-1"), entry("b", "-2", corrects("a", "REPLACE"))
    )
    assert [(each.provider_id, each.amount) for each in replaced] == [("a", Decimal(3))]
    deleted = found_in(entry("a", "-1"), entry("b", "-2"), entry("c", "-1", corrects("a", "DELETE")))
    assert [each.provider_id for each in deleted] == ["b"]
    alone = found_in(entry("b", "-2", corrects("a", "REPLACE")), entry("x", "-1", corrects("x", "REPLACE")))
    assert [each.provider_id for each in alone] == ["a", "x"]


@pytest.mark.parametrize(
    ("more", "description"),
    [
        ("", "N"),
        ("<EXTDNAME>A longer name</EXTDNAME>", "A longer name"),
        ("<MEMO>M</MEMO>", "N"),
        ("<MEMO>N, the whole of it</MEMO>", "N, the whole of it"),
    ],
)
def test_descriptions(more: str, description: str) -> None:
    assert found_in(entry("1", more=more))[0].description == description


def test_a_payee_or_a_memo_stands_in_for_a_name() -> None:
    dated = "<DTPOSTED>20260510</DTPOSTED><TRNAMT>1</TRNAMT>"
    found = found_in(dated + "<PAYEE><NAME>P</NAME></PAYEE><MEMO>M</MEMO>", dated + "<MEMO>M</MEMO>", dated)
    assert [each.description for each in found] == ["P", "M", ""]


def test_currencies() -> None:
    other = "<CURRENCY><CURRATE>1.2</CURRATE><CURSYM>eur</CURSYM></CURRENCY>"
    assert [each.currency_code for each in found_in(entry("1", more=other), entry("2"), currency="CAD")] == [
        "EUR",
        "CAD",
    ]


def test_what_moves_cash_at_a_broker() -> None:
    trade = (
        "<INVTRAN><FITID>{id}</FITID><DTTRADE>20260501</DTTRADE>{more}</INVTRAN><SECID><UNIQUEID>S1</UNIQUEID></SECID>"
    )
    bought = trade.format(id="1", more="<DTSETTLE>20260503</DTSETTLE>") + "<TOTAL>-100.50</TOTAL>"
    dividend = trade.format(id="2", more="<MEMO>DIVIDEND</MEMO>") + "<TOTAL>3</TOTAL>"
    entries = [
        "<DTSTART>20260101</DTSTART>",
        f"<BUYSTOCK><INVBUY>{bought}</INVBUY><BUYTYPE>BUY</BUYTYPE></BUYSTOCK>",
        f"<INCOME>{dividend}</INCOME>",
        f"<SPLIT>{trade.format(id='3', more='')}</SPLIT>",
        f"<INVBANKTRAN><STMTTRN>{entry('4', '50')}</STMTTRN><SUBACCTFUND>CASH</SUBACCTFUND></INVBANKTRAN>",
    ]
    statement = part(f"<S><CURDEF>USD</CURDEF><INVTRANLIST>{''.join(entries)}</INVTRANLIST></S>")
    found = transactions.transactions(statement, {"S1": "A Fund"}, max_records=3)
    assert [(each.provider_id, each.amount, each.transaction_type, each.description) for each in found] == [
        ("1", Decimal("100.50"), 2, "A Fund"),
        ("2", Decimal(3), 1, "DIVIDEND"),
        ("4", Decimal(50), 1, "N"),
    ]
    assert (found[0].date, found[0].posted_on) == (date(2026, 5, 1), date(2026, 5, 3))
    assert [each.extended_transaction_type for each in found] == ["BUYSTOCK", "INCOME", "DEBIT"]
    assert says(lambda: transactions.transactions(statement, {}, max_records=2)) == Saying.TOO_MUCH


def test_names_of_securities() -> None:
    info = "<SECINFO><SECID><UNIQUEID>S1</UNIQUEID></SECID><SECNAME>A Fund</SECNAME></SECINFO>"
    document = ofx(f"<SECLISTMSGSRSV1><SECLIST><MFINFO>{info}</MFINFO><DEBTINFO/></SECLIST></SECLISTMSGSRSV1>")
    assert transactions.securities(document) == {"S1": "A Fund"}
    assert transactions.securities(ofx("")) == {}


@pytest.mark.parametrize(
    "broken",
    [
        "<TRNAMT>1</TRNAMT>",
        "<DTPOSTED>20260510</DTPOSTED>",
        "<TRNAMT>NaN</TRNAMT><DTPOSTED>20260510</DTPOSTED>",
        "<TRNAMT>1</TRNAMT><DTPOSTED>20261340</DTPOSTED>",
    ],
)
def test_a_transaction_without_amount_or_date_is_gibberish(broken: str) -> None:
    assert says(lambda: found_in(broken)) == Saying.GIBBERISH


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("-23.45", "-23.45"),
        ("+23.45", "23.45"),
        ("23,45", "23.45"),
        (".5", "0.5"),
        ("-0", "0"),
        ("1.234,56", None),
        ("1e3", None),
        ("1_000", None),
        ("NaN", None),
        ("Infinity", None),
        ("٣", None),
        ("9" * 20, None),
        ("", None),
        (None, None),
    ],
)
def test_amounts(written: str | None, amount: str | None) -> None:
    assert values.amount(written) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("written", "offset", "clock"),
    [
        ("20260510", 0, (0, 0, 0)),
        ("202605101530", 0, (15, 30, 0)),
        ("20260510153045", 0, (15, 30, 45)),
        ("20260510153045.123", 0, (15, 30, 45)),
        ("20260510153045[-5:EST]", -5, (15, 30, 45)),
        ("20260510153045.123[-5:EST]", -5, (15, 30, 45)),
        ("20260510235959[+13:NZDT]", 13, (23, 59, 59)),
        ("20260510000000[5.5:IST]", 5.5, (0, 0, 0)),
        ("20260510000000[-3.50]", -3.5, (0, 0, 0)),
        ("20260510000000[0:GMT]", 0, (0, 0, 0)),
        ("20260510000000[GMT]", 0, (0, 0, 0)),
    ],
)
def test_a_day_stays_the_day_that_the_bank_wrote(written: str, offset: float, clock: tuple[int, int, int]) -> None:
    found = values.moment(written)
    zone = timezone(timedelta(hours=offset))
    assert found == datetime(2026, 5, 10, *clock, tzinfo=zone)
    assert found.date() == date(2026, 5, 10)


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "00000000",
        "20260230",
        "2026051",
        "20260510[99:X]",
        "20260510250000",
        "today",
        "09990101",
        "\u0662\u0660\u0662\u0666\u0660\u0665\u0661\u0660",
    ],
)
def test_what_is_no_moment(written: str | None) -> None:
    assert values.moment(written) is None

"""OFX translation: own samples where they are present, every status, and what banks do beside the standard."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.institutions.answers import Reply, Saying
from fanlight.institutions.ofx import messages, questions, transactions, translate
from fanlight.institutions.ofx.connector import refusal
from fanlight.institutions.ofx.document import Element, group, leaf, read
from fanlight.institutions.port import MAX_ACCOUNTS, QuestionType
from unit.ofx_xml import BANK_FROM, OK, PNG, ofx, part, says

SAMPLES = Path(__file__).parents[3] / "shared/reference/specs/own-samples"
present = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the OFX samples are not beside this checkout")


def listing(*entries: str) -> Element:
    entry = "".join(f"<ACCTINFO>{each}</ACCTINFO>" for each in entries)
    inner = f"<ACCTINFOTRNRS><TRNUID>1</TRNUID>{OK}<ACCTINFORS>{entry}</ACCTINFORS></ACCTINFOTRNRS>"
    return ofx(f"<SIGNUPMSGSRSV1>{inner}</SIGNUPMSGSRSV1>")


def listed(*entries: str) -> list[translate.Listed]:
    return translate.accounts(listing(*entries), bank_id="190034562", broker_id="broker.example")


def bank(kind: str, number: str = "4011112222") -> str:
    return f"<DESC>Mine</DESC><BANKACCTINFO>{BANK_FROM.format(kind=kind, number=number)}</BANKACCTINFO>"


CARD = "<DESC>Card</DESC><CCACCTINFO><CCACCTFROM><ACCTID>4999991234567890</ACCTID></CCACCTFROM></CCACCTINFO>"


def broker(product: str = "NORMAL") -> str:
    source = "<INVACCTFROM><BROKERID>b</BROKERID><ACCTID>Z1234567</ACCTID></INVACCTFROM>"
    return f"<INVACCTINFO>{source}<USPRODUCTTYPE>{product}</USPRODUCTTYPE></INVACCTINFO>"


def challenge(*entries: str) -> Element:
    inner = "".join(f"<MFACHALLENGE>{each}</MFACHALLENGE>" for each in entries)
    answer = f"<MFACHALLENGETRNRS><TRNUID>1</TRNUID>{OK}<MFACHALLENGERS>{inner}</MFACHALLENGERS></MFACHALLENGETRNRS>"
    return ofx(f"<SIGNONMSGSRSV1>{answer}</SIGNONMSGSRSV1>")


def phrase(kind: str | None = None, more: str = "", identity: str = "MFA1", label: str = "Who?") -> str:
    vendor = f"<FANLIGHT.TYPE>{kind}</FANLIGHT.TYPE>" if kind else ""
    return f"<MFAPHRASEID>{identity}</MFAPHRASEID><MFAPHRASELABEL>{label}</MFAPHRASELABEL>{vendor}{more}"


def option(label: str, value: str, image: str = "") -> str:
    picture = f"<FANLIGHT.IMAGE>{image}</FANLIGHT.IMAGE>" if image else ""
    inner = f"<FANLIGHT.LABEL>{label}</FANLIGHT.LABEL><FANLIGHT.VALUE>{value}</FANLIGHT.VALUE>{picture}"
    return f"<FANLIGHT.OPTION>{inner}</FANLIGHT.OPTION>"


@present
def test_a_sample_of_version_1() -> None:
    document = read((SAMPLES / "bank-checking-v102.ofx").read_bytes())
    assert translate.sign_on(document).code == 0
    statement = translate.answered(document, "BANKMSGS", "STMT")
    (checking,) = listed(bank("CHECKING"))
    account = translate.with_figures(checking, statement)
    assert (account.balance, account.available_balance) == (Decimal("2549.75"), Decimal("2499.75"))
    coffee, check, pay = transactions.transactions(statement, {}, max_records=3)
    assert (coffee.provider_id, coffee.amount, coffee.transaction_type) == ("20261118-0001", Decimal("23.45"), 2)
    assert (coffee.description, coffee.memo) == ("SQ *EXAMPLE COFFEE 0042", "CARD 5820")
    assert coffee.extended_transaction_type == "POS"
    assert (check.check_number, check.check_number_string) == (1234, "1234")
    assert (pay.amount, pay.transaction_type, pay.date) == (Decimal("2100.10"), 1, date(2026, 11, 15))
    assert pay.posted_at == int(datetime(2026, 11, 15, 17, tzinfo=UTC).timestamp())


@present
def test_a_sample_of_version_2() -> None:
    document = read((SAMPLES / "creditcard-v220.ofx").read_bytes())
    statement = translate.answered(document, "CREDITCARDMSGS", "CCSTMT")
    (card,) = listed(CARD)
    account = translate.with_figures(card, statement)
    assert (account.balance, account.available_credit) == (Decimal("2845.50"), Decimal("17154.50"))
    assert (account.available_balance, account.currency_code) == (None, "USD")
    bistro, payment = transactions.transactions(statement, {}, max_records=3)
    assert (bistro.date, bistro.posted_on) == (date(2026, 11, 17), date(2026, 11, 19))
    assert (bistro.merchant_category_code, bistro.transaction_type) == (5812, transactions.DEBIT)
    assert (payment.amount, payment.transaction_type) == (Decimal(500), transactions.CREDIT)


@pytest.mark.parametrize(
    ("information", "expected"),
    [
        (bank("CHECKING"), (1, None)),
        (bank("SAVINGS"), (2, None)),
        (bank("MONEYMRKT"), (2, 1)),
        (bank("CD"), (2, 2)),
        (bank("CREDITLINE"), (6, None)),
        (bank("SOMETHING"), (0, None)),
        (CARD, (4, None)),
        (broker("401K"), (5, 9)),
        (broker("OTHER"), (5, None)),
    ],
)
def test_account_types(information: str, expected: tuple[int, int | None]) -> None:
    (found,) = listed(information)
    assert (found.account.account_type, found.account.account_subtype) == expected


def test_an_account_keeps_its_id_which_tells_no_number() -> None:
    accounts = listed(bank("CHECKING"), bank("SAVINGS"), bank("CHECKING", "4011112223"), CARD, broker())
    ids = [each.account.provider_id for each in accounts]
    assert ids == [each.account.provider_id for each in listed(*[bank("CHECKING"), bank("SAVINGS")])] + ids[2:]
    assert len(set(ids)) == 5
    kept = json.dumps([str(each.account) for each in accounts])
    assert not [number for number in ("4011112222", "4999991234567890", "Z1234567") if number in kept]
    assert accounts[0].account.account_number == "2222"
    assert len(listed(bank("CHECKING"), bank("CHECKING"))) == 1


def test_numbers_reach_deposit_accounts_only() -> None:
    checking, card, investment = listed(bank("CHECKING"), CARD, broker())
    (number,) = translate.account_numbers(checking)
    assert (number.account_number, number.routing_number) == ("4011112222", "190034562")
    assert translate.account_numbers(card) == translate.account_numbers(investment) == []


def test_accounts_that_are_told_again_and_again_count() -> None:
    assert len(listed(*[CARD] * MAX_ACCOUNTS)) == 1
    assert says(lambda: listed(*[CARD] * (MAX_ACCOUNTS + 1))) == Saying.TOO_MUCH


def test_an_account_without_a_bank_id_has_the_usual_one() -> None:
    without = "<BANKACCTINFO><BANKACCTFROM><ACCTID>12</ACCTID><ACCTTYPE>CD</ACCTTYPE></BANKACCTFROM></BANKACCTINFO>"
    (found,) = listed(without)
    assert [(each.tag, each.text) for each in found.source.children] == [
        ("BANKID", "190034562"),
        ("ACCTID", "12"),
        ("ACCTTYPE", "CD"),
    ]
    assert says(lambda: listed("<BANKACCTINFO></BANKACCTINFO>")) == Saying.GIBBERISH
    assert listed("<DESC>Bills</DESC><BPACCTINFO></BPACCTINFO>") == []


def test_a_debt_is_positive_when_owed() -> None:
    statement = part("<S><LEDGERBAL><BALAMT>-12.50</BALAMT></LEDGERBAL><AVAILBAL><BALAMT>7</BALAMT></AVAILBAL></S>")
    card, line, checking = (
        translate.with_figures(each, statement) for each in listed(CARD, bank("CREDITLINE"), bank("CHECKING"))
    )
    assert card.balance == line.balance == Decimal("12.50")
    assert card.available_credit == line.available_credit == Decimal(7)
    assert (checking.balance, checking.available_balance, checking.available_credit) == (
        Decimal("-12.50"),
        Decimal(7),
        None,
    )


@pytest.mark.parametrize(
    ("positions", "balances", "expected"),
    [
        ("100.10 -20.10", "<AVAILCASH>5</AVAILCASH>", ("80.00", "5", "85.00")),
        ("", "<AVAILCASH>5</AVAILCASH><MARGINBALANCE>-2</MARGINBALANCE>", ("0", "5", "3")),
        ("10", "<AVAILCASH>5</AVAILCASH><MARGINBALANCE>2</MARGINBALANCE>", ("10", "5", "15")),
        ("10", "", ("10", None, "10")),
        (None, "", (None, None, None)),
    ],
)
def test_what_an_investment_is_worth(
    positions: str | None, balances: str, expected: tuple[str | None, str | None, str | None]
) -> None:
    held = [f"<POSSTOCK><INVPOS><MKTVAL>{value}</MKTVAL></INVPOS></POSSTOCK>" for value in (positions or "").split()]
    inner = "" if positions is None else f"<INVPOSLIST>{''.join(held)}</INVPOSLIST>"
    (investment,) = listed(broker())
    found = translate.with_figures(investment, part(f"<S>{inner}<INVBAL>{balances}</INVBAL></S>"))
    holdings, cash, total = (None if value is None else Decimal(value) for value in expected)
    assert (found.holdings_value, found.cash_balance, found.total_account_value) == (holdings, cash, total)
    assert found.balance == total


@pytest.mark.parametrize(
    ("code", "saying"),
    [
        (15500, Saying.LOGIN_REFUSED),
        (15510, Saying.LOGIN_REFUSED),
        (15502, Saying.LOCKED),
        (3001, Saying.ANSWER_REFUSED),
        (15000, Saying.NEEDS_ATTENTION),
        (15511, Saying.NEEDS_ATTENTION),
        (2000, Saying.GIBBERISH),
        (2003, Saying.GIBBERISH),
        (15501, Saying.GIBBERISH),
        (None, Saying.GIBBERISH),
    ],
)
def test_statuses_say_what_they_mean(code: int | None, saying: Saying) -> None:
    assert translate.refusal(code).saying == saying
    written = f"<STATUS><CODE>{code}</CODE></STATUS>" if code else ""
    document = ofx(f"<BANKMSGSRSV1><STMTTRNRS>{written}<STMTRS></STMTRS></STMTTRNRS></BANKMSGSRSV1>")
    assert says(lambda: translate.answered(document, "BANKMSGS", "STMT")) == saying
    signed = translate.sign_on(ofx(f"<SIGNONMSGSRSV1><SONRS>{written}</SONRS></SIGNONMSGSRSV1>"))
    assert signed.code == code


@pytest.mark.parametrize(
    ("status", "saying"),
    [
        (400, Saying.GIBBERISH),
        (401, Saying.CLIENT_REFUSED),
        (403, Saying.CLIENT_REFUSED),
        (404, Saying.GIBBERISH),
        (302, Saying.GIBBERISH),
    ],
)
def test_http_statuses_say_what_they_mean(status: int, saying: Saying) -> None:
    assert refusal(Reply(status, {}, b"secret")).saying == saying
    assert "secret" not in str(refusal(Reply(status, {}, b"secret")))


def test_a_cookie_is_bounded_and_not_printed() -> None:
    def signed(cookie: str) -> translate.SignOn:
        inner = f"<SONRS>{OK}<SESSCOOKIE>{cookie}</SESSCOOKIE></SONRS>"
        return translate.sign_on(ofx(f"<SIGNONMSGSRSV1>{inner}</SIGNONMSGSRSV1>"))

    assert signed("abc") == (0, "abc")
    assert "abc" not in repr(signed("abc"))
    assert says(lambda: signed("x" * (translate.MAX_COOKIE + 1))) == Saying.GIBBERISH


def test_questions_of_every_kind() -> None:
    choices = option("A", "a", PNG) + option("B", "b", PNG)
    found = questions.questions(
        challenge(
            phrase(identity="1", label="&lt;b&gt;City&lt;/b&gt; &amp; &quot;state&quot;?"),
            phrase("TOKEN", identity="2"),
            phrase("OPTIONS", choices, "3"),
            phrase("IMAGE_DATA", f"<FANLIGHT.IMAGE>{PNG}</FANLIGHT.IMAGE>", "4"),
            phrase("IMAGE_OPTIONS", choices, "5"),
        )
    )
    assert [each.type for each in found] == [
        QuestionType.TEXT,
        QuestionType.TOKEN,
        QuestionType.OPTIONS,
        QuestionType.IMAGE_DATA,
        QuestionType.IMAGE_OPTIONS,
    ]
    assert found[0].label == '<b>City</b> & "state"?'
    assert [(each.label, each.value, each.data_uri) for each in found[2].choices] == [
        ("A", "a", None),
        ("B", "b", None),
    ]
    assert found[3].image_data == PNG
    assert [each.data_uri for each in found[4].choices] == [PNG, PNG]


@pytest.mark.parametrize(
    ("asked", "saying"),
    [
        ([], Saying.GIBBERISH),
        ([phrase("SMELL")], Saying.GIBBERISH),
        ([phrase(identity="")], Saying.GIBBERISH),
        ([phrase(label="")], Saying.GIBBERISH),
        ([phrase(), phrase()], Saying.GIBBERISH),
        ([phrase("OPTIONS")], Saying.GIBBERISH),
        ([phrase("OPTIONS", option("A", ""))], Saying.GIBBERISH),
        ([phrase("IMAGE_DATA")], Saying.GIBBERISH),
        ([phrase("IMAGE_OPTIONS", option("A", "a"))], Saying.GIBBERISH),
        ([phrase("IMAGE_DATA", "<FANLIGHT.IMAGE>https://bank.example/x.png</FANLIGHT.IMAGE>")], Saying.GIBBERISH),
        ([phrase("IMAGE_DATA", "<FANLIGHT.IMAGE>data:text/html;base64,AAAA</FANLIGHT.IMAGE>")], Saying.GIBBERISH),
        ([phrase("IMAGE_DATA", "<FANLIGHT.IMAGE>data:image/svg+xml;base64,AAAA</FANLIGHT.IMAGE>")], Saying.GIBBERISH),
        ([phrase("IMAGE_DATA", f"<FANLIGHT.IMAGE>{PNG}{'A' * questions.MAX_IMAGE}</FANLIGHT.IMAGE>")], Saying.TOO_MUCH),
        ([phrase("OPTIONS", option("A", "a") * (questions.MAX_CHOICES + 1))], Saying.TOO_MUCH),
        ([phrase(identity=str(each)) for each in range(questions.MAX_QUESTIONS + 1)], Saying.TOO_MUCH),
    ],
)
def test_what_cannot_be_asked_of_a_person(asked: list[str], saying: Saying) -> None:
    assert says(lambda: questions.questions(challenge(*asked))) == saying


@pytest.mark.parametrize("pending", [True, False])
def test_requests_name_their_parts_in_the_order_of_the_standard(pending: bool) -> None:
    (checking,) = listed(bank("CHECKING"))
    period = messages.Period(date(2026, 2, 1), date(2026, 2, 28))
    found = messages.statement(checking.kind, checking.source, "t", period, pending=pending)
    request = found.find("STMTTRNRQ", "STMTRQ")
    assert request is not None
    assert [each.tag for each in request.children] == ["BANKACCTFROM", "INCTRAN"] + ["INCLUDEPENDING"] * pending
    assert [each.text for each in request.children[1].children] == ["20260201000000", "20260228235959", "Y"]
    credentials = messages.Credentials("u", "hunter2", "c", {"q": "a"})
    sign_on = messages.sign_on(
        messages.Program("o", "f", "a", "v"), credentials, "cookie", datetime(2026, 1, 2, tzinfo=UTC)
    )
    assert [each.tag for each in sign_on.children[0].children] == [
        "DTCLIENT", "USERID", "USERPASS", "LANGUAGE", "FI", "SESSCOOKIE", "APPID", "APPVER", "CLIENTUID",
        "MFACHALLENGEANSWER",
    ]  # fmt: skip
    assert "hunter2" not in repr(credentials)


TAGS = st.sampled_from(
    ["STATUS", "CODE", "ACCTINFO", "BANKACCTINFO", "BANKACCTFROM", "ACCTID", "STMTTRN", "DTPOSTED", "TRNAMT", "FITID"]
    + ["CORRECTFITID", "CORRECTACTION", "INVTRAN", "TOTAL", "DTTRADE", "INVPOSLIST", "INVBAL", "AVAILCASH", "SECLIST"]
    + ["MFACHALLENGE", "MFAPHRASEID", "MFAPHRASELABEL", "FANLIGHT.TYPE", "FANLIGHT.OPTION", "FANLIGHT.IMAGE", "CURDEF"]
    + ["BANKTRANLIST", "BANKTRANLISTP", "STMTTRNP", "DTTRAN", "INVTRANLIST", "INVBUY", "LEDGERBAL", "BALAMT", "SONRS"]
)
TEXTS = st.sampled_from(["0", "3000", "-1.5", "20260510", "TEXT", "OPTIONS", "x", PNG]) | st.text(max_size=20)
PARTS = st.recursive(
    st.builds(leaf, TAGS, TEXTS),
    lambda inner: st.builds(lambda tag, children: group(tag, *children), TAGS, st.lists(inner, max_size=5)),
    max_leaves=20,
)


@given(st.lists(PARTS, max_size=5))
def test_garbage_is_translated_or_said_to_be_garbage(parts: list[Element]) -> None:
    def within(*path: str) -> Element:
        inner = group(path[-1], *parts)
        for tag in reversed(path[:-1]):
            inner = group(tag, group("STATUS", leaf("CODE", "0")), inner)
        return group("OFX", inner)

    listing = within("SIGNUPMSGSRSV1", "ACCTINFOTRNRS", "ACCTINFORS")
    asked = within("SIGNONMSGSRSV1", "MFACHALLENGETRNRS", "MFACHALLENGERS")
    statement = group("STMTRS", *parts)
    attempts: list[Callable[[], object]] = [
        lambda: translate.accounts(listing, bank_id="1", broker_id=None),
        lambda: questions.questions(asked),
        lambda: transactions.transactions(statement, {}, max_records=50),
        lambda: transactions.securities(within("SECLISTMSGSRSV1", "SECLIST")),
        lambda: translate.sign_on(within("SIGNONMSGSRSV1", "SONRS")),
        lambda: [translate.with_figures(each, statement) for each in listed(bank("CD"), CARD, broker())],
    ]
    assert {says(attempt) for attempt in attempts} <= {None, Saying.GIBBERISH}

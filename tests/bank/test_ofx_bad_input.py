"""What is no OFX, what is OFX and asks for nonsense, and whatever else may arrive: always an answer, never a 500."""

from collections.abc import Iterable
from contextlib import suppress

import httpx2 as httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bank.ofx_client import ACCOUNTS, PROFILE, SGML, XML, Ofx, code, document, ofx, tag, text_of, tree, wrapped
from fanlight.bank.activity import REMEMBERED, Activity
from fanlight.bank.ofx.document import MAX_DEPTH, MAX_ELEMENTS, Element, Form, group, leaf, read, write
from fanlight.bank.ofx.server import MAX_TRANSACTIONS
from fanlight.bank.ofx.signon import MOST_ANSWERS, Conversation, credentials
from fanlight.base.errors import Malformed

HEAD = b'<?xml version="1.0"?><?OFX OFXHEADER="200" VERSION="220" SECURITY="NONE"?>'
SGML_HEAD = b"OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n"
LAUGHS = b'<!DOCTYPE OFX [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE OFX [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
SONRQ = tag(
    "SONRQ",
    tag("DTCLIENT", "20261124120000"),
    tag("USERID", "mxuser"),
    tag("USERPASS", "secret-word"),
    tag("LANGUAGE", "ENG"),
    tag("APPID", "FANL"),
    tag("APPVER", "0100"),
)
SIGNON = tag("SIGNONMSGSRQV1", SONRQ)


def post(body: bytes, **headers: str) -> httpx.Response:
    async def story(user: Ofx) -> httpx.Response:
        return await user.post(body, **headers)

    return ofx(story)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"{}",
        b"\x00\xff",
        b"<OFX></OFX>",
        HEAD,
        HEAD + b"<OFX>",
        HEAD + b"<OFX></OFX><OFX></OFX>",
        HEAD + b"<OTHER></OTHER>",
        HEAD + b"<OFX>&nbsp;</OFX>",
        HEAD + b"<OFX>\xff</OFX>",
        HEAD.replace(b"220", b"999") + b"<OFX></OFX>",
        HEAD.replace(b"200", b"100") + b"<OFX></OFX>",
        HEAD.replace(b"NONE", b"TYPE1") + b"<OFX></OFX>",
        HEAD + LAUGHS + b"<OFX>&b;</OFX>",
        HEAD + OUTSIDE + b"<OFX>&a;</OFX>",
        HEAD + b"<OFX>" + b"<A>" * MAX_DEPTH + b"</A>" * MAX_DEPTH + b"</OFX>",
        HEAD + b"<OFX>" + b"<A/>" * MAX_ELEMENTS + b"</OFX>",
        SGML_HEAD,
        SGML_HEAD + b"<OFX>",
        SGML_HEAD + b"</OFX>",
        SGML_HEAD + b"<OFX></SONRQ></OFX>",
        SGML_HEAD + b"<OFX></OFX>more",
        SGML_HEAD + b"<OFX></OFX><A>1",
        SGML_HEAD + b"<OFX><A<B></OFX>",
        SGML_HEAD + b"<OFX><!ELEMENT A></OFX>",
        SGML_HEAD + b"<OFX><A>\x81</OFX>",
        SGML_HEAD + b"<OFX>" + b"<A>" * MAX_DEPTH + b"</A>" * MAX_DEPTH + b"</OFX>",
        SGML_HEAD + b"<OFX>" + b"<A>1" * MAX_ELEMENTS + b"</OFX>",
        SGML_HEAD.replace(b"102", b"220") + b"<OFX></OFX>",
        SGML_HEAD.replace(b"NONE", b"TYPE1") + b"<OFX></OFX>",
    ],
)
def test_what_is_no_document(body: bytes) -> None:
    response = post(body)
    assert response.status_code == 400
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(response.text) > 20


def test_the_limits_let_through_what_is_below_them() -> None:
    deep = b"<A>" * (MAX_DEPTH - 1) + b"</A>" * (MAX_DEPTH - 1)
    for head in (HEAD, SGML_HEAD):
        assert read(head + b"<OFX>" + deep + b"</OFX>").root.name == "OFX"
        many = read(head + b"<OFX>" + b"<A>1</A>" * (MAX_ELEMENTS - 1) + b"</OFX>")
        assert len(many.root.children) == MAX_ELEMENTS - 1


def test_the_body_is_bounded() -> None:
    async def story(user: Ofx) -> list[int]:
        size = (1 << 20) - len(document(XML, SIGNON))
        fits = document(XML, SIGNON) + b" " * size
        return [(await user.post(body)).status_code for body in (fits, fits + b" ")]

    assert ofx(story) == [200, 413]


@pytest.mark.parametrize("kind", ["text/xml", "application/json", "application/x-ofx-more", ""])
def test_the_content_type_is_ofx(kind: str) -> None:
    assert post(document(XML, SIGNON), **{"content-type": kind}).status_code == 400
    assert post(document(XML, SIGNON), **{"content-type": "Application/X-OFX; charset=utf-8"}).status_code == 200


@pytest.mark.parametrize("version", [SGML, XML])
@pytest.mark.parametrize(
    "body",
    [
        "",
        tag("SIGNONMSGSRQV1"),
        tag("SIGNONMSGSRQV1", tag("SONRS", tag("STATUS"))),
        SIGNON.replace("FANL", "").replace("0100", ""),
        SIGNON.replace("DTCLIENT", "DTSERVER"),
        SIGNON.replace(
            "</SONRQ>", tag("MFACHALLENGEANSWER", tag("MFAPHRASEID", "1")) * (MOST_ANSWERS + 1) + "</SONRQ>"
        ),
        SIGNON + SIGNON,
        SIGNON + tag("BANK"),
        SIGNON + tag("BANKMSGSRQV1"),
        SIGNON + tag("BANKMSGSRQV1", "text"),
        SIGNON + tag("BANKMSGSRQV1", tag("STMTTRNRQ")),
        SIGNON + tag("BANKMSGSRQV1", tag("STMTTRNRS", tag("TRNUID", "1"))),
        SIGNON + wrapped("BANK", "STMT", uid="x" * 37),
        SIGNON + wrapped("BANK", "STMT", uid="a\u00e9"),
        SIGNON + wrapped("BANK", "STMT").replace("c&amp;1", "c" * 37),
        SIGNON + tag("BANKMSGSRQV1", tag("STMTTRNRQ", tag("TRNUID", "1")) * (MAX_TRANSACTIONS + 1)),
        SIGNON.replace("</SONRQ>", "</SONRQ>" + tag("MFACHALLENGETRNRQ")),
    ],
)
def test_a_document_that_asks_for_nonsense_gets_status_2000(body: str, version: str) -> None:
    found = tree(post(document(version, body)))
    assert code(found) == 2000
    assert len(text_of(found, "SIGNONMSGSRSV1/SONRS/STATUS/MESSAGE")) > 10
    assert [each.tag for each in found] == ["SIGNONMSGSRSV1"]


def test_unknown_transactions_are_refused_one_by_one() -> None:
    async def story(user: Ofx) -> None:
        found = await user.send(ACCOUNTS, wrapped("EMAIL", "MAIL"), PROFILE)
        assert code(found, "EMAILMSGSRSV1/MAILTRNRS") == 2000
        assert code(found, "SIGNUPMSGSRSV1/ACCTINFOTRNRS") == code(found, "PROFMSGSRSV1/PROFTRNRS") == 0

    ofx(story)


def test_a_request_may_come_in_lines_and_with_a_byte_order_mark() -> None:
    lines = document(XML, SIGNON).replace(b"><", b">\r\n  <")
    assert code(tree(post(b"\xef\xbb\xbf" + lines))) == 0
    lines = document(SGML, SIGNON).replace(b"\r\n", b"\n").replace(b"<", b"  <")
    assert code(tree(post(b"\n" + lines))) == 0
    head, _, body = document(SGML, SIGNON).partition(b"<")
    assert code(tree(post(head + b"<" + body.lower()))) == 0


def test_sgml_leaves_out_end_tags() -> None:
    body = b"<OFX><A>1<B>2</B><C></C><D>\n<E><F>3 &lt;&amp;amp;&gt;\r\n</E><G><H>4</OFX>"
    root = read(SGML_HEAD + body).root
    expected = group(
        "OFX",
        leaf("A", 1),
        leaf("B", 2),
        Element("C"),
        Element("D"),
        group("E", leaf("F", "3 <&amp;>")),
        Element("G"),
        leaf("H", 4),
    )
    assert root == expected


def test_texts_that_look_like_markup_survive() -> None:
    text = '<b>City</b> & "state"? &amp; </OFX>'
    for form in (Form("103"), Form("220")):
        assert read(write(form, group("OFX", group("A", leaf("B", text))))).root.value("A/B") == text


def test_nothing_secret_is_printed() -> None:
    root = read(document(XML, SIGNON)).root
    sonrq = root.first("SIGNONMSGSRQV1/SONRQ")
    assert sonrq is not None
    for found in (root, sonrq, sonrq.first("USERPASS"), credentials(sonrq), Conversation("b", "u", b"secret-word")):
        assert "secret-word" not in repr(found)
    assert b"secret-word" not in post(document(XML, SIGNON + tag("BANK"))).content


def test_the_counters_have_an_end() -> None:
    activity = Activity()
    for number in range(REMEMBERED):
        activity.count("mxbank", "ofx")
        activity.count(f"sim-{number}", "ofx")
    assert activity.of("mxbank", "ofx") == REMEMBERED
    assert activity.of("sim-0", "ofx") == 0
    assert activity.of(f"sim-{REMEMBERED - 1}", "ofx") == 1


@given(st.binary(max_size=400), st.sampled_from([b"", HEAD, SGML_HEAD, HEAD + b"<OFX>", SGML_HEAD + b"<OFX>"]))
def test_any_bytes_are_a_document_or_malformed(body: bytes, head: bytes) -> None:
    found = None
    with suppress(Malformed):  # any other exception fails
        found = read(head + body)
    assert found is None or found.root.name == "OFX"


# No element of OFX holds text and is inside another of its name; in SGML their end tags could not be told apart.
GROUPS, LEAVES = st.sampled_from(["STMTRS", "BANKTRANLIST"]), st.sampled_from(["NAME", "FANLIGHT.TYPE", "A1"])
TEXTS = st.text("ab <>&;'\"\n/\u00e9", min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
TREES = st.recursive(
    st.builds(leaf, LEAVES, TEXTS),
    lambda inner: st.builds(
        lambda name, children: Element(name, children=children), GROUPS, st.lists(inner, min_size=1, max_size=4)
    ),
)


def trimmed(element: Element) -> Element:
    return Element(element.name, element.text.strip(), [trimmed(each) for each in element.children])


@given(st.lists(TREES, min_size=1, max_size=4), st.sampled_from(["102", "103", "220"]))
def test_what_is_written_is_read_again(children: list[Element], version: str) -> None:
    root = group("OFX", *children)
    document_ = read(write(Form(version), root))
    assert (document_.form.version, document_.root) == (version, trimmed(root))


PIECES = st.sampled_from(
    [
        "", "<", ">", "&", "\x00", "\u00e9", "\U0001f4b0", "</OFX>", "<OFX>", "</SONRQ>", "<SONRQ>", "<TRNUID>", "Y",
        "-1", "challenge", "9" * 20, "SIGNONMSGSRQV1", "BANKMSGSRQV1", "STMTTRNRQ", "&#0;", "<![CDATA[x]]>",
        "<!DOCTYPE OFX>",
    ]
)  # fmt: skip
WHOLE = SIGNON + ACCOUNTS + wrapped("BANK", "STMT", tag("INCTRAN", tag("INCLUDE", "Y"))) + PROFILE


def damaged(text: str, cuts: Iterable[tuple[int, int, str]]) -> str:
    for place, length, piece in cuts:
        at = place % (len(text) + 1)
        text = text[:at] + piece + text[at + length :]
    return text


@given(
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 60), PIECES), min_size=1, max_size=4),
    st.sampled_from([SGML, XML]),
)
@example([(0, 0, "")], XML)
def test_a_damaged_request_is_answered(cuts: list[tuple[int, int, str]], version: str) -> None:
    body = damaged(document(version, WHOLE).decode("latin-1"), cuts).encode("utf-8")
    response = post(body)
    assert response.status_code in (200, 400)
    if response.status_code == 200:
        assert code(tree(response)) in (0, 2000, 3000, 15500)

"""OFX documents: both versions make the same tree, what is written is read back, and nothing hostile gets far."""

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.ofx import document
from fanlight.institutions.ofx.document import Element, Version, group, leaf, read, write

XML = b'<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="220"?>'
SGML = b"OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:103\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n"
VERSIONS: list[Version] = [102, 103, 220]

TAGS = st.from_regex(r"[A-Z][A-Z0-9._]{0,12}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), max_size=30).map(
    lambda text: text.strip(" \t\r\n")
)
ELEMENTS = st.recursive(
    st.builds(leaf, TAGS, TEXTS),
    lambda inner: st.builds(lambda tag, children: group(tag, *children), TAGS, st.lists(inner, max_size=4)),
    max_leaves=12,
)
DOCUMENTS = st.lists(ELEMENTS, max_size=4).map(lambda children: group("OFX", *children))


def says(body: bytes) -> Saying | None:
    try:
        read(body)
    except Said as said:
        return said.saying
    return None


def sgml(body: str, encoding: str = "USASCII", charset: str = "1252") -> bytes:
    return f"OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:{encoding}\nCHARSET:{charset}\n\n{body}".encode()


@given(DOCUMENTS, st.sampled_from(VERSIONS))
def test_what_is_written_is_read_back(root: Element, version: Version) -> None:
    assert read(write(root, version)) == root


def test_both_versions_make_the_same_tree() -> None:
    xml = XML + b"<OFX><A><B>1 &amp; 2</B><C></C><D/></A>\n<A> <B> 3 </B> </A></OFX>"
    old = SGML + b"<OFX><A><B>1 &amp; 2<C></C><D></D></A>\r\n<A>\r\n<B> 3 \r\n</A></OFX>\r\n"
    expected = group("OFX", group("A", leaf("B", "1 & 2"), leaf("C", ""), leaf("D", "")), group("A", leaf("B", "3")))
    assert read(xml) == read(old) == expected


def test_end_tags_may_be_missing_where_a_text_or_nothing_stands() -> None:
    tree = read(sgml("<OFX><T><NAME>x<MEMO><AMT>1</T><T><NAME>y</NAME><MEMO></T></OFX>"))
    assert [child.tag for child in tree.all("T")[0].children] == ["NAME", "MEMO", "AMT"]
    assert [each.value("NAME") for each in tree.all("T")] == ["x", "y"]
    assert tree.value("T", "AMT") == "1"
    assert tree.value("T", "MEMO") is None


@pytest.mark.parametrize("separator", ["\r\n", "\n", "", "  "])
def test_a_header_needs_no_line_breaks(separator: str) -> None:
    fields = ["OFXHEADER:100", "DATA:OFXSGML", "VERSION:102", "SECURITY:NONE", "ENCODING:USASCII", "CHARSET:1252"]
    fields += ["COMPRESSION:NONE", "OLDFILEUID:NONE", "NEWFILEUID:NONE"]
    body = separator.join(fields).encode() + b"<OFX><A>caf\xe9 \x80</OFX>"
    assert read(body).value("A") == "café €"


@pytest.mark.parametrize(
    ("encoding", "charset", "raw", "text"),
    [
        ("USASCII", "1252", b"\x80 caf\xe9", "€ café"),
        ("USASCII", "ISO-8859-1", b"caf\xe9", "café"),
        ("USASCII", "8859-1", b"caf\xe9", "café"),
        ("USASCII", "NONE", "café".encode(), "café"),
        ("USASCII", "NONE", b"caf\xe9", "café"),
        ("UNICODE", "NONE", "日本 café".encode(), "日本 café"),
        ("UTF-8", "NONE", "日本 café".encode(), "日本 café"),
        ("UTF-8", "NONE", b"caf\xe9!", "caf�!"),
        ("USASCII", "1252", b"a\x81b", "a�b"),
    ],
)
def test_charsets(encoding: str, charset: str, raw: bytes, text: str) -> None:
    head, tail = sgml("<OFX><A>|</OFX>", encoding, charset).split(b"|")
    assert read(head + raw + tail).value("A") == text


@pytest.mark.parametrize("name", ["ISO-8859-1", "windows-1252", "utf-8", "US-ASCII"])
def test_charsets_of_xml(name: str) -> None:
    codec = "utf-8" if name == "utf-8" else "latin-1"
    assert read(f'<?xml version="1.0" encoding="{name}"?><OFX><A>café</A></OFX>'.encode(codec)).value("A") == "café"


@pytest.mark.parametrize("name", ["rot13", "unicode_escape", "idna", "utf-16", "x" * 30])
def test_a_document_chooses_no_codec_of_python(name: str) -> None:
    assert says(f'<?xml version="1.0" encoding="{name}"?><OFX><A>a\\q</A></OFX>'.encode()) == Saying.GIBBERISH


def test_escapes_of_old_documents_are_read_once() -> None:
    tree = read(sgml("<OFX><A>&lt;b&gt; R&amp;amp;D &quot;&apos;&#39;&#x41;<B>&nbsp;&nosuch; AT&T & <small></OFX>"))
    assert tree.value("A") == "<b> R&amp;D \"''A"
    assert tree.value("B") == "\xa0&nosuch; AT&T & <small>"


def test_secrets_are_escaped_in_the_body_and_never_printed() -> None:
    root = group("OFX", leaf("USERPASS", "</USERPASS>&<!--€"))
    for version in VERSIONS:
        written = write(root, version)
        assert written.count(b"</USERPASS>") == 1
        assert read(written).value("USERPASS") == "</USERPASS>&<!--€"
    assert repr(root) == "Element(OFX)"


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "\ud800", "\x1b", "\x7f", "\ufffe"])
@pytest.mark.parametrize("version", VERSIONS)
def test_what_no_document_can_carry_is_not_written(text: str, version: Version) -> None:
    with pytest.raises(Said) as said:
        write(group("OFX", leaf("USERPASS", text)), version)
    assert said.value.saying == Saying.CLIENT_REFUSED
    assert text not in str(said.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Sorry</body></html>",
        b'{"error": 1}',
        b"\x00\x01\x02",
        b"<OFX></OFX>",
        XML,
        XML + b"<OFX><A>",
        XML + b"<OFX></A></OFX>",
        XML + b"<OFX><A>&nosuch;</A></OFX>",
        XML + b"<OFX>text<A></A></OFX>",
        XML + b"<OFX><A></A>text</OFX>",
        XML + b"<HTML></HTML>",
        SGML,
        SGML + b"<OFX><A>x",
        SGML + b"<OFX></A></OFX>",
        SGML + b"<OFX></OFX><OFX></OFX>",
        SGML + b"<OFX></OFX>more",
        SGML + b"<OFX><A>x</A>text<B>y</B></OFX>",
        b"OFXHEADER:100" + b" " * 5000 + b"<OFX></OFX>",
        SGML.replace(b"1252", b"1251") + b"<OFX></OFX>",
        b'<?xml version="1.0"?><!DOCTYPE OFX SYSTEM "file:///etc/passwd"><OFX></OFX>',
        b'<?xml version="1.0"?><!DOCTYPE OFX [<!ENTITY x SYSTEM "file:///etc/passwd">]><OFX><A>&x;</A></OFX>',
    ],
)
def test_what_is_no_document_is_gibberish(body: bytes) -> None:
    assert says(body) == Saying.GIBBERISH


def test_entities_that_multiply_are_refused_before_they_do() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE OFX [<!ENTITY l0 "lol">{levels}]><OFX><A>&l9;</A></OFX>'
    tracemalloc.start()
    assert says(bomb.encode()) == Saying.GIBBERISH
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("head", [XML, SGML], ids=["xml", "sgml"])
def test_nothing_grows_without_bound(head: bytes) -> None:
    deep = document.MAX_DEPTH + 1
    assert says(head + b"<OFX>" + b"<A>" * deep + b"</A>" * deep + b"</OFX>") == Saying.TOO_MUCH
    assert says(head + b"<OFX><A>" + b"x" * (document.MAX_TEXT + 1) + b"</A></OFX>") == Saying.TOO_MUCH
    assert says(head + b"<OFX>" + b"<A></A>" * document.MAX_ELEMENTS + b"</OFX>") == Saying.TOO_MUCH
    assert says(head + b" " * document.MAX_BYTES) == Saying.TOO_MUCH
    flat = head + b"<OFX>" + b"<A></A>" * deep + b"</OFX>"
    assert len(read(flat).children) == deep


@pytest.mark.parametrize(
    "body",
    [
        SGML + b"<OFX>" + b"<A><B>x" * 30_000,
        SGML + b"<OFX>" + b"<A><B><C>" * 12 + b"</C>" * 200_000,
        SGML + b"<OFX>" + b"<A" * 500_000,
        SGML + b"<OFX>" + b"&" * 1_000_000,
        b"OFXHEADER:100" + b"VERSION:" * 100_000,
        XML + b"<OFX>" + b"<" * 1_000_000,
        XML + b"<OFX " + b'a="" ' * 200_000,
        b"<?xml " + b"encoding=" * 200_000,
    ],
)
def test_no_document_takes_long(body: bytes) -> None:
    before = time.process_time()
    assert says(body) in (Saying.GIBBERISH, Saying.TOO_MUCH)
    assert time.process_time() - before < 5


@given(st.sampled_from([b"", XML, SGML, XML + b"<OFX>", SGML + b"<OFX>"]), st.binary(max_size=200))
def test_random_bytes_are_read_or_said_to_be_garbage(head: bytes, noise: bytes) -> None:
    assert says(head + noise) in (None, Saying.GIBBERISH)


@given(DOCUMENTS, st.sampled_from(VERSIONS), st.data())
def test_damaged_documents_are_read_or_said_to_be_garbage(root: Element, version: Version, data: st.DataObject) -> None:
    body = write(root, version)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(body))] * 2)))
    middle = data.draw(st.binary(max_size=4) | st.sampled_from([b"<", b"</", b">", b"<OFX>", b"&#0;", b"<!DOCTYPE x>"]))
    assert says(body[:start] + middle + body[end:]) in (None, Saying.GIBBERISH)

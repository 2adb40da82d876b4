"""OFX documents as trees: one reader for the XML of 2.x and the SGML of 1.x, and one writer of requests.

A bank is a stranger, so whatever a document can grow in is bounded, and neither DTDs nor entities of its own are
read. Both readers give the same tree: an element has a text or children, never both.
"""

import html
import re
from typing import Literal, NamedTuple
from xml.parsers import expat

import msgspec

from fanlight.institutions.answers import Said, Saying

MAX_BYTES = 16 << 20
MAX_DEPTH = 40
MAX_ELEMENTS = 500_000
MAX_SIGN_ON = 25_000
"""Elements of an answer to a sign-on, which lists accounts or asks questions and holds no transactions."""
MAX_TEXT = 6 << 20
"""Characters of one text; a picture is one text."""
MAX_HEADER = 1024

Version = Literal[102, 103, 220]

_BLANK = " \t\r\n"
_TAG = re.compile(r"<(/?)([A-Z][A-Z0-9._]{0,63})>")
_ENTITY = re.compile(r"&(?:amp|lt|gt|nbsp|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")
_FIELDS = "OFXHEADER|DATA|VERSION|SECURITY|ENCODING|CHARSET|COMPRESSION|OLDFILEUID|NEWFILEUID"
_FIELD = re.compile(rf"({_FIELDS}):")
_DECLARED = re.compile(rb"""<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([^"']{1,40})["']""")
_UNSENDABLE = re.compile("[^\\x20-\\x7e\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")

# A charset that says nothing is read as UTF-8 where it is valid, else as Windows 1252: banks send both under NONE.
_CODECS = {
    "": "",
    "NONE": "",
    "UTF-8": "utf-8",
    "UNICODE": "utf-8",
    "US-ASCII": "cp1252",
    "1252": "cp1252",
    "WINDOWS-1252": "cp1252",
    "8859-1": "latin-1",
    "ISO-8859-1": "latin-1",
}
_HEADER_1 = (
    "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:{version}\r\nSECURITY:NONE\r\nENCODING:{encoding}\r\n"
    "CHARSET:{charset}\r\nCOMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n"
)
_HEADER_2 = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\r\n'
    '<?OFX OFXHEADER="200" VERSION="{version}" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\r\n'
)


class Element(msgspec.Struct):
    """A piece of a document. Requests hold passwords, so it prints its tag only."""

    tag: str
    text: str = ""
    children: list["Element"] = []

    def __repr__(self) -> str:
        return f"Element({self.tag})"

    def find(self, *path: str) -> "Element | None":
        """The first element down a path of tags."""
        found: Element | None = self
        for tag in path:
            found = None if found is None else next((child for child in found.children if child.tag == tag), None)
        return found

    def all(self, tag: str) -> list["Element"]:
        """Every child of a tag."""
        return [child for child in self.children if child.tag == tag]

    def value(self, *path: str) -> str | None:
        """The text down a path of tags; None where there is none."""
        found = self.find(*path)
        return found.text or None if found is not None else None


def leaf(tag: str, text: str) -> Element:
    return Element(tag, text)


def group(tag: str, *children: Element | None) -> Element:
    """An element of elements; None stands for one that is left out."""
    return Element(tag, "", [child for child in children if child is not None])


def is_sendable(text: str) -> bool:
    """Whether a document can carry the text as it is: no control characters, no halves of surrogate pairs."""
    return _UNSENDABLE.search(text) is None


def write(root: Element, version: Version) -> bytes:
    """A document in the version asked; raises Said(CLIENT_REFUSED) for a text that no document can carry."""
    body = "".join(_written(root))
    if not is_sendable(body):
        raise Said(Saying.CLIENT_REFUSED, "a value holds characters that OFX cannot carry")
    if version >= 200:
        return (_HEADER_2.format(version=version) + body).encode()
    try:
        charset, content = _Charset("USASCII", "1252"), body.encode("cp1252")
    except UnicodeEncodeError:
        charset, content = _Charset("UNICODE", "NONE"), body.encode()
    return _HEADER_1.format(version=version, **charset._asdict()).encode() + content


def read(body: bytes, *, max_elements: int = MAX_ELEMENTS) -> Element:
    """The tree of a document of either version. Raises Said: GIBBERISH, or TOO_MUCH above a bound."""
    if len(body) > MAX_BYTES:
        raise Said(Saying.TOO_MUCH, f"the document is larger than {MAX_BYTES} bytes")
    content = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if content.startswith(b"OFXHEADER"):
        root = _read_sgml(content, _Tree(max_elements))
    elif content.startswith((b"<?xml", b"<?OFX")):
        root = _read_xml(content, _Tree(max_elements))
    else:
        raise Said(Saying.GIBBERISH, "the answer is not an OFX document")
    if root.tag != "OFX":
        raise Said(Saying.GIBBERISH, "the document is not one of OFX")
    return root


class _Charset(NamedTuple):
    encoding: str
    charset: str


def _written(element: Element) -> list[str]:
    # End tags are always written: 1.x may leave out those of texts, but an empty text would be taken for a group.
    inner = [part for child in element.children for part in _written(child)]
    return [f"<{element.tag}>", html.escape(element.text, quote=False), *inner, f"</{element.tag}>"]


class _Tree:
    """A tree while it is built: `path` leads from a holder of the root to the element that is open."""

    def __init__(self, max_elements: int) -> None:
        self.holder = Element("")
        self.path = [self.holder]
        self._max_elements = max_elements
        self._count = 0

    def open(self, tag: str) -> None:
        self._count += 1
        if len(self.path) > MAX_DEPTH or self._count > self._max_elements:
            raise Said(Saying.TOO_MUCH, f"more than {MAX_DEPTH} levels or {self._max_elements} elements")
        child = Element(tag)
        if self.path[-1].text:
            raise _mixed()
        self.path[-1].children.append(child)
        self.path.append(child)

    def text(self, text: str) -> None:
        """The text of the open element, which must not have children."""
        if len(text) > MAX_TEXT:
            raise Said(Saying.TOO_MUCH, f"a text has more than {MAX_TEXT} characters")
        if self.path[-1] is self.holder or self.path[-1].children:
            raise _mixed()
        self.path[-1].text = text

    def close(self) -> None:
        self.path.pop()

    def root(self) -> Element:
        if len(self.path) != 1 or len(self.holder.children) != 1:
            raise Said(Saying.GIBBERISH, "the document does not end where it should")
        return self.holder.children[0]


def _mixed() -> Said:
    return Said(Saying.GIBBERISH, "text stands between elements")


def _read_xml(content: bytes, tree: _Tree) -> Element:
    declared = _DECLARED.match(content)
    text = _decoded(content, declared[1].decode("latin-1") if declared else "UTF-8")
    pieces = list[str]()

    def settle() -> None:
        if settled := "".join(pieces).strip(_BLANK):
            tree.text(settled)
        pieces.clear()

    def start(tag: str, _attributes: dict[str, str]) -> None:
        settle()
        tree.open(tag)

    def end(_tag: str) -> None:
        settle()
        tree.close()

    # The encoding is ours: expat would ask Python for any codec that a document names.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = pieces.append
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise Said(Saying.GIBBERISH, f"the document is not XML (expat error {error.code})") from error
    return tree.root()


def _refuse_doctype(*_declared: object) -> None:
    raise Said(Saying.GIBBERISH, "the document brings a DTD")


def _read_sgml(content: bytes, tree: _Tree) -> Element:
    start = content.find(b"<", 0, MAX_HEADER)
    if start < 0:
        raise Said(Saying.GIBBERISH, "the header does not end")
    text = _decoded(content[start:], _charset(content[:start].decode("latin-1")))
    position = 0
    for tag in _TAG.finditer(text):
        _sgml_tag(tree, text[position : tag.start()].strip(_BLANK), tag[2], is_end=bool(tag[1]))
        position = tag.end()
    if text[position:].strip(_BLANK):
        raise Said(Saying.GIBBERISH, "the document goes on after its end")
    return tree.root()


def _sgml_tag(tree: _Tree, before: str, tag: str, *, is_end: bool) -> None:
    """A tag and the text before it: a text ends its element, whether or not its end tag follows."""
    if before:
        tree.text(_ENTITY.sub(_character, before))
        ended = tree.path[-1].tag
        tree.close()
        if is_end and tag == ended:
            return
    if is_end:
        _sgml_end(tree, tag)
    else:
        tree.open(tag)


def _sgml_end(tree: _Tree, tag: str) -> None:
    """Close the nearest element of a tag. What was opened in it and never closed was an empty text."""
    if all(element.tag != tag for element in tree.path):
        raise Said(Saying.GIBBERISH, "an element ends that never began")
    while (inner := tree.path[-1]).tag != tag:
        tree.close()
        tree.path[-1].children += inner.children
        inner.children = []
    tree.close()


def _character(entity: re.Match[str]) -> str:
    return html.unescape(entity[0])


def _charset(header: str) -> str:
    """Which charset a 1.x header names; its lines may be broken or not."""
    parts = [part.strip() for part in _FIELD.split(header)]
    fields: dict[str, str] = dict(zip(parts[1::2], parts[2::2], strict=True))
    encoding = fields.get("ENCODING", "").upper()
    return encoding if encoding in ("UTF-8", "UNICODE") else fields.get("CHARSET", "")


def _decoded(content: bytes, charset: str) -> str:
    """The text; a broken byte becomes U+FFFD, for a statement is worth more than one letter of it."""
    codec = _CODECS.get(charset.upper())
    if codec is None:
        raise Said(Saying.GIBBERISH, "the document is in a charset that OFX does not know")
    try:
        return content.decode(codec or "utf-8", "replace" if codec else "strict")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")

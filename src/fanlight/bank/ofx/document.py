"""OFX documents: a request read into a tree, an answer written from one, both in the form that the client speaks.

OFX 2 is XML. OFX 1 is SGML, where an element that holds text may go without its end tag.
"""

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple
from xml.parsers import expat

import msgspec

from fanlight.base.errors import Malformed

MAX_ELEMENTS = 20_000
MAX_DEPTH = 24
SGML_VERSIONS = ("102", "103", "151", "160")
XML_VERSIONS = ("200", "201", "202", "203", "210", "211", "220")
FIRST_WITH_PENDING = "220"

_HEADER_LINE = re.compile(r"([A-Z]+):(\S*)")
_HEADER_ATTRIBUTE = re.compile(r'([A-Z]+)="([^"]*)"')
_TAG = re.compile(r"<(/?)([A-Za-z0-9._]{1,40})>([^<]*)")
_FILE_UID = re.compile(r"[A-Za-z0-9-]{1,36}")
_ENTITY = re.compile(r"&(lt|gt|amp);")
_CHARACTERS = {"lt": "<", "gt": ">", "amp": "&"}


class Element(msgspec.Struct):
    """An element with its text or with its children. It may hold a password, so its repr shows the name alone."""

    name: str
    text: str = ""
    children: list["Element"] = []

    def __repr__(self) -> str:
        return f"Element({self.name!r})"

    def first(self, path: str) -> "Element | None":
        """The first element under a path such as `SONRQ/FI`."""
        found: Element | None = self
        for name in path.split("/"):
            found = next((each for each in found.children if each.name == name), None) if found else None
        return found

    def value(self, path: str) -> str:
        """The text under a path; empty where there is none."""
        found = self.first(path)
        return found.text if found else ""

    def all(self, name: str) -> list["Element"]:
        return [each for each in self.children if each.name == name]


class Form(NamedTuple):
    """How a client speaks: the version of its header, and the id that it gave to its file."""

    version: str
    file_uid: str = "NONE"

    @property
    def is_xml(self) -> bool:
        return self.version in XML_VERSIONS

    @property
    def knows_pending(self) -> bool:
        return self.version >= FIRST_WITH_PENDING


class Document(NamedTuple):
    """A request as it was read."""

    form: Form
    root: Element


def read(body: bytes) -> Document:
    """A request of either version; raises Malformed, with a sentence for whoever wrote the client."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    document = _read_sgml(start) if start.startswith(b"OFXHEADER:") else _read_xml(start)
    if document.root.name != "OFX":
        raise Malformed("The outermost element is not OFX.")
    return document


def write(form: Form, root: Element) -> bytes:
    """An answer in the form of its request."""
    if form.is_xml:
        header = (
            '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
            f'<?OFX OFXHEADER="200" VERSION="{form.version}" SECURITY="NONE" OLDFILEUID="NONE"'
            f' NEWFILEUID="{form.file_uid}"?>\n'
        )
        return (header + _xml(root)).encode()
    header = (
        f"OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:{form.version}\r\nSECURITY:NONE\r\nENCODING:USASCII\r\n"
        f"CHARSET:1252\r\nCOMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:{form.file_uid}\r\n\r\n"
    )
    return (header + "".join(_sgml(root))).encode("cp1252")


def leaf(name: str, value: object) -> Element:
    return Element(name, str(value))


def optional(name: str, value: object) -> Element | None:
    """A leaf where there is something to write: an empty element is not allowed."""
    return leaf(name, value) if value else None


def group(name: str, *children: Element | None) -> Element:
    return Element(name, children=[each for each in children if each is not None])


def _xml(element: Element) -> str:
    inner = "".join(map(_xml, element.children)) if element.children else escape(element.text, quote=False)
    return f"<{element.name}>{inner}</{element.name}>"


def _sgml(element: Element) -> Iterator[str]:
    if element.text:
        yield f"<{element.name}>{escape(element.text, quote=False)}\n"
        return
    yield f"<{element.name}>\n"
    for child in element.children:
        yield from _sgml(child)
    yield f"</{element.name}>\n"


class _Tree:
    """A tree being read; the limits keep a hostile document from becoming a large one."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self.open: list[Element] = []
        self._left = MAX_ELEMENTS

    def begin(self, name: str) -> None:
        self.open.append(self._added(Element(name)))
        if len(self.open) > MAX_DEPTH:
            raise Malformed(f"Elements are nested deeper than {MAX_DEPTH}.")

    def leaf(self, name: str, text: str) -> None:
        self._added(Element(name, text))

    def end(self) -> Element:
        return self.open.pop()

    def end_sgml(self, name: str) -> None:
        """End the innermost element of a name; what is open in it was empty, so what follows it stands beside it."""
        while self.open and self.open[-1].name != name:
            empty = self.end()
            if self.open:
                self.open[-1].children += empty.children
                empty.children = []
        if not self.open:
            raise Malformed(f"The end tag </{name}> closes nothing that is open.")
        self.end()

    def finished(self) -> Element:
        if self.root is None or self.open:
            raise Malformed("The document has no end.")
        return self.root

    def _added(self, element: Element) -> Element:
        self._left -= 1
        if self._left < 0:
            raise Malformed(f"The document has more than {MAX_ELEMENTS} elements.")
        if self.open:
            self.open[-1].children.append(element)
        elif self.root is None:
            self.root = element
        else:
            raise Malformed("Something follows the outermost element.")
        return element


def _read_sgml(body: bytes) -> Document:
    head, opening, rest = body.partition(b"<")
    header = dict(_HEADER_LINE.findall(head.decode("latin-1")))
    form = _form(header, "100", SGML_VERSIONS)
    encoding = "utf-8" if header.get("ENCODING") in ("UNICODE", "UTF-8") else "cp1252"
    try:
        text = (opening + rest).decode(encoding)
    except UnicodeDecodeError as error:
        raise Malformed("The document is not in the encoding that its header names.") from error
    return Document(form, _sgml_tree(text))


def _sgml_tree(text: str) -> Element:
    tree, at, before = _Tree(), 0, ""
    while at < len(text):
        tag = _TAG.match(text, at)
        if tag is None:
            raise Malformed(f"The document cannot be read at character {at}.")
        at, name, inner = tag.end(), tag[2].upper(), tag[3].strip()
        if tag[1]:
            if inner:
                raise Malformed(f"There is text after </{name}>.")
            if name != before:  # the end tag of a leaf is as good as none
                tree.end_sgml(name)
        elif inner:
            tree.leaf(name, _ENTITY.sub(lambda entity: _CHARACTERS[entity[1]], inner))
        else:
            tree.begin(name)
        before = name if inner else ""
    return tree.finished()


def _read_xml(body: bytes) -> Document:
    tree, header, parser = _Tree(), dict[str, str](), expat.ParserCreate("utf-8")
    texts: list[str] = []

    def instruction(target: str, data: str) -> None:
        if target == "OFX":
            header.update(_HEADER_ATTRIBUTE.findall(data))

    def begin(name: str, attributes: dict[str, str]) -> None:  # noqa: ARG001  (an expat handler's signature)
        texts.clear()
        tree.begin(name)

    def end(name: str) -> None:  # noqa: ARG001  (an expat handler's signature)
        element = tree.end()
        element.text = "" if element.children else "".join(texts).strip()
        texts.clear()

    parser.ProcessingInstructionHandler = instruction
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = texts.append
    # Without a document type there are no entities to expand and nothing outside to load.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise Malformed(f"The XML cannot be read: {expat.errors.messages[error.code]}.") from error
    return Document(_form(header, "200", XML_VERSIONS), tree.finished())


def _refuse_doctype(*declaration: object) -> None:  # noqa: ARG001  (an expat handler's signature)
    raise Malformed("The document must not declare a document type.")


def _form(header: dict[str, str], kind: str, versions: tuple[str, ...]) -> Form:
    version, uid = header.get("VERSION", ""), header.get("NEWFILEUID", "")
    if header.get("OFXHEADER") != kind or version not in versions:
        raise Malformed(f"The header must say OFXHEADER {kind} and one of the versions {', '.join(versions)}.")
    if header.get("SECURITY", "NONE") != "NONE" or header.get("COMPRESSION", "NONE") != "NONE":
        raise Malformed("The header must say SECURITY NONE and COMPRESSION NONE.")
    return Form(version, uid if _FILE_UID.fullmatch(uid) else "NONE")

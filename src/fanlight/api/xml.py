"""XML in and out for the partner faces: an element is an object of its children, and nothing else of XML is taken."""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers import expat

from fanlight.base.errors import Malformed

MAX_DEPTH = 8
MAX_ELEMENTS = 1000
# What is no character in XML 1.0 (2.2).
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_xml(value: Mapping[str, Any]) -> bytes:
    """An object with one root as XML elements of the same names; null is an empty element."""
    ((root, inner),) = value.items()
    element = ET.Element(root)
    for name, content in inner.items():
        child = ET.SubElement(element, name)
        child.text = None if content is None else _text(content)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(element)


def read_xml(body: bytes) -> dict[str, Any]:
    """The root element as an object under its name, empty for an empty body; raises Malformed.

    An element with children is an object of them, one without is its text, an empty one is null; values are texts.
    A document type, and with it every entity of its own, is refused.
    """
    if not body.strip():
        return {}
    tree = _Tree()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = tree.doctype
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.text
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Malformed("The body is not valid XML.") from error
    return tree.root


class _Element:
    __slots__ = ("children", "texts")

    def __init__(self) -> None:
        self.children: dict[str, Any] = {}
        self.texts: list[str] = []

    @property
    def value(self) -> Any:
        return self.children or "".join(self.texts).strip() or None


class _Tree:
    """What is open of a document while it is read."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[_Element] = []
        self._count = 0

    def doctype(self, *_: object) -> None:
        raise Malformed("The body must have no document type.")

    def start(self, _name: str, _attributes: Mapping[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise Malformed(f"The body has more than {MAX_ELEMENTS} elements or more than {MAX_DEPTH} in each other.")
        self._open.append(_Element())

    def end(self, name: str) -> None:
        done = self._open.pop()
        place = self._open[-1].children if self._open else self.root
        place[name] = done.value

    def text(self, text: str) -> None:
        self._open[-1].texts.append(text)


def _text(content: Any) -> str:
    text = str(content).lower() if isinstance(content, bool) else str(content)
    return _NOT_XML.sub("", text)

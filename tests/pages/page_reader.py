"""Reads a page like a strict browser: what is in it, and whether anything in it could run or look like ours."""

from html.parser import HTMLParser
from typing import NamedTuple

from fanlight.base.asgi import Response

VOID = {"meta", "link", "input", "br", "wbr"}
INLINE = {"a", "bdi", "code", "span", "strong", "var", "wbr"}


class Element(NamedTuple):
    tag: str
    attributes: dict[str, str | None]


class Page(HTMLParser):
    """The elements and the visible text of a response; raises AssertionError on elements that do not close."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.words: list[str] = []
        self.title = ""
        self._open: list[str] = []
        self.feed(response.body.decode())
        assert not self._open

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [element.attributes for element in self.elements if element.tag == tag]

    def by_id(self, name: str) -> Element:
        (found,) = (element for element in self.elements if element.attributes.get("id") == name)
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs)))
        self._part(tag)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        self._part(tag)

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        assert inside not in {"script", "style"} or not data.strip(), "inline script or style"
        if inside == "title":
            self.title += data
        else:
            self.words.append(data)

    def _part(self, tag: str) -> None:
        if tag not in INLINE:
            self.words.append(" ")

    def assert_nothing_inline(self) -> None:
        """No event handlers, no styles, no scripts but our files, nothing from elsewhere."""
        for tag, attributes in self.elements:
            assert tag not in {"style", "iframe", "object", "embed", "base"}
            assert not any(name == "style" or name.startswith("on") for name in attributes)
            if tag in {"script", "link"}:
                address = attributes.get("src") or attributes.get("href") or ""
                assert address.startswith("/static/")
                assert "?v=" in address


def headers(response: Response) -> dict[str, str]:
    found = [(name.decode(), value.decode()) for name, value in response.headers]
    assert len(dict(found)) == len(found)
    return dict(found)

"""A browser without a screen: follows redirects, keeps cookies, fills in forms. Enough to walk an OAuth window."""

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx2

MAX_REDIRECTS = 10


class Form:
    """One form of a page: where it goes and what it would send."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: list[tuple[str, str]] = []
        self.buttons: list[tuple[str, str]] = []

    def filled(self, given: Mapping[str, str]) -> dict[str, list[str]]:
        """The fields to send: ticked boxes and hidden values as they are, typed ones as given."""
        sent: dict[str, list[str]] = {}
        for name, value in self.fields:
            sent.setdefault(name, []).append(value)
        return sent | {name: [value] for name, value in given.items()}


class Page:
    """A page that the browser stands on."""

    def __init__(self, response: httpx2.Response) -> None:
        self.url = str(response.url)
        self.status = response.status_code
        self.text = response.text
        parser = _Parser(self.url)
        parser.feed(self.text)
        self.forms = parser.forms
        self.title = parser.title.strip()
        self.message = parser.message


class Left(Exception):
    """The browser was sent to a place that it does not open: an app's link, or a client's own URL."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class Browser:
    """`opens` are the origins that it follows redirects to; `seen` is told of every hop."""

    def __init__(self, opens: tuple[str, ...], seen: Callable[[httpx2.Response], None] = lambda _: None) -> None:
        self._client = httpx2.Client(follow_redirects=False, timeout=30)
        self._opens = opens
        self._seen = seen

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def open(self, url: str) -> Page:
        """Go to a URL; raises Left when a redirect leads elsewhere."""
        return self._follow(self._client.get(url))

    def submit(self, page: Page, **given: str) -> Page:
        """Send the page's form."""
        form = page.forms[0]
        said = {"origin": _origin(page.url)}
        return self._follow(self._client.post(form.action, data=form.filled(given), headers=said))

    def _follow(self, response: httpx2.Response) -> Page:
        for _ in range(MAX_REDIRECTS):
            self._seen(response)
            location = response.headers.get("location")
            if location is None:
                return Page(response)
            target = urljoin(str(response.url), location)
            if _origin(target) not in self._opens:
                raise Left(target)
            response = self._client.get(target)
        raise httpx2.TooManyRedirects("the window redirects in circles", request=response.request)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class _Parser(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.title = ""
        self.message: dict[str, str] = {}
        self._url = url
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._in_title = tag == "title"
        self.message |= {name[5:]: value for name, value in values.items() if name.startswith("data-")}
        if tag == "form":
            self.forms.append(Form(urljoin(self._url, values.get("action", ""))))
        elif tag == "input" and self.forms and values.get("name"):
            self._field(values)
        elif tag == "button" and self.forms and values.get("name"):
            self.forms[-1].buttons.append((values["name"], values.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data

    def _field(self, values: dict[str, str]) -> None:
        if values.get("type") in ("checkbox", "radio") and "checked" not in values:
            return
        self.forms[-1].fields.append((values["name"], values.get("value", "")))

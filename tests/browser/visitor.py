"""A person with a browser profile of their own, and what that browser asked for and complained about."""

from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, WebError

PATIENCE_MS = 10_000
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 320, "height": 640}


class Visitor:
    """A fresh browser context with its protocol."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.requests: list[Request] = []
        self.responses: list[Response] = []
        self.complaints: list[str] = []
        context.set_default_timeout(PATIENCE_MS)
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("console", self._heard_console)
        context.on("weberror", self._heard_error)

    def page(self, url: str | None = None) -> Page:
        """A new tab."""
        page = self.context.new_page()
        if url is not None:
            page.goto(url)
        return page

    def status(self, page: Page) -> int:
        """The HTTP status with which the page came that the tab shows now."""
        page.wait_for_load_state()
        return [response for response in self.responses if response.url == page.url][-1].status

    def request_of(self, path: str) -> Request:
        """The last request of a path, whichever server it went to."""
        return [request for request in self.requests if urlsplit(request.url).path.endswith(path)][-1]

    def hosts(self) -> set[str]:
        """Everybody who was asked for anything."""
        return {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, self._urls()) if parts.scheme != "data"}

    def _urls(self) -> list[str]:
        return [request.url for request in self.requests]

    # Methods, because playwright marks a handler with an attribute, which a list's own append cannot have.
    def _asked(self, request: Request) -> None:
        self.requests.append(request)

    def _answered(self, response: Response) -> None:
        self.responses.append(response)

    def _heard_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _heard_error(self, error: WebError) -> None:
        self.complaints.append(str(error.error))


class Visitors:
    """Makes visitors and closes their browsers at the end."""

    def __init__(self, chromium: Browser) -> None:
        self._chromium = chromium
        self._made: list[Visitor] = []

    def __enter__(self) -> "Visitors":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for visitor in self._made:
            visitor.context.close()

    def new(self, **options: Any) -> Visitor:
        """A new profile; `options` are those of a browser context."""
        visitor = Visitor(self._chromium.new_context(**{"viewport": DESKTOP, **options}))
        self._made.append(visitor)
        return visitor

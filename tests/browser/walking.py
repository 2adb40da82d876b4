"""What a person does in the window, and what the client's page hears of it."""

import itertools
from typing import Any

from playwright.sync_api import Page

from browser.site import ClientSite
from browser.visitor import Visitor

_ENDS = itertools.count()


def sign_in(page: Page, username: str = "ada") -> None:
    """At the bank's login page."""
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill("correct")
    page.get_by_role("button", name="Sign in").click()


def authorize(page: Page) -> None:
    """At the bank's consent page."""
    page.get_by_role("button", name="Authorize").click()


def decline(page: Page) -> None:
    """At the bank's consent page."""
    page.get_by_role("button", name="Do not allow").click()


def connect(page: Page, username: str = "ada") -> None:
    """From the bank's login page to the end."""
    sign_in(page, username)
    authorize(page)
    expect_connected(page)


def expect_connected(page: Page) -> None:
    expect_heading(page, "You are all set")


def expect_heading(page: Page, text: str) -> None:
    # Playwright's `expect` looks again after 100, 250, 500 ms; this looks at every frame.
    page.get_by_role("heading", level=1, name=text, exact=True).wait_for()
    page.wait_for_load_state()


def expect_reason(page: Page, reason: str) -> None:
    """The page says why, in a form that support can read."""
    page.get_by_label("For support").get_by_text(reason, exact=True).wait_for()


def expect_session_error(page: Page) -> None:
    expect_heading(page, "This link cannot be used any more")
    expect_reason(page, "SESSION_ERROR")


class Opener:
    """A client's page that opens windows and keeps every message it hears."""

    def __init__(self, visitor: Visitor, site: ClientSite) -> None:
        self.page = visitor.page(site.origin + "/")

    def open(self, uri: str) -> Page:
        """The window that a click on the client's button opens."""
        self.page.evaluate("uri => { window.uri = uri }", uri)
        with self.page.expect_popup() as popup:
            self.page.get_by_role("button", name="Connect").click()
        popup.value.wait_for_load_state()
        return popup.value

    def heard(self, popup: Page) -> list[dict[str, Any]]:
        """All messages so far. The popup sends one more, after which none of its own can still be on the way."""
        end = f"end {next(_ENDS)}"
        popup.wait_for_load_state()
        popup.evaluate("end => opener.postMessage(end, '*')", end)
        self.page.wait_for_function("end => heard.some(({ data }) => data === end)", arg=end)
        found: list[dict[str, Any]] = self.page.evaluate("heard.filter(({ data }) => typeof data !== 'string')")
        return found


def message(kind: str, guid: str, reason: str | None = None) -> dict[str, Any]:
    """What the window tells its opener."""
    return {
        "mx": True,
        "type": f"oauthComplete/{kind}",
        "metadata": {"member_guid": guid, "error_reason": reason},
    }

"""Windows that end in an app or at a client: where the browser is sent, and what goes along."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from browser.site import RETURNED, ClientSite
from browser.visitor import Visitor
from browser.walking import authorize, decline, expect_connected, expect_heading, sign_in
from browser.wire import ERRORED, REASONS, SUCCESS, counted, new_member, new_window, states, status
from support.world import Nexus, World

pytestmark = pytest.mark.browser

HTTPS_RETURN = "https://client.example/return"


def test_a_finished_window_leads_into_the_app(world: World, nexus: Nexus, visitor: Visitor) -> None:
    member = new_member(nexus)

    link = _refused_link(visitor, _app_window(nexus, member["guid"]), authorize)

    assert link.url == f"exampleapp://oauth_complete?status=success&member_guid={member['guid']}"
    assert _redirect_to(link) == 303
    assert status(nexus, member["guid"]) == "CONNECTED"
    assert states(nexus, member["guid"])[0] == (SUCCESS, None)


def test_a_declined_window_leads_into_the_app_with_the_reason(world: World, nexus: Nexus, visitor: Visitor) -> None:
    member = new_member(nexus)

    link = _refused_link(visitor, _app_window(nexus, member["guid"]), decline)

    told = f"status=error&member_guid={member['guid']}&error_reason=CANCELLED"
    assert link.url == f"exampleapp://oauth_complete?{told}"
    assert status(nexus, member["guid"]) == "PENDING"
    assert states(nexus, member["guid"])[0] == (ERRORED, REASONS["CANCELLED"])


def test_where_the_app_is_missing_the_same_callback_shows_a_page_with_the_link(
    world: World, nexus: Nexus, visitor: Visitor
) -> None:
    member = new_member(nexus)
    link = _refused_link(visitor, _app_window(nexus, member["guid"]), authorize)
    tokens = counted(world, "token")

    page = visitor.page(visitor.request_of("/oauth/redirect_from").url)

    expect_connected(page)
    assert visitor.status(page) == 400
    button = page.locator("a#oauth-close-window")
    expect(button).to_have_text("Back to sandbox")
    expect(button).to_have_attribute("href", link.url)
    with visitor.context.expect_event("requestfailed") as followed:
        button.click()
    assert followed.value.url == link.url
    assert counted(world, "token") == tokens


def test_a_client_on_loopback_is_returned_to_without_a_referer(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite
) -> None:
    member = new_member(nexus)
    uri = new_window(nexus, member["guid"], referral_source="APP", client_redirect_url=f"{site.return_url}?step=2")
    page = visitor.page(uri)

    sign_in(page)
    authorize(page)

    expect_heading(page, "Back at the client")
    visit = site.returned()
    assert visit.query == {"step": "2", "status": "success", "member_guid": member["guid"]}
    assert "referer" not in visit.headers
    assert states(nexus, member["guid"])[0] == (SUCCESS, None)


def test_a_client_on_loopback_is_told_the_reason(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite
) -> None:
    member = new_member(nexus)
    page = visitor.page(new_window(nexus, member["guid"], referral_source="APP", client_redirect_url=site.return_url))

    sign_in(page, "server_error")

    expect_heading(page, "Back at the client")
    told = {"status": "error", "member_guid": member["guid"], "error_reason": "PROVIDER_ERROR"}
    assert site.returned().query == told
    assert states(nexus, member["guid"])[0] == (ERRORED, REASONS["PROVIDER_ERROR"])


@pytest.mark.parametrize(
    ("decide", "told"),
    [(authorize, {"status": ["success"]}), (decline, {"status": ["error"], "error_reason": ["CANCELLED"]})],
)
def test_a_client_on_https_is_returned_to_without_a_referer(
    nexus: Nexus, visitor: Visitor, decide: Callable[[Page], None], told: dict[str, list[str]]
) -> None:
    member = new_member(nexus)
    page = visitor.page()
    arrivals = _stand_in(visitor, page)
    page.goto(new_window(nexus, member["guid"], referral_source="APP", client_redirect_url=HTTPS_RETURN))

    sign_in(page)
    decide(page)

    expect_heading(page, "Back at the client")
    (arrival,) = arrivals
    assert arrival["url"] == page.url
    assert parse_qs(urlsplit(page.url).query) == {**told, "member_guid": [member["guid"]]}
    assert "referer" not in {name.lower() for name in arrival["headers"]}


def test_nobody_is_told_a_token_or_a_code_as_referer(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite
) -> None:
    member = new_member(nexus)
    uri = new_window(nexus, member["guid"], referral_source="APP", client_redirect_url=site.return_url)
    page = visitor.page(site.origin)
    page.evaluate("uri => { location = uri }", uri)

    sign_in(page)
    authorize(page)

    expect_heading(page, "Back at the client")
    referers = {request.url: request.all_headers().get("referer") or None for request in visitor.requests}
    assert "/oauth/redirect_from?" in " ".join(referers)
    assert set(referers.values()) <= {None, site.origin + "/"}
    assert referers[visitor.request_of("/oauth/redirect_from").url] is None
    assert referers[page.url] is None
    assert referers[visitor.request_of("/oauth/authorize").url] is None


def _app_window(nexus: Nexus, guid: str) -> str:
    return new_window(nexus, guid, referral_source="APP", ui_message_webview_url_scheme="exampleapp")


def _refused_link(visitor: Visitor, uri: str, decide: Callable[[Page], None]) -> Request:
    """Walk a window to an app that is not there; the browser's request for its link."""
    page = visitor.page(uri)
    sign_in(page)
    with visitor.context.expect_event("requestfailed") as failed:
        decide(page)
    found: Request = failed.value
    return found


def _redirect_to(request: Request) -> int:
    """The status of the answer that led to a request."""
    before = request.redirected_from
    answer = before.response() if before is not None else None
    assert answer is not None
    return answer.status


def _stand_in(visitor: Visitor, page: Page) -> list[dict[str, Any]]:
    """Answer for the client on https, and keep what it was asked. Playwright's own routes do not see redirects."""
    asked: list[dict[str, Any]] = []
    session = visitor.context.new_cdp_session(page)

    def answer(event: dict[str, Any]) -> None:
        asked.append(event["request"])
        html = [{"name": "Content-Type", "value": "text/html"}]
        body = base64.b64encode(RETURNED.encode()).decode()
        given = {"requestId": event["requestId"], "responseCode": 200, "responseHeaders": html, "body": body}
        session.send("Fetch.fulfillRequest", given)

    session.on("Fetch.requestPaused", answer)
    session.send("Fetch.enable", {"patterns": [{"urlPattern": "https://client.example/*"}]})
    return asked

"""Pictures of the window for people to look at, in tests/output/screens/: each page, on a desktop and on a phone."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from browser.visitor import DESKTOP, PHONE, Visitors
from browser.walking import authorize, decline, expect_connected, expect_heading, expect_session_error, sign_in
from browser.wire import new_member, new_window
from support.world import Nexus, World

pytestmark = pytest.mark.browser

PLACE = Path(__file__).parents[1] / "output" / "screens"
DEVICES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": DESKTOP},
    "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True, "device_scale_factor": 2},
}


@pytest.mark.parametrize("device", DEVICES)
def test_every_page_has_its_picture_taken(world: World, nexus: Nexus, visitors: Visitors, device: str) -> None:
    visitor = visitors.new(**DEVICES[device])
    member = new_member(nexus)
    page = visitor.page(member["oauth_window_uri"])
    _take(page, device, "1-login")
    sign_in(page)
    expect_heading(page, "Choose what to share")
    _take(page, device, "2-consent")
    authorize(page)
    expect_connected(page)
    _take(page, device, "3-success")
    page.goto(new_window(nexus, member["guid"]))
    sign_in(page)
    decline(page)
    expect_heading(page, "You stopped before the end")
    _take(page, device, "4-cancelled")
    page.goto(member["oauth_window_uri"])
    expect_session_error(page)
    _take(page, device, "5-session-error")


@pytest.mark.parametrize("device", DEVICES)
def test_the_page_for_a_missing_app_has_its_picture_taken(
    world: World, nexus: Nexus, visitors: Visitors, device: str
) -> None:
    visitor = visitors.new(**DEVICES[device])
    uri = new_window(
        nexus, new_member(nexus)["guid"], referral_source="APP", ui_message_webview_url_scheme="exampleapp"
    )
    page = visitor.page(uri)
    sign_in(page)
    with visitor.context.expect_event("requestfailed"):
        authorize(page)
    page.goto(visitor.request_of("/oauth/redirect_from").url)
    expect_connected(page)
    _take(page, device, "6-back-to-the-app")


def test_the_page_for_another_browser_has_its_picture_taken(world: World, nexus: Nexus, visitors: Visitors) -> None:
    sent = visitors.new().context.request.get(new_member(nexus)["oauth_window_uri"], max_redirects=0)
    page = visitors.new().page(sent.headers["location"])
    sign_in(page)
    authorize(page)
    expect_heading(page, "This link cannot be used any more")
    _take(page, "desktop", "7-other-browser")


def _take(page: Page, device: str, name: str) -> None:
    """The same page by day and by night."""
    PLACE.mkdir(parents=True, exist_ok=True)
    page.wait_for_load_state()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        path = PLACE / f"{name}-{device}-{scheme}.png"
        page.screenshot(path=path, animations="disabled", full_page=True)
        assert path.stat().st_size > 4000

"""The pages as pages: small screens, keyboards, no scripts, dark rooms, and nobody else who is told."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect

from browser.site import ClientSite
from browser.visitor import PHONE, Visitor, Visitors
from browser.walking import Opener, authorize, connect, decline, expect_heading, expect_session_error, sign_in
from browser.wire import SUCCESS, new_member, new_window, states
from support.world import Nexus, World

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.id || document.activeElement.tagName"


def test_no_page_scrolls_sideways_on_the_smallest_phone(world: World, nexus: Nexus, visitors: Visitors) -> None:
    uri = new_member(nexus)["oauth_window_uri"]
    page = visitors.new(viewport=PHONE).page(uri)
    _fits(page)
    sign_in(page)
    expect_heading(page, "Choose what to share")
    _fits(page)
    authorize(page)
    expect_heading(page, "You are all set")
    _fits(page)
    page.goto(uri)
    expect_session_error(page)
    _fits(page)


def test_a_page_with_reason_and_link_fits_the_smallest_phone(
    world: World, nexus: Nexus, visitors: Visitors, site: ClientSite
) -> None:
    member = new_member(nexus)
    visitor = visitors.new(viewport=PHONE)
    page = visitor.page(new_window(nexus, member["guid"], referral_source="APP", client_redirect_url=site.return_url))
    sign_in(page)
    decline(page)
    expect_heading(page, "Back at the client")

    page.goto(visitor.request_of("/oauth/redirect_from").url)

    expect_heading(page, "You stopped before the end")
    expect(page.locator("a#oauth-close-window")).to_be_in_viewport(ratio=0.01)
    _fits(page)


def test_the_whole_window_can_be_walked_by_keyboard(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite
) -> None:
    member = new_member(nexus)
    window = Opener(visitor, site).open(member["oauth_window_uri"])
    assert window.evaluate(FOCUSED) == "username"

    window.keyboard.type("ada")
    window.keyboard.press("Tab")
    window.keyboard.type("correct")
    window.keyboard.press("Enter")
    expect_heading(window, "Choose what to share")
    _tab_to(window, "BUTTON")
    window.keyboard.press("Enter")
    expect_heading(window, "You are all set")
    _tab_to(window, "oauth-close-window")

    with window.expect_event("close"), suppress(Error):  # the window may be gone before it has told that a key was up
        window.keyboard.press("Enter")
    assert states(nexus, member["guid"]) == [(SUCCESS, None)]


def test_the_end_is_announced_and_named(world: World, nexus: Nexus, visitor: Visitor) -> None:
    page = visitor.page(new_member(nexus)["oauth_window_uri"])
    connect(page)

    outcome = page.get_by_role("status").first
    expect(outcome.get_by_role("heading", name="You are all set")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_title("Connected · Fanlight")
    expect(page.get_by_role("main")).to_have_count(1)


def test_the_window_works_without_scripts(world: World, nexus: Nexus, visitors: Visitors) -> None:
    member = new_member(nexus)
    page = visitors.new(java_script_enabled=False).page(member["oauth_window_uri"])

    connect(page)

    expect(page.get_by_text("You can close this window.")).to_be_visible()
    expect(page.locator("#oauth-close-window")).to_be_hidden()
    assert states(nexus, member["guid"]) == [(SUCCESS, None)]


@pytest.mark.parametrize("end", [authorize, decline])
def test_a_dark_room_gets_a_dark_page(
    world: World, nexus: Nexus, visitor: Visitor, end: Callable[[Page], None]
) -> None:
    page = visitor.page(new_member(nexus)["oauth_window_uri"])
    sign_in(page)
    end(page)
    page.wait_for_url("**/oauth/redirect_from?*")

    light, dark = (_look(page, scheme) for scheme in ("light", "dark"))

    assert light[0] != dark[0]
    assert light[1] > 200
    assert dark[1] < 60


@pytest.mark.parametrize("end", [authorize, decline])
def test_nobody_but_the_two_servers_is_asked_and_nothing_is_complained_about(
    world: World, nexus: Nexus, visitor: Visitor, end: Callable[[Page], None]
) -> None:
    page = visitor.page(new_member(nexus)["oauth_window_uri"])
    sign_in(page)
    end(page)
    page.wait_for_url("**/oauth/redirect_from?*")
    expect(page.get_by_role("button", name="Close this window")).to_be_visible()
    page.wait_for_load_state()

    assert visitor.hosts() == {world.url, world.ready["bank"]}
    assert visitor.complaints == []


def _fits(page: Page) -> None:
    page.wait_for_load_state()
    assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [PHONE["width"]] * 2


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until something of that id or kind has the focus, as somebody without a mouse does."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return
    raise AssertionError(f"the keyboard does not reach {name}")


def _look(page: Page, scheme: str) -> tuple[bytes, float]:
    """A screenshot, and how light the wall behind the card is, 0 to 255."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    channels = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)")
    return page.screenshot(animations="disabled"), sum(channels) / 3

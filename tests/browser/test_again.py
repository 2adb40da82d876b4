"""What people do to windows that nobody planned: close, reload, go back, open twice, and in another browser."""

import pytest
from playwright.sync_api import Error, expect

from browser.site import ClientSite
from browser.visitor import Visitor, Visitors
from browser.walking import (
    Opener,
    authorize,
    connect,
    expect_connected,
    expect_heading,
    expect_session_error,
    message,
    sign_in,
)
from browser.wire import ERRORED, PENDING, REASONS, SUCCESS, counted, new_member, new_window, states, status
from support.world import Nexus, World

pytestmark = pytest.mark.browser

BANK_IS_OVER = "This cannot continue"


def test_a_closed_window_is_replaced_by_a_fresh_one_and_unopened_ones_die(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite
) -> None:
    member = new_member(nexus)
    opener = Opener(visitor, site)
    closed = opener.open(member["oauth_window_uri"])
    sign_in(closed)
    expect_heading(closed, "Choose what to share")  # Chromium may not answer to the close of a page under way
    closed.close()
    unopened, fresh = new_window(nexus, member["guid"]), new_window(nexus, member["guid"])

    dead = opener.open(unopened)
    expect_session_error(dead)
    assert visitor.status(dead) == 400
    told = {"origin": world.url, "data": message("error", member["guid"], "SESSION_ERROR")}
    assert opener.heard(dead) == [told]
    window = opener.open(fresh)
    connect(window)

    assert opener.heard(window) == [told, {"origin": world.url, "data": message("success", member["guid"])}]
    assert status(nexus, member["guid"]) == "CONNECTED"
    assert states(nexus, member["guid"]) == [(SUCCESS, None), (ERRORED, REASONS["SESSION_ERROR"]), (PENDING, None)]


def test_two_windows_of_one_member_may_both_finish(world: World, nexus: Nexus, visitor: Visitor) -> None:
    tokens = counted(world, "token")
    member = new_member(nexus)
    first = visitor.page(member["oauth_window_uri"])
    second = visitor.page(new_window(nexus, member["guid"]))

    connect(first)
    assert _grants_in_use(world, member["guid"]) == [1]
    connect(second)

    assert _grants_in_use(world, member["guid"]) == [2]
    assert states(nexus, member["guid"]) == [(SUCCESS, None), (SUCCESS, None)]
    assert [each["guid"] for each in nexus.ok("GET", "/members")["members"]] == [member["guid"]]
    assert counted(world, "token") == tokens + 2


def test_a_reloaded_end_shows_the_outcome_and_does_nothing(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite
) -> None:
    member = new_member(nexus)
    opener = Opener(visitor, site)
    window = opener.open(member["oauth_window_uri"])
    connect(window)
    tokens, states_before = counted(world, "token"), states(nexus, member["guid"])

    reloaded = window.reload()

    assert reloaded is not None
    assert reloaded.status == 400
    expect_connected(window)
    assert len(opener.heard(window)) == 1
    assert counted(world, "token") == tokens
    assert states(nexus, member["guid"]) == states_before == [(SUCCESS, None)]


def test_going_back_after_the_end_finds_no_form_to_send_again(world: World, nexus: Nexus, visitor: Visitor) -> None:
    member = new_member(nexus)
    page = visitor.page(member["oauth_window_uri"])
    connect(page)
    tokens = counted(world, "token")

    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        page.go_back()  # to the consent page, which was the answer to a form and was not kept
    end = visitor.page(visitor.request_of("/oauth/redirect_from").url)
    expect_connected(end)
    assert visitor.status(end) == 400

    assert counted(world, "token") == tokens
    assert states(nexus, member["guid"]) == [(SUCCESS, None)]


def test_going_back_to_the_sign_in_finds_that_it_has_ended(world: World, nexus: Nexus, visitor: Visitor) -> None:
    member = new_member(nexus)
    page = visitor.page(member["oauth_window_uri"])
    connect(page)
    tokens = counted(world, "token")

    page.evaluate("setTimeout(() => history.go(-2))")  # once nothing waits for this page any more

    expect_heading(page, BANK_IS_OVER)
    expect(page.get_by_role("button")).to_have_count(0)
    assert counted(world, "token") == tokens
    assert states(nexus, member["guid"]) == [(SUCCESS, None)]


def test_pressing_the_banks_button_again_is_harmless(world: World, nexus: Nexus, visitor: Visitor) -> None:
    tokens = counted(world, "token")
    member = new_member(nexus)
    page = visitor.page(member["oauth_window_uri"])
    sign_in(page)
    with visitor.context.expect_page() as tab:
        page.get_by_role("button", name="Authorize").click(modifiers=["ControlOrMeta"])
    expect_connected(tab.value)

    authorize(page)

    expect_connected(page)
    assert visitor.status(page) == 400
    assert counted(world, "token") == tokens + 1
    assert status(nexus, member["guid"]) == "CONNECTED"
    assert states(nexus, member["guid"]) == [(SUCCESS, None)]


@pytest.mark.parametrize("between", [0, 15, 60])
def test_pressing_the_banks_button_twice_redeems_once(
    world: World, nexus: Nexus, visitor: Visitor, between: int
) -> None:
    """With the mouse itself and some milliseconds between: the second press comes before, while or after the first
    answer is there, and the browser drops what it was about to show."""
    tokens = counted(world, "token")
    member = new_member(nexus)
    page = visitor.page(member["oauth_window_uri"])
    sign_in(page)
    button = page.get_by_role("button", name="Authorize")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None

    page.mouse.click(box["x"] + 5, box["y"] + 5, click_count=2, delay=between)

    expect_connected(page)
    assert counted(world, "token") == tokens + 1
    assert states(nexus, member["guid"]) == [(SUCCESS, None)]


def test_another_browser_cannot_finish_what_this_one_began(world: World, nexus: Nexus, visitors: Visitors) -> None:
    tokens = counted(world, "token")
    member = new_member(nexus)
    here, elsewhere = visitors.new(), visitors.new()
    sent = here.context.request.get(member["oauth_window_uri"], max_redirects=0)

    page = elsewhere.page(sent.headers["location"])
    sign_in(page)
    authorize(page)

    expect_heading(page, "This link cannot be used any more")
    assert elsewhere.status(page) == 400
    assert counted(world, "token") == tokens
    assert status(nexus, member["guid"]) == "PENDING"
    assert states(nexus, member["guid"]) == [(PENDING, None)]

    expect_connected(here.page(page.url))
    assert counted(world, "token") == tokens + 1
    assert states(nexus, member["guid"]) == [(SUCCESS, None)]


def test_a_window_that_is_opened_twice_is_refused_in_silence_and_the_first_goes_on(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite
) -> None:
    member = new_member(nexus)
    opener = Opener(visitor, site)
    first = opener.open(member["oauth_window_uri"])
    second = opener.open(member["oauth_window_uri"])

    expect_session_error(second)
    assert visitor.status(second) == 400
    assert opener.heard(second) == []
    assert states(nexus, member["guid"]) == [(PENDING, None)]

    connect(first)
    assert opener.heard(first) == [{"origin": world.url, "data": message("success", member["guid"])}]
    assert states(nexus, member["guid"]) == [(SUCCESS, None)]


def _grants_in_use(world: World, guid: str) -> list[int]:
    """The generations of a member's grants that are not being revoked."""
    sql = (
        "SELECT generation FROM grants JOIN members ON members.id = grants.member_id"
        " WHERE members.guid = ? AND grants.status = 'active'"
    )
    return [generation for (generation,) in world.rows(sql, guid)]

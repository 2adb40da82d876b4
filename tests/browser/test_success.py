"""The window that ends well, as the client's page and the API see it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from browser.site import ClientSite
from browser.visitor import Visitor
from browser.walking import Opener, authorize, connect, expect_connected, message, sign_in
from browser.wire import SUCCESS, counted, full_states, new_member, states
from fanlight.core import clients
from fanlight.storage.unit import Unit
from support.world import Nexus, World

pytestmark = pytest.mark.browser


@pytest.fixture
def registered_origin(world: World, site: ClientSite) -> Iterator[str]:
    """The client says that only its own site may hear it."""

    def change(unit: Unit, work: str) -> None:
        getattr(clients, work)(unit, clients.by_name(unit, world.ready["client_id"]), "origin", site.origin)

    world.unit(change, "register")
    yield site.origin
    world.unit(change, "unregister")


def test_the_opener_hears_one_message_and_the_member_is_connected(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite
) -> None:
    tokens, grants = counted(world, "token"), counted(world, "grant")
    member = nexus.member()
    opener = Opener(visitor, site)
    window = opener.open(member["oauth_window_uri"])
    assert states(nexus, member["guid"]) == [(1, None)]

    connect(window)

    assert opener.heard(window) == [{"origin": world.url, "data": message("success", member["guid"])}]
    assert visitor.status(window) == 200
    assert (counted(world, "token"), counted(world, "grant")) == (tokens + 1, grants + 1)
    (state,) = full_states(nexus, member["guid"])
    assert (state["auth_status"], state["error_reason"]) == (SUCCESS, None)
    assert state["inbound_member_guid"] == member["guid"]
    settled = nexus.settled(member["guid"])
    assert settled["connection_status"] == "CONNECTED"
    assert settled["successfully_aggregated_at"] is not None


def test_the_page_says_what_was_allowed_and_the_button_closes_the_window(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite
) -> None:
    window = Opener(visitor, site).open(new_member(nexus)["oauth_window_uri"])
    connect(window)

    expect(window.get_by_role("status").first).to_contain_text("MX Bank (OAuth)")
    with window.expect_event("close"):
        window.get_by_role("button", name="Close this window").click()


def test_a_window_without_an_opener_ends_with_the_same_page(world: World, nexus: Nexus, visitor: Visitor) -> None:
    member = new_member(nexus)
    page = visitor.page(member["oauth_window_uri"])

    connect(page)
    page.get_by_role("button", name="Close this window").click()

    expect(page.get_by_text("Your browser leaves it to you to close this window.")).to_be_visible()
    assert states(nexus, member["guid"]) == [(SUCCESS, None)]


def test_a_registered_origin_hears_the_message(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite, registered_origin: str
) -> None:
    member = new_member(nexus)
    opener = Opener(visitor, site)
    window = opener.open(member["oauth_window_uri"])

    connect(window)

    assert opener.heard(window) == [{"origin": world.url, "data": message("success", member["guid"])}]


def test_an_opener_of_another_origin_hears_nothing(
    world: World, nexus: Nexus, visitor: Visitor, evil_site: ClientSite, registered_origin: str
) -> None:
    member = new_member(nexus)
    opener = Opener(visitor, evil_site)
    window = opener.open(member["oauth_window_uri"])

    connect(window)

    assert opener.heard(window) == []
    assert states(nexus, member["guid"]) == [(SUCCESS, None)]


def test_a_wrong_password_stays_at_the_bank_until_it_is_right(world: World, nexus: Nexus, visitor: Visitor) -> None:
    member = new_member(nexus)
    page = visitor.page(member["oauth_window_uri"])
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("That password is not right.")
    assert states(nexus, member["guid"]) == [(1, None)]

    sign_in(page)
    authorize(page)

    expect_connected(page)
    assert states(nexus, member["guid"]) == [(SUCCESS, None)]

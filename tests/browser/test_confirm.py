"""Windows of careful clients: the page that asks first, what is to be confirmed, and who may see either."""

import pytest

from browser.site import ClientSite
from browser.visitor import Visitors
from browser.walking import Opener, authorize, connect, expect_heading, message, sign_in
from browser.wire import full_states, new_member, new_window, status
from fanlight.core import clients
from support.world import World

pytestmark = pytest.mark.browser

FRAME = """uri => new Promise(done => {
  const frame = document.createElement("iframe");
  frame.onload = done;
  frame.src = uri;
  document.body.append(frame);
})"""


def test_the_button_of_the_confirm_page_leads_to_the_bank(own_world: World, visitors: Visitors) -> None:
    own_world.unit(clients.set_confirm_page, "sandbox", wanted=True)
    member = new_member(own_world.nexus)
    page = visitors.new().page(member["oauth_window_uri"])
    page.reload()
    assert own_world.bank.activity.of("mx_bank_oauth", "par") == 0

    page.get_by_role("button").click()
    sign_in(page)
    authorize(page)

    expect_heading(page, "You are all set")
    assert own_world.nexus.read(member["guid"])["connection_status"] == "CONNECTED"


@pytest.mark.parametrize("asked", [False, True], ids=["get spends", "asked first"])
def test_the_opener_is_told_what_to_confirm_and_another_origin_is_not(
    own_world: World, visitors: Visitors, site: ClientSite, evil_site: ClientSite, asked: bool
) -> None:
    nexus = own_world.nexus
    own_world.unit(clients.set_require_confirmation, "sandbox", wanted=True)
    own_world.unit(clients.set_confirm_page, "sandbox", wanted=asked)
    client = own_world.unit(clients.by_name, "sandbox")
    own_world.unit(clients.register, client, "origin", site.origin)
    member = new_member(nexus)
    visitor = visitors.new()
    heard = {}
    for opened_by in (evil_site, site):
        opener = Opener(visitor, opened_by)
        window = opener.open(new_window(nexus, member["guid"]))
        if asked:
            window.get_by_role("button").click()
        connect(window)
        heard[opened_by.origin] = opener.heard(window)

    newest = full_states(nexus, member["guid"])[0]
    told = message("success", member["guid"])
    told["metadata"]["oauth_state_guid"] = newest["guid"]
    assert heard == {evil_site.origin: [], site.origin: [{"origin": own_world.url, "data": told}]}
    assert status(nexus, member["guid"]) == "PENDING"
    nexus.ok("POST", f"/oauth_states/{newest['guid']}/confirm")
    assert status(nexus, member["guid"]) == "CONNECTED"


@pytest.mark.parametrize("asked", [False, True], ids=["get spends", "asked first"])
def test_no_site_can_frame_the_window(own_world: World, visitors: Visitors, evil_site: ClientSite, asked: bool) -> None:
    own_world.unit(clients.set_confirm_page, "sandbox", wanted=asked)
    uri = new_member(own_world.nexus)["oauth_window_uri"]
    if not asked:
        own_world.http.get(uri)  # spent: what is framed is the page that says so
    page = visitors.new().page(evil_site.origin)

    with page.expect_console_message(lambda told: "frame-ancestors" in told.text):
        page.evaluate(FRAME, uri)

    assert page.frames[-1].locator("form, #outcome").count() == 0
    assert own_world.bank.activity.of("mx_bank_oauth", "token") == 0

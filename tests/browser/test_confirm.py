"""The page that asks first, for clients that want it: it spends nothing until its button is pressed."""

import pytest

from browser.visitor import Visitors
from browser.walking import authorize, expect_heading, sign_in
from browser.wire import new_member
from fanlight.core import clients
from support.world import World

pytestmark = pytest.mark.browser


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

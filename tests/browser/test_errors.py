"""Windows that end without a connection: the reason reaches the page, the opener and the API alike."""

from typing import NamedTuple

import pytest

from browser.site import ClientSite
from browser.visitor import Visitor
from browser.walking import Opener, authorize, decline, expect_heading, expect_reason, message, sign_in
from browser.wire import ERRORED, REASONS, counted, new_member, states, status
from support.world import Nexus, World

pytestmark = pytest.mark.browser


class Fault(NamedTuple):
    """A bank user who brings about an error, and how it is told."""

    username: str
    reason: str
    heading: str


AT_THE_DOOR = (
    Fault("login_required", "DENIED", "The sign-in did not work"),
    Fault("consent_required", "IMPEDED", "One step is waiting for you at the bank"),
    Fault("server_error", "PROVIDER_ERROR", "The bank could not finish this"),
    Fault("invalid_scope", "SERVER_ERROR", "We could not finish this"),
)
AT_THE_TOKEN = (
    Fault("token_server_error", "PROVIDER_ERROR", "The bank could not finish this"),
    Fault("token_invalid_client", "SERVER_ERROR", "We could not finish this"),
)


def test_declining_at_the_bank_is_told_as_cancelled_and_stores_nothing(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite
) -> None:
    tokens = counted(world, "token")
    member = new_member(nexus)
    opener = Opener(visitor, site)
    window = opener.open(member["oauth_window_uri"])

    sign_in(window)
    decline(window)

    expect_heading(window, "You stopped before the end")
    expect_reason(window, "CANCELLED")
    assert visitor.status(window) == 200
    assert opener.heard(window) == [{"origin": world.url, "data": message("error", member["guid"], "CANCELLED")}]
    assert status(nexus, member["guid"]) == "PENDING"
    assert states(nexus, member["guid"]) == [(ERRORED, REASONS["CANCELLED"])]
    assert counted(world, "token") == tokens


@pytest.mark.parametrize("fault", AT_THE_DOOR, ids=lambda fault: fault.username)
def test_an_error_of_the_bank_is_told_by_its_reason(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite, fault: Fault
) -> None:
    tokens = counted(world, "token")
    member = new_member(nexus)
    opener = Opener(visitor, site)
    window = opener.open(member["oauth_window_uri"])

    sign_in(window, fault.username)

    expect_heading(window, fault.heading)
    expect_reason(window, fault.reason)
    assert opener.heard(window) == [{"origin": world.url, "data": message("error", member["guid"], fault.reason)}]
    assert status(nexus, member["guid"]) == "PENDING"
    assert states(nexus, member["guid"]) == [(ERRORED, REASONS[fault.reason])]
    assert counted(world, "token") == tokens


@pytest.mark.parametrize("fault", AT_THE_TOKEN, ids=lambda fault: fault.username)
def test_a_code_that_the_bank_does_not_redeem_is_told_by_its_reason(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite, fault: Fault
) -> None:
    member = new_member(nexus)
    opener = Opener(visitor, site)
    window = opener.open(member["oauth_window_uri"])

    sign_in(window, fault.username)
    authorize(window)

    expect_heading(window, fault.heading)
    expect_reason(window, fault.reason)
    assert opener.heard(window) == [{"origin": world.url, "data": message("error", member["guid"], fault.reason)}]
    assert status(nexus, member["guid"]) == "PENDING"
    assert states(nexus, member["guid"]) == [(ERRORED, REASONS[fault.reason])]

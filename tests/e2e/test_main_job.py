"""The main job over HTTP: from a window URI to accounts and transactions, and every way a window can end."""

import pytest

from fanlight.demo.browser import Left
from support.world import Nexus, World


def test_a_person_connects_and_their_data_is_there(world: World, nexus: Nexus) -> None:
    member = nexus.connect("ada")

    assert member["connection_status"] == "CONNECTED"
    assert member["successfully_aggregated_at"] is not None
    accounts = nexus.ok("GET", "/accounts")["accounts"]
    assert {account["account_type_name"] for account in accounts} >= {"CHECKING", "SAVINGS", "CREDIT_CARD"}
    page = nexus.ok("GET", "/transactions?records_per_page=1000")
    assert page["pagination"]["total_entries"] == len(page["transactions"]) > 180


def test_an_app_is_called_back(world: World, nexus: Nexus) -> None:
    member = nexus.member()
    uri = nexus.window(member["guid"], referral_source="APP", ui_message_webview_url_scheme="ExampleApp")

    with pytest.raises(Left) as left:
        world.walk(uri)

    assert left.value.url == f"exampleapp://oauth_complete?status=success&member_guid={member['guid']}"

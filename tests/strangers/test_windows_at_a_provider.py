"""A provider that was written elsewhere, certified, as an institution: whole windows in a real browser, and after.

Each profile once: connected, aggregated, refreshed, and revoked when the member is deleted.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from browser.visitor import Visitors
from browser.walking import expect_connected, expect_reason
from fanlight import admin
from fanlight.oauth.authorize import CALLBACK_PATH
from strangers.provider import PROFILES, Provider, serving
from support.processes import until
from support.world import Nexus, World, running

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server with the time of the machine, which a foreign provider has too."""
    with running(tmp_path_factory.mktemp("world"), now=int(time.time())) as built:
        yield built


@contextmanager
def connected_to(world: World, profile: str, folder: Path, **options: Any) -> Iterator[tuple[Provider, str]]:
    """A provider that is added as an institution, as an operator does it."""
    code = f"stranger-{profile}-{folder.name}"[:60].lower().replace("_", "-")
    with serving(profile, folder, world.url + CALLBACK_PATH, **options) as provider:
        world.clock.now = int(time.time())
        entry = provider.entry(code)
        added = world.unit(
            admin.put_institution, world.runtime.vault, entry, now=world.clock(), secrets=provider.secrets(entry)
        )
        world.institutions[code] = added.guid
        yield provider, code


def walk(visitors: Visitors, uri: str, decision: str = "Authorize", name: str = "ada") -> Any:
    """Through the window in a browser, up to where it ends."""
    page = visitors.new(ignore_https_errors=True).page(uri)
    page.get_by_label("User name").fill(name)
    page.get_by_role("button", name=decision).click()
    return page


def later(world: World, seconds: int) -> None:
    world.clock.advance(seconds)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_whole_life(profile: str, world: World, nexus: Nexus, visitors: Visitors, tmp_path: Path) -> None:
    with connected_to(world, profile, tmp_path) as (provider, code):
        member = nexus.member(code)
        expect_connected(walk(visitors, member["oauth_window_uri"]))
        settled = nexus.settled(member["guid"])
        assert settled["connection_status"] == "CONNECTED", provider.running.said()
        accounts = nexus.ok("GET", f"/members/{member['guid']}/accounts")["accounts"]
        assert {account["name"] for account in accounts} == {"Everyday", "Card"}
        transactions = nexus.ok("GET", f"/members/{member['guid']}/transactions")["transactions"]
        assert len(transactions) == 6
        assert provider.counted("pushed_authorization_request.success") == 1
        assert provider.counted("grant.success") == 1

        # At four fifths of its life a token is replaced, and the one before it is used up.
        later(world, 800)
        nexus.ok("POST", f"/members/{member['guid']}/aggregate")
        assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED", provider.running.said()
        assert provider.counted("refresh_token.consumed") == 1
        later(world, -800)

        assert nexus.send("DELETE", f"/members/{member['guid']}").status_code in (200, 204)
        until(lambda: provider.counted("grant.revoked") == 1, "the grant was not revoked at the provider")
        assert provider.counted("server_error") == 0


@pytest.mark.parametrize("profile", ["plain", "fapi2"])
def test_a_customer_who_says_no(profile: str, world: World, nexus: Nexus, visitors: Visitors, tmp_path: Path) -> None:
    with connected_to(world, profile, tmp_path) as (provider, code):
        member = nexus.member(code)
        page = walk(visitors, member["oauth_window_uri"], "Do not allow")
        expect_reason(page, "CANCELLED")
        assert provider.counted("grant.success") == 0
        assert nexus.read(member["guid"])["connection_status"] == "PENDING"


def test_tokens_of_a_few_seconds_rotate_for_long(
    world: World, nexus: Nexus, visitors: Visitors, tmp_path: Path
) -> None:
    with connected_to(world, "fapi2", tmp_path, ttl=2) as (provider, code):
        member = nexus.member(code)
        expect_connected(walk(visitors, member["oauth_window_uri"]))
        assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"
        before = provider.counted("refresh_token.consumed")
        for _ in range(4):
            later(world, 3)
            nexus.ok("POST", f"/members/{member['guid']}/aggregate")
            assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED", provider.running.said()
        assert provider.counted("refresh_token.consumed") == before + 4
        assert provider.counted("grant.revoked") == 0

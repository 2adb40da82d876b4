"""Browsers and link scanners that look at a window's link before anybody presses it: they spend nothing."""

from typing import Any

import pytest
from playwright.sync_api import Page

from browser.site import ClientSite
from browser.visitor import Visitor
from browser.walking import connect
from browser.wire import PENDING, SUCCESS, counted, new_member, states
from support.world import Nexus, World

pytestmark = pytest.mark.browser

LINK = """uri => new Promise(done => {
  const link = document.createElement("link");
  link.rel = "prefetch";
  link.href = uri;
  link.onload = () => done("loaded");
  link.onerror = () => done("refused");
  document.head.append(link);
})"""
RULES = """uri => {
  const rules = document.createElement("script");
  rules.type = "speculationrules";
  rules.textContent = JSON.stringify({ prefetch: [{ urls: [uri], eagerness: "immediate" }] });
  document.head.append(rules);
}"""


def test_a_prefetched_link_is_not_spent(world: World, nexus: Nexus, visitor: Visitor, site: ClientSite) -> None:
    pushed = counted(world, "par")
    member = new_member(nexus)
    page = visitor.page(site.origin)

    assert page.evaluate(LINK, member["oauth_window_uri"]) == "refused"

    answer = visitor.request_of(_path(member)).response()
    assert answer is not None
    assert answer.status == 503
    assert answer.headers["cache-control"] == "no-store"
    assert counted(world, "par") == pushed
    _still_works(nexus, page, member)


def test_a_link_in_speculation_rules_is_not_spent(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite
) -> None:
    pushed = counted(world, "par")
    member = new_member(nexus)
    page = visitor.page(site.origin)
    with page.expect_response(lambda response: _path(member) in response.url) as answer:
        page.evaluate(RULES, member["oauth_window_uri"])

    assert answer.value.status == 503
    assert "prefetch" in answer.value.request.all_headers()["sec-purpose"]
    assert counted(world, "par") == pushed
    _still_works(nexus, page, member)


def test_a_link_that_looked_ahead_first_is_spent_by_the_click(
    world: World, nexus: Nexus, visitor: Visitor, site: ClientSite
) -> None:
    member = new_member(nexus)
    for header in ({"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Purpose": "preview"}):
        assert visitor.context.request.get(member["oauth_window_uri"], headers=header).status == 503
    assert visitor.context.request.head(member["oauth_window_uri"]).status == 503

    _still_works(nexus, visitor.page(site.origin), member)


def _still_works(nexus: Nexus, page: Page, member: dict[str, Any]) -> None:
    assert states(nexus, member["guid"]) == [(PENDING, None)]
    page.goto(member["oauth_window_uri"])
    connect(page)
    assert states(nexus, member["guid"]) == [(SUCCESS, None)]


def _path(member: dict[str, Any]) -> str:
    return str(member["oauth_window_uri"]).partition("?")[0].partition("/oauth/")[2]

"""Window parameters that are wrong or not registered: 400, and no OAuth state is stored."""

from typing import Any

import pytest

from contract.bad import ids, refused, unharmed
from contract.conftest import Someone

GOOD = "https://client.example/return"
APP = {"referral_source": "APP"}
BAD_URLS = {
    "another host": "https://evil.example/return",
    "a host that begins like it": "https://client.example.evil/return",
    "a host that ends like it": "https://evilclient.example/return",
    "a subdomain": "https://a.client.example/return",
    "user information": "https://ok@client.example/return",
    "user information before another host": "https://client.example@evil.example/return",
    "an empty user": "https://@client.example/return",
    "another port": "https://client.example:8443/return",
    "a port that is none": "https://client.example:99999/return",
    "a port of letters": "https://client.example:abc/return",
    "another scheme": "http://client.example/return",
    "another path": "https://client.example/other",
    "no path": "https://client.example",
    "a longer path": "https://client.example/return/more",
    "a slash more": "https://client.example/return/",
    "another case in the path": "https://client.example/Return",
    "a path that climbs": "https://client.example/return/../evil",
    "a path that climbs back": "https://client.example/x/../return",
    "a path that climbs escaped": "https://client.example/x/%2e%2e/return",
    "an escaped slash": "https://client.example/%2f%2fevil",
    "an escaped backslash": "https://client.example/return%5c..%5cevil",
    "an escaped NUL": "https://client.example/return%00",
    "a fragment": "https://client.example/return#here",
    "an empty fragment": "https://client.example/return#",
    "javascript": "javascript:alert(1)",
    "javascript, mixed case": "JaVaScRiPt:alert(1)",
    "javascript with slashes": "javascript://client.example/return%0aalert(1)",
    "data": "data:text/html,<script>alert(1)</script>",
    "vbscript": "vbscript:x",
    "file": "file:///etc/passwd",
    "blob": "blob:https://client.example/return",
    "intent": "intent://client.example/#Intent;end",
    "about": "about:blank",
    "no scheme": "//evil.example",
    "no scheme and host": "/return",
    "a scheme without slashes": "https:evil.example",
    "a scheme with one slash": "https:/client.example/return",
    "a scheme with three slashes": "https:///client.example/return",
    "a scheme with backslashes": r"https:\\client.example\return",
    "a backslash before another host": r"https://evil.example\@client.example/return",
    "a backslash in the path": r"https://client.example\return",
    "a line break": "https://client.example/return\r\nSet-Cookie: a=b",
    "a tab in the host": "https://client\t.example/return",
    "a leading space": " https://client.example/return",
    "a trailing space": "https://client.example/return ",
    "a NUL": "https://client.example/return\0",
    "a look-alike letter": "https://cl\u0456ent.example/return",
    "a look-alike letter in punycode": "https://xn--clent-4of.example/return",
    "wide letters": "https://\uff43lient.example/return",
    "a wide dot": "https://client\u3002example/return",
    "a trailing dot": "https://client.example./return",
    "an escaped host": "https://client%2eexample/return",
    "an address": "https://127.0.0.1/return",
    "an unregistered app scheme": "otherapp://oauth_complete",
    "a scheme with a bad character": "ex_ample://x",
    "a number as a scheme": "1app://x",
    "only a scheme": "https://",
    "a word": "return",
    "too long": "https://client.example/return?q=" + "x" * 2000,
}
GOOD_URLS = {
    "as registered": GOOD,
    "an upper-case host": "https://CLIENT.EXAMPLE/return",
    "an upper-case scheme": "HTTPS://client.example/return",
    "the default port": "https://client.example:443/return",
    "an empty port": "https://client.example:/return",
    "a query": GOOD + "?a=1&b=%2f%2fevil&url=https://evil.example",
    "an empty query": GOOD + "?",
    "a needless escape": "https://client.example/%72eturn",
    "a dot segment": "https://client.example/./return",
    "a registered app scheme": "exampleapp://anything/at/all?x=1",
    "a registered app scheme, upper case": "ExampleApp://x",
    "loopback, allowed for the sandbox's client": "http://127.0.0.1:12345/done",
}
BAD_OTHERS: dict[str, dict[str, str]] = {
    "an unknown source": {"referral_source": "WEB"},
    "a source in lower case": {"referral_source": "app"},
    "a source with a space": {"referral_source": "APP "},
    "an unknown source by its other name": {"oauth_referral_source": "WEB"},
    "a URL without a source": {"client_redirect_url": GOOD},
    "a URL with BROWSER": {"client_redirect_url": GOOD, "referral_source": "BROWSER"},
    "a URL when it is no web view": {"client_redirect_url": GOOD, "is_mobile_webview": "false"},
    "an unregistered scheme": {"ui_message_webview_url_scheme": "otherapp"},
    "an unregistered scheme with APP": APP | {"ui_message_webview_url_scheme": "otherapp"},
    "javascript as a scheme": APP | {"ui_message_webview_url_scheme": "javascript"},
    "https as a scheme": APP | {"ui_message_webview_url_scheme": "https"},
    "data as a scheme": APP | {"ui_message_webview_url_scheme": "data"},
    "a scheme with a colon": APP | {"ui_message_webview_url_scheme": "exampleapp:"},
    "a scheme with slashes": APP | {"ui_message_webview_url_scheme": "exampleapp://x"},
    "a scheme with a line break": APP | {"ui_message_webview_url_scheme": "exampleapp\r\n"},
    "a scheme with a space": APP | {"ui_message_webview_url_scheme": " exampleapp"},
    "a long scheme": APP | {"ui_message_webview_url_scheme": "x" * 10_000},
    "a scheme of other letters": APP | {"ui_message_webview_url_scheme": "\u0435xampleapp"},
    "a word for skip_aggregation": {"skip_aggregation": "perhaps"},
    "a number for is_mobile_webview": {"is_mobile_webview": "2"},
}
WRONG_KINDS: dict[str, dict[str, Any]] = {
    "referral_source: a list": {"referral_source": ["APP"]},
    "referral_source: a number": {"referral_source": 1},
    "referral_source: true": {"referral_source": True},
    "client_redirect_url: an object": APP | {"client_redirect_url": {"url": GOOD}},
    "client_redirect_url: a list": APP | {"client_redirect_url": [GOOD]},
    "ui_message_webview_url_scheme: a number": {"ui_message_webview_url_scheme": 1},
    "is_mobile_webview: a list": {"is_mobile_webview": []},
    "is_mobile_webview: a number": {"is_mobile_webview": 2},
}
URLS: dict[str, dict[str, str]] = {name: APP | {"client_redirect_url": url} for name, url in BAD_URLS.items()}
BAD = URLS | BAD_OTHERS
EVERYTHING: dict[str, dict[str, Any]] = {**BAD, **WRONG_KINDS}
# skip_aggregation is a field of the member, never beside it; test_bad_bodies.py has it.
IN_BODIES = {name: fields for name, fields in EVERYTHING.items() if "skip_aggregation" not in fields}


@pytest.mark.parametrize("query", ids(BAD))
def test_a_bad_parameter_of_a_window_is_refused(someone: Someone, query: dict[str, str]) -> None:
    with unharmed(someone.nexus):
        refused(someone.nexus.get(f"/members/{someone.pending}/oauth_window_uri", params=query), 4000)


@pytest.mark.parametrize("inside", [True, False], ids=["inside member", "beside member"])
@pytest.mark.parametrize("fields", ids(IN_BODIES))
def test_a_member_is_not_made_with_a_bad_parameter(someone: Someone, fields: dict[str, object], inside: bool) -> None:
    member: dict[str, object] = {"institution_guid": someone.nexus.world.institutions["mx_bank_oauth"]}
    member["is_oauth"] = True
    body = {"member": member | fields} if inside else {"member": member} | fields
    with unharmed(someone.nexus):
        refused(someone.nexus.send("POST", "/members", body), 4000)


@pytest.mark.parametrize("url", ids(GOOD_URLS))
def test_a_registered_url_is_taken_and_shown_last(someone: Someone, url: str) -> None:
    uri = someone.nexus.window(someone.pending, referral_source="APP", client_redirect_url=url)

    stored = someone.nexus.world.rows("SELECT client_redirect_url FROM oauth_states ORDER BY id DESC LIMIT 1")
    assert stored == [(url,)]
    assert "?referral_source=APP&ui_message_webview_url_scheme=MX&client_redirect_url=" in uri


def test_the_refusal_of_an_unregistered_url_names_the_command(someone: Someone) -> None:
    path = f"/members/{someone.pending}/oauth_window_uri"
    of_url = someone.nexus.get(path, params=APP | {"client_redirect_url": "https://other.example/"})
    of_scheme = someone.nexus.get(path, params={"ui_message_webview_url_scheme": "otherapp"})

    assert "fanlight client redirect add" in refused(of_url, 4000)
    assert "fanlight client scheme add" in refused(of_scheme, 4000)


def test_a_refused_window_leaves_the_earlier_one_alone(someone: Someone) -> None:
    nexus = someone.nexus
    member = nexus.member()

    refused(nexus.get(f"/members/{member['guid']}/oauth_window_uri", params={"referral_source": "WEB"}), 4000)

    states = nexus.ok("GET", f"/oauth_states?outbound_member_guid={member['guid']}")["oauth_states"]
    assert [state["auth_status"] for state in states] == [1]
    assert nexus.world.http.get(member["oauth_window_uri"]).status_code == 303

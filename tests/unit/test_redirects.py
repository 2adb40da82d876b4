"""Redirect rules: what may be registered, and what a request may use of it."""

import pytest

from fanlight.base.errors import Malformed
from fanlight.core import redirects
from fanlight.core.redirects import Allowed

ALLOWED = Allowed(
    ("https://client.example/return", "https://client.example:8443/a%7Eb"), ("exampleapp",), loopback=False
)

FINE = [
    "https://client.example/return",
    "HTTPS://CLIENT.EXAMPLE/return",
    "https://client.example:443/return",
    "https://client.example/return?x=1&y=%2F",
    "https://client.example/./return",
    "https://client.example/%72eturn",
    "https://client.example:8443/a~b",
    "exampleapp://host/--/path",
    "ExampleApp://oauth",
    "mx://anything",
]
REFUSED = [
    "",
    "//evil.example/return",
    "https:evil.example",
    "https:/client.example/return",
    "https:///client.example/return",
    "https://client.example@evil.example/return",
    "https://user:pw@client.example/return",
    "https://client.example.evil.example/return",
    "https://evil.example/return",
    "http://client.example/return",
    "https://client.example:444/return",
    "https://client.example./return",
    "https://client.example/Return",
    "https://client.example/return/",
    "https://client.example/return/../evil",
    "https://client.example/x/../return",
    "https://client.example/%2e%2e/return",
    "https://client.example/return%2f%2fevil",
    "https://client.example/return%5cevil",
    "https://client.example\\@evil.example/return",
    "https://client.example/return#fragment",
    "https://client.example/return#",
    "https://client.example/re\r\nturn",
    "https://client.example/re turn",
    "https://\u0441lient.example/return",
    "https://client.example%2Fevil/return",
    "https://client.example:port/return",
    "https://[::1/return",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "blob:https://client.example/x",
    "about:blank",
    "intent://x#Intent;end",
    "unknownapp://x",
    "http://127.0.0.1:3000/x",
    "/return",
    "return",
    "https://client.example/" + "a" * 2000,
]


@pytest.mark.parametrize("url", FINE)
def test_registered_places_are_allowed(url: str) -> None:
    redirects.check_redirect(url, ALLOWED)


@pytest.mark.parametrize("url", REFUSED)
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(Malformed):
        redirects.check_redirect(url, ALLOWED)


@pytest.mark.parametrize("url", ["http://127.0.0.1:3000/x", "http://localhost/y", "http://[::1]:5/z"])
def test_loopback_is_allowed_where_the_client_says_so(url: str) -> None:
    redirects.check_redirect(url, ALLOWED._replace(loopback=True))


@pytest.mark.parametrize("url", ["http://127.0.0.1.evil.example/", "http://localhost.evil/", "https://127.0.0.1/"])
def test_loopback_means_loopback(url: str) -> None:
    with pytest.raises(Malformed):
        redirects.check_redirect(url, ALLOWED._replace(loopback=True))


def test_a_refusal_names_the_command() -> None:
    with pytest.raises(Malformed, match="fanlight client redirect add"):
        redirects.check_redirect("https://other.example/", ALLOWED)
    with pytest.raises(Malformed, match="fanlight client scheme add"):
        redirects.check_scheme("otherapp", ALLOWED)


@pytest.mark.parametrize(
    "scheme", ["http", "https", "javascript", "data", "file", "blob", "about", "intent", "1x", "a b"]
)
def test_some_schemes_can_never_be_registered(scheme: str) -> None:
    with pytest.raises(Malformed):
        redirects.registrable("scheme", scheme)
    with pytest.raises(Malformed):
        redirects.check_scheme(scheme, ALLOWED._replace(schemes=(scheme,)))


def test_registrations_have_one_form() -> None:
    assert redirects.registrable("scheme", "ExampleApp") == "exampleapp"
    assert redirects.registrable("origin", "https://app.example/") == "https://app.example"
    for kind, value in [("origin", "https://app.example/path"), ("redirect", "app://x"), ("cookie", "x")]:
        with pytest.raises(Malformed):
            redirects.registrable(kind, value)


def test_results_join_a_query() -> None:
    guid = "MBR-1"
    assert (
        redirects.with_result("https://a.example/x?y=1", status="error", member_guid=guid, error_reason="CANCELLED")
        == "https://a.example/x?y=1&status=error&member_guid=MBR-1&error_reason=CANCELLED"
    )
    assert redirects.with_result(redirects.app_link("MX"), status="success", member_guid=guid, error_reason=None) == (
        "mx://oauth_complete?status=success&member_guid=MBR-1"
    )

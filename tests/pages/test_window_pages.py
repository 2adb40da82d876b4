import json
import re
from typing import Any

import msgspec
import pytest

from fanlight.pages.render import PAGE_HEADERS, Completion, Confirm, Notice, completion, confirm, notice, static
from pages.page_reader import Page, headers

REASONS = ("UNKNOWN_ERROR", "CANCELLED", "DENIED", "IMPEDED", "PROVIDER_ERROR", "SERVER_ERROR", "SESSION_ERROR")
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e{{ 7 * 7 }} {app} {0.__class__}'
SUCCESS = Completion(status="success", reason=None, member_guid="MBR-1", institution="Gringotts", client="Ledgerly")


def with_(page: Completion = SUCCESS, **changes: Any) -> Completion:
    return msgspec.structs.replace(page, **changes)


def failed(reason: str | None, **changes: Any) -> Completion:
    return with_(status="error", reason=reason, **changes)


EVERY_PAGE = [
    completion(SUCCESS),
    completion(with_(link="myapp://oauth_complete?status=success", notify=True)),
    *(completion(failed(reason)) for reason in REASONS),
    notice(Notice(title="Already used", text="This link was used before.")),
    confirm(Confirm(client="Ledgerly", institution="Gringotts", action="/oauth/predirect_to/MBR-1/t")),
]


@pytest.mark.parametrize("response", EVERY_PAGE)
def test_every_page_is_whole_and_has_nothing_inline(response: Any) -> None:
    page = Page(response)
    page.assert_nothing_inline()
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("footer")) == 1
    assert page.title.endswith(" · Fanlight")


@pytest.mark.parametrize("response", EVERY_PAGE)
def test_every_page_has_the_security_headers(response: Any) -> None:
    found = headers(response)
    assert found["content-type"] == "text/html; charset=utf-8"
    assert found["cache-control"] == "no-store"
    assert found["x-content-type-options"] == "nosniff"
    assert found["x-frame-options"] == "DENY"
    assert found["content-security-policy"].startswith("default-src 'none'; style-src 'self'; script-src 'self'; ")
    assert "frame-ancestors 'none'" in found["content-security-policy"]
    assert "unsafe" not in found["content-security-policy"]
    assert "cross-origin-opener-policy" not in found


def test_the_headers_for_redirects_are_those_of_the_pages() -> None:
    found = dict(PAGE_HEADERS)
    assert set(PAGE_HEADERS) < set(completion(SUCCESS).headers)
    assert found[b"referrer-policy"] == b"no-referrer"
    assert found[b"content-security-policy"].endswith(b"form-action 'self'")


def test_success_says_who_may_see_what() -> None:
    page = Page(completion(SUCCESS))
    assert page.title == "Connected · Fanlight"
    assert "You allowed Ledgerly to see your account information at Gringotts." in page.text
    assert page.by_id("outcome").attributes["role"] == "status"


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_its_own_words(reason: str) -> None:
    page = Page(completion(failed(reason)))
    others = [Page(completion(failed(other))) for other in REASONS if other != reason]
    assert page.title not in {other.title for other in others}
    assert page.text not in {other.text for other in others}
    assert reason in page.text
    assert "MBR-1" in page.text
    assert "Ledgerly" in page.text
    assert ("Nothing was stored" in page.text) is (reason != "SESSION_ERROR")


@pytest.mark.parametrize("reason", ["SOMETHING_NEW", None, "", "cancelled"])
def test_an_unknown_reason_counts_as_unknown_error(reason: str | None) -> None:
    assert completion(failed(reason, notify=True)) == completion(failed("UNKNOWN_ERROR", notify=True))


def test_a_page_without_names_still_reads() -> None:
    page = Page(completion(failed("PROVIDER_ERROR", institution=None, client=" ", member_guid="")))
    assert "Something went wrong on the side of your bank." in page.text
    assert "start again from the app you came from." in page.text
    assert not page.all("bdi")
    assert "Connection" not in page.text.split("Reason")[1]


@pytest.mark.parametrize("reason", [None, *REASONS])
def test_hostile_names_stay_text(reason: str | None) -> None:
    status = "error" if reason else "success"
    page = Page(
        completion(with_(status=status, reason=reason, institution=HOSTILE, client=HOSTILE, member_guid=HOSTILE))
    )
    page.assert_nothing_inline()
    assert not page.all("img")
    assert len(page.all("script")) == 1
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7 * 7 }}" in page.text


def test_names_are_isolated_cleaned_and_cut() -> None:
    body = completion(with_(institution="a\u202eb\x00\n\ud800c" + "x" * 500, client="بنك")).body.decode()
    assert "<bdi>بنك</bdi>" in body
    assert f"<bdi>a b c{'x' * 75}…</bdi>" in body


def test_hostile_notices_and_questions_stay_text() -> None:
    for response in (
        notice(Notice(title=HOSTILE, text=HOSTILE)),
        confirm(Confirm(client=HOSTILE, institution=HOSTILE, action="/x?a=1&b='")),
    ):
        page = Page(response)
        page.assert_nothing_inline()
        assert not page.all("script")
        assert not page.all("img")


def test_the_message_stands_in_attributes() -> None:
    page = Page(completion(failed("DENIED", notify=True, origins=("https://a.example", "https://b.example:8443"))))
    data = page.by_id("outcome").attributes
    assert {name: value for name, value in data.items() if name.startswith("data-") and name != "data-origins"} == {
        "data-type": "oauthComplete/error",
        "data-member-guid": "MBR-1",
        "data-error-reason": "DENIED",
    }
    assert json.loads(data["data-origins"] or "") == ["https://a.example", "https://b.example:8443"]


def test_a_success_has_no_reason_whatever_was_given() -> None:
    data = Page(completion(with_(reason="DENIED", notify=True))).by_id("outcome").attributes
    assert data["data-type"] == "oauthComplete/success"
    assert "data-error-reason" not in data
    assert json.loads(data["data-origins"] or "") == ["*"]


def test_without_notify_there_is_no_message_on_the_page() -> None:
    body = completion(failed("SESSION_ERROR", origins=("https://a.example",))).body
    assert b"data-" not in body
    assert b"a.example" not in body


def test_the_button_leads_back_or_closes() -> None:
    link = 'myapp://oauth_complete?status=success&member_guid=MBR-1&x="'
    leading = Page(completion(with_(link=link)))
    assert leading.by_id("oauth-close-window").tag == "a"
    assert leading.by_id("oauth-close-window").attributes["href"] == link
    assert "Back to Ledgerly" in leading.text
    closing = Page(completion(SUCCESS)).by_id("oauth-close-window")
    assert closing.tag == "button"
    assert "hidden" in closing.attributes, "only a script can make it work, so only the script shows it"


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "vbscript:x",
        "data:text/html,x",
        "blob:https://a.example/x",
        "file:///etc/passwd",
        "intent://x",
        "//evil.example",
        "/path",
        "",
        "https:",
        "https://a.example/ b",
    ],
)
def test_links_that_run_or_lead_nowhere_are_refused(link: str) -> None:
    with pytest.raises(ValueError, match="link"):
        completion(with_(link=link))


@pytest.mark.parametrize(
    "action", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "x", ""]
)
def test_the_question_posts_to_this_server_only(action: str) -> None:
    with pytest.raises(ValueError, match="path of this server"):
        confirm(Confirm(client="Ledgerly", institution="Gringotts", action=action))


def test_the_question_names_both_sides_and_has_one_button() -> None:
    response = confirm(Confirm(client="Ledgerly", institution="Gringotts", action="/oauth/predirect_to/MBR-1/t"))
    page = Page(response)
    assert page.all("form") == [{"class": "leave", "method": "post", "action": "/oauth/predirect_to/MBR-1/t"}]
    assert [button["type"] for button in page.all("button")] == ["submit"]
    assert "Connect Gringotts to Ledgerly?" in page.text


def test_the_question_lets_the_post_say_its_origin_and_be_redirected_to_the_bank() -> None:
    found = headers(confirm(Confirm(client="a", institution="b", action="/x")))
    assert found["referrer-policy"] == "same-origin"
    assert "form-action" not in found["content-security-policy"]
    page = Page(confirm(Confirm(client="a", institution="b", action="/x")))
    assert {link["referrerpolicy"] for link in page.all("link")} == {"no-referrer"}


def test_status_codes_are_the_callers() -> None:
    assert completion(SUCCESS).status == 200
    assert completion(failed("SESSION_ERROR", http_status=400)).status == 400
    assert notice(Notice(title="Later", text="Try again later.", http_status=503)).status == 503


def test_files_are_served_for_ever_under_their_hash() -> None:
    for attributes in Page(completion(SUCCESS)).all("link") + Page(completion(SUCCESS)).all("script"):
        address = attributes.get("href") or attributes.get("src") or ""
        ((name, version),) = re.findall(r"^/static/([a-z.]+)\?v=([0-9a-f]{16})$", address)
        response = static(name)
        assert response is not None
        found = headers(response)
        assert found["etag"] == f'"{version}"'
        assert found["cache-control"] == "public, max-age=31536000, immutable"
        assert found["x-content-type-options"] == "nosniff"


def test_files_have_their_types() -> None:
    types = {"fanlight.css": "text/css", "completion.js": "text/javascript", "logo.svg": "image/svg+xml"}
    for name, content_type in types.items():
        response = static(name)
        assert response is not None
        assert headers(response)["content-type"].startswith(content_type)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../render.py", "..%2frender.py", "/etc/passwd", "nothing.css", "fanlight.css/", "FANLIGHT.CSS"],
)
def test_what_is_not_a_file_of_ours_is_not_served(name: str) -> None:
    assert static(name) is None

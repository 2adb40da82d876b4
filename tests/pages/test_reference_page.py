import json
import time
from typing import Any

import pytest

from fanlight.pages.reference import Shapes, prose, reference
from pages.page_reader import Page, headers

MEMBER = {
    "title": "Member",
    "type": "object",
    "required": ["guid"],
    "properties": {
        "guid": {"type": "string", "description": "Begins with `MBR-`."},
        "name": {"anyOf": [{"type": "string", "maxLength": 255}, {"type": "null"}]},
        "status": {"$ref": "#/components/schemas/Status"},
        "created_at": {"type": "string", "format": "date-time"},
        "balances": {"type": "array", "items": {"$ref": "#/components/schemas/Balance"}},
        "parent": {"anyOf": [{"$ref": "#/components/schemas/Member"}, {"type": "null"}]},
        "labels": {"type": "object", "additionalProperties": {"type": "integer"}},
        "legacy": {"type": ["string", "null"], "deprecated": True},
    },
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Fanlight <Nexus>", "version": "1", "description": "First.\n\n- one\n- **two**"},
    "servers": [{"url": "https://fanlight.example/nexus"}],
    "security": [{"session": []}],
    "tags": [{"name": "members", "description": "Connections."}, {"name": "empty"}],
    "paths": {
        "/members/{member_guid}": {
            "parameters": [{"$ref": "#/components/parameters/MemberGuid"}],
            "put": {
                "operationId": "updateMember",
                "tags": ["members"],
                "summary": "Change a member",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MemberRoot"}}},
                },
                "responses": {
                    "200": {
                        "description": "Changed.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MemberRoot"}}},
                    },
                    "404": {"$ref": "#/components/responses/Missing"},
                },
            },
        },
        "/ping": {"get": {"security": [], "responses": {"204": {"description": "Alive."}}}},
    },
    "components": {
        "schemas": {
            "Member": MEMBER,
            "MemberRoot": {"type": "object", "properties": {"member": {"$ref": "#/components/schemas/Member"}}},
            "Status": {"enum": ["CONNECTED", "DENIED"], "description": "Where it stands."},
            "Balance": {"type": "object", "properties": {"amount": {"type": "string", "format": "decimal"}}},
        },
        "parameters": {
            "MemberGuid": {"name": "member_guid", "in": "path", "required": True, "schema": {"type": "string"}}
        },
        "responses": {"Missing": {"description": "No such member <of this user>."}},
        "securitySchemes": {
            "session": {"type": "apiKey", "in": "header", "name": "MD-SESSION-TOKEN", "description": "Thirty minutes."},
            "bearer": {"type": "http", "scheme": "bearer"},
        },
    },
}


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(reference(DOCUMENT))


def test_the_page_has_nothing_inline_and_may_be_cached(page: Page) -> None:
    page.assert_nothing_inline()
    found = headers(reference(DOCUMENT))
    assert found["cache-control"] == "public, max-age=300"
    assert found["etag"].startswith('"')
    assert "default-src 'none'" in found["content-security-policy"]


def test_the_same_document_gives_the_same_page() -> None:
    assert reference(DOCUMENT) == reference(json.loads(json.dumps(DOCUMENT)))


def test_tags_without_operations_are_left_out_and_operations_without_tags_are_not(page: Page) -> None:
    assert [element.attributes["id"] for element in page.elements if element.tag == "h2" and element.attributes] == [
        "tag-members",
        "tag-other",
    ]
    assert page.by_id("updateMember").tag == page.by_id("get-ping").tag == "article"


def test_every_contents_link_leads_somewhere(page: Page) -> None:
    names = {element.attributes.get("id") for element in page.elements}
    targets = {link["href"] for link in page.all("a")}
    assert targets >= {"#updateMember", "#get-ping", "#content"}
    assert all((target or "").removeprefix("#") in names for target in targets)


def test_references_are_followed(page: Page) -> None:
    for words in (
        "member_guid string path required",
        "Begins with MBR-.",
        "name string or null",
        "255 characters or fewer",
        "status Status Where it stands. One of CONNECTED DENIED",
        "created_at string (date-time)",
        "balances array of Balance Fields of balances amount string (decimal)",
        "parent Member or null",
        "labels map of integer",
        "legacy string or null deprecated",
        "404 No such member <of this user>.",
        "session header MD-SESSION-TOKEN Thirty minutes.",
        "bearer header Authorization: Bearer",
    ):
        assert words in page.text


def test_a_shape_inside_itself_is_named_once(page: Page) -> None:
    assert "Fields of parent" not in page.text


def test_the_request_sample_is_a_request(page: Page) -> None:
    sample = next(words for words in page.words if words.startswith("PUT /members/{member_guid}\n"))
    head, _, body = sample.partition("\n\n")
    assert head.splitlines()[1:] == ["MD-SESSION-TOKEN: …", "Content-Type: application/json"]
    member = json.loads(body)["member"]
    assert member["status"] == "CONNECTED"
    assert member["balances"] == [{"amount": "12.34"}]
    assert member["parent"] is None
    assert "GET /ping" in page.words


def test_a_reference_to_nothing_is_an_error() -> None:
    with pytest.raises(KeyError):
        Shapes(DOCUMENT).resolve({"$ref": "#/components/schemas/Nothing"})


def test_examples_of_the_document_win() -> None:
    shapes = Shapes({})
    assert shapes.example({"type": "string", "examples": ["a", "b"]}) == "a"
    assert shapes.example({"type": "integer", "example": 0}) == 0
    assert shapes.example({"const": "x"}) == "x"
    assert shapes.example({"type": ["null", "boolean"]}) is True


def test_parts_of_a_shape_are_put_together() -> None:
    shapes = Shapes(DOCUMENT)
    both = {"allOf": [{"$ref": "#/components/schemas/Balance"}, {"properties": {"extra": {"type": "integer"}}}]}
    assert shapes.example(both) == {"amount": "12.34", "extra": 1}
    assert shapes.kind(both) == "Balance with object"
    assert "extra" in shapes.fields(both)
    assert "amount" in shapes.fields(both)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (None, ""),
        ("a <b>\n\nc", "<p>a &lt;b&gt;</p><p>c</p>"),
        ("`x` **y**", "<p><code>x</code> <strong>y</strong></p>"),
        ("[a](https://a.example/?q=1&r=2)", '<p><a href="https://a.example/?q=1&amp;r=2">a</a></p>'),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
        ("[a](//evil.example)", "<p>[a](//evil.example)</p>"),
        ('[a](https://a.example/"onclick=x)', '<p><a href="https://a.example/&#34;onclick=x">a</a></p>'),
    ],
)
def test_descriptions_are_a_little_markdown(text: str | None, html: str) -> None:
    assert prose(text) == html


def test_hundreds_of_operations_are_fast() -> None:
    path = DOCUMENT["paths"]["/members/{member_guid}"]
    document = DOCUMENT | {"paths": {f"/members/{number}/{{member_guid}}": path for number in range(140)}}
    reference(document)
    started = time.process_time()
    reference(document)
    assert time.process_time() - started < 0.3

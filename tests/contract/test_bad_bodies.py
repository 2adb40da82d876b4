"""Bodies that cannot be read, are too large, or have wrong fields: refused with a code, nothing stored."""

from collections.abc import Iterator

import pytest

from contract.bad import ids, refused, unharmed
from contract.conftest import Someone

MIB = 1 << 20
ROOTS = {
    "make": ("POST", "/members", "member"),
    "change": ("PUT", "/members/{impaired}", "member"),
    "search": ("POST", "/institutions/search", "institution"),
}
UNREADABLE = {
    "nothing after a brace": b"{",
    "a text without quotes": b"{member: 1}",
    "a comma too many": b'{"member": {},}',
    "two documents": b"{}{}",
    "not a number": b'{"member": {"name": NaN}}',
    "a list": b"[]",
    "a list of members": b'[{"member": {}}]',
    "a text": b'"member"',
    "a number": b"1",
    "null": b"null",
    "true": b"true",
    "invalid UTF-8": b'{"member": {"name": "\xff\xfe"}, "institution": {"name": "\xff\xfe"}}',
    "UTF-16": '{"member": {}}'.encode("utf-16"),
    "a lone surrogate": rb'{"member": {"name": "\ud800"}, "institution": {"name": "\ud800"}}',
    "a surrogate in UTF-8": b'{"member": {"name": "\xed\xa0\x80"}, "institution": {"name": "\xed\xa0\x80"}}',
    "a raw NUL": b'{"member": {"name": "a\x00b"}}',
    "nothing but NUL": b"\x00",
    "lists without end": b"[" * 100_000,
    "lists very deep": b"[" * 100_000 + b"]" * 100_000,
    "objects very deep": b'{"member": ' * 50_000 + b"1" + b"}" * 50_000,
    "a form": b"member[name]=x",
    "XML": b"<member><name>x</name></member>",
}
ROOT_OF_A_WRONG_KIND: dict[str, object] = {"null": None, "a list": [], "a text": "x", "a number": 1, "true": True}
WRONG_IN_MEMBER: dict[str, dict[str, object]] = {
    "institution_guid: a number": {"institution_guid": 1},
    "institution_guid: an object": {"institution_guid": {}},
    "credentials: an object": {"credentials": {}},
    "credentials: texts": {"credentials": ["x"]},
    "credentials: a value that is a number": {"credentials": [{"guid": "CRD-1", "value": 1}]},
    "credentials: a guid that is null": {"credentials": [{"guid": None, "value": "x"}]},
    "credentials: too many": {"credentials": [{"guid": "CRD-1", "value": "x"}] * 51},
    "credentials: a value too long": {"credentials": [{"guid": "CRD-1", "value": "x" * 5000}]},
    "is_oauth: a word": {"is_oauth": "maybe"},
    "is_oauth: null": {"is_oauth": None},
    "is_oauth: 2": {"is_oauth": 2},
    "name: a number": {"name": 1},
    "name: empty": {"name": ""},
    "name: ten thousand characters": {"name": "x" * 10_000},
    "external_guid: a list": {"external_guid": []},
    "external_guid: empty": {"external_guid": ""},
    "external_guid: ten thousand characters": {"external_guid": "x" * 10_000},
    "metadata: an object": {"metadata": {"a": 1}},
    "metadata: ten thousand characters": {"metadata": "x" * 10_000},
    "background_aggregation_is_disabled: a text": {"background_aggregation_is_disabled": "x"},
    "skip_aggregation: a list": {"skip_aggregation": [True]},
    "use_cases: a text": {"use_cases": "PFM"},
    "use_cases: unknown": {"use_cases": ["PAYMENTS"]},
    "use_cases: lower case": {"use_cases": ["pfm"]},
    "use_cases: numbers": {"use_cases": [1]},
    "use_cases: too many": {"use_cases": ["PFM", "MONEY_MOVEMENT", "PFM"]},
}
ONLY_WHEN_MADE = {"institution_guid", "is_oauth"}
WRONG_IN_SEARCH = {
    "name: a number": {"name": 1},
    "name: a list": {"name": ["x"]},
    "name: ten thousand characters": {"name": "x" * 10_000},
    "url: an object": {"url": {}},
    "supports_account_verification: a word": {"name": "x", "supports_account_verification": "maybe"},
}


@pytest.mark.parametrize("where", ROOTS)
@pytest.mark.parametrize("body", ids(UNREADABLE))
def test_a_body_that_is_no_json_object_is_refused(someone: Someone, where: str, body: bytes) -> None:
    method, path, _ = ROOTS[where]
    with unharmed(someone.nexus):
        response = someone.nexus.send(method, path.format(impaired=someone.impaired), content=body)
        refused(response, 4000)


@pytest.mark.parametrize("body", ids(UNREADABLE))
def test_a_session_is_not_opened_by_a_body_that_is_no_json_object(someone: Someone, body: bytes) -> None:
    world = someone.nexus.world
    token = world.api_token("someone")

    refused(world.http.post(f"{world.url}/sessions", content=body, headers={"MD-API-TOKEN": token}), 4000)

    assert world.session(token), "the token was not spent by the bad request"


@pytest.mark.parametrize("body", ids(UNREADABLE))
def test_an_aggregation_does_not_begin_with_a_body_that_is_no_json_object(someone: Someone, body: bytes) -> None:
    with unharmed(someone.nexus):
        path = f"/members/{someone.impaired}/aggregate"
        refused(someone.nexus.send("GET", path, content=body), 4000)


@pytest.mark.parametrize("where", ROOTS)
@pytest.mark.parametrize("value", ids(ROOT_OF_A_WRONG_KIND))
def test_a_root_of_a_wrong_kind_is_refused(someone: Someone, where: str, value: object) -> None:
    method, path, root = ROOTS[where]
    with unharmed(someone.nexus):
        refused(someone.nexus.send(method, path.format(impaired=someone.impaired), {root: value}), 4000, 4001)


@pytest.mark.parametrize("where", ROOTS)
@pytest.mark.parametrize("body", ids({"an empty object": {}, "another root": {"account": {"name": "x"}}}))
def test_a_missing_root_is_refused(someone: Someone, where: str, body: dict[str, object]) -> None:
    method, path, _ = ROOTS[where]
    with unharmed(someone.nexus):
        refused(someone.nexus.send(method, path.format(impaired=someone.impaired), body), 4001)


@pytest.mark.parametrize("rooted", [True, False], ids=["rooted", "unrooted"])
@pytest.mark.parametrize("fields", ids(WRONG_IN_MEMBER))
def test_a_member_with_a_wrong_field_is_not_made(someone: Someone, fields: dict[str, object], rooted: bool) -> None:
    world = someone.nexus.world
    member = {"institution_guid": world.institutions["mxbank"], "skip_aggregation": True} | fields
    with unharmed(someone.nexus):
        refused(someone.nexus.send("POST", "/members", {"member": member} if rooted else member), 4000)


@pytest.mark.parametrize(
    "fields", ids({name: fields for name, fields in WRONG_IN_MEMBER.items() if not fields.keys() & ONLY_WHEN_MADE})
)
def test_a_member_is_not_changed_by_a_wrong_field(someone: Someone, fields: dict[str, object]) -> None:
    before = someone.nexus.read(someone.impaired)
    with unharmed(someone.nexus):
        body = {"member": {"metadata": "half stored"} | fields}
        refused(someone.nexus.send("PUT", f"/members/{someone.impaired}", body), 4000)

    assert someone.nexus.read(someone.impaired) == before


@pytest.mark.parametrize("fields", ids(WRONG_IN_SEARCH))
def test_a_search_with_a_wrong_field_is_refused(someone: Someone, fields: dict[str, object]) -> None:
    with unharmed(someone.nexus):
        refused(someone.nexus.send("POST", "/institutions/search", {"institution": fields}), 4000)


def test_unknown_fields_are_ignored(someone: Someone) -> None:
    before = someone.nexus.read(someone.pending)
    body = {"member": {"name": "Known", "guid": "MBR-1", "revision": 99, "connection_status": "CONNECTED"}, "more": []}

    changed = someone.nexus.ok("PUT", f"/members/{someone.pending}", body)["member"]

    assert changed == before | {"name": "Known", "revision": before["revision"] + 1}


@pytest.mark.parametrize("name", ids({"NUL": "a\0b", "controls": "\x01\x1f\x7f\x85", "right to left": "\u202eevil"}))
def test_strange_characters_in_a_name_come_back_as_they_are(someone: Someone, name: str) -> None:
    response = someone.nexus.send("PUT", f"/members/{someone.pending}", {"member": {"name": name}})

    assert response.status_code == 200
    assert response.json()["member"]["name"] == someone.nexus.read(someone.pending)["name"] == name


@pytest.mark.parametrize("template", ["{name}", "{0}", "{", "}", "{name.__class__}", "%s%n"])
def test_a_name_is_never_a_template(someone: Someone, template: str) -> None:
    someone.nexus.ok("PUT", f"/members/{someone.impaired}", {"member": {"name": template}})

    message = someone.nexus.read(someone.impaired)["connection_status_message"]

    assert template in message


@pytest.mark.parametrize("name", ids({"wild cards": "%_\\", "quotes": "' OR 1=1 --"}))
def test_strange_characters_find_no_institution(someone: Someone, name: str) -> None:
    found = someone.nexus.ok("POST", "/institutions/search", {"institution": {"name": name}})

    assert found["institutions"] == []


@pytest.mark.parametrize("where", ROOTS)
def test_a_body_over_a_mebibyte_is_refused(someone: Someone, where: str) -> None:
    method, path, _ = ROOTS[where]
    with unharmed(someone.nexus):
        body = b" " * (MIB + 1)
        refused(someone.nexus.send(method, path.format(impaired=someone.impaired), content=body), 4130)


@pytest.mark.parametrize("where", ROOTS)
def test_a_body_over_a_mebibyte_is_refused_without_a_length(someone: Someone, where: str) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(17):
            yield b" " * (MIB // 16)

    method, path, _ = ROOTS[where]
    with unharmed(someone.nexus):
        refused(someone.nexus.send(method, path.format(impaired=someone.impaired), content=chunks()), 4130)


def test_a_session_is_not_opened_by_a_body_over_a_mebibyte(someone: Someone) -> None:
    world = someone.nexus.world
    headers = {"MD-API-TOKEN": world.api_token("someone")}

    refused(world.http.post(f"{world.url}/sessions", content=b" " * (MIB + 1), headers=headers), 4130)

    assert world.session(headers["MD-API-TOKEN"])


def test_a_body_of_exactly_a_mebibyte_is_read(someone: Someone) -> None:
    body = b'{"institution": {"name": "mxcu (oauth)"}}'.ljust(MIB)

    response = someone.nexus.send("POST", "/institutions/search", content=body)

    assert response.status_code == 200
    assert len(response.json()["institutions"]) == 1

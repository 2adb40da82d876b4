"""The OpenAPI document: whole, exactly the routes, and true of every answer that the contract's data replays."""

from typing import Any

import pytest

from contract import cases
from contract.cases import ALL, BESIDE_NEXUS, Case, template_of
from contract.openapi import references, resolve, violations
from contract.things import Things
from fanlight.api.nexus.errors import MEDIA_TYPE
from fanlight.api.nexus.routes import ROUTES
from support.world import World

SPELLED = [(method, path) for route in ROUTES for method, path in route.spellings]
FILES = sorted({case.file for case in ALL} - set(BESIDE_NEXUS))


@pytest.fixture(scope="module")
def document(world: World) -> dict[str, Any]:
    response = world.http.get(f"{world.url}/openapi.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    answer: dict[str, Any] = response.json()
    return answer


def test_it_is_openapi_3_1_and_whole(document: dict[str, Any], world: World) -> None:
    assert document["openapi"] == "3.1.0"
    assert {"title", "version"} <= document["info"].keys()
    assert document["servers"] == [{"url": world.url}]
    found = references(document)
    assert found
    for reference in found:
        assert resolve(document, reference), reference


def test_it_has_exactly_the_routes(document: dict[str, Any]) -> None:
    told = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}

    assert told == set(SPELLED)


def test_operations_have_names_of_their_own_answers_and_tags(document: dict[str, Any]) -> None:
    operations = [operation for at in document["paths"].values() for operation in at.values()]

    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    tags = {tag["name"] for tag in document["tags"]}
    for operation in operations:
        assert set(operation["tags"]) <= tags
        assert operation["summary"]
        assert operation["responses"].keys() & {"200", "204"}


def test_path_parameters_are_those_of_the_path(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        inside = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        for operation in operations.values():
            told = [one for one in operation.get("parameters", []) if one["in"] == "path"]
            assert {one["name"] for one in told} == inside
            assert all(one["required"] for one in told)


def test_security_names_what_is_there(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    used = [*document["security"], *document["paths"]["/sessions"]["post"]["security"]]

    assert {name for entry in used for name in entry} == set(schemes)
    assert {scheme["name"] for scheme in schemes.values()} == {"MD-SESSION-TOKEN", "MD-API-TOKEN"}


def test_errors_have_the_shape_of_errors(document: dict[str, Any]) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if status >= "4":
                    schema = answer["content"][MEDIA_TYPE.decode()]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Error"}


def test_bodies_are_told_where_one_is_taken(document: dict[str, Any]) -> None:
    takes = {spelling: route.takes for route in ROUTES for spelling in route.spellings}

    for (method, path), shape in takes.items():
        body = document["paths"][path][method.lower()].get("requestBody")
        assert (body is None) == (shape is None), (method, path)
        if body is not None:
            assert body["content"].keys() == {MEDIA_TYPE.decode(), "application/json"}
            assert references(body)


@pytest.mark.parametrize(
    ("path", "root"),
    [("/members/{member_guid}/resume", "member"), ("/micro_deposits/{micro_deposit_guid}", "micro_deposit")],
)
def test_bodies_that_clients_send_without_a_root_are_told_so(document: dict[str, Any], path: str, root: str) -> None:
    content = document["paths"][path]["put"]["requestBody"]["content"]["application/json"]

    bare, rooted = content["schema"]["anyOf"]

    assert rooted["properties"] == {root: bare}


def test_refusals_that_come_with_a_header_say_so(document: dict[str, Any]) -> None:
    operations = document["paths"]

    assert "Allow" in operations["/members/{member_guid}/resume"]["put"]["responses"]["405"]["headers"]
    assert "Retry-After" in operations["/members/{member_guid}/check_balance"]["post"]["responses"]["429"]["headers"]


@pytest.mark.parametrize("file", FILES)
def test_every_answer_is_as_the_document_says(file: str, document: dict[str, Any], world: World) -> None:
    things = Things(world, f"openapi-{file}")
    wrong = {}
    for case in ALL:
        if case.file == file:
            found = untruths(document, case, things)
            if found:
                wrong[case.id] = found[:5]

    assert wrong == {}


def untruths(document: dict[str, Any], case: Case, things: Things) -> list[str]:
    """What the document says of a case's answer and is not so; nothing for paths that it does not have."""
    spelling = template_of(case.method, case.path, SPELLED)
    if spelling is None:
        return []
    response = cases.send(case, things)
    told = document["paths"][spelling[1]][case.method.lower()]["responses"].get(str(response.status_code))
    if told is None:
        return [f"{response.status_code} is not in the document"]
    if response.status_code == 204:
        return [] if "content" not in told else ["204 has no content"]
    media = response.headers["content-type"].split(";")[0]
    if media not in told["content"]:
        return [f"{media} is not in the document"]
    if not media.endswith("json"):
        return []
    return violations(document, told["content"][media]["schema"], response.json())

"""The OpenAPI 3.1 document, made from the routes and their structs, so that it cannot say anything else."""

from typing import Any

import msgspec

from fanlight import __version__
from fanlight.api.nexus.errors import MEDIA_TYPE
from fanlight.api.nexus.kit import Param, Route
from fanlight.api.nexus.routes import ROUTES

MEDIA = MEDIA_TYPE.decode()
_REASONS = {
    400: "A parameter or the body is wrong",
    401: "No live session",
    403: "Not allowed",
    404: "There is no such thing for this user",
    405: "Not in this state",
    409: "Another thing in progress stands in the way",
    422: "Refused by a rule of the data",
    429: "Asked for more often than it may be",
}
_HEADERS = {
    405: ("Allow", "The methods that the path has.", "string"),
    429: ("Retry-After", "After how many seconds it is worth another try.", "integer"),
}


class ErrorDetail(msgspec.Struct):
    """`code` is the HTTP status and one digit; clients act on the status."""

    code: int
    message: str


class Error(msgspec.Struct):
    error: ErrorDetail


class Pagination(msgspec.Struct):
    current_page: int
    per_page: int
    total_entries: int
    total_pages: int


def document(server_url: str) -> dict[str, Any]:
    """The whole document for a server at a URL."""
    shapes = _shapes()
    _, components = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    components = _with_numbers(components)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        for method, path in route.spellings:
            paths.setdefault(path, {})[method.lower()] = _operation(route, method, path)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fanlight, Nexus face",
            "version": __version__,
            "description": "Account aggregation on the MX Nexus wire. Independent of MX.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server_url}],
        "security": [{"sessionToken": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in ROUTES)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "sessionToken": {"type": "apiKey", "in": "header", "name": "MD-SESSION-TOKEN"},
                "apiToken": {"type": "apiKey", "in": "header", "name": "MD-API-TOKEN"},
            },
        },
    }


def operation_id(method: str, path: str) -> str:
    """A stable name: `get_members_member_guid_oauth_window_uri`."""
    words = path.replace("{", "").replace("}", "").strip("/").replace("/", "_")
    return f"{method.lower()}_{words}"


def _shapes() -> list[type[msgspec.Struct]]:
    named = [shape for route in ROUTES for shape in (route.shape, route.takes) if shape is not None]
    named += [shape for route in ROUTES for _, shape in route.beside]
    return list(dict.fromkeys([*named, Error, Pagination]))


def _with_numbers(schema: Any) -> Any:
    """Decimals are numbers on this wire; msgspec's schema takes them for texts."""
    if isinstance(schema, dict):
        if schema.get("format") == "decimal":
            return {"type": "number"}
        return {name: _with_numbers(inner) for name, inner in schema.items()}
    return [_with_numbers(inner) for inner in schema] if isinstance(schema, list) else schema


def _operation(route: Route, method: str, path: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": [route.tag],
        "summary": route.summary,
        "operationId": operation_id(method, path),
        "parameters": [*_path_parameters(path), *(_query_parameter(param) for param in route.query)],
        "responses": _success(route) | {str(status): _error(status) for status in route.errors},
    }
    if route.accepts:
        operation["responses"]["202"] = _answer(route) | {"description": "Nothing new was started"}
    if route.note:
        operation["description"] = route.note
    if route.deprecated:
        operation["deprecated"] = True
    if route.opens:
        operation["security"] = [{"apiToken": []}]
    if route.takes is not None:
        operation["requestBody"] = _body(route, route.takes)
    return operation


def _success(route: Route) -> dict[str, Any]:
    return {"204": {"description": "Done"}} if route.empty else {"200": _answer(route)}


def _answer(route: Route) -> dict[str, Any]:
    if route.media:
        return {"description": route.summary, "content": {route.media: {"schema": {"type": "string"}}}}
    if route.root is None or route.shape is None:
        return _content({}, "Done")
    inner: dict[str, Any] = _ref(route.shape)
    if route.many:
        inner = {"type": "array", "items": inner}
    properties = {route.root: inner}
    required = [*properties, *(["pagination"] if route.paged else []), *(name for name, _ in route.beside)]
    if route.paged or route.may_page:
        properties["pagination"] = _ref(Pagination)
    properties |= {name: _ref(shape) for name, shape in route.beside}
    return _content(properties, route.summary, required)


def _content(properties: dict[str, Any], description: str, required: list[str] | None = None) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": required or list(properties)}
    return {"description": description, "content": {MEDIA: {"schema": schema}}}


def _error(status: int) -> dict[str, Any]:
    answer = {"description": _REASONS[status], "content": {MEDIA: {"schema": _ref(Error)}}}
    if status in _HEADERS:
        name, about, kind = _HEADERS[status]
        answer["headers"] = {name: {"description": about, "schema": {"type": kind}}}
    return answer


def _body(route: Route, shape: type[msgspec.Struct]) -> dict[str, Any]:
    """A body under its root; a few operations take theirs without one."""
    root, required = route.body_root, not route.body_optional
    schema = _ref(shape)
    if root is not None:
        rooted = {"type": "object", "properties": {root: schema}, "required": [root] if required else []}
        schema = {"anyOf": [schema, rooted]} if route.root_optional else rooted
    return {"required": required, "content": {kind: {"schema": schema} for kind in (MEDIA, "application/json")}}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = [segment[1:-1] for segment in path.split("/") if segment.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameter(param: Param) -> dict[str, Any]:
    schema = {"type": "string", "format": "date"} if param.kind == "date" else {"type": param.kind}
    return {"name": param.name, "in": "query", "description": param.about, "schema": schema}


def _ref(shape: type[msgspec.Struct]) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{shape.__name__}"}

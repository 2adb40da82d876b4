"""The documentation of the API: one page made from an OpenAPI 3.1 document, readable without a script.

The document is ours but long, and the same shapes come back in it many times: every named shape is rendered once, and
its text is used again wherever the shape appears.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
from markupsafe import Markup, escape

from fanlight.base.asgi import Response
from fanlight.pages.render import PAGE_HEADERS, html, templates

Json: TypeAlias = dict[str, Any]

_METHODS: Final = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
_DEEPEST: Final = 6
_LIMITS: Final = {
    "default": "default {}",
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "minLength": "{} characters or more",
    "maxLength": "{} characters or fewer",
    "minItems": "{} items or more",
    "maxItems": "{} items or fewer",
    "pattern": "matches {}",
}
_SAMPLES: Final = {
    "date": "2026-03-14",
    "date-time": "2026-03-14T09:26:53Z",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "email": "mika@example.com",
    "uuid": "0b9f4a52-6d0e-4b0e-9c55-3f6f3c1f7a10",
    "decimal": "12.34",
}


class Field(NamedTuple):
    """One line of a shape, or one parameter."""

    name: str
    kind: str
    place: str
    required: bool
    deprecated: bool
    limits: list[str]
    choices: list[str]
    description: Markup
    inner: Markup


class Content(NamedTuple):
    """A body: of a request or of an answer."""

    title: str
    description: Markup
    media: str
    kind: str
    fields: Markup
    example: str


class Operation(NamedTuple):
    anchor: str
    method: str
    path: Markup
    summary: str
    description: Markup
    deprecated: bool
    parameters: Markup
    body: Content | None
    answers: list[Content]
    errors: list[Content]
    request: str


class Group(NamedTuple):
    """The operations under one tag."""

    anchor: str
    name: str
    description: Markup
    operations: list[Operation]


class Scheme(NamedTuple):
    """One way to say who is calling."""

    name: str
    how: str
    header: str
    description: Markup


def reference(openapi: Json) -> Response:
    """The page; it depends on the document alone, so make it once and keep it. Its `ETag` is for `If-None-Match`."""
    reader = _Reader(openapi)
    info = openapi.get("info", {})
    kept = tuple(pair for pair in PAGE_HEADERS if pair[0] != b"cache-control")
    page = html(
        "reference.html",
        200,
        headers=(*kept, (b"cache-control", b"public, max-age=300")),
        title=info.get("title", "API"),
        version=info.get("version", ""),
        description=prose(info.get("description")),
        servers=[server.get("url", "") for server in openapi.get("servers", ())],
        schemes=list(reader.schemes.values()),
        groups=reader.groups(),
    )
    etag = f'"{hashlib.sha256(page.body).hexdigest()[:16]}"'
    return page._replace(headers=(*page.headers, (b"etag", etag.encode())))


class _Reader:
    """An OpenAPI document as groups of operations."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.shapes = Shapes(document)
        found = document.get("components", {}).get("securitySchemes", {})
        self.schemes = {name: _scheme(name, self.shapes.resolve(scheme)) for name, scheme in found.items()}

    def groups(self) -> list[Group]:
        """Tags in the order in which the document declares them, then the others as they come."""
        declared = {tag["name"]: tag.get("description") for tag in self.document.get("tags", ())}
        members: dict[str, list[Operation]] = {name: [] for name in declared}
        for tag, operation in self._operations():
            members.setdefault(tag, []).append(operation)
        return [
            Group(f"tag-{_slug(name)}", name, prose(declared.get(name)), operations)
            for name, operations in members.items()
            if operations
        ]

    def _operations(self) -> Iterator[tuple[str, Operation]]:
        for path, item in self.document.get("paths", {}).items():
            shared = item.get("parameters", [])
            for method in _METHODS:
                if method in item:
                    raw = item[method]
                    yield (raw.get("tags") or ["Other"])[0], self._operation(method, path, shared, raw)

    def _operation(self, method: str, path: str, shared: list[Json], raw: Json) -> Operation:
        parameters = [self.shapes.resolve(one) for one in (*shared, *raw.get("parameters", ()))]
        # The operation's own parameter replaces the path's of the same name and place.
        unique = {(one.get("name"), one.get("in")): one for one in parameters}
        answers = [(str(status), self.shapes.resolve(one)) for status, one in raw.get("responses", {}).items()]
        body = self._body(raw.get("requestBody"))
        return Operation(
            anchor=raw.get("operationId") or _slug(f"{method}-{path}"),
            method=method.upper(),
            path=_path(path),
            summary=raw.get("summary") or f"{method.upper()} {path}",
            description=prose(raw.get("description")),
            deprecated=bool(raw.get("deprecated")),
            parameters=self.shapes.lines([self.shapes.parameter(one) for one in unique.values()]),
            body=body,
            answers=[self._content(status, one) for status, one in answers if status[0] in "123"],
            errors=[self._content(status, one) for status, one in answers if status[0] not in "123"],
            request=self._request(method, path, raw, body),
        )

    def _body(self, raw: Json | None) -> Content | None:
        if raw is None:
            return None
        found = self.shapes.resolve(raw)
        return self._content("Required" if found.get("required") else "Optional", found)

    def _content(self, title: str, raw: Json) -> Content:
        media, found = _first(raw.get("content", {}))
        schema = found.get("schema", {})
        example = _given(found)
        if example is None and schema:
            example = self.shapes.example(schema)
        return Content(
            title=title,
            description=prose(raw.get("description")),
            media=media,
            kind=self.shapes.kind(schema) if schema else "",
            fields=self.shapes.fields(schema) if schema else Markup(""),
            example="" if example is None else _pretty(example),
        )

    def _request(self, method: str, path: str, raw: Json, body: Content | None) -> str:
        alternatives: list[Json] = raw["security"] if "security" in raw else self.document.get("security", [])
        names = alternatives[0] if alternatives else {}
        lines = [f"{method.upper()} {path}", *(self.schemes[name].header for name in names if name in self.schemes)]
        if body is not None and body.media:
            lines += [f"Content-Type: {body.media}", "", body.example]
        return "\n".join(lines)


class Shapes:
    """The schemas of a document: what they are called, what is in them, and what they look like."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._known: dict[str, Markup] = {}
        self._lines: Any = templates().get_template("schema.html").module

    def resolve(self, node: Json) -> Json:
        """What a `$ref` leads to; raises KeyError when it leads nowhere."""
        seen: set[str] = set()
        while "$ref" in node and node["$ref"] not in seen:
            seen.add(node["$ref"])
            target: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def lines(self, fields: list[Field]) -> Markup:
        """The lines of a shape as HTML; nothing for none."""
        return Markup(self._lines.lines(fields)) if fields else Markup("")  # noqa: S704 - from an escaping template

    def parameter(self, raw: Json) -> Field:
        """A path, query or header parameter as a line."""
        schema = raw.get("schema", {})
        line = self._field(raw.get("name", ""), schema, raw, required=bool(raw.get("required")), above=())
        return line._replace(place=raw.get("in", ""))

    def kind(self, schema: Json) -> str:
        """A type in words: `string (date)`, `array of Account`, `integer or null`."""
        if "$ref" in schema:
            return str(schema["$ref"]).rpartition("/")[2]
        for word in ("anyOf", "oneOf"):
            if word in schema:
                return " or ".join(dict.fromkeys(self.kind(one) for one in schema[word]))
        if "allOf" in schema:
            return " with ".join(dict.fromkeys(self.kind(one) for one in schema["allOf"]))
        types = schema.get("type", "object" if "properties" in schema else _type_of_choices(schema))
        words = [self._kind_of(one, schema) for one in ([types] if isinstance(types, str) else types)]
        if schema.get("nullable"):
            words.append("null")
        return " or ".join(words)

    def fields(self, schema: Json, above: tuple[str, ...] = ()) -> Markup:
        """Every field in a schema, as nested lines; a shape inside itself is named, not repeated."""
        name = schema.get("$ref")
        if name is None:
            return self._fields(schema, above)
        if name in above or len(above) >= _DEEPEST:
            return Markup("")
        if name not in self._known:
            self._known[name] = self._fields(self.resolve(schema), (*above, name))
        return self._known[name]

    def example(self, schema: Json, above: tuple[str, ...] = ()) -> Any:
        """A value that fits; a shape inside itself is null there."""
        if schema.get("$ref") in above:
            return None
        above = (*above, schema["$ref"]) if "$ref" in schema else above
        found = self.resolve(schema)
        ready = [one for one in (_given(found), *_choices(found)) if one is not None]
        parts = [one for word in ("anyOf", "oneOf") for one in found.get(word, ()) if one.get("type") != "null"]
        if ready or parts:
            return ready[0] if ready else self.example(parts[0], above)
        if "items" in found:
            return [one for one in [self.example(found["items"], above)] if one is not None]
        if "properties" in found or "allOf" in found:
            return {name: self.example(one, above) for name, one, _ in self._properties(found)}
        return _sample(found)

    def _fields(self, schema: Json, above: tuple[str, ...]) -> Markup:
        variants = [one for word in ("anyOf", "oneOf") for one in schema.get(word, ())]
        variants += [one for one in (schema.get("items"), schema.get("additionalProperties")) if isinstance(one, dict)]
        own = [self._field(name, one, one, required=must, above=above) for name, one, must in self._properties(schema)]
        return self.lines(own) + Markup("").join(dict.fromkeys(self.fields(one, above) for one in variants))

    def _properties(self, schema: Json) -> Iterator[tuple[str, Json, bool]]:
        for part in schema.get("allOf", ()):
            yield from self._properties(self.resolve(part))
        required = schema.get("required", ())
        for name, one in schema.get("properties", {}).items():
            yield name, one, name in required

    def _field(self, name: str, schema: Json, about: Json, *, required: bool, above: tuple[str, ...]) -> Field:
        detail = self._detail(schema)
        return Field(
            name=name,
            kind=self.kind(schema),
            place="",
            required=required,
            deprecated=bool(about.get("deprecated") or detail.get("deprecated")),
            limits=[text.format(_plain(detail[key])) for key, text in _LIMITS.items() if key in detail],
            choices=[_plain(one) for one in _choices(detail) or _choices(self._detail(detail.get("items", {})))],
            description=prose(about.get("description") or detail.get("description")),
            inner=self.fields(schema, above),
        )

    def _detail(self, schema: Json) -> Json:
        """The schema that limits and choices stand in: behind references, and beside `null`."""
        found = self.resolve(schema)
        parts = [one for word in ("anyOf", "oneOf") for one in found.get(word, ()) if one.get("type") != "null"]
        if len(parts) != 1:
            return found
        return {
            **self.resolve(parts[0]),
            **{key: value for key, value in found.items() if key not in {"anyOf", "oneOf"}},
        }

    def _kind_of(self, word: str, schema: Json) -> str:
        if word == "array":
            return f"array of {self.kind(schema['items'])}" if schema.get("items") else "array"
        if word == "object" and isinstance(schema.get("additionalProperties"), dict):
            return f"map of {self.kind(schema['additionalProperties'])}"
        return f"{word} ({schema['format']})" if "format" in schema and word != "null" else word


def prose(text: str | None) -> Markup:
    """The little Markdown that descriptions have: paragraphs, lists, `code`, **strong** and links."""
    return Markup("").join(_block(block) for block in re.split(r"\n\s*\n", text or "") if block.strip())


def _block(block: str) -> Markup:
    lines = block.strip().splitlines()
    if all(re.match(r"\s*[-*] ", line) for line in lines):
        items = Markup("").join(Markup("<li>{}</li>").format(_inline(line.strip()[2:])) for line in lines)
        return Markup("<ul>{}</ul>").format(items)
    return Markup("<p>{}</p>").format(_inline(" ".join(lines)))


def _inline(text: str) -> Markup:
    safe = str(escape(text))
    for pattern, put in (
        (r"`([^`]+)`", r"<code>\1</code>"),
        (r"\*\*([^*]+)\*\*", r"<strong>\1</strong>"),
        (r"\[([^\]]+)\]\(((?:https://|#|/(?!/))[^\s)]*)\)", r'<a href="\2">\1</a>'),
    ):
        safe = re.sub(pattern, put, safe)
    return Markup(safe)  # noqa: S704 - escaped before the marks were read


def _path(path: str) -> Markup:
    """A path with its parameters marked and a place to break after every slash."""
    marked = re.sub(r"(\{[^}]*\})", r"<var>\1</var>", str(escape(path)))
    return Markup(marked.replace("/", "/<wbr>").replace("</<wbr>", "</"))  # noqa: S704 - escaped above


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _scheme(name: str, raw: Json) -> Scheme:
    if raw.get("type") == "apiKey":
        place, key = raw.get("in", "header"), raw.get("name", "")
        return Scheme(name, f"{place} {key}", f"{key}: …" if place == "header" else "", prose(raw.get("description")))
    word = str(raw.get("scheme", raw.get("type", ""))).capitalize()
    return Scheme(name, f"header Authorization: {word}", f"Authorization: {word} …", prose(raw.get("description")))


def _first(content: dict[str, Json]) -> tuple[str, Json]:
    return next(iter(content.items()), ("", {}))


def _given(raw: Json) -> Any:
    """The example that the document itself gives."""
    if "example" in raw:
        return raw["example"]
    examples = raw.get("examples")
    if isinstance(examples, dict):
        return next((one.get("value") for one in examples.values()), None)
    return examples[0] if examples else raw.get("default")


def _sample(schema: Json) -> Any:
    words = schema.get("type", "object")
    word = next((one for one in words if one != "null"), "null") if isinstance(words, list) else words
    if word == "string":
        return _SAMPLES.get(schema.get("format", ""), "text")
    return {"integer": schema.get("minimum", 1), "number": 12.34, "boolean": True, "array": [], "object": {}}.get(word)


def _choices(schema: Json) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))


def _type_of_choices(schema: Json) -> str:
    choices = _choices(schema)
    return "string" if choices and all(isinstance(one, str) for one in choices) else "any"


def _plain(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _pretty(value: object) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()

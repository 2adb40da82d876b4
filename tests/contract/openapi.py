"""A small validator of JSON Schema: the words that our own OpenAPI document uses, and an error for any other."""

import re
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
KNOWN = {"$ref", "anyOf", "type", "properties", "required", "items", "enum"} | {
    "title",
    "description",
    "default",
    "format",
    "maxLength",
    "minLength",
    "maxItems",
    "minimum",
    "maximum",
    "additionalProperties",
}


def resolve(document: dict[str, Any], reference: str) -> Any:
    """What a `$ref` points to; raises KeyError when it points nowhere."""
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def references(node: Any) -> list[str]:
    """Every `$ref` below a node."""
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for inner in node.values() for found in references(inner)]
    return [found for inner in node for found in references(inner)] if isinstance(node, list) else []


def violations(document: dict[str, Any], schema: dict[str, Any], value: Any, at: str = "$") -> list[str]:
    """Where a value breaks a schema. Properties that a closed schema does not name are violations too."""
    assert not schema.keys() - KNOWN, schema.keys() - KNOWN
    if "$ref" in schema:
        return violations(document, resolve(document, schema["$ref"]), value, at)
    if "anyOf" in schema:
        tried = [violations(document, option, value, at) for option in schema["anyOf"]]
        return [] if [] in tried else min(tried, key=len)
    wanted = schema.get("type")
    if wanted is not None and not _is(value, wanted):
        return [f"{at}: {value!r} is not of type {wanted}"]
    if isinstance(value, dict):
        return _object(document, schema, value, at)
    if isinstance(value, list):
        items = schema.get("items", {})
        return [line for n, inner in enumerate(value) for line in violations(document, items, inner, f"{at}[{n}]")]
    return _scalar(schema, value, at)


def _object(document: dict[str, Any], schema: dict[str, Any], value: dict[str, Any], at: str) -> list[str]:
    properties = schema.get("properties", {})
    found = [f"{at}.{name}: required" for name in schema.get("required", []) if name not in value]
    found += [f"{at}.{name}: not in the document" for name in value if name not in properties]
    for name, inner in properties.items():
        if name in value:
            found += violations(document, inner, value[name], f"{at}.{name}")
    return found


def _scalar(schema: dict[str, Any], value: Any, at: str) -> list[str]:
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value!r} is none of {schema['enum']}"]
    if isinstance(value, str) and not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return [f"{at}: the length of {value[:40]!r}"]
    if schema.get("format") == "decimal" and not re.fullmatch(r"-?\d+(\.\d+)?", str(value)):
        return [f"{at}: {value!r} is no decimal"]
    return []


def _is(value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted == "boolean"
    return isinstance(value, TYPES[wanted])

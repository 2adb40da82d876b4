"""Patterns of answers: JSON in which texts in angle brackets say what may stand there.

`<text>`, `<integer>`, `<number>`, `<boolean>`, `<time>`, `<date>`, `<token>`, `<any>`, `<guid:MBR>`, `<null or X>`,
`<list of X>` (not empty), `<window:QUERY>` (a window URI with that query) and `<shape:NAME>` (a table in `shapes/`).
An object has exactly the keys of its pattern; `"<like>": "NAME"` takes a shape's keys, `"<extra>": true` allows more.
`{"<each>": PATTERN}` is a list with something in it, each of which fits.
"""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
TOKEN = r"[A-Za-z0-9_-]{86}"

SHAPES: dict[str, dict[str, Any]] = {
    name: fields
    for path in sorted((HERE / "shapes").glob("*.toml"))
    for name, fields in tomllib.loads(path.read_text(encoding="utf-8")).items()
}


def _text(expression: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(expression, value, re.DOTALL) is not None


_KINDS: dict[str, Callable[[Any], bool]] = {
    "any": lambda _: True,
    "boolean": lambda value: isinstance(value, bool),
    "date": _text(r"\d{4}-\d\d-\d\d"),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "text": lambda value: isinstance(value, str),
    "time": _text(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"),
    "token": _text(TOKEN),
}


def mismatches(pattern: Any, value: Any, at: str = "$") -> list[str]:
    """Where a value differs from its pattern; nothing when it fits."""
    if isinstance(pattern, dict) and "<each>" in pattern:
        return _each(pattern["<each>"], value, at)
    if isinstance(pattern, dict):
        return _object(pattern, value, at)
    if isinstance(pattern, list):
        return _list(pattern, value, at)
    if isinstance(pattern, str) and re.fullmatch(r"<.+>", pattern, re.DOTALL):
        return _named(pattern[1:-1], value, at)
    same = type(pattern) is type(value) and pattern == value
    return [] if same else [f"{at}: {value!r} is not {pattern!r}"]


def _object(pattern: dict[str, Any], value: Any, at: str) -> list[str]:
    like = pattern.get("<like>")
    wanted = (SHAPES[like] if like else {}) | {key: inner for key, inner in pattern.items() if key[0] != "<"}
    if not isinstance(value, dict):
        return [f"{at}: {value!r} is not an object"]
    found = [f"{at}.{key}: missing" for key in wanted.keys() - value.keys()]
    if "<extra>" not in pattern:
        found += [f"{at}.{key}: not expected" for key in value.keys() - wanted.keys()]
    for key in wanted.keys() & value.keys():
        found += mismatches(wanted[key], value[key], f"{at}.{key}")
    return found


def _list(pattern: list[Any], value: Any, at: str) -> list[str]:
    if not isinstance(value, list) or len(value) != len(pattern):
        return [f"{at}: {value!r} is not a list of {len(pattern)}"]
    return [line for n, inner in enumerate(pattern) for line in mismatches(inner, value[n], f"{at}[{n}]")]


def _each(pattern: Any, value: Any, at: str) -> list[str]:
    if not isinstance(value, list) or not value:
        return [f"{at}: {value!r} is not a list with something in it"]
    return [line for n, inner in enumerate(value) for line in mismatches(pattern, inner, f"{at}[{n}]")]


def _named(name: str, value: Any, at: str) -> list[str]:
    if name.startswith("null or "):
        return [] if value is None else _named(name[8:], value, at)
    if name.startswith("list of "):
        return _each(f"<{name[8:]}>", value, at)
    kind, _, argument = name.partition(":")
    if kind == "shape":
        return _object({"<like>": argument}, value, at)
    return [] if _check(kind, argument)(value) else [f"{at}: {value!r} is not <{name}>"]


def _check(kind: str, argument: str) -> Callable[[Any], bool]:
    if kind == "guid":
        return _text(f"{argument}-{UUID}")
    if kind == "window":
        return _text(rf"http://127\.0\.0\.1:\d+/oauth/predirect_to/MBR-{UUID}/{TOKEN}\?{re.escape(argument)}")
    return _KINDS[kind]

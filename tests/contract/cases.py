"""The contract as data: cases read from TOML, what their placeholders stand for, and how one is replayed.

A case has `request` or `requests` ("GET /members/{member}"), and `headers`, `query`, `body` (JSON as text) where it
needs them, and `needs` for what must be there that the request does not name. It expects `status` (200),
`content_type` (the file's), `answer_headers`, and one of `answer` (a pattern, JSON as text), `text` (exact), `empty`,
or `error` (a code, or a code and an exact message).
"""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import httpx2

from contract.pattern import HERE, mismatches
from contract.things import Things

BESIDE_NEXUS = ("sso", "mdx", "control")
FILES = sorted((*(HERE / "nexus").glob("*.toml"), *(HERE / f"{face}.toml" for face in BESIDE_NEXUS)))
KNOWN = {"request", "requests", "name", "headers", "query", "body", "status", "content_type", "answer"} | {
    "answer_headers",
    "text",
    "empty",
    "error",
    "needs",
}
PLACEHOLDER = re.compile(r"\{([a-z_0-9]+)\}")


class Case(NamedTuple):
    """One request and what it is answered."""

    file: str
    name: str
    method: str
    path: str
    headers: dict[str, str]
    query: str
    body: str | None
    status: int
    content_type: str
    expected: dict[str, Any]

    @property
    def id(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.file}: {self.name}: {self.method} {self.path}{query}"


def load(path: Path) -> Iterator[Case]:
    """The cases of a file, one for each of their requests."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    for entry in document["case"]:
        assert not entry.keys() - KNOWN, (path.name, entry["name"], entry.keys() - KNOWN)
        for request in entry.get("requests") or [entry["request"]]:
            method, target = request.split(" ", 1)
            yield Case(
                file=path.stem,
                name=entry["name"],
                method=method,
                path=target,
                headers=document["headers"] | entry.get("headers", {}),
                query=entry.get("query", ""),
                body=entry.get("body"),
                status=entry.get("status", _status(entry.get("error"))),
                content_type=entry.get("content_type", document["content_type"]),
                expected=entry,
            )


def send(case: Case, things: Things) -> httpx2.Response:
    """Replay a case's request."""
    fill(case.expected.get("needs", ""), things)
    headers = {name: fill(value, things) for name, value in case.headers.items()}
    path = fill(case.path, things) + (f"?{fill(case.query, things)}" if case.query else "")
    return things.world.http.request(
        case.method,
        things.world.url + path,
        content=None if case.body is None else fill(case.body, things).encode(),
        headers={name: value for name, value in headers.items() if value},
    )


def check(case: Case, response: httpx2.Response, things: Things) -> list[str]:
    """How an answer differs from what the case expects."""
    found = [] if response.status_code == case.status else [f"status {response.status_code} is not {case.status}"]
    wanted = dict(case.expected.get("answer_headers", {}))
    if not case.expected.get("empty"):
        wanted["content-type"] = case.content_type
    found += [
        f"{name}: {response.headers.get(name)!r} is not {value!r}"
        for name, value in wanted.items()
        if response.headers.get(name) != value
    ]
    return found + _check_body(case, response, things)


def fill(text: str, things: Things) -> str:
    """The text with its placeholders replaced; braces that name nothing stay."""
    return PLACEHOLDER.sub(lambda match: things.get(match[1]) if things.knows(match[1]) else match[0], text)


def _check_body(case: Case, response: httpx2.Response, things: Things) -> list[str]:
    expected = case.expected
    if expected.get("empty"):
        return [] if response.content == b"" else [f"the body is not empty: {response.text[:200]}"]
    if "text" in expected:
        return [] if response.text == expected["text"] else [f"the text differs: {response.text[:500]}"]
    if case.content_type.startswith("text/"):
        return []
    pattern = _error(case, things) if "error" in expected else json.loads(fill(expected["answer"], things))
    return mismatches(pattern, parsed(response))


def parsed(response: httpx2.Response) -> Any:
    """The answer's object, of JSON or of XML (texts only, one level)."""
    if response.headers["content-type"].endswith("+xml"):
        root = ET.fromstring(response.content)
        return {root.tag: {child.tag: child.text or "" for child in root}}
    return response.json()


def _status(error: Any) -> int:
    code = error["code"] if isinstance(error, dict) else error
    return 200 if code is None else int(str(code)[:3])


def _error(case: Case, things: Things) -> dict[str, Any]:
    """The error body of each face; SSO has texts and numbers the other way round than MDX."""
    error = case.expected["error"]
    code, message = (error["code"], fill(error["message"], things)) if isinstance(error, dict) else (error, "<text>")
    xml = case.content_type.endswith("+xml")
    if case.file == "sso":
        return {"error": {"code": str(code), "status": str(code) if xml else code, "message": message}}
    if case.file == "mdx":
        return {"error": {"code": str(code) if xml else code, "status": "<text>", "message": message}}
    return {"error": {"code": code, "message": message}}


def template_of(
    method: str, path: str, templates: list[tuple[str, str]], suffixes: str = "json"
) -> tuple[str, str] | None:
    """Which of some (method, path template) a case's path is of; literal segments win over parameters."""
    bare = re.sub(rf"\.({suffixes})$", "", urlsplit(path).path)
    segments = bare.strip("/").split("/")
    fitting = [
        (sum(part.startswith("{") for part in template.strip("/").split("/")), template)
        for verb, template in templates
        if verb == method and _fits(template.strip("/").split("/"), segments)
    ]
    return (method, min(fitting)[1]) if fitting else None


def _fits(template: list[str], segments: list[str]) -> bool:
    if len(template) != len(segments):
        return False
    return all(part.startswith("{") or part == segment for part, segment in zip(template, segments, strict=True))


ALL = [case for path in FILES for case in load(path)]

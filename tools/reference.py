"""Writes docs/reference from the code: operations, settings, command line, rules. `--check` only says what is stale."""

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click

from fanlight.api.control.face import ROUTES as CONTROL
from fanlight.api.mdx.face import ROUTES as MDX
from fanlight.api.nexus.kit import Route
from fanlight.api.nexus.operations import OPERATIONS, Operation
from fanlight.api.nexus.routes import ROUTES
from fanlight.api.sso.face import ROUTES as SSO
from fanlight.base.asgi import RouteTree
from fanlight.base.errors import Refusal
from fanlight.cli import main as command_line
from fanlight.settings import Settings, load
from tools import rules

PLACE = Path("docs/reference")
CASES = Path("tests/contract/nexus")
HEAD = "<!-- Written by `make docs`. -->\n"


def main() -> int:
    pages = {"operations.md": operations(), "settings.md": settings(), "cli.md": cli(), "rules.md": rules.page(HEAD)}
    if "--check" in sys.argv:
        stale = [name for name, text in pages.items() if _read(PLACE / name) != text]
        print(
            "\n".join(f"docs/reference/{name} is not up to date: make docs" for name in stale)
            or "reference: up to date"
        )
        return bool(stale)
    PLACE.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (PLACE / name).write_text(text, encoding="utf-8")
    return 0


def operations() -> str:
    """Which operation of the wire is there, under which path, and what we chose where the sources are silent."""
    by_key = {(route.method, route.path): route for route in ROUTES}
    there = sum((operation.method, operation.path) in by_key for operation in OPERATIONS)
    lines = [
        HEAD + "# Operations",
        "",
        _how_many(len(OPERATIONS), there),
        "Paths with `.json` at their end are the same paths.",
        "",
        "`path` says how sure a path is: documented, inferred from other pages and clients, ours where every source is",
        "silent, or of the sister API. `cases` are the contract cases that are replayed against it; shapes of answers",
        "are held against `tests/contract/shapes`. Notes name what we chose in a shape or a status.",
        "",
        "| tag | operation | there | path | handler | cases | notes |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_row(operation, by_key) for operation in OPERATIONS]
    listed = {(operation.method, operation.path) for operation in OPERATIONS}
    lines += [_extra(route) for route in ROUTES if (route.method, route.path) not in listed]
    lines += ["", "## SSO, under `/sso`", "", "| operation | |", "|---|---|"]
    lines += [f"| `{route.method} {route.path}` | {route.summary} |" for route in SSO]
    lines += ["", "## MDX Real Time, under `/mdx`", "", "| operation | |", "|---|---|"]
    lines += [f"| `{route.method} {route.path}` | {route.summary} |" for route in MDX]
    lines += ["", "## Control, under `/control`: ours (docs/guide/control.md)", "", "| operation | |", "|---|---|"]
    lines += [f"| `{route.method} {route.path}` | {route.summary} |" for route in CONTROL]
    return "\n".join(lines) + "\n"


def _how_many(all_of_them: int, there: int) -> str:
    if there == all_of_them:
        return f"All {all_of_them} operations of the Nexus wire are there."
    return f"Of the {all_of_them} operations of the Nexus wire {there} are there; one that is not yet answers 404."


def settings() -> str:
    defaults = load({}, {}).settings
    lines = [
        HEAD + "# Settings",
        "",
        "Flags come first, then environment variables, then the TOML file that `FANLIGHT_CONFIG` names, then defaults.",
        "Times are seconds, sizes bytes. `fanlight config show` prints the values in force and where they come from.",
        "",
        "| setting | variable | default |",
        "|---|---|---|",
    ]
    for name in Settings.__struct_fields__:
        value = getattr(defaults, name)
        lines.append(f"| `{name}` | `FANLIGHT_{name.upper()}` | `{value if value != '' else '(empty)'}` |")
    return "\n".join(lines) + "\n"


def cli() -> str:
    parts = [HEAD + "# Command line", ""]
    for path, command in _commands(command_line, ("fanlight",)):
        context = click.Context(command, info_name=" ".join(path), terminal_width=100)
        parts += [f"## {' '.join(path)}", "", "```text", command.get_help(context).rstrip(), "```", ""]
    return "\n".join(parts).rstrip() + "\n"


def _row(operation: Operation, by_key: dict[tuple[str, str], Route]) -> str:
    name = f"`{operation.method} {operation.path}`"
    start = f"| {operation.tag} | {name} |"
    route = by_key.get((operation.method, operation.path))
    if route is None:
        return f"{start} not yet | {operation.path_is} | | | |"
    also = [f"also `{method} {path}`" for method, path in route.also]
    notes = "; ".join([*also, route.note]).strip("; ")
    cases = _cases(operation.method, operation.path)
    return f"{start} yes | {operation.path_is} | {_handler(route)} | {cases} | {notes} |"


def _extra(route: Route) -> str:
    cases = _cases(route.method, route.path)
    return (
        f"| {route.tag} | `{route.method} {route.path}` | added | ours | {_handler(route)} | {cases} | {route.note} |"
    )


def _handler(route: Route) -> str:
    return f"`{route.run.__module__.rpartition('.')[2]}.{route.run.__name__}`"


def _cases(method: str, path: str) -> str:
    """How many contract cases there are for an operation, and in which file."""
    found = Counter(name for name, template in _replayed() if template == (method, path))
    return ", ".join(f"{count} in {name}.toml" for name, count in found.items())


@cache
def _replayed() -> list[tuple[str, tuple[str, str] | None]]:
    """File and operation of every contract case of the Nexus face."""
    tree = RouteTree[tuple[str, str]](suffixes=(".json",))
    for route in ROUTES:
        tree.add(route.method, route.path, (route.method, route.path))
    cases = [
        (path.stem, *request.split(" ", 1)) for path in sorted(CASES.glob("*.toml")) for request in _requests(path)
    ]
    return [(name, _template(tree, method, target)) for name, method, target in cases]


def _requests(path: Path) -> Iterator[str]:
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
        yield from entry.get("requests") or [entry["request"]]


def _template(tree: RouteTree[tuple[str, str]], method: str, target: str) -> tuple[str, str] | None:
    try:
        return tree.find(method, target.split("?", maxsplit=1)[0]).target
    except Refusal:
        return None


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _commands(inner, (*path, name))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())

"""The limits of `make check` that no linter has: lines of a file and of a function, and words of unfinished work."""

import ast
import re
import subprocess
import sys
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 60
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
# Written by Alembic and never touched again.
FROZEN = "src/fanlight/storage/migrations/versions/"


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "*.py"], capture_output=True, text=True, check=True)
    paths = [Path(name) for name in listed.stdout.split() if not name.startswith(FROZEN)]
    complaints = [complaint for path in paths if path.exists() for complaint in of_file(path)]
    print("\n".join(complaints) or f"lengths: {len(paths)} files are within {FILE_LINES} and {FUNCTION_LINES} lines")
    return bool(complaints)


def of_file(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    found = [f"{path}: {len(lines)} lines"] if len(lines) > FILE_LINES else []
    if path.parts[0] == "src":
        found += [f"{path}:{at}: {line.strip()}" for at, line in enumerate(lines, 1) if UNFINISHED.search(line)]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                found.append(f"{path}:{node.lineno}: {node.name} has {length} lines")
    return found


if __name__ == "__main__":
    sys.exit(main())

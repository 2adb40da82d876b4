"""The page on security names tests: each of them is there, and no requirement of the chapter is left out."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([a-z_0-9/]+\.py)::(test_\w+)`", PAGE)))
# Requirements of each section of ASVS 5.0.0, V10.
SECTIONS = {1: 2, 2: 3, 3: 5, 4: 16, 5: 5, 6: 2, 7: 3}


@cache
def functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_test_that_is_named_exists(file: str, name: str) -> None:
    path = ROOT / "tests" / file
    assert path.exists(), file
    assert name in functions(path)


def test_the_page_names_many_tests_in_one_form() -> None:
    assert len(NAMED) > 60
    assert len(re.findall(r"::test_", PAGE)) == len(re.findall(r"`[a-z_0-9/]+\.py::test_\w+`", PAGE))


def test_every_requirement_of_the_chapter_is_answered_once() -> None:
    rows = re.findall(r"^\| (10\.\d+\.\d+) \| [^|]+ \| (met|not applicable) \| [^|]+ \|$", PAGE, re.MULTILINE)
    wanted = [f"10.{section}.{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)]
    assert [number for number, _ in rows] == wanted
    assert len(wanted) == 36


def test_what_is_met_names_a_test() -> None:
    met = [line for line in PAGE.splitlines() if re.match(r"\| 10\.", line) and "| met |" in line]
    assert met
    assert all("::test_" in line for line in met)

"""The tables that ship with enrichment: lines of columns with tabs between them, `#` begins a remark."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files


def rows(name: str, columns: int) -> Iterator[list[str]]:
    """The lines of a table, each with exactly so many columns; those that are missing at the end are empty."""
    text = files("fanlight.enrichment").joinpath("data", name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            cells = line.split("\t")
            yield cells + [""] * (columns - len(cells))


def listed(name: str) -> frozenset[str]:
    """The words of a list."""
    return _lists()[name]


@cache
def _lists() -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in rows("lists.tsv", 2)}

"""The enrichment on statement lines that it never saw, and whether those lines are fit to judge it by."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from tools.quality.enrichment import Figures, Line, category_scores, measure, names, normal, read

DATA = Path(__file__).parents[1] / "data" / "enrichment"
HELD_OUT, DEVELOPMENT = DATA / "held_out.tsv", DATA / "development.tsv"
SPLITS = {"public-brand", "local", "none"}


@cache
def held_out() -> Figures:
    return measure(HELD_OUT)


def test_every_category_is_found_and_not_only_the_frequent_ones() -> None:
    assert held_out().macro_f1 >= 0.85


def test_an_answer_is_right() -> None:
    assert held_out().precision >= 0.95


def test_a_merchant_has_the_name_that_people_know() -> None:
    assert held_out().merchant >= 0.85


@pytest.mark.parametrize("path", [HELD_OUT, DEVELOPMENT], ids=["held_out", "development"])
def test_lines_are_well_formed(path: Path) -> None:
    known = set(names().values())
    for line in read(path):
        assert set(line.categories) <= known, line
        assert len(set(line.categories)) == len(line.categories), line
        assert line.direction in {"debit", "credit"}, line
        assert float(line.amount) > 0, line
        assert line.mcc == "" or (line.mcc.isdigit() and len(line.mcc) == 4), line
        assert line.split in SPLITS, line
        assert bool(line.merchants) == (line.split != "none"), line
        assert line.description == line.description.strip(), line
        assert all(normal(name) for name in line.merchants), line


@pytest.mark.parametrize("path", [HELD_OUT, DEVELOPMENT], ids=["held_out", "development"])
def test_no_line_is_there_twice(path: Path) -> None:
    assert [line for line, count in Counter(read(path)).items() if count > 1] == []


def test_the_held_out_set_is_large_and_broad() -> None:
    lines = read(HELD_OUT)
    per_category = Counter(line.categories[0] for line in lines)
    assert len(lines) >= 2000
    assert len(per_category) >= 100
    assert min(per_category.values()) >= 8
    assert len({line.format for line in lines}) >= 25
    assert sum(len(line.categories) > 1 for line in lines) <= len(lines) / 10
    assert 0.04 <= per_category["Uncategorized"] / len(lines) <= 0.08


def test_the_two_sets_share_no_line_no_merchant_and_no_format() -> None:
    ours, theirs = read(HELD_OUT), read(DEVELOPMENT)
    assert {normal(line.description) for line in ours}.isdisjoint(normal(line.description) for line in theirs)
    assert _merchants(ours).isdisjoint(_merchants(theirs))
    assert {line.format for line in ours}.isdisjoint(line.format for line in theirs)


def test_scores_are_those_of_the_textbook() -> None:
    scores = {one.category: one for one in category_scores([("a", "a"), ("a", "b"), ("b", "b"), ("c", "a")])}
    assert (scores["a"].precision, scores["a"].recall, scores["a"].f1) == (0.5, 0.5, 0.5)
    assert (scores["b"].precision, scores["b"].recall) == (0.5, 1.0)
    assert scores["c"].f1 == 0.0
    assert scores["c"].mistaken_for == "a 1"


def test_names_are_compared_without_case_punctuation_articles_and_legal_forms() -> None:
    assert normal("The Home Depot, Inc.") == normal("HOME DEPOT")
    assert normal("Crate & Barrel") == normal("crate and barrel")
    assert normal("Café Zoë") == normal("cafe zoe")
    assert normal("McDonald\u2019s") == normal("McDonald's") == normal("mcdonalds")
    assert normal("The Co") == "theco"
    assert normal("Target") != normal("Target Optical")


def _merchants(lines: list[Line]) -> set[str]:
    return {normal(name) for line in lines for name in line.merchants}

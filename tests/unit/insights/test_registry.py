"""The registry: all that the reference names, each once, with what is to be known of it."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
import yaml

from fanlight.planning.insights import rules
from fanlight.planning.insights.registry import DEPOSITS, RULES

SHEET = Path(__file__).resolve().parents[4] / "shared" / "reference" / "nexus" / "beats-insights.yaml"
reference = pytest.mark.skipif(not SHEET.is_file(), reason=f"the reference sheet is not there: {SHEET}")


@reference
def test_every_template_that_the_reference_names_has_its_rule() -> None:
    sheet = yaml.safe_load(SHEET.read_text(encoding="utf-8"))
    lines = [line["name"] for line in sheet["templates"]]
    named = {name.split(" (")[0].casefold() for line in lines for name in line.split(" / ")}

    assert named - {rule.name.casefold() for rule in RULES} == set()
    assert {rule.name.casefold() for rule in RULES} - named == set()
    assert set(sheet["enums"]["template_codes_verified"]) <= {rule.template for rule in RULES}


@reference
def test_deposits_rank_as_the_reference_says() -> None:
    sheet = yaml.safe_load(SHEET.read_text(encoding="utf-8"))
    ranked = [name.replace(" ", "").casefold() for name in sheet["enums"]["deposit_ranking_high_to_low"]]

    assert [template.casefold() for template in DEPOSITS] == [
        {"payrolldeposit": "paycheckdeposit"}.get(name, name) for name in ranked
    ]


def test_every_file_of_a_rule_is_in_the_registry_once() -> None:
    there = [import_module(f"{rules.__name__}.{module.name}").RULE for module in iter_modules(rules.__path__)]

    assert sorted(rule.template for rule in there) == sorted(rule.template for rule in RULES)
    assert len({rule.template for rule in RULES}) == len(RULES)
    assert set(DEPOSITS) <= {rule.template for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.template)
def test_every_rule_says_when_and_why(rule: object) -> None:
    known = next(each for each in RULES if each is rule)

    assert known.template.isalnum()
    assert known.when.endswith(".")
    assert known.source in {"documented", "ours"}
    assert known.triggers
    assert known.window is None or known.window > 0
    assert known.groups or known.template == "CustomInsights"

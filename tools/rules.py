"""Writes docs/reference/rules.md: how every figure, series and insight comes about, and where that is from."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from itertools import groupby

from fanlight import planning
from fanlight.planning.insights import registry
from fanlight.planning.insights.port import Rule
from fanlight.planning.written import Written

_HEAD = """# Rules

By which rule every figure of budgets, goals, plans, series, notifications and insights comes about. `source` says where
a rule is from: *documented* in the wire's public documentation, *platform* for its sister API, *ours* where both are
silent. Amounts are in the currency of the accounts; days and months are those of the client's time zone.
"""


def page(head: str) -> str:
    """The whole page."""
    lines = [head + _HEAD, "| subject | rule | source |", "|---|---|---|"]
    lines += [f"| {_cell(each.subject)} | {_cell(each.rule)} | {each.source} |" for each in _written()]
    lines += ["", "## Insights", ""]
    lines += ["`again` says for how many days the same thing is not told a second time.", ""]
    lines += ["| template | is told when | again | looked at after | source |", "|---|---|---|---|---|"]
    lines += [_insight(rule) for rule in registry.RULES]
    return "\n".join(lines) + "\n"


def _written() -> Iterator[Written]:
    """The rules of all modules, those of one subject beside each other."""
    found: list[Written] = []
    for module in pkgutil.walk_packages(planning.__path__, f"{planning.__name__}."):
        rules = getattr(import_module(module.name), "RULES", ())
        found += [each for each in rules if isinstance(each, Written) and each not in found]
    found.sort(key=lambda each: each.subject.partition(":")[0])
    for _, group in groupby(found, key=lambda each: each.subject.partition(":")[0]):
        yield from group


def _insight(rule: Rule) -> str:
    again = "never" if rule.window is None else f"{rule.window} days"
    triggers = ", ".join(each.value for each in rule.triggers)
    return f"| `{rule.template}` | {_cell(rule.when)} | {again} | {triggers} | {rule.source} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")

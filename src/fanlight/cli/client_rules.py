"""`fanlight client rule add|list|remove`: how a client wants descriptions of all its users read."""

from typing import Any

import click

from fanlight import admin
from fanlight.base.clock import system_clock
from fanlight.base.columns import table
from fanlight.base.errors import OperatorError
from fanlight.base.folding import fold
from fanlight.cli.output import clear_failures, data_option, json_option, settings_from, show
from fanlight.core import client_rules, clients
from fanlight.core.client_rules import ClientRule
from fanlight.enrichment.categories import BY_GUID, DEFAULTS, Category
from fanlight.storage.unit import Unit

match_option = click.option("--match", required=True, metavar="TEXT", help="The description, in any case, as shown.")


@click.group()
def rule() -> None:
    """Rules that stand above enrichment, and below what users say.

    They act on what comes; `fanlight enrich --again` has them act on what is there.
    """


@rule.command("add")
@click.argument("name")
@match_option
@click.option("--category", required=True, metavar="GUID_OR_NAME", help="A default category.")
@click.option("--description", metavar="TEXT", help="Show this in place of the description.")
@data_option
@json_option
@clear_failures
def rule_add(
    name: str, match: str, category: str, description: str | None, data_dir: str | None, *, as_json: bool
) -> None:
    """Add a rule; one for the same text is replaced."""
    chosen, now = _category(category), system_clock()

    def work(unit: Unit) -> None:
        client_rules.add(unit, clients.by_name(unit, name), match, chosen.guid, description, now=now)

    admin.run(settings_from(data_dir=data_dir).settings, work)
    text = f"{match} is {chosen.name}" + (f", shown as {description}." if description else ".")
    show(_row(ClientRule(fold(match), match, chosen.guid, description)), as_json=as_json, text=text)


@rule.command("list")
@click.argument("name")
@data_option
@json_option
@clear_failures
def rule_list(name: str, data_dir: str | None, *, as_json: bool) -> None:
    """List the rules of a client."""
    settings = settings_from(data_dir=data_dir).settings
    found = admin.look(settings, lambda unit: client_rules.list_all(unit, clients.by_name(unit, name)))
    rows = [_row(each) for each in found]
    show(rows, as_json=as_json, text=table(rows))


@rule.command("remove")
@click.argument("name")
@match_option
@data_option
@json_option
@clear_failures
def rule_remove(name: str, match: str, data_dir: str | None, *, as_json: bool) -> None:
    """Remove the rule for a text."""
    settings = settings_from(data_dir=data_dir).settings
    if not admin.run(settings, lambda unit: client_rules.remove(unit, clients.by_name(unit, name), match)):
        raise OperatorError(f"{name} has no rule for {match}.")
    show({"client_id": name, "removed": match}, as_json=as_json, text=f"{name} has no rule for {match} any more.")


def _category(text: str) -> Category:
    """The default category of a guid or a name, in any case. Raises OperatorError."""
    if text in BY_GUID:
        return BY_GUID[text]
    found = [category for category in DEFAULTS if fold(category.name) == fold(text)]
    if len(found) != 1:
        how_many = "no default category" if not found else "more than one default category"
        raise OperatorError(f"There is {how_many} {text}: say its guid.")
    return found[0]


def _row(each: ClientRule) -> dict[str, Any]:
    return {
        "match_description": each.match_description,
        "category_guid": each.category_guid,
        "category_name": BY_GUID[each.category_guid].name,
        "description": each.description,
    }

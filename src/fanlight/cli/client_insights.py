"""`fanlight client insight add|list|remove`: what a client wants all its users to read."""

from typing import Any

import click

from fanlight import admin
from fanlight.base.clock import system_clock
from fanlight.base.columns import table
from fanlight.base.errors import OperatorError
from fanlight.cli.output import clear_failures, data_option, json_option, settings_from, show
from fanlight.core import clients
from fanlight.planning.insights import campaigns
from fanlight.planning.insights.campaigns import FIRST_DAY, LAST_DAY, Campaign
from fanlight.storage.unit import Unit


@click.group()
def insight() -> None:
    """Campaigns: texts that stand among the insights of a client's users, once for each."""


@insight.command("add")
@click.argument("name")
@click.option("--title", required=True, metavar="TEXT", help="Up to 60 characters.")
@click.option("--description", required=True, metavar="TEXT", help="Up to 300 characters.")
@click.option("--call-to-action", "call", metavar="TEXT", help="What a button says, up to 60 characters.")
@click.option("--from", "first", metavar="DATE", default=FIRST_DAY, help="First day; from now on without it.")
@click.option("--to", "last", metavar="DATE", default=LAST_DAY, help="Last day; without end without it.")
@data_option
@json_option
@clear_failures
def insight_add(  # noqa: PLR0917 - options
    name: str, title: str, description: str, call: str | None, first: str, last: str, data_dir: str | None, *,
    as_json: bool,
) -> None:  # fmt: skip
    """Add a campaign; its days are those of the client's time zone."""
    wanted, now = Campaign("", title, description, call, first, last), system_clock()

    def work(unit: Unit) -> Campaign:
        return campaigns.add(unit, clients.by_name(unit, name), wanted, now=now)

    made = admin.run(settings_from(data_dir=data_dir).settings, work)
    show(_row(made), as_json=as_json, text=f"{made.guid}: {made.title}")


@insight.command("list")
@click.argument("name")
@data_option
@json_option
@clear_failures
def insight_list(name: str, data_dir: str | None, *, as_json: bool) -> None:
    """List the campaigns of a client."""
    settings = settings_from(data_dir=data_dir).settings
    found = admin.look(settings, lambda unit: campaigns.list_all(unit, clients.by_name(unit, name)))
    rows = [_row(each) for each in found]
    show(rows, as_json=as_json, text=table(rows))


@insight.command("remove")
@click.argument("name")
@click.argument("guid")
@data_option
@json_option
@clear_failures
def insight_remove(name: str, guid: str, data_dir: str | None, *, as_json: bool) -> None:
    """Remove a campaign; who has it among their insights keeps it, as no longer relevant."""
    settings = settings_from(data_dir=data_dir).settings
    if not admin.run(settings, lambda unit: campaigns.remove(unit, clients.by_name(unit, name), guid)):
        raise OperatorError(f"{name} has no campaign {guid}.")
    show({"client_id": name, "removed": guid}, as_json=as_json, text=f"{name} has no campaign {guid} any more.")


def _row(each: Campaign) -> dict[str, Any]:
    """What a campaign shows; days without an end are empty."""
    return each._asdict() | {
        "from_date": None if each.from_date == FIRST_DAY else each.from_date,
        "to_date": None if each.to_date == LAST_DAY else each.to_date,
    }

"""`fanlight audit list`: what was deleted, and when."""

from typing import Any

import click

from fanlight import admin
from fanlight.base.clock import timestamp
from fanlight.base.columns import table
from fanlight.cli.output import clear_failures, data_option, json_option, settings_from, show
from fanlight.core import audit as entries
from fanlight.core import clients
from fanlight.storage.unit import Unit

SHOWN = 100
MOST = 100_000


@click.group()
def audit() -> None:
    """What was deleted, without any word of the person it was about."""


@audit.command("list")
@click.option("--client", "client_name", metavar="NAME", help="Of this client only.")
@click.option("--limit", type=click.IntRange(1, MOST), default=SHOWN, show_default=True, help="How many, newest first.")
@data_option
@json_option
@clear_failures
def audit_list(client_name: str | None, limit: int, data_dir: str | None, *, as_json: bool) -> None:
    """List the newest entries."""

    def work(unit: Unit) -> list[dict[str, Any]]:
        only = None if client_name is None else clients.by_name(unit, client_name).id
        names = {client.id: client.name for client in clients.list_all(unit)}
        return [_row(entry, names) for entry in entries.latest(unit, only, limit)]

    rows = admin.look(settings_from(data_dir=data_dir).settings, work)
    show(rows, as_json=as_json, text=table(rows))


def _row(entry: entries.Entry, names: dict[int, str]) -> dict[str, Any]:
    return {
        "at": timestamp(entry.at),
        "client_id": names.get(entry.client_id),
        "action": entry.action,
        "guid": entry.subject_guid,
        "detail": entry.detail,
    }

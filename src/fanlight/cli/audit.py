"""`fanlight audit list|verify`: what was done, and whether that is still the whole truth."""

import datetime as dt
import sys
from typing import Any

import click

from fanlight import admin
from fanlight.base.clock import timestamp
from fanlight.base.columns import table
from fanlight.cli.output import clear_failures, data_option, fail, json_option, settings_from, show
from fanlight.core import audit as entries
from fanlight.core import clients
from fanlight.core.audit import Verdict, Wanted
from fanlight.storage.unit import Unit

SHOWN = 100
MOST = 100_000
DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def audit() -> None:
    """What was done, by whom, to what, without any word of the person it was about."""


@audit.command("list")
@click.option("--client", "client_name", metavar="NAME", help="Of this client only.")
@click.option("--no-client", is_flag=True, help="Only what an operator did to no client's things.")
@click.option("--action", metavar="NAME", help="Of this action, or of a group of them such as grant.")
@click.option("--guid", metavar="GUID", help="What was done to this thing only.")
@click.option("--since", type=DAY, help="From this moment on (UTC).")
@click.option("--until", type=DAY, help="Before this moment (UTC).")
@click.option("--limit", type=click.IntRange(1, MOST), default=SHOWN, show_default=True, help="How many, newest first.")
@data_option
@json_option
@clear_failures
def audit_list(  # noqa: PLR0917 - one parameter for each option
    client_name: str | None, action: str | None, guid: str | None, since: dt.datetime | None, until: dt.datetime | None,
    limit: int, data_dir: str | None, *, no_client: bool, as_json: bool,
) -> None:  # fmt: skip
    """List the newest entries."""
    if no_client and client_name is not None:
        fail("--client and --no-client do not go together.")
    times = {name: _seconds(value) for name, value in (("since", since), ("until", until)) if value is not None}

    def work(unit: Unit) -> list[dict[str, Any]]:
        only = None if client_name is None else clients.by_name(unit, client_name).id
        wanted = Wanted(entries.OPERATOR if no_client else only, action, guid, **times)
        names = {client.id: client.name for client in clients.list_all(unit)}
        return [_row(entry, names) for entry in entries.latest(unit, wanted, limit)]

    rows = admin.look(settings_from(data_dir=data_dir).settings, work)
    show(rows, as_json=as_json, text=table(rows))


@audit.command("verify")
@click.option("--expect", metavar="HASH", help="A hash that an earlier verify told: it must be in the chain.")
@data_option
@json_option
@clear_failures
def audit_verify(expect: str | None, data_dir: str | None, *, as_json: bool) -> None:
    """Follow the chain of hashes, and tell the first row that is not as it was written; the status is 1 then.

    Keep the hash that it tells somewhere else. Against one who can write to the database only that helps.
    """
    expected = None if expect is None else _hash(expect)
    found = admin.look(settings_from(data_dir=data_dir).settings, lambda unit: entries.verify(unit, expected))
    result = {"rows": found.rows, "head": found.head.hex(), "broken": found.broken, "at": found.at}
    show(result, as_json=as_json, text=_text(found))
    sys.exit(found.broken is not None)


def _text(found: Verdict) -> str:
    if found.broken is not None:
        return f"BROKEN: {found.broken}. Up to there {found.rows:,} rows are as they were written."
    return f"{found.rows:,} rows, each as it was written. The hash of the last is\n{found.head.hex()}"


def _hash(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != len(entries.GENESIS):
        fail("--expect takes the hash that verify tells: 64 hexadecimal digits.")
    return found


def _seconds(moment: dt.datetime) -> int:
    return int(moment.replace(tzinfo=dt.UTC).timestamp())


def _row(entry: entries.Entry, names: dict[int, str]) -> dict[str, Any]:
    return {
        "sequence": entry.id,
        "at": timestamp(entry.at),
        "client_id": names.get(entry.client_id),
        "action": entry.action,
        "guid": entry.subject_guid,
        "detail": entry.detail,
    }

"""`fanlight enrich --again`: this version's enrichment over everything that is kept."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import click

from fanlight import admin
from fanlight.base.clock import system_clock
from fanlight.cli.output import clear_failures, data_option, fail, json_option, settings_from, show
from fanlight.core import enriching_again, users
from fanlight.core.enriching_again import PART_ROWS, Cursor, Piece, Someone
from fanlight.enrichment.pipeline import VERSION
from fanlight.settings import Settings


@click.command()
@click.option("--again", is_flag=True, help="Go over what is kept; there is nothing else to do yet.")
@click.option("--user", "user_guid", metavar="GUID", help="Of this user only.")
@click.option("--dry-run", is_flag=True, help="Count what would change, and change nothing.")
@data_option
@json_option
@clear_failures
def enrich(user_guid: str | None, data_dir: str | None, *, again: bool, dry_run: bool, as_json: bool) -> None:
    """Read what institutions told with the enrichment of this version, beside a server that may be running.

    It goes in parts, each whole by itself: one that was interrupted is run again, and finds little left to do.
    """
    if not again:
        fail("say --again: new transactions are enriched when they come")
    settings = settings_from(data_dir=data_dir).settings
    begun, count, seen, changed = time.monotonic(), 0, 0, 0
    for some in _users(settings, user_guid):
        count += len(some)
        for piece in _pieces(settings, some):
            seen += len(piece.rows)
            changed += _go_over(settings, piece, dry_run=dry_run)
    rate = round(seen / max(time.monotonic() - begun, 0.001))
    found = {"version": VERSION, "users": count, "looked_at": seen, "changed": changed, "per_second": rate}
    show(found | {"dry_run": dry_run}, as_json=as_json, text=_text(found, dry_run=dry_run))


def _users(settings: Settings, guid: str | None) -> Iterator[list[Someone]]:
    if guid is not None:
        user = admin.look(settings, lambda unit: users.by_guid(unit, guid))
        yield [Someone(user.id, user.guid)]
        return
    after = 0
    while found := admin.look(settings, partial(enriching_again.someone, after=after)):
        yield found
        after = found[-1].id


def _pieces(settings: Settings, of: list[Someone]) -> Iterator[Piece]:
    """All transactions of some users, piece by piece."""
    cursor = Cursor()
    while of:
        found = admin.look(settings, partial(enriching_again.read, of=of, after=cursor))
        yield from found
        is_full = sum(len(piece.rows) for piece in found) == PART_ROWS
        cursor, of = (found[-1].end, of[len(found) - 1 :]) if is_full else (Cursor(), of[len(found) :])


def _go_over(settings: Settings, piece: Piece, *, dry_run: bool) -> int:
    """How many transactions of a piece change."""
    fresh = piece.changed()
    if dry_run or not fresh:
        return len(fresh)
    return admin.run(settings, lambda unit: enriching_again.write(unit, piece, fresh, now=system_clock()))


def _text(found: dict[str, Any], *, dry_run: bool) -> str:
    done = "would change" if dry_run else "changed"
    return (
        f"{found['looked_at']:,} transactions of {found['users']:,} users looked at, {found['changed']:,} {done}"
        f" (enrichment {found['version']}, {found['per_second']:,} a second)."
    )

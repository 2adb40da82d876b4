"""`fanlight keys new|check|rotate|retire` and `fanlight migrate`: the keys and the schema that a server needs."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from fanlight import admin
from fanlight.base.clock import system_clock
from fanlight.base.columns import table
from fanlight.cli import rotating
from fanlight.cli.output import clear_failures, data_option, fail, json_option, settings_from, show
from fanlight.core import resealing
from fanlight.core.sealed import SEALED, Sealed
from fanlight.runtime import database_path
from fanlight.settings import Settings
from fanlight.storage import schema
from fanlight.storage.keys import Ring
from fanlight.storage.vault import Vault

SHOWN = 50
"""How many values that do not open are printed as text; JSON has them all."""


@click.group()
def keys() -> None:
    """The keys that seal grants, credentials and personal data. Keep a copy apart from the database."""


@keys.command("new")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@data_option
@json_option
@clear_failures
def keys_new(path: Path | None, data_dir: str | None, *, as_json: bool) -> None:
    """Make a key file readable by its owner alone; an existing one is never replaced."""
    target = path or settings_from(data_dir=data_dir).settings.key_path
    if target.exists():
        fail(f"{target} exists already; a key is never replaced.")
    rotating.make(target, system_clock)
    show({"key_file": str(target)}, as_json=as_json, text=f"Wrote {target}. Keep a copy apart from the database.")


@keys.command("check")
@data_option
@json_option
@clear_failures
def keys_check(data_dir: str | None, *, as_json: bool) -> None:
    """Prove that the key file fits the database: open every sealed value, and count what rests on which key.

    What does not open is listed by table and guid; the status is 1 then. No secret is shown.
    """
    settings = settings_from(data_dir=data_dir).settings
    admin.look(settings, lambda _: None)  # before a vault: where there is no database there is no key either
    vault = admin.open_vault(settings)
    opened, unopened = 0, list[str]()
    for sealed in SEALED:
        found = _unopened(settings, vault, sealed)
        opened += found[0]
        unopened += found[1]
    resting = rotating.by_key(admin.look(settings, resealing.resting), vault.ring)
    rows = _key_rows(vault.ring, resting)
    is_rotating = admin.look(settings, resealing.rotation) is not None
    result = {"keys": rows, "opened": opened, "unopened": unopened, "resting": resting, "is_rotating": is_rotating}
    show(result, as_json=as_json, text=_check_text(result))
    sys.exit(bool(unopened))


@keys.command("rotate")
@click.option(
    "--wait",
    type=click.FloatRange(rotating.TAKEN_UP),
    default=rotating.TAKEN_UP,
    show_default=True,
    help="Seconds until every process knows a changed key file.",
)
@data_option
@json_option
@clear_failures
def keys_rotate(wait: float, data_dir: str | None, *, as_json: bool) -> None:
    """Bring everything under new keys, beside a server that may be running.

    One that was broken off is taken up again where it stood. The old keys stay in the file until `keys retire`.
    """
    settings = settings_from(data_dir=data_dir).settings
    admin.look(settings, lambda _: None)
    tell = (lambda _: None) if as_json else click.echo
    done = rotating.Rotating(settings, system_clock, tell, wait=wait).run()
    lines = [f"{use:<10} {done.before[use]} -> {done.after[use]}" for use in done.after]
    again = " (an earlier rotation was ended)" if done.was_resumed else ""
    lines += [f"{done.resealed:,} rows brought under the new keys{again}.", *_listed(done.unopened)]
    lines.append("The old keys stay in the file until fanlight keys retire. Keep a copy of the file as it is now.")
    show(done._asdict(), as_json=as_json, text="\n".join(lines))


@keys.command("retire")
@click.option("--force", is_flag=True, help="Take out old keys that something still rests on: it is lost.")
@data_option
@json_option
@clear_failures
def keys_retire(data_dir: str | None, *, force: bool, as_json: bool) -> None:
    """Take old keys that nothing rests on out of the key file. Older backups of the database need them: keep a copy."""
    settings = settings_from(data_dir=data_dir).settings
    admin.look(settings, lambda _: None)
    done = rotating.retire(settings, system_clock, force=force)
    lines = [f"Retired: {', '.join(done.gone) or 'none'}."]
    for key_id, counts in done.kept.items():
        named = ", ".join(f"{count:,} of {column}" for column, count in counts.items())
        lines.append(f"{key_id} stays, for on it rest: {named}.")
    show(done._asdict(), as_json=as_json, text="\n".join(lines))


@click.command()
@data_option
@json_option
@clear_failures
def migrate(data_dir: str | None, *, as_json: bool) -> None:
    """Bring the database's schema up to date."""
    path = database_path(settings_from(data_dir=data_dir).settings)
    before = schema.migrate(path)
    show(
        {"database": str(path), "from": before, "to": schema.HEAD},
        as_json=as_json,
        text=f"{path} is at revision {schema.HEAD} (was {before}).",
    )


def _unopened(settings: Settings, vault: Vault, sealed: Sealed) -> tuple[int, list[str]]:
    """How many values of a column open, and which do not."""
    opened, unopened, after = 0, list[str](), 0
    while found := admin.look(settings, partial(resealing.unopened, vault=vault, sealed=sealed, after=after)):
        labels, count, after = found
        unopened += [f"{sealed.name} {label}" for label in labels]
        opened += count - len(labels)
    return opened, unopened


def _key_rows(ring: Ring, resting: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    """The keys of the ring, and those that only values name, with how much rests on each."""
    counts = {key_id: sum(columns.values()) for key_id, columns in resting.items()}
    rows = [
        {
            "key": key.id.hex(),
            "use": key.use.value,
            "state": key.state.value,
            "made": key.made,
            "rows": counts.pop(key.id.hex(), 0),
        }
        for key in ring.keys
    ]
    return rows + [{"key": each, "use": "?", "state": "missing", "made": "-", "rows": counts[each]} for each in counts]


def _check_text(result: dict[str, Any]) -> str:
    lines = [table(result["keys"]), "", f"{result['opened']:,} sealed values open."]
    if result["is_rotating"]:
        lines.append("A rotation is under way, or was broken off: fanlight keys rotate ends it.")
    return "\n".join([*lines, *_listed(result["unopened"])])


def _listed(unopened: list[str]) -> list[str]:
    if not unopened:
        return []
    more = [f"  ... and {len(unopened) - SHOWN:,} more; --json has all"] if len(unopened) > SHOWN else []
    return [f"{len(unopened):,} do not open:", *(f"  {each}" for each in unopened[:SHOWN]), *more]

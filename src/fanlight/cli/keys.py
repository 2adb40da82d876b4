"""`fanlight keys new` and `fanlight migrate`: the key and the schema that a server needs."""

from pathlib import Path

import click

from fanlight.cli.output import clear_failures, data_option, fail, json_option, settings_from, show
from fanlight.runtime import database_path
from fanlight.storage import schema, vault


@click.group()
def keys() -> None:
    """The master key that seals grants and credentials. Keep a copy apart from the database."""


@keys.command("new")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@data_option
@json_option
@clear_failures
def keys_new(path: Path | None, data_dir: str | None, *, as_json: bool) -> None:
    """Make a key file readable by its owner alone; an existing one is never replaced."""
    target = path or settings_from(data_dir=data_dir).settings.key_path
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        fail(f"{target} exists already; a key is never replaced.")
    vault.write_key_file(target)
    show({"key_file": str(target)}, as_json=as_json, text=f"Wrote {target}. Keep a copy apart from the database.")


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

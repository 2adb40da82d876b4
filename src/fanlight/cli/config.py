"""`fanlight config show` and `fanlight version`."""

import click

from fanlight import __version__
from fanlight.base.columns import table
from fanlight.cli.output import clear_failures, data_option, json_option, settings_from, show
from fanlight.settings import show as shown_settings


@click.group()
def config() -> None:
    """Settings: flags, then FANLIGHT_* variables, then the file in FANLIGHT_CONFIG, then defaults."""


@config.command("show")
@data_option
@json_option
@clear_failures
def config_show(data_dir: str | None, *, as_json: bool) -> None:
    """Print every setting and where it came from; secrets are redacted."""
    shown = shown_settings(settings_from(data_dir=data_dir))
    rows = [{"setting": name, **value} for name, value in shown.items()]
    show(shown, as_json=as_json, text=table(rows))


@click.command()
@json_option
def version(*, as_json: bool) -> None:
    """Print the version."""
    show({"version": __version__}, as_json=as_json, text=__version__)

"""`fanlight member close|import|pause|resume`: what an operator may say of one connection."""

import click

from fanlight import admin
from fanlight.aggregation import operators
from fanlight.base.clock import system_clock
from fanlight.cli.output import clear_failures, data_option, json_option, settings_from, show


@click.group()
def member() -> None:
    """Members: users' connections to institutions."""


def _word(word: str, about: str) -> None:
    @member.command(word, help=about)
    @click.argument("guid")
    @data_option
    @json_option
    @clear_failures
    def say(guid: str, data_dir: str | None, *, as_json: bool) -> None:
        settings = settings_from(data_dir=data_dir).settings
        changed = admin.run(settings, lambda unit: operators.set_member(unit, guid, word, now=system_clock()))
        status = None if changed.status is None else changed.status.name
        show({"guid": guid, "connection_status": status}, as_json=as_json, text=f"{guid} is {status}.")


_word("close", "Close a connection (CLOSED); new credentials or a window open it again.")
_word("import", "Forget a connection's credentials and wait for new ones (IMPORTED).")
_word("pause", "Gather nothing for a while (DISABLED).")
_word("resume", "Undo pause.")

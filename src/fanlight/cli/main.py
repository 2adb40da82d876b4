"""`fanlight`: the group of all commands. A command's module is loaded when the command is used."""

import importlib

import click

from fanlight import __version__

_COMMANDS = {
    "audit": ("fanlight.cli.audit", "audit"),
    "client": ("fanlight.cli.clients", "client"),
    "config": ("fanlight.cli.config", "config"),
    "demo": ("fanlight.cli.demo", "demo"),
    "enrich": ("fanlight.cli.enrich", "enrich"),
    "institution": ("fanlight.cli.institutions", "institution"),
    "keys": ("fanlight.cli.keys", "keys"),
    "member": ("fanlight.cli.members", "member"),
    "migrate": ("fanlight.cli.keys", "migrate"),
    "replay": ("fanlight.cli.replay", "replay"),
    "sandbox": ("fanlight.cli.sandbox", "sandbox"),
    "scan": ("fanlight.cli.scan", "scan"),
    "serve": ("fanlight.cli.serve", "serve"),
    "user": ("fanlight.cli.clients", "user"),
    "version": ("fanlight.cli.config", "version"),
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fanlight")
def main() -> None:
    """A self-hosted account-aggregation server that speaks the MX Nexus wire."""

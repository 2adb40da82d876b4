"""`fanlight sandbox`: server and simulated bank in one process, with a client, a user and a session ready."""

import asyncio
import datetime as dt
import json
import logging
import socket
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import click

from fanlight.base.clock import shifted_clock, system_clock
from fanlight.cli import listening
from fanlight.cli.output import clear_failures, fail
from fanlight.sandbox import Sandbox, build
from fanlight.sandbox.directory import load_directory

log = logging.getLogger(__name__)

MOST_INSTITUTIONS = 100_000
Pairs: TypeAlias = list[tuple[listening.Server, socket.socket]]
WARNING = "This is a sandbox with a simulated bank. It is not for production: nothing in it protects real people."


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, help="Port of the server; 0 takes any free one.")
@click.option("--bank-port", default=8090, show_default=True, help="Port of the bank; 0 takes any free one.")
@click.option("--data", "data_dir", metavar="DIR", help="Keep the data here [default: a temporary directory].")
@click.option("--seed", default=1, show_default=True, help="Which simulated world.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The world's date [default: today].")
@click.option(
    "--institutions",
    type=click.IntRange(0, MOST_INSTITUTIONS),
    default=20_000,
    show_default=True,
    help="How many invented institutions to list beside its own; they come after it is ready.",
)
@click.option("--allow-remote", is_flag=True, help="Allow another address than loopback. Anybody can then use it.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON once it is ready.")
@clear_failures
def sandbox(  # noqa: PLR0917 - one parameter for each option
    host: str, port: int, bank_port: int, data_dir: str | None, seed: int, today: dt.datetime | None, institutions: int,
    *, allow_remote: bool, as_json: bool,
) -> None:  # fmt: skip
    """Run a whole world for development: a server, a bank, a client, a user, a session."""
    if not listening.is_loopback(host) and not allow_remote:
        fail(f"{host} is not a loopback address; a sandbox has no protection (say --allow-remote if you mean it)")
    listening.set_up_logging("info")
    with ExitStack() as cleanup:
        place = Path(data_dir or cleanup.enter_context(tempfile.TemporaryDirectory(prefix="fanlight-")))
        sockets = (listening.bind(host, port), listening.bind(host, bank_port))
        clock = shifted_clock(today.date()) if today else system_clock
        world = build(place, *map(listening.url_of, sockets), seed=seed, clock=clock)
        click.echo(WARNING, err=True)
        pairs = [
            (listening.server_for(world.application), sockets[0]),
            (listening.server_for(world.bank), sockets[1]),
        ]
        listening.run(_serve(world, pairs, seed=seed, institutions=institutions, as_json=as_json))


async def _serve(world: Sandbox, pairs: Pairs, *, seed: int, institutions: int, as_json: bool) -> None:
    """Serve; the list of institutions grows in the background once everything is ready."""
    background: list[asyncio.Task[None]] = []

    def ready() -> None:
        _announce(world, as_json=as_json)
        background.append(asyncio.create_task(_load(world, pairs[0][0], seed, institutions), name="directory"))

    await listening.serve(pairs, ready)


async def _load(world: Sandbox, server: listening.Server, seed: int, count: int) -> None:
    try:
        added = await load_directory(world.application.runtime, world.bank.base_url, seed=seed, count=count)
    except Exception:
        if not server.should_exit:  # else the store was closed meanwhile; the next start goes on
            log.exception("the list of institutions is not whole")
        return
    if added:
        log.info("%s institutions were added to the list", added)


def _announce(world: Sandbox, *, as_json: bool) -> None:
    ready = world.ready
    if as_json:
        click.echo(json.dumps(ready))
    else:
        click.echo(_text(ready))
    sys.stdout.flush()


def _text(ready: dict[str, object]) -> str:
    institutions = ready["institutions"]
    assert isinstance(institutions, dict)  # noqa: S101 - built by `build`
    lines = [f"{name:<14} {value}" for name, value in ready.items() if name != "institutions"]
    lines += [f"{'institution':<14} {code:<14} {guid}" for code, guid in institutions.items()]
    return "\n".join(
        [*lines, "", "Make a member; its oauth_window_uri is the window (password: correct):", _curl(ready)]
    )


def _curl(ready: dict[str, object]) -> str:
    institutions = ready["institutions"]
    assert isinstance(institutions, dict)  # noqa: S101 - built by `build`
    body = json.dumps({"member": {"institution_guid": institutions["mx_bank_oauth"], "is_oauth": True}})
    return (
        f"  curl -s {ready['nexus']}/members \\\n"
        f"    -H 'MD-SESSION-TOKEN: {ready['session_token']}' \\\n"
        f"    -H 'Content-Type: application/vnd.mx.nexus.v1+json' \\\n"
        f"    -d '{body}'\n\n"
        f"Docs: {ready['nexus']}/docs"
    )

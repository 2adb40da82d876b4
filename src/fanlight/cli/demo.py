"""`fanlight demo`: starts a sandbox on free ports and plays the main job against it."""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from fanlight.cli.output import fail, show
from fanlight.demo.story import Story, StoryError

STOP_SECONDS = 15


@click.command()
@click.option("--open", "leave_open", is_flag=True, help="Leave everything running and print the URLs.")
@click.option("--json", "as_json", is_flag=True, help="Tell nothing; print one line of JSON at the end.")
def demo(*, leave_open: bool, as_json: bool) -> None:
    """Play the main job: a client, a bank, a window, accounts and transactions."""
    # Leave through the blocks also when told to end, so that the sandbox does not stay behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _sandbox() as (process, ready):
        try:
            ready.update(Story(ready, (lambda _: None) if as_json else click.echo).play())
        except StoryError as error:
            fail(str(error))
        show({"done": True, **ready}, as_json=as_json, text="\nDone: every step was a real request over HTTP.")
        if leave_open:
            _stay(process, ready)


def _stay(process: "subprocess.Popen[str]", ready: dict[str, Any]) -> None:
    click.echo("\nEverything stays running until you press Ctrl-C:")
    for name, value in ready.items():
        click.echo(f"  {name:<14} {value}")
    click.echo(f"  {'docs':<14} {ready['nexus']}/docs")
    sys.stdout.flush()
    try:
        process.wait()
    except KeyboardInterrupt:
        click.echo("stopped")


@contextmanager
def _sandbox() -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """A sandbox of its own process; it ends with the demo."""
    ports = ["--port", "0", "--bank-port", "0"]
    command = [sys.executable, "-m", "fanlight", "sandbox", *ports, "--institutions", "0", "--json"]
    # The log goes to a file: a pipe that nobody reads would fill and hold the sandbox up.
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,  # noqa: S603 - our own
    ):
        try:
            yield process, _ready(process, log)
        finally:
            process.terminate()
            try:
                process.communicate(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _ready(process: "subprocess.Popen[str]", log: IO[str]) -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101 - asked for above
    line = process.stdout.readline()
    if not line:
        log.seek(0)
        fail(f"the sandbox did not start: {log.read()[-2000:]}")
    ready: dict[str, Any] = json.loads(line)
    return ready

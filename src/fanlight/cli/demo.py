"""`fanlight demo`: starts a sandbox on free ports and plays the main job against it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from fanlight.cli.output import fail, show
from fanlight.demo.story import Story, StoryError

START_SECONDS = 15
STOP_SECONDS = 15


@click.command()
@click.option("--open", "leave_open", is_flag=True, help="Leave everything running and print the URLs.")
@click.option("--json", "as_json", is_flag=True, help="Tell nothing; print one line of JSON at the end.")
def demo(*, leave_open: bool, as_json: bool) -> None:
    """Play the main job: a client, a bank, a window, accounts and transactions."""
    with _sandbox() as (process, ready):
        try:
            Story(ready, (lambda _: None) if as_json else click.echo).play()
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
    command = [sys.executable, "-m", "fanlight", "sandbox", "--port", "0", "--bank-port", "0", "--json"]
    with subprocess.Popen(  # noqa: S603 - this interpreter, fixed arguments
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process, _ready(process)
        finally:
            process.terminate()
            try:
                process.communicate(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _ready(process: "subprocess.Popen[str]") -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101 - asked for above
    assert process.stderr is not None  # noqa: S101 - asked for above
    line = process.stdout.readline()
    if not line:
        fail(f"the sandbox did not start: {process.stderr.read()[-2000:]}")
    ready: dict[str, Any] = json.loads(line)
    return ready

"""`fanlight scan`: whether a secret stands anywhere in the clear, in files, tables, logs or backups."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import click

from fanlight import admin
from fanlight.base.columns import table
from fanlight.cli.output import clear_failures, data_option, fail, json_option, settings_from, show
from fanlight.core import plain_secrets
from fanlight.demo.canaries import Canaries
from fanlight.demo.story import StoryError
from fanlight.scanning import places
from fanlight.scanning.needles import Needles, Secret
from fanlight.scanning.search import Leak
from fanlight.settings import Settings
from fanlight.storage import keys

SHOWN = 50
MOST = 1_000
"""How many leaks are told; more of them say nothing more."""
SAMPLE = 10_000
STOP_SECONDS = 15


class Found(NamedTuple):
    """What was looked for and where, and the leaks."""

    secrets: int
    too_short: int
    files: int
    leaks: list[Leak]


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--sandbox", "in_sandbox", is_flag=True, help="Plant secrets in a sandbox of its own, and look for them.")
@click.option(
    "--sample", type=click.IntRange(1), default=SAMPLE, show_default=True, help="How many sealed values of a column."
)
@data_option
@json_option
@clear_failures
def scan(paths: tuple[Path, ...], sample: int, data_dir: str | None, *, in_sandbox: bool, as_json: bool) -> None:
    """Open what is sealed, and look for it in the clear: in the data directory, and in logs and backups (PATH).

    Plain and in hex, base64, URL, JSON and other codings, in free pages and compressed data. It tells where what kind
    of secret stands, never the secret; the status is 1 then. Of a database nothing is changed.
    """
    if in_sandbox:
        found = _sandbox_scanned(paths, sample)
    else:
        settings = settings_from(data_dir=data_dir).settings
        admin.look(settings, lambda _: None)  # before a vault: where there is no database there is no key either
        found = _scanned(settings, [settings.data_path, *paths], sample, [])
    leaks = [leak._asdict() for leak in found.leaks]
    result = {**found._asdict(), "leaks": leaks}
    show(result, as_json=as_json, text=_text(found, leaks))
    sys.exit(bool(leaks))


def _scanned(settings: Settings, where: Sequence[Path], sample: int, planted: list[tuple[str, str]]) -> Found:
    vault = admin.open_vault(settings)
    sealed = admin.look(settings, lambda unit: plain_secrets.of_database(unit, vault, sample))
    said = admin.look(settings, plain_secrets.profiles)
    secrets = [Secret(kind, value) for kind, value in sealed if value not in said]
    secrets += [Secret(f"{key.use.value} key", keys.shown(key).encode()) for key in vault.ring.keys]
    secrets += [Secret(kind, value.encode()) for kind, value in planted]
    needles = Needles(secrets)
    # They hold keys by design: the key file, and what a sandbox notes of its client.
    files = places.files(where, but=(settings.key_path, settings.data_path / "sandbox.json"))
    leaks = list(islice(places.in_files(files, needles), MOST))
    return Found(needles.secrets, needles.too_short, len(files), leaks)


def _sandbox_scanned(paths: Sequence[Path], sample: int) -> Found:
    """A whole journey in a sandbox: its data, its log and its temporary files."""
    with tempfile.TemporaryDirectory(prefix="fanlight-scan-") as name:
        place = Path(name)
        data, temporary = place / "data", place / "tmp"
        temporary.mkdir()
        with _sandbox(data, temporary, place / "log.txt") as ready:
            journey = Canaries(ready)
            try:
                journey.play()
            except StoryError as error:
                fail(str(error))
            for member in journey.members:
                _command(place / "log.txt", temporary, "replay", member, "--apply", "--data", str(data))
            # While it runs: the write-ahead log is there, and what a crash would leave.
            settings = settings_from(data_dir=str(data)).settings
            running = _scanned(settings, [place, *paths], sample, journey.secrets)
        stopped = _scanned(settings, [place, *paths], sample, journey.secrets)
        leaks = list(dict.fromkeys(chain(running.leaks, stopped.leaks)))
        return running._replace(leaks=leaks)


@contextmanager
def _sandbox(data: Path, temporary: Path, log: Path) -> Iterator[dict[str, Any]]:
    ports = ["--port", "0", "--bank-port", "0", "--institutions", "0"]
    command = [sys.executable, "-m", "fanlight", "sandbox", *ports, "--data", str(data), "--json"]
    env = {**os.environ, "TMPDIR": str(temporary)}
    with (
        log.open("ab") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=env) as process,  # noqa: S603 - our own
    ):
        try:
            assert process.stdout is not None  # noqa: S101 - asked for above
            line = process.stdout.readline()
            if not line:
                fail("the sandbox did not start")
            yield json.loads(line)
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def _command(log: Path, temporary: Path, *words: str) -> None:
    """A command whose every word goes to the log that is looked through."""
    env = {**os.environ, "TMPDIR": str(temporary)}
    with log.open("ab") as out:
        command = [sys.executable, "-m", "fanlight", *words]
        subprocess.run(command, stdout=out, stderr=out, env=env, check=False)  # noqa: S603 - our own


def _text(found: Found, leaks: list[dict[str, Any]]) -> str:
    looked = f"{found.secrets:,} secrets looked for in {found.files:,} files and their tables"
    short = f" ({found.too_short:,} too short to be looked for)" if found.too_short else ""
    if not leaks:
        return f"{looked}{short}: 0 found."
    more = [f"... and more; --json has {len(leaks):,}"] if len(leaks) > SHOWN else []
    return "\n".join([f"{looked}{short}: FOUND {len(leaks):,}.", table(leaks[:SHOWN]), *more])

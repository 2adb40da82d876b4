"""Programs from npm as counterparties: a pinned install outside the repository, and processes that get ready.

An install is made once for each lock file (`node/<name>/package-lock.json`, which names versions and checksums and no
host: the machine's own npm settings say where packages come from) and needs no network afterwards. Where node is
missing the tests are skipped with that reason; where the environment variable CI is set they fail instead.
"""

import fcntl
import functools
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import NoReturn

import pytest

NODE = Path(__file__).parent / "node"
INSTALL_SECONDS = 240.0
READY_SECONDS = 30.0
STOP_SECONDS = 10.0
# Kept for a failing test's message only.
_LINES_KEPT = 200
_READY = re.compile(r'^\{"ready":"([^"]+)"')


class Running:
    """A node process that is ready at `url`."""

    def __init__(self, process: "subprocess.Popen[str]", url: str, lines: list[str]) -> None:
        self.process = process
        self.url = url
        self.lines = lines

    @property
    def ready(self) -> dict[str, str]:
        """The whole ready line of a script."""
        line = next(line for line in self.lines if _READY.search(line))
        found: dict[str, str] = json.loads(line)
        return found

    def said(self) -> str:
        """What it wrote so far, stdout and stderr, the last lines."""
        return "\n".join(self.lines[-_LINES_KEPT:])


def missing(what: str) -> NoReturn:
    """Skip the test because a stranger is not here; a CI run must not pass without having met it."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} (CI is set: the strangers must be there)", pytrace=False)
    pytest.skip(f"STRANGER LEFT OUT: {what}")


def shared_cache() -> Path:
    """Where installs are kept: `$XDG_CACHE_HOME/fanlight-tests`, outside the repository."""
    place = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fanlight-tests"
    place.mkdir(parents=True, exist_ok=True)
    return place


@contextmanager
def only_one(place: Path) -> Iterator[None]:
    """Hold a place's lock file: of several test workers one installs, the others wait for it."""
    with place.with_name(f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@functools.cache
def installed(name: str) -> Path:
    """The folder with `node_modules` of `node/<name>/package.json`, installed where it is not yet; may skip or fail."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        missing("node and npm are not installed")
    lock = (NODE / name / "package-lock.json").read_bytes()
    place = shared_cache() / f"node-{name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    with only_one(place):
        if not place.is_dir():
            _install(npm, name, place)
    return place


@contextmanager
def script(file: str, install: str, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[Running]:
    """`node/<file>` run beside the packages of an install.

    It binds a port of 127.0.0.1 itself and then prints one line of JSON with `ready`, its URL.
    """
    with staged(file, install) as path, started(["node", str(path), *arguments], _READY, env) as running:
        yield running


@contextmanager
def prism(*arguments: str, document: Path) -> Iterator[Running]:
    """Prism's mock server over an API description; its arguments as at the command line (`--errors`, `-d` ...)."""
    tool = installed("prism") / "node_modules" / ".bin" / "prism"
    port = str(free_port())
    command = [str(tool), "mock", "--host", "127.0.0.1", "--port", port, *arguments, str(document)]
    with started(command, re.compile(r"Prism is listening on (http://[\d.:]+)")) as running:
        yield running


def ran(file: str, install: str, *arguments: str, env: Mapping[str, str] | None = None, seconds: float = 60.0) -> str:
    """Run a script of `node/` to its end and give its stdout; fails the test when it fails."""
    with staged(file, install) as path:
        done = subprocess.run(
            ["node", str(path), *arguments],
            capture_output=True, text=True, env=environment(env), timeout=seconds, check=False,
        )  # fmt: skip
    assert done.returncode == 0, f"{file}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def started(command: Sequence[str], ready: re.Pattern[str], env: Mapping[str, str] | None = None) -> Iterator[Running]:
    """A process from the line that says where it is (`ready`, group 1) to its end."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
        env=environment(env),
    )  # fmt: skip
    heard: Queue[str | None] = Queue()
    lines: list[str] = []
    listener = threading.Thread(target=_listen, args=(process, lines, heard), daemon=True)
    listener.start()
    try:
        yield Running(process, _ready(heard, ready, lines), lines)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)
        listener.join(STOP_SECONDS)
        assert process.stdout is not None
        process.stdout.close()


def free_port() -> int:
    """A port of loopback that was free a moment ago, for programs that cannot choose one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def staged(file: str, install: str) -> Iterator[Path]:
    """A copy of the scripts beside the packages: a module finds packages beside its own file only."""
    packages = installed(install)
    with tempfile.TemporaryDirectory(prefix="stranger-") as folder:
        stage = Path(folder)
        for module in NODE.glob("*.mjs"):
            shutil.copy(module, stage)
        (stage / "node_modules").symlink_to(packages / "node_modules")
        yield stage / file


def _install(npm: str, name: str, place: Path) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=f"{place.name}-", dir=place.parent))
    try:
        for file in ("package.json", "package-lock.json"):
            shutil.copy(NODE / name / file, unfinished)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
        done = subprocess.run(
            command, cwd=unfinished, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
        if done.returncode != 0:
            missing(f"npm could not install the packages of {name}: {done.stderr.strip()[-500:]}")
        unfinished.rename(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    # Proxies of the machine are not for loopback, and warnings about node's age are not for a test's output.
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return {**kept, "NODE_NO_WARNINGS": "1", **(more or {})}


def _listen(process: "subprocess.Popen[str]", lines: list[str], heard: "Queue[str | None]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line.rstrip())
        heard.put(lines[-1])
    heard.put(None)


def _ready(heard: "Queue[str | None]", ready: re.Pattern[str], lines: list[str]) -> str:
    """The URL of the ready line; fails the test when the process ends or says nothing."""
    while True:
        try:
            line = heard.get(timeout=READY_SECONDS)
        except Empty:
            line = None
        if line is None:
            pytest.fail("The stranger did not get ready:\n" + "\n".join(lines[-_LINES_KEPT:]), pytrace=False)
        found = ready.search(line)
        if found is not None:
            return found[1]

"""Real processes of the command line: started, spoken to, ended by their own id."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

START_SECONDS = 20.0
STOP_SECONDS = 20.0


class Running:
    """A `fanlight` process that is ready; `ready` is its line of JSON."""

    def __init__(self, process: "subprocess.Popen[str]", ready: dict[str, Any]) -> None:
        self.process = process
        self.ready = ready

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """`kill -9`: nothing is finished, nothing is said."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def call(self, method: str, path: str, json: Any = None) -> httpx2.Response:
        headers = {"MD-SESSION-TOKEN": self.ready["session_token"]}
        return httpx2.request(method, self.ready["nexus"] + path, json=json, headers=headers, timeout=20)


@contextmanager
def started(*arguments: str, env: Mapping[str, str] | None = None, errors: Path | None = None) -> Iterator[Running]:
    """A process from its ready line to its end; killed if it is still there."""
    command = [sys.executable, "-m", "fanlight", *arguments, "--json"]
    sink = errors.open("w") if errors else subprocess.DEVNULL
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=sink, text=True, env={**os.environ, **(env or {})}
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"{arguments} did not get ready"
        yield Running(process, json.loads(line))
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(STOP_SECONDS)
        assert process.stdout is not None
        process.stdout.close()
        if not isinstance(sink, int):
            sink.close()


def sandbox(*arguments: str, errors: Path | None = None) -> Any:
    """A sandbox on free ports."""
    return started("sandbox", "--port", "0", "--bank-port", "0", "--institutions", "0", *arguments, errors=errors)


def run(*arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """A command to its end."""
    command = [sys.executable, "-m", "fanlight", *arguments]
    whole = {**os.environ, **(env or {})}
    return subprocess.run(command, capture_output=True, text=True, env=whole, timeout=60, check=False)


def until(condition: Any, what: str, seconds: float = 20.0) -> None:
    """Wait for another process to come to a point."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)

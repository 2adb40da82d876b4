"""Processes that benchmarks start: each is heard line by line, waited for with a limit, and ended by its own id."""

import contextlib
import http.client
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from bench.figures import Wrong
from bench.lab import ROOT, pinned

READY_SECONDS = 30.0
STOP_SECONDS = 10.0


class Child:
    """A running process that speaks in lines, JSON objects mostly."""

    def __init__(self, process: "subprocess.Popen[bytes]", errors: Path) -> None:
        self.process = process
        self._errors = errors
        self._heard = b""

    @property
    def pid(self) -> int:
        return self.process.pid

    def cpu_seconds(self) -> float:
        """The processor time that it has used; 0 where the system does not tell."""
        stat = Path(f"/proc/{self.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def line(self, seconds: float = READY_SECONDS) -> str:
        """Its next line; raises Wrong when it ends or stays silent."""
        end = time.monotonic() + seconds
        output = _pipe(self.process.stdout)
        while b"\n" not in self._heard:
            left = end - time.monotonic()
            if left <= 0 or not select.select([output], [], [], left)[0]:
                raise Wrong(f"a process said nothing for {seconds:.0f} s {self._last_words()}")
            chunk = os.read(output.fileno(), 65_536)
            if not chunk:
                raise Wrong(f"a process ended too early {self._last_words()}")
            self._heard += chunk
        line, _, self._heard = self._heard.partition(b"\n")
        return line.decode()

    def ask(self, question: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Send a line of JSON, wait for one back."""
        sent = _pipe(self.process.stdin)
        sent.write(json.dumps(question).encode() + b"\n")
        sent.flush()
        answer: dict[str, Any] = json.loads(self.line(seconds))
        if "wrong" in answer:
            raise Wrong(answer["wrong"])
        return answer

    def stop(self) -> None:
        """End it and wait until it is gone."""
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                _pipe(pipe).close()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_SECONDS)

    def _last_words(self) -> str:
        words = self._errors.read_text(errors="replace").strip().splitlines()
        return f"({words[-1][:300]})" if words else "(and wrote no error)"


@contextmanager
def running(
    command: Sequence[str], place: Path, *, core: int | None = None, descriptors: Sequence[int] = ()
) -> Iterator[Child]:
    """A process until the block ends; in a session of its own, so that Ctrl-C is ours to pass on."""
    errors = place / f"{time.monotonic_ns()}.err"
    with errors.open("wb") as stderr, pinned(core):
        process = subprocess.Popen(  # noqa: S603 - commands are this package's own
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            bufsize=0,
            cwd=ROOT,
            env=environment(),
            pass_fds=descriptors,
            start_new_session=True,
        )
    child = Child(process, errors)
    try:
        yield child
    finally:
        child.stop()


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def environment() -> dict[str, str]:
    """Ours without settings of the server; NODE_ENV is what a node server is run with in production."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FANLIGHT_")}
    return kept | {"NODE_ENV": "production"}


def get(port: int, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """One GET on loopback: status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_for_answer(port: int, path: str, headers: Mapping[str, str], seconds: float = READY_SECONDS) -> None:
    """Until a server that says nothing itself answers 200; raises Wrong."""
    end, last = time.monotonic() + seconds, "no answer"
    while time.monotonic() < end:
        try:
            status, _ = get(port, path, headers)
        except (OSError, http.client.HTTPException) as error:
            last = type(error).__name__
        else:
            if status == 200:
                return
            last = f"HTTP {status}"
        time.sleep(0.1)
    raise Wrong(f"a server did not answer in {seconds:.0f} s: {last}")


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - Popen was told to make it
    return pipe

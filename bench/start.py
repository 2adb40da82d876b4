"""The command line's servers, from the start of the process to the line that says they are ready, and then at rest."""

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from bench.figures import Figures, Outcome, Wrong
from bench.lab import Lab
from bench.processes import environment, get, running

STARTS = 3
REST_SECONDS = 1.0


def start(lab: Lab, _wanted: frozenset[str]) -> dict[str, Outcome]:
    """Seconds until ready and megabytes at rest, of `serve` and of `sandbox`, each in a fresh folder."""
    place = lab.folder("start")
    found: dict[str, list[tuple[float, float]]] = {"serve": [], "sandbox": []}
    for name in found:
        _once(name, place / f"{name}-first")  # the first start also fills the file system's caches
    for run in range(lab.runs):
        for name, figures in found.items():
            starts = [_once(name, place / f"{name}-{run}-{number}") for number in range(STARTS)]
            figures.append((median(seconds for seconds, _ in starts), median(size for _, size in starts)))
    outcomes: dict[str, Outcome] = {}
    for name, figures in found.items():
        outcomes[f"ready-{name}"] = Figures(tuple(seconds for seconds, _ in figures), f"median of {STARTS} starts")
        outcomes[f"memory-{name}"] = Figures(tuple(size for _, size in figures), "resident set")
    return outcomes


def _once(name: str, place: Path) -> tuple[float, float]:
    """Start one, hear its ready line, have it answer, let it rest; seconds and megabytes."""
    place.mkdir()
    program = str(Path(sys.executable).with_name("fanlight"))
    command = [program, name, "--json", "--port", "0", "--data", str(place)]
    if name == "serve":
        new_key = [program, "keys", "new", "--data", str(place)]
        subprocess.run(new_key, check=True, capture_output=True, timeout=30, env=environment())  # noqa: S603 - our own
    else:
        command += ["--bank-port", "0"]
    with ExitStack() as stack:
        begin = time.perf_counter()
        child = stack.enter_context(running(command, place))
        ready = json.loads(child.line())
        taken = time.perf_counter() - begin
        status, _ = get(int(urlsplit(ready["nexus"]).port or 0), "/ping")
        if status != 200:
            raise Wrong(f"fanlight {name} says it is ready and answers {status}")
        time.sleep(REST_SECONDS)
        return taken, _resident(child.pid)


def _resident(pid: int) -> float:
    """The memory that a process has in use, in megabytes of a million bytes."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024 / 1e6
    shown = subprocess.run(  # noqa: S603 - our own
        ["/bin/ps", "-o", "rss=", "-p", str(pid)], check=True, capture_output=True, timeout=10
    )
    return int(shown.stdout) * 1024 / 1e6

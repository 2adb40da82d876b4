"""The command line's servers, from the start of the process to the line that says they are ready, and then at rest."""

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

from bench.figures import Figures, Outcome, Wrong
from bench.lab import Lab
from bench.processes import environment, get, running

STARTS = 3
REST_SECONDS = 1.0


class Start(NamedTuple):
    """One start: seconds until ready, processor seconds of them, and the memory at rest."""

    seconds: float
    cpu: float
    megabytes: float


def start(lab: Lab, _wanted: frozenset[str]) -> dict[str, Outcome]:
    """Seconds until ready and megabytes at rest, of `serve` and of `sandbox`, each in a fresh folder."""
    place = lab.folder("start")
    found: dict[str, list[Start]] = {"serve": [], "sandbox": []}
    for name in found:
        _once(name, place / f"{name}-first")  # the first start also fills the file system's caches
    for run in range(lab.runs):
        for name, figures in found.items():
            starts = [_once(name, place / f"{name}-{run}-{number}") for number in range(STARTS)]
            figures.append(Start(*(median(values) for values in zip(*starts, strict=True))))
    outcomes: dict[str, Outcome] = {}
    for name, figures in found.items():
        outcomes[f"ready-{name}"] = Figures(tuple(one.seconds for one in figures), _note(figures))
        outcomes[f"memory-{name}"] = Figures(tuple(one.megabytes for one in figures), "resident set")
    return outcomes


def _note(figures: list[Start]) -> str:
    cpu = median(one.cpu for one in figures)
    return f"median of {STARTS} starts; {cpu:.2f} s of processor"


def _once(name: str, place: Path) -> Start:
    """Start one, hear its ready line, have it answer, let it rest."""
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
        taken, cpu = time.perf_counter() - begin, child.cpu_seconds()
        status, _ = get(int(urlsplit(ready["nexus"]).port or 0), "/ping")
        if status != 200:
            raise Wrong(f"fanlight {name} says it is ready and answers {status}")
        time.sleep(REST_SECONDS)
        return Start(taken, cpu, _resident(child.pid))


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

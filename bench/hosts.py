"""The processes that are measured: the server as `fanlight serve` runs it, and the simulated bank alone.

Both listen on a socket that the benchmark bound and handed down, so that each knows the other's address beforehand.
"""

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from bench.people import settings_at
from bench.processes import Child, python, running
from fanlight.bank import Bank, BankClient
from fanlight.cli import listening
from fanlight.oauth.authorize import CALLBACK_PATH
from fanlight.runtime import Runtime
from fanlight.server import Application


def bound() -> socket.socket:
    return listening.bind("127.0.0.1", 0)


def port_of(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


@contextmanager
def fanlight(
    sock: socket.socket, place: Path, *, durability: str = "normal", pad: int = 0, core: int | None = None
) -> Iterator[Child]:
    """The server on a database in `place`, ready to be asked; `pad` routes are added that nobody calls."""
    what = {"kind": "fanlight", "place": str(place), "durability": durability, "pad": pad}
    with _host(sock, place, what, core) as child:
        yield child


@contextmanager
def bank(sock: socket.socket, place: Path, *, secret: str, nexus: str) -> Iterator[Child]:
    """The simulated bank, with the server as its client."""
    with _host(sock, place, {"kind": "bank", "secret": secret, "nexus": nexus}, None) as child:
        yield child


@contextmanager
def _host(sock: socket.socket, place: Path, what: dict[str, Any], core: int | None) -> Iterator[Child]:
    what["descriptor"] = sock.fileno()
    with closing(sock), running(python("bench.hosts"), place, core=core, descriptors=[sock.fileno()]) as child:
        child.ask(what, 30)
        yield child


def main() -> None:
    what = json.loads(sys.stdin.readline())
    listening.set_up_logging("warning")
    sock = socket.socket(fileno=what["descriptor"])
    sock.setblocking(False)
    app: Any = _bank(what, sock) if what["kind"] == "bank" else _application(what, sock)

    def ready() -> None:
        sys.stdout.write("{}\n")
        sys.stdout.flush()

    listening.run(listening.serve([(listening.server_for(app), sock)], ready))


def _application(what: dict[str, Any], sock: socket.socket) -> Application:
    runtime = Runtime(settings_at(Path(what["place"]), what["durability"]))
    runtime.public_url = listening.url_of(sock)
    return Application(runtime, pad_routes=what["pad"])


def _bank(what: dict[str, Any], sock: socket.socket) -> Bank:
    client = BankClient("fanlight", what["secret"], (what["nexus"] + CALLBACK_PATH,))
    return Bank(base_url=listening.url_of(sock), clients=[client])


if __name__ == "__main__":
    main()

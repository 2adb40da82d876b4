"""Listening: sockets that are bound before anything is built, and servers that stop together."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import uvicorn

from fanlight.base.redaction import RedactingFilter

LOOPBACK = ("127.0.0.1", "localhost", "::1")
STOP_SECONDS = 10
GC_THRESHOLDS = (20_000, 20, 50)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one. Raises OSError with the reason."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named so that asyncio sets TCP_NODELAY, which it does for nothing else.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(2048)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise OSError(f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}") from error
    return sock


def url_of(sock: socket.socket, *, tls: bool = False) -> str:
    """Where a socket can be reached, without a trailing slash."""
    host, port = sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown}:{port}"


def is_loopback(host: str) -> bool:
    return host in LOOPBACK or host.startswith("127.")


def set_up_logging(level: str) -> None:
    """Everything to stderr, redacted, whoever logs it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.addFilter(RedactingFilter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn.error").setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))


class Server(uvicorn.Server):
    """A server whose signals are somebody else's: two of them run in one process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server_for(app: Any, **options: Any) -> Server:
    """A server of an application; no proxy is believed unless the options say which."""
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        **{"proxy_headers": False, **options},
    )
    return Server(config)


async def serve(pairs: list[tuple[Server, socket.socket]], ready: Callable[[], None]) -> None:
    """Run servers until SIGTERM or SIGINT; call `ready` once all of them accept requests."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, _stop, [server for server, _ in pairs])
    running = [asyncio.create_task(server.serve([sock])) for server, sock in pairs]
    while not all(server.started for server, _ in pairs):
        if any(task.done() for task in running):
            break
        await asyncio.sleep(0.005)
    else:
        ready()
    await asyncio.gather(*running)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run to the end on uvloop where there is one.

    What was imported lives for ever: the collector need not look at it, and need not come so often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    if sys.platform == "win32":
        asyncio.run(main)
        return
    import uvloop  # noqa: PLC0415 - not on every platform

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


def _stop(servers: list[Server]) -> None:
    for server in servers:
        server.should_exit = True

"""A way to the simulated bank that can be shut: requests still arrive there, but the answers wait."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from support.processes import until
from support.world import World

CHUNK = 1 << 16


class Gate:
    """Carries bytes between this server and the bank. A test's thread uses it; it lives in the servers' loop."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._bank = urlsplit(world.ready["bank"])
        self._open = asyncio.Event()
        self._carrying: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._held = 0
        self.url = ""

    def start(self) -> None:
        self._world.run(self._start())

    def close(self) -> None:
        self._world.run(self._close())

    def shut(self) -> None:
        """Hold every answer from now on."""
        self._held = 0
        self._world.run(self._set(is_open=False))

    def open(self) -> None:
        """Let go what is held, and hold nothing more."""
        self._world.run(self._set(is_open=True))

    def holds(self) -> None:
        """Wait until the bank has answered, and nobody knows it yet."""
        until(lambda: self._held > 0, "the bank was not asked")

    async def _start(self) -> None:
        self._open.set()
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _set(self, *, is_open: bool) -> None:
        if is_open:
            self._open.set()
        else:
            self._open.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        back_reader, back_writer = await asyncio.open_connection(self._bank.hostname, self._bank.port)
        with suppress(asyncio.CancelledError, ConnectionError):
            await asyncio.gather(self._there(reader, back_writer), self._back(back_reader, writer))
        for end in (writer, back_writer):
            end.close()
        self._carrying.discard(task)

    async def _there(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            writer.write(data)
        writer.write_eof()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            self._held += not self._open.is_set()
            await self._open.wait()
            writer.write(data)
        writer.write_eof()


@contextmanager
def gated(world: World) -> Iterator[Gate]:
    """Every institution of the world is reached through a gate; it is open at first, and at the end."""
    gate = Gate(world)
    gate.start()
    swap = "UPDATE institutions SET details = replace(details, ?, ?)"
    world.rows(swap, world.ready["bank"], gate.url)
    try:
        yield gate
    finally:
        gate.open()
        world.rows(swap, gate.url, world.ready["bank"])
        gate.close()

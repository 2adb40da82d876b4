"""Names that lead elsewhere the second time (DNS rebinding), asked of a real name server whose answers change."""

import asyncio
from collections.abc import Iterable
from typing import Any

import httpcore2

from fanlight.institutions.answers import Said
from fanlight.institutions.http import GuardedBackend, Way
from support.name_server import NameServer


class Noted(httpcore2.AsyncNetworkBackend):
    """Connects to nothing, and keeps what it was asked to connect to."""

    def __init__(self) -> None:
        self.connected: list[tuple[str, int]] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is the library's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        self.connected.append((host, port))
        raise httpcore2.ConnectError


def connect(server: NameServer) -> tuple[list[tuple[str, int]], str]:
    """Where a connection was tried, and what was said."""
    noted = Noted()
    backend = GuardedBackend(Way(), is_plain=False, resolve=server.resolve, inner=noted)
    try:
        asyncio.run(backend.connect_tcp("rebind.example", 443))
    except Said as word:
        return noted.connected, word.detail
    except httpcore2.ConnectError:
        return noted.connected, ""
    raise AssertionError


def test_a_name_that_is_rebound_leads_to_the_address_that_was_looked_at_or_nowhere() -> None:
    with NameServer(["8.8.8.8"], ["127.0.0.1"]) as server:
        assert connect(server) == ([("8.8.8.8", 443)], "")
        assert server.asked == ["rebind.example"]
        connected, word = connect(server)
        assert (connected, "loopback" in word) == ([], True)
        assert len(server.asked) == 2


def test_a_name_that_also_leads_to_a_private_address_is_refused() -> None:
    with NameServer(["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "8.8.8.8"]) as server:
        for _ in range(2):
            connected, word = connect(server)
            assert (connected, "not a public one" in word) == ([], True)


def test_every_address_of_a_name_is_tried_a_few_of_many() -> None:
    with NameServer(["8.8.8.8", "8.8.4.4", "8.8.8.8"], [f"8.8.8.{n}" for n in range(50)]) as server:
        assert connect(server)[0] == [("8.8.8.8", 443), ("8.8.4.4", 443)]
        assert len(connect(server)[0]) == 4

"""The sockets that the server listens on."""

import socket

from fanlight.cli import listening


def test_listening_sockets_send_small_answers_at_once() -> None:
    """asyncio sets TCP_NODELAY only where the socket's protocol says TCP; else every answer waits 44 ms for an ACK."""
    with listening.bind("127.0.0.1", 0) as sock:
        assert sock.proto == socket.IPPROTO_TCP

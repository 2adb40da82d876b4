"""A name server on loopback whose answers change: each question gets the next list of addresses."""

import ipaddress
import socket
import struct
from threading import Thread
from types import TracebackType
from typing import Self


class NameServer:
    """Answers A questions over UDP, in the order of `answers`; the last one stays."""

    def __init__(self, *answers: list[str]) -> None:
        self._left = list(answers)
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    async def resolve(self, host: str, port: int) -> list[str]:
        """A stub resolver: one question for each look-up, nothing kept."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(5)
            client.sendto(_question(host), self._socket.getsockname())
            return _addresses(client.recv(4096))

    def _serve(self) -> None:
        while (packet := self._socket.recvfrom(4096))[0]:
            question, sender = packet
            self.asked.append(_name(question))
            found = self._left.pop(0) if len(self._left) > 1 else self._left[0]
            self._socket.sendto(_answer(question, found), sender)


def _question(host: str) -> bytes:
    name = b"".join(bytes([len(part)]) + part.encode() for part in host.split(".")) + b"\x00"
    return struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1)


def _name(question: bytes) -> str:
    parts, position = [], 12
    while length := question[position]:
        parts.append(question[position + 1 : position + 1 + length].decode())
        position += length + 1
    return ".".join(parts)


def _answer(question: bytes, found: list[str]) -> bytes:
    head = question[:2] + struct.pack(">HHHHH", 0x8180, 1, len(found), 0, 0)
    record = struct.pack(">HHHIH", 0xC00C, 1, 1, 0, 4)
    return head + question[12:] + b"".join(record + ipaddress.IPv4Address(each).packed for each in found)


def _addresses(answer: bytes) -> list[str]:
    count = struct.unpack(">H", answer[6:8])[0]
    return [str(ipaddress.IPv4Address(answer[len(answer) - 16 * n :][12:16])) for n in range(count, 0, -1)]

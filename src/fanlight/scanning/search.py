"""The search: every place of some bytes is compared with all needles at once, and what is compressed is unpacked.

Eight bytes from each place are one number, and the numbers of the needles are a set: so the time does not grow with the
number of needles.
"""

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from fanlight.scanning.needles import WINDOW, Needles

CHUNK = 1 << 20
UNPACKED = 64 << 20
"""How much of one compressed member is looked at."""
DEPTH = 3
"""How many layers of compression."""
_GZIP = b"\x1f\x8b\x08"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_ZIP = b"PK\x03\x04"
_ZIP_HEADER = 30


class Leak(NamedTuple):
    """Where which kind of secret stands in which coding. The secret itself is no part of it."""

    kind: str
    coding: str
    place: str
    offset: int


def in_bytes(data: bytes, needles: Needles, place: str, depth: int = DEPTH) -> Iterator[Leak]:
    """Every leak in some bytes, and in what is compressed in them."""
    overlap = max(needles.longest, WINDOW) - 1
    for start in range(0, max(len(data), 1), CHUNK):
        yield from _in_chunk(data[start : start + CHUNK + overlap], needles, place, start)
    if depth:
        for offset, how, unpacked in _members(data):
            for leak in in_bytes(unpacked, needles, place, depth - 1):
                yield leak._replace(coding=f"{leak.coding} in {how}", offset=offset)


def _in_chunk(chunk: bytes, needles: Needles, place: str, start: int) -> Iterator[Leak]:
    found = set[int]()
    view = memoryview(chunk)
    for shift in range(WINDOW):
        whole = (len(chunk) - shift) // WINDOW * WINDOW
        if whole > 0:
            found |= needles.windows.intersection(view[shift : shift + whole].cast("Q"))
    for window in found:
        for needle in needles.by_window[window]:
            at = chunk.find(needle.pattern)
            while 0 <= at < CHUNK:
                yield Leak(needle.kind, needle.coding, place, start + at)
                at = chunk.find(needle.pattern, at + 1)


def _members(data: bytes) -> Iterator[tuple[int, str, bytes]]:
    """What looks compressed and can be unpacked, as far as it can."""
    for at in _places(data, _GZIP):
        yield from _unpacked(data, at, at, "gzip", 16 + zlib.MAX_WBITS)
    for head in _ZLIB:
        for at in _places(data, head):
            yield from _unpacked(data, at, at, "zlib", zlib.MAX_WBITS)
    for at in _places(data, _ZIP):
        names = data[at + 26 : at + _ZIP_HEADER]
        body = at + _ZIP_HEADER + int.from_bytes(names[:2], "little") + int.from_bytes(names[2:], "little")
        yield from _unpacked(data, at, body, "zip", -zlib.MAX_WBITS)


def _places(data: bytes, head: bytes) -> Iterator[int]:
    at = data.find(head)
    while at >= 0:
        yield at
        at = data.find(head, at + 1)


def _unpacked(data: bytes, at: int, body: int, how: str, bits: int) -> Iterator[tuple[int, str, bytes]]:
    """A member that is cut off gives what there is of it: page borders and crashes cut."""
    unpacking, view, parts = zlib.decompressobj(bits), memoryview(data), list[bytes]()
    size = 0
    try:
        while body < len(data) and size < UNPACKED and not unpacking.eof:
            part = unpacking.decompress(view[body : body + CHUNK], UNPACKED - size)
            body, size = body + CHUNK, size + len(part)
            parts.append(part)
    except zlib.error:
        pass  # what came before the fault is looked at all the same
    if size >= WINDOW:
        yield at, how, b"".join(parts)

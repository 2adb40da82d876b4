"""Pictures for challenges: real PNG files, drawn here so that none has to be kept."""

import base64
import random
import struct
import zlib
from collections.abc import Iterable
from functools import cache

Color = tuple[int, int, int]

_INK, _PAPER = (18, 80, 107), (232, 241, 244)
_DOT = 4  # pixels of a letter's dot
_LARGE = 866  # pixels a side; three bytes each that do not compress make a data URI of 3 MB

# Letters of five by seven dots, a byte for each row.
_LETTERS = {
    "c": (0x0E, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0E),
    "o": (0x0E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E),
    "r": (0x1E, 0x11, 0x11, 0x1E, 0x14, 0x12, 0x11),
    "e": (0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x1F),
    "t": (0x1F, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04),
    " ": (0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00),
}


@cache
def written(word: str) -> str:
    """A picture of a word, made of the letters that there are."""
    letters = [_LETTERS[letter] for letter in f" {word} "]
    blank = [_PAPER] * (len(letters) * 6)
    lines = [[_INK if row[y] >> x & 1 else _PAPER for row in letters for x in range(5, -1, -1)] for y in range(7)]
    return data_uri([_scaled(line) for line in (blank, *lines, blank) for _ in range(_DOT)])


@cache
def square(color: Color, side: int = 48) -> str:
    """A picture of one color."""
    return data_uri([bytes(color) * side] * side)


@cache
def noise() -> str:
    """A picture that is large because nothing in it repeats, the same each time."""
    dice = random.Random(_LARGE)  # noqa: S311  (noise, not a secret)
    return data_uri([dice.randbytes(_LARGE * 3) for _ in range(_LARGE)])


def data_uri(rows: list[bytes]) -> str:
    """An RGB picture, eight bits a channel, as a data URI."""
    return f"data:image/png;base64,{base64.b64encode(_png(rows)).decode()}"


def _scaled(line: Iterable[Color]) -> bytes:
    return b"".join(bytes(color) * _DOT for color in line)


def _png(rows: list[bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

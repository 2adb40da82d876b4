"""Pictures that stand for merchants where no logo is kept: a disc in a colour of the merchant's own."""

import colorsys
import struct
import zlib
from functools import lru_cache

from fanlight.base.asgi import Response

SIZE = 100
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE, _ONE_BIT = 3, 1


def logo(guid: str) -> Response:
    """The picture of a merchant, always the same one."""
    headers = (
        (b"content-type", b"image/png"),
        (b"cache-control", b"public, max-age=86400"),
        (b"x-content-type-options", b"nosniff"),
    )
    return Response(200, _disc(_color(guid)), headers)


def _color(guid: str) -> bytes:
    hue = zlib.crc32(guid.encode()) / 2**32
    return bytes(round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.5, 0.7))


def _disc(color: bytes) -> bytes:
    """A PNG of two colours, the first of them clear (ISO/IEC 15948)."""
    header = struct.pack(">IIBBBBB", SIZE, SIZE, _ONE_BIT, _PALETTE, 0, 0, 0)
    parts = (b"IHDR", header), (b"PLTE", b"\xff\xff\xff" + color), (b"tRNS", b"\0"), (b"IDAT", _rows()), (b"IEND", b"")
    return _SIGNATURE + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@lru_cache(maxsize=1)
def _rows() -> bytes:
    """One bit for each point, rows filled up to whole bytes, each after the number of its filter (none)."""
    return zlib.compress(b"".join(b"\0" + _row(y) for y in range(SIZE)))


def _row(y: int) -> bytes:
    middle, radius = (SIZE - 1) / 2, SIZE * 0.46
    bits = "".join("1" if (x - middle) ** 2 + (y - middle) ** 2 <= radius**2 else "0" for x in range(SIZE))
    width = -(-SIZE // 8)
    return int(bits.ljust(width * 8, "0"), 2).to_bytes(width)

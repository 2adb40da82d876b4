"""Addresses: which URL may be asked for at all, and where in the world an IP address is. Pure.

There is one reading of a URL, and it is narrow: what two parsers could take for two hosts is refused.
Sources: RFC 3986 3.2; the IANA special-purpose address registries (RFC 6890, RFC 8190).
"""

import ipaddress
import re
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import NamedTuple

MAX_URL = 8192
"""Characters of a URL."""
MAX_HOST, MAX_LABEL = 253, 63
HTTPS, HTTP = 443, 80

# Neither user information, nor percent-encoding, nor a zone, nor a letter beyond ASCII fits the host.
_URL = re.compile(r"(https?)://(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::([0-9]{1,5}))?([/?][!-~]*)?", re.IGNORECASE)


class Standing(StrEnum):
    """Where an IP address is."""

    PUBLIC = "public"
    PRIVATE = "private"
    """In the operator's own networks: for institutions whose entry and server setting allow it."""
    NEVER = "never"
    """No institution is there, whatever an entry says."""


class Judged(NamedTuple):
    """Where an address is, and which block of addresses says so."""

    standing: Standing
    why: str


class Target(NamedTuple):
    """A URL that may be asked for, in parts. `host` is lower case, an IPv6 address without its brackets."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query."""

    @property
    def authority(self) -> str:
        """The value of the Host header (RFC 9110 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _default(self.scheme) else f"{host}:{self.port}"


class BadAddress(ValueError):
    """A URL that is not asked for; the message says why and never repeats it."""


def read_url(url: str) -> Target:
    """The parts of an absolute http or https URL. Raises BadAddress."""
    if len(url) > MAX_URL:
        raise BadAddress(f"it has more than {MAX_URL} characters")
    found = _URL.fullmatch(url) if url.isascii() else None
    if found is None:
        raise BadAddress(_why_unread(url))
    scheme, literal, name, port, path = found[1].lower(), found[2], found[3], found[4], found[5] or "/"
    if "\\" in path or "#" in path:
        raise BadAddress("it has a backslash or a fragment")
    number = int(port) if port else _default(scheme)
    if not 0 < number < 1 << 16:
        raise BadAddress("its port is not between 1 and 65535")
    return Target(scheme, _literal(literal) if literal else _name(name), number, path if path[0] == "/" else f"/{path}")


def _why_unread(url: str) -> str:
    """What of the usual it is, for whoever wrote the URL."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return "it has characters that no URL has; a host of other letters is written as xn--..."
    scheme, _, rest = url.partition("://")
    if scheme.lower() not in ("http", "https"):
        return "it is not an absolute http or https URL"
    return "it has user information" if "@" in re.split("[/?#]", rest, maxsplit=1)[0] else "its host or port is no such"


def _default(scheme: str) -> int:
    return HTTPS if scheme == "https" else HTTP


def _literal(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError as error:
        raise BadAddress("its host is no IPv6 address") from error


def _name(text: str) -> str:
    """A DNS name or an IPv4 address in whatever notation: the resolver says which."""
    labels = text.split(".")
    if len(text) > MAX_HOST or not all(0 < len(label) <= MAX_LABEL for label in labels):
        raise BadAddress("its host has an empty or overlong part, or ends with a dot")
    return text.lower()


_PLATFORM = "the inner side of a cloud platform (metadata)"
# What a machine may find at these belongs to its platform, wherever the block is.
_METADATA = {
    "169.254.169.254": _PLATFORM, "169.254.170.2": _PLATFORM, "168.63.129.16": _PLATFORM, "192.0.0.192": _PLATFORM,
    "100.100.100.200": _PLATFORM, "fd00:ec2::254": _PLATFORM, "fd00:ec2::23": _PLATFORM, "fd20:ce::254": _PLATFORM,
}  # fmt: skip

_BLOCKS: tuple[tuple[str, Standing, str], ...] = (
    ("0.0.0.0/8", Standing.NEVER, "this network (RFC 791)"),
    ("10.0.0.0/8", Standing.PRIVATE, "private use (RFC 1918)"),
    ("100.64.0.0/10", Standing.PRIVATE, "shared address space of carriers (RFC 6598)"),
    ("127.0.0.0/8", Standing.PRIVATE, "loopback (RFC 1122)"),
    ("169.254.0.0/16", Standing.NEVER, "link local (RFC 3927)"),
    ("172.16.0.0/12", Standing.PRIVATE, "private use (RFC 1918)"),
    ("192.0.0.0/24", Standing.NEVER, "protocol assignments (RFC 6890)"),
    ("192.0.2.0/24", Standing.NEVER, "documentation (RFC 5737)"),
    ("192.88.99.0/24", Standing.NEVER, "6to4 relays (RFC 7526)"),
    ("192.168.0.0/16", Standing.PRIVATE, "private use (RFC 1918)"),
    ("198.18.0.0/15", Standing.NEVER, "benchmarking (RFC 2544)"),
    ("198.51.100.0/24", Standing.NEVER, "documentation (RFC 5737)"),
    ("203.0.113.0/24", Standing.NEVER, "documentation (RFC 5737)"),
    ("224.0.0.0/4", Standing.NEVER, "multicast (RFC 5771)"),
    ("240.0.0.0/4", Standing.NEVER, "reserved, and the broadcast address (RFC 1112, RFC 919)"),
    ("::/128", Standing.NEVER, "unspecified (RFC 4291)"),
    ("::1/128", Standing.PRIVATE, "loopback (RFC 4291)"),
    ("::/96", Standing.NEVER, "IPv4-compatible (RFC 4291)"),
    ("::ffff:0:0:0/96", Standing.NEVER, "IPv4-translated (RFC 2765)"),
    ("64:ff9b::/96", Standing.NEVER, "NAT64 (RFC 6052)"),
    ("64:ff9b:1::/48", Standing.NEVER, "NAT64 of a local network (RFC 8215)"),
    ("100::/64", Standing.NEVER, "discard only (RFC 6666)"),
    ("2001::/32", Standing.NEVER, "Teredo (RFC 4380)"),
    ("2001:2::/48", Standing.NEVER, "benchmarking (RFC 5180)"),
    ("2001::/23", Standing.NEVER, "protocol assignments (RFC 2928)"),
    ("2001:db8::/32", Standing.NEVER, "documentation (RFC 3849)"),
    ("2002::/16", Standing.NEVER, "6to4 (RFC 7526)"),
    ("3fff::/20", Standing.NEVER, "documentation (RFC 9637)"),
    ("5f00::/16", Standing.NEVER, "segment routing (RFC 9602)"),
    ("fc00::/7", Standing.PRIVATE, "unique local (RFC 4193)"),
    ("fe80::/10", Standing.NEVER, "link local (RFC 4291)"),
    ("fec0::/10", Standing.NEVER, "site local (RFC 3879)"),
    ("ff00::/8", Standing.NEVER, "multicast (RFC 4291)"),
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)


def judge(address: str) -> Judged:
    """Where an IP address is; what is no address, or has a zone, is nowhere. IPv4 addresses inside are looked at."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return Judged(Standing.NEVER, "no IP address")
    if isinstance(ip, IPv6Address):
        if ip.scope_id is not None:
            return Judged(Standing.NEVER, "an address of one link alone (RFC 4007)")
        if ip.ipv4_mapped is not None:
            inner = judge(str(ip.ipv4_mapped))
            return inner._replace(why=f"IPv4-mapped: {inner.why}")
    if str(ip) in _METADATA:
        return Judged(Standing.NEVER, _METADATA[str(ip)])
    for block, standing, why in _SPECIAL:
        if ip.version == block.version and ip in block:
            return Judged(standing, why)
    return _unicast(ip) if isinstance(ip, IPv6Address) else Judged(Standing.PUBLIC, "public")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    return judge(address).standing is Standing.PUBLIC


def _unicast(ip: IPv6Address) -> Judged:
    if ip not in _GLOBAL_UNICAST:
        return Judged(Standing.NEVER, "not assigned as global unicast (RFC 3587)")
    if (int(ip) >> 32) & 0xFFFF_FFFF in _ISATAP:
        inner = judge(str(IPv4Address(int(ip) & 0xFFFF_FFFF)))
        standing = Standing.PUBLIC if inner.standing is Standing.PUBLIC else Standing.NEVER
        return Judged(standing, f"ISATAP: {inner.why}")
    return Judged(Standing.PUBLIC, "public")


_SPECIAL: tuple[tuple[IPv4Network | IPv6Network, Standing, str], ...] = tuple(
    (ip_network(block), standing, why) for block, standing, why in _BLOCKS
)

"""Addresses in every disguise, each with the verdict that it has to get and why: generated from families.

`Case.said` is a part of what is said: "public", the block of a private or impossible address, or why a URL is not read.
"""

import ipaddress
import socket
from collections.abc import Iterator
from typing import NamedTuple


class Case(NamedTuple):
    """A URL as somebody may give it."""

    family: str
    url: str
    is_allowed: bool
    said: str


def _at(family: str, host: str, is_allowed: bool, said: str) -> Case:
    return Case(family, f"https://{host}/canary?x=1", is_allowed, said)


PLATFORM = "cloud platform"
# IPv4 addresses that no institution has, and the word of their block.
FORBIDDEN = {
    "0.0.0.0": "this network", "0.0.0.1": "this network", "0.255.255.255": "this network",
    "10.0.0.0": "1918", "10.0.0.1": "1918", "10.255.255.255": "1918",
    "100.64.0.0": "6598", "100.100.100.200": PLATFORM, "100.127.255.255": "6598",
    "127.0.0.1": "loopback", "127.0.0.53": "loopback", "127.255.255.255": "loopback",
    "169.254.0.0": "link local", "169.254.169.254": PLATFORM, "169.254.170.2": PLATFORM,
    "169.254.255.255": "link local", "168.63.129.16": PLATFORM,
    "172.16.0.0": "1918", "172.17.0.1": "1918", "172.31.255.255": "1918",
    "192.0.0.1": "protocol", "192.0.0.192": PLATFORM, "192.0.0.255": "protocol",
    "192.0.2.1": "documentation", "192.88.99.1": "6to4",
    "192.168.0.0": "1918", "192.168.1.1": "1918", "192.168.255.255": "1918",
    "198.18.0.1": "benchmarking", "198.19.255.255": "benchmarking",
    "198.51.100.7": "documentation", "203.0.113.9": "documentation",
    "224.0.0.1": "multicast", "239.255.255.255": "multicast",
    "240.0.0.1": "reserved", "255.255.255.254": "reserved", "255.255.255.255": "broadcast",
}  # fmt: skip
# Public ones, among them every neighbour of a block above.
ALLOWED = (
    "1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.1", "168.63.129.15", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255",
    "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
    "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
)  # fmt: skip
_FORBIDDEN_6 = {
    "::": "unspecified", "::1": "loopback", "::2": "compatible",
    "100::1": "discard", "2001:2::1": "benchmarking", "2001:10::1": "protocol", "2001:20::1": "protocol",
    "2001:1ff:ffff::1": "protocol", "2001:db8::1": "documentation", "2001:db8:ffff:ffff::1": "documentation",
    "3fff::1": "documentation", "3fff:fff::1": "documentation", "5f00::1": "segment", "4000::1": "not assigned",
    "1fff::1": "not assigned", "8000::1": "not assigned", "e000::1": "not assigned",
    "fc00::1": "unique local", "fd12:3456:789a::1": "unique local", "fdff:ffff::1": "unique local",
    "fd00:ec2::254": PLATFORM, "fd00:ec2::23": PLATFORM, "fd20:ce::254": PLATFORM,
    "fe80::1": "link local", "febf:ffff::1": "link local", "fec0::1": "site local", "feff::1": "site local",
    "ff02::1": "multicast", "ff0e::1": "multicast", "ffff::1": "multicast",
}  # fmt: skip
_ALLOWED_6 = (
    "2000::1", "2001:200::1", "2001:470::1", "2001:4860:4860::8888", "2001:db7:ffff::1", "2001:db9::1",
    "2001:0500:88:200::10", "2003::1", "2400:cb00::1", "2606:4700::1111", "2620:fe::fe", "2a00:1450:4001::200e",
    "3ffe:ffff::1", "3fff:1000::1",
)  # fmt: skip


def all_cases() -> list[Case]:
    """Every case, each URL once."""
    found = {case.url: case for family in _FAMILIES for case in family()}
    return list(found.values())


def _plain() -> Iterator[Case]:
    for address, why in FORBIDDEN.items():
        yield _at("IPv4", address, False, why)
    for address in ALLOWED:
        yield _at("IPv4", address, True, "public")


def _numbers() -> Iterator[Case]:
    """Decimal, hexadecimal, octal, mixed and short forms: what inet_aton reads, is judged as what it is."""
    for address, why in FORBIDDEN.items():
        for family, form in _forms(address):
            yield _at(family, form, False, why)
    for address in ALLOWED[1:6]:
        for family, form in _forms(address):
            yield _at(family, form, True, "public")


def _forms(address: str) -> Iterator[tuple[str, str]]:
    parts = [int(part) for part in address.split(".")]
    whole = int(ipaddress.IPv4Address(address))
    yield "decimal", str(whole)
    yield "hexadecimal", f"{whole:#x}"
    yield "hexadecimal, upper case", f"0X{whole:08X}"
    yield "octal", f"0{whole:o}" if whole else "00"
    yield "octal parts", ".".join(f"0{part:o}" for part in parts)
    yield "hexadecimal parts", ".".join(f"{part:#x}" for part in parts)
    yield "mixed parts", f"{parts[0]:#x}.{parts[1]}.0{parts[2]:o}.{parts[3]}"
    yield "two parts", f"{parts[0]}.{whole & 0xFFFFFF}"
    yield "three parts", f"{parts[0]}.{parts[1]}.{whole & 0xFFFF}"
    yield "leading zeros", ".".join(f"000{part:o}" for part in parts)


def _six() -> Iterator[Case]:
    for address, why in _FORBIDDEN_6.items():
        yield _at("IPv6", f"[{address}]", False, why)
        yield _at("IPv6, written out", f"[{ipaddress.IPv6Address(address).exploded.upper()}]", False, why)
    for address in _ALLOWED_6:
        yield _at("IPv6", f"[{address}]", True, "public")


def _embedded() -> Iterator[Case]:
    """IPv4 inside IPv6: mapped ones are judged by what is inside, ways that tunnel or translate are never taken."""
    for address, why in FORBIDDEN.items():
        yield _at("IPv4-mapped", f"[::ffff:{address}]", False, why)
        yield _at("IPv4-mapped, hexadecimal", f"[::ffff:{_pair(address)}]", False, why)
        yield _at("ISATAP", f"[2001:470::5efe:{_pair(address)}]", False, why)
        yield _at("ISATAP, universal", f"[2001:470::200:5efe:{_pair(address)}]", False, why)
    for address in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", *ALLOWED[:3]):
        flipped = _pair(str(ipaddress.IPv4Address(int(ipaddress.IPv4Address(address)) ^ 0xFFFFFFFF)))
        yield _at("IPv4-compatible", f"[::{address}]", False, "compatible")
        yield _at("IPv4-translated", f"[::ffff:0:{_pair(address)}]", False, "translated")
        yield _at("NAT64", f"[64:ff9b::{_pair(address)}]", False, "NAT64")
        yield _at("NAT64, dotted", f"[64:ff9b::{address}]", False, "NAT64")
        yield _at("NAT64 of a local network", f"[64:ff9b:1::{_pair(address)}]", False, "NAT64 of a local")
        yield _at("6to4", f"[2002:{_pair(address)}::1]", False, "6to4")
        yield _at("Teredo", f"[2001:0:4136:e378:8000:63bf:{flipped}]", False, "Teredo")
    for address in ALLOWED[:3]:
        yield _at("IPv4-mapped", f"[::ffff:{address}]", True, "public")
        yield _at("ISATAP", f"[2001:470::200:5efe:{_pair(address)}]", True, "public")


def _pair(address: str) -> str:
    whole = int(ipaddress.IPv4Address(address))
    return f"{whole >> 16:x}:{whole & 0xFFFF:x}"


def _zones() -> Iterator[Case]:
    for zone in ("%eth0", "%25eth0", "%1", "%lo", "%"):
        yield _at("zone", f"[fe80::1{zone}]", False, "no such")
        yield _at("zone on a public address", f"[2606:4700::1111{zone}]", False, "no such")


def _tricks() -> Iterator[Case]:
    """URLs that two parsers may read as two hosts."""
    inner, outer = "127.0.0.1", "bank.example"
    for host in (inner, "localhost", outer, "8.8.8.8"):
        yield _at("trailing dot", f"{host}.", False, "ends with a dot")
        yield _at("two trailing dots", f"{host}..", False, "ends with a dot")
        yield _at("leading dot", f".{host}", False, "empty")
        yield _at("percent-encoding", f"{host.replace('.', '%2e', 1)}%00", False, "no such")
        yield _at("encoded letters", "".join(f"%{ord(letter):02x}" for letter in host), False, "no such")
    for user in (f"{outer}@", f"{outer}:443@", f"u:p@{outer}@", "@", f"{outer}%40@", f"{outer}%00@"):
        yield Case("user information", f"https://{user}{inner}/", False, "user information")
        yield Case("user information before a public host", f"https://{user}8.8.8.8/", False, "user information")
    for middle in ("\\", "\\@", "\r\n", "\r\nHost: x", "\n", "\t", " ", "\x00", "\x7f", "\u2028", "\u200b"):
        yield Case("characters of no URL", f"https://{outer}{middle}{inner}/", False, "no URL has")
        in_path = "backslash" if "\\" in middle else "no URL has"
        yield Case("characters of no URL, in the path", f"https://8.8.8.8/a{middle}b", False, in_path)
    for fragment in (f"#@{inner}/", "#", f"?a#@{inner}", f"/#{inner}"):
        yield Case("fragment", f"https://8.8.8.8{fragment}", False, "")
    for scheme in ("http", "ftp", "file", "gopher", "dict", "ldap", "jar", "data", "javascript", "ws", "wss", "HTTP"):
        yield Case("scheme", f"{scheme}://8.8.8.8/", False, "https only" if scheme.lower() == "http" else "absolute")
    for url in (
        "//8.8.8.8/",
        "/8.8.8.8",
        "8.8.8.8",
        "https:8.8.8.8",
        "https:/8.8.8.8/",
        "https:///8.8.8.8/",
        "",
        "https://",
    ):
        yield Case("no absolute URL", url, False, "")


def _letters() -> Iterator[Case]:
    for host in (
        "\uff11\uff12\uff17.\uff10.\uff10.\uff11", "\u2460\u2461\u2466.0.0.1", "127\u3002 0.0.1",
        "127\u30020\u30020\u30021",
        "127\uff0e0\uff0e0\uff0e1", "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54", "b\u0430nk.example",
        "\u0661\u0662\u0667.0.0.1", "bank\u2024example", "\u00adlocalhost", "loc\u00e5lhost", "\u212aank.example",
        "\U0001d7ce.0.0.0", "xn--\u00e9",
    ):  # fmt: skip
        yield Case("letters beyond ASCII", f"https://{host}/", False, "no URL has")


def _ports() -> Iterator[Case]:
    for port in (1, 22, 25, 80, 442, 444, 6379, 8080, 8443, 65535):
        yield Case("port", f"https://8.8.8.8:{port}/", False, f"port {port}")
    for text in ("0", "65536", "99999", "000000"):
        yield Case("port", f"https://8.8.8.8:{text}/", False, "port")
    for text in ("443x", "-1", "4 43", "+443", "\u0664"):
        yield Case("port", f"https://8.8.8.8:{text}/", False, "")
    yield Case("port", "https://8.8.8.8:443/", True, "public")
    yield Case("port, empty", "https://8.8.8.8:/", False, "no such")


def _names() -> Iterator[Case]:
    """Names, as the table's resolver answers them."""
    for name, (_, why) in NAMES.items():
        yield _at("name", name, not why, why or "public")
        yield _at("name, upper case", name.upper(), not why, why or "public")
    yield _at("name, overlong", "a" * 64 + ".example", False, "overlong")
    yield _at("name, overlong", ".".join(["a" * 60] * 5), False, "overlong")
    yield _at("name, empty part", "bank..example", False, "empty")
    for character in "!$&'()*+,;=~[]{}|^`\"<>":
        yield _at("characters of no host", f"ba{character}nk.example", False, "no such")


# What names lead to, and why they are refused.
NAMES: dict[str, tuple[tuple[str, ...], str]] = {
    "bank.example": (("8.8.8.8", "2606:4700::1111"), ""),
    "xn--bnk-tma.example": (("1.1.1.1",), ""),
    "under_score.example": (("1.1.1.1",), ""),
    "rebound.example": (("127.0.0.1",), "loopback"),
    "one-of-two.example": (("8.8.8.8", "10.0.0.1"), "1918"),
    "last-of-many.example": (tuple(f"8.8.8.{n}" for n in range(30)) + ("169.254.169.254",), PLATFORM),
    "six.example": (("2606:4700::1111", "::1"), "loopback"),
    "mapped.example": (("::ffff:169.254.169.254",), PLATFORM),
    "zone.example": (("fe80::1%eth0",), "one link"),
    "nat64.example": (("64:ff9b::a9fe:a9fe",), "NAT64"),
    "metadata.google.internal": (("169.254.169.254",), PLATFORM),
    "localtest.example": (("::1",), "loopback"),
    "nothing.example": ((), "no address"),
    "garbage.example": (("not an address",), "no IP address"),
}


async def resolve(host: str, port: int) -> list[str]:
    """Names as in the table; numbers as this machine's resolver reads them, which asks nobody for that."""
    if host in NAMES:
        return list(NAMES[host][0])
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(entry[4][0]) for entry in found]


_FAMILIES = (_plain, _numbers, _six, _embedded, _zones, _tricks, _letters, _ports, _names)

"""Probing: one connection to a host, step by step, as every request makes it, to see where it fails."""

import asyncio
import ssl
from typing import NamedTuple

from fanlight.institutions.addresses import Target, judge
from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.http import Http, Way, reading_errors, tls


class Presented(NamedTuple):
    """The certificate that a host showed, and that was believed. `ends_at` is in Unix seconds."""

    issuer: str
    ends_at: int
    protocol: str


class Probe:
    """One host. Each step raises Said; each needs the one before it."""

    def __init__(self, http: Http, way: Way, target: Target) -> None:
        self.target = target
        self._http = http
        self._way = http.effective(way)
        self._backend = http.backend(target.scheme, self._way)

    async def addresses(self) -> list[str]:
        """The host's addresses, all of which may be connected to."""
        with reading_errors():
            async with asyncio.timeout(self._http.timeout):
                return await self._backend.vetted(self.target.host, self.target.port)

    async def connect(self) -> Presented | None:
        """Connect, and shake hands where it is https: what the host showed of itself."""
        with reading_errors():
            async with asyncio.timeout(self._http.timeout):
                stream = await self._backend.connect_tcp(self.target.host, self.target.port)
                try:
                    if self.target.scheme == "http":
                        return None
                    stream = await stream.start_tls(tls(self._way), server_hostname=self.target.host)
                    return _presented(stream.get_extra_info("ssl_object"))
                finally:
                    await stream.aclose()


def whereabouts(addresses: list[str]) -> str:
    """The addresses, each with where it is."""
    return ", ".join(f"{address} ({judge(address).why})" for address in addresses)


def _presented(shown: ssl.SSLObject | None) -> Presented:
    certificate = None if shown is None else shown.getpeercert()
    if shown is None or not certificate:
        raise Said(Saying.UNAVAILABLE, "the host showed no certificate")
    issuer = {name: value for part in certificate.get("issuer", ()) for name, value in _pairs(part)}
    name = issuer.get("commonName") or issuer.get("organizationName") or "unnamed"
    ends_at = int(ssl.cert_time_to_seconds(str(certificate["notAfter"])))
    return Presented(_printable(name), ends_at, shown.version() or "TLS")


def _pairs(part: object) -> list[tuple[str, str]]:
    pairs = part if isinstance(part, tuple) else ()
    return [(str(name), str(value)) for name, value in pairs]


def _printable(text: str) -> str:
    return "".join(character for character in text[:100] if character.isprintable())

"""The versions of FDX, 5.0 to 6.4: which one a provider speaks, and what that changes in what is asked. Pure."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, NamedTuple

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.fdx.details import FdxDetails

NEWEST = (6, 4)
OLDEST = (5, 0)
_DATES_SINCE = (6, 3)
_TOLD = re.compile(r"[Vv]?([0-9]{1,2})\.([0-9]{1,2})(?:\.[0-9]{1,3})*")
_IN_PATH = re.compile(r"/v([0-9]{1,2})(?:[./]|$)")
_MOST_TOLD = 50

Number = tuple[int, int]


class Dialect(NamedTuple):
    """How one provider is asked."""

    version: Number
    dates: Literal["date", "time", "day"]

    def span(self, start: date, end: date) -> dict[str, str]:
        """The query for a span of days. Both ends, always: without dates a provider gives its last days only."""
        if self.dates == "date":
            return {"startDate": start.isoformat(), "endDate": end.isoformat()}
        if self.dates == "day":
            return {"startTime": start.isoformat(), "endTime": end.isoformat()}
        return {"startTime": f"{start.isoformat()}T00:00:00Z", "endTime": f"{end.isoformat()}T23:59:59Z"}


def dialect(details: FdxDetails, version: Number) -> Dialect:
    return Dialect(version, details.dates or ("date" if version >= _DATES_SINCE else "time"))


def configured(details: FdxDetails) -> Number | None:
    """The version that the entry names; None where the provider is to be asked."""
    return None if details.version == "auto" else _number(details.version)


def newest_common(document: Mapping[str, Any]) -> Number | None:
    """The newest version of a `/capability` answer that is spoken here; None where it tells no version.

    Raises Said(CLIENT_REFUSED) where it tells others only.
    """
    found = document.get("fdxVersions")
    texts = found[:_MOST_TOLD] if isinstance(found, list) else []
    numbers = [number for text in texts if isinstance(text, str) and (number := _number(text)) is not None]
    if not numbers:
        return None
    common = [number for number in numbers if OLDEST <= number <= NEWEST]
    if not common:
        told = ", ".join(f"{major}.{minor}" for major, minor in numbers[:5])
        raise Said(Saying.CLIENT_REFUSED, f"the institution speaks FDX {told}, which is not spoken here")
    return max(common)


def guessed(details: FdxDetails) -> Number:
    """The version by the address, for a provider that tells none."""
    found = _IN_PATH.search(details.base_url)
    return (5, 3) if found and int(found[1]) < NEWEST[0] else NEWEST


def _number(text: str) -> Number | None:
    found = _TOLD.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None

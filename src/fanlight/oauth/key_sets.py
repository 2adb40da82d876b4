"""Key sets of authorization servers, from their pinned `jwks_uri`: kept a day, and fetched anew for an unknown key."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.line import Line

KEPT = 86_400
"""Seconds after which a set is fetched anew, so that a key that was withdrawn is not believed for ever."""
PAUSE = 60
"""Seconds between two fetches of one set, whatever keys are named: names come from outside."""


class _Kept(NamedTuple):
    keys: dict[str, Any]
    fetched_at: int


class KeySets:
    """Every server's key set by its address."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    async def get(self, url: str, kid: object, line: Line) -> Mapping[str, Any]:
        """The set; fetched again, once, when it is old or does not hold the named key. Raises Said."""
        now, kept = line.clock(), self._kept.get(url)
        if kept is not None:
            age = now - kept.fetched_at
            if age < PAUSE or (age < KEPT and _holds(kept.keys, kid)):
                return kept.keys
        reply = await line.get(url, {"accept": "application/jwk-set+json, application/json"})
        kept = self._kept[url] = _Kept(_key_set(reply), now)
        return kept.keys


def _key_set(reply: Reply) -> dict[str, Any]:
    if reply.status != 200:
        raise Said(Saying.GIBBERISH, f"the key set answers {reply.status}")
    document = reply.json()
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise Said(Saying.GIBBERISH, "the key set cannot be read")
    return document


def _holds(keys: Mapping[str, Any], kid: object) -> bool:
    return kid is None or any(isinstance(key, dict) and key.get("kid") == kid for key in keys["keys"])

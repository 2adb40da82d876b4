"""Titles: a name in capitals, written for people."""

from collections.abc import Sequence
from functools import lru_cache

from fanlight.enrichment.tables import listed

REMEMBERED = 10_000
"""Words whose form is kept."""
_SMALL = listed("small")
_OPEN = listed("open")
"""Nothing ends with them."""
_CAPITALS = listed("capitals")
"""Written in capital letters."""
_MIXED = {
    "univ": "University",
    "llc": "LLC",
    "inc": "Inc",
    "ltd": "Ltd",
    "mcdonalds": "McDonalds",
    "id": "ID",
    "gmbh": "GmbH",
}


def title(words: Sequence[str]) -> str:
    """Words in capitals with capital first letters only; words that somebody wrote with care stay as they are."""
    return _title(tuple(words))


@lru_cache(REMEMBERED)
def _title(written: tuple[str, ...]) -> str:
    words = list(written)
    while len(words) > 1 and words[-1].lower() in _OPEN:
        words.pop()
    cared = any(word.upper() != word for word in words if len(word) > 2)
    cased = [_first(word) if cared else _word(word, at == 0) for at, word in enumerate(words)]
    return "".join(word if word[-1] == "-" else f"{word} " for word in cased).rstrip(" -")


def _first(word: str) -> str:
    return word[0].upper() + word[1:] if word.islower() else word


@lru_cache(REMEMBERED)
def _word(word: str, is_first: bool) -> str:
    low = word.lower()
    if low in _MIXED:
        return _MIXED[low]
    if low in _CAPITALS or (len(low) < 4 and any(map(str.isdigit, low))):
        return low.upper()
    if low in _SMALL and not is_first:
        return low
    if low.startswith("mc") and len(low) > 4 and low.isalpha():
        return f"Mc{low[2:].capitalize()}"
    if low[1:2] == "'" and len(low) > 3:
        return f"{low[0].upper()}'{low[2:].capitalize()}"
    return "&".join(part.capitalize() for part in low.split("&"))

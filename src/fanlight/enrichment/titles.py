"""Titles: a name in capitals, written for people."""

from collections.abc import Sequence
from functools import lru_cache

REMEMBERED = 10_000
"""Words whose form is kept."""
_SMALL = frozenset(
    "and of the in on at for to by a an de la le les du des el los del di da der die das und et y e van von".split()
)
_OPEN = frozenset({"to", "from", "at", "on", "of", "acct", "by", "ref", "des", "entry", "ppd", "web", "for", "id"})
"""Nothing ends with them."""
_CAPITALS = frozenset(
    "usa us uk bbq llc ltd llp plc inc atm dmv hvac pc tv bp cvs kfc ibm ups usps dhl aaa rv ymca ywca bmw kia mri dds md dmd"
    " nyc la sf dc ny nj tx fl ii iii iv vi vii dj iga bp jd hm bmx mta irs hmrc nhs ac diy cpa dba abc cbd ipa id it pt".split()
) - {"la", "id", "it", "inc", "ltd", "us"}
"""Written in capital letters."""
_MIXED = {"llc": "LLC", "inc": "Inc", "ltd": "Ltd", "mcdonalds": "McDonalds", "id": "ID", "gmbh": "GmbH"}


def title(words: Sequence[str]) -> str:
    """Words in capitals with capital first letters only; words that somebody wrote with care stay as they are."""
    words = list(words)
    while len(words) > 1 and words[-1].lower() in _OPEN:
        words.pop()
    cared = any(word.upper() != word for word in words if len(word) > 2)
    cased = [_first(word) if cared else _word(word, at == 0) for at, word in enumerate(words)]
    return "".join(word if word[-1] == "-" else f"{word} " for word in cased).rstrip(" -")


def _first(word: str) -> str:
    return word[0].upper() + word[1:] if word.islower() else word


@lru_cache(REMEMBERED)
def _word(word: str, is_first: bool) -> str:
    if word[-1] == "-":
        return word.capitalize()
    low = word.lower()
    if low in _MIXED:
        return _MIXED[low]
    if low in _CAPITALS:
        return low.upper()
    if not is_first and low in _SMALL:
        return low
    for mark in ("-", "&", "/"):
        if mark in low[1:-1]:
            return mark.join(part.capitalize() for part in low.split(mark))
    if low[1:2] == "'" and len(low) > 3:
        return f"{low[0].upper()}'{low[2:].capitalize()}"
    if low.startswith("mc") and len(low) > 4 and low.isalpha():
        return f"Mc{low[2:].capitalize()}"
    return (
        low.capitalize()
        if not any(map(str.isdigit, word)) or len(low) > 4
        else word.upper()
        if len(low) < 4
        else low.capitalize()
    )

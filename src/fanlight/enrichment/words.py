"""Words of trades: what a name says of the business that has it ("dental", "plumbing", "taqueria")."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from fanlight.enrichment.categories import BY_KEY
from fanlight.enrichment.tables import listed, rows

_LONGEST = 4
"""Words of a phrase."""
_PART = 5
"""Letters that a word of a trade has at least to be seen at the end or the beginning of a longer word."""
_CUT = 4
"""Letters of a word that a bank's column cut off."""
_PHRASE, _TELLING, _WEAK = 4, 2, 1


class Word(NamedTuple):
    """A word or phrase, what it means, and how much it tells."""

    text: str
    category_guid: str
    weight: int


@cache
def _table() -> dict[str, Word]:
    table: dict[str, Word] = {}
    for key, weak, phrases in rows("words.tsv", 3):
        for phrase in phrases.split("|"):
            weight = _WEAK if weak else _PHRASE if " " in phrase else _TELLING
            table[phrase] = Word(phrase, BY_KEY[key].guid, weight)
            if " and " in phrase:  # "&" is no word
                table.setdefault(phrase.replace(" and ", " "), Word(phrase, BY_KEY[key].guid, weight))
    return table


@cache
def _beginnings() -> frozenset[str]:
    """First words of phrases."""
    return frozenset(phrase.split(" ", 1)[0] for phrase in _table() if " " in phrase)


@cache
def _parts() -> dict[str, Word]:
    """Words that are told inside longer ones ("smithplumbing", "stadtapotheke")."""
    return {
        text: word
        for text, word in _table().items()
        if len(text) >= _PART and word.weight == _TELLING and " " not in text
    }


def generic(word: str) -> bool:
    """Whether a word names a trade or a kind of shop and so nobody in particular."""
    return word in _table() or word in _FILLING


def telling(keys: Sequence[str]) -> Word | None:
    """The word that says most; of equal ones the last, which in English names the thing."""
    table, beginnings = _table(), _beginnings()
    best: Word | None = None
    covered = 0
    for at, key in enumerate(keys):
        if at < covered:
            continue
        word = table.get(key)
        if key in beginnings:
            for length in range(min(_LONGEST, len(keys) - at), 1, -1):
                phrase = table.get(" ".join(keys[at : at + length]))
                if phrase is not None:
                    word, covered = phrase, at + length
                    break
        if word is not None and (best is None or word.weight >= best.weight):
            best = word
    if best is not None and best.weight > _WEAK:
        return best
    cut = _cut_off(keys[-1]) if len(keys) > 1 else None
    return cut or _inside(keys) or best


@cache
def _in_order() -> list[str]:
    """Single words, in order."""
    return sorted(text for text in _table() if " " not in text)


def _cut_off(key: str) -> Word | None:
    """The word of a trade that a bank's column cut off, if all that begin so mean the same."""
    if len(key) < _CUT or key in _NO_TRADE or key in _FILLING:
        return None
    order = _in_order()
    at = bisect_left(order, key)
    found = [_table()[text] for text in order[at : at + 12] if text.startswith(key)]
    one = len({word.category_guid for word in found}) == 1
    return found[0] if one and any(word.weight == _TELLING for word in found) else None


def _inside(keys: Sequence[str]) -> Word | None:
    parts = _parts()
    for whole in reversed(keys):
        key = whole.removesuffix("com").removesuffix("net").removesuffix("org").removesuffix("couk")
        for length in range(min(len(key) - 3, 14), _PART - 1, -1):
            word = parts.get(key[-length:]) or parts.get(key[:length])
            if word is not None:
                return word
    return None


_FILLING = listed("filling")
_NO_TRADE = frozenset(word.lower() for name in ("counting", "prefixes", "endings", "cutting") for word in listed(name))

"""Kinds of movements that the text itself names: fees, interest, payroll, payments of cards and loans, transfers."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from fanlight.enrichment.categories import BY_KEY
from fanlight.enrichment.tables import rows

OVERDRAFT, ADVANCE, DIRECT_DEPOSIT, BILL = "o", "a", "d", "b"
"""Traits."""
_BOTH = "*"


class Kind(NamedTuple):
    """A kind of movement; the lower its place, the earlier it decides."""

    place: int
    is_strong: bool
    """Whether it decides before the merchant does."""
    sign: str
    category_guid: str
    traits: str
    phrase: str


class _Clue(NamedTuple):
    kind: Kind
    inside: str
    """What must stand in the text."""
    also: str
    begins: bool
    whole: bool


def find(text: str, words: Iterable[str], letters: str, is_credit: bool) -> Kind | None:
    """The first kind whose phrase stands in the text: lower case, a space around every word.

    `letters` are its words without any that have digits.
    """
    clues = _clues()
    against = "-" if is_credit else "+"
    best: Kind | None = None
    for word in words:
        for clue in clues.get(word, ()):
            kind = clue.kind
            if kind.sign == against or (best is not None and kind.place >= best.place):
                continue
            if _holds(clue, text, letters):
                best = kind
    return best


def _holds(clue: _Clue, text: str, letters: str) -> bool:
    if clue.whole:
        return letters == clue.inside
    if clue.begins:
        return text.startswith(clue.inside)
    return clue.inside in text and (not clue.also or clue.also in text)


@cache
def _clues() -> dict[str, tuple[_Clue, ...]]:
    clues: dict[str, list[_Clue]] = defaultdict(list)
    for place, (strength, sign, key, traits, phrases) in enumerate(rows("kinds.tsv", 5)):
        for phrase in phrases.split("|"):
            mark = phrase[0] if phrase[0] in "=^" else ""
            first, _, second = phrase.removeprefix(mark).partition("&")
            kind = Kind(place, strength == "S", sign, BY_KEY[key].guid, traits, first)
            also = f" {second} " if second else ""
            clues[first.split(" ", 1)[0]].append(_Clue(kind, f" {first} ", also, mark == "^", mark == "="))
    return {word: tuple(some) for word, some in clues.items()}

"""Kinds of movements that the text itself names: fees, interest, payroll, payments of cards and loans, transfers."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from fanlight.enrichment.categories import BY_KEY
from fanlight.enrichment.tables import rows

OVERDRAFT, ADVANCE, DIRECT_DEPOSIT, BILL = "o", "a", "d", "b"
"""Traits."""


class Kind(NamedTuple):
    """A kind of movement."""

    is_strong: bool
    """Whether it decides before the merchant does."""
    category_guid: str
    traits: str
    phrase: str


class Said(NamedTuple):
    """What a text says of the movement: itself, its words, and the kind it names."""

    text: str
    words: frozenset[str]
    kind: Kind | None


def said(spoken: Sequence[str], *, is_credit: bool) -> Said:
    """What the words of a text say, folded and in order."""
    text = f" {' '.join(spoken)} "
    words = frozenset(spoken)
    return Said(text, words, _find(text, words, spoken, is_credit))


class _Clue(NamedTuple):
    place: int
    """The lower, the earlier it decides."""
    kind: Kind
    inside: str
    """What must stand in the text."""
    also: str
    begins: bool
    whole: bool


def _find(text: str, words: frozenset[str], every: Sequence[str], is_credit: bool) -> Kind | None:
    """The first kind whose phrase stands in the text: lower case, a space around each of its words (`every`)."""
    clues = _clues()[is_credit]
    best: _Clue | None = None
    for word in words:
        if word in clues:
            for clue in clues[word]:
                if best is not None and clue.place >= best.place:
                    break
                if clue.inside in text and _holds(clue, text, every):
                    best = clue
                    break
    return best.kind if best else None


def _holds(clue: _Clue, text: str, every: Sequence[str]) -> bool:
    if clue.whole:
        return " ".join(filter(str.isalpha, every)) == clue.kind.phrase
    if clue.begins:
        return text.startswith(clue.inside)
    return not clue.also or (clue.also in text and not (clue.also == " card " and " debit card " in text))


@cache
def _clues() -> tuple[dict[str, list[_Clue]], dict[str, list[_Clue]]]:
    """Those for debits and those for credits by their first word, in the order in which they decide."""
    both: tuple[dict[str, list[_Clue]], dict[str, list[_Clue]]] = ({}, {})
    place = 0
    for strength, sign, key, traits, phrases in rows("kinds.tsv", 5):
        for phrase in phrases.split("|"):
            place += 1
            mark = phrase[0] if phrase[0] in "=^" else ""
            first, _, second = phrase.removeprefix(mark).partition("&")
            kind = Kind(strength == "S", BY_KEY[key].guid, traits, first)
            clue = _Clue(place, kind, f" {first} ", f" {second} " if second else "", mark == "^", mark == "=")
            for table in (both[:1], both[1:], both)["-+*".index(sign)]:
                table.setdefault(first.split(" ", 1)[0], []).append(clue)
    return both

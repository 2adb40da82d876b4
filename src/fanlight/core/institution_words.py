"""The words of institutions' names: taken apart as the search index does, and known again when they are mistyped.

Every known word is kept under itself and under each text that it becomes with one letter left out. A mistyped word
shares one of those texts with the word that was meant, so a handful of look-ups finds it among any number of words.
Words are only ever added: one that no name has any more finds nothing, which does no harm.
"""

import json
import re
import unicodedata

from sqlalchemy import bindparam, column, func, insert, select

from fanlight.storage.search_tables import institution_words
from fanlight.storage.statements import Clause, binds, statement
from fanlight.storage.unit import Unit

SHORTEST = 3
"""Shorter words have too many neighbours to guess among."""
LONGEST = 24
"""Longer words are not guessed at, which bounds what is kept of one."""
NEIGHBOURS = 24
"""How many known words may stand for a mistyped one."""

_WORD = re.compile(r"[^\W_]+")


@statement
def _learn() -> Clause:
    return insert(institution_words).prefix_with("OR IGNORE").values(binds(("form", "word")))


@statement
def _sharing() -> Clause:
    form = func.json_each(bindparam("forms")).table_valued(column("value")).alias("given")
    shared = form.join(institution_words, institution_words.c.form == form.c.value)
    return select(institution_words.c.word).select_from(shared).distinct()


def words_of(text: str) -> list[str]:
    """The words of a name, in order; without what people leave out: U.S. is us, Farmer's is farmers, & is and."""
    plain = folded(text).replace("'", "").replace("\u2019", "").replace(".", "").replace("&", " and ")
    return _WORD.findall(plain)


def folded(text: str) -> str:
    """Lower case and without marks on its letters, as the index's tokenizer folds."""
    apart = unicodedata.normalize("NFD", text.lower())
    return unicodedata.normalize("NFC", "".join(letter for letter in apart if not unicodedata.combining(letter)))


def learn(unit: Unit, text: str) -> None:
    """Remember the words of a name."""
    for word in set(words_of(text)):
        if _is_guessable(word) and unit.run(_learn, form=word, word=word):
            unit.many(_learn, ({"form": form, "word": word} for form in _shortened(word)))


def neighbours(unit: Unit, word: str) -> list[str]:
    """Known words that are one slip away from a word: a letter too few, too many, another, or two exchanged."""
    if not _is_guessable(word):
        return []
    sharing = unit.all(str, _sharing, forms=json.dumps([word, *_shortened(word)]))
    return [known for known in sorted(sharing) if _is_slip(word, known)][:NEIGHBOURS]


def _is_guessable(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST and not word.isdecimal()


def _shortened(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def _is_slip(typed: str, known: str) -> bool:
    """Whether one slip makes one of the other: what is left between their common beginning and end is that small."""
    start = 0
    while start < min(len(typed), len(known)) and typed[start] == known[start]:
        start += 1
    one, other = typed[start:], known[start:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])

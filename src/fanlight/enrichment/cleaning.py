"""What is left of a bank's description when all that the bank and the networks added is taken away.

One walk over the words: what stands before the name (how the card was used, who processed it, dates), the name, and
what follows it (the store's number, the town, telephone, references). Every step looks a word up or asks about its
characters, so that the time is in proportion to the length.
"""

import re
from collections.abc import Container
from typing import NamedTuple

from fanlight.enrichment import places
from fanlight.enrichment.affixes import (
    COUNTING,
    CUTTING,
    ENDING,
    LABELS,
    OPENING,
    PREFIXES,
    PROCESSORS,
    STRUCTURED,
    TRAILING,
)
from fanlight.enrichment.places import Place
from fanlight.enrichment.spelling import compact, plain

_APART = str.maketrans(dict.fromkeys("*,;|_~:\"()[]{}<>=\\", " "))
_SLASH = re.compile(r"(?<![0-9])/|/(?![0-9])")
_NUMBER = 3
"""So many digits make a word a number of something."""
_GLUED = re.compile(r"#?[0-9]{3,}[A-Za-z]|#[0-9]+[A-Za-z]")
_POSTAL = re.compile(r"[0-9]{5}(-[0-9]{4})?")
_PHONE = re.compile(r"\+?1?[-. ]?([0-9]{3})[-. ]?([0-9]{3})[-. ]?([0-9]{4})")
_AMOUNT = re.compile(r"[$£€]?[0-9][0-9,]*\.[0-9]{2}")
_MASK = re.compile(r"[Xx*.]{2,}[0-9]{0,4}|[Xx]+[0-9]{3,}")
_SITE = (".COM", ".NET", ".ORG", ".IO", ".CO", ".UK", ".AU", ".CA", ".DE", ".FR", ".NL", ".EU", ".APP", ".AI", ".TV")


class Cleaned(NamedTuple):
    """A description in its parts."""

    words: tuple[str, ...]
    """Those of the name, as they were written."""
    keys: tuple[str, ...]
    """The same, folded."""
    every: tuple[str, ...]
    """All words folded, for kinds."""
    start: int
    """Where in `every` the name begins."""
    whole: tuple[str, ...]
    """The name with what stands before it, as they were written."""
    place: Place | None


def clean(text: str, known: Container[str]) -> Cleaned:
    """The parts of a description; `known` are the folded names of merchants."""
    text = plain(text)
    if ":" in text:
        text = _labelled(text)
    spoken = _SLASH.sub(" ", text).translate(_APART) if "/" in text else text.translate(_APART)
    words = [word for part in spoken.split() if (word := part.strip("-.'!?+"))]
    if "-" in spoken:
        words = [piece for word in words for piece in _pieces(word)]
    every = [word.lower() if word.isalnum() and word.isascii() else compact(word) for word in words]
    start = _start(words, every, known)
    end = _end(words, every, start)
    capital = [word.upper().rstrip("-") for word in words]
    name_end, place = _placed(capital, every, start, end, len(words))
    kept = range(start, name_end)
    while len(kept) > 1 and capital[kept[-1]] in TRAILING:
        kept = kept[:-1]
    keys = tuple(every[at] for at in kept if every[at])
    return Cleaned(tuple(words[at] for at in kept), keys, tuple(every), start, tuple(words[:name_end]), place)


def _pieces(word: str) -> list[str]:
    """A word at its hyphens, each piece but the last with its own; numbers stay whole."""
    if "-" not in word or not word.replace("-", "").isalpha():
        return [word]
    *before, last = word.split("-")
    return [*(f"{piece}-" for piece in before if piece), last]


def _labelled(text: str) -> str:
    """Forms in which labels tell what is what: the company, then what it says it is, then the rest."""
    upper = text.upper()
    if (at := upper.find(" DES:")) > 0:
        return f"{text[:at]} ENTRY {_said(text[at + 5 :])}"
    for label, ends in STRUCTURED:
        at = upper.find(label)
        if at < 0:
            continue
        begin = at + len(label)
        finish = min((found for end in ends if (found := upper.find(end, begin)) >= 0), default=len(text))
        descr = text.upper().find("ENTRY DESCR:", finish)
        said = text[descr + 12 :] if descr >= 0 else text[finish:]
        return f"{text[begin:finish]} ENTRY {_said(said)}"
    return text


def _said(text: str) -> str:
    """What a company says of its entry, before the numbers."""
    upper = text.upper()
    return text[: min((at for label in LABELS if (at := upper.find(label)) >= 0), default=len(text))]


def _start(words: list[str], every: list[str], known: Container[str]) -> int:
    """Where the name begins: after what the bank put before it, if anything is left then."""
    at = opened = 0
    count = len(words)
    while at < count:
        word = words[at].upper().rstrip("-")
        if at and word in OPENING and opened:
            at += 1
            break
        if at + 1 < count and every[at] + every[at + 1] in known and word not in PROCESSORS:
            break
        if word in PREFIXES:
            opened += word in ENDING
        elif not (_is_number(words[at]) or word in COUNTING) or (not at and not _is_noise_first(words[at])):
            break
        at += 1
    if at < count and (opened or _all_numbers(words[:at])):
        return _processed(words, every, at, known)
    return _processed(words, every, 0, known)


def _is_noise_first(word: str) -> bool:
    return _is_number(word) and not any(map(str.isalpha, word))


def _all_numbers(words: list[str]) -> bool:
    return all(map(_is_number, words))


def _processed(words: list[str], every: list[str], at: int, known: Container[str]) -> int:
    """Past the names of those who only process a payment, when somebody else is named after them."""
    count = len(words)
    while at + 1 < count and every[at] in PROCESSORS and any(not _is_number(word) for word in words[at + 1 :]):
        if every[at] + every[at + 1] in known and every[at] not in ("sq", "tst", "pp"):
            return at
        at += 1
    return at


def _is_number(word: str) -> bool:
    """Whether a word is a number of something: store, date, telephone, card, amount, reference."""
    if word.isalpha():
        return False
    if word[0] == "#":
        return True
    digits = sum(map(str.isdigit, word))
    if digits >= _NUMBER or (digits and digits == sum(map(str.isalnum, word)) and len(word) > digits):
        return True
    return _MASK.fullmatch(word) is not None


def _end(words: list[str], every: list[str], start: int) -> int:
    """Where the name ends: before the first number of something, or a word that only references follow."""
    count = len(words)
    for at in range(start + 1, count):
        word = words[at]
        if word.isalpha():
            upper = word.upper()
            if upper in CUTTING or (upper in COUNTING and at + 1 < count and _counts(words[at + 1])):
                return at
        elif _is_number(word) and (every[at] or word[0] != "#"):
            return at
        elif "." in word and word.upper().endswith(_SITE):
            return at
    return count


def _counts(word: str) -> bool:
    return not word.isalpha() or word.upper() in COUNTING


def _placed(capital: list[str], every: list[str], start: int, end: int, count: int) -> tuple[int, Place | None]:
    """Where the name ends when the place behind it is taken away, and the place."""
    phone = postal = None
    regions = places.REGIONS
    last = count
    while last > start + 1:
        word = capital[last - 1]
        if _is_number(word) or (word.isdigit()):
            phone = phone or _phone(word)
            postal = postal or (word[:5] if _POSTAL.fullmatch(word) else None)
        elif word in regions or (word not in COUNTING and word not in CUTTING and not word.endswith(_SITE)):
            break
        last -= 1
    found = None
    before = last
    if capital[last - 1] in places.last_words():
        before, found = places.tail(capital[start:last], last - start)
        before += start
    elif last - start > 1:
        before, found = _glued(capital, start, last)
    place = found
    if phone or (postal and found):
        place = (found or Place(None, None, None, None, None))._replace(phone_number=phone, postal_code=postal)
    return max(start + 1, min(before, end)), place


def _glued(capital: list[str], start: int, last: int) -> tuple[int, Place | None]:
    """A region that a bank's columns glued to its town ("SAN FRANCISCOCA")."""
    word = capital[last - 1]
    if len(word) > 4 and word.isalpha() and word[:-2] in places.last_words():
        words = [*capital[start : last - 1], word[:-2], word[-2:]]
        before, place = places.tail(words, len(words))
        if place is not None and place.city is not None:
            return start + before, place
    return last, None


def _phone(word: str) -> str | None:
    match = _PHONE.fullmatch(word)
    return f"({match[1]}) {match[2]}-{match[3]}" if match else None

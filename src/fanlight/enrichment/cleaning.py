"""What is left of a bank's description when all that the bank and the networks added is taken away.

One walk over the words: what stands before the name (how the card was used, who processed it, dates), the name, and
what follows it (the store's number, the town, telephone, references). Every step looks a word up or asks about its
characters, so that the time is in proportion to the length.
"""

import re
from collections.abc import Container, Sequence
from typing import NamedTuple

from fanlight.enrichment import forms, places
from fanlight.enrichment.affixes import (
    COUNTING,
    CUTTING,
    ENDING,
    NAMING,
    NUMBERED,
    OPENING,
    PREFIXES,
    PROCESSORS,
    TRAILING,
)
from fanlight.enrichment.places import Place
from fanlight.enrichment.spelling import compact, plain

_APART = str.maketrans(dict.fromkeys('*,;|_~:"()[]{}<>=\\', " "))
_AROUND = ".'!?+"
_NUMBER = re.compile(
    r"\#"  # a number by its sign
    r"|[^0-9]*[0-9][^0-9]*[0-9][^0-9]*[0-9]"  # three digits anywhere
    r"|[^0-9A-Za-z]*[0-9]+[^0-9A-Za-z]+[0-9]*\Z|[^0-9A-Za-z]+[0-9]+\Z"  # two with a mark: dates, amounts
    r"|[Xx*.]{2,}[0-9]{0,4}\Z"  # the mask of a card
    r"|[A-Za-z][0-9]{2}\Z"  # a till
)
"""What makes a word a number of something: store, date, telephone, card, amount, reference."""
_GLUED = re.compile(r"[A-Za-z]{3,}(?=[0-9]{6,}\Z)")
"""A word that a long number is glued to."""
_DATE = re.compile(r"[0-9]{1,4}/[0-9]")
_POSTAL = re.compile(r"[0-9]{5}(-[0-9]{4})?")
_SAYING = 4
"""Longer numbers say nothing of what a movement is."""
_POSTAL_LENGTHS = (5, 10)
_SHORTEST_PHONE = 10
_PHONE = re.compile(r"\+?1?[-. ]?([0-9]{3})[-. ]?([0-9]{3})[-. ]?([0-9]{4})")
_SITE = (".COM", ".NET", ".ORG", ".IO", ".CO", ".UK", ".AU", ".CA", ".DE", ".FR", ".NL", ".EU", ".APP", ".AI", ".TV")


class Cleaned(NamedTuple):
    """A description in its parts."""

    words: tuple[str, ...]
    """Those of the name, as they were written."""
    whole: tuple[str, ...]
    """The name with what the bank put before and behind it."""
    keys: tuple[str, ...]
    """The name and what stores put behind it ("store", "branch"), folded."""
    own: int
    """How many of the keys are the name's."""
    spoken: tuple[str, ...]
    """All words folded but long numbers and the place: what the text says of the movement."""
    start: int
    """Where in `spoken` the name begins."""
    place: Place | None


def clean(text: str, known: Container[str]) -> Cleaned:
    """The parts of a description; `known` are the folded names of merchants."""
    text = plain(text)
    if text:
        text = forms.unwrapped(text)
    if "#" in text:
        text = text.replace("#", " #")
    parts = text.translate(_APART).split()
    if "-" in text or "/" in text:
        parts = [piece for part in parts for piece in (_pieces(part) if "-" in part or "/" in part else (part,))]
    words = [word for part in parts if (word := part.strip(_AROUND))]
    if not words:
        return Cleaned((), (), (), 0, (), 0, None)
    capital = [word.upper() for word in words]
    every = [word.lower() for word in words]
    numbers = [False] * len(words)
    for at, word in enumerate(words):
        if not (word.isalpha() and word.isascii()):
            words[at], capital[at], every[at], numbers[at] = _mixed(word)
    start = _start(capital, every, numbers, known)
    end = _end(capital, every, numbers, start, known)
    name_end, place_end, place = _placed(capital, every, numbers, (start, end), known)
    name_end = _with_number(every, start, name_end, end, known)
    last = name_end - 1
    before_number = name_end < len(words) and numbers[name_end]
    while last > start and (capital[last] in TRAILING or (before_number and capital[last] in NUMBERED)):
        last -= 1
    name = every[start:name_end]
    own = last + 1 - start
    if "" in name:
        own -= name[:own].count("")
        name = [key for key in name if key]
    lead, spoken = _spoken(every, numbers, start, name_end, place_end)
    return Cleaned(tuple(words[start : last + 1]), tuple(words[:name_end]), tuple(name), own, spoken, lead, place)


def _spoken(
    every: Sequence[str], numbers: Sequence[bool], start: int, name_end: int, place_end: int
) -> tuple[int, tuple[str, ...]]:
    """All words but long numbers and the place, and how many of them stand before the name."""
    said = [key if len(key) <= _SAYING or not number else "" for key, number in zip(every, numbers, strict=True)]
    lead = [key for key in said[:start] if key]
    rest = said[start:name_end] + said[place_end:]
    return len(lead), (*lead, *[key for key in rest if key])


def _mixed(part: str) -> tuple[str, str, str, bool]:
    """A word of more than plain letters: as written, in capitals, folded, and whether it is a number of something."""
    if part.isdigit():
        return part, part, compact(part), len(part) > 2
    bare = part.rstrip("-")
    key = compact(bare)
    if _NUMBER.match(bare) is None:
        return part, bare.upper(), key, False
    glued = _GLUED.match(bare)
    return (glued[0], glued[0].upper(), glued[0].lower(), False) if glued else (part, bare.upper(), key, True)


def _pieces(word: str) -> list[str]:
    """A word at its slashes and hyphens, each piece but the last with its hyphen; numbers and dates stay whole."""
    if "/" in word and not _DATE.match(word):
        return [piece for part in word.split("/") if part for piece in _pieces(part)]
    if "-" not in word:
        return [word]
    if not word.replace("-", "").replace("'", "").isalpha():
        first, _, rest = word.partition("-")
        return [f"{first}-", rest] if len(first) > 2 and first.isalpha() and rest else [word.strip("-")]
    *before, last = [piece for piece in word.split("-") if piece] or [""]
    return [*(f"{piece}-" for piece in before), last]


def _start(words: Sequence[str], every: Sequence[str], numbers: Sequence[bool], known: Container[str]) -> int:
    """Where the name begins: after what the bank put before it, if anything is left then."""
    at = opened = 0
    count = len(words)
    while at < count:
        word = words[at]
        if opened and word in OPENING:
            at += 1
            break
        if word in PREFIXES:
            if at + 1 < count and (every[at] + every[at + 1] in known or "".join(every[at : at + 3]) in known):
                break
            opened += word in ENDING
        elif (not numbers[at] and word not in COUNTING) or (not at and not every[at].isdigit()):
            break
        at += 1
    if at < count and (opened or all(numbers[:at])):
        return _processed(every, numbers, at, known)
    return _processed(every, numbers, 0, known)


def _processed(every: Sequence[str], numbers: Sequence[bool], at: int, known: Container[str]) -> int:
    """Past the names of those who only process a payment, when somebody else is named after them."""
    count = len(every)
    while at + 1 < count and every[at] in PROCESSORS and not all(numbers[at + 1 :]):
        if every[at] + every[at + 1] in known and every[at] not in ("sq", "tst", "pp"):
            return at
        at += 1
    return at


def _end(words: Sequence[str], every: Sequence[str], numbers: Sequence[bool], start: int, known: Container[str]) -> int:
    """Where the name ends: before the first number of something, or a word that only references follow."""
    count = len(words)
    for at in range(start + 1, count):
        word = words[at]
        if numbers[at]:
            if every[at]:
                return at
        elif word in CUTTING:
            return at
        elif "." in word and word.endswith(_SITE):
            return at + (at == start + 1 and _is_known_site(every[start] + every[at], known))
        elif word in COUNTING and every[at - 1] + every[at] in known:
            continue
        elif word in COUNTING and at + 1 < count and (words[at + 1] in COUNTING or not words[at + 1].isalpha()):
            return at + (word in NAMING and numbers[at + 1])
    return count


def _with_number(every: Sequence[str], start: int, name_end: int, end: int, known: Container[str]) -> int:
    """Past a short number that belongs to a known name: "Forever 21"."""
    if name_end < end and every[name_end].isdigit() and "".join(every[start : name_end + 1]) in known:
        return name_end + 1
    return name_end


def _is_known_site(key: str, known: Container[str]) -> bool:
    """A site with a space in it: "JUST EAT.CO.UK"."""
    return any(key.removesuffix(ending) in known for ending in ("com", "couk") if key.endswith(ending))


def _placed(
    capital: Sequence[str], every: Sequence[str], numbers: Sequence[bool], name: tuple[int, int], known: Container[str]
) -> tuple[int, int, Place | None]:
    """Where the name ends when the place behind it is taken away, where the place ends, and the place."""
    start, end = name
    phone = postal = None
    regions = places.REGIONS
    last = len(capital)
    while last > start + 1:
        word = capital[last - 1]
        if numbers[last - 1] or word.isdigit():
            if len(word) >= _SHORTEST_PHONE:
                phone = phone or _phone(word)
            if len(word) in _POSTAL_LENGTHS and _POSTAL.fullmatch(word):
                postal = postal or word[:5]
        elif (
            word in regions
            or (word in NAMING and word != "CARD")
            or (word not in COUNTING and word not in CUTTING and not ("." in word and word.endswith(_SITE)))
        ):
            break
        last -= 1
    before, found = last, places.NOWHERE
    if capital[last - 1] in places.last_words() and "".join(every[start:last]) not in known:
        before, found = places.tail(capital, start, last)
    elif last - start > 1 and len(capital[last - 1]) > 4:
        before, found = _glued(capital, start, last)
    if phone is None and before > start + 1 and len(capital[before - 1]) >= _SHORTEST_PHONE:
        phone = _phone(capital[before - 1])
    name_end = max(start + 1, min(before, end))
    if found is places.NOWHERE and phone is None:
        return name_end, name_end, None
    return name_end, max(last, name_end), Place(*found, phone, postal)


def _glued(capital: Sequence[str], start: int, last: int) -> places.Tail:
    """A region that a bank's columns glued to its town ("SAN FRANCISCOCA")."""
    word = capital[last - 1]
    if word.isalpha() and word[:-2] in places.last_words():
        words = [*capital[: last - 1], word[:-2], word[-2:]]
        found = places.tail(words, start, len(words))
        if found[1][0] is not None:
            return found
    return last, places.NOWHERE


def _phone(word: str) -> str | None:
    match = _PHONE.fullmatch(word)
    return f"({match[1]}) {match[2]}-{match[3]}" if match else None

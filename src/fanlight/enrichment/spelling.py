"""The letters of a description: made plain, compared, and written for people."""

import unicodedata
from collections.abc import Sequence

LONGEST = 400
"""So much of a description is looked at; what banks send is far shorter."""

_CONTROL = dict.fromkeys((*range(32), 127, *range(128, 160)), " ")
_APART = dict.fromkeys((0x2018, 0x2019, 0x60, 0xB4), "'") | dict.fromkeys((0x2013, 0x2014, 0x2010, 0x2011), "-")
"""Marks that are written in many ways."""
_MARKS = {code: None for code in range(128) if not chr(code).isalnum()}
_MARKS_IN_LINE = {code: None for code in _MARKS if code != ord("\n")}
_UNSEEN = {"Cf", "Cs", "Co", "Cn"}


def plain(text: str) -> str:
    """One line of plain characters: full-width forms narrow, no control characters, no marks of direction."""
    text = text[:LONGEST]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_APART)[:LONGEST]
        text = "".join(letter for letter in text if unicodedata.category(letter) not in _UNSEEN)
    if not text.isprintable():
        text = text.translate(_CONTROL)
    return " ".join(text.split())


def unaccented(text: str) -> str:
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("Ø", "O").replace("ø", "o"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def compact(text: str) -> str:
    """The letters and digits alone, folded: how names are looked up."""
    if text.isascii():
        return text.translate(_MARKS).lower()
    return "".join(filter(str.isalnum, unaccented(text).casefold()))


def compacted(texts: Sequence[str]) -> list[str]:
    """`compact` of many texts: at once where they are plain, which is far faster than one after another."""
    joined = "\n".join(text if text.isascii() else "" for text in texts).translate(_MARKS_IN_LINE).lower()
    return [key or compact(text) for key, text in zip(joined.split("\n"), texts, strict=True)]

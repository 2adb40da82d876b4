"""Finding institutions by name, URL or routing number, best first, over tens of thousands of them.

What fits best is a chain of growing sets, from names that are the text to documents that have all its words anywhere.
A page is cut out of their rings, each in the order of popularity, so that a page costs no more than its own rings.
A name that finds nothing is looked for again with the known words that are one slip of the finger away.

Texts are taken apart into words before they come near the index: nothing that a person types is an operator of it.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Select, bindparam, func, select

from fanlight.base.paging import Page, Paged
from fanlight.core.institution_words import folded, neighbours, words_of
from fanlight.core.institutions import Institution
from fanlight.storage.search_tables import END, HYPHEN, institution_search
from fanlight.storage.statements import Clause, columns, row_of, statement
from fanlight.storage.tables import institutions
from fanlight.storage.unit import Unit

WORDS = 12
"""How many words of a name count, and how many labels of a host."""
LEAST_DIGITS = 4
"""Shorter numbers are no beginning of a routing number."""
FEW = 500
"""So many rows are sorted; of more, the index of popularity is walked until the page is full."""

_NO_LETTER = re.compile(r"[^\w-]")
_ANY = "(facets : any)"
_TEXTS = "name aliases words code"

Words: TypeAlias = list[tuple[str, ...]]
"""The words to find, each with what may stand for it."""


class Wanted(NamedTuple):
    """What a search asks for; empty parts ask for nothing. `supports` are verification, identification, history."""

    name: str = ""
    url: str = ""
    countries: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()


_institution = row_of(Institution)


def _matches() -> ColumnElement[bool]:
    return institution_search.c.institution_search.op("MATCH")(bindparam("match"))


@statement
def _count() -> Clause:
    return select(func.count()).select_from(institution_search).where(_matches())


@statement
def _few() -> Clause:
    """Starts from the matches and sorts them."""
    return _page_of(institutions.c.id.in_(_rowids()))


@statement
def _many() -> Clause:
    """Starts from the most popular: the sum keeps SQLite from looking the matches up one by one."""
    return _page_of((institutions.c.id + 0).in_(_rowids()))


def find(unit: Unit, wanted: Wanted, page: Page) -> Paged[Institution]:
    """The page of the institutions that fit, best first, and how many there are."""
    text, labels = " ".join(words_of(wanted.name)), _labels(wanted.url)
    if (not text and wanted.name.strip()) or (not labels and wanted.url.strip()):
        return Paged([], page, 0)  # what has no word in it is nowhere
    filters = _filters(wanted)
    if not text:
        return _page(unit, _narrowed(_places(labels) if labels else [_ANY], filters), page)
    if labels:
        filters.append(_places(labels)[-1])
    words: Words = [(word,) for word in dict.fromkeys(text.split()[:WORDS])]
    found = _page(unit, _narrowed(_names(text, words), filters), page)
    for meant in _guesses(unit, words):
        if found.total:
            break
        found = _page(unit, _narrowed(_ranks(meant), filters), page)
    return found


def _guesses(unit: Unit, words: Words) -> Iterator[Words]:
    """What may have been meant: first only words that nothing has are taken for others, then every word may be."""
    near: Words = [(word, *neighbours(unit, word)) for (word,) in words]
    known = [int(unit.scalar(_count, match=_all_of([word], _TEXTS))) > 0 for word in words]
    yield [word if is_known else others for word, is_known, others in zip(words, known, near, strict=True)]
    yield near


def _names(text: str, words: Words) -> list[str]:
    """The chain for a name as it was typed."""
    return [f'(name : ^ "{text} {END}")', f'(name : ^ "{text}" *)', *_ranks(words)]


def _ranks(words: Words) -> list[str]:
    """The chain for words in any order: names that begin with the first of them, names, aliases, anywhere."""
    named = _all_of(words, "name")
    first = _beginnings(words[0], "^")
    return [f"(name : {first} AND {named})", named, f"({named} OR {_all_of(words, 'aliases')})", _all_of(words, _TEXTS)]


def _all_of(words: Words, where: str) -> str:
    return "(" + " AND ".join(f"{{{_reach(word, where)}}} : {_beginnings(word)}" for word in words) + ")"


def _reach(word: tuple[str, ...], where: str) -> str:
    """The columns to look in: the routing number too for what may be the beginning of one."""
    is_number = where == _TEXTS and word[0].isdecimal() and len(word[0]) >= LEAST_DIGITS
    return f"{where} routing_number" if is_number else where


def _beginnings(word: tuple[str, ...], mark: str = "") -> str:
    return "(" + " OR ".join(f'{mark} "{each}" *' for each in word) + ")"


def _places(labels: list[str]) -> list[str]:
    """The chain for a host: itself, the domains above it, those below it, hosts and words that begin so."""
    above = [labels[start:] for start in range(len(labels) - 1)]
    equal = f'(host : ^ "{_whole(labels)}")'
    parents = " OR ".join([equal, *(f'(host : ^ "{_whole(each)}")' for each in above[1:])])
    below = f'{parents} OR (host : "{_whole(labels)}")' if len(labels) > 1 else parents
    text = " ".join(labels)
    return [equal, f"({parents})", f"({below})", f'({below} OR (host : ^ "{text}" *) OR (words : "{text}" *))']


def _whole(labels: list[str]) -> str:
    return " ".join([*labels, END])


def _labels(url: str) -> list[str]:
    """The labels of a URL's host as the index has them."""
    host = re.split(r"[/?#:]", folded(url).strip().rpartition("://")[2])[0].rpartition("@")[2].removeprefix("www.")
    return [_NO_LETTER.sub(" ", label).replace("-", HYPHEN) for label in host.split(".") if words_of(label)][-WORDS:]


def _filters(wanted: Wanted) -> list[str]:
    filters = [f'(facets : "{each}")' for each in wanted.supports]
    if wanted.countries:
        filters.append("(facets : (" + " OR ".join(f'"{each.lower()}"' for each in wanted.countries) + "))")
    return filters


def _narrowed(chain: list[str], filters: list[str]) -> list[str]:
    return [" AND ".join([link, *filters]) for link in chain]


def _page(unit: Unit, chain: list[str], page: Page) -> Paged[Institution]:
    """Cut a page out of a chain of growing sets: each ring is a set without the one before it."""
    total = int(unit.scalar(_count, match=chain[-1]))
    items: list[Institution] = []
    inner, before = "", 0
    for outer in chain:
        at = page.offset + len(items)
        if len(items) == page.size or at >= total:
            break
        upto = total if outer is chain[-1] else int(unit.scalar(_count, match=outer))
        if at < upto:
            ring = f"({outer}) NOT ({inner})" if before else outer
            rows = _few if upto - before <= FEW else _many
            size = page.size - len(items)
            items += unit.all(_institution, rows, match=ring, size=size, offset=at - before)
        inner, before = outer, upto
    return Paged(items, page, total)


def _rowids() -> Select[Any]:
    return select(institution_search.c.rowid).where(_matches())


def _page_of(condition: ColumnElement[bool]) -> Clause:
    return (
        select(*columns(institutions, Institution))
        .where(condition)
        .order_by(institutions.c.popularity.desc(), institutions.c.name, institutions.c.id)
        .limit(bindparam("size"))
        .offset(bindparam("offset"))
    )

"""Enrichment of one transaction: a readable description, its merchant, a category, and what kind of movement it is.

The category comes from the first that knows: a kind of movement that the text names for certain ("PAYROLL", "ATM FEE"),
the merchant, a kind that it names less surely, the merchant category code, the words of a trade. A code that tells less
than words do ("miscellaneous") is asked after them. What nobody knows stays uncategorised.
"""

from functools import lru_cache
from typing import NamedTuple

from fanlight.enrichment import investing, kinds, resolver, showing, words
from fanlight.enrichment.cleaning import clean
from fanlight.enrichment.flags import Flags, flags_of
from fanlight.enrichment.judging import INVESTMENT, By, Decision, Hints, decide, insured
from fanlight.enrichment.merchants import Merchant
from fanlight.enrichment.names import Trust, known
from fanlight.enrichment.places import Place
from fanlight.enrichment.spelling import plain
from fanlight.enrichment.tables import listed

__all__ = ["VERSION", "By", "Enriched", "Flags", "Place", "Seen", "enrich"]

VERSION = 3
"""Raised with every change of what comes out, so that what an older one said can be found and said anew."""
REMEMBERED = 20_000
"""Descriptions whose result is kept; people buy at the same places again."""


_NAMELESS = "?"
_SAID = listed("entries") | listed("formats") | listed("entry-openings") | {word.lower() for word in listed("trailing")}
"""Words behind a payer's name that belong to the entry."""
_PAYMENT = frozenset({"payment", "pymt", "pmt", "paiement", "zahlung"})


class Seen(NamedTuple):
    """What an institution tells; `amount` in millionths."""

    description: str
    memo: str | None = None
    is_credit: bool = False
    amount: int = 0
    mcc: int | None = None
    check_number: str | None = None
    extended_type: str | None = None
    account_type: int | None = None


class Enriched(NamedTuple):
    """What came out; `evidence` is for a person."""

    description: str
    category_guid: str
    merchant_guid: str | None
    place: Place | None
    flags: Flags
    by: By
    evidence: str


def enrich(seen: Seen) -> Enriched:
    """The transaction as a person would read it: always the same for the same version, never refusing."""
    check = "" if seen.check_number else None
    told = (seen.memo, seen.is_credit, 0, seen.mcc, check, seen.extended_type, seen.account_type)
    return _enriched(Seen(seen.description, *told))


@lru_cache(REMEMBERED)
def _enriched(seen: Seen) -> Enriched:
    """Neither the amount nor the number of a check changes anything: they are not in what is remembered."""
    cleaned = clean(seen.description, known())
    said = kinds.said(cleaned.spoken, is_credit=seen.is_credit)
    read = _read(cleaned.keys, cleaned.own, cleaned.spoken[: cleaned.start], seen.memo, _hints(seen, said))
    merchant, decision = read.merchant, read.decision
    shown = merchant.name if merchant else showing.shown(cleaned, decision)
    shown = shown or plain(seen.description) or _NAMELESS
    flags = flags_of(decision, read.traits, said, is_credit=seen.is_credit)
    guid = merchant.guid if merchant else None
    return Enriched(shown, decision.category_guid, guid, cleaned.place, flags, decision.by, decision.evidence)


def _hints(seen: Seen, said: kinds.Said) -> Hints:
    own = seen.is_credit and seen.account_type is not None and not said.words.isdisjoint(_PAYMENT)
    has_check = seen.check_number is not None
    invests = investing.meant(said, is_credit=seen.is_credit) if seen.account_type == INVESTMENT else None
    told = seen.extended_type, seen.account_type
    return Hints(said.kind, seen.mcc, seen.is_credit, has_check, *told, own, invests, insured(said.words))


def _is_payer(found: resolver.Found, keys: tuple[str, ...]) -> bool:
    """Whether a name is all that a payer is called: "Fairmont" is not "Fairmont Tool"."""
    rest = keys[found.start + found.length :]
    return found.name.trust is Trust.SURE or all(key in _SAID or not key.isalpha() for key in rest)


class _Read(NamedTuple):
    merchant: Merchant | None
    traits: str
    decision: Decision


@lru_cache(REMEMBERED)
def _read(keys: tuple[str, ...], own: int, lead: tuple[str, ...], memo: str | None, hints: Hints) -> _Read:
    """What a name means, whatever number and place stand behind it: the same again at every visit."""
    found = resolver.resolve(keys, lead)
    told = clean(memo, known()) if memo else None
    if found is None and told is not None:
        found = resolver.resolve(told.keys, told.spoken[: told.start])
    if found is not None and hints.is_credit and hints.kind is not None and not _is_payer(found, keys[:own]):
        found = None
    if found is None and hints.kind is not None:
        found = resolver.of_bank((*lead, *keys)) or resolver.of_bank(keys)

    def word() -> words.Word | None:
        return words.telling(keys[:own]) or (words.telling(told.keys) if told else None)

    decision = decide(hints, found.name if found else None, keys, word)
    return _Read(found.name.merchant, found.name.traits, decision) if found else _Read(None, "", decision)

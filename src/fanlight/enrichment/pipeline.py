"""Enrichment of one transaction: a readable description, its merchant, a category, and what kind of movement it is.

The category comes from the first that knows: a kind of movement that the text names for certain ("PAYROLL", "ATM FEE"),
the merchant, a kind that it names less surely, the merchant category code, the words of a trade. A code that tells less
than words do ("miscellaneous") is asked after them. What nobody knows stays uncategorised.
"""

from functools import lru_cache
from typing import NamedTuple

from fanlight.enrichment import kinds, mcc, resolver, words
from fanlight.enrichment.cleaning import Cleaned, clean
from fanlight.enrichment.flags import Flags, flags_of
from fanlight.enrichment.judging import By, Hints, decide
from fanlight.enrichment.names import known
from fanlight.enrichment.places import Place
from fanlight.enrichment.spelling import plain
from fanlight.enrichment.titles import title

__all__ = ["VERSION", "By", "Enriched", "Flags", "Place", "Seen", "enrich"]

VERSION = 2
"""Raised with every change of what comes out, so that what an older one said can be found and said anew."""
REMEMBERED = 50_000
"""Descriptions whose result is kept; people buy at the same places again."""


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
    return _enriched(
        seen.description,
        seen.memo,
        seen.is_credit,
        seen.mcc,
        bool(seen.check_number),
        seen.extended_type,
        seen.account_type,
    )


@lru_cache(REMEMBERED)
def _enriched(
    description: str,
    memo: str | None,
    is_credit: bool,
    code: int | None,
    has_check_number: bool,
    extended_type: str | None,
    account_type: int | None,
) -> Enriched:
    names = known()
    cleaned = clean(description, names)
    found = resolver.resolve(cleaned.keys, cleaned.every, cleaned.start)
    if found is None and memo:
        told = clean(memo, names)
        found = resolver.resolve(told.keys, told.every, told.start)
        cleaned = cleaned if cleaned.keys else told
    text = f" {' '.join(cleaned.every)} "
    letters = f" {' '.join(key for key in cleaned.every if key.isalpha())} "
    kind = kinds.find(text, dict.fromkeys(cleaned.every), letters, is_credit)
    if found is None and kind is not None and kind.is_strong:
        found = resolver.of_bank(cleaned.every)
    hints = Hints(
        found.name if found else None,
        kind,
        mcc.category(code),
        code,
        lambda: _word(cleaned, memo),
        text,
        is_credit,
        has_check_number,
        extended_type,
        account_type,
    )
    decision = decide(hints)
    shown = found.name.merchant.name if found else _shown(cleaned, description, decision.by)
    flags = flags_of(decision, hints)
    guid = found.name.merchant.guid if found else None
    return Enriched(shown, decision.category_guid, guid, cleaned.place, flags, decision.by, decision.evidence)


def _shown(cleaned: Cleaned, description: str, by: By) -> str:
    """The name that nobody knows, or what the movement calls itself; never nothing."""
    words = cleaned.whole if by is By.KIND else cleaned.words
    return title(words) or plain(description) or description.strip()[:1] or "?"


def _word(cleaned: Cleaned, memo: str | None) -> words.Word | None:
    word = words.telling(cleaned.keys)
    if word is None and memo:
        word = words.telling(clean(memo, ()).keys)
    return word


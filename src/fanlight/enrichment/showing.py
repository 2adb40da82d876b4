"""How a transaction without a known merchant is called: by whom it is with, or by what the bank says it is."""

from collections.abc import Sequence

from fanlight.enrichment.categories import BY_KEY, top_level
from fanlight.enrichment.cleaning import Cleaned
from fanlight.enrichment.judging import By, Decision
from fanlight.enrichment.tables import listed
from fanlight.enrichment.titles import title

_ENTRIES = listed("entries")
"""What companies say of their entries: no name ends with it."""
_PHRASES = {phrase.replace("-", " ") for phrase in listed("entry-phrases")}
_OPENINGS = listed("entry-openings")
_OF_BANKS = {"Fees & Charges", "Transfer", "Investments", "Uncategorized"}
"""What a bank does itself, or with people, is called as the bank calls it."""
_INTEREST = BY_KEY["INTEREST_INCOME"].guid


def shown(cleaned: Cleaned, decision: Decision) -> str:
    """The name of who was paid or who pays, if it has one; else all that is said."""
    if decision.by is not By.KIND:
        return title(_before_entry(cleaned.words))
    if decision.category_guid == _INTEREST or top_level(decision.category_guid).name in _OF_BANKS:
        return title(cleaned.whole)
    payee = _behind_opening(_before_entry(cleaned.words))
    folded = {word.lower().strip("-.") for word in payee}
    if not payee or folded <= _ENTRIES | _OPENINGS:
        return title(cleaned.whole)
    return title(payee)


def _before_entry(words: Sequence[str]) -> Sequence[str]:
    """Without what the company says of its entry at the end."""
    end = len(words)
    while end > 1:
        last = words[end - 1].lower()
        if end > 2 and f"{words[end - 2].lower()} {last}" in _PHRASES:
            end -= 2
        elif last in _ENTRIES:
            end -= 1
        else:
            break
    return words[:end]


def _behind_opening(words: Sequence[str]) -> Sequence[str]:
    """Without what the bank or the company says at the beginning."""
    start = 0
    while start + 1 < len(words):
        first = words[start].lower().strip("-")
        if start + 2 < len(words) and f"{first} {words[start + 1].lower()}" in _PHRASES:
            start += 2
        elif first in _ENTRIES or first in _OPENINGS:
            start += 1
        else:
            break
    return words[start:]

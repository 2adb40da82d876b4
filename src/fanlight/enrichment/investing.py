"""What a movement on an investment account is: bought or sold, paid in or out, a charge of the broker."""

from fanlight.enrichment.categories import BY_KEY
from fanlight.enrichment.kinds import Said
from fanlight.enrichment.tables import listed

_BOUGHT, _SOLD, _TRADED, _MOVED = map(listed, ("bought", "sold", "traded", "moved"))
_CHARGED = frozenset({"fee", "fees"})
_SWEPT = frozenset({"sweep", "core", "settlement", "swept"})
"""Within the account: from and to the fund that holds its cash."""
_KEPT = {BY_KEY[key].guid for key in ("DIVIDEND_CAP_GAINS", "INTEREST_INCOME", "TRADE_COMMISSIONS", "FINANCE_CHARGE")}
_KEPT |= {BY_KEY[key].guid for key in ("BUY", "SELL", "FINANCIAL_ADVISOR", "SERVICE_FEE", "BANKING_FEE", "FEDERAL_TAX")}
_DEPOSIT, _WITHDRAWAL = BY_KEY["DEPOSIT"].guid, BY_KEY["WITHDRAWAL"].guid


def meant(said: Said, *, is_credit: bool) -> str | None:
    """The category of what stands on an investment account's statement; None where it says nothing."""
    kind = said.kind.category_guid if said.kind else None
    if kind in _KEPT:
        return kind
    return _of_credit(said.words, kind) if is_credit else _of_debit(said.words, kind)


def _of_credit(words: frozenset[str], kind: str | None) -> str | None:
    if not words.isdisjoint(_SWEPT):
        return None
    if not words.isdisjoint(_SOLD):
        return BY_KEY["SELL"].guid
    return _DEPOSIT if not words.isdisjoint(_MOVED) or kind in (_DEPOSIT, _WITHDRAWAL) else None


def _of_debit(words: frozenset[str], kind: str | None) -> str | None:
    if not words.isdisjoint(_CHARGED):
        return BY_KEY["SERVICE_FEE" if words.isdisjoint(_TRADED) else "TRADE_COMMISSIONS"].guid
    if "tax" in words:
        return BY_KEY["FEDERAL_TAX"].guid
    if not words.isdisjoint(_SWEPT):
        return None
    if not words.isdisjoint(_BOUGHT):
        return BY_KEY["BUY"].guid
    return _WITHDRAWAL if not words.isdisjoint(_MOVED) or kind in (_DEPOSIT, _WITHDRAWAL) else None

"""Judging: which of the hints decides the category."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from fanlight.enrichment.categories import BY_GUID, BY_KEY, CASH, CHECK, RETURNED_PURCHASE, UNCATEGORIZED, top_level
from fanlight.enrichment.kinds import Kind
from fanlight.enrichment.mcc import category
from fanlight.enrichment.names import Name
from fanlight.enrichment.words import Word

CARD, INVESTMENT, MORTGAGE = 4, 5, 7
"""Types of accounts that change what a movement means."""
_CREDIT_CARD_PAYMENT = BY_KEY["CREDIT_CARD_PAYMENT"].guid
_MORTGAGE_PAYMENT = BY_KEY["MORTGAGE_PAYMENT"].guid
_REIMBURSEMENT = BY_KEY["REIMBURSEMENT"].guid
_WITHDRAWAL = BY_KEY["WITHDRAWAL"].guid
_NOT_RETURNED = {"Transfer", "Investments", "Income", "Financial", "Taxes", "Fees & Charges", "Uncategorized"}
_INSURANCE = {BY_KEY[f"{kind}_INSURANCE"].guid for kind in ("AUTO", "HOME", "HEALTH", "LIFE")}
_VAGUE = {BY_KEY["FINANCIAL"].guid, BY_KEY["INVESTMENTS"].guid, BY_KEY["BILLS_UTILITIES"].guid}
"""A merchant in one of these may move money in many ways: the text tells more."""
_STORES = {BY_KEY["GROCERIES"].guid, BY_KEY["SHOPPING"].guid}
_DEPARTMENTS = {"fuel": "GAS", "gas": "GAS", "gasoline": "GAS", "petrol": "GAS", "pfs": "GAS", "pump": "GAS"}
_DEPARTMENTS |= {"pharmacy": "PHARMACY", "rx": "PHARMACY", "optical": "EYECARE", "vision": "EYECARE"}
"""What big stores sell apart."""
_ATM = 6011
_TOLD = {
    "ATM": "CASH",
    "ATM_WITHDRAWAL": "CASH",
    "CASH": "CASH",
    "CHECK": "CHECK",
    "FEE": "FEES_CHARGES",
    "SERVICE_CHARGE": "SERVICE_FEE",
    "SRVCHG": "SERVICE_FEE",
    "DIVIDEND": "DIVIDEND_CAP_GAINS",
    "DIV": "DIVIDEND_CAP_GAINS",
    "TRANSFER": "TRANSFER",
    "XFER": "TRANSFER",
}
"""What institutions say in the extended type of a transaction."""
_TOLD_OF_CREDITS = {"DIRECTDEP": "PAYCHECK", "DIRECT_DEPOSIT": "PAYCHECK", "PAYROLL": "PAYCHECK"}


class By(StrEnum):
    """What decided the category."""

    MERCHANT = "merchant"
    KIND = "kind"
    MCC = "mcc"
    WORDS = "words"
    NOTHING = "nothing"


class Decision(NamedTuple):
    """The category and why."""

    category_guid: str
    by: By
    evidence: str


class Hints(NamedTuple):
    """What is known of a movement beside its name."""

    kind: Kind | None
    mcc: int | None
    is_credit: bool
    has_check_number: bool
    extended_type: str | None
    account_type: int | None
    pays: bool
    """Whether money arrives that calls itself a payment."""


def decide(hints: Hints, name: Name | None, keys: Sequence[str], word: Callable[[], Word | None]) -> Decision:
    """The first hint that knows; the words of a trade are asked last because they cost most."""
    kind = hints.kind
    if kind is not None and (kind.is_strong or name is None or name.category_guid in _VAGUE):
        return _by_account(hints) or _by_kind(kind)
    return (
        _by_account(hints)
        or (_by_merchant(hints, name, keys) if name else None)
        or _by_type(hints)
        or _by_code(hints, is_weak=False)
        or _by_words(hints, word())
        or _by_code(hints, is_weak=True)
        or Decision(UNCATEGORIZED, By.NOTHING, "nothing told more")
    )


def _by_account(hints: Hints) -> Decision | None:
    """What arrives on a card or a mortgage as a payment is its holder's own."""
    if hints.pays and hints.account_type == CARD:
        return Decision(_CREDIT_CARD_PAYMENT, By.KIND, "a payment arrives on a card")
    if hints.pays and hints.account_type == MORTGAGE:
        return Decision(_MORTGAGE_PAYMENT, By.KIND, "a payment arrives on a mortgage")
    return None


def _by_kind(kind: Kind) -> Decision:
    evidence = f"words {kind.phrase.upper()}" if " " in kind.phrase else f"word {kind.phrase.upper()}"
    return Decision(kind.category_guid, By.KIND, evidence)


def _by_merchant(hints: Hints, name: Name, keys: Sequence[str]) -> Decision:
    guid = name.category_guid
    if guid in _STORES:
        guid = next((BY_KEY[_DEPARTMENTS[word]].guid for word in _DEPARTMENTS if word in keys), guid)
    if hints.is_credit:
        guid = _as_returned(guid)
    return Decision(guid, By.MERCHANT, f"merchant {name.merchant.name}")


def _by_type(hints: Hints) -> Decision | None:
    """What the institution itself calls it, and checks."""
    if hints.has_check_number and not hints.is_credit and hints.mcc is None:
        return Decision(CHECK, By.KIND, "it has a check number")
    if hints.mcc == _ATM:
        return Decision(CASH, By.MCC, f"MCC {_ATM}")
    told = (hints.extended_type or "").upper().replace(" ", "_")
    key = _TOLD.get(told) or (_TOLD_OF_CREDITS.get(told) if hints.is_credit else None)
    return Decision(BY_KEY[key].guid, By.KIND, f"type {told}") if key else None


def _by_code(hints: Hints, *, is_weak: bool) -> Decision | None:
    code = category(hints.mcc)
    if code is None or code.is_weak is not is_weak:
        return None
    guid = _as_returned(code.category_guid) if hints.is_credit else code.category_guid
    return Decision(guid, By.MCC, f"MCC {hints.mcc:04}")


def _by_words(hints: Hints, word: Word | None) -> Decision | None:
    """A credit without more evidence than a trade's word may be anything but what the trade sells."""
    if word is None:
        return None
    guid = word.category_guid
    if hints.is_credit:
        if hints.account_type != CARD and hints.mcc is None:
            return None
        guid = _as_returned(guid)
    return Decision(guid, By.WORDS, f"word {word.text.upper()}")


@cache
def _as_returned(guid: str) -> str:
    """What money means that comes back from where it is spent."""
    if guid in _INSURANCE:
        return _REIMBURSEMENT
    name = top_level(guid).name
    if name == "Investments" and BY_GUID[guid].parent_guid is None:
        return _WITHDRAWAL
    return guid if name in _NOT_RETURNED else RETURNED_PURCHASE

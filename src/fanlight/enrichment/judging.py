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
_INSURED = {
    BY_KEY["HOME_INSURANCE"].guid: (
        "home homeowner homeowners homeownr renter renters property dwelling fire hazard condo flood house contents "
        "landlord buildings homeins homeown hmowners homeow prop tenant"
    ),
    BY_KEY["LIFE_INSURANCE"].guid: "life lifeins",
    BY_KEY["HEALTH_INSURANCE"].guid: "health dental medical vision medicare",
    BY_KEY["AUTO_INSURANCE"].guid: "auto car motor vehicle motorcycle autoins",
    BY_KEY["PETS"].guid: "pet pets dog cat",
}
_POLICIES = {word: guid for guid, words in _INSURED.items() for word in words.split()}
"""What a policy is for, as insurers say it of their entries."""
_VAGUE = {BY_KEY["FINANCIAL"].guid, BY_KEY["INVESTMENTS"].guid, BY_KEY["BILLS_UTILITIES"].guid}
"""A merchant in one of these may move money in many ways: the text tells more."""
_BILLS = BY_KEY["BILLS_UTILITIES"].guid
_STORES = {BY_KEY["GROCERIES"].guid, BY_KEY["SHOPPING"].guid}
_DEPARTMENTS = {"fuel": "GAS", "gas": "GAS", "gasoline": "GAS", "petrol": "GAS", "pfs": "GAS", "pump": "GAS"}
_DEPARTMENTS |= {"pharmacy": "PHARMACY", "rx": "PHARMACY", "optical": "EYECARE", "vision": "EYECARE"}
"""What big stores sell apart."""
_TELLING = 2
"""A word that tells a trade for certain."""
_PET_SUPPLIES = BY_KEY["PET_FOOD_SUPPLIES"].guid
_GROOMED = frozenset({"grooming", "groom", "salon", "groomer"})
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
    invests: str | None
    """The category of what an investment account's statement says."""
    insured: str | None
    """What the text says is insured."""


def insured(words: frozenset[str]) -> str | None:
    """The category of what the words say is insured, if it is one thing."""
    named = words & _POLICIES.keys()
    found = {_POLICIES[word] for word in named} if named else set()
    return found.pop() if len(found) == 1 else None


def decide(hints: Hints, name: Name | None, keys: Sequence[str], word: Callable[[], Word | None]) -> Decision:
    """The first hint that knows; the words of a trade are asked last because they cost most."""
    kind = hints.kind
    if kind is not None and (kind.is_strong or name is None or name.category_guid in _VAGUE):
        by_words = None if kind.is_strong or kind.category_guid != _BILLS or name else _by_words(hints, word())
        return _by_account(hints) or by_words or _by_kind(kind)
    return (
        _by_account(hints)
        or (_by_merchant(hints, name, keys) if name else None)
        or _by_type(hints)
        or _by_closer_word(hints, word)
        or _by_code(hints, is_weak=False)
        or _by_words(hints, word())
        or _by_code(hints, is_weak=True)
        or Decision(UNCATEGORIZED, By.NOTHING, "nothing told more")
    )


def _by_account(hints: Hints) -> Decision | None:
    """What arrives on a card or a mortgage as a payment is its holder's own."""
    if hints.pays and hints.account_type == CARD:
        return Decision(_CREDIT_CARD_PAYMENT, By.KIND, "a payment arrives on a card")
    if hints.invests is not None:
        return Decision(hints.invests, By.KIND, "a movement of an investment account")
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
    if guid == _PET_SUPPLIES and not _GROOMED.isdisjoint(keys):
        guid = BY_KEY["PET_GROOMING"].guid
    if hints.insured is not None and guid in _INSURANCE:
        guid = hints.insured
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


def _by_closer_word(hints: Hints, word: Callable[[], Word | None]) -> Decision | None:
    """A word that says more of the same branch: a code for restaurants, and "espresso bar" in the name."""
    code = category(hints.mcc)
    found = word() if code is not None and not code.is_weak and not hints.is_credit else None
    if code is None or found is None:
        return None
    branch = top_level(code.category_guid)
    return _by_words(hints, found) if top_level(found.category_guid) is branch else None


def _by_words(hints: Hints, word: Word | None) -> Decision | None:
    """A word that tells little is no evidence, and a credit may be anything but what the trade sells."""
    if word is None or word.weight < _TELLING:
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

"""Which of the balances that an institution tells is the account's, and what its credit lines mean. Pure.

A balance is signed by its CreditDebitIndicator. An available balance may include credit lines: they are no money of
the person's, and are taken off again.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from fanlight.institutions.port import FeedAccount
from fanlight.institutions.uk.details import BalanceType, UkDetails, is_balance_type
from fanlight.institutions.uk.values import amount_of, currency_of, signed_amount
from fanlight.institutions.values import instant_of, mapping, text_of

LOAN, CREDIT_CARD, LINE_OF_CREDIT, MORTGAGE = 3, 4, 6, 7
DEBTS = frozenset((LOAN, CREDIT_CARD, LINE_OF_CREDIT, MORTGAGE))
_REVOLVING = frozenset((CREDIT_CARD, LINE_OF_CREDIT))

BOOKED = frozenset(("CLBD", "ITBD"))
"""Types that hold everything that is booked, and nothing else."""

# OBBalanceType1Code of 3.1 -> the ISO code of 4.0; the cleared ones have no code and stay words.
_WORDS = {
    "ClosingAvailable": "CLAV",
    "ClosingBooked": "CLBD",
    "Expected": "XPCD",
    "ForwardAvailable": "FWAV",
    "Information": "INFO",
    "InterimAvailable": "ITAV",
    "InterimBooked": "ITBD",
    "OpeningAvailable": "OPAV",
    "OpeningBooked": "OPBD",
    "PreviouslyClosedBooked": "PRCD",
}


class _Line(NamedTuple):
    """A credit line beside a balance."""

    kind: str
    amount: Decimal
    is_included: bool


def with_balances(account: FeedAccount, told: Iterable[Mapping[str, Any]], details: UkDetails) -> FeedAccount:
    """The account with what its OBReadBalance1 says; where there is no booked balance, what is available stands in."""
    by_type = _by_type(told, account.currency_code)
    booked, available = _first(by_type, details.balance_types), _first(by_type, details.available_types)
    lines = [line for entry in (available, booked) if entry is not None for line in _lines(entry)]
    is_debt = account.account_type in DEBTS
    own = None if available is None else _own(available)
    balance = _balance(booked, details, is_debt=is_debt) if booked is not None else _owed(own, details, is_debt=is_debt)
    return msgspec.structs.replace(
        account,
        currency_code=account.currency_code or next(map(currency_of, by_type.values()), None),
        balance=balance,
        available_balance=None if is_debt else own,
        **(_credit(lines, available) if account.account_type in _REVOLVING else {}),
    )


def type_of(entry: Mapping[str, Any]) -> str | None:
    """The type by its ISO code where it has one; None where it is neither code nor word of the standard."""
    text = text_of(entry, "Type") or ""
    code = _WORDS.get(text, text)
    return code if is_balance_type(code) else None


def balance_after(entry: Mapping[str, Any], account_type: int, details: UkDetails) -> Decimal | None:
    """What a transaction's `Balance` says was in the account once it was booked; what was owed, for a debt."""
    told = mapping(entry.get("Balance"))
    return _balance(told, details, is_debt=account_type in DEBTS) if type_of(told) in BOOKED else None


def _by_type(told: Iterable[Mapping[str, Any]], currency: str | None) -> dict[str, Mapping[str, Any]]:
    """The latest balance of each type, in the account's currency: some tell those of a wallet's other ones too."""
    found: dict[str, Mapping[str, Any]] = {}
    for entry in told:
        kind = type_of(entry)
        if kind is None or signed_amount(entry) is None or currency not in (None, currency_of(entry)):
            continue
        if kind not in found or _at(entry) > _at(found[kind]):
            found[kind] = entry
    return found


def _at(entry: Mapping[str, Any]) -> float:
    instant = instant_of(entry, "DateTime")
    return 0 if instant is None else instant.timestamp()


def _first(by_type: Mapping[str, Mapping[str, Any]], order: Sequence[BalanceType]) -> Mapping[str, Any] | None:
    return next((by_type[kind] for kind in order if kind in by_type), None)


def _balance(entry: Mapping[str, Any], details: UkDetails, *, is_debt: bool) -> Decimal | None:
    if is_debt and details.debt_balance == "owed":
        amount = amount_of(entry)
        return None if amount is None else abs(amount)
    return _owed(signed_amount(entry), details, is_debt=is_debt)


def _owed(signed: Decimal | None, details: UkDetails, *, is_debt: bool) -> Decimal | None:
    """A balance as it is kept: of a debt, what is owed is above zero."""
    if signed is None or not is_debt or details.debt_balance == "reversed":
        return signed
    return -signed + 0


def _own(available: Mapping[str, Any]) -> Decimal | None:
    """What is available without the credit lines inside it."""
    signed = signed_amount(available)
    if signed is None:
        return None
    included = [line for line in _lines(available) if line.is_included]
    # Available is what is left of the line that Credit tells whole: both at once are one line.
    has_whole = any(line.kind == "Credit" for line in included)
    return signed - sum(line.amount for line in included if not (has_whole and line.kind == "Available"))


def _credit(lines: Sequence[_Line], available: Mapping[str, Any] | None) -> dict[str, Decimal | None]:
    """Limit and what is left of it: by the line that says so, or by an available balance that includes the limit."""
    by_kind = {line.kind: line.amount for line in reversed(lines)}
    left = by_kind.get("Available")
    if left is None and available is not None and any(line.is_included for line in _lines(available)):
        left = signed_amount(available)
    return {"credit_limit": by_kind.get("Credit", by_kind.get("Pre-Agreed")), "available_credit": left}


def _lines(entry: Mapping[str, Any]) -> list[_Line]:
    found = entry.get("CreditLine")
    told = [line for line in found if isinstance(line, dict)] if isinstance(found, list) else []
    lines = ((text_of(line, "Type") or "", amount_of(line), line.get("Included") is True) for line in told)
    return [_Line(kind, amount, included) for kind, amount, included in lines if amount is not None]

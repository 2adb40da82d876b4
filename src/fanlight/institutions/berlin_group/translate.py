"""Translates Berlin Group accounts, cards and balances into the port's words. Pure.

Sources: the OpenAPI file of NextGenPSD2 1.3.11 for names; ISO 20022 ExternalCashAccountType1Code for kinds.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.berlin_group.details import BerlinGroupDetails
from fanlight.institutions.port import MAX_ACCOUNTS, FeedAccount, FeedAccountNumber, FeedOwner
from fanlight.institutions.values import amount_of, mapping, text_of

CHECKING, SAVINGS, LOAN, CREDIT_CARD, LINE_OF_CREDIT = 1, 2, 3, 4, 6
DEBTS = frozenset((LOAN, CREDIT_CARD, LINE_OF_CREDIT))
MANY_CURRENCIES = "X" * 3
"""The currency of an account that only sums up its sub-accounts in several currencies."""
MAX_BALANCES = 100
SHOWN_DIGITS = 4
AVAILABLE = ("interimAvailable", "forwardAvailable")
INVOICED = "closingBooked"
_KINDS: dict[str, tuple[int, int | None]] = {
    "CACC": (CHECKING, None),
    "TRAN": (CHECKING, None),
    "SLRY": (CHECKING, None),
    "CASH": (CHECKING, None),
    "SVGS": (SAVINGS, None),
    "LLSV": (SAVINGS, None),
    "ONDP": (SAVINGS, None),
    "MOMA": (SAVINGS, 1),
    "LOAN": (LOAN, None),
    "MGLD": (LOAN, None),
    "ODFT": (LINE_OF_CREDIT, None),
    "CARD": (CREDIT_CARD, None),
}
_MASKED = re.compile(r"[\W_xX]*+[^\W_]{0,4}")


class Listed(NamedTuple):
    """An account of the list: how it is shown, and what has to be known to read the rest of it."""

    account: FeedAccount
    is_card: bool
    debits_are_positive: bool
    number: FeedAccountNumber | None
    owner: FeedOwner | None
    has_balances: bool


class _Balance(NamedTuple):
    type: str
    amount: Decimal
    includes_credit: bool


def accounts(document: Mapping[str, Any], details: BerlinGroupDetails, *, are_cards: bool) -> list[Listed]:
    """The accounts of `/accounts` or `/card-accounts`. Raises Said: GIBBERISH, TOO_MUCH.

    An account in several currencies whose sub-accounts are listed beside it is left out: it would count them twice.
    """
    name = "cardAccounts" if are_cards else "accounts"
    found = document.get(name)
    if not isinstance(found, list):
        raise Said(Saying.GIBBERISH, f"an answer without {name}")
    if len(found) > MAX_ACCOUNTS:
        raise Said(Saying.TOO_MUCH, f"more than {MAX_ACCOUNTS} {name}")
    entries = [mapping(entry) for entry in found]
    shared = Counter(number for entry in entries if (number := _whole(entry)) is not None)
    own = [entry for entry in entries if not (_is_sum(entry) and shared[_whole(entry) or ""] > 1)]
    return [_listed(entry, details, is_card=are_cards, is_shared=shared[_whole(entry) or ""] > 1) for entry in own]


def with_balances(listed: Listed, document: Mapping[str, Any], details: BerlinGroupDetails) -> Listed:
    """The account with what `/balances` of it answered."""
    account = _with_balances(listed.account, document, details, positive=listed.debits_are_positive)
    return listed._replace(account=account, has_balances=True)


def _listed(entry: Mapping[str, Any], details: BerlinGroupDetails, *, is_card: bool, is_shared: bool) -> Listed:
    account = _account(entry, is_card=is_card, is_shared=is_shared)
    positive = is_card and debits_are_positive(entry, details)
    has_balances = isinstance(entry.get("balances"), list) and bool(entry["balances"])
    if has_balances:
        account = _with_balances(account, entry, details, positive=positive)
    return Listed(account, is_card, positive, _number(entry), _owner(entry), has_balances)


def debits_are_positive(entry: Mapping[str, Any], details: BerlinGroupDetails) -> bool:
    """Whether what is owed, and what is bought, is quoted above zero: the answer says so, else the entry."""
    told = entry.get("debitAccounting")
    return told if isinstance(told, bool) else bool(details.debit_accounting)


def _account(entry: Mapping[str, Any], *, is_card: bool, is_shared: bool) -> FeedAccount:
    provider_id = text_of(entry, "resourceId")
    if provider_id is None:
        raise Said(Saying.GIBBERISH, "an account without resourceId")
    kind, subtype = (
        (CREDIT_CARD, None) if is_card else _KINDS.get(text_of(entry, "cashAccountType") or "CACC", (0, None))
    )
    number, code = _whole(entry), _currency(entry)
    if number is not None and is_shared:
        number = f"{number} {code or MANY_CURRENCIES}"
    product, name, shown = (text_of(entry, field) for field in ("product", "name", "displayName"))
    return FeedAccount(
        provider_id=provider_id,
        account_type=kind,
        account_subtype=subtype,
        name=product or name or shown or text_of(entry, "details"),
        nickname=shown or name,
        account_number=_shown(number_of(entry)),
        whole_number=number,
        currency_code=code,
        credit_limit=amount_of(mapping(entry.get("creditLimit")), "amount"),
        is_closed=text_of(entry, "status") == "deleted",
    )


def number_of(entry: Mapping[str, Any]) -> str | None:
    """What an account reference names it by."""
    return next((text for name in ("iban", "bban", "maskedPan", "pan") if (text := text_of(entry, name))), None)


def _whole(entry: Mapping[str, Any]) -> str | None:
    """The IBAN, which is the same at every bank and after every consent."""
    iban = text_of(entry, "iban")
    return None if iban is None else iban.replace(" ", "").upper()


def _is_sum(entry: Mapping[str, Any]) -> bool:
    return (text_of(entry, "currency") or "").upper() == MANY_CURRENCIES


def _currency(entry: Mapping[str, Any]) -> str | None:
    code = (text_of(entry, "currency") or "").upper()
    return code if len(code) == 3 and code != MANY_CURRENCIES else None


def _shown(number: str | None) -> str | None:
    """The last characters; a number that is masked in front is shown as it is."""
    if number is None or _MASKED.fullmatch(number):
        return number
    return number[-SHOWN_DIGITS:]


def _number(entry: Mapping[str, Any]) -> FeedAccountNumber | None:
    number = _whole(entry) or text_of(entry, "bban")
    return None if number is None else FeedAccountNumber(account_number=number)


def _owner(entry: Mapping[str, Any]) -> FeedOwner | None:
    name = text_of(entry, "ownerName")
    return None if name is None else FeedOwner(owner_name=name)


def _with_balances(
    account: FeedAccount, entry: Mapping[str, Any], details: BerlinGroupDetails, *, positive: bool
) -> FeedAccount:
    told = _balances(entry, account.currency_code)
    if account.account_type == CREDIT_CARD:
        return _with_card_balances(account, told, details.card_balance_types, positive=positive)
    sign = -1 if account.account_type in DEBTS else 1
    balance = _first(told, details.balance_types, account.credit_limit)
    available = _first(told, AVAILABLE, account.credit_limit) if sign > 0 else None
    return _replaced(account, balance=None if balance is None else sign * balance + 0, available_balance=available)


def _with_card_balances(
    account: FeedAccount, told: Sequence[_Balance], types: Sequence[str], *, positive: bool
) -> FeedAccount:
    """A card's balance is what is owed. What is left to spend follows from the limit, or is told with it included."""
    sign, limit = 1 if positive else -1, account.credit_limit
    plain = [each for each in told if not each.includes_credit]
    owed = _first(plain, types, None)
    invoiced = _first(plain, (INVOICED,), None)
    left = next((each.amount for each in told if each.includes_credit), None)
    if left is None and limit is not None and owed is not None:
        left = limit - sign * owed
    if owed is None and left is not None and limit is not None:
        owed = sign * (limit - left)
    return _replaced(
        account,
        balance=None if owed is None else sign * owed + 0,
        available_credit=left,
        statement_balance=None if invoiced is None else sign * invoiced + 0,
    )


def _balances(entry: Mapping[str, Any], currency_code: str | None) -> list[_Balance]:
    """The balances in the account's own currency; one without an amount or a type is left out."""
    found = entry.get("balances")
    if not isinstance(found, list):
        raise Said(Saying.GIBBERISH, "an answer without balances")
    if len(found) > MAX_BALANCES:
        raise Said(Saying.TOO_MUCH, f"more than {MAX_BALANCES} balances of one account")
    read: list[_Balance] = []
    for each in map(mapping, found):
        money, kind = mapping(each.get("balanceAmount")), text_of(each, "balanceType")
        amount, code = amount_of(money, "amount"), text_of(money, "currency")
        if amount is not None and kind is not None and code in (None, currency_code or code):
            read.append(_Balance(kind, amount, each.get("creditLimitIncluded") is True))
    return read


def _first(told: Sequence[_Balance], types: Sequence[str], limit: Decimal | None) -> Decimal | None:
    """The first of these balances without a credit limit in it; one with a limit that nobody tells says nothing."""
    for kind in types:
        for each in told:
            if each.type == kind and not each.includes_credit:
                return each.amount
            if each.type == kind and limit is not None:
                return each.amount - limit
    return None


def _replaced(account: FeedAccount, **changes: Decimal | None) -> FeedAccount:
    return msgspec.structs.replace(account, **changes)

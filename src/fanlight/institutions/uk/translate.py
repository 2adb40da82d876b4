"""Translates accounts and transactions of UK Open Banking, in the words of 3.1 and the codes of 4.0. Pure.

Sources: OBReadAccount6 and OBReadTransaction6 of the Read/Write API 3.1.11 and 4.0, and its code sets.
"""

from collections.abc import Mapping
from typing import Any

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.port import FeedAccount, FeedAccountNumber, FeedTransaction
from fanlight.institutions.uk.balances import CREDIT_CARD, LINE_OF_CREDIT, LOAN, MORTGAGE, balance_after
from fanlight.institutions.uk.details import UkDetails
from fanlight.institutions.uk.values import (
    Identification,
    amount_of,
    currency,
    currency_of,
    day_of,
    identifications,
    is_credit,
)
from fanlight.institutions.values import mapping, moment_of, text_of

UNKNOWN, CHECKING, SAVINGS, PREPAID = 0, 1, 2, 11
MONEY_MARKET = 1
CREDIT, DEBIT = 1, 2
SHOWN_DIGITS = 4

# AccountSubType of 3.1 and AccountTypeCode of 4.0 -> the wire's account_type and account_subtype.
_TYPES: dict[str, tuple[int, int | None]] = {
    "CurrentAccount": (CHECKING, None),
    "Savings": (SAVINGS, None),
    "CreditCard": (CREDIT_CARD, None),
    "ChargeCard": (CREDIT_CARD, None),
    "Loan": (LOAN, None),
    "Mortgage": (MORTGAGE, None),
    "PrePaidCard": (PREPAID, None),
    "EMoney": (PREPAID, None),
    "Wallet": (PREPAID, None),
    "CACC": (CHECKING, None),
    "CASH": (CHECKING, None),
    "CHAR": (CHECKING, None),
    "CISH": (CHECKING, None),
    "COMM": (CHECKING, None),
    "CPAC": (CHECKING, None),
    "NFCA": (CHECKING, None),
    "NREX": (CHECKING, None),
    "SACC": (CHECKING, None),
    "SLRY": (CHECKING, None),
    "TAXE": (CHECKING, None),
    "TRAN": (CHECKING, None),
    "TRAS": (CHECKING, None),
    "VACC": (CHECKING, None),
    "LLSV": (SAVINGS, None),
    "MOMA": (SAVINGS, MONEY_MARKET),
    "ONDP": (SAVINGS, None),
    "SVGS": (SAVINGS, None),
    "CARD": (CREDIT_CARD, None),
    "LOAN": (LOAN, None),
    "MORT": (MORTGAGE, None),
    "MGLD": (LINE_OF_CREDIT, None),
    "ODFT": (LINE_OF_CREDIT, None),
    "WALT": (PREPAID, None),
    "OTHR": (UNKNOWN, None),
}
_BOOKED, _PENDING = frozenset(("booked", "book")), frozenset(("pending", "pdng"))
# Refused, announced for a later day, told for information: no money has moved or is held.
_NO_ENTRIES = frozenset(("rejected", "rjct", "futr", "info"))


def account(entry: Mapping[str, Any], details: UkDetails) -> FeedAccount:
    """An account without its balances, which are a resource of their own. Raises Said(GIBBERISH) without an id."""
    provider_id = text_of(entry, "AccountId")
    if provider_id is None:
        raise Said(Saying.GIBBERISH, "an account without AccountId")
    names, nickname = identifications(entry), text_of(entry, "Nickname")
    kind, subtype = _TYPES.get(text_of(entry, "AccountTypeCode") or text_of(entry, "AccountSubType") or "", (0, None))
    return FeedAccount(
        provider_id=provider_id,
        account_type=kind,
        account_subtype=subtype,
        name=text_of(entry, "Description") or nickname,
        nickname=nickname,
        account_number=_shown(names),
        whole_number=_whole_number(names),
        currency_code=currency(entry),
        started_on=day_of(entry, "OpeningDate", details.time_zone),
        matures_on=day_of(entry, "MaturityDate", details.time_zone),
        is_closed=text_of(entry, "Status") in ("Deleted", "Disabled"),
    )


def account_numbers(entry: Mapping[str, Any]) -> list[FeedAccountNumber]:
    """What money reaches the account under: sort code and number first, then its IBAN. A card's number is neither."""
    names = identifications(entry)
    pairs = [name.sort_code_and_number for name in names if name.scheme == "SortCodeAccountNumber"]
    found = [FeedAccountNumber(account_number=pair[1], routing_number=pair[0]) for pair in pairs if pair is not None]
    found += [FeedAccountNumber(account_number=name.iban) for name in names if name.iban is not None]
    return list(dict.fromkeys(found))


def holders(entry: Mapping[str, Any]) -> list[str]:
    """The names that stand beside an account's numbers: of the person, or of all of them in one text."""
    return list(dict.fromkeys(name.holder for name in identifications(entry) if name.holder is not None))


def transaction(entry: Mapping[str, Any], account: FeedAccount, details: UkDetails) -> FeedTransaction | None:
    """A transaction of an account; None for one that is no entry of it: refused, of the future, for information.

    TransactionMutability says nothing that is kept: what a booked one changes to later is taken under its id.
    Raises Said(GIBBERISH) when it has no amount, direction, status or date.
    """
    status = (text_of(entry, "Status") or "").lower()
    if status in _NO_ENTRIES:
        return None
    amount, credit = amount_of(entry), is_credit(entry)
    booked_on = day_of(entry, "BookingDateTime", details.time_zone)
    if amount is None or credit is None or booked_on is None or status not in _BOOKED | _PENDING:
        raise Said(Saying.GIBBERISH, "a transaction without amount, direction, status or date")
    pending = status in _PENDING
    value_on = day_of(entry, "ValueDateTime", details.time_zone)
    description = _description(entry, is_credit=credit)
    reference = text_of(entry, "TransactionReference")
    return FeedTransaction(
        provider_id=text_of(entry, "TransactionId"),
        amount=abs(amount),
        transaction_type=CREDIT if credit else DEBIT,
        is_pending=pending,
        date=booked_on,
        description=description,
        posted_at=None if pending else moment_of(entry, "BookingDateTime"),
        posted_on=None if pending else booked_on,
        transacted_at=moment_of(entry, "BookingDateTime" if pending else "ValueDateTime"),
        transacted_on=booked_on if pending else value_on,
        memo=None if reference == description else reference,
        currency_code=currency_of(entry) or account.currency_code,
        merchant_category_code=_merchant_category(entry),
        extended_transaction_type=_kind(entry),
        is_international=_is_international(entry),
        balance_after=None if pending else balance_after(entry, account.account_type, details),
    )


def _shown(names: list[Identification]) -> str | None:
    """The last digits of the first name; a card's number comes masked, and is shown as short as all."""
    return next((name.text[-SHOWN_DIGITS:] for name in names), None)


def _whole_number(names: list[Identification]) -> str | None:
    """One text for the account, the same whether sort code and number are told, or a British IBAN, or both.

    Accounts of building societies may share the pair and differ in the roll number beside it. A card has no such name.
    """
    for name in sorted(names, key=lambda name: name.scheme != "SortCodeAccountNumber"):
        pair = name.sort_code_and_number
        if pair is not None:
            roll = name.secondary if name.scheme == "SortCodeAccountNumber" else None
            return ":".join((*pair, roll) if roll else pair)
    return next((name.iban for name in names if name.iban is not None), None)


def _description(entry: Mapping[str, Any], *, is_credit: bool) -> str:
    """The institution's text, or else who is on the other side."""
    other = mapping(entry.get("DebtorAccount" if is_credit else "CreditorAccount"))
    ultimate = mapping(entry.get("UltimateDebtor" if is_credit else "UltimateCreditor"))
    return (
        text_of(entry, "TransactionInformation")
        or text_of(mapping(entry.get("MerchantDetails")), "MerchantName")
        or text_of(other, "Name")
        or text_of(ultimate, "Name")
        or text_of(entry, "TransactionReference")
        or ""
    )


def _merchant_category(entry: Mapping[str, Any]) -> int | None:
    code = text_of(mapping(entry.get("MerchantDetails")), "MerchantCategoryCode") or ""
    return int(code) if len(code) == 4 and code.isascii() and code.isdecimal() else None


def _kind(entry: Mapping[str, Any]) -> str | None:
    """The institution's own code, or those of ISO 20022 with a point between."""
    own = text_of(mapping(entry.get("ProprietaryBankTransactionCode")), "Code")
    iso = mapping(entry.get("BankTransactionCode"))
    parts = [part for part in (text_of(iso, "Code"), text_of(iso, "SubCode")) if part is not None]
    return own or ".".join(parts) or None


def _is_international(entry: Mapping[str, Any]) -> bool | None:
    """Whether it began in another currency; None where nothing is told of an exchange."""
    source = text_of(mapping(entry.get("CurrencyExchange")), "SourceCurrency")
    return None if source is None else source.upper() != currency_of(entry)

"""Translates Berlin Group transactions, of accounts and of cards, into the port's words. Pure.

Days stay days: bookingDate and valueDate have no time and no zone, and are never moved.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.berlin_group.details import BerlinGroupDetails
from fanlight.institutions.berlin_group.translate import DEBTS, Listed, debits_are_positive
from fanlight.institutions.port import FeedTransaction
from fanlight.institutions.values import amount_of, date_of, mapping, moment_of, text_of

CREDIT, DEBIT = 1, 2
MAX_ENTRIES = 10_000
"""Of one page."""
MAX_LINES = 50
"""Of one remittance text."""


class Page(NamedTuple):
    """What one answer tells, and the link to the rest of it."""

    transactions: list[FeedTransaction]
    following: str | None


class _Told(NamedTuple):
    """An entry of a list, and the list's own circumstances."""

    entry: Mapping[str, Any]
    is_pending: bool
    last: dt.date
    currency_code: str | None
    debits_are_positive: bool
    is_debt: bool


def page(document: Mapping[str, Any], listed: Listed, details: BerlinGroupDetails, last: dt.date) -> Page:
    """A page of `/transactions`. `last` is the last day asked for: that of pending ones which have no day yet.

    Raises Said: GIBBERISH; ACCESS_REFUSED where the bank gives a file to download instead; TOO_MUCH.
    """
    report = document.get("cardTransactions" if listed.is_card else "transactions")
    if not isinstance(report, dict):
        if "download" in mapping(document.get("_links")):
            raise Said(Saying.ACCESS_REFUSED, "the bank gives the transactions as a file to download only")
        raise Said(Saying.GIBBERISH, "an answer without transactions")
    positive = listed.debits_are_positive
    if listed.is_card and "debitAccounting" in document:
        positive = debits_are_positive(document, details)
    account, read = listed.account, _card_transaction if listed.is_card else _transaction
    is_debt = account.account_type in DEBTS
    found = [
        read(_Told(entry, pending, last, account.currency_code, positive, is_debt), details)
        for name, pending in (("booked", False), ("pending", True))
        for entry in _entries(report, name)
    ]
    link = mapping(mapping(report.get("_links")).get("next")).get("href")
    return Page(found, link if isinstance(link, str) and link else None)


def _entries(report: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    found = report.get(name)
    if found is None:
        return
    if not isinstance(found, list):
        raise Said(Saying.GIBBERISH, f"{name} is no list")
    if len(found) > MAX_ENTRIES:
        raise Said(Saying.TOO_MUCH, f"a page of more than {MAX_ENTRIES} transactions")
    for entry in found:
        if not isinstance(entry, dict):
            raise Said(Saying.GIBBERISH, f"an entry of {name} is not an object")
        yield entry


def _transaction(told: _Told, details: BerlinGroupDetails) -> FeedTransaction:
    """An entry of an account; what a batch of one tells only inside is taken from there."""
    entry = {**_only_detail(told.entry), **told.entry}
    signed = _amount(entry)
    kind = _direction(entry, signed, details)
    booked, valued = date_of(entry, "bookingDate"), date_of(entry, "valueDate")
    made = date_of(entry, "transactionDate")
    name, text = _counterpart(entry, kind), _remittance(entry)
    extra = text_of(entry, "additionalInformation")
    code = text_of(entry, "bankTransactionCode") or text_of(entry, "proprietaryBankTransactionCode")
    check = text_of(entry, "checkId")
    return FeedTransaction(
        provider_id=_id(entry, details),
        amount=abs(signed),
        transaction_type=kind,
        is_pending=told.is_pending,
        date=_day(told, made, booked, valued),
        description=name or text or extra or code or "",
        posted_at=None if told.is_pending else _seconds(booked),
        posted_on=None if told.is_pending else booked,
        transacted_at=_seconds(made or valued),
        transacted_on=made or valued,
        memo=text if name else extra if text else None,
        currency_code=_currency(entry) or told.currency_code,
        check_number=int(check) if check and check.isascii() and check.isdecimal() and len(check) <= 15 else None,
        check_number_string=check,
        extended_transaction_type=code,
        is_international=_is_international(entry),
        balance_after=None if told.is_pending else _balance_after(entry, is_debt=told.is_debt),
    )


def _card_transaction(told: _Told, details: BerlinGroupDetails) -> FeedTransaction:
    entry = told.entry
    signed = _amount(entry)
    if told.debits_are_positive:
        signed = -signed
    bought, booked = date_of(entry, "transactionDate"), date_of(entry, "bookingDate")
    moment = moment_of(entry, "acceptorTransactionDateTime")
    made = bought or date_of(entry, "acceptorTransactionDateTime")
    text = text_of(entry, "transactionDetails")
    place = text_of(mapping(entry.get("cardAcceptorAddress")), "townName")
    code = text_of(entry, "proprietaryBankTransactionCode")
    category = text_of(entry, "merchantCategoryCode") or ""
    identity = None if details.transaction_id == "none" else text_of(entry, "cardTransactionId")
    return FeedTransaction(
        provider_id=identity or (None if details.transaction_id == "none" else text_of(entry, "transactionId")),
        amount=abs(signed),
        transaction_type=DEBIT if signed < 0 else CREDIT,
        is_pending=told.is_pending,
        date=_day(told, made, booked, date_of(entry, "valueDate")),
        description=text or text_of(entry, "cardAcceptorId") or place or code or "",
        posted_at=None if told.is_pending else _seconds(booked),
        posted_on=None if told.is_pending else booked,
        transacted_at=_seconds(made) if moment is None else moment,
        transacted_on=made,
        memo=place if text else None,
        currency_code=_currency(entry) or told.currency_code,
        merchant_category_code=int(category) if len(category) == 4 and category.isdecimal() else None,
        extended_transaction_type=code,
        is_international=_is_international(entry),
    )


def _id(entry: Mapping[str, Any], details: BerlinGroupDetails) -> str | None:
    """The id, by the field that the institution's entry names; `merge` judges whether it is one.

    entryReference is often a place in the day's list, which moves; so it only stands in for the other one.
    """
    if details.transaction_id == "none":
        return None
    names = ("entryReference",) if details.transaction_id == "entryReference" else ("transactionId", "entryReference")
    return next((text for name in names if (text := text_of(entry, name))), None)


def _amount(entry: Mapping[str, Any]) -> Decimal:
    amount = amount_of(mapping(entry.get("transactionAmount")), "amount")
    if amount is None:
        raise Said(Saying.GIBBERISH, "a transaction without transactionAmount")
    return amount


def _currency(entry: Mapping[str, Any]) -> str | None:
    code = text_of(mapping(entry.get("transactionAmount")), "currency")
    return code.upper() if code and len(code) == 3 else None


def _direction(entry: Mapping[str, Any], signed: Decimal, details: BerlinGroupDetails) -> int:
    if signed >= 0 and details.amounts == "by_party":
        to, by = (_has_party(entry, side) for side in ("creditor", "debtor"))
        if to != by:
            return DEBIT if to else CREDIT
    return DEBIT if signed < 0 else CREDIT


def _has_party(entry: Mapping[str, Any], side: str) -> bool:
    return f"{side}Name" in entry or f"{side}Account" in entry


def _counterpart(entry: Mapping[str, Any], kind: int) -> str | None:
    """The other side: for whom it is in the end, where a payment service stands in between."""
    side = "Creditor" if kind == DEBIT else "Debtor"
    return text_of(entry, f"ultimate{side}") or text_of(entry, f"{side.lower()}Name")


def _remittance(entry: Mapping[str, Any]) -> str | None:
    """What the payer wrote: free text, its lines, or the reference of a structured one."""
    lines = entry.get("remittanceInformationUnstructuredArray")
    texts = [text_of({"line": line}, "line") for line in lines[:MAX_LINES]] if isinstance(lines, list) else []
    free = text_of(entry, "remittanceInformationUnstructured") or " ".join(text for text in texts if text)
    return free or _reference(entry.get("remittanceInformationStructured")) or _first_reference(entry)


def _first_reference(entry: Mapping[str, Any]) -> str | None:
    found = entry.get("remittanceInformationStructuredArray")
    return _reference(found[0]) if isinstance(found, list) and found else None


def _reference(found: Any) -> str | None:
    """Before 1.3.11 it was a text, and now is an object."""
    return text_of(mapping(found), "reference") or text_of({"text": found}, "text")


def _only_detail(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one entry of `entryDetails`; of a batch of several no one speaks for all."""
    found = entry.get("entryDetails")
    return mapping(found[0]) if isinstance(found, list) and len(found) == 1 else {}


def _day(told: _Told, *days: dt.date | None) -> dt.date:
    """The first day that is told; a pending one without any is of the last day asked for."""
    day = next((each for each in days if each is not None), told.last if told.is_pending else None)
    if day is None:
        raise Said(Saying.GIBBERISH, "a booked transaction without a day")
    # The value date of something pending may be to come: it was made by now.
    return min(day, told.last) if told.is_pending else day


def _seconds(day: dt.date | None) -> int | None:
    return None if day is None else int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())


def _balance_after(entry: Mapping[str, Any], *, is_debt: bool) -> Decimal | None:
    balance = mapping(entry.get("balanceAfterTransaction"))
    if balance.get("creditLimitIncluded") is True:
        return None
    amount = amount_of(mapping(balance.get("balanceAmount")), "amount")
    return -amount + 0 if amount is not None and is_debt else amount


def _is_international(entry: Mapping[str, Any]) -> bool | None:
    """True where another currency was changed for it; what says nothing of it may still be abroad."""
    other = text_of(mapping(entry.get("originalAmount")), "currency")
    if other is not None and other.upper() != (_currency(entry) or other.upper()):
        return True
    return True if entry.get("currencyExchange") else None

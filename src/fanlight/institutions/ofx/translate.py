"""Translates OFX documents into the port's words: sign-ons, account lists and balances. Pure.

A card's ledger balance is negative when money is owed; the port's is positive then. What identifies an account is a
digest of its number, for a feed keeps its ids readable; of the number itself it keeps the end that banks show.
"""

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import msgspec

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.ofx.document import Element, group, leaf
from fanlight.institutions.ofx.holdings import holdings_value
from fanlight.institutions.ofx.messages import BANK, CARD, INVESTMENT, KINDS, Kind
from fanlight.institutions.ofx.values import amount, currency, text, whole
from fanlight.institutions.port import MAX_ACCOUNTS, FeedAccount, FeedAccountNumber

CHECKING, SAVINGS, CREDIT_CARD, INVESTMENTS, LINE_OF_CREDIT = 1, 2, 4, 5, 6
SIGNED_ON, ASKS_MORE = 0, 3000
MAX_COOKIE = 4096
SHOWN_DIGITS = 4

# ACCTTYPE -> the wire's account_type and account_subtype.
_BANK_TYPES: dict[str, tuple[int, int | None]] = {
    "CHECKING": (CHECKING, None),
    "SAVINGS": (SAVINGS, None),
    "MONEYMRKT": (SAVINGS, 1),
    "CD": (SAVINGS, 2),
    "CREDITLINE": (LINE_OF_CREDIT, None),
}
# USPRODUCTTYPE -> account_subtype.
_INVESTMENT_SUBTYPES = {
    "401K": 9,
    "403B": 10,
    "IRA": 12,
    "NORMAL": 15,
    "TRUST": 18,
    "UGMA": 19,
    "SARSEP": 23,
    "SIMPLE": 24,
}
_SAYINGS = {
    3001: Saying.ANSWER_REFUSED,
    15000: Saying.NEEDS_ATTENTION,
    15500: Saying.LOGIN_REFUSED,
    15502: Saying.LOCKED,
    15510: Saying.LOGIN_REFUSED,
    15511: Saying.NEEDS_ATTENTION,
}
_PARTS = {BANK: ("BANKID", "BRANCHID", "ACCTID", "ACCTTYPE"), CARD: ("ACCTID",), INVESTMENT: ("BROKERID", "ACCTID")}


class SignOn(NamedTuple):
    """What a bank said to the credentials, and the conversation that it opened. Never printed."""

    code: int | None
    cookie: str | None

    def __repr__(self) -> str:
        return f"SignOn(code={self.code})"


class Listed(NamedTuple):
    """An account of the list: as the port has it, and as the bank wants to be asked for it."""

    kind: Kind
    account: FeedAccount
    source: Element


def sign_on(document: Element) -> SignOn:
    """Raises Said(GIBBERISH) when the cookie is longer than any bank's."""
    answer = document.find("SIGNONMSGSRSV1", "SONRS") or group("SONRS")
    cookie = answer.value("SESSCOOKIE")
    if cookie is not None and len(cookie) > MAX_COOKIE:
        raise Said(Saying.GIBBERISH, f"a session cookie of more than {MAX_COOKIE} characters")
    return SignOn(whole(answer.value("STATUS", "CODE")), cookie)


def refusal(code: int | None) -> Said:
    """What a status other than success says."""
    detail = "an answer without a status" if code is None else f"OFX status {code}"
    return Said(Saying.GIBBERISH if code is None else _SAYINGS.get(code, Saying.GIBBERISH), detail)


def answered(document: Element, message_set: str, name: str) -> Element:
    """The answer `{name}RS` of a message set. Raises Said when the bank gave a refusal or something else instead."""
    transaction = document.find(f"{message_set}RSV1", f"{name}TRNRS")
    if transaction is None:
        raise Said(Saying.GIBBERISH, f"no {name}TRNRS")
    code = whole(transaction.value("STATUS", "CODE"))
    answer = transaction.find(f"{name}RS")
    if code != SIGNED_ON or answer is None:
        raise refusal(code) if code != SIGNED_ON else Said(Saying.GIBBERISH, f"no {name}RS")
    return answer


def accounts(document: Element, *, bank_id: str, broker_id: str | None) -> list[Listed]:
    """The account list, each account once.

    Raises Said: GIBBERISH for an account without a number, TOO_MUCH for more accounts than a person has.
    """
    usual = {"BANKID": bank_id, "BROKERID": broker_id}
    found: dict[str, Listed] = {}
    told = 0
    for entry in answered(document, "SIGNUPMSGS", "ACCTINFO").all("ACCTINFO"):
        name = text(entry.value("DESC"))
        for kind, information in _informations(entry):
            told += 1
            if told > MAX_ACCOUNTS:
                raise Said(Saying.TOO_MUCH, f"more than {MAX_ACCOUNTS} accounts")
            source = _source(kind, information, usual)
            listed = Listed(kind, _account(kind, name, information, source), source)
            found.setdefault(listed.account.provider_id, listed)
    return list(found.values())


def with_figures(listed: Listed, statement: Element) -> FeedAccount:
    """The account with the balances of its statement."""
    account = msgspec.structs.replace(listed.account, currency_code=currency(statement.value("CURDEF")))
    if listed.kind is INVESTMENT:
        return _with_investments(account, statement)
    ledger, available = _balance(statement, "LEDGERBAL"), _balance(statement, "AVAILBAL")
    if account.account_type in (CREDIT_CARD, LINE_OF_CREDIT):
        owed = None if ledger is None else -ledger
        rate = amount(statement.value("INTRATEPURCH"))
        return msgspec.structs.replace(account, balance=owed, available_credit=available, apr=rate)
    return msgspec.structs.replace(account, balance=ledger, available_balance=available)


def account_numbers(listed: Listed) -> list[FeedAccountNumber]:
    """Where money can be sent to: cards and investments have no such number in OFX."""
    if listed.kind is not BANK:
        return []
    bank = listed.source.value("BANKID") or ""
    routing = bank if len(bank) == 9 and whole(bank) is not None else None
    return [FeedAccountNumber(account_number=listed.source.value("ACCTID"), routing_number=routing)]


def _informations(entry: Element) -> Iterator[tuple[Kind, Element]]:
    """What an entry says of its account; bill payment and other services are of no use here."""
    for kind in KINDS:
        for information in entry.all(f"{kind.prefix}ACCTINFO"):
            yield kind, information


def _source(kind: Kind, information: Element, usual: dict[str, str | None]) -> Element:
    """The account as requests name it, of the standard's own parts alone."""
    name = f"{kind.prefix}ACCTFROM"
    given = information.find(name) or group(name)
    parts = [(part, text(given.value(part)) or usual.get(part)) for part in _PARTS[kind]]
    source = group(name, *[leaf(part, value) for part, value in parts if value])
    if source.value("ACCTID") is None:
        raise Said(Saying.GIBBERISH, "an account without ACCTID")
    return source


def _account(kind: Kind, name: str | None, information: Element, source: Element) -> FeedAccount:
    account_type, subtype = _type(kind, information, source)
    identity = "\x1f".join([kind.prefix] + [source.value(part) or "" for part in _PARTS[kind]])
    return FeedAccount(
        provider_id=hashlib.sha256(identity.encode()).hexdigest()[:32],
        account_type=account_type,
        account_subtype=subtype,
        name=name,
        account_number=(source.value("ACCTID") or "")[-SHOWN_DIGITS:],
    )


def _type(kind: Kind, information: Element, source: Element) -> tuple[int, int | None]:
    if kind is CARD:
        return CREDIT_CARD, None
    if kind is INVESTMENT:
        return INVESTMENTS, _INVESTMENT_SUBTYPES.get(information.value("USPRODUCTTYPE") or "")
    return _BANK_TYPES.get(source.value("ACCTTYPE") or "", (0, None))


def _balance(statement: Element, name: str) -> Decimal | None:
    return amount(statement.value(name, "BALAMT"))


def _with_investments(account: FeedAccount, statement: Element) -> FeedAccount:
    """Money borrowed on margin lessens what the account is worth; margin held is in the cash already."""
    positions, balances = statement.find("INVPOSLIST"), statement.find("INVBAL") or group("INVBAL")
    cash, holdings = amount(balances.value("AVAILCASH")), None if positions is None else holdings_value(positions)
    borrowed = min(amount(balances.value("MARGINBALANCE")) or Decimal(0), Decimal(0))
    known = [value for value in (cash, holdings) if value is not None]
    is_told = positions is None or holdings is not None
    total = sum(known, borrowed) if known and is_told else None
    return msgspec.structs.replace(
        account,
        balance=total,
        available_balance=cash,
        cash_balance=cash,
        holdings_value=holdings,
        total_account_value=total,
    )

"""Translates SimpleFIN account sets, versions 1 and 2, into the port's words. Pure.

Sources: the SimpleFIN protocol 1.0.7 (`errors`, `org`) and its version 2 (`errlist`, `connections`). Amounts are texts,
moments are seconds since 1970; a currency that is an address is never asked for.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from fanlight.base.redaction import redact
from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.port import MAX_ACCOUNTS, MAX_HOLDINGS, FeedAccount, FeedHolding, FeedTransaction, Positions
from fanlight.institutions.simplefin.details import SimpleFinDetails
from fanlight.institutions.values import amount_of, mapping, text_of, whole_of

CHECKING, SAVINGS, LOAN, CREDIT_CARD, INVESTMENT, LINE_OF_CREDIT, MORTGAGE = 1, 2, 3, 4, 5, 6, 7
DEBTS = frozenset((LOAN, CREDIT_CARD, LINE_OF_CREDIT, MORTGAGE))
CREDIT, DEBIT = 1, 2
MAX_ERRORS = 500
MAX_MESSAGE = 200
_LATEST = 2**33
_LINK = re.compile(r"\S*://\S*")
# The first that fits: a "Home Equity Line of Credit Loan" is a line of credit.
_NAMES: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(rf"\b(?:{words})", re.IGNORECASE), kind)
    for words, kind in (
        (r"debit card|prepaid", CHECKING),
        (r"heloc|line of credit|credit line|equity line", LINE_OF_CREDIT),
        (r"credit card|mastercard|visa|amex|american express|discover|rewards card|card\b", CREDIT_CARD),
        (r"mortgage|home loan", MORTGAGE),
        (r"(?:\w+ )?loan|auto finance|financing", LOAN),
        (r"401|403|457|529|roth|ira\b|hsa invest|brokerage|invest|retirement|pension|stock|mutual fund", INVESTMENT),
        (r"saving|money market|certificate|cd\b|emergency fund", SAVINGS),
        (r"checking|chequing|current|spending|debit", CHECKING),
    )
)


class Trouble(NamedTuple):
    """What a server says went wrong, as far as it says what with: all, a connection, or one account."""

    code: str
    message: str
    conn_id: str | None
    account_id: str | None

    @property
    def said(self) -> Said:
        """What it means for what it is about. An unknown code means what its first part does."""
        group, _, rest = self.code.partition(".")
        code = f"{group}.{rest.partition('.')[0]}"
        saying = {"gen.auth": Saying.CONSENT_EXPIRED, "con.auth": Saying.NEEDS_ATTENTION}.get(code)
        shown = self.code if group in ("gen", "con", "act") else "a code that is not known"
        return Said(saying or Saying.UNAVAILABLE, f"{shown}: {self.message}" if self.message else shown)


class Listed(NamedTuple):
    """An account of a set: how it is shown, what the server calls it, and what came with it."""

    account: FeedAccount
    id: str
    conn_id: str | None
    organisation: str | None
    transactions: Sequence[Mapping[str, Any]]
    holdings: Any


class AccountSet(NamedTuple):
    """One answer: accounts, and what the server says of those that are not whole."""

    listed: list[Listed]
    troubles: list[Trouble]
    left_out: int
    """Accounts that do not hold money: miles and points, in currencies of their own."""


def account_set(document: Mapping[str, Any], details: SimpleFinDetails) -> AccountSet:
    """An answer of `/accounts` in either version. Raises Said: GIBBERISH, TOO_MUCH."""
    found = document.get("accounts")
    if not isinstance(found, list):
        raise Said(Saying.GIBBERISH, "an answer without accounts")
    if len(found) > MAX_ACCOUNTS:
        raise Said(Saying.TOO_MUCH, f"more than {MAX_ACCOUNTS} accounts")
    entries = [mapping(entry) for entry in found]
    names = _connections(document)
    in_money = [entry for entry in entries if "://" not in (text_of(entry, "currency") or "")]
    listed: dict[str, Listed] = {}
    for entry in in_money:
        each = _listed(entry, names, details)
        listed.setdefault(each.account.provider_id, each)
    return AccountSet(list(listed.values()), _troubles(document), len(entries) - len(in_money))


def trouble_of(listed: Listed, troubles: Iterable[Trouble]) -> Trouble | None:
    """What is wrong with one account, the gravest first: its connection, the account, its organisation (version 1)."""
    own = [each for each in troubles if _is_about(each, listed)]
    return min(own, key=lambda each: not each.code.startswith("con."), default=None)


def transaction(entry: Mapping[str, Any], currency_code: str | None, last: dt.date) -> FeedTransaction:
    """A transaction; `last` is the day of pending ones that tell none. Raises Said(GIBBERISH)."""
    signed, posted = amount_of(entry, "amount"), _moment(entry, "posted")
    made = _moment(entry, "transacted_at")
    pending = entry.get("pending") is True or (posted is None and whole_of(entry, "posted") == 0)
    moment = made or posted
    if signed is None or (moment is None and not pending):
        raise Said(Saying.GIBBERISH, "a transaction without amount or posted")
    description, payee = text_of(entry, "description"), text_of(entry, "payee")
    memo = text_of(entry, "memo")
    return FeedTransaction(
        provider_id=text_of(entry, "id"),
        amount=abs(signed),
        transaction_type=DEBIT if signed < 0 else CREDIT,
        is_pending=pending,
        date=last if moment is None else _day(moment),
        description=description or payee or memo or "",
        posted_at=None if pending else posted,
        posted_on=None if pending or posted is None else _day(posted),
        transacted_at=made,
        transacted_on=None if made is None else _day(made),
        memo=memo if description or payee else None,
        currency_code=currency_code,
    )


def positions(found: Any, currency_code: str | None) -> Positions | None:
    """The `holdings` that some servers add; None where there are none. One without any name is left out."""
    if not isinstance(found, list) or not found:
        return None
    if len(found) > MAX_HOLDINGS:
        raise Said(Saying.TOO_MUCH, f"more than {MAX_HOLDINGS} holdings")
    read = [each for entry in found if (each := _holding(mapping(entry), currency_code)) is not None]
    return Positions(read, is_whole=len(read) == len(found))


def _holding(entry: Mapping[str, Any], currency_code: str | None) -> FeedHolding | None:
    found = FeedHolding(
        provider_id=text_of(entry, "id"),
        description=text_of(entry, "description"),
        symbol=text_of(entry, "symbol"),
        shares=amount_of(entry, "shares"),
        market_value=amount_of(entry, "market_value"),
        purchase_price=amount_of(entry, "purchase_price"),
        cost_basis=amount_of(entry, "cost_basis"),
        currency_code=_currency(entry) or currency_code,
    )
    return found if found.provider_id or found.symbol or found.description else None


def _listed(entry: Mapping[str, Any], names: Mapping[str, str | None], details: SimpleFinDetails) -> Listed:
    """An account. An id is unique within its connection, or before version 2 within its organisation."""
    identity, conn_id, org = text_of(entry, "id"), text_of(entry, "conn_id"), mapping(entry.get("org"))
    if identity is None:
        raise Said(Saying.GIBBERISH, "an account without id")
    within = conn_id or text_of(org, "id") or text_of(org, "domain") or text_of(org, "sfin-url")
    told = entry.get("transactions")
    if told is not None and not isinstance(told, list):
        raise Said(Saying.GIBBERISH, "transactions are no list")
    account = _account(entry, f"{within}:{identity}" if within else identity, details)
    organisation = names.get(conn_id or "") or text_of(org, "name") or text_of(org, "domain")
    transactions = [mapping(each) for each in told or ()]
    return Listed(account, identity, conn_id, organisation, transactions, entry.get("holdings"))


def _account(entry: Mapping[str, Any], provider_id: str, details: SimpleFinDetails) -> FeedAccount:
    """The standard has no kinds of accounts: the name tells it, or the person corrects it."""
    name, holdings = text_of(entry, "name"), entry.get("holdings")
    kind = INVESTMENT if isinstance(holdings, list) and holdings else _kind(name or "")
    balance, available = amount_of(entry, "balance"), amount_of(entry, "available-balance")
    is_debt = kind in DEBTS
    if is_debt and balance is not None and details.debts == "negative":
        balance = -balance + 0
    return FeedAccount(
        provider_id=provider_id,
        account_type=kind,
        name=name,
        account_number=_last_digits(name or ""),
        currency_code=_currency(entry),
        balance=balance,
        available_balance=None if is_debt or kind == INVESTMENT else available,
        available_credit=available if kind in (CREDIT_CARD, LINE_OF_CREDIT) else None,
        total_account_value=balance if kind == INVESTMENT else None,
        started_on=_started(mapping(entry.get("extra"))),
    )


def _kind(name: str) -> int:
    return next((kind for pattern, kind in _NAMES if pattern.search(name)), CHECKING)


def _last_digits(name: str) -> str | None:
    """Names often end with them: "Checking (1234)", "Visa ...1234"."""
    found = re.search(r"(?:\D|^)([0-9]{4})\W{0,3}$", name)
    return found[1] if found else None


def _started(extra: Mapping[str, Any]) -> dt.date | None:
    opened = _moment(extra, "account-open-date")
    return None if opened is None else _day(opened)


def _currency(entry: Mapping[str, Any]) -> str | None:
    code = text_of(entry, "currency")
    return code.upper() if code and len(code) == 3 and code.isalpha() else None


def _connections(document: Mapping[str, Any]) -> dict[str, str | None]:
    found = document.get("connections")
    entries = [mapping(each) for each in found[:MAX_ACCOUNTS]] if isinstance(found, list) else []
    return {
        key: text_of(each, "org_name") or text_of(each, "name") for each in entries if (key := text_of(each, "conn_id"))
    }


def _troubles(document: Mapping[str, Any]) -> list[Trouble]:
    """`errlist`; before version 2 `errors`, which are texts alone. A server may send both, and then one says all."""
    found = document.get("errlist")
    if isinstance(found, list):
        entries = [mapping(each) for each in found[:MAX_ERRORS]]
        return [
            Trouble(
                (text_of(each, "code") or "gen.").lower()[:MAX_MESSAGE],
                _message(text_of(each, "msg") or text_of(each, "message")),
                text_of(each, "conn_id"),
                text_of(each, "account_id"),
            )
            for each in entries
        ]
    old = document.get("errors")
    texts = [text_of({"text": each}, "text") for each in old[:MAX_ERRORS]] if isinstance(old, list) else []
    return [Trouble(_code_of(text), _message(text), None, None) for text in texts if text]


def _code_of(text: str) -> str:
    """What a text of version 1 is about: servers write of signing in where they mean that the person has to."""
    return "con.auth" if re.search(r"auth|sign in|log ?in|attention|credential", text, re.IGNORECASE) else "gen."


def _is_about(trouble: Trouble, listed: Listed) -> bool:
    if trouble.account_id is not None:
        return trouble.account_id == listed.id and trouble.conn_id in (None, listed.conn_id)
    if trouble.conn_id is not None:
        return trouble.conn_id == listed.conn_id
    # A text of version 1 names the organisation that it is about.
    is_named = listed.organisation is not None and listed.organisation.casefold() in trouble.message.casefold()
    return trouble.code.startswith("con.") and is_named


def _message(text: str | None) -> str:
    """A server's text as an operator may read it: short, in one line, without addresses and what looks secret."""
    return redact(_LINK.sub("[address]", text or ""))[:MAX_MESSAGE]


def _moment(entry: Mapping[str, Any], name: str) -> int | None:
    """Seconds since 1970; 0 is none. Some servers write them with decimals."""
    value = entry.get(name)
    told = entry if not isinstance(value, Decimal) else {name: str(value).partition(".")[0]}
    seconds = whole_of(told, name)
    return seconds if seconds and seconds < _LATEST else None


def _day(moment: int) -> dt.date:
    return dt.datetime.fromtimestamp(moment, dt.UTC).date()

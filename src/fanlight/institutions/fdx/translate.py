"""Translates FDX documents into the port's words. Pure: no clock, no network, no guessing beyond the standard.

Sources: Core Exchange 6.x field names; `debitCreditMemo` gives a transaction's direction and `amount` is absolute.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from fanlight.base import money
from fanlight.institutions.port import FeedAccount, FeedAccountNumber, FeedOwner, FeedTransaction, Said, Saying

CHECKING, SAVINGS, LOAN, CREDIT_CARD, INVESTMENT, LINE_OF_CREDIT, MORTGAGE = 1, 2, 3, 4, 5, 6, 7
INSURANCE, PREPAID = 10, 11
CREDIT, DEBIT = 1, 2
MAX_TEXT = 1024
MAX_ENTRIES = 2000
"""Of one page, and of the holdings of one account."""
SHOWN_DIGITS = 4
MAX_DIGITS = 15
MAX_ERROR = 64 << 10
"""Bytes of an error answer whose code is looked for."""
_CODE = re.compile(r"[0-9A-Za-z]{1,16}")
_MASKED = re.compile(r"[\W_xX]*+[^\W_]{0,4}")
_ADDRESS = re.compile(r"[!-~]+")
_YEARS = range(1900, 2201)

# FDX accountType -> the wire's account_type and account_subtype.
_TYPES: dict[str, tuple[int, int | None]] = {
    "CHECKING": (CHECKING, None),
    "SAVINGS": (SAVINGS, None),
    "HIGHINTERESTSAVINGSACCOUNT": (SAVINGS, None),
    "FIRSTHOMESAVINGSACCOUNT": (SAVINGS, None),
    "MONEYMARKET": (SAVINGS, 1),
    "CD": (SAVINGS, 2),
    "ESCROW": (SAVINGS, None),
    "OTHERDEPOSIT": (SAVINGS, None),
    "PREPAID": (PREPAID, None),
    "CREDITCARD": (CREDIT_CARD, None),
    "CHARGE": (CREDIT_CARD, None),
    "HOMELINEOFCREDIT": (LINE_OF_CREDIT, 28),
    "LINEOFCREDIT": (LINE_OF_CREDIT, None),
    "AUTOLOAN": (LOAN, 3),
    "STUDENTLOAN": (LOAN, 4),
    "PERSONALLOAN": (LOAN, 6),
    "LOAN": (LOAN, None),
    "INSTALLMENT": (LOAN, None),
    "HOMEEQUITYLOAN": (LOAN, 8),
    "MORTGAGE": (MORTGAGE, None),
    "401K": (INVESTMENT, 9),
    "403B": (INVESTMENT, 10),
    "529": (INVESTMENT, 11),
    "IRA": (INVESTMENT, 12),
    "ROLLOVER": (INVESTMENT, 13),
    "ROTH": (INVESTMENT, 14),
    "TAXABLE": (INVESTMENT, 15),
    "BROKERAGEPRODUCT": (INVESTMENT, 17),
    "TRUST": (INVESTMENT, 18),
    "457": (INVESTMENT, 20),
    "DEFINEDBENEFIT": (INVESTMENT, 21),
    "ANNUITY": (INSURANCE, None),
}
_CATEGORIES: dict[str, tuple[int, int | None]] = {
    "DEPOSIT_ACCOUNT": (CHECKING, None),
    "LOC_ACCOUNT": (LINE_OF_CREDIT, None),
    "LOAN_ACCOUNT": (LOAN, None),
    "INVESTMENT_ACCOUNT": (INVESTMENT, None),
    "ANNUITY_ACCOUNT": (INSURANCE, None),
    "INSURANCE_ACCOUNT": (INSURANCE, None),
}
_TRANSFER_NETWORKS = ("US_ACH", "CA_ACSS")
_PENDING = frozenset(("PENDING", "AUTHORIZATION", "MEMO"))
_CREDITS = frozenset(("CREDIT", "DEPOSIT", "INTEREST", "DIVIDEND", "DIRECTDEPOSIT", "ATMDEPOSIT", "REFUND"))


def account(entry: Mapping[str, Any], *, card_balance_is_owed: bool = True) -> FeedAccount:
    """An account of any category. Raises Said(GIBBERISH) when it has no id."""
    provider_id = _text(entry, "accountId")
    if provider_id is None:
        raise Said(Saying.GIBBERISH, "an account without accountId")
    kind, subtype = _kind(entry)
    due = _date(entry, "nextPaymentDate")
    return FeedAccount(
        provider_id=provider_id,
        account_type=kind,
        account_subtype=subtype,
        name=_text(entry, "productName") or _text(entry, "nickname"),
        nickname=_text(entry, "nickname"),
        account_number=_shown(_text(entry, "accountNumberDisplay")),
        currency_code=_currency(entry),
        balance=_balance(entry, kind, card_balance_is_owed=card_balance_is_owed),
        available_balance=_first(entry, "availableBalance", "availableCashBalance"),
        available_credit=_amount(entry, "availableCredit"),
        credit_limit=_amount(entry, "creditLine"),
        cash_balance=_amount(entry, "availableCashBalance"),
        holdings_value=_holdings_value(entry),
        total_account_value=_amount(entry, "currentValue"),
        interest_rate=_first(entry, "interestRate", "interestYtd") if kind in (LOAN, MORTGAGE) else None,
        apr=_first(entry, "purchasesApr", "annualPercentageRate"),
        apy=_amount(entry, "annualPercentageYield"),
        original_balance=_amount(entry, "originalPrincipal"),
        loan_amount=_amount(entry, "originalPrincipal") if kind in (LOAN, MORTGAGE) else None,
        payoff_balance=_first(entry, "payOffAmount", "payoffAmount"),
        minimum_balance=_amount(entry, "minimumBalance"),
        minimum_payment=_first(entry, "minimumPaymentAmount", "nextPaymentAmount"),
        last_payment=_amount(entry, "lastPaymentAmount"),
        last_payment_at=_moment(entry, "lastPaymentDate"),
        payment_due_at=_moment(entry, "nextPaymentDate"),
        day_payment_is_due=due.day if due else None,
        statement_balance=_first(entry, "lastStmtBalance", "previousStmtBalance"),
        started_on=_first_date(entry, "accountOpenDate", "originatingDate"),
        matures_on=_date(entry, "maturityDate"),
        is_closed=_text(entry, "status") in ("CLOSED", "RESTRICTED_CLOSED"),
    )


def transaction(entry: Mapping[str, Any], currency_code: str | None = None) -> FeedTransaction:
    """A transaction of any category; one without a currency is in the account's.

    Raises Said(GIBBERISH) when it has no amount or no date.
    """
    signed = _amount(entry, "amount")
    posted, transacted = _moment(entry, "postedTimestamp"), _moment(entry, "transactionTimestamp")
    moment = posted if posted is not None else transacted
    if signed is None or moment is None:
        raise Said(Saying.GIBBERISH, "a transaction without amount or date")
    pending = _text(entry, "status") in _PENDING
    posted_on = _date(entry, "postedTimestamp")
    transacted_on = _date(entry, "transactionTimestamp")
    day = transacted_on or posted_on
    assert day is not None  # noqa: S101 - a moment has a day
    return FeedTransaction(
        provider_id=_text(entry, "transactionId"),
        amount=abs(signed),
        transaction_type=_direction(entry, signed),
        is_pending=pending,
        date=day,
        description=_text(entry, "description") or _text(entry, "payee") or _text(entry, "memo") or "",
        posted_at=None if pending else posted,
        posted_on=None if pending else posted_on,
        transacted_at=transacted,
        transacted_on=transacted_on,
        memo=_text(entry, "memo"),
        currency_code=_currency(entry) or currency_code,
        check_number=_whole(entry, "checkNumber"),
        check_number_string=_text(entry, "checkNumber"),
        merchant_category_code=_merchant_category(entry),
        extended_transaction_type=_text(entry, "transactionType"),
    )


def customer_id(document: Mapping[str, Any]) -> str | None:
    """The stable name of the person, of `/customers/current`."""
    return _text(document, "customerId")


def account_numbers(entries: Sequence[Mapping[str, Any]]) -> list[FeedAccountNumber]:
    """The numbers of an account's payment networks: the one for transfers (ACH, ACSS) first, equal ones once."""
    ordered = sorted(entries, key=lambda entry: _text(entry, "type") not in _TRANSFER_NETWORKS)
    found = [_account_number(entry) for entry in ordered]
    return list(dict.fromkeys(number for number in found if number is not None))


def owners(document: Mapping[str, Any]) -> list[FeedOwner]:
    """The holders of an account's `/contact`; address, e-mail and telephone are the account's, not one holder's."""
    address = _mapping(_item(document, "addresses"))
    shared = FeedOwner(
        address=_text(address, "line1"),
        city=_text(address, "city"),
        state=_text(address, "region") or _text(address, "state"),
        postal_code=_text(address, "postalCode"),
        country=_text(address, "country"),
        email=_text({"email": _item(document, "emails")}, "email"),
        phone=_text(_mapping(_item(document, "telephones")), "number"),
    )
    holders = document.get("holders")
    if not isinstance(holders, list):
        raise Said(Saying.GIBBERISH, "a contact without holders")
    if len(holders) > MAX_ENTRIES:
        raise Said(Saying.TOO_MUCH, f"more than {MAX_ENTRIES} holders")
    return [_owner(holder, shared) for holder in holders if isinstance(holder, dict)]


def entries(document: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """The entries of a page. FDX wraps entries by category in some versions (`{"depositAccount": {...}}`)."""
    found = document.get(name)
    if not isinstance(found, list):
        raise Said(Saying.GIBBERISH, f"a page without {name}")
    if len(found) > MAX_ENTRIES:
        raise Said(Saying.TOO_MUCH, f"a page of more than {MAX_ENTRIES} {name}")
    for entry in found:
        if not isinstance(entry, dict):
            raise Said(Saying.GIBBERISH, f"an entry of {name} is not an object")
        inner = next(iter(entry.values()), None) if len(entry) == 1 else None
        yield inner if isinstance(inner, dict) else entry


def next_page(document: Mapping[str, Any]) -> tuple[str | None, tuple[str, str] | None]:
    """A link to follow, or the query parameter that asks for the next page; neither on the last one.

    Raises Said(GIBBERISH) for a link of characters that no address has.
    """
    links, page = _mapping(document.get("links")), _mapping(document.get("page"))
    link = _text(_mapping(links.get("next")), "href")
    if link:
        if not _ADDRESS.fullmatch(link):
            raise Said(Saying.GIBBERISH, "a page link that is no address")
        return link, None
    for field, parameter in (("nextPageKey", "pageKey"), ("nextOffset", "offset")):
        value = _text(page, field)
        if value:
            return None, (parameter, value)
    return None, None


def error_code(body: bytes) -> str | None:
    """The FDX error code of an answer, when it has one; anything longer than a code is none."""
    if len(body) > MAX_ERROR:
        return None
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    code = _text(document, "code") if isinstance(document, dict) else None
    return code if code is not None and _CODE.fullmatch(code) else None


def _account_number(entry: Mapping[str, Any]) -> FeedAccountNumber | None:
    number, bank = _text(entry, "identifier"), _text(entry, "bankId")
    if number is None or bank is None:
        return None
    if (_text(entry, "type") or "").startswith("CA_"):
        return FeedAccountNumber(account_number=number, institution_number=bank[-8:-5], transit_number=bank[-5:])
    return FeedAccountNumber(account_number=number, routing_number=bank)


def _owner(holder: Mapping[str, Any], shared: FeedOwner) -> FeedOwner:
    name = _mapping(holder.get("name"))
    first, last = _text(name, "first"), _text(name, "last")
    parts = (first, _text(name, "middle"), last)
    whole = " ".join(part for part in parts if part) or _text(name, "company")
    return msgspec.structs.replace(shared, owner_name=whole, first_name=first, last_name=last)


def _item(document: Mapping[str, Any], name: str) -> Any:
    """The first entry of a list, None when there is none."""
    found = document.get(name)
    return found[0] if isinstance(found, list) and found else None


def _kind(entry: Mapping[str, Any]) -> tuple[int, int | None]:
    known = _TYPES.get(_text(entry, "accountType") or "")
    return known or _CATEGORIES.get(_text(entry, "accountCategory") or "", (0, None))


def _balance(entry: Mapping[str, Any], kind: int, *, card_balance_is_owed: bool) -> Decimal | None:
    if kind in (LOAN, MORTGAGE):
        return _first(entry, "principalBalance", "currentBalance")
    if kind == INVESTMENT:
        return _first(entry, "currentValue", "currentBalance")
    balance = _amount(entry, "currentBalance")
    if balance is not None and kind in (CREDIT_CARD, LINE_OF_CREDIT) and not card_balance_is_owed:
        return -balance
    return balance


def _shown(number: str | None) -> str | None:
    """The masked number; of one that came whole, its last four characters."""
    if number is None or _MASKED.fullmatch(number):
        return number
    return number[-SHOWN_DIGITS:]


def _holdings_value(entry: Mapping[str, Any]) -> Decimal | None:
    holdings = entry.get("holdings")
    if not isinstance(holdings, list) or not holdings:
        return None
    if len(holdings) > MAX_ENTRIES:
        raise Said(Saying.TOO_MUCH, f"more than {MAX_ENTRIES} holdings")
    values = [_amount(_mapping(holding), "marketValue") for holding in holdings]
    return sum((value for value in values if value is not None), Decimal(0))


def _direction(entry: Mapping[str, Any], signed: Decimal) -> int:
    memo = (_text(entry, "debitCreditMemo") or "").upper()
    if memo in ("CREDIT", "DEBIT"):
        return CREDIT if memo == "CREDIT" else DEBIT
    if signed < 0:
        return DEBIT
    return CREDIT if (_text(entry, "transactionType") or "").upper() in _CREDITS else DEBIT


def _merchant_category(entry: Mapping[str, Any]) -> int | None:
    code = _text(entry, "category") or _text(entry, "standardIndustrialCode") or ""
    return int(code) if len(code) == 4 and code.isdecimal() else None


def _currency(entry: Mapping[str, Any]) -> str | None:
    code = _text(_mapping(entry.get("currency")), "currencyCode")
    return code.upper() if code and len(code) == 3 else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(entry: Mapping[str, Any], name: str) -> str | None:
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = "".join(character for character in str(value)[:MAX_TEXT] if character >= " ").strip()
    return text or None


def _whole(entry: Mapping[str, Any], name: str) -> int | None:
    text = _text(entry, name) or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else None


def _amount(entry: Mapping[str, Any], name: str) -> Decimal | None:
    return money.parse(entry.get(name))


def _first(entry: Mapping[str, Any], *names: str) -> Decimal | None:
    return next((value for name in names if (value := _amount(entry, name)) is not None), None)


def _instant(entry: Mapping[str, Any], name: str) -> datetime | None:
    """A timestamp, or a date alone as its first moment: a date is never moved to another day."""
    text = _text(entry, name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) if moment.year in _YEARS else None


def _moment(entry: Mapping[str, Any], name: str) -> int | None:
    instant = _instant(entry, name)
    return None if instant is None else int(instant.timestamp())


def _date(entry: Mapping[str, Any], name: str) -> date | None:
    """The calendar day as the institution wrote it, in the institution's own offset."""
    instant = _instant(entry, name)
    return None if instant is None else instant.date()


def _first_date(entry: Mapping[str, Any], *names: str) -> date | None:
    return next((day for name in names if (day := _date(entry, name)) is not None), None)

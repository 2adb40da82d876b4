"""Translates FDX documents into the port's words. Pure: no clock, no network, no guessing beyond the standard.

Sources: Core Exchange 6.x field names; `debitCreditMemo` gives a transaction's direction and `amount` is absolute.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.fdx import holdings
from fanlight.institutions.port import FeedAccount, FeedAccountNumber, FeedOwner, FeedTransaction
from fanlight.institutions.values import (
    amount_of,
    currency_of,
    date_of,
    first_amount,
    first_date,
    mapping,
    moment_of,
    text_of,
    whole_of,
)

CHECKING, SAVINGS, LOAN, CREDIT_CARD, INVESTMENT, LINE_OF_CREDIT, MORTGAGE = 1, 2, 3, 4, 5, 6, 7
INSURANCE, PREPAID = 10, 11
CREDIT, DEBIT = 1, 2
MAX_ENTRIES = 2000
"""Of one page."""
SHOWN_DIGITS = 4
_MASKED = re.compile(r"[\W_xX]*+[^\W_]{0,4}")
_ADDRESS = re.compile(r"[!-~]+")

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
    provider_id = text_of(entry, "accountId")
    if provider_id is None:
        raise Said(Saying.GIBBERISH, "an account without accountId")
    kind, subtype = _kind(entry)
    bill, worth = _bill(entry), holdings.worth(entry)
    return FeedAccount(
        provider_id=provider_id,
        account_type=kind,
        account_subtype=subtype,
        name=text_of(entry, "productName") or text_of(entry, "nickname"),
        nickname=text_of(entry, "nickname"),
        account_number=_shown(text_of(entry, "accountNumberDisplay")),
        whole_number=_whole_number(entry),
        currency_code=currency_of(entry),
        balance=_balance(entry, kind, card_balance_is_owed=card_balance_is_owed),
        available_balance=first_amount(entry, "availableBalance", "availableCashBalance"),
        available_credit=amount_of(entry, "availableCredit"),
        credit_limit=amount_of(entry, "creditLine"),
        cash_balance=worth.cash,
        holdings_value=worth.holdings if kind in (INVESTMENT, INSURANCE) else None,
        total_account_value=amount_of(entry, "currentValue"),
        interest_rate=_rate(entry, "chargedInterest", "interestRate") if kind in (LOAN, MORTGAGE) else None,
        apr=_rate(entry, "chargedInterest", "purchasesApr", "annualPercentageRate"),
        apy=_rate(entry, "earnedInterest", "annualPercentageYield"),
        original_balance=amount_of(entry, "originalPrincipal"),
        loan_amount=amount_of(entry, "originalPrincipal") if kind in (LOAN, MORTGAGE) else None,
        payoff_balance=first_amount(entry, "payOffAmount", "payoffAmount"),
        minimum_balance=amount_of(entry, "minimumBalance"),
        minimum_payment=first_amount(bill, "minimumPaymentAmount", "nextPaymentAmount"),
        last_payment=amount_of(entry, "lastPaymentAmount"),
        last_payment_at=moment_of(entry, "lastPaymentDate"),
        payment_due_at=moment_of(bill, "nextPaymentDate"),
        day_payment_is_due=due.day if (due := date_of(bill, "nextPaymentDate")) else None,
        statement_balance=first_amount(entry, "lastStmtBalance", "previousStmtBalance"),
        started_on=first_date(entry, "accountOpenDate", "originatingDate"),
        matures_on=date_of(entry, "maturityDate"),
        is_closed=text_of(entry, "status") in ("CLOSED", "RESTRICTED_CLOSED"),
    )


def closed(account: FeedAccount) -> FeedAccount:
    """The account of which its provider says nothing but that it is closed."""
    return msgspec.structs.replace(account, is_closed=True)


def transaction(
    entry: Mapping[str, Any], currency_code: str | None = None, *, balance_after: str | None = None
) -> FeedTransaction:
    """A transaction of any category; one without a currency is in the account's.

    `balance_after` names the field of the running balance where the institution has one: the standard has none.
    Raises Said(GIBBERISH) when it has no amount or no date.
    """
    signed = amount_of(entry, "amount")
    posted, transacted = moment_of(entry, "postedTimestamp"), moment_of(entry, "transactionTimestamp")
    moment = posted if posted is not None else transacted
    if signed is None or moment is None:
        raise Said(Saying.GIBBERISH, "a transaction without amount or date")
    pending = text_of(entry, "status") in _PENDING
    posted_on = date_of(entry, "postedTimestamp")
    transacted_on = date_of(entry, "transactionTimestamp")
    day = transacted_on or posted_on
    assert day is not None  # noqa: S101 - a moment has a day
    return FeedTransaction(
        provider_id=text_of(entry, "transactionId"),
        amount=abs(signed),
        transaction_type=_direction(entry, signed),
        is_pending=pending,
        date=day,
        description=text_of(entry, "description") or _payee(entry) or text_of(entry, "memo") or "",
        posted_at=None if pending else posted,
        posted_on=None if pending else posted_on,
        transacted_at=transacted,
        transacted_on=transacted_on,
        memo=text_of(entry, "memo"),
        currency_code=currency_of(entry) or currency_code,
        check_number=whole_of(entry, "checkNumber"),
        check_number_string=text_of(entry, "checkNumber"),
        merchant_category_code=_merchant_category(entry),
        extended_transaction_type=text_of(entry, "transactionType"),
        balance_after=amount_of(entry, balance_after) if balance_after and not pending else None,
        pending_id=None if pending else text_of(entry, "referenceTransactionId"),
    )


def customer_id(document: Mapping[str, Any]) -> str | None:
    """The stable name of the person, of `/customers/current`."""
    return text_of(document, "customerId")


def account_numbers(entries: Sequence[Mapping[str, Any]]) -> list[FeedAccountNumber]:
    """The numbers of an account's payment networks: the one for transfers (ACH, ACSS) first, equal ones once."""
    ordered = sorted(entries, key=lambda entry: text_of(entry, "type") not in _TRANSFER_NETWORKS)
    found = [_account_number(entry) for entry in ordered]
    return list(dict.fromkeys(number for number in found if number is not None))


def owners(document: Mapping[str, Any]) -> list[FeedOwner]:
    """The holders of an account's `/contact`; address, e-mail and telephone are the account's, not one holder's."""
    address = mapping(_item(document, "addresses"))
    shared = FeedOwner(
        address=text_of(address, "line1"),
        city=text_of(address, "city"),
        state=text_of(address, "region") or text_of(address, "state"),
        postal_code=text_of(address, "postalCode"),
        country=text_of(address, "country"),
        email=text_of({"email": _item(document, "emails")}, "email"),
        phone=text_of(mapping(_item(document, "telephones")), "number"),
    )
    holders = document.get("holders")
    if not isinstance(holders, list):
        raise Said(Saying.GIBBERISH, "a contact without holders")
    if len(holders) > MAX_ENTRIES:
        raise Said(Saying.TOO_MUCH, f"more than {MAX_ENTRIES} holders")
    return [_owner(holder, shared) for holder in holders if isinstance(holder, dict)]


def holdings_of(document: dict[str, Any]) -> Any:
    """The `holdings` of an account's own document, as they came."""
    return unwrapped(document).get("holdings")


def unwrapped(entry: dict[str, Any]) -> dict[str, Any]:
    """What stands inside, where an entry is wrapped by its category."""
    inner = next(iter(entry.values()), None) if len(entry) == 1 else None
    return inner if isinstance(inner, dict) else entry


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
        yield unwrapped(entry)


def next_page(document: Mapping[str, Any]) -> tuple[str | None, tuple[str, str] | None]:
    """A link to follow, or the query parameter that asks for the next page; neither on the last one.

    Raises Said(GIBBERISH) for a link of characters that no address has.
    """
    links, page = mapping(document.get("links")), mapping(document.get("page"))
    link = text_of(mapping(links.get("next")), "href")
    if link:
        if not _ADDRESS.fullmatch(link):
            raise Said(Saying.GIBBERISH, "a page link that is no address")
        return link, None
    for field, parameter in (("nextPageKey", "pageKey"), ("nextOffset", "offset")):
        value = text_of(page, field)
        if value:
            return None, (parameter, value)
    return None, None


def _account_number(entry: Mapping[str, Any]) -> FeedAccountNumber | None:
    number, bank = text_of(entry, "identifier"), text_of(entry, "bankId")
    if number is None or bank is None:
        return None
    if (text_of(entry, "type") or "").startswith("CA_"):
        return FeedAccountNumber(account_number=number, institution_number=bank[-8:-5], transit_number=bank[-5:])
    is_tokenized = text_of(entry, "identifierType") == "TOKENIZED_ACCOUNT_NUMBER"
    return FeedAccountNumber(account_number=number, routing_number=bank, is_tokenized=is_tokenized)


def _payee(entry: Mapping[str, Any]) -> str | None:
    """Whom it was paid to: by name alone, or since 6.4 as an object."""
    return text_of(mapping(entry.get("transactionPayee")), "name") or text_of(entry, "payee")


def _rate(entry: Mapping[str, Any], since_6_4: str, *names: str) -> Decimal | None:
    """A rate in percent a year: a field of its own, or since 6.4 an object with more about it."""
    found = first_amount(entry, *names)
    return amount_of(mapping(entry.get(since_6_4)), "rate") if found is None else found


def _bill(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is to be paid next, by the names that it had before 6.4 made a list of bills of it."""
    found = entry.get("bills")
    bills = [mapping(bill) for bill in found[:MAX_ENTRIES]] if isinstance(found, list) else []
    due = [bill for bill in bills if date_of(bill, "dueDate") is not None]
    if not due:
        return entry
    following = min(due, key=lambda bill: str(date_of(bill, "dueDate")))
    told = {
        "nextPaymentDate": following.get("dueDate"),
        "minimumPaymentAmount": following.get("minimumPaymentDue"),
        "nextPaymentAmount": following.get("totalPaymentDue"),
    }
    return {**entry, **{name: value for name, value in told.items() if value is not None}}


def _whole_number(entry: Mapping[str, Any]) -> str | None:
    """Routing and account number, where the account itself tells both and neither is masked."""
    number, bank = text_of(entry, "accountNumber"), text_of(entry, "routingTransitNumber")
    if number is None or bank is None or _MASKED.fullmatch(number):
        return None
    return f"{bank}:{number}"


def _owner(holder: Mapping[str, Any], shared: FeedOwner) -> FeedOwner:
    name = mapping(holder.get("name"))
    first, last = text_of(name, "first"), text_of(name, "last")
    parts = (first, text_of(name, "middle"), last)
    whole = " ".join(part for part in parts if part) or text_of(name, "company")
    return msgspec.structs.replace(shared, owner_name=whole, first_name=first, last_name=last)


def _item(document: Mapping[str, Any], name: str) -> Any:
    """The first entry of a list, None when there is none."""
    found = document.get(name)
    return found[0] if isinstance(found, list) and found else None


def _kind(entry: Mapping[str, Any]) -> tuple[int, int | None]:
    known = _TYPES.get(text_of(entry, "accountType") or "")
    return known or _CATEGORIES.get(text_of(entry, "accountCategory") or "", (0, None))


def _balance(entry: Mapping[str, Any], kind: int, *, card_balance_is_owed: bool) -> Decimal | None:
    if kind in (LOAN, MORTGAGE):
        return first_amount(entry, "principalBalance", "currentBalance")
    if kind == INVESTMENT:
        return first_amount(entry, "currentValue", "currentBalance")
    balance = amount_of(entry, "currentBalance")
    if balance is not None and kind in (CREDIT_CARD, LINE_OF_CREDIT) and not card_balance_is_owed:
        return -balance
    return balance


def _shown(number: str | None) -> str | None:
    """The masked number; of one that came whole, its last four characters."""
    if number is None or _MASKED.fullmatch(number):
        return number
    return number[-SHOWN_DIGITS:]


def _direction(entry: Mapping[str, Any], signed: Decimal) -> int:
    memo = (text_of(entry, "debitCreditMemo") or "").upper()
    if memo in ("CREDIT", "DEBIT"):
        return CREDIT if memo == "CREDIT" else DEBIT
    if signed < 0:
        return DEBIT
    return CREDIT if (text_of(entry, "transactionType") or "").upper() in _CREDITS else DEBIT


def _merchant_category(entry: Mapping[str, Any]) -> int | None:
    code = text_of(entry, "category") or text_of(entry, "standardIndustrialCode") or ""
    return int(code) if len(code) == 4 and code.isdecimal() else None

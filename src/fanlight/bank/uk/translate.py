"""Accounts, balances, movements and people of the simulated world in the forms of UK Open Banking, amounts in GBP."""

import datetime as dt
from decimal import Decimal
from typing import Any

from fanlight.bank.fdx import shapes
from fanlight.bank.uk import places
from fanlight.bank.uk.words import Words
from fanlight.bank.world.figures import dollars as pounds
from fanlight.bank.world.ledger import Ledger
from fanlight.bank.world.people import CARD, CHECKING, LOAN, MORTGAGE, SAVINGS, Account, Person
from fanlight.base.clock import DAY

PAYMENT_ACCOUNTS = frozenset((CHECKING, SAVINGS, CARD, LOAN, MORTGAGE))
"""The standard is about payment accounts: a brokerage is none."""
_DEPOSITS = frozenset((CHECKING, SAVINGS))
OVERDRAFT = 50_000
"""Pence that every current account may be overdrawn by."""
CURRENCY = "GBP"
_LONGEST_DESCRIPTION = 35


def account(
    account_id: str, owned: Account, person: Person, words: Words, *, detail: bool, whole_pan: bool
) -> dict[str, Any]:
    """An OBAccount6; its numbers with ReadAccountsDetail, a card's whole one with ReadPAN too."""
    found = {
        "AccountId": account_id,
        "Status": "Enabled",
        "StatusUpdateDateTime": "2020-01-01T00:00:00+00:00",
        "Currency": CURRENCY,
        words.category_field: "Personal",
        words.type_field: words.types[owned.role],
        "Description": owned.product[:_LONGEST_DESCRIPTION],
        "Nickname": owned.nickname,
        "OpeningDate": "2020-01-01T00:00:00+00:00",
    }
    return {**found, "Account": _numbers(owned, person, whole_pan=whole_pan)} if detail else found


def balances(account_id: str, owned: Account, ledger: Ledger, words: Words, now: int) -> list[dict[str, Any]]:
    """What is booked, what was at the end of yesterday, and for what can be spent from also what is available."""
    role = owned.role
    booked, yesterday = ledger.balance(role, now), ledger.balance(role, now - now % DAY - 1)
    found = [
        _balance(account_id, words.balances["ITBD"], booked, now),
        _balance(account_id, words.balances["CLBD"], yesterday, now - now % DAY - 1),
    ]
    line, kind = {CHECKING: (OVERDRAFT, "Pre-Agreed"), CARD: (ledger.household.credit_line, "Credit")}.get(
        role, (0, "")
    )
    if role in _DEPOSITS or role == CARD:
        available = _balance(account_id, words.balances["ITAV"], booked - ledger.held(role, now) + line, now)
        if line:
            available["CreditLine"] = [{"Included": True, "Type": kind, "Amount": _money(pounds(line))}]
        found.append(available)
    return found


def transaction(told: shapes.Transaction, words: Words, *, detail: bool) -> dict[str, Any]:
    """An OBTransaction6; texts and the other side with ReadTransactionsDetail alone."""
    pending = told.status == "PENDING"
    booked_at = told.posted_timestamp or told.transaction_timestamp or ""
    found: dict[str, Any] = {
        "AccountId": told.account_id,
        "CreditDebitIndicator": "Credit" if told.debit_credit_memo == "CREDIT" else "Debit",
        "Status": words.pending if pending else words.booked,
        "TransactionMutability": "Mutable" if pending else "Immutable",
        "BookingDateTime": _with_time(booked_at),
        "Amount": _money(abs(told.amount or Decimal(0))),
    }
    if told.transaction_id is not None:
        found["TransactionId"] = told.transaction_id
    if not pending:
        found["ValueDateTime"] = _with_time(booked_at)
    if told.transaction_type:
        found["ProprietaryBankTransactionCode"] = {"Code": told.transaction_type, "Issuer": "MX"}
    return {**found, **_texts(told), **_running(told, words)} if detail else found


def party(person: Person, words: Words) -> dict[str, Any]:
    """An OBParty2: the customer, under an id that no consent changes."""
    town = places.town(person)
    house, _, street = person.address.partition(" ")
    return {
        "PartyId": person.customer_id[:40],
        "PartyType": "Sole",
        "Name": person.name,
        "FullLegalName": person.name,
        "AccountRole": "UK.OBIE.Principal",
        "EmailAddress": person.email,
        "Mobile": places.mobile(person),
        "Address": [
            {
                "AddressType": words.home,
                "BuildingNumber": house,
                "StreetName": street,
                "TownName": town.name,
                "CountrySubDivision": town.county,
                "PostCode": town.postcode,
                "Country": "GB",
            }
        ],
    }


def instant(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")


def _numbers(owned: Account, person: Person, *, whole_pan: bool) -> list[dict[str, str]]:
    if owned.role == CARD:
        shown = owned.number if whole_pan else f"************{owned.number[-4:]}"
        return [{"SchemeName": "UK.OBIE.PAN", "Identification": shown, "Name": person.name}]
    pair = {
        "SchemeName": "UK.OBIE.SortCodeAccountNumber",
        "Identification": f"{places.sort_code(person)}{places.number(owned)}",
        "Name": person.name,
    }
    if owned.role not in _DEPOSITS:
        return [pair]
    return [pair, {"SchemeName": "UK.OBIE.IBAN", "Identification": places.iban(person, owned), "Name": person.name}]


def _balance(account_id: str, kind: str, pence: int, at: int) -> dict[str, Any]:
    """Signed by the indicator: what is owed is Debit, and nothing at all counts as Credit."""
    return {
        "AccountId": account_id,
        "CreditDebitIndicator": "Debit" if pence < 0 else "Credit",
        "Type": kind,
        "DateTime": instant(at),
        "Amount": _money(pounds(abs(pence))),
    }


def _money(amount: Decimal) -> dict[str, str]:
    return {"Amount": f"{amount:.2f}", "Currency": CURRENCY}


def _texts(told: shapes.Transaction) -> dict[str, Any]:
    merchant: dict[str, Any] = {"MerchantName": told.payee} if told.payee else {}
    if told.category:
        merchant["MerchantCategoryCode"] = told.category
    found: dict[str, Any] = {"TransactionInformation": told.description}
    if told.memo:
        found["TransactionReference"] = told.memo
    return {**found, "MerchantDetails": merchant} if merchant else found


def _running(told: shapes.Transaction, words: Words) -> dict[str, Any]:
    """The balance after it, where the user's bank tells that: of a debt, what is owed is Debit."""
    after = told.running_balance
    if after is None:
        return {}
    owed = told.account_category in ("LOC_ACCOUNT", "LOAN_ACCOUNT")
    signed = -after if owed else after
    side = "Debit" if signed < 0 else "Credit"
    return {"Balance": {"CreditDebitIndicator": side, "Type": words.balances["ITBD"], "Amount": _money(abs(signed))}}


def _with_time(text: str) -> str:
    """A moment; a day alone is its midnight, for the standard has no days without a time."""
    return text if "T" in text else f"{text}T00:00:00+00:00"

"""Accounts, cards and their movements in the simulated world, translated into Berlin Group forms.

The bank's people live in dollars; over this interface they are told in euros, one for one.
"""

from typing import Any

from fanlight.bank.berlin_group.consents import Consent
from fanlight.bank.world.figures import dollars
from fanlight.bank.world.ledger import Entry, Ledger
from fanlight.bank.world.people import CARD, CHECKING, SAVINGS, Account, Person
from fanlight.base.clock import date_of

CURRENCY = "EUR"
PAYMENT_ACCOUNTS = (CHECKING, SAVINGS)
"""What the law calls payment accounts: loans and investments are not told of."""
_TYPES = {CHECKING: "CACC", SAVINGS: "SVGS"}
_CODES = {
    "DEBITCARD": "PMNT-CCRD-POSD",
    "PURCHASE": "PMNT-CCRD-POSD",
    "TRANSFER": "PMNT-ICDT-BOOK",
    "BILLPAYMENT": "PMNT-ICDT-ESCT",
    "CHECK": "PMNT-ICHQ-CCHQ",
    "INTEREST": "ACMT-MCOP-INTR",
}


def iban(person: Person, account: Account) -> str:
    """A German IBAN with right check digits (ISO 13616): the bank's code and the account's number, and nobody's."""
    bban = f"{person.brand.routing_number[:8]}{account.number[-10:]:0>10}"
    return f"DE{98 - int(bban + '131400') % 97:02}{bban}"


def account(
    person: Person, owned: Account, consent: Consent, ledger: Ledger, now: int, *, with_balances: bool
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceId": owned.id,
        "iban": iban(person, owned),
        "currency": CURRENCY,
        "product": owned.product,
        "name": owned.nickname,
        "cashAccountType": _TYPES[owned.role],
        "status": "enabled",
        "usage": "PRIV",
        "_links": _links("accounts", owned),
    }
    if consent.tells_owners:
        found["ownerName"] = person.name
    return {**found, "balances": balances(owned, ledger, now)} if with_balances else found


def card(person: Person, owned: Account, consent: Consent, ledger: Ledger, now: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceId": owned.id,
        "maskedPan": masked(owned),
        "currency": CURRENCY,
        "name": owned.nickname,
        "product": owned.product,
        "debitAccounting": False,
        "status": "enabled",
        "creditLimit": _amount(ledger.household.credit_line),
        "balances": balances(owned, ledger, now),
        "_links": _links("card-accounts", owned),
    }
    return {**found, "ownerName": person.name} if consent.tells_owners else found


def balances(owned: Account, ledger: Ledger, now: int) -> list[dict[str, Any]]:
    """Booked and available; a card's available one has the credit line in it."""
    booked, held, day = ledger.balance(owned.role, now), ledger.held(owned.role, now), date_of(now).isoformat()
    limit = ledger.household.credit_line if owned.role == CARD else 0
    return [
        {"balanceType": "interimBooked", "balanceAmount": _amount(booked), "referenceDate": day},
        {
            "balanceType": "interimAvailable",
            "balanceAmount": _amount(booked - held + limit),
            "creditLimitIncluded": owned.role == CARD,
            "referenceDate": day,
        },
    ]


def transaction(entry: Entry, place: int) -> dict[str, Any]:
    """A movement; its entryReference is a place in the day, as at some banks."""
    movement = entry.movement
    cents = -movement.held if entry.pending else movement.cents
    made, booked = date_of(movement.at).isoformat(), date_of(movement.posted_at).isoformat()
    found: dict[str, Any] = {
        "transactionId": entry.id,
        "transactionAmount": _amount(cents),
        "valueDate": made,
        "remittanceInformationUnstructured": (movement.pending_description if entry.pending else movement.description),
        "bankTransactionCode": _CODES.get(movement.kind, "PMNT-MCOP-OTHR"),
    }
    if not entry.pending:
        found |= {"bookingDate": booked, "entryReference": f"{booked}.{place}"}
    if movement.payee:
        found["creditorName" if cents < 0 else "debtorName"] = movement.payee
    return {**found, "checkId": str(movement.check_number)} if movement.check_number else found


def card_transaction(entry: Entry, owned: Account) -> dict[str, Any]:
    movement = entry.movement
    found: dict[str, Any] = {
        "cardTransactionId": entry.id,
        "transactionDate": date_of(movement.at).isoformat(),
        "transactionAmount": _amount(-movement.held if entry.pending else movement.cents),
        "transactionDetails": movement.pending_description if entry.pending else movement.description,
        "maskedPAN": masked(owned),
        "invoiced": False,
    }
    if not entry.pending:
        found["bookingDate"] = date_of(movement.posted_at).isoformat()
    return {**found, "merchantCategoryCode": movement.mcc} if movement.mcc else found


def masked(owned: Account) -> str:
    return f"{owned.number[:6]}XXXXXX{owned.number[-4:]}"


def _amount(cents: int) -> dict[str, str]:
    return {"currency": CURRENCY, "amount": str(dollars(cents))}


def _links(folder: str, owned: Account) -> dict[str, Any]:
    return {part: {"href": f"/v1/{folder}/{owned.id}/{part}"} for part in ("balances", "transactions")}

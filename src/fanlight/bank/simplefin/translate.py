"""Accounts and movements in the simulated world, translated into SimpleFIN account sets of versions 1 and 2."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from fanlight.bank.brands import Brand
from fanlight.bank.world.figures import dollars
from fanlight.bank.world.ledger import Entry, Ledger
from fanlight.bank.world.people import CARD, SAVINGS, Account, Person


class Asked(NamedTuple):
    """What a request wants: version, the span of moments (the end not included), and whether pending ones too."""

    version: int
    start: int
    end: int
    pending: bool
    balances_only: bool
    accounts: frozenset[str]
    """Empty for all of them."""


class Told(NamedTuple):
    """Whose accounts are told, and when."""

    brand: Brand
    person: Person
    ledger: Ledger
    now: int
    url: str
    """The server's root."""


def account_set(told: Told, asked: Asked) -> dict[str, Any]:
    """The answer of `/accounts`. Version 2 has connections and codes, version 1 organisations and texts."""
    owned = [each for each in told.person.accounts if not asked.accounts or account_id(each) in asked.accounts]
    accounts = [_account(told, each, asked) for each in owned]
    if told.person.username == "data_miles":
        accounts.append(_miles(told, asked))
    errors = _errors(told)
    if asked.version == 1:
        return {"errors": [each["msg"] for each in errors], "accounts": accounts}
    return {"errlist": errors, "errors": [], "connections": _connections(told), "accounts": accounts}


def account_id(account: Account) -> str:
    return f"ACT-{account.id}"


def _account(told: Told, account: Account, asked: Asked) -> dict[str, Any]:
    """Debts are below zero; a card's available balance is what is left to spend."""
    ledger, now = told.ledger, told.now
    balance, held = ledger.balance(account.role, now), ledger.held(account.role, now)
    limit = ledger.household.credit_line if account.role == CARD else 0
    found: dict[str, Any] = {
        "id": account_id(account),
        "name": f"{account.product} ({account.number[-4:]})",
        "currency": "USD",
        "balance": str(dollars(balance)),
        "available-balance": str(dollars(balance - held + limit)),
        "balance-date": now,
    }
    found |= _origin(told, account.role, asked.version)
    if asked.balances_only or _is_failing(told, account):
        return {**found, "transactions": []}
    entries = ledger.entries(account.role, asked.start, asked.end - 1, now)
    shown = [entry for entry in reversed(entries) if asked.pending or not entry.pending]
    return {**found, "transactions": [_transaction(entry) for entry in shown]}


def _transaction(entry: Entry) -> dict[str, Any]:
    """A pending one has not posted yet, which is written as 0; once it has, it has another id."""
    movement = entry.movement
    cents = -movement.held if entry.pending else movement.cents
    found: dict[str, Any] = {
        "id": f"TRN-{entry.id}",
        "posted": 0 if entry.pending else movement.posted_at,
        "amount": str(dollars(cents)),
        "description": movement.pending_description if entry.pending else movement.description,
        "transacted_at": movement.at,
    }
    if movement.payee:
        found["payee"] = movement.payee
    if movement.memo:
        found["memo"] = movement.memo
    return {**found, "pending": True} if entry.pending else found


def _miles(told: Told, asked: Asked) -> dict[str, Any]:
    return {
        "id": "ACT-miles",
        "name": "Frequent Flyer",
        "currency": f"{told.url}/miles",
        "balance": "12345",
        "balance-date": told.now,
        "transactions": [],
        **_origin(told, CARD, asked.version),
    }


def _origin(told: Told, role: str, version: int) -> dict[str, Any]:
    if version == 1:
        domain = f"{told.brand.code.replace('_', '-')}.example"
        return {"org": {"domain": domain, "name": told.brand.name, "sfin-url": told.url}}
    return {"conn_id": _connection_id(told, is_second=role == SAVINGS)}


def _connection_id(told: Told, *, is_second: bool) -> str:
    return f"CON-{told.person.secret[:6].hex()}-{2 if is_second else 1}"


def _connections(told: Told) -> list[dict[str, Any]]:
    return [
        {
            "conn_id": _connection_id(told, is_second=is_second),
            "name": f"{told.brand.name} - {told.person.first_name}{' (savings)' if is_second else ''}",
            "org_id": f"INST-{told.brand.code}-{2 if is_second else 1}",
            "org_name": f"{told.brand.name} Savings" if is_second else told.brand.name,
            "sfin_url": told.url,
        }
        for is_second in (False, True)
    ]


def _is_failing(told: Told, account: Account) -> bool:
    return account.role == CARD and told.person.username == "data_one_bad_account"


def _errors(told: Told) -> Sequence[dict[str, Any]]:
    """Version 1 has the texts alone."""
    first, second = (_connection_id(told, is_second=is_second) for is_second in (False, True))
    card = {"conn_id": first, "account_id": next((account_id(a) for a in told.person.accounts if a.role == CARD), "")}
    name = told.brand.name
    match told.person.username:
        case "data_one_bad_account":
            return [{"code": "act.failed", "msg": "The card could not be read.", **card}]
        case "data_missing":
            return [{"code": "act.missingdata", "msg": "Transactions of the card are missing.", **card}]
        case "data_new_code":
            return [{"code": "act.asleep", "msg": "The card sleeps.", **card}]
        case "data_sign_in_again":
            text = f"Connection to {name} Savings may need attention. Auth required"
            return [{"code": "con.auth", "msg": text, "conn_id": second}]
        case "data_all_sign_in_again":
            text = f"Connection to {name} may need attention. Auth required"
            return [{"code": "con.auth", "msg": text, "conn_id": each} for each in (first, second)]
    return []

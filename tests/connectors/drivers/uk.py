"""UK Open Banking 4.0, as the published Read/Write API describes it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.bank import NOTHING, Answer, Asked
from connectors.household import Account, Household, Movement
from fanlight.institutions.answers import Saying
from fanlight.institutions.line import Line
from fanlight.institutions.port import Access, Limits, Tokens
from fanlight.institutions.uk.connector import UkConnector
from fanlight.institutions.uk.details import UkDetails
from fanlight.oauth.authorized import FixedAccess

ROOT = "/open-banking/v4.0/aisp"


class UkDriver:
    """Reads with an access token; balances are a resource of each account."""

    name = "uk_open_banking"
    secrets: Sequence[str] = ("canary-access-token", "canary-refresh-token")
    says: Mapping[int, frozenset[Saying]] = {}

    def connector(self, url: str, line: Line, limits: Limits) -> UkConnector:
        return UkConnector(UkDetails(base_url=f"{url}/open-banking"), line, limits)

    def access(self, line: Line) -> Access:
        return FixedAccess(line, Tokens(access_token=self.secrets[0], refresh_token=self.secrets[1]))

    def answer(self, household: Household, asked: Asked) -> Answer:
        parts = asked.path.removeprefix(ROOT).strip("/").split("/")
        if parts == ["accounts"]:
            return _json("Account", [_account(each) for each in household])
        account = next((each for each in household if len(parts) > 1 and each.id == parts[1]), None)
        if account is None:
            return NOTHING
        match parts[2:]:
            case ["balances"]:
                return _json("Balance", [_balance(account)])
            case ["transactions"]:
                first, last = asked.query["fromBookingDateTime"][:10], asked.query["toBookingDateTime"][:10]
                told = [each for each in account.movements if not each.day[:4].isdecimal() or first <= each.day <= last]
                # A day that is no day is in every span.
                odd = [each for each in account.movements if each not in told and not each.day.startswith("2026-")]
                return _json("Transaction", [_transaction(account, each) for each in told + odd])
        return NOTHING

    def linked(self, answer: Answer, link: str) -> Answer | None:
        document = {**json.loads(answer.body), "Links": {"Self": link, "Next": link}}
        return answer._replace(body=json.dumps(document).encode())

    def account_of(self, household: Household, asked: Asked) -> str | None:
        parts = asked.path.removeprefix(ROOT).strip("/").split("/")
        return parts[1] if len(parts) > 1 else None


def _account(account: Account) -> dict[str, Any]:
    return {
        "AccountId": account.id,
        "Status": "Enabled",
        "Currency": account.currency,
        "AccountCategory": "Personal",
        "AccountTypeCode": "CACC",
        "Description": account.name,
    }


def _balance(account: Account) -> dict[str, Any]:
    return {
        "AccountId": account.id,
        "CreditDebitIndicator": _side(account.balance),
        "Type": "ITBD",
        "DateTime": "2026-11-24T08:00:00+00:00",
        "Amount": _money(account.balance, account.currency),
    }


def _transaction(account: Account, movement: Movement) -> dict[str, Any]:
    return {
        "AccountId": account.id,
        "TransactionId": movement.id,
        "CreditDebitIndicator": _side(movement.amount),
        "Status": "PDNG" if movement.is_pending else "BOOK",
        "BookingDateTime": f"{movement.day}T00:00:00+00:00" if movement.day[:4].isdecimal() else movement.day,
        "Amount": _money(movement.amount, account.currency),
        "TransactionInformation": movement.description,
    }


def _side(amount: str) -> str:
    return "Debit" if amount.startswith("-") else "Credit"


def _money(amount: str, currency: str) -> dict[str, str]:
    return {"Amount": amount.removeprefix("-"), "Currency": currency}


def _json(name: str, entries: list[dict[str, Any]]) -> Answer:
    return Answer(200, json.dumps({"Data": {name: entries}, "Links": {"Self": "/"}, "Meta": {}}).encode())


DRIVER = UkDriver()

"""FDX 6.4, as Core Exchange describes it."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.bank import NOTHING, Answer, Asked
from connectors.household import Account, Household, Movement
from fanlight.institutions.answers import Saying
from fanlight.institutions.fdx.connector import FdxConnector
from fanlight.institutions.fdx.details import FdxDetails
from fanlight.institutions.line import Line
from fanlight.institutions.port import Access, Limits, Tokens
from fanlight.oauth.authorized import FixedAccess

ROOT = "/fdx/v6"


class FdxDriver:
    """Reads with an access token."""

    name = "fdx"
    secrets: Sequence[str] = ("canary-access-token", "canary-refresh-token")
    says: Mapping[int, frozenset[Saying]] = {}

    def connector(self, url: str, line: Line, limits: Limits) -> FdxConnector:
        return FdxConnector(FdxDetails(base_url=url + ROOT), line, limits)

    def access(self, line: Line) -> Access:
        return FixedAccess(line, Tokens(access_token=self.secrets[0], refresh_token=self.secrets[1]))

    def answer(self, household: Household, asked: Asked) -> Answer:
        parts = asked.path.removeprefix(ROOT).strip("/").split("/")
        if parts == ["accounts"]:
            return _json({"accounts": [_account(each) for each in household], "page": {}})
        account = next((each for each in household if len(parts) > 1 and each.id == parts[1]), None)
        if account is None:
            return NOTHING
        if parts[2:] == ["transactions"]:
            first, last = asked.query["startDate"], asked.query["endDate"]
            told = [each for each in account.movements if not each.day[:4].isdecimal() or first <= each.day <= last]
            # A day that is no day is in every span.
            odd = [each for each in account.movements if each not in told and not each.day.startswith("2026-")]
            return _json({"transactions": [_transaction(each) for each in told + odd], "page": {}})
        return _json({"paymentNetworks": []}) if parts[2:] == ["payment-networks"] else NOTHING

    def linked(self, answer: Answer, link: str) -> Answer | None:
        return answer._replace(body=json.dumps({**json.loads(answer.body), "links": {"next": {"href": link}}}).encode())

    def account_of(self, household: Household, asked: Asked) -> str | None:
        parts = asked.path.removeprefix(ROOT).strip("/").split("/")
        return parts[1] if len(parts) > 1 else None


def _account(account: Account) -> dict[str, Any]:
    return {
        "accountId": account.id,
        "accountCategory": "DEPOSIT_ACCOUNT",
        "accountType": "CHECKING",
        "productName": account.name,
        "accountNumberDisplay": account.id[-4:],
        "currency": {"currencyCode": account.currency},
        "status": "OPEN",
        "currentBalance": _number(account.balance),
    }


def _transaction(movement: Movement) -> dict[str, Any]:
    posted = {} if movement.is_pending else {"postedTimestamp": movement.day}
    return {
        "transactionId": movement.id,
        "status": "PENDING" if movement.is_pending else "POSTED",
        "amount": _number(movement.amount.removeprefix("-")),
        "debitCreditMemo": "DEBIT" if movement.amount.startswith("-") else "CREDIT",
        "transactionTimestamp": movement.day,
        "description": movement.description,
        **posted,
    }


def _number(text: str) -> Any:
    """A number where the text is one that JSON can hold; else the text."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, int) or (isinstance(found, float) and math.isfinite(found)) else text


def _json(document: object) -> Answer:
    return Answer(200, json.dumps(document).encode())


DRIVER = FdxDriver()

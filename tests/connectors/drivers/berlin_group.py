"""Berlin Group NextGenPSD2 1.3, as its published description has it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from connectors.bank import NOTHING, Answer, Asked
from connectors.household import Account, Household, Movement
from fanlight.institutions.answers import Saying
from fanlight.institutions.berlin_group.connector import BerlinGroupConnector
from fanlight.institutions.berlin_group.details import BerlinGroupDetails
from fanlight.institutions.line import Line
from fanlight.institutions.port import Access, Limits, Tokens
from fanlight.oauth.authorized import FixedAccess

ROOT = "/psd2/v1/accounts"


class BerlinGroupDriver:
    """Reads under a consent; balances come with the list of accounts."""

    name = "berlin_group"
    secrets: Sequence[str] = ("canary-consent-id",)
    # There is no token: without a code a 401 is a gateway that does not take this server.
    says: Mapping[int, frozenset[Saying]] = {401: frozenset({Saying.CLIENT_REFUSED})}

    def connector(self, url: str, line: Line, limits: Limits) -> BerlinGroupConnector:
        details = BerlinGroupDetails(base_url=f"{url}/psd2", card_accounts=False)
        return BerlinGroupConnector(details, line, limits)

    def access(self, line: Line) -> Access:
        return FixedAccess(line, Tokens(access_token="", consent_id=self.secrets[0]))

    def answer(self, household: Household, asked: Asked) -> Answer:
        if asked.path == ROOT:
            return _json({"accounts": [_account(each) for each in household]})
        parts = [unquote(part) for part in asked.path.removeprefix(f"{ROOT}/").split("/")]
        account = next((each for each in household if each.id == parts[0]), None)
        if account is None or parts[1:] != ["transactions"]:
            return NOTHING
        first, last = asked.query["dateFrom"], asked.query["dateTo"]
        # A day that is no day is in every span.
        told = [each for each in account.movements if not each.day.startswith("2026-") or first <= each.day <= last]
        booked = [_transaction(account, each) for each in told if not each.is_pending]
        pending = [_transaction(account, each) for each in told if each.is_pending]
        return _json({"transactions": {"booked": booked, "pending": pending, "_links": {}}})

    def linked(self, answer: Answer, link: str) -> Answer | None:
        document = json.loads(answer.body)
        if "transactions" not in document:
            return None
        document["transactions"]["_links"] = {"next": {"href": link}}
        return answer._replace(body=json.dumps(document).encode())

    def account_of(self, household: Household, asked: Asked) -> str | None:
        found = unquote(asked.path.removeprefix(f"{ROOT}/").split("/")[0])
        return found if asked.path != ROOT else None


def _account(account: Account) -> dict[str, Any]:
    balance = {"balanceType": "interimBooked", "balanceAmount": _money(account.balance, account.currency)}
    return {
        "resourceId": account.id,
        "currency": account.currency,
        "name": account.name,
        "cashAccountType": "CACC",
        "balances": [balance],
    }


def _transaction(account: Account, movement: Movement) -> dict[str, Any]:
    return {
        "transactionId": movement.id,
        "valueDate" if movement.is_pending else "bookingDate": movement.day,
        "transactionAmount": _money(movement.amount, account.currency),
        "remittanceInformationUnstructured": movement.description,
    }


def _money(amount: str, currency: str) -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def _json(document: dict[str, Any]) -> Answer:
    return Answer(200, json.dumps(document).encode())


DRIVER = BerlinGroupDriver()

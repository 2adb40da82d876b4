"""SimpleFIN 2: every account in one answer."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.bank import NOTHING, Answer, Asked
from connectors.household import Account, Household, Movement
from fanlight.institutions.answers import Saying
from fanlight.institutions.line import Line
from fanlight.institutions.port import Limits, Login
from fanlight.institutions.simplefin.connector import SimpleFinConnector
from fanlight.institutions.simplefin.details import SimpleFinDetails


class SimpleFinDriver:
    """Reads with what a setup token was exchanged for."""

    name = "simplefin"
    secrets: Sequence[str] = ("canary-access-password",)
    says: Mapping[int, frozenset[Saying]] = {403: frozenset({Saying.CONSENT_EXPIRED})}

    def __init__(self) -> None:
        self._url = ""

    def connector(self, url: str, line: Line, limits: Limits) -> SimpleFinConnector:
        self._url = url
        return SimpleFinConnector(SimpleFinDetails(servers=(url,)), line, limits)

    def access(self, line: Line) -> Login:
        url = self._url.replace("//", f"//fanlight:{self.secrets[0]}@")
        return Login(values={}, exchanged={"access_url": f"{url}/simplefin"})

    def answer(self, household: Household, asked: Asked) -> Answer:
        if asked.path != "/simplefin/accounts":
            return NOTHING
        accounts = [_account(each, asked) for each in household]
        connection = {"conn_id": "CON-1", "name": "Bank", "org_id": "I-1", "sfin_url": "https://sfin.example"}
        return _json({"errlist": [], "connections": [connection], "accounts": accounts})

    def linked(self, answer: Answer, link: str) -> Answer | None:
        return None

    def account_of(self, household: Household, asked: Asked) -> str | None:
        return None


def _account(account: Account, asked: Asked) -> dict[str, Any]:
    told = () if asked.query.get("balances-only") else account.movements
    within = [each for each in told if _is_within(each, asked)]
    return {
        "id": account.id,
        "conn_id": "CON-1",
        "name": account.name,
        "currency": account.currency,
        "balance": account.balance,
        "balance-date": 1_795_521_600,
        "transactions": [_transaction(each) for each in within],
    }


def _is_within(movement: Movement, asked: Asked) -> bool:
    """What has no readable day is in every span."""
    moment = _moment(movement.day)
    if not isinstance(moment, int):
        return True
    return int(asked.query["start-date"]) <= moment < int(asked.query["end-date"])


def _moment(day: str) -> int | str:
    try:
        return int(dt.datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp())
    except ValueError:
        return day


def _transaction(movement: Movement) -> dict[str, Any]:
    moment = _moment(movement.day)
    found: dict[str, Any] = {"id": movement.id, "amount": movement.amount, "description": movement.description}
    if movement.is_pending:
        return {**found, "posted": 0, "transacted_at": moment, "pending": True}
    return {**found, "posted": moment}


def _json(document: dict[str, Any]) -> Answer:
    return Answer(200, json.dumps(document).encode())


DRIVER = SimpleFinDriver()

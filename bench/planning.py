"""Planning of one user with a long history: all lists, after a change and again; and what insights cost."""

import http.client
import json
import random
import time
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from bench import hosts, ledger
from bench.figures import Figures, Outcome, Wrong
from bench.lab import Lab
from bench.ledger import Person
from bench.money import HISTORY, QUICK_HISTORY, aggregate, somebody
from bench.people import settings_at
from bench.window import ACCEPT
from fanlight import admin
from fanlight.core import sessions, users
from fanlight.institutions.port import FeedTransaction
from fanlight.planning import days, facts, refresh
from fanlight.planning.insights import evaluate
from fanlight.storage.engine import connect
from fanlight.storage.unit import Unit

YEARS = 5
VIEWS = 15
_MONTHLY = (
    ("NETFLIX.COM", "15.49"), ("SPOTIFY USA", "11.99"), ("HULU", "17.99"), ("RENT OAKWOOD APARTMENTS", "1850"),
    ("STATE FARM INSURANCE", "121.5"), ("VERIZON WIRELESS PAYMENT", "84"), ("COMCAST CABLE COMM", "79.99"),
    ("PLANET FITNESS", "24.99"), ("TOYOTA FINANCIAL", "329"), ("ADOBE CREATIVE CLOUD", "54.99"),
)  # fmt: skip
_LISTS = (
    "/budgets", "/goals", "/monthly_cash_flow_profile", "/scheduled_payments", "/spending_plans", "/notifications",
    "/beats", "/insights",
)  # fmt: skip


def planning(lab: Lab, wanted: frozenset[str]) -> dict[str, Outcome]:
    """Milliseconds for all lists over HTTP, one after the other; processor milliseconds for the insights."""
    place, count = lab.folder("planning"), QUICK_HISTORY if lab.quick else HISTORY
    person = somebody(place)
    aggregate(place, person, history(count))
    token = admin.run(settings_at(place), lambda unit: _session(unit, person))
    sock = hosts.bound()
    port = hosts.port_of(sock)
    with hosts.fanlight(sock, place, core=lab.cores.server), closing(_Client(port, token)) as client:
        lists = _settle_in(client)
        after, again = [], []
        for _ in range(lab.runs):
            after.append(median(_after_a_change(client, lists) for _ in range(3)))
            again.append(median(_view(client, lists) for _ in range(VIEWS)))
    note = f"{count:,} transactions, {len(lists)} lists"
    outcomes: dict[str, Outcome] = {
        "planning-after": Figures(tuple(after), note),
        "planning-again": Figures(tuple(again), note),
        "insights": Figures(tuple(_insights(place, person) for _ in range(lab.runs)), f"{count:,} transactions"),
    }
    return {name: outcomes[name] for name in wanted}


class _Client:
    """One connection of one session."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"MD-SESSION-TOKEN": token, "Accept": ACCEPT, "Content-Type": ACCEPT}

    def close(self) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        sent = None if body is None else json.dumps(body)
        self._connection.request(method, path, body=sent, headers=self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Wrong(f"{method} {path}: {answer.status} {text[:200]!r}")
        found: dict[str, Any] = json.loads(text)
        return found


def history(count: int) -> list[FeedTransaction]:
    """Years of daily purchases, with pay every two weeks and ten things that are paid every month."""
    first = date.today() - timedelta(days=365 * YEARS)  # noqa: DTZ011 - the day itself says nothing
    entries = _again(first)
    return [*ledger.feed(count - len(entries), first=first, days=365 * YEARS), *entries]


def _again(first: date) -> list[FeedTransaction]:
    dice = random.Random(7)  # noqa: S311 - no secret
    found = [_entry(f"p{n}", "ACME CORP PAYROLL", "2650", first + timedelta(14 * n), 1) for n in range(26 * YEARS + 1)]
    for number, (name, amount) in enumerate(_MONTHLY):
        for month in range(12 * YEARS + 1):
            ahead = first.month - 1 + month
            day = date(first.year + ahead // 12, ahead % 12 + 1, 1 + number * 2 + dice.randrange(2))
            if day <= first + timedelta(days=365 * YEARS):
                found.append(_entry(f"m{number}-{month}", name, amount, day, 2))
    return found


def _entry(key: str, name: str, amount: str, day: date, kind: int) -> FeedTransaction:
    return FeedTransaction(
        provider_id=key, amount=Decimal(amount), transaction_type=kind, is_pending=False, date=day, posted_on=day,
        description=name, currency_code="USD",
    )  # fmt: skip


def _session(unit: Unit, person: Person) -> str:
    user = users.read(unit, person.user_id)
    return sessions.start(unit, user, now=int(time.time()), lifetime=86_400)[1]


def _settle_in(client: _Client) -> list[str]:
    """Budgets, a goal and a plan; every list there is."""
    client.ask("POST", "/budgets/generate")
    client.ask("PUT", "/monthly_cash_flow_profile", {"monthly_cash_flow_profile": {"goals_contribution": 200}})
    account = client.ask("GET", "/accounts")["accounts"][0]["guid"]
    goal = {"account_guid": account, "amount": 5000, "goal_type_name": "SAVE_AMOUNT", "meta_type_name": "VACATION"}
    client.ask("POST", "/goals", {"goal": goal | {"name": "Sea"}})
    plan = "/spending_plans/" + client.ask("POST", "/spending_plans")["spending_plan"]["guid"]
    lists = [
        *_LISTS,
        f"{plan}/spending_plan_accounts",
        f"{plan}/iterations",
        f"{plan}/iterations/current/iteration_items",
    ]
    if len(client.ask("GET", "/scheduled_payments")["scheduled_payments"]) < len(_MONTHLY):
        raise Wrong("what is paid every month was not found")
    return lists


def _after_a_change(client: _Client, lists: list[str]) -> float:
    """Milliseconds for all lists after a transaction was put into another category."""
    shown = client.ask("GET", "/transactions")["transactions"]
    one = random.choice(shown)  # noqa: S311 - no secret
    category = random.choice(client.ask("GET", "/categories/default")["categories"])["guid"]  # noqa: S311
    client.ask("PUT", f"/transactions/{one['guid']}", {"transaction": {"category_guid": category}})
    return _view(client, lists)


def _view(client: _Client, lists: list[str]) -> float:
    began = time.perf_counter()
    for each in lists:
        client.ask("GET", each)
    return (time.perf_counter() - began) * 1000


def _insights(place: Path, person: Person) -> float:
    """Processor milliseconds of all rules, with what they read."""
    with closing(connect(place / "fanlight.db")) as connection:
        unit, now = Unit(connection), int(time.time())
        refresh.refresh(unit, person.user_id, now=now, wake=lambda: None)
        today = days.today_of(unit, person.user_id, now)
        connection.execute("BEGIN IMMEDIATE")
        began = time.process_time()
        known = facts.gather(unit, person.user_id, today, now=now, since=now - 3600, user_created_at=0)
        evaluate.evaluate(unit, known)
        spent = time.process_time() - began
        connection.execute("ROLLBACK")
    return spent * 1000

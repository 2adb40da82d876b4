"""Facts for tests of rules: everything has a default, amounts are texts such as "36.71", days are YYYY-MM-DD."""

import itertools
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from fanlight.base import money
from fanlight.core.transactions import Status, Type
from fanlight.enrichment.categories import BY_GUID, BY_KEY, DEFAULTS, top_level
from fanlight.enrichment.flags import Flags
from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.planning.budgeting.budget_figures import Figures
from fanlight.planning.budgeting.budgets import Row as Budget
from fanlight.planning.facts import Account, Facts, Movement
from fanlight.planning.insights.campaigns import Campaign
from fanlight.planning.insights.port import Finding, Kept, Rule
from fanlight.planning.paying import series as kept_series
from fanlight.planning.paying.scheduled_payments import Row as ScheduledPayment
from fanlight.planning.paying.series import Series
from fanlight.planning.tallies import Tally

TODAY = date(2026, 5, 20)
MERCHANT = "MCH-00000000-0000-0000-0000-000000000001"
_numbers = itertools.count(1)


def micros(amount: str) -> int:
    return money.to_micros(Decimal(amount))


def category(key: str) -> str:
    """A default category's guid by its key, such as GROCERIES."""
    return BY_KEY[key].guid


def at(day: str | date) -> int:
    """Noon of a day, UTC, in Unix seconds."""
    moment = date.fromisoformat(str(day))
    return int(datetime(moment.year, moment.month, moment.day, 12, tzinfo=UTC).timestamp())


def ago(days: int, today: date = TODAY) -> str:
    return (today - timedelta(days=days)).isoformat()


def account(kind: str = "CHECKING", **more: Any) -> Account:
    """An account with the key 1 that no institution feeds; amounts may be texts."""
    values: dict[str, Any] = {
        "id": 1,
        "name": kind.replace("_", " ").capitalize(),
        "type": kind,
        "subtype": None,
        "currency": "USD",
        "balance": "2500.00",
        "available_balance": None,
        "credit_limit": None,
        "minimum_payment": None,
        "payment_due_at": None,
        "is_closed": False,
        "institution_guid": "INS-00000000-0000-0000-0000-000000000001",
        "created_at": at(ago(200)),
        "fed_on": None,
    }
    values |= more
    values.setdefault("guid", f"ACT-00000000-0000-0000-0000-{values['id']:012d}")
    for name in ("balance", "available_balance", "credit_limit", "minimum_payment"):
        if isinstance(values[name], str):
            values[name] = micros(values[name])
    return Account(**values)


def movement(day: str | date, amount: str, key: str = "UNCATEGORIZED", **more: Any) -> Movement:
    """A posted debit on account 1, that came on its day; `key` is its category's. A negative amount is a credit."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "id": number,
        "guid": f"TRN-00000000-0000-0000-0000-{number:012d}",
        "account_id": 1,
        "type": Type.CREDIT if amount.startswith("-") else Type.DEBIT,
        "status": Status.POSTED,
        "amount": abs(micros(amount)),
        "day": date.fromisoformat(str(day)),
        "description": "Somewhere",
        "feed_description": "SOMEWHERE 123",
        "category_guid": category(key),
        "merchant_guid": None,
        "flags": Flags(0),
        "twin": None,
        "created_at": at(day),
    }
    values |= more
    values.setdefault("top_category_guid", _top(values["category_guid"]))
    return Movement(**values)


def tallies_of(movements: Iterable[Movement]) -> list[Tally]:
    """What the movements sum up to."""
    sums: dict[tuple[str, int, str], list[int]] = {}
    for each in movements:
        found = sums.setdefault((each.day.isoformat()[:7], each.account_id, each.category_guid), [0, 0, 0])
        found[0] += 1
        found[1 if each.is_debit else 2] += each.amount
    return [Tally(*key, *found) for key, found in sorted(sums.items())]


def tally(month: str, key: str, debits: str = "0", credits_: str = "0", **more: Any) -> Tally:
    known = Tally(month, 1, category(key), 1, micros(debits), micros(credits_))
    return known._replace(**more)


def budget(key: str, amount: str, spent: str, *, projected: str | None = None, **more: Any) -> Figures:
    """A budget of this month by its category's key, with what was spent."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "id": number,
        "user_id": 1,
        "parent_id": None,
        "guid": f"BGT-00000000-0000-0000-0000-{number:012d}",
        "category_guid": category(key),
        "amount": micros(amount),
        "metadata": None,
        "revision": 1,
        "created_at": at(ago(90)),
        "updated_at": at(ago(90)),
    }
    row = msgspec.convert(values | more, Budget)
    expected = micros(spent if projected is None else projected)
    is_income = BY_GUID[row.category_guid].key == "INCOME" if row.category_guid in BY_GUID else False
    return Figures(budget=row, spent=micros(spent), projected=expected, is_income=is_income)


def payment(occurs_on: str, amount: str, **more: Any) -> ScheduledPayment:
    """A single debit to come, of MERCHANT."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "id": number,
        "user_id": 1,
        "guid": f"SCP-00000000-0000-0000-0000-{number:012d}",
        "series_key": None,
        "amount": micros(amount),
        "description": "City Power",
        "is_completed": False,
        "is_recurring": False,
        "merchant_guid": MERCHANT,
        "occurs_on": occurs_on,
        "recurrence_day": None,
        "recurrence_type": None,
        "transaction_type": Type.DEBIT,
        "has_been_edited": False,
        "created_at": at(ago(30)),
        "updated_at": at(ago(30)),
        "deleted_at": None,
    }
    return ScheduledPayment(**values | more)


def series(amount: str, last_on: str, key: str = "BILLS_UTILITIES", **more: Any) -> Series:
    """A monthly debit series of MERCHANT on account 1; `known` are its `series.Facts`; negative: a credit."""
    known = more.pop("known", kept_series.Facts())
    kind = Type.CREDIT if amount.startswith("-") else Type.DEBIT
    worth = abs(micros(amount))
    values: dict[str, Any] = {
        "id": next(_numbers),
        "user_id": 1,
        "account_id": 1,
        "transaction_type": kind,
        "name_key": more.get("merchant_guid", MERCHANT) or "city power",
        "merchant_guid": MERCHANT,
        "category_guid": category(key),
        "description": "City Power",
        "words": "[]",
        "cadence": Cadence.EVERY_MONTH,
        "day": date.fromisoformat(last_on).day,
        "second_day": None,
        "amount": worth,
        "low": worth,
        "high": worth,
        "first_on": (date.fromisoformat(last_on) - timedelta(days=150)).isoformat(),
        "last_on": last_on,
        "next_on": (date.fromisoformat(last_on) + timedelta(days=30)).isoformat(),
        "count": 6,
        "confidence": 95,
        "status": kept_series.Status.ACTIVE,
        "facts": msgspec.json.encode(known).decode(),
        "created_at": at(ago(60)),
        "updated_at": at(ago(1)),
    }
    return Series(**values | more)


def campaign(title: str = "Branch hours", **more: Any) -> Campaign:
    values: dict[str, Any] = {
        "guid": "CIN-00000000-0000-0000-0000-000000000001",
        "title": title,
        "description": "Our branches close at 4 pm in July.",
        "call_to_action": None,
        "from_date": ago(10),
        "to_date": ago(-10),
    }
    return Campaign(**values | more)


def facts(movements: Iterable[Movement] = (), *, accounts: Iterable[Account] | None = None, **more: Any) -> Facts:
    """Facts of a user who is not new; one checking account, and tallies of the movements, unless said otherwise.

    `today` may be a text; whatever `Facts` has may be given.
    """
    today = date.fromisoformat(str(more.pop("today", TODAY)))
    shown = (account(),) if accounts is None else tuple(accounts)
    sorted_ = sorted(movements, key=lambda each: (each.day, each.id))
    values: dict[str, Any] = {
        "user_id": 1,
        "now": at(today),
        "today": today,
        "since": at(today - timedelta(days=1)),
        "user_created_at": at(today - timedelta(days=400)),
        "accounts": {each.id: each for each in shown},
        "movements": sorted_,
        "tallies": tallies_of(sorted_),
        "series": (),
        "budgets": (),
        "scheduled_payments": (),
        "category_names": {each.guid: each.name for each in DEFAULTS},
        "category_parents": {},
        "campaigns": (),
    }
    return Facts(**values | more)


def found(rule: Rule, given: Facts) -> list[Finding]:
    """What a rule finds; each has texts of the lengths that the wire has room for."""
    findings = list(rule.find(given))
    for each in findings:
        assert each.about
        assert each.title
        assert each.description
        assert len(each.micro_title or each.title) <= 60, each
        assert len(each.micro_description or each.description) <= 300, each
    return findings


def only(rule: Rule, given: Facts) -> Finding:
    """The one thing that a rule finds."""
    findings = found(rule, given)
    assert len(findings) == 1, findings
    return findings[0]


def kept(rule: Rule, finding: Finding) -> Kept:
    """A finding as it is kept, for `is_over`."""
    links = {
        "account": finding.accounts,
        "transaction": finding.transactions,
        "category": finding.categories,
        "merchant": finding.merchants,
        "scheduled_payment": finding.scheduled_payments,
    }
    return Kept(rule.template, finding.about, links)


def _top(guid: str) -> str:
    return top_level(guid).guid if guid in BY_GUID else guid

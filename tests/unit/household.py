"""A user in an empty database, for tests of planning below the wire: accounts, transactions and series as rows."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from fanlight.core.transactions import Type
from fanlight.enrichment.categories import BY_KEY
from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.planning.paying import scheduled_payments
from fanlight.planning.paying.series import Status
from fanlight.planning.plans import spending_plans
from fanlight.storage import schema
from fanlight.storage.engine import connect
from fanlight.storage.unit import Unit

NOW = 1_785_672_000  # 2026-08-02 12:00 UTC
USER = 1
UNIT = 1_000_000
GROCERIES, RENT, PAYCHECK, TELEVISION, TRANSFER, UNCATEGORIZED = (
    BY_KEY[key].guid for key in ("GROCERIES", "MORTGAGE_RENT", "PAYCHECK", "TELEVISION", "TRANSFER", "UNCATEGORIZED")
)
FOOD, HOME, SHOPPING = (BY_KEY[key].guid for key in ("FOOD_DINING", "HOME", "SHOPPING"))


class Household:
    """One user with a checking account, a card and a mortgage, which is no account to spend from."""

    CHECKING, CARD, MORTGAGE = 1, 2, 3

    def __init__(self, path: Path) -> None:
        self.connection = connect(path)
        self.connection.execute("PRAGMA foreign_keys = OFF")
        self.connection.execute("BEGIN")
        self.unit = Unit(self.connection)
        self._numbers = count(1)
        self.put("clients", id=1, guid="CLT-1", name="c", time_zone="UTC")
        self.put("users", id=USER, client_id=1, guid="USR-1", external_id="u")
        self.put("institutions", id=1, guid="INS-1", code="i", name="i")
        self.put("members", id=1, user_id=USER, institution_id=1, guid="MBR-1")
        for key, kind in ((self.CHECKING, 1), (self.CARD, 4), (self.MORTGAGE, 7)):
            self.account(key, kind)

    def put(self, table: str, **values: Any) -> int:
        """A row; columns that must hold something and are not given hold nothing in particular."""
        columns = self.connection.execute(f"SELECT name, type, pk FROM pragma_table_info('{table}') WHERE \"notnull\"")
        blank = {name: ("" if kind == "TEXT" else 0) for name, kind, pk in columns if not pk}
        row = blank | values
        names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        return self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", row).lastrowid or 0

    def rows(self, sql: str, *given: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, given).fetchall()

    def account(self, key: int, kind: int) -> None:
        facts = f'{{"account_type":{kind}}}'
        self.put("accounts", id=key, user_id=USER, member_id=1, guid=f"ACT-{key}", provider_id=str(key), feed=facts)

    def transaction(
        self, day: date | str, amount: float, category: str = GROCERIES, words: str = "shop", **more: Any
    ) -> str:
        """A debit on the checking account unless said otherwise; its guid."""
        number = next(self._numbers)
        merchant = more.pop("merchant", None)
        given = {
            "user_id": USER,
            "account_id": self.CHECKING,
            "member_id": 1,
            "guid": f"TRN-{number}",
            "transaction_type": int(Type.DEBIT),
            "amount": round(amount * UNIT),
            "date": str(day),
            "description": words,
            "description_key": words,
            "category_guid": category,
            "system": f'{{"merchant_guid":"{merchant}"}}' if merchant else "",
        }
        self.put("transactions", **given | more)
        return str((given | more)["guid"])

    def series(self, name: str, cadence: Cadence = Cadence.EVERY_MONTH, day: int = 5, **more: Any) -> int:
        """An active one for 10 a month on the checking account unless said otherwise; its key in the table."""
        given = {
            "user_id": USER,
            "account_id": self.CHECKING,
            "transaction_type": int(Type.DEBIT),
            "name_key": name,
            "merchant_guid": name if name.startswith("MCH-") else None,
            "category_guid": TELEVISION,
            "description": name,
            "words": f'["{name}"]',
            "cadence": int(cadence),
            "day": day,
            "amount": 10 * UNIT,
            "low": 10 * UNIT,
            "high": 10 * UNIT,
            "first_on": "2026-01-05",
            "last_on": "2026-07-05",
            "next_on": "2026-08-05",
            "count": 7,
            "confidence": 90,
            "status": int(Status.ACTIVE),
            "facts": "{}",
        }
        return self.put("series", **given | more)

    def budget(self, category: str, amount: float, **more: Any) -> str:
        guid = f"BGT-{next(self._numbers)}"
        self.put("budgets", user_id=USER, guid=guid, category_guid=category, amount=round(amount * UNIT), **more)
        return guid

    def settle(self, today: date, *, now: int = NOW) -> None:
        """What refresh does of it."""
        scheduled_payments.follow(self.unit, USER, today, now=now)
        spending_plans.roll(self.unit, USER, today, now=now)


@contextmanager
def household(place: Path) -> Iterator[Household]:
    """One in a directory until the block ends; nothing of it stays."""
    path = place / "household.db"
    if not path.exists():
        schema.create(path)
    home = Household(path)
    with closing(home.connection):
        yield home
        home.connection.execute("ROLLBACK")

"""What an institution knows of one person, in no protocol's words: a driver writes it into its own documents.

Values are texts, as they shall stand in a document: a household may hold what no bank should send.
"""

import datetime as dt
from typing import NamedTuple

TODAY = dt.date(2026, 11, 24)
START, END = dt.date(2026, 9, 1), TODAY


class Movement(NamedTuple):
    """A transaction: below zero is money that leaves."""

    id: str
    amount: str
    day: str
    is_pending: bool = False
    description: str = "Corner Coffee"


class Account(NamedTuple):
    """A current account."""

    id: str
    name: str = "Everyday"
    balance: str = "100.25"
    currency: str = "USD"
    movements: tuple[Movement, ...] = ()


Household = tuple[Account, ...]


def ordinary() -> Household:
    """Two accounts with movements at both ends of the span, within it, and outside of it."""
    first = (
        Movement("a1", "-12.50", "2026-11-20"),
        Movement("a2", "1500.00", "2026-11-01", description="Payroll"),
        Movement("a3", "-3.10", START.isoformat()),
        Movement("a4", "-4.20", END.isoformat()),
        Movement("a5", "-99.00", (START - dt.timedelta(days=40)).isoformat(), description="Before the span"),
        Movement("a6", "-7.77", "2026-11-23", is_pending=True, description="On its way"),
        # Two equal coffees are two.
        Movement("a7", "-2.00", "2026-11-10"),
        Movement("a8", "-2.00", "2026-11-10"),
    )
    return (
        Account("acct-1", "Everyday", "2549.75", movements=first),
        Account("acct-2", "Rainy Day", "0", movements=(Movement("b1", "0.01", "2026-10-05", description="Interest"),)),
    )


def many(accounts: int, movements: int) -> Household:
    told = tuple(Movement(f"m{number}", "-1.00", "2026-11-10") for number in range(movements))
    return tuple(Account(f"acct-{number}", movements=told) for number in range(accounts))


CONTROLS = "".join(map(chr, range(1, 32))) + "\x7f\u0085\u202e\ufeff"
ODD_AMOUNTS = (
    "NaN", "Infinity", "-Infinity", "1e999999", "-1e400", "1" + "0" * 400, "9999999999999.99", "0.0000000001", "1,5",
    "", "--1", "0x10", "\u0661", "1_000", "null",
)  # fmt: skip
ODD_DAYS = (
    "0001-01-01",
    "9999-12-31",
    "0000-00-00",
    "2026-02-30",
    "2026-13-01",
    "tomorrow",
    "",
    "1e9",
    "-1",
    "99999999999",
)
ODD_TEXTS = (
    "x" * 10_000,
    "a\tb\nc",
    "<script>alert(1)</script>",
    "\u202eevil",
    "\U0001f3e6" * 500,
    "'; DROP TABLE x --",
    "",
)


def odd() -> Household:
    """Nothing in it is as it should be; each account is odd in one way."""
    amounts = tuple(Movement(f"m{n}", amount, "2026-11-10") for n, amount in enumerate(ODD_AMOUNTS))
    days = tuple(Movement(f"d{n}", "-1.00", day) for n, day in enumerate(ODD_DAYS))
    texts = tuple(Movement(f"t{n}", "-1.00", "2026-11-10", description=text) for n, text in enumerate(ODD_TEXTS))
    balances = tuple(Account(f"balance-{n}", balance=amount) for n, amount in enumerate(ODD_AMOUNTS))
    names = tuple(Account(f"name-{n}", name=text) for n, text in enumerate(ODD_TEXTS))
    moved = Account("amounts", movements=amounts), Account("days", movements=days), Account("texts", movements=texts)
    return (*moved, *balances, *names, Account("odd currency", currency="\u20ac"), Account("x" * 300))

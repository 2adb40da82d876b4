"""Worlds: what truly happened on the accounts of invented people, by seed.

Everything that makes a history hard to follow is in it: purchases that are equal to the last digit, habits that repeat
an amount and a text day after day, tips, refunds, holds that never post, names that a bank fills in later.
"""

import random
from typing import NamedTuple

DAYS = 75
"""How long a history is; institutions are asked from the middle on."""
CREDIT, DEBIT = 1, 2
_SHOPS = (
    "SAFEWAY 1234 PORTLAND OR", "SHELL OIL 57444 PORTLAND OR", "TARGET 00021 BEAVERTON OR", "AMAZON MKTPL AB12X",
    "HOME DEPOT 4021 PORTLAND OR", "WALGREENS 3302 PORTLAND OR", "POWELLS BOOKS PORTLAND OR", "REI 11 PORTLAND OR",
    "COSTCO WHSE 0006 TIGARD OR", "NORDSTROM 35 PORTLAND OR",
)  # fmt: skip
_TABLES = ("LARDO SE PORTLAND OR", "POK POK RESTAURANT", "SCREEN DOOR CAFE", "NONGS KHAO MAN GAI", "ANDINA PORTLAND OR")
_HABITS = (("STUMPTOWN COFFEE", 450), ("TRIMET HOP FARE", 280), ("BLUE STAR DONUTS", 395), ("PARKING KITTY", 200))
_STANDING = (("NETFLIX.COM", 1549, 30), ("SPOTIFY USA", 1099, 30), ("PLANET FITNESS CLUB FEES", 1000, 14))


class Truth(NamedTuple):
    """Something that happened, in cents. One that never posts has no day of it; `text` comes days after posting."""

    tag: int
    account: int
    made: int
    posts: int | None
    held: int
    cents: int
    type: int
    is_seen_pending: bool
    pending_text: str
    text: str
    early_text: str
    is_habit: bool


class World(NamedTuple):
    seed: int
    accounts: int
    truths: tuple[Truth, ...]


def make(seed: int, *, look_alike_holds: bool = False) -> World:
    """A world. `look_alike_holds`: some of what never posts looks like what does."""
    dice = random.Random(f"world {seed}")
    accounts = dice.choice((1, 1, 2, 3))
    truths: list[Truth] = []
    for account in range(accounts):
        sheet = _Sheet(dice, account, len(truths))
        for day in range(DAYS):
            sheet.live(day, look_alike_holds=look_alike_holds)
        truths += sheet.truths
    return World(seed, accounts, tuple(truths))


class _Sheet:
    """The history of one account as it is made up."""

    def __init__(self, dice: random.Random, account: int, first: int) -> None:
        self._dice = dice
        self._account = account
        self._first = first
        self._style = dice.choice(("{0}", "POS PURCHASE {0}", "CHECKCARD {1:04} {0}"))
        self._standing = [(*each, dice.randrange(each[2])) for each in _STANDING]
        self._odd = 0
        self.truths: list[Truth] = []

    def live(self, day: int, *, look_alike_holds: bool) -> None:
        dice = self._dice
        self._shop(day)
        for text, cents, every, phase in self._standing:
            if day % every == phase:
                self._entry(day, DEBIT, cents, text)
        if day % 14 == 4:
            self._entry(day, CREDIT, 184_231, "NORTHGATE LOGISTICS PAYROLL")
        if dice.random() < 0.04 and self.truths:
            self._refund(day)
        if dice.random() < 0.06:
            self._hold(day, look_alike=look_alike_holds and dice.random() < 0.7)

    def _shop(self, day: int) -> None:
        dice = self._dice
        if dice.random() < 0.35:
            text, cents = dice.choice(_HABITS[: 2 if self._account == 0 else 4])
            for _ in range(2 if dice.random() < 0.2 else 1):
                self._purchase(day, text, cents, is_habit=True)
        if dice.random() < 0.4:
            for _ in range(dice.choice((1, 1, 2))):
                self._purchase(day, dice.choice(_SHOPS), dice.randrange(500, 12_000))
        if dice.random() < 0.15:
            held = dice.randrange(1_500, 9_000)
            self._purchase(day, dice.choice(_TABLES), held, tip=held * dice.randrange(10, 30) // 100)

    def _purchase(self, day: int, text: str, cents: int, *, tip: int = 0, is_habit: bool = False) -> None:
        full = self._style.format(text, day * 7 % 10_000)
        early = " ".join(full.split()[:-1]) if self._dice.random() < 0.15 and len(full.split()) > 3 else full
        self._add(
            made=day, posts=day + self._dice.choice((0, 1, 1, 2, 3)), held=cents, cents=cents + tip, type=DEBIT,
            is_seen_pending=self._dice.random() < 0.85, pending_text=text, text=full, early_text=early,
            is_habit=is_habit,
        )  # fmt: skip

    def _entry(self, day: int, type: int, cents: int, text: str) -> None:  # noqa: A002 - what it is called
        self._add(
            made=day, posts=day, held=cents, cents=cents, type=type, is_seen_pending=False, pending_text=text,
            text=text, early_text=text, is_habit=False,
        )  # fmt: skip

    def _refund(self, day: int) -> None:
        of = self._dice.choice(self.truths)
        if of.type == DEBIT and of.posts is not None and not of.is_habit:
            self._entry(day, CREDIT, of.cents, of.text)

    def _hold(self, day: int, *, look_alike: bool) -> None:
        """What is pending for some days and never posts; its amount is nobody else's unless it looks alike."""
        self._odd += 1
        text, cents = _HABITS[0] if look_alike else (self._dice.choice(_SHOPS), 100_000 + 37_000 * self._odd)
        self._add(
            made=day, posts=None, held=cents, cents=cents, type=DEBIT, is_seen_pending=True, pending_text=text,
            text=text, early_text=text, is_habit=look_alike,
        )  # fmt: skip

    def _add(self, **values: object) -> None:
        tag = self._first + len(self.truths)
        self.truths.append(Truth(tag=tag, account=self._account, **values))  # type: ignore[arg-type]

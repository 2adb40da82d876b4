"""Households and what comes and goes on their accounts again and again, by seed, with what is true of it.

It shares nothing with the finder: days are moved by a list of holidays, not by a rule. What makes series hard to find
is in it: days that are moved before or after weekends, people who pay early or late, payments left out, paid twice or
ended, new prices, bills that follow the seasons, two subscriptions at one merchant, and shopping at the merchants that
one subscribes to; beside them habits that are no series.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from fanlight.enrichment.recurrence import Cadence

WINDOW = 1_200
"""How many days back a household's movements are looked at."""
CREDIT, DEBIT = 1, 2
Group = tuple[int, int, str]
# Federal Reserve holidays, as published.
_HOLIDAYS_OF = {
    2022: "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26",
    2023: "01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-23 12-25",
    2024: "01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25",
    2025: "01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25",
    2026: "01-01 01-19 02-16 05-25 06-19 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 06-18 07-05 09-06",
}
_HOLIDAYS = frozenset(
    date.fromisoformat(f"{year}-{day}") for year, days in _HOLIDAYS_OF.items() for day in days.split()
)


class Happened(NamedTuple):
    """Something that came, in cents."""

    key: int
    group: Group
    day: date
    cents: int


class Truth(NamedTuple):
    """A series as it is: its occurrences so far, the day on which the next one is due, None when it has ended."""

    cadence: Cadence
    name: str
    keys: frozenset[int]
    last: date
    next_due: date | None
    is_steady: bool
    """Whether nobody pays it by hand, on another day each time."""


class World(NamedTuple):
    seed: int
    today: date
    happened: tuple[Happened, ...]
    truths: tuple[Truth, ...]


class Habit(NamedTuple):
    """How a series goes: `move` -1 to the business day before, 1 to the one after; `hand` is how a person is off."""

    cadence: Cadence
    name: str
    cents: Callable[[date], int]
    day: int = 1
    second: int = 0
    move: int = 0
    hand: tuple[int, ...] = (0,)
    direction: int = DEBIT
    skips: float = 0.02
    extra: float = 0.0
    lasts: bool = False
    every: int = 0


def make(seed: int) -> World:
    dice = random.Random(f"household {seed}")
    today = date(2025, 3, 1) + timedelta(days=dice.randrange(600))
    began = today - timedelta(days=dice.choice((WINDOW, WINDOW, WINDOW, 800, 420, 200)))
    household = _Household(dice, began, today)
    for habit in _habits(dice):
        household.keep(habit)
    household.live()
    happened = tuple(sorted(household.happened, key=lambda each: (each.day, each.key)))
    return World(seed, today, happened, tuple(household.truths))


class _Household:
    def __init__(self, dice: random.Random, began: date, today: date) -> None:
        self._dice = dice
        self._began = began
        self._today = today
        self.happened: list[Happened] = []
        self.truths: list[Truth] = []

    def keep(self, habit: Habit) -> None:
        """Let a series come about: from some day on, to some day or still."""
        dice, span = self._dice, (self._today - self._began).days
        start = self._began if dice.random() < 0.65 else self._began + timedelta(days=dice.randrange(int(span * 0.85)))
        ends = None
        if not habit.lasts and dice.random() < 0.2:
            ends = start + timedelta(days=dice.randrange(max(1, (self._today - start).days)))
        account = 1 if dice.random() < 0.8 else 2
        group = (account, habit.direction, habit.name)
        keys: list[int] = []
        last, next_due = start, None
        for due in self._dues(habit, start):
            if ends is not None and due > ends:
                break
            moved = _moved(due, habit.move)
            came = moved + timedelta(days=dice.choice(habit.hand))
            is_skipped = dice.random() < habit.skips
            if came > self._today:
                if not is_skipped or moved >= self._today:
                    next_due = moved
                    break
                continue
            if is_skipped or came < self._began:
                continue
            keys.append(self._add(group, came, habit.cents(due)))
            last = came
            self._beside(habit, group, came)
        truth = Truth(habit.cadence, habit.name, frozenset(keys), last, next_due, len(habit.hand) == 1)
        self.truths.append(truth)

    def _dues(self, habit: Habit, start: date) -> Iterator[date]:
        """When it is due; some monthly ones from some day on on another day of the month."""
        dice, phase = self._dice, self._dice.randrange(10_000)
        dues = _dues(habit, start, phase)
        if habit.cadence is not Cadence.EVERY_MONTH or habit.every or dice.random() < 0.95:
            yield from dues
            return
        turns = start + timedelta(days=dice.randrange(100, 900))
        for due in dues:
            if due >= turns:
                break
            yield due
        yield from _dues(habit._replace(day=dice.randrange(1, 32)), due + timedelta(days=14), phase)

    def _beside(self, habit: Habit, group: Group, came: date) -> None:
        """What comes beside a series from or to the same: something else, or the same again by mistake."""
        dice = self._dice
        if dice.random() < habit.extra:
            self._add(group, self._within(came + timedelta(days=dice.randrange(1, 20))), dice.randrange(300, 9_000))
        if dice.random() < 0.004:
            self._add(group, came, self.happened[-1].cents)
        if dice.random() < 0.01:
            other = (group[0], CREDIT + DEBIT - group[1], group[2])
            self._add(other, self._within(came + timedelta(days=dice.randrange(9))), self.happened[-1].cents)

    def _within(self, day: date) -> date:
        return min(day, self._today)

    def _add(self, group: Group, day: date, cents: int) -> int:
        key = len(self.happened) + 1
        self.happened.append(Happened(key, group, day, max(1, cents)))
        return key

    def live(self) -> None:
        """Shopping and habits, which are no series."""
        dice, day = self._dice, self._began
        habits = [self._shopping(), self._weekdays(), self._rest()]
        while day <= self._today:
            for come in habits:
                come(day)
            if dice.random() < 0.05:
                self._add((1, DEBIT, f"ONCE {len(self.happened)}"), day, dice.randrange(500, 60_000))
            day += timedelta(days=1)

    def _shopping(self) -> Callable[[date], None]:
        dice = self._dice
        shops = dice.sample(_SHOPS, 9) + [("AMAZON", 0.2, (600, 14_000)), ("APPLE", 0.03, (99, 3_000))]

        def come(day: date) -> None:
            for name, chance, (least, most) in shops:
                if dice.random() < chance:
                    self._add((1, DEBIT, name), day, int(least * (most / least) ** dice.random()))

        return come

    def _weekdays(self) -> Callable[[date], None]:
        dice = self._dice
        menu = [dice.randrange(300, 900, 25) for _ in range(4)]
        lunch, lunches = dice.randrange(600, 1_400, 50), dice.choice((0.0, 0.0, 0.2, 0.5, 0.9))

        def come(day: date) -> None:
            is_free = day.weekday() >= 5
            if dice.random() < (0.1 if is_free else 0.5):
                self._add((1, DEBIT, "COFFEE"), day, dice.choice(menu))
            if not is_free and dice.random() < lunches:
                self._add((1, DEBIT, "LUNCH"), day, lunch)
            if dice.random() < 0.12:
                self._add((1, DEBIT, "TRANSIT"), day, 275 if dice.random() < 0.8 else 550)

        return come

    def _rest(self) -> Callable[[date], None]:
        """A market on one day of the week, a barber now and then, what friends give back."""
        dice = self._dice
        market, often = dice.randrange(7), dice.choice((0.4, 0.6, 0.9))
        barber = [self._began + timedelta(days=dice.randrange(30))]

        def come(day: date) -> None:
            if day.weekday() == market and dice.random() < often:
                self._add((2, DEBIT, "MARKET"), day, dice.randrange(1_500, 9_500))
            if day == barber[-1]:
                self._add((1, DEBIT, "BARBER"), day, dice.choice((3_500, 3_500, 4_000, 4_200)))
                barber.append(day + timedelta(days=dice.randrange(21, 62)))
            if dice.random() < 0.02:
                self._add((1, CREDIT, "VENMO"), day, dice.choice((1_000, 2_000, 2_500, dice.randrange(500, 9_000))))

        return come


_SHOPS = [
    ("GROCER", 0.3, (1_200, 18_000)), ("COSTCO", 0.05, (4_000, 35_000)), ("FUEL", 0.12, (2_500, 7_000)),
    ("NOODLES", 0.07, (1_200, 4_800)), ("PHARMACY", 0.05, (400, 6_000)), ("BOOKS", 0.02, (900, 5_000)),
    ("HARDWARE", 0.03, (700, 20_000)), ("CLOTHES", 0.03, (2_000, 15_000)), ("CINEMA", 0.02, (1_400, 4_000)),
    ("PIZZA", 0.06, (1_800, 4_500)), ("VET", 0.006, (6_000, 40_000)), ("TAXI", 0.05, (800, 5_000)),
    ("LIQUOR", 0.04, (1_100, 7_000)), ("DENTIST", 0.004, (9_000, 60_000)),
]  # fmt: skip


def _habits(dice: random.Random) -> Iterator[Habit]:
    yield from _pay(dice)
    yield from _home(dice)
    yield from _subscriptions(dice)
    yield from _seldom(dice)
    if dice.random() < 0.5:
        price = dice.randrange(1_500, 9_000, 500)
        hand = dice.choice(((0,), (0, 0, 0, 1), (-1, 0, 0, 0, 1)))
        yield Habit(Cadence.EVERY_WEEK, "CLASS", _flat(price), dice.randrange(7), hand=hand, skips=0.08)
    if dice.random() < 0.3:
        yield Habit(Cadence.EVERY_WEEK, "CHILD ALLOWANCE", _flat(dice.choice((1_000, 1_500, 2_000))), dice.randrange(7))
    if dice.random() < 0.35:
        yield Habit(Cadence.EVERY_TWO_WEEKS, "CLEANER", _flat(dice.randrange(8_000, 16_000, 1_000)), dice.randrange(14),
                    hand=(0, 0, 0, 0, 1, -1), skips=0.05)  # fmt: skip
    if dice.random() < 0.3:
        yield Habit(Cadence.EVERY_TWO_WEEKS, "GYM", _flat(dice.randrange(1_000, 3_000)), dice.randrange(14), move=1)


def _pay(dice: random.Random) -> Iterator[Habit]:
    for name in ("EMPLOYER", "SCHOOL DISTRICT")[: dice.choice((1, 1, 2))]:
        cents = dice.randrange(90_000, 400_000)
        amount = dice.choice((_raised(cents, 0.03), _varied(dice, _raised(cents, 0.03), 0.04)))
        extra = dice.choice((0.0, 0.0, 0.06))
        kind = dice.choice((Cadence.EVERY_TWO_WEEKS,) * 3 + (Cadence.TWICE_A_MONTH,) * 2 + (Cadence.EVERY_MONTH,))
        given = {"direction": CREDIT, "move": -1, "skips": 0.0, "extra": extra}
        if kind is Cadence.EVERY_TWO_WEEKS:
            yield Habit(kind, name, amount, dice.choice((3, 4, 10, 11)), **given)  # type: ignore[arg-type]
        elif kind is Cadence.TWICE_A_MONTH:
            first, second = dice.choice(((15, 31), (1, 15), (5, 20), (10, 25), (7, 22)))
            yield Habit(kind, name, amount, first, second, **given)  # type: ignore[arg-type]
        else:
            yield Habit(kind, name, amount, dice.choice((25, 28, 31, 1)), **given)  # type: ignore[arg-type]
    if dice.random() < 0.25:
        wages = _varied(dice, _flat(dice.randrange(25_000, 60_000)), 0.12)
        yield Habit(Cadence.EVERY_WEEK, "CAFE WAGES", wages, 4, direction=CREDIT, move=-1, skips=0.03)
    if dice.random() < 0.2:
        yield Habit(Cadence.EVERY_MONTH, "SOCIAL SECURITY", _raised(dice.randrange(90_000, 250_000), 0.03), 3, move=-1,
                    direction=CREDIT, skips=0.0, lasts=True)  # fmt: skip


def _home(dice: random.Random) -> Iterator[Habit]:
    rent = _raised(dice.randrange(90_000, 280_000, 500), 0.05)
    hand: tuple[int, ...] = dice.choice(((0,), (0, 0, 0, 1, -1, 2), (-3, -2, -1, 0, 0, 0, 1, 2, 3)))
    yield Habit(Cadence.EVERY_MONTH, "RENT", rent, dice.choice((1, 1, 1, 3, 5, 31)), hand=hand, skips=0.01)
    for name, cents, swing in (("ELECTRIC", 9_500, 0.4), ("GAS UTILITY", 8_000, 0.65), ("WATER", 5_000, 0.1)):
        if dice.random() < 0.75:
            seasonal = _seasonal(dice, cents, swing)
            hand = dice.choice(((0,), (0, 0, 1), (-1, 0, 0, 1, 2), (-4, -2, -1, 0, 1, 2, 4)))
            is_rare = name == "WATER" and dice.random() < 0.5
            cadence = Cadence.EVERY_QUARTER if is_rare else Cadence.EVERY_MONTH
            yield Habit(cadence, name, seasonal, dice.randrange(1, 32), move=1, hand=hand, extra=0.01)
    promotion = _stepped(dice, dice.choice((4_999, 5_999, 7_999)), 1.25)
    yield Habit(Cadence.EVERY_MONTH, "INTERNET", promotion, dice.randrange(1, 32), move=dice.choice((0, 1)), extra=0.02)
    if dice.random() < 0.5:
        phone = _varied(dice, _flat(dice.randrange(4_000, 14_000)), 0.05)
        yield Habit(Cadence.EVERY_MONTH, "PHONE", phone, dice.randrange(1, 29), hand=(0, 0, 0, 1), extra=0.03)
    else:
        yield Habit(
            Cadence.EVERY_MONTH, "PREPAID PHONE", _flat(dice.choice((2_500, 3_500))), dice.randrange(30), every=30
        )
    for name in ("CAR LOAN", "STUDENT LOAN"):
        if dice.random() < 0.5:
            yield Habit(Cadence.EVERY_MONTH, name, _flat(dice.randrange(15_000, 60_000)), dice.randrange(1, 32), move=1)
    if dice.random() < 0.3:
        yield Habit(
            Cadence.EVERY_MONTH, "CARD PAYMENT", _varied(dice, _flat(90_000), 0.5), dice.randrange(1, 29), move=-1
        )


def _subscriptions(dice: random.Random) -> Iterator[Habit]:
    names = ("NETFLIX", "SPOTIFY", "HULU", "NEWSPAPER", "CLOUD", "FITNESS APP", "MEAL KIT", "GAMES")
    for name in dice.sample(names, dice.randrange(2, 6)):
        cents = dice.randrange(4, 30) * 100 + 99
        amount = dice.choice((_flat(cents), _flat(cents), _stepped(dice, cents, dice.choice((1.1, 1.3, 1.5)))))
        yield Habit(
            Cadence.EVERY_MONTH, name, amount, dice.randrange(1, 32), hand=dice.choice(((0,), (0,), (0, 0, 0, 1)))
        )
    if dice.random() < 0.5:
        yield Habit(Cadence.EVERY_MONTH, "AMAZON", _stepped(dice, 1_299, 1.15), dice.randrange(1, 32))
    for cents in dice.sample((99, 299, 999, 1_099, 1_699), dice.choice((0, 1, 2, 3))):
        yield Habit(Cadence.EVERY_MONTH, "APPLE", _flat(cents), dice.randrange(1, 29))
    if dice.random() < 0.3:
        first, second = dice.sample(range(4_000, 19_000), 2)
        for cents in (first, second):
            yield Habit(Cadence.EVERY_MONTH, "INSURER", _flat(cents), dice.randrange(1, 29), move=1)
    if dice.random() < 0.2:
        yield Habit(Cadence.EVERY_WEEK, "GROCER", _flat(2_950), dice.randrange(7), skips=0.05)


def _seldom(dice: random.Random) -> Iterator[Habit]:
    for name in ("CAR INSURANCE", "HOME INSURANCE", "PEST CONTROL", "HOMEOWNERS"):
        if dice.random() < 0.4:
            amount = dice.choice((_flat, lambda cents: _raised(cents, 0.08)))(dice.randrange(6_000, 60_000))
            hand: tuple[int, ...] = dice.choice(((0,), (0, 0, 1, 2), (-3, -1, 0, 0, 1, 3)))
            yield Habit(Cadence.EVERY_QUARTER, name, amount, dice.randrange(1, 32), move=1, hand=hand)
    for name in ("COSTCO", "AMAZON", "AUTO CLUB", "DOMAIN NAMES", "PARKS PASS", "TAX SOFTWARE", "MUSEUM"):
        if dice.random() < 0.35:
            amount = dice.choice((_flat, lambda cents: _raised(cents, 0.06)))(dice.randrange(2_000, 15_000))
            hand = dice.choice(((0,), (0, 0, 1), (-6, -3, 0, 2, 5)))
            yield Habit(Cadence.EVERY_YEAR, name, amount, dice.randrange(1, 366), hand=hand, skips=0.0)


def _dues(habit: Habit, start: date, phase: int) -> Iterator[date]:
    if habit.every or habit.cadence in (Cadence.EVERY_WEEK, Cadence.EVERY_TWO_WEEKS):
        step = habit.every or (7 if habit.cadence is Cadence.EVERY_WEEK else 14)
        # The third of January 2022 was a Monday.
        first = date(2022, 1, 3) + timedelta(days=habit.day)
        due = first + timedelta(days=-((first - start).days // step) * step)
        while True:
            yield due
            due += timedelta(days=step)
    months = {Cadence.EVERY_QUARTER: 3, Cadence.EVERY_YEAR: 12}.get(habit.cadence, 1)
    month = start.year * 12 + start.month - 1
    month += (phase - month) % months
    while True:
        year, number = divmod(month, 12)
        for day in sorted({habit.day % 31 or 31, habit.second or habit.day % 31 or 31}):
            due = _clipped(year, number + 1, day)
            if due >= start:
                yield due
        month += months


def _clipped(year: int, month: int, day: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=day - 1), following - timedelta(days=1))


def _moved(day: date, move: int) -> date:
    while move and (day.weekday() >= 5 or day in _HOLIDAYS):
        day += timedelta(days=move)
    return day


def _flat(cents: int) -> Callable[[date], int]:
    return lambda _: cents


def _raised(cents: int, share: float) -> Callable[[date], int]:
    """A little more each year."""
    return lambda day: round(cents * (1 + share) ** (day.year - 2022))


def _varied(dice: random.Random, base: Callable[[date], int], share: float) -> Callable[[date], int]:
    return lambda day: round(base(day) * (1 + dice.uniform(-share, share)))


def _seasonal(dice: random.Random, cents: int, swing: float) -> Callable[[date], int]:
    peak = dice.choice((1, 7))

    def amount(day: date) -> int:
        away = min((day.month - peak) % 12, (peak - day.month) % 12) / 6
        return round(cents * (1 + swing - 2 * swing * away) * dice.uniform(0.9, 1.1))

    return amount


def _stepped(dice: random.Random, cents: int, factor: float) -> Callable[[date], int]:
    """Another price from some day on."""
    on = date(2023, 1, 1) + timedelta(days=dice.randrange(1_300))
    return lambda day: cents if day < on else round(cents * factor)

"""Households over 13 months by seed: what came and went on their accounts, and what is special on some days of it.

It shares nothing with the rules of insights. Beside ordinary life (pay, rent, bills that follow the seasons,
subscriptions, shopping, coffee twice a day, fares, refunds, moves to savings, cards that are paid) there are events on
known days; each entry says what it is, so that it can be told later what was worth telling.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from tools.quality.insight_histories import (
    BEYOND,
    CARD,
    CHECKING,
    DAY,
    EVENTS,
    HISTORY,
    INVESTMENT,
    LOOK,
    PER_WORLD,
    PLAN_529,
    SAVINGS,
    Account,
    Entry,
    World,
)  # fmt: skip
from tools.quality.insight_texts import (
    AUTO,
    BILLS,
    COFFEE_PRICES,
    COFFEES,
    DECOYS,
    DEPOSITS,
    DISPUTES,
    FEE_TEXTS,
    FEES,
    FOOD,
    FUN,
    GROCERS,
    HOME,
    INCOME,
    INVESTMENTS,
    LOANS,
    NONE,
    OVERDRAFT_FEES,
    PAY,
    PHONES,
    POWER,
    SHOPPING,
    SHOPS,
    SUBSCRIPTIONS,
    TRANSFER,
    TRAVEL,
    VERIFIED,
    Shop,
)  # fmt: skip

_MOVED_IN = "ONLINE TRANSFER FROM CHECKING XXXX9876"


def make(seed: int) -> World:
    dice = random.Random(f"insights {seed}")
    last = date(2025, 6, 1) + dice.randrange(500) * DAY
    return _Household(dice, seed, last).whole()


class _Household:
    def __init__(self, dice: random.Random, seed: int, last: date) -> None:
        self._dice, self._seed, self._last = dice, seed, last
        self._from, self._until = last - HISTORY * DAY, last + BEYOND * DAY
        self._first = last - (LOOK - 1) * DAY
        self._entries: list[Entry] = []
        self._taken: set[tuple[str, date, int]] = set()
        self._events = frozenset(dice.sample(EVENTS, PER_WORLD))
        self._has_card = dice.random() < 0.8 or not self._events.isdisjoint(("payoff", "near limit", "interest"))
        self._has_savings = dice.random() < 0.8 or not self._events.isdisjoint(("low savings", "milestone"))
        self._due_day = dice.randrange(5, 28)

    def whole(self) -> World:
        self._income()
        self._home()
        self._subscriptions()
        self._shopping()
        self._happenings()
        if self._has_card:
            self._card()
        accounts = self._accounts()
        self._entries.sort(key=lambda each: (each.day, each.key))
        budgets = {}
        if self._dice.random() < 0.35:
            budgets = {
                FOOD: self._dice.randrange(30_000, 90_000, 1_000),
                SHOPPING: self._dice.randrange(15_000, 50_000, 500),
            }
        return World(self._seed, self._last, accounts, self._entries, budgets)

    def _add(  # noqa: PLR0917 - a row
        self, account: str, day: date, cents: int, text: str, kind: str, branch: str, *, payee: str = "",
        credit: bool = False,
    ) -> None:  # fmt: skip
        if self._from <= day <= self._until:
            key = len(self._entries)
            self._entries.append(Entry(key, account, day, cents, credit, text, kind, payee or text, branch))
            self._taken.add((payee or text, day, cents))

    def _some_day(self, least: int = 2, most: int = LOOK - 5) -> date:
        """One of the days that are looked at."""
        return self._first + self._dice.randrange(least, most) * DAY

    def _months(self, day: int) -> Iterator[date]:
        """A day of every month, its last one where it has no such day."""
        month = self._from.replace(day=1)
        while month <= self._until:
            following = (month + 32 * DAY).replace(day=1)
            yield min(month + (day - 1) * DAY, following - DAY)
            month = following

    @property
    def _spends(self) -> str:
        return "Card" if self._has_card and self._dice.random() < 0.6 else "Checking"

    def _income(self) -> None:
        dice = self._dice
        text, pay = dice.choice(PAY), dice.randrange(160_000, 330_000)
        swing = dice.choice((0.0, 0.0, 0.03))
        if dice.random() < 0.6:
            days = [self._from + (dice.randrange(14) + 14 * n) * DAY for n in (0,)]
            days = [days[0] + 14 * n * DAY for n in range((HISTORY + BEYOND) // 14 + 1)]
        else:
            days, pay = list(self._months(dice.choice((25, 28, 31)))), pay * 2
        for day in days:
            self._add("Checking", day, round(pay * (1 + dice.uniform(-swing, swing))), text, "pay", INCOME, credit=True)
            if self._has_savings and day.day > 14:
                cents, later = dice.choice((5_000, 10_000, 15_000, 25_000)), dice.choice((0, 1, 1))
                self._add("Checking", day + DAY, cents, "ONLINE TRANSFER TO SAVINGS XXXX1234", "transfer", TRANSFER)
                self._add("Savings", day + (1 + later) * DAY, cents, _MOVED_IN, "transfer", TRANSFER, credit=True)
        for day in self._months(31) if self._has_savings else ():
            self._add(
                "Savings", day, dice.randrange(40, 600), "INTEREST PAYMENT", "interest income", INCOME, credit=True
            )

    def _home(self) -> None:
        dice = self._dice
        rent = dice.randrange(90_000, 230_000, 500)
        self._monthly("OAKWOOD APARTMENTS RENT", "rent", HOME, dice.choice((1, 1, 3)), lambda _: rent)
        peak, base = dice.choice((1, 7)), dice.randrange(7_000, 15_000)

        def power(day: date) -> int:
            away = min((day.month - peak) % 12, (peak - day.month) % 12) / 6
            return round(base * (1.35 - 0.7 * away) * dice.uniform(0.95, 1.05))

        self._monthly(
            dice.choice(POWER),
            "bill",
            BILLS,
            dice.randrange(1, 29),
            power,
        )
        net, phone, water = (
            dice.randrange(4_999, 9_999, 500),
            dice.randrange(4_000, 14_000),
            dice.randrange(3_000, 6_000),
        )
        self._monthly("COMCAST CABLE COMM", "bill", BILLS, dice.randrange(1, 29), lambda _: net)
        self._monthly(
            dice.choice(PHONES),
            "bill",
            BILLS,
            dice.randrange(1, 29),
            lambda _: round(phone * dice.uniform(0.985, 1.015)),
        )
        if dice.random() < 0.3:
            self._monthly(
                "CITY WATER DEPT",
                "bill",
                BILLS,
                dice.randrange(1, 29),
                lambda _: round(water * dice.uniform(0.96, 1.04)),
            )
        if dice.random() < 0.6:
            cover = dice.randrange(6_000, 18_000)
            self._monthly("GEICO *AUTO", "insurance", AUTO, dice.randrange(1, 29), lambda _: cover)
        if dice.random() < 0.45:
            (text, branch), loan = dice.choice(LOANS), dice.randrange(15_000, 65_000)
            self._monthly(text, "loan", branch, dice.randrange(1, 29), lambda _: loan)

    def _monthly(self, text: str, kind: str, branch: str, on: int, cents: Callable[[date], int]) -> None:
        """Every month, after a weekend where that is what banks do."""
        odd = self._some_day(0, LOOK - 1) if kind == "bill" and "odd bill" in self._events else None
        moves = kind != "subscription" and self._dice.random() < 0.5
        for due in self._months(on):
            day = due + (7 - due.weekday()) * DAY if moves and due.weekday() >= 5 else due
            is_odd = odd is not None and self._first + DAY < day <= self._last and abs((day - odd).days) < 12
            factor = self._dice.choice((0.55, 1.45, 1.8)) if is_odd else 1
            self._add("Checking", day, round(cents(day) * factor), text, kind, branch)

    def _subscriptions(self) -> None:
        dice = self._dice
        known = dice.sample(SUBSCRIPTIONS, dice.randrange(2, 6))
        for at, (text, branch) in enumerate(known):
            cents, account, on = dice.randrange(499, 2_999, 100), self._spends, dice.randrange(1, 29)
            rises = self._some_day(1) if at == 0 and "dearer" in self._events else None
            falls = dice.random() < 0.05
            if rises is not None:
                on = rises.day
            more = dice.choice((100, 200, 300))
            if at == 1 and "new subscription" in self._events:
                # The third month after the first one is on a day that is looked at.
                began = self._some_day(1) - dice.choice((60, 61)) * DAY
                on, start = min(began.day, 28), began.replace(day=min(began.day, 28))
                for day in self._months(on):
                    if day >= start:
                        self._add(account, day, cents, text, "new subscription", branch)
                continue
            for day in self._months(on):
                price = cents + more if rises is not None and day >= rises - 3 * DAY else cents
                price -= 100 if falls and rises is None and day >= self._first else 0
                self._add(account, day, price, text, "subscription", branch)

    def _shopping(self) -> None:
        dice = self._dice
        grocers = [Shop(text, payee, FOOD, 1_800, 13_000, 1.1) for text, payee in dice.sample(GROCERS, 2)]
        coffee = Shop(*dice.choice(COFFEES), FOOD, 0, 0, 0)
        rides = dice.random() < 0.2
        grows = dice.choice((FUN, SHOPPING)) if "growth" in self._events else None
        day = self._from
        while day <= self._until:
            is_growing = day.replace(day=1) == self._last.replace(day=1)
            for shop in (*grocers, *SHOPS):
                more = 3 if is_growing and shop.branch == grows else 1
                if dice.random() < shop.times * more / 7:
                    self._buy(day, shop, range(shop.least, shop.most))
            for _ in range(dice.choice((0, 0, 1, 1, 2)) if dice.random() < 0.6 else 0):
                self._buy(day, coffee, COFFEE_PRICES)
            if rides and day.weekday() in (1, 3):
                for _ in range(2):
                    self._add("Checking", day, 290, "MTA*NYCT PAYGO NEW YORK NY", "purchase", AUTO, payee="MTA")
            if dice.random() < 0.03:
                self._add(
                    "Checking", day, dice.choice((4_000, 6_000, 10_000)), "ATM WITHDRAWAL 000123 1ST AVE", "cash", NONE
                )
            if dice.random() < 0.02:
                text = dice.choice(("TARGET RETURN 00012345", "AMAZON REFUND"))
                self._add(self._spends, day, dice.randrange(900, 6_000), text, "refund", "Refund", credit=True)
            day += DAY

    def _buy(self, day: date, shop: Shop, prices: Sequence[int]) -> None:
        """A purchase that is not by chance the same as another of the day."""
        cents = self._dice.choice(prices)
        while (shop.payee, day, cents) in self._taken:
            cents = self._dice.choice(prices)
        self._add(self._spends, day, cents, shop.text, "purchase", shop.branch, payee=shop.payee)

    def _happenings(self) -> None:
        dice, events = self._dice, self._events
        if "duplicate" in events:
            near = [
                each
                for each in self._entries
                if each.kind == "purchase" and each.payee != "MTA" and self._first + DAY < each.day < self._last
            ]
            twice = dice.choice(near)
            self._add(twice.account, twice.day, twice.cents, twice.text, "purchase", twice.branch, payee=twice.payee)
        self._charges()
        self._deposits()
        self._kept_apart()

    def _charges(self) -> None:
        dice, events = self._dice, self._events
        if "large purchase" in events:
            text, branch = dice.choice(
                (("BEST BUY 00012", SHOPPING), ("IKEA SEATTLE RENTON WA", HOME), ("DELTA AIR LINES ATLANTA", TRAVEL))
            )
            self._add(self._spends, self._some_day(), dice.randrange(50_000, 180_000), text, "purchase", branch)
        if "fee" in events:
            text, cents = dice.choice(FEE_TEXTS)
            self._add("Checking", self._some_day(), cents, text, "fee", FEES)
        if "overdraft" in events:
            self._add("Checking", self._some_day(), 3_500, dice.choice(OVERDRAFT_FEES), "overdraft fee", FEES)
        if "dispute" in events:
            self._add(self._spends, self._some_day(), dice.randrange(2_000, 9_000), dice.choice(DISPUTES),
                      "dispute", "Refund", credit=True)  # fmt: skip

    def _deposits(self) -> None:
        dice, events = self._dice, self._events
        for event, kind, branch, least, most, texts in DEPOSITS:
            if event in events:
                text = dice.choice(texts)
                self._add("Checking", self._some_day(), dice.randrange(least, most), text, kind, branch, credit=True)
        for text, kind, branch, is_credit, least, most in dice.sample(DECOYS, 3):
            self._add("Checking", self._some_day(), dice.randrange(least, most), text, kind, branch, credit=is_credit)
        if "micro deposits" in events:
            text, day = dice.choice(VERIFIED), self._some_day()
            for cents in dice.sample(range(3, 60), 2):
                self._add("Checking", day, cents, text, "verify", NONE, credit=True)

    def _kept_apart(self) -> None:
        """What is put away for school and health."""
        dice, events = self._dice, self._events
        if "529" in events or "529 withdrawal" in events:
            for day in self._months(dice.randrange(1, 29)):
                self._add("College 529 Plan", day, 15_000, "529 CONTRIBUTION", "529", INVESTMENTS, credit=True)
        if "529 withdrawal" in events:
            self._add("College 529 Plan", self._some_day(), 120_000, "QUALIFIED WITHDRAWAL", "529 out", INVESTMENTS)
        if "hsa" in events:
            for day in self._months(dice.randrange(1, 29)):
                self._add("HSA", day, 12_500, "HSA CONTRIBUTION", "hsa", INVESTMENTS, credit=True)

    def _card(self) -> None:
        """Payments of the card as they are made: all that was owed on the bill, or a part of it, with interest."""
        dice = self._dice
        part = 0.9 if self._events & {"near limit", "interest"} else 1.0
        payoff = self._some_day(4) if "payoff" in self._events else None
        pays = {day - dice.choice((1, 2, 3)) * DAY for day in self._months(self._due_day)}
        skipped = max((day for day in pays if day < self._last), default=None) if dice.random() < 0.15 else None
        moved: dict[date, int] = {}
        for each in self._entries:
            if each.account == "Card":
                moved[each.day] = moved.get(each.day, 0) + (-each.cents if each.is_credit else each.cents)
        owed, billed, day = 60_000, 60_000, self._from
        while day <= self._until:
            owed += moved.get(day, 0)
            if day.day == (self._due_day + 6) % 28 + 1:
                billed = owed
                if part < 1:
                    self._add("Card", day, dice.randrange(900, 4_500), "INTEREST CHARGE ON PURCHASES", "interest", FEES)
                    owed += self._entries[-1].cents
            if day == payoff or (day in pays and day != skipped):
                cents = owed if day == payoff else min(owed, round(billed * part))
                if cents > 0:
                    self._pay_card(day, cents)
                    owed -= cents
            day += DAY

    def _pay_card(self, day: date, cents: int) -> None:
        self._add("Checking", day, cents, "CHASE CREDIT CRD AUTOPAY", "card payment", TRANSFER)
        self._add("Card", day, cents, "PAYMENT THANK YOU - WEB", "card payment", TRANSFER, credit=True)

    def _accounts(self) -> list[Account]:
        dice, events = self._dice, self._events
        low = dice.choice((dice.randrange(2_000, 9_500), dice.randrange(2_000, 9_500), -dice.randrange(2_000, 30_000)))
        cushion = low if "low checking" in events else dice.randrange(350_000, 900_000)
        known = [Account("Checking", CHECKING, cushion - self._least("Checking"))]
        if self._has_savings:
            held = (
                dice.randrange(320_000, 450_000)
                if "milestone" not in events
                else 500_000 - dice.randrange(1_000, 9_000)
            )
            held = dice.randrange(3_000, 8_000) if "low savings" in events else held
            name = "Rainy Day Savings" if self._seed % 3 == 0 else "Savings"
            known.append(Account(name, SAVINGS, held - self._least("Savings")))
            self._entries = [
                each._replace(account=name) if each.account == "Savings" else each for each in self._entries
            ]
        if self._has_card:
            most = self._most_owed()
            limit = (
                round(most / dice.uniform(0.78, 0.97))
                if "near limit" in events
                else round(most / dice.uniform(0.08, 0.45))
            )
            known.append(Account("Card", CARD, 60_000, None, max(limit, 50_000), self._due_day))
        names = {each.account for each in self._entries}
        extra = (Account("College 529 Plan", INVESTMENT, 900_000, PLAN_529), Account("HSA", INVESTMENT, 200_000))
        return known + [each for each in extra if each.name in names]

    def _running(self, account: str, opening: int) -> Iterator[int]:
        """The balances at the end of the days that are looked at."""
        own = [each for each in self._entries if each.account == account]
        sign = -1 if account == "Card" else 1
        for n in range(LOOK):
            day = self._first + n * DAY
            yield opening + sum(
                (each.cents if each.is_credit else -each.cents) * sign for each in own if each.day <= day
            )

    def _least(self, account: str) -> int:
        return min(self._running(account, 0))

    def _most_owed(self) -> int:
        return max(self._running("Card", 60_000))

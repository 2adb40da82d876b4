"""Ten simulated years of spending plans: whatever happens, no item is lost or doubled, and every sum is exact."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanlight.core.transactions import Type
from fanlight.enrichment.merchants import catalogue
from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.planning import days
from fanlight.planning.paying import occurrences, scheduled_payments
from fanlight.planning.paying.series import Status
from fanlight.planning.plans import item_making, item_rows, iteration_items, plan_rows, spending_plans
from fanlight.planning.plans.item_rows import Item, Kind
from fanlight.planning.plans.plan_rows import Iteration
from unit.household import (
    FOOD,
    GROCERIES,
    HOME,
    NOW,
    PAYCHECK,
    RENT,
    SHOPPING,
    TELEVISION,
    TRANSFER,
    UNCATEGORIZED,
    UNIT,
    USER,
    Household,
    household,
)

BEGIN, END = date(2026, 8, 2), date(2036, 8, 1)
CATEGORIES = (FOOD, GROCERIES, HOME, RENT, SHOPPING, TELEVISION, PAYCHECK, UNCATEGORIZED, TRANSFER)
BUDGETED = (FOOD, HOME, SHOPPING)
NAMES = (*(each.guid for each in catalogue()[10:16]), "gym", "rent of flat", "school")
OWN_KINDS = (None, *Kind)


class Years:
    """A plan, what happens to it, and what has to come of that."""

    def __init__(self, home: Household, random: Random) -> None:
        self.home, self.random, self.today = home, random, BEGIN
        home.settle(self.today)
        self.plan = spending_plans.create(home.unit, USER, now=NOW)
        self.own: dict[int, Kind | None] = {}
        self.deleted: set[str] = set()
        self.edited: dict[str, int] = {}
        self.amounts = iter(range(1_000_000))
        self.number = 1

    def happen(self) -> None:
        """Some things that people, banks and the server do."""
        random = self.random
        actions: list[Callable[[], None]] = [self.begin_series, self.end_series, self.spend, self.spend, self.spend]
        actions += [self.hide, self.make, self.edit, self.delete, self.budget, self.unbudget]
        actions += [self.schedule, self.unschedule]
        for act in random.choices(actions, k=random.randint(0, 6)):
            act()
        self.settle()

    def pass_by(self, length: int) -> None:
        """Some days pass, and the server looks."""
        before = days.month_of(self.today)
        self.today += timedelta(days=length)
        if days.month_of(self.today) != before:
            self.deleted.clear()
            self.own = {amount: kind for amount, kind in self.own.items() if kind is not Kind.OTHER_EXPENSE}
        self.settle()

    def settle(self) -> None:
        self.home.settle(self.today)
        self.plan = spending_plans.read(self.home.unit, USER, self.plan.guid)

    def begin_series(self) -> None:
        cadence, name = self.random.choice(list(Cadence)), self.random.choice(NAMES)
        day = self.random.randint(1, occurrences.days_of(cadence))
        due = occurrences.next_on(cadence, day, self.today, self.today)
        kind = self.random.choice((Type.DEBIT, Type.DEBIT, Type.CREDIT))
        amount = self.random.randint(5, 50) * UNIT
        self.home.series(
            name, cadence, day, transaction_type=int(kind), next_on=due.isoformat(), amount=amount, low=amount,
            high=amount, account_id=self.random.choice((1, 2)),
        )  # fmt: skip

    def end_series(self) -> None:
        status = self.random.choice((Status.ENDED, Status.MISSED, Status.ACTIVE))
        keys = [key for (key,) in self.home.rows("SELECT id FROM series")]
        if keys:
            self.home.rows("UPDATE series SET status = ? WHERE id = ?", int(status), self.random.choice(keys))

    def spend(self) -> None:
        kind = self.random.choice((Type.DEBIT, Type.DEBIT, Type.DEBIT, Type.CREDIT))
        day = self.today - timedelta(days=self.random.randint(0, 20))
        name = self.random.choice(NAMES)
        self.home.transaction(
            day, self.random.randint(1, 60), self.random.choice(CATEGORIES), name.lower(),
            merchant=name if name.startswith("MCH-") else None, transaction_type=int(kind),
            account_id=self.random.choice((1, 2, 3)),
        )  # fmt: skip

    def hide(self) -> None:
        self.home.rows("UPDATE transactions SET is_hidden = 1 - is_hidden WHERE id % 7 = ?", self.random.randint(0, 6))

    def make(self) -> None:
        amount, kind = next(self.amounts), self.random.choice(OWN_KINDS)
        said = {"planned_amount": amount, "item_type": kind}
        if self.random.random() < 0.3 and kind not in (None, Kind.INCOME):
            said["category_guid"] = self.random.choice(BUDGETED)
        iteration_items.create(self.home.unit, self.plan, said, now=NOW)
        self.own[amount] = kind

    def edit(self) -> None:
        item = self.random.choice(iteration_items.list_all(self.home.unit, self.plan) or [None])
        if item is None:
            return
        amount = next(self.amounts)
        iteration_items.change(self.home.unit, self.plan, item, {"planned_amount": amount}, now=NOW)
        if item.origin is None:
            self.own[amount] = self.own.pop(item.planned_amount)
        else:
            self.edited[item.origin] = amount

    def delete(self) -> None:
        item = self.random.choice(iteration_items.list_all(self.home.unit, self.plan) or [None])
        if item is None:
            return
        iteration_items.remove(self.home.unit, self.plan, item, now=NOW)
        if item.origin is None:
            del self.own[item.planned_amount]
        else:
            self.deleted.add(item.origin)

    def budget(self) -> None:
        category = self.random.choice(BUDGETED)
        if not self.home.rows("SELECT 1 FROM budgets WHERE category_guid = ?", category):
            self.home.budget(category, self.random.randint(100, 500))

    def unbudget(self) -> None:
        self.home.rows("DELETE FROM budgets WHERE category_guid = ?", self.random.choice(BUDGETED))

    def schedule(self) -> None:
        cadence = self.random.choice(list(Cadence))
        day = self.random.randint(1, occurrences.days_of(cadence))
        said = {"amount": self.random.randint(5, 50) * UNIT, "description": self.random.choice(NAMES).lower()}
        said |= {"occurs_on": self.today.isoformat(), "transaction_type": Type.DEBIT, "is_recurring": True}
        said |= {"recurrence_type": cadence, "recurrence_day": day}
        scheduled_payments.create(self.home.unit, USER, said, now=NOW)

    def unschedule(self) -> None:
        rows = scheduled_payments.list_all(self.home.unit, USER)
        if rows:
            scheduled_payments.remove(self.home.unit, self.random.choice(rows), now=NOW)

    def check(self) -> None:
        """What has to hold after every step."""
        latest = self.check_months()
        everything = item_rows.everything(self.home.unit, latest)
        living = [each for each in everything if each.deleted_at is None]
        self.check_items(everything, living)
        self.check_sums(living)

    def check_months(self) -> Iteration:
        found = plan_rows.iterations(self.home.unit, self.plan)
        months = [days.later(days.month_of(BEGIN), number) for number in range(len(found))]
        assert [each.iteration_number for each in found] == list(range(1, len(found) + 1))
        assert [each.month for each in found] == months
        assert months[-1] == days.month_of(self.today)
        assert self.plan.current_iteration_number == len(found)
        return found[-1]

    def check_items(self, everything: list[Item], living: list[Item]) -> None:
        origins = [each.origin for each in everything if each.origin is not None]
        assert len(set(origins)) == len(origins)
        own = [each.planned_amount for each in living if each.origin is None]
        assert sorted(own) == sorted(self.own)
        made = {each.origin: each for each in living if each.origin is not None}
        expected = self.expected()
        assert expected.keys() - self.deleted <= made.keys()
        assert all(each.has_been_edited for origin, each in made.items() if origin not in expected)
        for origin, amount in expected.items():
            item = made.get(origin)
            if item is not None:
                assert item.planned_amount == self.edited.get(origin, amount)
        assert made.keys().isdisjoint(self.deleted)

    def expected(self) -> dict[str, int]:
        """What has to be made this month, with its planned amount."""
        month = days.month_of(self.today)
        second = dict(self.home.rows("SELECT name_key, second_day FROM series"))
        found = {"income": 0, "other": 0}
        for row in scheduled_payments.list_all(self.home.unit, USER):
            number = len(item_making.days_in(row, second.get(row.description), month))
            if number:
                found[f"payment:{row.guid}"] = number * row.amount
        rows = self.home.rows("SELECT guid, amount FROM budgets")
        return found | {f"budget:{guid}": amount for guid, amount in rows}

    def check_sums(self, living: list[Item]) -> None:
        month = days.month_of(self.today)
        sql = """SELECT guid, transaction_type, amount FROM transactions
            WHERE date LIKE ? AND is_hidden = 0 AND account_id IN (1, 2) AND category_guid <> ?"""
        moved = {guid: (kind, amount) for guid, kind, amount in self.home.rows(sql, f"{month}%", TRANSFER)}
        seen: list[str] = []
        for item in living:
            guids = msgspec.json.decode(item.transaction_guids) if item.transaction_guids else []
            positive = Type.CREDIT if item.item_type is Kind.INCOME else Type.DEBIT
            signed = [amount if kind == positive else -amount for kind, amount in map(moved.__getitem__, guids)]
            assert item.actual_amount == (sum(signed) if guids else None)
            seen += guids
        assert len(set(seen)) == len(seen)
        if {"income", "other"} <= {each.origin for each in living}:
            assert set(seen) == moved.keys()


@pytest.mark.parametrize("seed", range(3))
def test_ten_years_month_by_month(tmp_path: Path, seed: int) -> None:
    with household(tmp_path) as home:
        years = Years(home, Random(seed))
        while years.today < END:
            years.happen()
            years.check()
            years.pass_by((days.first_of(days.later(days.month_of(years.today), 1)) - years.today).days)
            years.check()
        assert years.plan.current_iteration_number == 121


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32), gaps=st.lists(st.sampled_from((0, 1, 3, 17, 31, 45, 100, 400)), max_size=30))
def test_years_with_gaps(tmp_path_factory: pytest.TempPathFactory, seed: int, gaps: list[int]) -> None:
    with household(tmp_path_factory.mktemp("years")) as home:
        years = Years(home, Random(seed))
        for gap in gaps:
            years.happen()
            years.check()
            years.pass_by(gap)
            years.check()


def test_a_plan_is_rolled_the_same_by_every_way(tmp_path: Path) -> None:
    """Day by day, or at once: the same months and the same items."""
    found = []
    for name, step in (("daily", 1), ("at once", 400)):
        (tmp_path / name).mkdir()
        with household(tmp_path / name) as home:
            home.series("gym", next_on="2026-08-31", day=31)
            home.budget(FOOD, 100)
            years = Years(home, Random(0))
            while years.today < BEGIN + timedelta(days=400):
                years.pass_by(step)
            items = iteration_items.list_all(home.unit, years.plan)
            kinds = sorted((str(each.item_type), each.planned_amount) for each in items)
            found.append((kinds, [each.month for each in plan_rows.iterations(home.unit, years.plan)]))
    assert found[0] == found[1]

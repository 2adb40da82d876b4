"""Refresh: all of a user's planning is brought up to date, in one unit, after something changed or a day began."""

import logging
from collections.abc import Callable
from datetime import date

from fanlight.base.clock import Clock
from fanlight.base.errors import Busy
from fanlight.core import users
from fanlight.planning import days, facts, staleness, tallies
from fanlight.planning.budgeting import budget_months
from fanlight.planning.facts import Facts
from fanlight.planning.insights import evaluate as insights
from fanlight.planning.notifications import evaluate as notifications
from fanlight.planning.paying import scheduled_payments, series
from fanlight.planning.plans import spending_plans
from fanlight.planning.saving import goals
from fanlight.queue import tasks
from fanlight.queue.tasks import Task
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit

log = logging.getLogger(__name__)

PLAN = "plan"
"""Kind of task: bring one user's planning up to date."""


class Refreshing:
    """Brings planning up to date: when a list is asked for, after an aggregation, and by the clock."""

    def __init__(self, *, store: Store, clock: Clock, wake: Callable[[], None], batch: int) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake
        self._batch = batch

    async def run(self, task: Task) -> None:
        """One user, by a task that an aggregation left."""
        await self.of_user(task.arguments["user"])

    async def of_user(self, user_id: int) -> None:
        """Where it fails, what is there serves for a while: one user's data must not keep anything from others."""
        now = self._clock()
        try:
            await self._store.write_long(refresh, user_id, now=now, wake=self._wake)
        except Busy:
            raise
        except Exception:
            log.exception("planning of user %s is put off", user_id)
            await self._store.write(staleness.put_off, user_id, now=now)

    async def sweep(self) -> None:
        """Some of those for whom a day began, or whose data changed by another way than an aggregation."""
        for user_id in await self._store.read(staleness.behind, self._clock(), most=self._batch):
            await self.of_user(user_id)


def enqueue(unit: Unit, user_id: int, *, now: int, wake: Callable[[], None]) -> None:
    """Have a user's planning brought up to date soon."""
    tasks.enqueue(unit, PLAN, {"user": user_id}, run_at=now, wake=wake)


def refresh(unit: Unit, user_id: int, *, now: int, wake: Callable[[], None]) -> None:
    """Do what is due, each step on what those before it found; nothing when all is up to date."""
    if staleness.is_fresh(unit, user_id, now):
        return
    today, change = days.today_of(unit, user_id, now), staleness.noted(unit, user_id)
    tallies.recount(unit, user_id, change.months)
    series.refresh(unit, user_id, change.words, today, now=now)
    budget_months.expect(unit, user_id, today)
    scheduled_payments.follow(unit, user_id, today, now=now)
    spending_plans.roll(unit, user_id, today, now=now)
    goals.settle(unit, user_id, today, now=now)
    known = _known(unit, user_id, today, now)
    insights.evaluate(unit, known)
    notifications.evaluate(unit, known, wake=wake)
    staleness.settle(unit, user_id, today, now=now)


def _known(unit: Unit, user_id: int, today: date, now: int) -> Facts:
    since, made = staleness.settled_at(unit, user_id), users.read(unit, user_id).created_at
    return facts.gather(unit, user_id, today, now=now, since=since, user_created_at=made)

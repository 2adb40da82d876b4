"""Spending plans: for each month what is expected to come in and to be spent, and what was."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import msgspec

from fanlight.base.errors import NotFound, Unprocessable
from fanlight.core.accounts import Account
from fanlight.planning import branches, counted, days, staleness
from fanlight.planning.branches import Branches
from fanlight.planning.budgeting import budgets
from fanlight.planning.paying import payment_rows, series
from fanlight.planning.paying.payees import NEAR, Moved, moved_between, payee_of
from fanlight.planning.plans import item_making, item_matching, item_rows, plan_rows
from fanlight.planning.plans.item_rows import Item
from fanlight.planning.plans.plan_rows import Iteration, Plan, ShownAccount
from fanlight.planning.written import Written
from fanlight.storage.unit import Unit

MOST = 5
"""Plans of one user."""

RULES = (
    Written(
        "Spending plans of a user",
        f"A user may have {MOST}; each begins with iteration 1 for the month in which it is made.",
        "ours",
    ),
    Written(
        "spending_plan_accounts",
        "All accounts that count (see there) and are open; those that come later join. One that was taken out does not "
        "come in again. What is on a hidden or deleted account does not count.",
        "ours",
    ),
    Written(
        "spending_plan.current_iteration_number, iterations",
        "One iteration for each calendar month in the client's time zone, from the plan's first month on without a "
        "gap: after several months all of them are made, in order.",
        "documented",
    ),
    Written(
        "Items that are made",
        "RECURRING_EXPENSE for each recurring scheduled payment of type DEBIT that falls in the month, INCOME for each "
        "of type CREDIT: its amount times the days of the month on which it falls. PLANNED_EXPENSE for each budget of "
        "the top level that is none of income or transfers: the budget's amount less what the RECURRING_EXPENSE items "
        "of its category plan, for that is counted there, and not below 0; where nothing is left, it is listed once "
        "something was spent in it, or a client changed it. One INCOME and one OTHER_EXPENSE with "
        "a planned amount of 0, for what belongs to no other item. They follow what they are made of, and go with it.",
        "ours",
    ),
    Written(
        "Items that were changed or deleted",
        "What a client changed of an item that was made stays as it said, in this iteration and in later ones in which "
        "the item is made. One that was deleted is not made again in its iteration, but in the next one.",
        "ours",
    ),
    Written(
        "Items that a client made",
        "Come along into the next iteration with their planned amounts, but for those of type OTHER_EXPENSE.",
        "ours",
    ),
    Written(
        "iteration_item.actual_amount and transaction_guids",
        "The transactions of the month on the plan's accounts: none that are hidden, none in category Transfer or "
        "below it, of a split its parts and what is left beside them. Each is in one item: in that of the scheduled "
        "payment whose series it is of, or whose merchant (without one: words) and direction it has with an amount at "
        f"most a {NEAR}th away; else in that of its category, or of the nearest category above it; else in the INCOME "
        "or OTHER_EXPENSE item that has neither category nor payment. Income is what is in category Income or below "
        "it, but for returned purchases, and credits in Uncategorized and below it. Debits count above zero in "
        "expenses, credits in income; against that, below. Null where there are none.",
        "ours",
    ),
)


class _Known(NamedTuple):
    """What plans are made of; `moved` is that of this month on all accounts that are shown."""

    today: date
    payments: list[payment_rows.Row]
    series: Mapping[str, series.Series]
    budgets: list[budgets.Row]
    branches: Branches
    accounts: list[Account]
    moved: list[Moved]

    @property
    def month(self) -> str:
        return days.month_of(self.today)

    def sources(self, month: str) -> list[item_making.Source]:
        return item_making.sources(self.payments, self.series, self.budgets, month, self.branches)


def read(unit: Unit, user_id: int, guid: str) -> Plan:
    plan = plan_rows.find(unit, user_id, guid)
    if plan is None:
        raise NotFound("There is no such spending plan.")
    return plan


def create(unit: Unit, user_id: int, *, now: int) -> Plan:
    """A plan with its accounts, its first iteration and that one's items. Raises Unprocessable for one too many."""
    if len(plan_rows.list_all(unit, user_id)) >= MOST:
        raise Unprocessable(f"A user may have {MOST} spending plans.")
    plan = plan_rows.add(unit, user_id, now=now)
    staleness.mark(unit, user_id, "spending_plans")
    return _rolled(unit, plan, _known(unit, user_id, days.today_of(unit, user_id, now)), now=now)


def remove(unit: Unit, plan: Plan) -> None:
    plan_rows.remove(unit, plan)
    staleness.mark(unit, plan.user_id, "spending_plans")


def roll(unit: Unit, user_id: int, today: date, *, now: int) -> None:
    """Bring the user's plans up to a day: iterations up to its month, items, and what went through them."""
    plans = plan_rows.list_all(unit, user_id)
    if plans:
        known = _known(unit, user_id, today)
        for plan in plans:
            _rolled(unit, plan, known, now=now)


def count(unit: Unit, plan: Plan, *, now: int) -> None:
    """Say that a plan was changed, and count anew what its items have."""
    staleness.mark(unit, plan.user_id, "spending_plans")
    _rolled(unit, plan, _known(unit, plan.user_id, days.today_of(unit, plan.user_id, now)), now=now)


def read_account(unit: Unit, plan: Plan, guid: str) -> ShownAccount:
    found = next((each for each in plan_rows.shown_accounts(unit, plan) if each.guid == guid), None)
    if found is None:
        raise NotFound("There is no such account in this spending plan.")
    return found


def take_out(unit: Unit, plan: Plan, account: ShownAccount, *, now: int) -> None:
    """Take an account out of a plan, for good."""
    plan_rows.take_out(unit, account, now=now)
    count(unit, plan, now=now)


def iteration(unit: Unit, plan: Plan, number: int) -> Iteration:
    found = plan_rows.iteration(unit, plan, number)
    if found is None:
        raise NotFound("The spending plan has no such iteration.")
    return found


def current(unit: Unit, plan: Plan) -> Iteration:
    return iteration(unit, plan, plan.current_iteration_number)


def _known(unit: Unit, user_id: int, today: date) -> _Known:
    shown = counted.spent_from(counted.shown(unit, user_id))
    month = days.month_of(today)
    first, last = days.first_of(month).isoformat(), days.last_of(month).isoformat()
    return _Known(
        today=today,
        payments=payment_rows.list_all(unit, user_id),
        series={each.key: each for each in series.list_all(unit, user_id)},
        budgets=budgets.list_all(unit, user_id),
        branches=branches.of_user(unit, user_id),
        accounts=shown,
        moved=moved_between(unit, user_id, first, last, {each.id for each in shown}),
    )


def _rolled(unit: Unit, plan: Plan, known: _Known, *, now: int) -> Plan:
    joined = _join(unit, plan, known.accounts, now=now)
    latest = plan_rows.iteration(unit, plan, plan.current_iteration_number)
    while latest is None or latest.month < known.month:
        month = known.month if latest is None else days.later(latest.month, 1)
        plan, latest = _begin(unit, plan, latest, month, known, now=now)
    if latest.month == known.month:
        _refresh(unit, plan, latest, known, joined, now=now)
    return plan


def _join(unit: Unit, plan: Plan, shown: list[Account], *, now: int) -> set[int]:
    """Let accounts in that are new; the keys of all that are in it."""
    rows = plan_rows.accounts_of(unit, plan)
    known = {each.account_id for each in rows}
    new = [each.id for each in shown if each.id not in known and not each.is_closed]
    for key in new:
        plan_rows.add_account(unit, plan, key, now=now)
    return {each.account_id for each in rows if each.deleted_at is None} | set(new)


def _begin(
    unit: Unit, plan: Plan, previous: Iteration | None, month: str, known: _Known, *, now: int
) -> tuple[Plan, Iteration]:
    plan, latest = plan_rows.add_iteration(unit, plan, month, now=now)
    before = [] if previous is None else item_rows.list_all(unit, previous)
    for item in item_making.begun(before, item_rows.edited(unit, plan), known.sources(month), latest, now=now):
        item_rows.add(unit, item)
    return plan, latest


def _refresh(unit: Unit, plan: Plan, latest: Iteration, known: _Known, joined: set[int], *, now: int) -> None:
    """Bring an iteration's items up to date; nothing is written where nothing changed."""
    items = item_rows.everything(unit, latest)
    after = item_making.refreshed(items, known.sources(latest.month), latest, now=now)
    for item in after.gone:
        item_rows.remove(unit, item)
    edited = item_rows.edited(unit, plan) if after.new else {}
    for item in after.new:
        item_rows.add(unit, item_making.as_edited(item, edited.get(item.origin or "")))
    item_rows.write_back(unit, after.changed)
    if any(after):
        items = item_rows.everything(unit, latest)
    item_rows.write_back(unit, _counted(items, known, joined, now))


def _counted(items: list[Item], known: _Known, joined: set[int], now: int) -> list[Item]:
    """Those whose actual amounts or transactions are others than before."""
    living = [each for each in items if each.deleted_at is None]
    moved = [each for each in known.moved if each.account_id in joined]
    payees = {each.guid: payee_of(each, known.series.get(each.series_key or "")) for each in known.payments}
    found = item_matching.counted(living, moved, payees, known.branches)
    changed = []
    for item in living:
        mine = found.get(item.id)
        amount, guids = (None, None) if mine is None else (mine.amount, msgspec.json.encode(mine.guids).decode())
        if (item.actual_amount, item.transaction_guids) != (amount, guids):
            counts = {"actual_amount": amount, "transaction_guids": guids, "updated_at": now}
            changed.append(msgspec.structs.replace(item, **counts))
    return changed

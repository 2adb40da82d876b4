"""What there was to tell of months, weeks, categories and merchants: the truths that are sums of what was spent."""

from collections.abc import Iterator
from datetime import date

from tools.quality.insight_histories import DAY, INVESTMENT, Entry, Truth, World
from tools.quality.insight_texts import (
    AUTO,
    BILLS,
    FEES,
    FOOD,
    HEALTH,
    HOME,
    INCOME,
    INVESTMENTS,
    NONE,
    TAXES,
    TRANSFER,
)

_COSTS = {
    "Housing": (HOME, 35),
    "Transport": (AUTO, 20),
    "Food": (FOOD, 20),
    "Bills and utilities": (BILLS, 15),
    "Health": (HEALTH, 15),
}


def _sums(world: World, first: date, last: date) -> tuple[dict[str, int], int]:
    """What was spent by branch, with refunds, and earned, from one day to another on accounts that are lived from."""
    spent: dict[str, int] = {}
    earned = 0
    held = {each.name for each in world.accounts if each.type == INVESTMENT}
    for each in world.entries:
        if first <= each.day <= last and each.account not in held and each.branch not in (TRANSFER, INVESTMENTS):
            if each.branch == INCOME:
                earned += each.cents
            else:
                spent[each.branch] = spent.get(each.branch, 0) + (-each.cents if each.is_credit else each.cents)
    return spent, earned


def _months_before(day: date, count: int) -> list[tuple[date, date]]:
    """The first and the last day of each, the latest first."""
    found, first = [], day.replace(day=1)
    for _ in range(count):
        last = first - DAY
        first = last.replace(day=1)
        found.append((first, last))
    return found


def _months(world: World) -> Iterator[Truth]:
    """What is told of a month that ended, between the third and the tenth day of the next."""
    high: set[str] = set()
    for begin in sorted({day.replace(day=1) for day in world.looks}):
        first, last = max(begin + 2 * DAY, world.first), begin + 9 * DAY
        if first > min(last, world.last):
            continue
        before = _months_before(begin, 3)
        (spent, earned), month = _sums(world, *before[0]), f"{before[0][0]:%Y-%m}"
        ranked = sorted(((cents, name) for name, cents in spent.items() if name not in (NONE, "Refund")), reverse=True)
        near = [name for cents, name in ranked if cents * 100 >= ranked[0][0] * 98]
        for name in near:
            yield Truth("MonthlyCategoryTotal", f"category {name}", first, last, sure=len(near) == 1)
        if earned >= 10_000 and sum(spent.values()) >= 10_000:
            yield Truth("MonthlySpendToIncomeComparison", month, first, last)
        for truth in _costs(world, before, first, last):
            yield truth._replace(sure=truth.sure and not high)
            high.add(truth.subject)


def _costs(world: World, months: list[tuple[date, date]], first: date, last: date) -> Iterator[Truth]:
    known = [_sums(world, *month) for month in months]
    earned = sum(each for _, each in known)
    above = {
        name: sum(spent.get(branch, 0) for spent, _ in known) * 100 / earned - share
        for name, (branch, share) in _COSTS.items()
    }
    worst = max(above.values())
    near = [name for name, by in above.items() if by > -0.3 and by > worst - 1]
    is_open = len(near) > 1 or worst < 0.3
    for name in near:
        yield Truth("CostOfLivingToIncome", name, first, last, sure=not is_open)


def _growing(world: World) -> Iterator[Truth]:
    told = set()
    for day in world.looks:
        spent, _ = _sums(world, day.replace(day=1), day)
        known = [_sums(world, *month)[0] for month in _months_before(day, 3)]
        for branch, cents in spent.items():
            was = [max(each.get(branch, 0), 0) for each in known]
            is_usual = sum(each > 0 for each in was) > 1 and branch not in (NONE, TAXES, FEES, "Refund", *world.budgets)
            if (
                is_usual
                and cents * 2 >= sum(was)
                and cents - sum(was) // 3 >= 5_000
                and (branch, day.month) not in told
            ):
                told.add((branch, day.month))
                yield Truth("CategorySpending", f"category {branch}", day, day)


def _budgets(world: World) -> Iterator[Truth]:
    told = set()
    for day in world.looks:
        spent, _ = _sums(world, day.replace(day=1), day)
        for branch, amount in world.budgets.items():
            tier = _tier(day, spent.get(branch, 0), amount)
            if tier and (branch, day.month, tier) not in told:
                told.add((branch, day.month, tier))
                yield Truth("CategoryBudget", f"category {branch} {tier}", day, day)


def _tier(day: date, spent: int, amount: int) -> str:
    """Which part of a budget is used, where that is more than the month is old."""
    days = _days_of(day)
    if spent * 100 <= 25 * amount or spent * days <= day.day * amount:
        return ""
    share = spent * 100 / amount
    return "over" if share > 100 else "75" if share >= 75 else "50" if share >= 50 else "25"


def _days_of(day: date) -> int:
    return ((day.replace(day=1) + 32 * DAY).replace(day=1) - DAY).day


def _merchants(world: World) -> Iterator[Truth]:
    told = set()
    bought = [each for each in world.entries if not each.is_credit and each.branch not in (TRANSFER, INVESTMENTS)]
    usual: dict[date, list[tuple[int, str]]] = {}
    for day in world.looks:
        begin = day.replace(day=1)
        if begin not in usual:
            usual[begin] = _usual(bought, begin)
        for amount, payee in usual[begin][:3]:
            spent = sum(each.cents for each in bought if each.payee == payee and begin <= each.day <= day)
            tier = _tier(day, spent, amount)
            if tier and (payee, begin, tier) not in told:
                told.add((payee, begin, tier))
                yield Truth("MerchantBudgets", f"payee {payee} {tier}", day, day)


def _usual(bought: list[Entry], begin: date) -> list[tuple[int, str]]:
    months = _months_before(begin, 3)
    found = []
    for payee in {each.payee for each in bought if each.kind == "purchase" and each.text[:4] not in ("TST*", "SQ *")}:
        own = [
            [each.cents for each in bought if each.payee == payee and first <= each.day <= last]
            for first, last in months
        ]
        average = sum(map(sum, own)) // 3
        if min(map(len, own)) > 1 and average >= 5_000:
            found.append((average, payee))
    return sorted(found, reverse=True)


def _weeks(world: World) -> Iterator[Truth]:
    kinds = ("purchase", "cash")
    for day in world.looks:
        monday = day - (day.weekday() + 7) * DAY
        small = [
            each
            for each in world.entries
            if each.kind in kinds and each.cents < 1_000 and 0 <= (each.day - monday).days < 7
        ]
        if len(small) >= 5 and (day.weekday() == 0 or (day == world.first and day.weekday() < 3)):
            yield Truth("WeeklySmallPurchasesSummary", monday.isoformat(), day, day + (2 - day.weekday()) * DAY)


FINDERS = (_months, _growing, _budgets, _merchants, _weeks)

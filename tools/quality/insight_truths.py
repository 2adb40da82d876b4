"""What there was to tell of a household on the days it is looked at, by what each rule says of itself in words.

Nothing of it is asked of the rules or of enrichment: only of what the generator knows. A truth that is `sure` has to be
told within its days; one that is not may be told, where the words leave it open on which side of a border it is.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

from tools.quality import insight_spending
from tools.quality.insight_histories import CARD, CHECKING, DAY, SAVINGS, Account, Entry, Truth, World

RECENT, GRACE = 10, 2
"""For how many days what came is news, and within how many it has to be told."""
SCHEDULED = frozenset(("rent", "bill", "insurance", "loan"))
_DEPOSITS = {
    "tax": "TaxDeposit",
    "benefit": "GovernmentDeposit",
    "529": "Deposit529",
    "hsa": "HsaDeposit",
    "pay": "PaycheckDeposit",
    "check": "CheckDeposit",
    "money": "LargeDeposit",
}
_ODD_BILLS = ("bill",)
_MOVED = ("transfer", "card payment", "529", "529 out", "hsa", "cash", "person")
_MILESTONES = (500, 1_000, 2_500, 5_000, 10_000, 15_000, 20_000, 30_000)


def of(world: World) -> list[Truth]:
    return [
        truth for find in _FINDERS for truth in find(world) if truth.last >= world.first and truth.first <= world.last
    ]


def of_entry(each: Entry) -> str:
    return f"entry {each.key}"


def _came(world: World, each: Entry, template: str, subject: str = "") -> Iterator[Truth]:
    """It is to be told soon after it came; on the first day of all what came of late."""
    if world.first - RECENT * DAY <= each.day <= world.last:
        first = max(each.day, world.first)
        yield Truth(template, subject or of_entry(each), first, first + GRACE * DAY)


def _again(world: World, template: str, subject: str, window: int, holds: Callable[[date], bool]) -> Iterator[Truth]:
    """What holds on some days is told on the first, and after its window again."""
    told: date | None = None
    for day in world.looks:
        is_due = told is None or (day - told).days >= window
        if is_due and holds(day):
            told = day
            yield Truth(template, subject, day, day)


def _of_entries(world: World) -> Iterator[Truth]:
    """What a single entry is worth telling for."""
    for each in world.entries:
        if each.kind in _DEPOSITS:
            yield from _came(world, each, _DEPOSITS[each.kind])
        elif each.kind == "transfer" and each.is_credit and each.cents > 1_000:
            yield from _came(world, each, "SavingsAccountDeposit")
        elif each.kind == "529 out":
            yield from _came(world, each, "Withdrawal529")
        elif each.kind == "dispute":
            yield from _came(world, each, "ChargeDisputeRefund")
        elif each.kind in ("fee", "overdraft fee"):
            yield from _came(world, each, "FeeDetected")
        if not each.is_credit and each.cents >= 50_000 and each.kind not in _MOVED:
            yield from _came(world, each, "LargeTransactions")


def _duplicates(world: World) -> Iterator[Truth]:
    """Not where it is usual: on two other days of the last months."""
    same: dict[tuple[str, date, int], list[Entry]] = {}
    for each in world.entries:
        if not each.is_credit and each.kind not in _MOVED:
            same.setdefault((each.payee, each.day, each.cents), []).append(each)
    double = {key: found for key, found in same.items() if len(found) > 1}
    for (payee, day, _), found in double.items():
        others = {other for who, other, _ in double if who == payee and 0 < abs((other - day).days) <= 100}
        if len(others) < 2:
            yield from _came(world, found[0], "DuplicatePayment")


def _odd_bills(world: World) -> Iterator[Truth]:
    """5 % off the average of the earlier ones of four months, which begin on one of a few days."""
    for each in world.entries:
        if each.kind in _ODD_BILLS:
            changes = [_change(world, each, days) for days in range(118, 126)]
            for truth in _came(world, each, "BillAmountNotStandard"):
                if min(changes) >= 0.05:
                    yield truth
                elif max(changes) >= 0.045:
                    yield truth._replace(sure=False, last=truth.first + RECENT * DAY)


def _change(world: World, bill: Entry, days: int) -> float:
    first = max(bill.day, world.first) - days * DAY
    earlier = [each.cents for each in world.entries if each.payee == bill.payee and first <= each.day < bill.day]
    average = sum(earlier) / len(earlier) if len(earlier) > 1 else 0
    return abs(bill.cents - average) / average if average else 0.0


def _subscriptions(world: World) -> Iterator[Truth]:
    by_payee = _by_payee(world, ("subscription", "new subscription"))
    for payee, found in by_payee.items():
        for at in range(3, len(found)):
            before, now = found[at - 1].cents, found[at]
            if now.cents * 100 >= before * 101:
                yield from _came(world, now, "SubscriptionPriceIncrease", f"payee {payee}")
        if found[0].kind == "new subscription" and len(found) > 2:
            yield Truth("SubscriptionDetected", f"payee {payee}", found[1].day, found[0].day + 100 * DAY, sure=False)
            # Two charges are no series yet, whatever is documented of one.
            for truth in _came(world, found[2], "SubscriptionDetected", f"payee {payee}"):
                yield truth._replace(first=found[1].day)


def _bills_to_come(world: World) -> Iterator[Truth]:
    """One to three days before; where it is expected a few days early or late, that is as good."""
    for payee, found in _by_payee(world, tuple(SCHEDULED)).items():
        for at, each in enumerate(found):
            if at < 5:
                continue
            yield Truth("UpcomingBill", f"payee {payee}", each.day - 8 * DAY, each.day + 4 * DAY, sure=False)
            if world.first < each.day <= world.last:
                yield Truth("UpcomingBill", f"payee {payee}", each.day - 6 * DAY, each.day - DAY)


def _by_payee(world: World, kinds: tuple[str, ...]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for each in world.entries:
        if each.kind in kinds:
            found.setdefault(each.payee, []).append(each)
    return found


def _balances(world: World) -> Iterator[Truth]:
    for account in world.accounts:
        if account.type in (CHECKING, SAVINGS):
            yield from _of_cash(world, account.name)
        elif account.type == CARD:
            yield from _of_card(world, account.name, account.limit or 0)
            yield from _debts(world, account)
            yield from _again(
                world, "CreditCardInterestSummary", "always", 90, lambda day: _interest(world, day) >= 100
            )


def _of_cash(world: World, name: str) -> Iterator[Truth]:
    subject = f"account {name}"
    yield from _again(world, "LowAccountBalances", subject, 14, lambda day: 0 <= world.balance(name, day) < 10_000)
    yield from _again(world, "OverdraftWarning", f"{subject} below", 7, lambda day: world.balance(name, day) < 0)


def _of_card(world: World, name: str, limit: int) -> Iterator[Truth]:
    def used(day: date) -> float:
        return world.balance(name, day) * 100 / limit

    subject = f"account {name}"
    yield from _again(world, "CreditCardCloseToLimit", subject, 30, lambda day: used(day) >= 75)
    yield from _again(world, "CreditUtilization", "always", 30, lambda day: 30 <= used(day) < 75)
    yield from _again(world, "CelebrateCreditCardPayoff", subject, 180, lambda day: _is_paid_off(world, name, day))


def _is_paid_off(world: World, card: str, day: date) -> bool:
    paid = (each for each in world.of_account[card] if each.kind == "card payment" and each.cents >= 10_000)
    return world.balance(card, day) <= 0 and any(day - 14 * DAY <= each.day <= day for each in paid)


def _interest(world: World, day: date) -> int:
    return sum(each.cents for each in world.entries if each.kind == "interest" and day - 90 * DAY < each.day <= day)


def due_on(account: Account, today: date) -> date:
    """The next day on which a card is to be paid, after today."""
    day = today.replace(day=account.due_day or 1)
    return day if day > today else (day.replace(day=1) + 32 * DAY).replace(day=account.due_day or 1)


def moment(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _debts(world: World, account: Account) -> Iterator[Truth]:
    told: set[date] = set()
    for day in world.looks:
        due = due_on(account, day)
        paid = (each.day for each in world.of_account[account.name] if each.kind == "card payment")
        is_paid = any(day - 30 * DAY < each <= day for each in paid)
        if due not in told and world.balance(account.name, day) > 0 and not is_paid:
            told.add(due)
            yield Truth("DebtPaymentReminder", f"account {account.name} {moment(due)}", day, day)


def _overdrafts(world: World) -> Iterator[Truth]:
    """What was charged, and whether it will last until the next income."""
    for each in world.entries:
        if each.kind == "overdraft fee":
            is_below = world.balance(each.account, max(each.day, world.first)) < 0
            subject = f"account {each.account} charged"
            yield Truth("OverdraftWarning", subject, max(each.day, world.first), each.day + 3 * DAY, sure=not is_below)
    subject = "account Checking ahead"
    sure = [day for day in world.looks if _will_lack(world, day, apart=3, share=0.85)]
    for day in world.looks:
        if _will_lack(world, day, apart=-3, share=1.25):
            yield Truth("OverdraftWarning", subject, day, day, sure=False)
    while sure:
        first = last = sure.pop(0)
        while sure and sure[0] - last == DAY:
            last = sure.pop(0)
        yield Truth("OverdraftWarning", subject, first - 7 * DAY, last)


def _will_lack(world: World, day: date, *, apart: int, share: float) -> bool:
    """Whether the bills before the next income are more than there is; `apart` and `share` stay away from borders."""
    left = world.balance("Checking", day)
    if left < 0:
        return False
    income = min((each.day for each in world.entries if each.kind == "pay" and each.day > day), default=date.max)
    until = min(day + (14 - max(apart, 0) // 3) * DAY, income - apart * DAY if income < date.max else income)
    first = day + DAY if apart > 0 else day - 3 * DAY
    kinds = (*SCHEDULED, "subscription") if apart > 0 else (*SCHEDULED, "subscription", "new subscription")
    due = [each for each in world.of_account["Checking"] if first <= each.day < until and each.kind in kinds]
    return bool(due) and sum(each.cents for each in due) * share > left


def _others(world: World) -> Iterator[Truth]:
    """What is told once of a whole household."""
    yield Truth("IntroduceInsights", "welcome", world.first, world.first)
    named = [each for each in world.accounts if "Rainy" in each.name]
    savings = [each for each in world.accounts if each.type == SAVINGS]
    if not named:
        yield Truth("DesignateEmergencySavingsAccount", "choose" if savings else "open", world.first, world.first)
    if len(savings) == 1:
        yield from _milestones(world, savings[0].name)
    verified = [each for each in world.entries if each.kind == "verify"]
    for each in verified[:1]:
        yield from _came(world, each, "MicroDeposit")
    for payee, found in _by_payee(world, ("loan",)).items():
        soon = [each.day for each in found if world.first - RECENT * DAY <= each.day <= world.last]
        yield Truth("DiscoveredAccount", f"payee {payee}", world.first, max(soon[0], world.first))


def _milestones(world: World, name: str) -> Iterator[Truth]:
    told = set()
    for day in world.looks:
        was, now = world.balance(name, day - 15 * DAY), world.balance(name, day)
        passed = max((each for each in _MILESTONES if was < each * 100 <= now), default=None)
        if passed is not None and passed not in told:
            told.add(passed)
            yield Truth("EmergencySavingsMilestoneReached", f"account {name} {passed}", day, day)


_FINDERS = (
    _of_entries, _duplicates, _odd_bills, _subscriptions, _bills_to_come, _balances, _overdrafts, _others,
    *insight_spending.FINDERS,
)  # fmt: skip

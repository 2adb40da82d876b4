"""The simulated world: the same on every day one looks, and its figures add up."""

import datetime as dt
import itertools
import time
from collections import Counter

import pytest

from bank.customer import MX, NOW
from fanlight.bank.brands import BRANDS
from fanlight.bank.world.calendar import month_number, month_of, paydays, posting_delays
from fanlight.bank.world.ledger import Entry, Ledger
from fanlight.bank.world.loans import Schedule
from fanlight.bank.world.people import CARD, CHECKING, INVESTMENT, KINDS, LOAN, MORTGAGE, SAVINGS
from fanlight.bank.world.tables import SECURITIES
from fanlight.bank.world.world import World
from fanlight.base.clock import DAY

ROLES = tuple(kind.role for kind in KINDS)
START = NOW - 730 * DAY
USERS = ("ann", "bob", "mallory")


def ledger(username: str = "ann", seed: int = 1) -> Ledger:
    return World(seed, BRANDS).ledger(MX, username)


def history(book: Ledger, now: int = NOW, start: int = START) -> dict[str, list[Entry]]:
    return {role: book.entries(role, start, now, now) for role in ROLES}


def test_the_same_seed_and_day_give_the_same_world() -> None:
    assert history(ledger()) == history(ledger())
    assert history(ledger()) != history(ledger(seed=2))
    assert history(ledger()) != history(ledger("bob"))


@pytest.mark.parametrize("days", [1, 7, 45, 400])
def test_a_later_day_keeps_what_was_posted(days: int) -> None:
    before, after = history(ledger()), history(ledger(), NOW + days * DAY)
    for role in ROLES:
        posted = {entry for entry in before[role] if not entry.pending}
        assert posted <= set(after[role])
        assert {e for e in after[role] if not e.pending and e.time <= NOW} == posted


@pytest.mark.parametrize("username", USERS)
def test_a_month_has_sixty_transactions_or_more(username: str) -> None:
    entries = [entry for each in history(ledger(username)).values() for entry in each if not entry.pending]
    months = Counter(month_of(entry.time) for entry in entries)
    full = [months[month] for month in range(month_of(START) + 1, month_of(NOW))]
    assert len(full) == 23
    assert min(full) >= 60


@pytest.mark.parametrize("username", USERS)
def test_balances_are_the_sum_of_what_was_posted(username: str) -> None:
    book = ledger(username)
    for role in ROLES:
        opening = book.balance(role, START)
        for now in (START + 11 * DAY, START + 200 * DAY, NOW - 3 * DAY, NOW):
            posted = [each for each in book.entries(role, START + 1, now, now) if not each.pending]
            assert opening + sum(each.movement.cents for each in posted) == book.balance(role, now), role
        held = [each.movement.held for each in book.entries(role, START, NOW, NOW) if each.pending]
        assert sum(held) == book.held(role, NOW)


@pytest.mark.parametrize("username", [f"user{number}" for number in range(12)])
def test_balances_stay_plausible(username: str) -> None:
    book = ledger(username)
    for day in range(0, 730, 5):
        now = START + day * DAY
        assert -50_000 < book.balance(CHECKING, now) < 2_000_000
        assert 500_000 < book.balance(SAVINGS, now) < 4_500_000
        assert -book.household.credit_line < book.balance(CARD, now) <= 0
        assert book.balance(INVESTMENT, now) >= 0
        assert book.balance(LOAN, now) <= 0
        assert book.balance(MORTGAGE, now) < -5_000_000


def test_the_loan_schedules_end_at_zero() -> None:
    for schedule in (ledger().household.loan, ledger().household.mortgage):
        check_schedule(schedule)


def check_schedule(schedule: Schedule) -> None:
    assert schedule.owed[-1] == 0
    assert len(schedule.owed) == schedule.term + 1
    assert schedule.due(schedule.first - 1) == 0
    assert schedule.due(schedule.first) == schedule.payment
    assert abs(schedule.due(schedule.first + schedule.term - 1) - schedule.payment) < 5 * schedule.term
    assert schedule.due(schedule.first + schedule.term) == 0


def test_pending_purchases_post_later_under_another_id() -> None:
    book, tips = ledger(), 0
    seen = [entry for role in (CHECKING, CARD) for entry in book.entries(role, NOW - 9 * DAY, NOW - 6 * DAY, NOW)]
    for posted in seen:
        if not posted.movement.pending_id:
            continue
        at = posted.movement.at
        then = [
            each for each in book.entries(posted.movement.role, at, at, at) if each.id == posted.movement.pending_id
        ]
        assert [each.pending for each in then] == [True]
        assert then[0].id != posted.id
        assert DAY // 4 < posted.time - at < 4 * DAY
        assert dt.datetime.fromtimestamp(posted.time, dt.UTC).weekday() < 5
        tips += -posted.movement.cents > posted.movement.held
    assert not {each.id for each in seen} & {each.movement.pending_id for each in seen}


def test_tips_are_sometimes_added_and_purchases_sometimes_repeat() -> None:
    cards = [e.movement for e in history(ledger())[CARD] if e.movement.pending_id and not e.pending]
    tipped = [each for each in cards if -each.cents != each.held]
    assert 20 < len(tipped) < len(cards) / 3
    assert {each.mcc for each in tipped} <= {"5812", "5813"}
    days = Counter((each.at // DAY, each.payee, each.cents) for each in cards)
    assert any(number > 1 for number in days.values())


def test_every_transfer_has_two_legs() -> None:
    found = history(ledger())
    out = Counter(e.movement.cents for e in found[CHECKING] if "CREDIT CARD AUTO PAY" in e.movement.description)
    into = Counter(-e.movement.cents for e in found[CARD] if e.movement.kind == "PAYMENT")
    assert out == into
    for role in (LOAN, MORTGAGE):
        paid = [e for e in found[role] if e.movement.kind == "PAYMENT"]
        assert len(paid) >= 18
        amounts = {e.movement.cents for e in found[CHECKING]}
        assert all(-e.movement.cents in amounts for e in paid)


def test_ids_never_repeat() -> None:
    ids = [entry.id for each in history(ledger()).values() for entry in each]
    assert len(set(ids)) == len(ids)


def test_check_numbers_rise() -> None:
    checks = [e.movement.check_number for e in reversed(history(ledger())[CHECKING]) if e.movement.check_number]
    assert len(checks) > 20
    assert checks == sorted(set(checks))


def test_the_ways_of_descriptors() -> None:
    texts = " | ".join(entry.movement.description for each in history(ledger()).values() for entry in each)
    for word in ("SQ *", "TST*", "CHECKCARD ", "POS PURCHASE ", "PAYROLL", "ATM WITHDRAWAL", "Zelle", "#"):
        assert word in texts
    assert "{" not in texts


def test_cusips_are_private_and_well_formed() -> None:
    for security in SECURITIES:
        values = [int(each) if each.isdigit() else ord(each) - 55 for each in security.cusip[:8]]
        doubled = [value * (place % 2 + 1) for place, value in enumerate(values)]
        assert (10 - sum(each // 10 + each % 10 for each in doubled) % 10) % 10 == int(security.cusip[8])
        assert security.cusip.startswith("99")


def test_holdings_follow_the_trades() -> None:
    book = ledger()
    early, late = (book.household.portfolio.positions(now) for now in (START, NOW))
    assert [each.security for each in early] == [each.security for each in late]
    bought = Counter[str]()
    for entry in book.entries(INVESTMENT, START + 1, NOW, NOW):
        trade = entry.movement.trade
        if trade is not None:
            bought[trade.security.symbol] += trade.units
    for before, after in zip(early, late, strict=True):
        assert after.units - before.units == bought[before.security.symbol]
    fresh = ledger().household.portfolio
    assert fresh.positions(NOW) == late
    assert fresh.positions(START) == early


def test_the_calendar() -> None:
    days = [dt.date(2026, month, day) for month in range(1, 13) for day in paydays(month_number(2026, month), 0)]
    assert all(day.weekday() == 4 for day in days)
    assert {(b - a).days for a, b in itertools.pairwise(days)} == {14}
    assert all(posting_delays(weekday) for weekday in range(7))


def test_a_person_is_made_quickly() -> None:
    world = World(1, BRANDS)
    history(world.ledger(MX, "warm"))
    start = time.perf_counter()
    history(world.ledger(MX, "ann"))
    assert time.perf_counter() - start < 0.6  # measured 0.05 s; a busy machine gets room

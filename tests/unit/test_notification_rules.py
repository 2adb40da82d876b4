"""What is told of facts, and what is not: each kind of notification, its threshold and its words."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from fanlight.enrichment.flags import Flags
from fanlight.planning.facts import Account, Facts
from fanlight.planning.notifications import rules
from fanlight.planning.notifications.kinds import MADE, Channel, Kind
from fanlight.planning.notifications.profiles import OF_ALL, Profiles, Row
from fanlight.planning.notifications.rules import FIRST_DAYS, GRACE, RECENT_DAYS, Event
from fanlight.planning.saving.goal_projection import GoalType
from fanlight.planning.saving.goals import Goal
from unit.goal_builder import goal
from unit.insights.facts_builder import TODAY, account, ago, at, budget, facts, micros, movement

USUAL = Profiles({}, has_address=True)
CHECKING = account()
NEW = at(TODAY)
UNIT = micros("1")


def profile(kind: Kind, account_guid: str = OF_ALL, **more: Any) -> Row:
    values: dict[str, Any] = {"channels": "", "threshold": None, "is_enabled": True}
    values |= {"notification_type": kind, "account_guid": account_guid}
    return Row(id=1, user_id=1, created_at=0, updated_at=0, **values | more)


def profiles(*rows: Row) -> Profiles:
    return Profiles({(each.notification_type, each.account_guid): each for each in rows}, has_address=True)


def told(given: Facts, known: Profiles = USUAL, goals: Sequence[Goal] = ()) -> list[Event]:
    return rules.find(given, known, goals)


def kinds(given: Facts, known: Profiles = USUAL, goals: Sequence[Goal] = ()) -> list[Kind]:
    return [each.kind for each in told(given, known, goals)]


def new(amount: str, key: str = "GROCERIES", day: str | date = TODAY, **more: Any) -> Facts:
    """Facts with one movement that has just come."""
    accounts = more.pop("accounts", None)
    return facts([movement(day, amount, key, **{"created_at": NEW} | more)], accounts=accounts)


def test_a_budget_that_is_passed_says_what_was_spent() -> None:
    (event,) = told(facts(budgets=[budget("GROCERIES", "1800", "1920.07", guid="BGT-1")]))

    assert event.kind is Kind.BUDGET_EXCEEDED
    assert event.subject == "You spent $1,920.07 of $1,800.00 for Groceries this month: $120.07 too much."
    assert (event.entity_guid, event.deep_link_guid, event.threshold) == ("BGT-1", "BGT-1", None)
    assert event.key == "once/BUDGET_EXCEEDED/BGT-1/2026-05"


def test_a_budget_that_will_be_passed_says_by_how_much() -> None:
    (event,) = told(facts(budgets=[budget("GROCERIES", "1800", "900", projected="1920.07", guid="BGT-1")]))

    assert event.kind is Kind.BUDGET_OFF_TARGET
    assert event.subject == (
        "You are likely to pass your budget for Groceries by $120.07; you spent $900.00 of $1,800.00."
    )
    assert (event.entity_guid, event.deep_link_guid) == ("BGT-1", "BGT-1")


@pytest.mark.parametrize(
    ("key", "spent", "projected"),
    [("GROCERIES", "1800", "1800"), ("GROCERIES", "0", "0"), ("INCOME", "5000", "9000")],
    ids=["exactly", "nothing", "income"],
)
def test_budgets_that_are_kept(key: str, spent: str, projected: str) -> None:
    assert told(facts(budgets=[budget(key, "1800", spent, projected=projected)])) == []


def test_a_budget_is_a_new_matter_in_each_month_and_in_the_currency_of_most_accounts() -> None:
    accounts = [account(id=1, currency="EUR"), account(id=2, currency="EUR"), account(id=3)]
    own = budget("GROCERIES", "100", "150", guid="BGT-1")
    found = [told(facts(accounts=accounts, budgets=[own], today=day))[0] for day in ("2026-05-31", "2026-06-01")]

    assert len({each.key for each in found}) == 2
    assert found[0].subject.startswith("You spent 150.00 EUR of 100.00 EUR")


def card(**more: Any) -> Account:
    values = {"balance": "320.00", "minimum_payment": "35.00", "payment_due_at": at(ago(-3))} | more
    return account("CREDIT_CARD", **values)


def test_a_payment_that_is_due_soon_is_told_of_once() -> None:
    found = [told(facts(accounts=[card()], today=day)) for day in (ago(-1), TODAY)]

    assert [each.subject for (each,) in found] == ["A payment on Credit card is due on May 23: at least $35.00."] * 2
    assert len({each.key for (each,) in found}) == 1
    assert told(facts(accounts=[card(minimum_payment=None)]))[0].subject == "A payment on Credit card is due on May 23."


@pytest.mark.parametrize(
    "more",
    [
        {"payment_due_at": at(ago(-6))},
        {"payment_due_at": at(ago(1))},
        {"payment_due_at": None},
        {"balance": "0"},
        {"balance": "-10"},
        {"is_closed": True},
        {"type": "CHECKING"},
    ],
    ids=["far", "over", "unknown", "paid", "overpaid", "closed", "no debt"],
)
def test_payments_that_are_not_told_of(more: dict[str, Any]) -> None:
    assert Kind.DEBT_PAYMENT_REMINDER not in kinds(facts(accounts=[card(**more)]))
    assert kinds(facts(accounts=[card(payment_due_at=at(ago(-5)))])) == [Kind.DEBT_PAYMENT_REMINDER]
    assert kinds(facts(accounts=[card(payment_due_at=at(TODAY), balance=None)])) == [Kind.DEBT_PAYMENT_REMINDER]


@pytest.mark.parametrize(
    ("balance", "said"),
    [
        ("99.99", "There is $99.99 left on Checking, less than $100.00."),
        ("0", "There is $0.00 left on Checking, less than $100.00."),
        ("-42.10", "Checking is overdrawn by $42.10."),
    ],
)
def test_a_low_balance(balance: str, said: str) -> None:
    (event,) = told(facts(accounts=[account(balance=balance)]))

    assert (event.kind, event.subject, event.threshold) == (Kind.ACCOUNT_BALANCE_LOW, said, 100)
    assert (event.entity_guid, event.deep_link_guid) == (CHECKING.guid, None)
    assert event.key == f"open/ACCOUNT_BALANCE_LOW/{CHECKING.guid}"


@pytest.mark.parametrize(
    "given", [{"balance": "100"}, {"balance": None}, {"balance": "5", "is_closed": True}, {"kind": "INVESTMENT"}]
)
def test_balances_that_are_not_low(given: dict[str, Any]) -> None:
    kind = given.pop("kind", "CHECKING")
    assert told(facts(accounts=[account(kind, **{"balance": "5"} | given)])) == []


@pytest.mark.parametrize("kind", ["SAVINGS", "CASH", "PREPAID"])
def test_each_kind_of_cash_can_be_low(kind: str) -> None:
    assert kinds(facts(accounts=[account(kind, balance="5")])) == [Kind.ACCOUNT_BALANCE_LOW]


def test_a_large_deposit_names_its_transaction() -> None:
    given = new("-500.01", "PAYCHECK", description="Acme \n payroll")
    (event,) = told(given)

    assert (event.kind, event.threshold) == (Kind.ACCOUNT_DEPOSIT_LARGE, 500)
    assert event.subject == "$500.01 came in on Checking: Acme payroll."
    assert (event.entity_guid, event.deep_link_guid) == (CHECKING.guid, given.movements[0].guid)


def test_a_large_expense_names_its_transaction() -> None:
    given = new("100.01", description="Costco")
    (event,) = told(given)

    assert (event.kind, event.threshold) == (Kind.TRANSACTION_EXPENSE_LARGE, 100)
    assert event.subject == "You spent $100.01: Costco, from Checking."
    assert (event.entity_guid, event.deep_link_guid) == (CHECKING.guid, given.movements[0].guid)
    assert kinds(new("150", accounts=[account("CREDIT_CARD")])) == [Kind.TRANSACTION_EXPENSE_LARGE]


@pytest.mark.parametrize(
    "given",
    [
        new("100"),
        new("-500"),
        new("900", twin="TRN-2"),
        new("-900", twin="TRN-2"),
        new("900", "TRANSFER"),
        new("900", "CREDIT_CARD_PAYMENT"),
        new("-900", "TRANSFER"),
        new("900", accounts=[account("INVESTMENT")]),
        new("-900", accounts=[account("CREDIT_CARD")]),
        new("900", parent_id=1),
    ],
    ids=["small", "small deposit", "half", "other half", "transfer", "card paid", "from elsewhere", "a buy"]
    + ["a payment", "a part"],
)
def test_what_is_no_large_amount(given: Facts) -> None:
    assert told(given) == []


@pytest.mark.parametrize("key", ["FEES_CHARGES", "ATM_FEE", "LATE_FEE"])
def test_every_fee_is_told_of(key: str) -> None:
    given = new("0.01", key, description="Monthly fee")
    (event,) = told(given)

    assert (event.kind, event.threshold) == (Kind.TRANSACTION_FEE_CHARGE, 0)
    assert event.subject == "A fee of $0.01 was charged on Checking: Monthly fee."
    assert event.deep_link_guid == given.movements[0].guid
    assert told(new("-3", key)) == []  # it came back


@pytest.mark.parametrize(
    ("kind", "key", "amount"),
    [
        ("MORTGAGE", "FINANCE_CHARGE", "1070.22"),
        ("MORTGAGE", "LATE_FEE", "12.00"),
        ("INVESTMENT", "TRADE_COMMISSIONS", "4.95"),
        ("CREDIT_CARD", "FINANCE_CHARGE", "12.00"),
        ("CHECKING", "ATM_FEE", "60.00"),
    ],
)
def test_these_are_no_fees(kind: str, key: str, amount: str) -> None:
    assert told(new(amount, key, accounts=[account(kind)])) == []


def test_an_overdraft_fee_is_a_fee_in_whatever_category() -> None:
    assert kinds(new("35.00", "UNCATEGORIZED", flags=Flags.OVERDRAFT_FEE)) == [Kind.TRANSACTION_FEE_CHARGE]


def test_a_large_fee_is_both() -> None:
    found = kinds(new("150", "LATE_FEE"))
    assert found == [Kind.TRANSACTION_EXPENSE_LARGE, Kind.TRANSACTION_FEE_CHARGE]


def test_only_what_came_since_and_happened_lately_is_told_of() -> None:
    assert kinds(new("150", day=ago(RECENT_DAYS))) == [Kind.TRANSACTION_EXPENSE_LARGE]
    assert told(new("150", day=ago(RECENT_DAYS + 1))) == []
    assert told(facts([movement(ago(1), "150", created_at=at(ago(3)))])) == []


@pytest.mark.parametrize("since", [0, NEW - 86_400])
def test_the_history_of_a_new_account_is_no_news(since: int) -> None:
    accounts = [account(created_at=NEW)]
    days = [FIRST_DAYS + 1, FIRST_DAYS, 0]
    given = facts([movement(ago(day), "150", created_at=NEW) for day in days], accounts=accounts, since=since)

    assert len(told(given)) == 2


def test_a_history_is_no_news_when_it_is_looked_at_again() -> None:
    accounts = [account(created_at=NEW)]
    history = [movement(ago(day), "150", created_at=NEW + 30) for day in (0, FIRST_DAYS + 1, RECENT_DAYS)]
    first = facts(history, accounts=accounts, since=0, now=NEW + 60)
    again = facts(history, accounts=accounts, since=NEW + 60, now=NEW + 600)
    assert [each.key for each in told(again)] == [each.key for each in told(first)]
    assert len(told(again)) == 1

    came = movement(ago(RECENT_DAYS), "150", created_at=NEW + 2 * GRACE)
    later = facts([*history, came], accounts=accounts, since=NEW + 600, now=NEW + 2 * GRACE)
    assert came.guid in {each.deep_link_guid for each in told(later)}


def over(given: Facts, known: Profiles = USUAL, goals: Sequence[Goal] = ()) -> set[str]:
    return rules.over(given, known, goals)


def test_a_low_balance_is_over_where_it_is_seen_not_to_be_low() -> None:
    key, low = f"open/ACCOUNT_BALANCE_LOW/{CHECKING.guid}", Kind.ACCOUNT_BALANCE_LOW
    off, at_5 = profiles(profile(low, is_enabled=False)), profiles(profile(low, threshold=5))
    assert over(facts(accounts=[account(balance="100")])) == {key}
    assert over(facts(accounts=[account(balance="100")]), off) == {key}
    assert over(facts(accounts=[account(balance="5")]), at_5) == {key}
    assert over(facts(accounts=[account(balance="99")])) == set()
    assert over(facts(accounts=[account(balance="99")]), off) == set(), "switched off it may last"
    assert over(facts(accounts=[account(balance=None)])) == set(), "nobody knows"
    assert over(facts(accounts=[])) == set(), "hidden"


def test_a_debt_that_grew_is_over_where_it_is_seen_to_have_shrunk() -> None:
    def of(balance: str | None, **more: Any) -> set[str]:
        own = card(balance=balance, payment_due_at=None)
        known = goal(own, goal_type=GoalType.PAYOFF, started_with=320 * UNIT, **more)
        return over(facts(accounts=[own]), goals=[known])

    key = "open/GUIDE_ME_OFF_TARGET/GOL-1"
    assert of("320") == {key}
    assert of("320.01", is_complete=True, completed_at=1) == {key}
    assert of("320.01") == of(None) == set()
    assert over(facts(accounts=[]), goals=[goal(card(), started_with=1)]) == set()


def test_thresholds_are_those_of_the_account_then_of_the_kind() -> None:
    kind, low = Kind.TRANSACTION_EXPENSE_LARGE, Kind.ACCOUNT_BALANCE_LOW
    of_kind, of_account = profile(kind, threshold=300), profile(kind, CHECKING.guid, threshold=200)
    given = new("250")

    assert told(given, profiles(of_kind)) == []
    assert told(given, profiles(of_kind, of_account))[0].threshold == 200
    assert told(given, profiles(profile(kind, CHECKING.guid, threshold=0)))[0].threshold == 0
    assert told(facts(accounts=[account(balance="0")]), profiles(profile(low, threshold=0))) == []
    assert told(facts(accounts=[account(balance="-1")]), profiles(profile(low, threshold=0)))[0].threshold == 0


def test_what_is_switched_off_is_not_told_and_an_account_may_be_another_matter() -> None:
    kind = Kind.TRANSACTION_EXPENSE_LARGE
    off, on = profile(kind, is_enabled=False), profile(kind, CHECKING.guid, is_enabled=True)

    assert told(new("250"), profiles(off)) == []
    assert kinds(new("250"), profiles(off, on)) == [kind]
    assert told(new("250"), profiles(profile(kind, CHECKING.guid, is_enabled=False))) == []
    all_off = profiles(*(profile(each, is_enabled=False) for each in MADE))
    everything = msgspec.structs.replace(
        new("150", "LATE_FEE", accounts=[account(balance="5")]), budgets=[budget("GROCERIES", "1", "2")]
    )
    reached = goal(is_complete=True, completed_at=NEW, reached="4500")
    assert told(everything, all_off, [reached]) == []
    assert len(told(everything, USUAL, [reached])) == 5


def test_a_goal_that_was_reached_lately() -> None:
    lately: dict[str, Any] = {"is_complete": True, "completed_at": at(ago(RECENT_DAYS)), "reached": "4500"}
    (event,) = told(facts(), goals=[goal(**lately)])

    assert (event.kind, event.entity_guid) == (Kind.GUIDE_ME_STEP_COMPLETE, "GOL-1")
    assert event.subject == "You reached your goal Save for Europe: $4,500.00."
    for other in (
        {"completed_at": at(ago(RECENT_DAYS + 1))},
        {"is_complete": False, "completed_at": None},
        {"completed_at": None},
        {"reached": "4499.99"},
        {"has_been_spent": True},
    ):
        assert told(facts(), goals=[goal(**lately | other)]) == [], other


def test_a_debt_that_grew_since_its_goal_was_made() -> None:
    def owing(balance: str | None, *, is_shown: bool = True) -> list[Event]:
        own = card(balance=balance, payment_due_at=None)
        known = goal(own, goal_type=GoalType.PAYOFF, started_with=320 * UNIT, name="Pay off")
        return told(facts(accounts=[own] if is_shown else []), goals=[known])

    (event,) = owing("320.01")

    assert event.kind is Kind.GUIDE_ME_OFF_TARGET
    assert event.subject == "You owe $0.01 more than when you began with your goal Pay off."
    assert event.key == "open/GUIDE_ME_OFF_TARGET/GOL-1"
    assert owing("320") == owing(None) == owing("320.01", is_shown=False) == []


def test_keys_are_the_same_for_the_same_and_others_for_others() -> None:
    given = facts(
        [movement(ago(day), "150", "LATE_FEE", created_at=NEW) for day in (0, 1)],
        accounts=[account(balance="5"), card(id=2)],
        budgets=[budget("GROCERIES", "1", "2"), budget("MUSIC", "1", "0", projected="2")],
    )
    first, again = told(given), told(msgspec.structs.replace(given, now=NEW + 60))

    assert [each.key for each in first] == [each.key for each in again]
    assert len({each.key for each in first}) == len(first) == 8


def test_texts_stay_short_and_on_one_line() -> None:
    long = "Very\r\nlong " * 60
    given = new("150", description=long, accounts=[account(name=long, balance="5")])

    assert all(len(each.subject) <= 255 and each.subject.isprintable() for each in told(given))
    assert len(told(given)) == 2


def test_channels_that_are_usual_need_an_address() -> None:
    kind = Kind.ACCOUNT_BALANCE_LOW
    without = Profiles({}, has_address=False)
    assert without.of(kind).channels == (Channel.IN_APP,)
    assert USUAL.of(kind).channels == (Channel.EMAIL, Channel.IN_APP)
    said = Profiles({(kind, OF_ALL): profile(kind, channels="[1,2]")}, has_address=False)
    assert said.of(kind, CHECKING.guid).channels == (Channel.EMAIL, Channel.PUSH)
    assert profiles(profile(kind, channels="[]")).of(kind).channels == ()


def test_every_kind_that_rules_make_is_written_down() -> None:
    written = " ".join(each.subject for each in rules.RULES)
    assert all(kind.name in written for kind in Kind)
    assert timedelta(days=FIRST_DAYS) < timedelta(days=RECENT_DAYS)


def test_of_very_many_alike_only_the_newest_are_told() -> None:
    given = facts([movement(ago(back % 3), "200", guid=f"TRN-{back}") for back in range(100)])
    days = [given.by_guid[each.deep_link_guid or ""].day for each in told(given)]
    assert len(days) == rules.MOST_OF_A_RULE
    assert set(days) == {TODAY}

"""Texts of all rules, of names as long and amounts as large as they may be: there is room for them everywhere."""

import re
from datetime import timedelta
from typing import Any

import pytest

from fanlight.enrichment.flags import Flags
from fanlight.planning.facts import Facts
from fanlight.planning.insights.port import Rule
from fanlight.planning.insights.registry import RULES
from fanlight.planning.paying import series as kept_series
from unit.insights.facts_builder import (
    MERCHANT,
    TODAY,
    account,
    ago,
    at,
    budget,
    campaign,
    facts,
    found,
    movement,
    payment,
    series,
)

LONG = "Extraordinarily long name of something, " * 6
HUGE = "999999999999.99"
LEAST_FIRING = 24
"""How many rules have something to say of this world."""


def shop(day: str, amount: str, key: str, **more: Any) -> Any:
    return movement(day, amount, key, **{"merchant_guid": MERCHANT, "description": LONG} | more)


def world() -> Facts:
    """Nearly everything that can be told of happens here."""
    accounts = [
        account(name=LONG, balance="36.71"),
        account("CREDIT_CARD", id=2, name=LONG, balance=HUGE, credit_limit=HUGE, payment_due_at=at(ago(-9))),
        account("CREDIT_CARD", id=3, name=LONG, balance=HUGE, credit_limit=HUGE, minimum_payment=HUGE),
        account("INVESTMENT", id=4, name=f"College Plan 529 {LONG}", balance=HUGE),
        account("SAVINGS", id=5, name=LONG, balance=HUGE),
        account(id=6, name=LONG, balance=f"-{HUGE}"),
    ]
    bills = [shop(ago(30 * n), "10.00", "UTILITIES") for n in (1, 2, 3)]
    usual = [
        shop(f"2026-0{month}-{day}", "90.00", "GROCERIES", merchant_guid="MCH-2")
        for month in (1, 2, 3, 4)
        for day in ("05", "20")
    ]
    small = [shop(ago(days), "4.50", "COFFEE_SHOPS", merchant_guid="MCH-3") for days in range(3, 10)]
    credits_ = [
        shop(ago(1), f"-{HUGE}", key, merchant_guid=None, feed_description=said)
        for key, said in (
            ("PAYCHECK", "ACME PAYROLL"),
            ("CHECK", "MOBILE CHECK DEPOSIT"),
            ("TAXES", "IRS TREAS TAX REF"),
            ("INCOME", "DISPUTE CREDIT"),
            ("UNCATEGORIZED", "WIRE IN"),
        )
    ]
    others = [
        shop(ago(1), HUGE, "UTILITIES"),
        shop(ago(1), HUGE, "UTILITIES"),
        shop(ago(1), HUGE, "GROCERIES", merchant_guid="MCH-2"),
        shop(ago(2), HUGE, "BANKING_FEE", flags=Flags.FEE | Flags.OVERDRAFT_FEE),
        shop(ago(2), HUGE, "FINANCE_CHARGE", account_id=2),
        shop(ago(2), f"-{HUGE}", "TRANSFER", account_id=5, twin="TRN-1"),
        shop(ago(2), f"-{HUGE}", "DEPOSIT", account_id=4),
        shop(ago(2), HUGE, "WITHDRAWAL", account_id=4),
        shop(ago(2), "-0.11", "UNCATEGORIZED", merchant_guid=None),
        shop(ago(2), "-0.23", "UNCATEGORIZED", merchant_guid=None),
        shop(ago(35), HUGE, "MORTGAGE_RENT", merchant_guid="MCH-4"),
        shop(ago(32), f"-{HUGE}", "PAYCHECK", merchant_guid=None),
    ]
    changed = kept_series.Facts(
        is_subscription=True,
        price_changed_on=ago(1),
        price_before=1_000_000,
        recent=(others[0].guid,),
    )
    return facts(
        [*bills, *usual, *small, *credits_, *others],
        accounts=accounts,
        today=TODAY - timedelta(days=TODAY.weekday()) + timedelta(days=2),
        user_created_at=at(ago(5)),
        budgets=[budget("FOOD_DINING", "1.00", HUGE), budget("HOME", HUGE, HUGE)],
        scheduled_payments=[payment(ago(-2), HUGE, description=LONG, merchant_guid="MCH-9")],
        series=[
            series(HUGE, ago(1), "MUSIC", description=LONG, known=changed, count=3, created_at=at(ago(1))),
            series("9.99", ago(1), "MUSIC", description=LONG, merchant_guid="MCH-8", name_key="MCH-8", known=changed),
        ],
        campaigns=[campaign("t" * 60, description="d" * 300)],
    )


WORLD = world()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.template)
def test_there_is_room_for_every_text(rule: Rule) -> None:
    for each in found(rule, WORLD):
        texts = (each.title, each.description, each.micro_title or "", each.micro_description or "")
        assert all(text == text.strip() and "  " not in text for text in texts)
        assert len(each.micro_call_to_action or "") <= 60
        assert not any(re.search(r"None|nan|\{|\}|guid|MCH-|ACT-", text) for text in texts), each


def test_most_rules_say_something_of_this_world() -> None:
    assert len([rule for rule in RULES if found(rule, WORLD)]) >= LEAST_FIRING


def test_the_same_facts_give_the_same_findings() -> None:
    assert all(found(rule, WORLD) == found(rule, WORLD) for rule in RULES)

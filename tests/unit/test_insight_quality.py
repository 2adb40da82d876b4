"""Households whose truth is known: what there is to tell is told, and little else (more: `make quality`)."""

import pytest
from tools.quality import insight_worlds, insights
from tools.quality.insights import Outcome, Score

OTHER_SEEDS = range(9_000, 9_006)
ALWAYS = ("PaycheckDeposit", "LargeTransactions", "UpcomingBill", "MonthlyCategoryTotal", "IntroduceInsights")
"""Of these every household gives something to tell."""


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return insights.measure(OTHER_SEEDS)


def test_nearly_all_is_told_and_little_else(outcomes: list[Outcome]) -> None:
    found = insights.scores(outcomes)
    whole = Score(*map(sum, zip(*found.values(), strict=True)))
    assert len(found) >= 25
    assert whole.true > 150
    assert whole.recall >= 0.97
    assert whole.precision >= 0.98
    assert all(found[each].recall == found[each].precision == 1 for each in ALWAYS)
    assert all(found[each].true >= len(OTHER_SEEDS) for each in ALWAYS)


def test_nothing_is_told_twice_and_no_day_is_a_flood(outcomes: list[Outcome]) -> None:
    flood = insights.flood(outcomes)
    assert flood.twice == flood.again == 0
    assert flood.most_later <= 10
    assert 0 < flood.monthly <= 50


def test_what_was_not_told_is_missed_and_what_was_not_true_has_no_cause(outcomes: list[Outcome]) -> None:
    outcome = outcomes[0]
    silent = insights.compared(outcome._replace(told=[]))
    assert silent.missed == [truth for truth in outcome.truths if truth.sure]
    baseless = insights.compared(outcome._replace(truths=[])).baseless
    assert list(baseless) == list(outcome.told)
    twice = insights.compared(outcome._replace(told=[*outcome.told, *outcome.told]))
    assert twice.repeated


def test_a_world_is_the_same_for_the_same_seed() -> None:
    first, again, other = map(insight_worlds.make, (9_000, 9_000, 9_001))
    assert (first.entries, first.accounts, first.budgets) == (again.entries, again.accounts, again.budgets)
    assert first.entries != other.entries


def test_the_page_tells_every_template(outcomes: list[Outcome]) -> None:
    text = insights.report(outcomes)
    assert all(f"| {each.template} |" in text for outcome in outcomes for each in outcome.told)

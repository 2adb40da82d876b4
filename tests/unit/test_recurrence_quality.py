"""Households whose series are known: nearly all of them are found, and little else (more: `make quality`)."""

import pytest
from tools.quality import recurrence, recurrence_worlds
from tools.quality.recurrence import Score, total

from fanlight.enrichment.recurrence import Cadence

OTHER_SEEDS = range(5_000, 5_040)


@pytest.fixture(scope="module")
def scores() -> dict[Cadence, Score]:
    return recurrence.measure(OTHER_SEEDS)


def test_nearly_all_series_are_found_and_little_else(scores: dict[Cadence, Score]) -> None:
    found = total(scores.values())
    assert found.true > 500
    assert found.recall >= 0.95
    assert found.precision >= 0.95
    assert found.cadence >= 0.98 * found.both
    assert found.next_near >= 0.95 * found.going
    assert found.ended > 40
    assert found.ended_known >= 0.95 * found.ended


@pytest.mark.parametrize("cadence", Cadence)
def test_every_cadence_is_found(cadence: Cadence, scores: dict[Cadence, Score]) -> None:
    score = scores[cadence]
    assert score.true >= 10
    assert score.precision >= 0.9
    # What comes once a year among much shopping at the same merchant is not told from chance.
    assert score.recall >= (0.7 if cadence is Cadence.EVERY_YEAR else 0.9)


def test_the_worlds_are_hard() -> None:
    world = recurrence_worlds.make(5_000)
    of_series = {key for truth in world.truths for key in truth.keys}
    assert len(of_series) < len(world.happened) / 2
    assert recurrence_worlds.make(5_000) == world


def test_the_page_tells_every_cadence(scores: dict[Cadence, Score]) -> None:
    page = recurrence.report(scores)
    assert all(f"| {cadence.name} |" in page for cadence in Cadence)

"""Worlds with faults: nothing is doubled, lost or wrongly joined where the evidence decides (more: `make quality`)."""

from tools.quality import __main__ as quality
from tools.quality import merging
from tools.quality.institutions import REGIMES
from tools.quality.merging import Outcome, total

WORLDS = 4 * sum(not regime.is_deciding for regime in REGIMES)
OTHER_SEEDS = 500_000
"""Seeds that nobody has looked at while the figures of docs/quality.md were made."""


def split(outcomes: list[Outcome]) -> tuple[Outcome, Outcome]:
    deciding = [each for each in outcomes if each.regime.is_deciding]
    return total(deciding), total([each for each in outcomes if not each.regime.is_deciding])


def test_nothing_is_doubled_lost_or_wrongly_joined_where_the_evidence_decides() -> None:
    outcomes = merging.measure(WORLDS, OTHER_SEEDS)
    assert {each.regime for each in outcomes} == set(REGIMES)
    deciding, other = split(outcomes)
    assert deciding.told > 3_000
    assert (deciding.doubled, deciding.lost, deciding.joined, deciding.accounts_wrong) == (0, 0, 0, 0)
    assert deciding.linked > 20 * deciding.unlinked
    assert (other.lost, other.accounts_wrong) == (0, 0)
    assert other.doubled > 0, "nothing is hard about these worlds"
    assert other.flagged >= 0.9 * (other.doubled + other.joined)


def test_the_page_tells_every_kind_of_institution() -> None:
    outcomes = merging.measure(WORLDS // 2, OTHER_SEEDS)
    page = quality.merge_page(outcomes, OTHER_SEEDS)
    assert all(f"| {each.regime.name} |" in page for each in outcomes)

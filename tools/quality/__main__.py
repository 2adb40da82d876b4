"""`python -m tools.quality [--worlds 1000] [--seed 1]`: measure all of it and write docs/quality.md."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fanlight.aggregation.sights import VERSION
from tools.quality import enrichment, insights, merging, recurrence
from tools.quality.institutions import REGIMES
from tools.quality.merging import PER, Outcome, total

PAGE = Path("docs/quality.md")
_INTRODUCTION = """# Quality

Written by `make quality`; the same seeds give the same figures.

## Merge

{worlds} invented worlds (seeds {first} to {last}, fingerprint version {version}) hold {told:,} transactions that were
told as posted. Each world is one person with one to three accounts over 75 days: habits that repeat an amount and a
text, purchases equal to the last digit on one day, tips, refunds, holds that never post, subscriptions, pay. It is told
through an institution of one of {regimes} kinds, 15 to 25 times in 45 days, through windows of 14, 30 or 60 days, in
any order, with texts and fields that come days late; the kinds add the faults that they are named after. "Partial
pages" leave out single transactions or whole days from a third of the looks, "doubled lines" repeat some of them within
one look. Where kinds give new ids with each consent, accounts get new ones too, and in every second world the ids of
one account are given to another. Every look goes through the functions that the server uses
(`account_identity.identify`, `merge.merge`); what they keep is compared with what truly happened:

* **doubled**: kept more often than it happened. **lost**: told as posted and not kept.
* **wrongly joined**: a guid, with what its user said of it, went from one transaction to another that differs in
  amount, day or text. Which of two equal twins is which is not asked.
* **not linked**: was known as pending and came as another guid when it posted; nothing is doubled by it, but what a
  user said of the pending one is gone.

A kind is *deciding* when what it tells is enough to know which transaction is which. In the others two different
histories look the same; there merge prefers to keep both, and says so in `doubt`.

"""
_COLUMNS = (
    "worlds", "transactions", "doubled", "lost", "wrongly joined", "flagged", "linked", "not linked", "accounts wrong",
)  # fmt: skip
_SUMMARY = ("worlds", "transactions", "doubled", "lost", "wrongly joined", "of these flagged by `doubt`")


def main() -> None:
    arguments = _arguments()
    outcomes = merging.measure(arguments.worlds, arguments.seed)
    text = merge_page(outcomes, arguments.seed) + _enrichment() + recurrence.page() + insights.page()
    PAGE.write_text(text, encoding="utf-8")
    print(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.quality", description=__doc__)
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="of the first world")
    return parser.parse_args()


def merge_page(outcomes: Sequence[Outcome], first: int) -> str:
    deciding = [each for each in outcomes if each.regime.is_deciding]
    others = [each for each in outcomes if not each.regime.is_deciding]
    introduction = _INTRODUCTION.format(
        worlds=f"{len(outcomes):,}", first=first, last=first + len(outcomes) - 1, version=VERSION,
        told=total(outcomes).told, regimes=len(REGIMES),
    )  # fmt: skip
    parts = [introduction, "Per 100,000 transactions:\n\n", _summary(deciding, others)]
    for title, group in (("Where the evidence decides", deciding), ("Where it does not", others)):
        parts.append(f"\n### {title}\n\n{_table(group)}")
    return "".join(parts)


def _summary(deciding: Sequence[Outcome], others: Sequence[Outcome]) -> str:
    rows = []
    for title, group in (("the evidence decides", deciding), ("it does not", others)):
        if group:
            found = total(group)
            rates = [_rate(each, found.told) for each in (found.doubled, found.lost, found.joined)]
            wrong = found.doubled + found.joined
            share = f"{found.flagged / wrong:.0%}" if wrong else "-"
            rows.append([f"{len(group):,}, {title}", f"{found.told:,}", *rates, share])
    return _rows(_SUMMARY, rows)


def _table(outcomes: Sequence[Outcome]) -> str:
    rows = []
    for regime in REGIMES:
        group = [each for each in outcomes if each.regime is regime]
        if group:
            found = total(group)
            counts = (len(group), found.told, found.doubled, found.lost, found.joined, found.flagged, found.linked)
            rows.append([regime.name, *(f"{each:,}" for each in (*counts, found.unlinked, found.accounts_wrong))])
    return "Counted, not per 100,000.\n\n" + _rows(("kind of institution", *_COLUMNS), rows)


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _rate(count: int, told: int) -> str:
    return f"{count * PER / told:,.1f}" if count else "0"


def _enrichment() -> str:
    report = enrichment.report(enrichment.measure(enrichment.DATA / "held_out.tsv"))
    return f"""
## Enrichment

On lines that enrichment was not made with (`tests/data/enrichment`):

```
{report}
```
"""


if __name__ == "__main__":
    main()

"""Measures the enrichment on a set of statement lines whose truth is known.

`python -m tools.quality.enrichment [--set held_out|development] [--errors]`. A line's category counts as right when it
is the truth or one of its written alternatives; macro-F1 is over the categories that occur in the truth, so that a rare
one weighs as much as groceries. An answer is any category but Uncategorized itself: cash is an answer.
"""

import argparse
import csv
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fanlight.enrichment.categories import BY_GUID, DEFAULTS
from fanlight.enrichment.pipeline import Enriched, Seen, enrich

DATA = Path("tests/data/enrichment")
NO_ANSWER = "Uncategorized"
MILLIONTHS = 1_000_000
WORST = 15
LEGAL = re.compile(
    r"\b(inc|incorporated|llc|llp|ltd|limited|plc|co|corp|corporation|company|gmbh|ag|se|sa|sarl|sl|bv|nv|pty|the|and)\b"
)


class Line(NamedTuple):
    """One line of a statement with its truth; `categories` and `merchants` begin with the best of what is accepted."""

    format: str
    description: str
    memo: str
    direction: str
    amount: str
    mcc: str
    account_type: str
    categories: tuple[str, ...]
    merchants: tuple[str, ...]
    split: str

    def seen(self) -> Seen:
        return Seen(
            description=self.description,
            memo=self.memo or None,
            is_credit=self.direction == "credit",
            amount=round(float(self.amount) * MILLIONTHS),
            mcc=int(self.mcc) if self.mcc else None,
            account_type=int(self.account_type),
        )


class Judged(NamedTuple):
    """What the enrichment made of a line; `truth` is the accepted category that it hit, or the best one."""

    line: Line
    category: str
    truth: str
    merchant: str
    merchant_is_right: bool
    why: str

    @property
    def category_is_right(self) -> bool:
        return self.category == self.truth


class Figures(NamedTuple):
    lines: int
    categories: int
    macro_f1: float
    top_level_macro_f1: float
    accuracy: float
    answer_rate: float
    precision: float
    merchant: float
    alternatives: float
    by_split: dict[str, "Part"]
    by_format: dict[str, "Part"]
    worst: list["CategoryScore"]


class Part(NamedTuple):
    """The figures of the lines of one split or of one form."""

    lines: int
    accuracy: float
    answer_rate: float
    precision: float
    merchant: float


class CategoryScore(NamedTuple):
    category: str
    lines: int
    precision: float
    recall: float
    f1: float
    mistaken_for: str


def measure(path: Path) -> Figures:
    return figures(judge(path))


def judge(path: Path) -> list[Judged]:
    return [_judged(line, enrich(line.seen())) for line in read(path)]


def read(path: Path) -> list[Line]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Line(
            format=row["format"],
            description=row["description"],
            memo=row["memo"],
            direction=row["direction"],
            amount=row["amount"],
            mcc=row["mcc"],
            account_type=row["account_type"],
            categories=tuple(row["category"].split("|")),
            merchants=tuple(filter(None, row["merchant"].split("|"))),
            split=row["split"],
        )
        for row in rows
    ]


def figures(judged: list[Judged]) -> Figures:
    pairs = [(one.truth, one.category) for one in judged]
    scores = category_scores(pairs)
    tops = category_scores([(_top(truth), _top(found)) for truth, found in pairs])
    whole = _part(judged)
    return Figures(
        lines=len(judged),
        categories=len(scores),
        macro_f1=_mean(score.f1 for score in scores),
        top_level_macro_f1=_mean(score.f1 for score in tops),
        accuracy=whole.accuracy,
        answer_rate=whole.answer_rate,
        precision=whole.precision,
        merchant=whole.merchant,
        alternatives=_mean(len(one.line.categories) > 1 for one in judged),
        by_split=_parts(judged, lambda one: one.line.split),
        by_format=_parts(judged, lambda one: one.line.format),
        worst=sorted(scores, key=lambda score: score.f1)[:WORST],
    )


def category_scores(pairs: list[tuple[str, str]]) -> list[CategoryScore]:
    """Precision, recall and F1 of each category that occurs in the truth, by name."""
    true, found = Counter(truth for truth, _ in pairs), Counter(answer for _, answer in pairs)
    hits = Counter(truth for truth, answer in pairs if truth == answer)
    missed: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for truth, answer in pairs:
        if truth != answer:
            missed[truth][answer] += 1
    return [
        CategoryScore(
            category=name,
            lines=true[name],
            precision=hits[name] / found[name] if found[name] else 0.0,
            recall=hits[name] / true[name],
            f1=2 * hits[name] / (true[name] + found[name]),
            mistaken_for=", ".join(f"{other} {count}" for other, count in missed[name].most_common(3)),
        )
        for name in sorted(true)
    ]


def normal(name: str) -> str:
    """A name as it is compared: no case, accents, punctuation, spaces, "the", "and" or legal form."""
    plain = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ")
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = re.sub(r"[^\w\s]", "", re.sub(r"[-/.*_+]", " ", plain))
    return re.sub(r"\s", "", LEGAL.sub(" ", words)) or re.sub(r"\s", "", words)


@cache
def names() -> dict[str, str]:
    """How the sheet writes a category: "Parent > Child", or the name alone on the top level; by guid."""
    return {
        one.guid: f"{BY_GUID[one.parent_guid].name} > {one.name}" if one.parent_guid else one.name for one in DEFAULTS
    }


def _judged(line: Line, enriched: Enriched) -> Judged:
    category = names()[enriched.category_guid]
    return Judged(
        line=line,
        category=category,
        truth=category if category in line.categories else line.categories[0],
        merchant=enriched.description,
        merchant_is_right=normal(enriched.description) in {normal(name) for name in line.merchants},
        why=f"{enriched.by}: {enriched.evidence}",
    )


def _parts(judged: list[Judged], key: Callable[[Judged], str]) -> dict[str, Part]:
    groups: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[key(one)].append(one)
    return {name: _part(groups[name]) for name in sorted(groups)}


def _part(judged: list[Judged]) -> Part:
    answered = [one for one in judged if one.category != NO_ANSWER]
    return Part(
        lines=len(judged),
        accuracy=_mean(one.category_is_right for one in judged),
        answer_rate=len(answered) / len(judged),
        precision=_mean(one.category_is_right for one in answered),
        merchant=_mean(one.merchant_is_right for one in judged if one.line.merchants),
    )


def _mean(values: Iterable[float]) -> float:
    """Of nothing it is not a number, which reaches no target: lines of fees have no merchant to name."""
    kept = list(values)
    return sum(kept) / len(kept) if kept else math.nan


def _top(category: str) -> str:
    return category.partition(" > ")[0]


def report(found: Figures) -> str:
    lines = [
        f"lines                          {found.lines}",
        f"categories in the truth        {found.categories}",
        f"category macro-F1              {found.macro_f1:.3f}",
        f"category macro-F1, top level   {found.top_level_macro_f1:.3f}",
        f"accuracy                       {found.accuracy:.3f}",
        f"answer rate                    {found.answer_rate:.3f}",
        f"precision where it answers     {found.precision:.3f}",
        f"merchant exact match           {found.merchant:.3f}",
        f"lines with two right answers   {found.alternatives:.3f}",
    ]
    for title, parts in (("split", found.by_split), ("format", found.by_format)):
        lines += ["", f"{title:<34} lines  accuracy  answers  precision  merchant"]
        lines += [
            f"{name:<34} {part.lines:>5}  {part.accuracy:>8.3f}  {part.answer_rate:>7.3f}  {part.precision:>9.3f}  "
            f"{part.merchant:>8.3f}"
            for name, part in parts.items()
        ]
    lines += ["", f"{'worst categories':<42} lines  precision  recall     F1  mistaken for"]
    lines += [
        f"{one.category:<42} {one.lines:>5}  {one.precision:>9.3f}  {one.recall:>6.3f}  {one.f1:>5.3f}  "
        f"{one.mistaken_for}"
        for one in found.worst
    ]
    return "\n".join(lines)


def errors(judged: list[Judged]) -> str:
    """Mistaken lines, for the set's author; reading them is what makes a held-out set stop being one."""
    return "\n".join(
        f"{one.line.format}\t{one.line.description}\t{' or '.join(one.line.categories)}\t-> {one.category}\t"
        f"{'|'.join(one.line.merchants)}\t-> {one.merchant}\t({one.why})"
        for one in judged
        if not one.category_is_right or (one.line.merchants and not one.merchant_is_right)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=("held_out", "development"), default="held_out")
    parser.add_argument("--errors", action="store_true", help="print the mistaken lines instead of the figures")
    chosen = parser.parse_args()
    judged = judge(DATA / f"{chosen.set}.tsv")
    print(errors(judged) if chosen.errors else report(figures(judged)))


if __name__ == "__main__":
    main()

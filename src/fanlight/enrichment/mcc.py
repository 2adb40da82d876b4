"""Merchant category codes (ISO 18245), as card networks assign them, in our categories."""

from functools import cache
from typing import NamedTuple

from fanlight.enrichment.categories import BY_KEY
from fanlight.enrichment.tables import rows


class Code(NamedTuple):
    """What a code means; `is_weak` where the words of a description tell more."""

    category_guid: str
    is_weak: bool


def category(mcc: int | None) -> Code | None:
    return _codes().get(mcc) if mcc is not None else None


@cache
def _codes() -> dict[int, Code]:
    codes = {}
    for spans, key, weak in rows("mcc.tsv", 3):
        for span in spans.split(","):
            first, _, last = span.partition("-")
            for code in range(int(first), int(last or first) + 1):
                codes[code] = Code(BY_KEY[key].guid, bool(weak))
    return codes

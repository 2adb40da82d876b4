"""Rules as they are written down: what a figure is, and where that comes from (docs/reference/rules.md)."""

from typing import NamedTuple


class Written(NamedTuple):
    """One rule. `source` is "documented", "platform" (the sister API) or "ours"."""

    subject: str
    rule: str
    source: str

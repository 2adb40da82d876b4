"""What a rule is, what it gets and what it gives. A rule is pure: the same facts, the same findings."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from fanlight.planning.facts import Facts


class Group(StrEnum):
    """Where an insight belongs."""

    SPEND = "Spend"
    SAVE = "Save"
    PLAN = "Plan"
    BORROW = "Borrow"
    INFORM = "Inform"
    GUIDE = "Guide"
    PROTECT = "Protect"


class Trigger(StrEnum):
    """After what a rule is looked at."""

    TRANSACTION = "a transaction came or was posted"
    ACCOUNT = "an account changed"
    BUDGET = "a budget was made or changed"
    SCHEDULED_PAYMENT = "a scheduled payment was made or changed"
    CLOCK = "a day began"


class Finding(NamedTuple):
    """One thing worth telling.

    `about` says what it is about, so that the same thing has the same text: within the rule's window it is told once.
    Guids name what it speaks of, the most relevant first.
    """

    about: str
    title: str
    description: str
    micro_title: str | None = None
    micro_description: str | None = None
    micro_call_to_action: str | None = None
    accounts: tuple[str, ...] = ()
    transactions: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    merchants: tuple[str, ...] = ()
    scheduled_payments: tuple[str, ...] = ()


class Kept(NamedTuple):
    """An insight that was told, as a rule asks for it again. `links` are the guids of its kind, by kind."""

    template: str
    about: str
    links: Mapping[str, tuple[str, ...]]


class Rule(NamedTuple):
    """One kind of insight.

    `template` is its code on the wire; `when` is its condition in plain words, `source` says where that comes from
    ("documented" or "ours"); `window` is for how many days the same thing is not told again, None for ever;
    `is_over` tells of an insight that its facts no longer hold.
    """

    template: str
    name: str
    groups: tuple[Group, ...]
    triggers: tuple[Trigger, ...]
    when: str
    source: str
    find: Callable[[Facts], Iterable[Finding]]
    window: int | None = None
    is_over: Callable[[Facts, Kept], bool] | None = None


def no_longer(find: Callable[[Facts], Iterable[Finding]]) -> Callable[[Facts, Kept], bool]:
    """An `is_over` for rules that find the same thing for as long as it holds."""

    def is_over(facts: Facts, kept: Kept) -> bool:
        return all(each.about != kept.about for each in find(facts))

    return is_over

"""Emergency savings: which account holds them, as far as its name or its being the only one tells. Pure."""

import re

from fanlight.planning.facts import Account, Facts

_NAMED = re.compile(r"emergency|rainy.?day", re.IGNORECASE)
CERTIFICATE_OF_DEPOSIT = 2
"""`subtype` of accounts whose money is bound for a time."""


def savings(facts: Facts) -> list[Account]:
    """Savings accounts that one can take from at any time, the largest balance first."""
    open_ = [each for each in facts.accounts.values() if each.type == "SAVINGS" and not each.is_closed]
    free = [each for each in open_ if each.subtype != CERTIFICATE_OF_DEPOSIT]
    return sorted(free, key=lambda each: (-(each.balance or 0), each.id))


def designated(facts: Facts) -> Account | None:
    """The savings account whose name says that it is for emergencies."""
    return next((each for each in savings(facts) if _NAMED.search(each.name)), None)


def closed(facts: Facts) -> Account | None:
    """A closed account that was for emergencies by its name."""
    gone = (each for each in facts.accounts.values() if each.type == "SAVINGS" and each.is_closed)
    return next((each for each in gone if _NAMED.search(each.name)), None)


def fund(facts: Facts) -> Account | None:
    """The account with the emergency savings: the one named so, or else the only savings account."""
    named = designated(facts)
    if named is not None:
        return named
    known = savings(facts)
    return known[0] if len(known) == 1 else None

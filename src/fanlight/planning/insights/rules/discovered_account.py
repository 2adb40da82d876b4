"""DiscoveredAccount: money goes to, or comes from, a bank, a card or a lender at which no account is connected."""

import re
from collections.abc import Iterator, Sequence

from fanlight.enrichment import merchants
from fanlight.enrichment.categories import BY_KEY, INVESTMENTS, TRANSFER
from fanlight.enrichment.merchants import Merchant
from fanlight.planning.facts import Facts, Movement
from fanlight.planning.insights.movements import newest_first
from fanlight.planning.insights.port import Finding, Group, Rule, Trigger, no_longer
from fanlight.planning.wording import count, day, money, short

PAYMENTS = 2
"""On how many days money moved between there and here at least, within the days that movements are known of."""
RECENT_DAYS = 45
"""How many days ago the last of them was at most."""
SHOWN = 5
_KINDS = ("FINANCIAL", "CREDIT_CARD_PAYMENT", "INVESTMENTS", "STUDENT_LOAN", "AUTO_PAYMENT")
_HOLDERS = frozenset(BY_KEY[key].guid for key in _KINDS)
"""Categories of merchants that hold accounts."""
_MORTGAGE = BY_KEY["MORTGAGE_RENT"].guid
_LENDS_ON_HOMES = re.compile(r"mortgage|home loan|home lending", re.IGNORECASE)
_MOVED = _HOLDERS | {BY_KEY[key].guid for key in ("MORTGAGE_PAYMENT", "MORTGAGE_RENT")}
_PLAIN = re.compile(r"[^a-z0-9]+")


def _find(facts: Facts) -> Iterator[Finding]:
    names: list[str] | None = None
    for guid, found in facts.by_merchant.items():
        if (facts.today - found[-1].day).days > RECENT_DAYS:
            continue
        moved = [each for each in found if _is_moved(each)]
        if len({each.day for each in moved}) < PAYMENTS or (facts.today - moved[-1].day).days > RECENT_DAYS:
            continue
        merchant = merchants.by_guid(guid)
        if merchant is None or not _holds_accounts(merchant) or any(each.twin is not None for each in found):
            continue
        names = _connected(facts) if names is None else names
        if not _is_connected(merchant, names):
            yield _finding(facts, merchant, moved)


def _is_moved(movement: Movement) -> bool:
    return movement.category_guid in _MOVED or movement.top_category_guid in (TRANSFER, INVESTMENTS)


def _holds_accounts(merchant: Merchant) -> bool:
    if merchant.category_guid == _MORTGAGE:
        return _LENDS_ON_HOMES.search(merchant.name) is not None
    return merchant.category_guid in _HOLDERS


def _connected(facts: Facts) -> list[str]:
    """How the institutions and accounts are called that are connected."""
    names = [*facts.institution_names.values(), *(each.name for each in facts.accounts.values())]
    return [plain for plain in map(_plain, names) if plain]


def _is_connected(merchant: Merchant, names: Sequence[str]) -> bool:
    """Whether a name begins like the other: "Chase" is connected with "Chase Bank"."""
    own = _plain(merchant.name)
    return any(name.startswith(own) or own.startswith(name) for name in names)


def _plain(name: str) -> str:
    return _PLAIN.sub("", name.casefold().removeprefix("the "))


def _finding(facts: Facts, merchant: Merchant, moved: list[Movement]) -> Finding:
    currency, name = facts.main_currency, short(merchant.name)
    total = sum(each.amount for each in moved)
    shown = newest_first(moved, SHOWN)
    return Finding(
        about=merchant.guid,
        title=f"An account at {name}?",
        description=f"Since {day(moved[0].day)} there were {count(len(moved), 'payment')} to or from {name}, "
        f"{money(total, currency)} in all, and no account there is connected. Connect it to see it here.",
        micro_call_to_action="Connect account",
        accounts=tuple(dict.fromkeys(facts.accounts[each.account_id].guid for each in shown)),
        transactions=tuple(each.guid for each in shown),
        merchants=(merchant.guid,),
    )


RULE = Rule(
    template="DiscoveredAccount",
    name="Discovered Account",
    groups=(Group.SPEND,),
    triggers=(Trigger.TRANSACTION,),
    when=f"Payments or transfers to or from a bank, a card, a lender or a broker on at least {PAYMENTS} days of the "
    f"last four months, the last of them at most {RECENT_DAYS} days ago; none of them has its other side on a "
    "connected account, and no institution or account that is connected has a name that begins like its name. "
    "Over when there is one, or when it is longer ago.",
    source="ours",
    find=_find,
    window=180,
    is_over=no_longer(_find),
)

"""Institutions: how a world is told, look after look, with the faults that real ones have. All of it follows the seed.

A regime says which faults come together. In a deciding one, what is told is enough to tell which transaction is which;
in the others two histories would look the same, and nobody could know.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import msgspec

from fanlight.institutions.port import FeedAccount, FeedTransaction, Ids
from tools.quality.worlds import CREDIT, DAYS, Truth, World

FIRST_DAY = date(2026, 3, 1)
FIRST_LOOK = 30
_KINDS = ((1, "4821", "Everyday Checking"), (4, "0977", "Rewards Card"), (1, "3310", "Bills"))


class Regime(NamedTuple):
    """What an institution does; `ids` is how it gives ids, `declared` what its operator wrote down of them."""

    name: str
    is_deciding: bool
    ids: str
    declared: Ids | None = None
    keeps_pending_id: bool = False
    has_reference: bool = False
    has_balance: bool = False
    has_both_dates: bool = True
    shows_pending: bool = True
    clamps_pending: bool = False
    clamps_posted: bool = False
    has_partial_pages: bool = False
    has_duplicates: bool = False
    has_late_text: bool = True
    renews: bool = False
    look_alike_holds: bool = False


_OWN = Regime("", True, "own", has_duplicates=True)
_NONE = Regime("", True, "none")
REGIMES = (
    _OWN._replace(name="stable ids, declared", declared=Ids.STABLE, has_partial_pages=True, renews=True),
    _OWN._replace(name="stable ids, seen", has_partial_pages=True),
    _OWN._replace(name="stable ids, new with each consent, seen", renews=True),
    _OWN._replace(name="one id from pending to posted, clamped dates of pending ones", declared=Ids.STABLE,
                  keeps_pending_id=True, clamps_pending=True),
    _OWN._replace(name="posted ones refer to pending ones, one clamped date", declared=Ids.STABLE, has_reference=True,
                  has_both_dates=False, clamps_pending=True, has_partial_pages=True, look_alike_holds=True),
    _OWN._replace(name="ids that shift, declared", ids="shifting", declared=Ids.SHIFTING, renews=True),
    _OWN._replace(name="ids that shift, seen", ids="shifting"),
    _NONE._replace(name="places in the list as ids, declared", ids="places", declared=Ids.POSITIONAL, renews=True),
    _NONE._replace(name="places in the list as ids, seen", ids="places"),
    _NONE._replace(name="places in the day as ids, seen", ids="day places"),
    _NONE._replace(name="no ids, declared", declared=Ids.ABSENT, renews=True),
    _NONE._replace(name="no ids"),
    _NONE._replace(name="no ids, balances, partial pages, doubled lines, clamped dates", has_balance=True,
                   has_partial_pages=True, has_duplicates=True, clamps_posted=True, shows_pending=False),
    _NONE._replace(name="one id for many, seen", ids="shared"),
    _NONE._replace(name="no ids, partial pages", is_deciding=False, has_partial_pages=True),
    _NONE._replace(name="no ids, doubled lines", is_deciding=False, has_duplicates=True),
    _NONE._replace(name="no ids, clamped dates", is_deciding=False, clamps_posted=True, shows_pending=False),
    _NONE._replace(name="places in the list as ids, partial pages", is_deciding=False, ids="places",
                   has_partial_pages=True),
    _NONE._replace(name="one id for many, partial pages", is_deciding=False, ids="shared", has_partial_pages=True),
    _OWN._replace(name="one clamped date, no reference", is_deciding=False, has_both_dates=False, clamps_pending=True),
    _OWN._replace(name="one date, no reference, holds like purchases", is_deciding=False, has_both_dates=False,
                  look_alike_holds=True, has_partial_pages=True),
)  # fmt: skip


class Look(NamedTuple):
    """What one account is told as at one moment; the latitude of each transaction, which merge does not look at, names
    the truth that it is."""

    account: FeedAccount
    truth_account: int
    start: date
    feed: list[FeedTransaction]


class Institution:
    """One world behind one regime."""

    def __init__(self, world: World, regime: Regime) -> None:
        self._world = world
        self._regime = regime
        self._dice = random.Random(f"institution {world.seed}")
        self._consent = 0
        self._drawn: dict[int, str] = {}
        self._balances = _balances(world) if regime.has_balance else {}

    def looks(self) -> Iterator[list[Look]]:
        """Every look of an aggregator: all accounts, some days apart, through windows of different length."""
        day = FIRST_LOOK
        while day < DAYS + 5:
            if self._regime.renews and self._dice.random() < 0.12:
                self._consent += 1
                self._drawn.clear()
            start = day - self._dice.choice((14, 30, 60))
            order = list(range(self._world.accounts))
            self._dice.shuffle(order)
            yield [self._look(account, day, max(start, 0)) for account in order]
            day += self._dice.choice((1, 1, 2, 3, 4))

    def _look(self, account: int, day: int, start: int) -> Look:
        truths = [each for each in self._world.truths if each.account == account and self._is_shown(each, day, start)]
        truths.sort(key=lambda each: (self._day(each, day), each.made, each.tag), reverse=True)
        feed = [self._told(truth, day, place) for place, truth in enumerate(truths)]
        if self._regime.ids == "day places":
            feed = _numbered_by_day(feed)
        return Look(self._account(account), account, FIRST_DAY + timedelta(days=start), self._faulty(feed))

    def _account(self, account: int) -> FeedAccount:
        kind, number, name = _KINDS[account]
        named = (account + self._consent) % self._world.accounts if self._world.seed % 2 else account
        return FeedAccount(
            provider_id=f"acc{named}" if self._world.seed % 2 else f"acc{named}-{self._consent}",
            account_type=kind, account_number=number, name=name, currency_code="USD",
        )  # fmt: skip

    def _is_shown(self, truth: Truth, day: int, start: int) -> bool:
        if self._day(truth, day) < start or truth.made > day:
            return False
        if _has_posted(truth, day):
            return True
        ends = truth.made + 4 if truth.posts is None else truth.posts
        return truth.is_seen_pending and self._regime.shows_pending and day < ends

    def _day(self, truth: Truth, day: int) -> int:
        """The day that it is told to be of."""
        if not _has_posted(truth, day):
            return day if self._regime.clamps_pending else truth.made
        posted = truth.posts or 0
        if self._regime.clamps_posted and day - posted < 3:
            return min(day, posted + 2)
        return truth.made if self._regime.has_both_dates else posted

    def _told(self, truth: Truth, day: int, place: int) -> FeedTransaction:
        has_posted = _has_posted(truth, day)
        text = truth.text if has_posted else truth.pending_text
        is_fresh = truth.posts is not None and day - truth.posts < 2
        if has_posted and is_fresh and self._regime.has_late_text:
            text = truth.early_text
        told, made = FIRST_DAY + timedelta(days=self._day(truth, day)), FIRST_DAY + timedelta(days=truth.made)
        posted = FIRST_DAY + timedelta(days=truth.posts or 0)
        has_both = self._regime.has_both_dates and not self._regime.clamps_posted
        return FeedTransaction(
            provider_id=self._id(truth, place, has_posted=has_posted),
            amount=Decimal(truth.cents if has_posted else truth.held).scaleb(-2),
            transaction_type=truth.type,
            is_pending=not has_posted,
            date=told,
            description=text,
            posted_on=posted if has_posted and not self._regime.clamps_posted else None,
            transacted_on=made if has_both and not (self._regime.clamps_pending and not has_posted) else None,
            memo=None if is_fresh else "settled",
            balance_after=self._balances.get(truth.tag) if has_posted else None,
            pending_id=f"p{self._consent}.{truth.tag}" if has_posted and self._regime.has_reference else None,
            latitude=Decimal(truth.tag),
        )

    def _id(self, truth: Truth, place: int, *, has_posted: bool) -> str | None:
        match self._regime.ids:
            case "none":
                return None
            case "places":
                return str(place + 1)
            case "day places":
                return "-"
            case "shared" if truth.tag % 3 == 0:
                return "9998"
            case "shifting":
                if truth.tag not in self._drawn or self._dice.random() < 0.1:
                    self._drawn[truth.tag] = f"{self._dice.getrandbits(48):x}"
                return self._drawn[truth.tag] + ("" if has_posted else "p")
        kind = "t" if has_posted or self._regime.keeps_pending_id else "p"
        return f"{kind}{self._consent}.{truth.tag}"

    def _faulty(self, feed: list[FeedTransaction]) -> list[FeedTransaction]:
        dice = self._dice
        if self._regime.has_partial_pages and dice.random() < 0.35:
            if dice.random() < 0.5:
                feed = [each for each in feed if dice.random() > 0.15]
            elif feed:
                gap = dice.choice(feed).date
                feed = [each for each in feed if abs((each.date - gap).days) > 1]
        if self._regime.has_duplicates and dice.random() < 0.3:
            feed = feed + [each for each in feed if dice.random() < 0.1]
        if dice.random() < 0.4:
            feed = list(feed)
            dice.shuffle(feed)
        return feed


def _has_posted(truth: Truth, day: int) -> bool:
    return truth.posts is not None and truth.posts <= day


def _balances(world: World) -> dict[int, Decimal]:
    """The balance after each truth, in the order in which they post."""
    found: dict[int, Decimal] = {}
    for account in range(world.accounts):
        sign, cents = 1 if _KINDS[account][0] == 1 else -1, 250_000
        posted = [each for each in world.truths if each.account == account and each.posts is not None]
        for each in sorted(posted, key=lambda each: (each.posts, each.tag)):
            cents += sign * each.cents * (1 if each.type == CREDIT else -1)
            found[each.tag] = Decimal(cents).scaleb(-2)
    return found


def _numbered_by_day(feed: list[FeedTransaction]) -> list[FeedTransaction]:
    """Newest first, each named by its day and its place in it, counted from the newest."""
    places: dict[date, int] = {}
    named = []
    for each in feed:
        places[each.date] = places.get(each.date, 0) + 1
        named.append(msgspec.structs.replace(each, provider_id=f"{each.date}.{places[each.date]}"))
    return named


def look_of(truth: Truth, regime: Regime) -> tuple[object, ...]:
    """What a person can tell it by: twins have it in common, and it does not matter which of them is which."""
    day = truth.made if regime.has_both_dates or truth.posts is None else truth.posts
    return truth.account, truth.type, truth.cents, day, truth.posts is None, truth.text

"""Measures insights: households whose truth is known are looked at day by day, and what is told is compared with it."""

import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from fanlight.aggregation import merge
from fanlight.aggregation.merge import Owner
from fanlight.base.clock import DAY as SECONDS
from fanlight.core import accounts, categories, clients, institutions, linking, members, movements, transactions, users
from fanlight.core.enriching import Says
from fanlight.core.transactions import Row
from fanlight.core.users import Profile
from fanlight.enrichment.categories import BY_GUID, DEFAULTS, top_level
from fanlight.institutions.port import FeedAccount, FeedTransaction, Ids
from fanlight.planning import refresh
from fanlight.planning.budgeting import budgets
from fanlight.planning.insights.registry import RULES
from fanlight.storage import schema
from fanlight.storage.engine import run_once
from fanlight.storage.unit import Unit
from tools.quality import insight_truths, insight_worlds
from tools.quality.insight_histories import CARD, EVENTS, LOOK, PER_WORLD, Account, Entry, Truth, World
from tools.quality.insight_truths import due_on, moment, of_entry

SEEDS = range(2_000, 2_100)
"""Households that nobody looked at while this was made; that was done with the seeds 0 to 99."""
MONTH = 30
PART = 5
"""Households that one process takes at a time."""
_WINDOWED = frozenset(rule.template for rule in RULES if rule.window is not None)
_BANK = institutions.Entry(guid="INS-quality", code="quality", name="Household Bank", protocol="fdx", details="{}")
_INTRODUCTION = """
## Insights

{worlds} invented households (seeds {first} to {last}; the seeds 0 to 99 were looked at while rules were mended) have
13 months of pay, rent, bills that follow the seasons, subscriptions, shopping, coffee twice a day, fares, refunds,
moves to savings and cards that are paid, on one to five accounts. Into each, {planted} of {events} kinds of events are
put on known days, and three things that only sound like one, such as a fee that is given back, a filing fee, taxes that
are paid or a large sum from a friend. Everything goes through the functions that the server uses (enriched, settled,
linked); then `planning.refresh` is run on each of the last {days} days with a turned clock.

What there was to tell is worked out from what the generator knows, by the words in which each rule says when it speaks;
neither rules nor enrichment are asked. So an insight that comes of a wrong category counts as told without cause, and
what enrichment does not recognise counts as missed.

* **true**: had to be told, within two days of what came, on the very day for what a balance or a month's sum brings,
  one to three days before a bill is due (by when it truly came: three days more or less are as good).
* **told, right**: all insights of the template, and those for which there was a reason on that day.
* **missed**: not told within these days.

What is missed is nearly all of a few kinds: bills and payments twice at merchants that enrichment does not know, and
fees and checks in words that it does not know. Custom insights are not in it: they are what an operator sets up.

{flood}

"""
_TOP = {each.name: each.guid for each in DEFAULTS if each.parent_guid is None}
_KEPT = "SELECT id, template, about, title, created_at FROM insights WHERE user_id = ? ORDER BY id"
_LINKS = "SELECT insight_id, kind, guid FROM insight_links WHERE user_id = ?"
_NAMED = "SELECT guid, provider_id, description FROM transactions WHERE user_id = ?"
_DUE = "SELECT guid, description FROM scheduled_payments WHERE user_id = ?"
_ACCOUNTS = "SELECT guid, provider_id FROM accounts WHERE user_id = ?"


class Told(NamedTuple):
    """An insight: when, and all that it may be about, in the words of truths."""

    template: str
    about: str
    title: str
    day: date
    subjects: frozenset[str]


class Outcome(NamedTuple):
    """A household with what is true of it and what was told."""

    world: World
    truths: Sequence[Truth]
    told: Sequence[Told]


class Score(NamedTuple):
    """Counts of one template: of truths that had to be told those that were, of what was told what is true."""

    true: int = 0
    found: int = 0
    told: int = 0
    right: int = 0

    @property
    def recall(self) -> float:
        return self.found / self.true if self.true else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.told if self.told else 1.0


class Compared(NamedTuple):
    """One household's truths and insights, as far as they belong together."""

    missed: Sequence[Truth]
    baseless: Sequence[Told]
    repeated: Sequence[Told]
    """What tells again what another one told, of the same truth and as surely."""


def measure(seeds: Iterable[int]) -> list[Outcome]:
    """Each household on a database of its own that is thrown away, day by day with a turned clock."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "quality.db"
        schema.create(path)
        return run_once(path, lambda unit: [_lived(unit, insight_worlds.make(seed)) for seed in seeds])


def compared(outcome: Outcome) -> Compared:
    of_template: dict[str, list[Truth]] = defaultdict(list)
    for truth in outcome.truths:
        of_template[truth.template].append(truth)
    baseless, repeated, done = [], [], set[Truth]()
    for each in outcome.told:
        near = (truth for truth in of_template[each.template] if truth.subject in each.subjects)
        found = [truth for truth in near if truth.first <= each.day <= truth.last]
        if not found:
            baseless.append(each)
        sure = [truth for truth in found if truth.sure]
        if sure and done.issuperset(sure):
            repeated.append(each)
        done.update(sure[:1] if len(sure) < 2 else [next((truth for truth in sure if truth not in done), sure[0])])
    missed = [truth for truth in outcome.truths if truth.sure and truth not in done]
    return Compared(missed, baseless, repeated)


def scores(outcomes: Iterable[Outcome]) -> dict[str, Score]:
    counts: Counter[tuple[str, str]] = Counter()
    for outcome in outcomes:
        found = compared(outcome)
        counts.update((each.template, "true") for each in outcome.truths if each.sure)
        counts.update((each.template, "found") for each in outcome.truths if each.sure)
        counts.subtract((each.template, "found") for each in found.missed)
        counts.update((each.template, name) for each in outcome.told for name in ("told", "right"))
        counts.subtract((each.template, "right") for each in found.baseless)
    templates = sorted({template for template, _ in counts})
    return {each: Score(**{name: counts[each, name] for name in Score._fields}) for each in templates}


def report(outcomes: Sequence[Outcome]) -> str:
    """A table of Markdown."""
    known = scores(outcomes)
    counted = known | {"**all**": Score(*map(sum, zip(*known.values(), strict=True)))}
    rows = [
        [name, *(f"{each:,}" for each in (score.true, score.told, score.right, score.true - score.found)),
         f"{score.recall:.3f}", f"{score.precision:.3f}"]
        for name, score in counted.items()
    ]  # fmt: skip
    head = ["insight", "true", "told", "right", "missed", "recall", "precision"]
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


class Flood(NamedTuple):
    """How much is told: of one user in a month of MONTH days, on one day at most and on one after the first."""

    monthly: float
    most: int
    most_later: int
    twice: int
    again: int


def flood(outcomes: Sequence[Outcome]) -> Flood:
    days = Counter((each.world.seed, told.day == each.world.first, told.day) for each in outcomes for told in each.told)
    later = [count for (_, is_first, _), count in days.items() if not is_first]
    once: Counter[tuple[int, str, str]] = Counter()
    for each in outcomes:
        once.update(
            (each.world.seed, told.template, told.about) for told in each.told if told.template not in _WINDOWED
        )
    return Flood(
        monthly=sum(days.values()) * MONTH / LOOK / len(outcomes),
        most=max(days.values()),
        most_later=max(later),
        twice=sum(count - 1 for count in once.values()),
        again=sum(len(compared(each).repeated) for each in outcomes),
    )


def page() -> str:
    """The section of docs/quality.md."""
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        parts = pool.map(measure, (SEEDS[at : at + PART] for at in range(0, len(SEEDS), PART)))
        outcomes = [outcome for part in parts for outcome in part]
    told = flood(outcomes)
    said = (
        f"A user is told {told.monthly:.1f} insights in {MONTH} days, events and all; {told.most} on one day at most, "
        f"which is the first one,\nand {told.most_later} on any later day. The same was told twice {told.twice} times, "
        f"and in other words {told.again} times."
    )
    return _INTRODUCTION.format(
        worlds=len(SEEDS), first=SEEDS[0], last=SEEDS[-1], planted=PER_WORLD, events=len(EVENTS), days=LOOK,
        flood=said,
    ) + report(outcomes)  # fmt: skip


def _lived(unit: Unit, world: World) -> Outcome:
    """A household's accounts and history at once, then one day after the other."""
    now = _noon(world.first)
    client, _ = clients.create(unit, f"household-{world.seed}", now=now)
    bank = institutions.put(unit, _BANK, now=now)
    user = users.create(unit, client.id, "somebody", Profile(), now=now)
    member = members.add_unconnected(unit, user.id, bank, now=now)
    own = _Bank(unit, world, user.id, member)
    for branch, cents in world.budgets.items():
        budgets.create(unit, user.id, categories.read(unit, user.id, _TOP[branch]), cents * 10_000, now=now)
    own.open()
    for day in world.looks:
        own.bring(day)
        refresh.refresh(unit, user.id, now=_noon(day), wake=lambda: None)
    return Outcome(world, insight_truths.of(world), list(_told(unit, world, user.id)))


class _Bank:
    """Brings what happened the way that an aggregation does: enriched, settled, linked."""

    def __init__(self, unit: Unit, world: World, user_id: int, member_id: int) -> None:
        self._unit, self._world, self._user, self._member = unit, world, user_id, member_id
        self._rows: dict[str, accounts.Row] = {}
        self._says = Says.of(unit, user_id)

    def open(self) -> None:
        """The accounts, and all that happened before the days that are looked at."""
        now = _noon(self._world.first)
        for account in self._world.accounts:
            facts = merge.account_facts(_feed(self._world, account, self._world.first))
            fresh = accounts.new(self._user, self._member, account.name, facts, is_closed=False, now=now)
            accounts.add(self._unit, fresh)
        self._rows = {row.provider_id: row for row in accounts.known(self._unit, self._user, self._member)}
        self._keep([each for each in self._world.entries if each.day < self._world.first], now)
        self._link(movements.everything(self._unit, self._user, self._world.first), now)

    def bring(self, day: date) -> None:
        now = _noon(day)
        for account in self._world.accounts:
            facts, row = merge.account_facts(_feed(self._world, account, day)), self._rows[account.name]
            accounts.update_feed(self._unit, row, account.name, facts, is_closed=False, now=now)
        rows = self._keep([each for each in self._world.entries if each.day == day], now)
        if rows:
            self._link(movements.around(self._unit, self._user, day, movements.change_of(rows)), now)

    def _keep(self, entries: Sequence[Entry], now: int) -> list[Row]:
        made: list[Row] = []
        for account in self._world.accounts:
            owner = Owner(self._user, self._member, self._rows[account.name].id)
            fed = [_transaction(each) for each in entries if each.account == account.name]
            if fed:
                added = merge.merge(owner, [], fed, complete_from=fed[0].date, now=now, ids=Ids.STABLE).added
                made += [self._says.told(row, None, account.type) for row in added]
        transactions.add_all(self._unit, made)
        return made

    def _link(self, look: movements.Look, now: int) -> None:
        linking.keep(self._unit, self._user, linking.find(look), now=now)


def _feed(world: World, account: Account, day: date) -> FeedAccount:
    limit, due = account.limit, None if account.due_day is None else moment(due_on(account, day))
    balance = world.balance(account.name, day)
    return FeedAccount(
        provider_id=account.name,
        account_type=account.type,
        account_subtype=account.subtype,
        name=account.name,
        currency_code="USD",
        balance=_money(balance),
        available_balance=_money(balance) if account.type != CARD else None,
        credit_limit=None if limit is None else _money(limit),
        payment_due_at=due,
    )


def _transaction(each: Entry) -> FeedTransaction:
    return FeedTransaction(
        provider_id=of_entry(each),
        amount=_money(each.cents),
        transaction_type=1 if each.is_credit else 2,
        is_pending=False,
        date=each.day,
        description=each.text,
        currency_code="USD",
    )


def _money(cents: int) -> Decimal:
    return Decimal(cents) / 100


def _noon(day: date) -> int:
    return moment(day) + SECONDS // 2


def _told(unit: Unit, world: World, user_id: int) -> Iterable[Told]:
    """What was told, with the names that the household has for what it is about."""

    def rows(sql: str) -> list[tuple[Any, ...]]:
        return unit._connection.execute(sql, (user_id,)).fetchall()  # noqa: SLF001

    entries = {of_entry(each): each for each in world.entries}
    names: dict[str, set[str]] = defaultdict(set)
    payees = {}
    for guid, provider_id, description in rows(_NAMED):
        names[guid] = {provider_id, f"payee {entries[provider_id].payee}"}
        payees[description] = entries[provider_id].payee
    for guid, description in rows(_DUE):
        names[guid] = {f"payee {payees.get(description, description)}"}
    for guid, provider_id in rows(_ACCOUNTS):
        names[guid] = {f"account {provider_id}"}
    linked: dict[int, set[str]] = defaultdict(set)
    for insight_id, kind, guid in rows(_LINKS):
        linked[insight_id] |= (
            {f"category {top_level(guid).name}"} if kind == "category" and guid in BY_GUID else names[guid]
        )
    for key, template, about, title, created_at in rows(_KEPT):
        marks = about.replace(" ", ".").split(".")
        subjects = linked[key] | {f"{each} {mark}" for each in linked[key] for mark in marks} | {about, "always"}
        yield Told(template, about, title, datetime.fromtimestamp(created_at, UTC).date(), frozenset(subjects))

"""Measures merge: worlds are told through faulty institutions, merged look by look, and compared with the truth."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import NamedTuple

import msgspec

from fanlight.aggregation.account_identity import Seen, identify
from fanlight.aggregation.merge import Owner, account_facts, after, merge, reach
from fanlight.core import accounts
from fanlight.core.transactions import Row, Status
from tools.quality import worlds
from tools.quality.institutions import REGIMES, Institution, Look, Regime, look_of
from tools.quality.worlds import Truth, World

NOW = 1_780_000_000
EDIT = '{"memo":"mine"}'
PER = 100_000


class Outcome(NamedTuple):
    """What merging a world came to, counted in transactions that were told as posted."""

    regime: Regime
    told: int = 0
    doubled: int = 0
    lost: int = 0
    joined: int = 0
    flagged: int = 0
    """How many of the doubled and wrongly joined ones carry a doubt."""
    linked: int = 0
    unlinked: int = 0
    """Posted ones that were known as pending, and have taken over its guid and edits, or have not."""
    doubts: int = 0
    accounts_wrong: int = 0


class _Keeper:
    """What a database keeps of one member, look after look."""

    def __init__(self) -> None:
        self.accounts: list[accounts.Row] = []
        self.rows: dict[int, list[Row]] = defaultdict(list)
        self._next = 1

    def take(self, looks: list[Look], regime: Regime) -> Iterator[tuple[Look, int]]:
        """Merge a look; for each account what it is kept as."""
        identities = identify(self.accounts, [Seen(each.account, each.account.provider_id) for each in looks])
        for look, identity in zip(looks, identities, strict=True):
            key = self._keep_account(look, identity.row)
            first = reach(look.start, look.feed)
            known = [row for row in self.rows[key] if row.date >= first]
            before = [row for row in self.rows[key] if row.date < first]
            owner = Owner(1, 1, key)
            merged = merge(owner, known, look.feed, complete_from=look.start, now=NOW, ids=regime.declared)
            self.rows[key] = before + [self._stored(row) for row in after(known, merged)]
            yield look, key

    def _keep_account(self, look: Look, row: accounts.Row | None) -> int:
        facts = account_facts(look.account)
        if row is None:
            key = len(self.accounts) + 1
            fresh = accounts.new(1, 1, look.account.provider_id, facts, is_closed=False, now=NOW)
            self.accounts.append(msgspec.structs.replace(fresh, id=key))
            return key
        kept = msgspec.structs.replace(row, provider_id=look.account.provider_id, feed=facts)
        self.accounts[row.id - 1] = kept
        return row.id

    def _stored(self, row: Row) -> Row:
        """As the database has it: with a key, and its feed's date; every third one is edited by its user."""
        key = row.id or self._next
        self._next += not row.id
        edits = EDIT if key % 3 == 0 else ""
        return msgspec.structs.replace(row, id=key, edits=edits, date=row.facts_of_feed()["date"])


def run(seed: int, regime: Regime) -> Outcome:
    """Tell a world of this seed through a regime, and count."""
    world = worlds.make(seed, look_alike_holds=regime.look_alike_holds)
    keeper, history = _Keeper(), _History(world, regime)
    keys: dict[int, set[int]] = defaultdict(set)
    for looks in Institution(world, regime).looks():
        for look, key in keeper.take(looks, regime):
            keys[look.truth_account].add(key)
            history.note(look, keeper.rows[key])
    rows = [row for kept in keeper.rows.values() for row in kept]
    wrong = sum(len(kept) - 1 for kept in keys.values()) + len(keeper.accounts) - len({*map(min, keys.values())})
    return history.outcome(regime, rows, accounts_wrong=wrong)


class _History:
    """Which truth each guid stood for, look after look."""

    def __init__(self, world: World, regime: Regime) -> None:
        self._truths = world.truths
        self._looks = [look_of(truth, regime) for truth in world.truths]
        self._told: set[int] = set()
        self._stood_for: dict[str, int] = {}
        self._pending: dict[int, str] = {}
        self._joined: set[str] = set()
        self._links: dict[int, bool] = {}

    def note(self, look: Look, rows: Iterable[Row]) -> None:
        self._told.update(_tag_of(each.latitude) for each in look.feed if not each.is_pending)
        for row in rows:
            tag = _tag_of(row.facts_of_feed()["latitude"])
            before = self._stood_for.get(row.guid, tag)
            if self._looks[before] != self._looks[tag]:
                self._joined.add(row.guid)
            self._stood_for[row.guid] = tag
            if row.status == Status.PENDING:
                self._pending[tag] = row.guid
            elif tag in self._pending and tag not in self._links:
                self._links[tag] = self._pending[tag] == row.guid

    def outcome(self, regime: Regime, rows: list[Row], *, accounts_wrong: int) -> Outcome:
        truths = Counter(self._looks[tag] for tag in self._told)
        kept: dict[tuple[object, ...], list[Row]] = defaultdict(list)
        for row in rows:
            truth = self._of(row)
            if truth.tag in self._told:
                kept[self._looks[truth.tag]].append(row)
        doubled = {look: len(each) - truths[look] for look, each in kept.items() if len(each) > truths[look]}
        flagged = sum(min(more, sum(row.doubt is not None for row in kept[look])) for look, more in doubled.items())
        by_guid = {row.guid: row for row in rows}
        sure = [guid for guid in self._joined if guid in by_guid and by_guid[guid].doubt is not None]
        return Outcome(
            regime,
            told=len(self._told),
            doubled=sum(doubled.values()),
            lost=sum(max(0, count - len(kept[look])) for look, count in truths.items()),
            joined=len(self._joined),
            flagged=flagged + len(sure),
            linked=sum(self._links.values()),
            unlinked=len(self._links) - sum(self._links.values()),
            doubts=sum(row.doubt is not None for row in rows),
            accounts_wrong=accounts_wrong,
        )

    def _of(self, row: Row) -> Truth:
        return self._truths[_tag_of(row.facts_of_feed()["latitude"])]


def total(outcomes: Iterable[Outcome]) -> Outcome:
    """The sum over worlds; `regime` is the first one's."""
    every = list(outcomes)
    names = Outcome._fields[1:]
    sums = [sum(getattr(each, name) for each in every) for name in names]
    return Outcome(every[0].regime, *sums)


def measure(count: int, first_seed: int = 1) -> list[Outcome]:
    """Worlds in turn through every regime, three of four of them through a deciding one."""
    turns = {
        True: cycle(each for each in REGIMES if each.is_deciding),
        False: cycle(each for each in REGIMES if not each.is_deciding),
    }
    return [run(first_seed + number, next(turns[number % 4 != 3])) for number in range(count)]


def _tag_of(latitude: object) -> int:
    return int(str(latitude))

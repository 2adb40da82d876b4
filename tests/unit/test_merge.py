"""Merge: the same feed changes nothing, whatever its order; nothing is doubled, nothing of ours is lost."""

import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanlight.aggregation import saving
from fanlight.aggregation.merge import KnownAccounts, Owner, account_facts, merge, reach
from fanlight.aggregation.pending import CANDIDATES, POSTS_WITHIN_DAYS, Waiting
from fanlight.core import accounts
from fanlight.core.enriching import Says
from fanlight.core.transaction_rules import rule_for
from fanlight.core.transactions import Row, Status
from fanlight.institutions.port import FeedAccount, FeedTransaction

OWNER = Owner(1, 2, 3)
START = date(2026, 5, 1)
NOW = 1_780_000_000


def entry(**changes: object) -> FeedTransaction:
    fields: dict[str, object] = {
        "provider_id": "t1",
        "amount": Decimal("10.00"),
        "transaction_type": 2,
        "is_pending": False,
        "date": date(2026, 5, 10),
        "description": "SQ *COFFEE CORNER",
    }
    return FeedTransaction(**(fields | changes))  # type: ignore[arg-type]


FEEDS = st.lists(
    st.builds(
        entry,
        provider_id=st.one_of(st.none(), st.sampled_from([f"t{number}" for number in range(30)])),
        amount=st.sampled_from([Decimal(number) for number in range(5)]),
        is_pending=st.booleans(),
        date=st.sampled_from([START + timedelta(days=days) for days in range(5)]),
    ),
    max_size=40,
)


ANY = st.builds(
    entry,
    provider_id=st.uuids().map(str),
    amount=st.sampled_from([Decimal(text) for text in ("0", "10", "10.01", "12", "13.50", "13.51", "20")]),
    transaction_type=st.sampled_from((1, 2)),
    date=st.integers(0, POSTS_WITHIN_DAYS + 2).map(lambda days: START + timedelta(days=days)),
    description=st.lists(st.sampled_from(("shop", "Shop", "pos", "cafe", "42"))).map(" ".join),
)


def applied(known: list[Row], feed: list[FeedTransaction], now: int = NOW) -> list[Row]:
    """What is in the database after a merge."""
    merged = merge(OWNER, known, feed, complete_from=START, now=now)
    rows = {row.id: row for row in known} | {row.id: row for row in merged.changed}
    for key in merged.gone:
        del rows[key]
    first = max(rows, default=0) + 1
    return [*rows.values(), *(msgspec.structs.replace(row, id=first + at) for at, row in enumerate(merged.added))]


@settings(max_examples=200)
@given(FEEDS)
def test_the_same_feed_again_changes_nothing(feed: list[FeedTransaction]) -> None:
    known = applied([], feed)
    again = merge(OWNER, known, feed, complete_from=START, now=NOW + 60)
    assert (again.added, again.changed, again.gone) == ([], [], [])


@settings(max_examples=200)
@given(FEEDS, st.randoms(use_true_random=False))
def test_the_order_of_a_feed_does_not_matter(feed: list[FeedTransaction], shuffler: random.Random) -> None:
    unique = list({item.provider_id: item for item in feed if item.provider_id}.values())
    unique += [item for item in feed if item.provider_id is None]
    known = applied([], unique)
    shuffler.shuffle(unique)
    again = merge(OWNER, known, unique, complete_from=START, now=NOW + 60)
    assert (again.added, again.changed, again.gone) == ([], [], [])


@settings(max_examples=200)
@given(FEEDS, FEEDS)
def test_guids_are_kept_and_posted_rows_never_vanish(
    first: list[FeedTransaction], second: list[FeedTransaction]
) -> None:
    known = applied([], first)
    after = applied(known, second, NOW + 60)
    posted = {row.guid for row in known if row.status == Status.POSTED}
    assert posted <= {row.guid for row in after}
    assert len({row.guid for row in after}) == len(after)


def test_two_equal_purchases_on_one_day_stay_two() -> None:
    by_id = [entry(provider_id="a"), entry(provider_id="b")]
    without = [entry(provider_id=None), entry(provider_id=None)]
    for feed in (by_id, without):
        assert len(applied(applied([], feed), feed)) == 2


def test_pending_becomes_posted_under_our_guid_with_edits_and_a_tip() -> None:
    (pending,) = applied([], [entry(provider_id="p", is_pending=True)])
    edited = msgspec.structs.replace(pending, edits='{"description":"Coffee"}')
    posted = entry(provider_id="q", amount=Decimal("12.00"), date=date(2026, 5, 12))
    (after,) = applied([edited], [posted], NOW + 60)
    assert (after.guid, after.edits, after.provider_id) == (pending.guid, edited.edits, "q")
    assert (after.status, after.amount, after.updated_at) == (Status.POSTED, 12_000_000, NOW + 60)


def test_two_pending_twins_post_one_by_one() -> None:
    pending = [entry(provider_id="p1", is_pending=True), entry(provider_id="p2", is_pending=True)]
    known = applied([], pending)
    half = applied(known, [entry(provider_id="q1"), pending[1]])
    assert {row.guid for row in half} == {row.guid for row in known}
    whole = applied(half, [entry(provider_id="q1"), entry(provider_id="q2")])
    assert {row.guid for row in whole} == {row.guid for row in known}


def test_another_direction_or_text_is_another_transaction() -> None:
    known = applied([], [entry(provider_id="p", is_pending=True)])
    credit = entry(provider_id="q", transaction_type=1)
    earlier = entry(provider_id="r", date=date(2026, 5, 9))
    tip_elsewhere = entry(provider_id="s", amount=Decimal("11.00"), description="OTHER PLACE")
    for other in (credit, earlier, tip_elsewhere):
        after = applied(known, [other])
        assert known[0].guid not in {row.guid for row in after}


def test_a_pending_item_that_vanished_is_gone_and_an_older_one_waits() -> None:
    old = applied([], [entry(provider_id="p", is_pending=True, date=START - timedelta(days=2))])
    assert applied(old, []) == old
    new = applied([], [entry(provider_id="p", is_pending=True)])
    assert applied(new, []) == []
    assert reach(START) < old[0].date


def test_late_fields_change_a_row_and_nothing_else() -> None:
    known = applied([], [entry()])
    (after,) = applied(known, [entry(memo="now known")], NOW + 60)
    assert (after.guid, after.created_at, after.updated_at) == (known[0].guid, NOW, NOW + 60)


def likeness(posted: Row, pending: Row) -> tuple[int, int, int] | None:
    """How well a pending row fits, said without an index."""
    after, before = posted.facts_of_feed(), pending.facts_of_feed()
    days = (date.fromisoformat(posted.date) - date.fromisoformat(pending.date)).days
    if after["transaction_type"] != before["transaction_type"] or not 0 <= days <= POSTS_WITHIN_DAYS:
        return None
    words = len(set(after["description"].upper().split()) & set(before["description"].upper().split()))
    if posted.amount == pending.amount:
        return 2, words, -days
    is_tipped = pending.amount < posted.amount <= pending.amount * Decimal("1.35")
    return (1, words, -days) if is_tipped and words else None


def scanned(posted: Row, waiting: list[Row]) -> Row | None:
    """The likest of all rows, the first among equals; it is taken away."""
    scored = [(score, row) for row in waiting if (score := likeness(posted, row)) is not None]
    if not scored:
        return None
    best = max(scored, key=lambda pair: pair[0])[1]
    waiting.remove(best)
    return best


@settings(max_examples=400)
@given(st.lists(ANY, max_size=CANDIDATES), st.lists(ANY, max_size=20))
def test_the_index_picks_what_a_look_at_every_row_picks(
    pending: list[FeedTransaction], posted: list[FeedTransaction]
) -> None:
    rows = applied([], [msgspec.structs.replace(item, is_pending=True) for item in pending])
    waiting = Waiting(rows)
    for row in applied([], posted):
        assert waiting.take(row) == scanned(row, rows)
    assert {row.id for row in waiting} == {row.id for row in rows}


MANY = 20_000
SHAPES: dict[str, Callable[[int, bool], tuple[int, str]]] = {
    "all different": lambda number, is_pending: (number + 1 + MANY * 10 * is_pending, f"n{number}"),
    "one amount": lambda number, is_pending: (10, f"n{number} {is_pending}"),
    "one of a kind": lambda number, is_pending: (10, "shop"),
    "tips of others": lambda number, is_pending: (
        MANY * 10 + number + MANY * (not is_pending),
        f"n{number}{is_pending}",
    ),
    "tips": lambda number, is_pending: (MANY * 10 + number + MANY * (not is_pending), f"shop n{number}"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_large_feed_is_compared_in_no_time(shape: str) -> None:
    def feed(*, is_pending: bool) -> list[FeedTransaction]:
        drawn = [SHAPES[shape](number, is_pending) for number in range(MANY)]
        return [
            entry(provider_id=f"{is_pending}{number}", amount=Decimal(amount), description=text, is_pending=is_pending)
            for number, (amount, text) in enumerate(drawn)
        ]

    known, posted = applied([], feed(is_pending=True)), feed(is_pending=False)
    began = time.process_time()
    merged = merge(OWNER, known, posted, complete_from=START, now=NOW + 60)
    assert time.process_time() - began < 2
    assert len(merged.added) + len(merged.changed) == MANY
    assert len(merged.gone) == len(merged.added)


def test_what_is_to_be_written_comes_whole_in_parts_of_a_bounded_size() -> None:
    size, says = saving.PART_ROWS, Says({}, rule_for([]), 0)
    old = [entry(provider_id=f"p{number}", is_pending=True) for number in range(size + 1)]
    known = applied([], old)
    fresh = [entry(provider_id=f"n{number}", transaction_type=1) for number in range(2 * size)]
    same = [saving.Fetched(OWNER, 1, fresh)]
    parts = saving.compare(same, saving.Known([known], says), complete_from=START, now=NOW)
    merged = [part.merged for part in parts]
    assert [(len(part.added), len(part.gone)) for part in merged] == [(size, size), (size, 1)]
    assert {row.provider_id for part in merged for row in part.added} == {item.provider_id for item in fresh}
    assert sorted(key for part in merged for key in part.gone) == sorted(row.id for row in known)
    unchanged = saving.Known([applied([], fresh)], says)
    assert saving.compare(same, unchanged, complete_from=START, now=NOW) == []


def kept(number: int, **changes: object) -> accounts.Row:
    feed = account(**changes)
    fresh = accounts.new(1, 2, feed.provider_id, account_facts(feed), is_closed=False, now=NOW)
    return msgspec.structs.replace(fresh, id=number)


def account(**changes: object) -> FeedAccount:
    fields: dict[str, object] = {"provider_id": "a", "account_type": 1, "account_number": "1234", "name": "Checking"}
    return FeedAccount(**(fields | changes))  # type: ignore[arg-type]


def test_an_account_is_known_by_its_id_or_by_traits_that_fit_one() -> None:
    rows = [kept(1), kept(2, provider_id="b"), kept(3, provider_id="c", name="Savings")]
    assert KnownAccounts(rows).take(account(provider_id="b"), "b") == rows[1]
    assert KnownAccounts(rows).take(account(provider_id="new", name="Savings"), "new") == rows[2]
    assert KnownAccounts(rows).take(account(provider_id="new"), "new") is None
    assert KnownAccounts([kept(1, account_number=None)]).take(account(account_number=None), "new") is None


def test_an_account_is_taken_once() -> None:
    known = KnownAccounts([kept(1), kept(2, provider_id="b")])
    assert [row and row.id for row in (known.take(account(), "a"), known.take(account(), "new"))] == [1, 2]
    assert known.take(account(), "a") is None

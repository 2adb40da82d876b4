"""Merge: the same feed changes nothing, whatever its order; nothing is doubled, nothing of ours is lost."""

import random
from datetime import date, timedelta
from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fanlight.aggregation.merge import Owner, merge, reach
from fanlight.core.transactions import Row, Status
from fanlight.institutions.port import FeedTransaction

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

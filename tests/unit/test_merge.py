"""Merge: nothing is doubled, nothing of ours is lost, and what has posted stays."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec

from fanlight.aggregation import saving
from fanlight.aggregation.merge import reach
from fanlight.core.enriching import Says
from fanlight.core.transaction_rules import rule_for
from fanlight.core.transactions import Status
from unit.merging import NOW, OWNER, START, applied, entry


def test_two_equal_purchases_on_one_day_stay_two() -> None:
    by_id = [entry(provider_id="a"), entry(provider_id="b")]
    without = [entry(provider_id=None), entry(provider_id=None)]
    for feed in (by_id, without):
        assert len(applied(applied([], feed), feed)) == 2


def test_pending_becomes_posted_under_our_guid_with_edits_and_a_tip() -> None:
    (pending,) = applied([], [entry(provider_id="p", is_pending=True)])
    edited = msgspec.structs.replace(pending, edits='{"description":"Coffee"}')
    posted = entry(provider_id="q", amount=Decimal("12.00"), date=date(2026, 5, 12))
    (after,) = applied([edited], [posted], now=NOW + 60)
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
    (after,) = applied(known, [entry(memo="now known")], now=NOW + 60)
    assert (after.guid, after.created_at, after.updated_at) == (known[0].guid, NOW, NOW + 60)


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

"""Merge: nothing is doubled, nothing of ours is lost, and what has posted stays."""

import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from fanlight.aggregation import saving
from fanlight.aggregation.merge import reach
from fanlight.core.enriching import Says
from fanlight.core.transactions import Row, Status
from fanlight.institutions.port import FeedTransaction
from unit.merging import NOW, OWNER, START, applied, compared, entry, is_unchanged


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
    size, says = saving.PART_ROWS, Says.made({}, [])
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


def test_what_a_user_changed_is_not_what_an_institution_said() -> None:
    (row,) = applied([], [entry()])
    edits = '{"amount":"3.00","date":"2026-05-20","description":"Mine"}'
    edited = msgspec.structs.replace(row, edits=edits, date="2026-05-20", amount=3_000_000, description="Mine")
    for told in (entry(), entry(provider_id="new"), entry(provider_id=None)):
        (after,) = applied([edited], [told])
        assert (after.guid, after.edits) == (row.guid, edits)
    assert is_unchanged([edited], [entry()])


def test_a_fingerprint_of_an_older_version_needs_no_rewriting() -> None:
    twins = [entry(provider_id=None), entry(provider_id=None)]
    known = applied([], twins)
    assert len({row.fingerprint for row in known}) == 2
    assert all(row.fingerprint.startswith("2.") for row in known)
    old = [msgspec.structs.replace(row, fingerprint=f"1.{row.id}") for row in known]
    assert is_unchanged(old, twins)
    third = applied(old, [*twins, twins[0]])
    assert len(third) == 3


def test_institutions_that_tell_of_days_before_the_window_double_nothing() -> None:
    early = entry(date=START - timedelta(days=40))
    assert reach(START, [early]) == "2026-03-12"
    assert reach(date(1, 1, 3)) == "0001-01-01"
    assert is_unchanged(applied([], [early]), [early])


MANY = 20_000
SHAPES: dict[str, Callable[[int, int, bool], tuple[int, str]]] = {
    "all different": lambda many, number, is_pending: (number + 1 + many * 10 * is_pending, f"n{number}"),
    "one amount": lambda many, number, is_pending: (10, f"n{number} {is_pending}"),
    "one amount, one name": lambda many, number, is_pending: (10, f"shop n{number} {is_pending}"),
    "one of a kind": lambda many, number, is_pending: (10, "shop"),
    "tips of others": lambda many, number, is_pending: (
        many * 10 + number + many * (not is_pending),
        f"n{number}{is_pending}",
    ),
    "tips": lambda many, number, is_pending: (many * 10 + number + many * (not is_pending), f"shop n{number}"),
}


def posting(shape: str, many: int, *, is_pending: bool) -> list[FeedTransaction]:
    drawn = [SHAPES[shape](many, number, is_pending) for number in range(many)]
    return [
        entry(provider_id=f"{is_pending}{number}", amount=Decimal(amount), description=text, is_pending=is_pending)
        for number, (amount, text) in enumerate(drawn)
    ]


def seconds(known: list[Row], feed: list[FeedTransaction]) -> float:
    """Of the processor, the least of some tries."""
    times = []
    for _ in range(3):
        began = time.process_time()
        compared(known, feed, now=NOW + 60)
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.parametrize("shape", SHAPES)
def test_ten_times_as_many_take_about_ten_times_as_long(shape: str) -> None:
    sizes = (MANY // 10, MANY)
    known = {many: applied([], posting(shape, many, is_pending=True)) for many in sizes}
    feeds = {many: posting(shape, many, is_pending=False) for many in sizes}
    few, many = (seconds(known[size], feeds[size]) for size in sizes)
    assert many / few < 50  # a hundred would be each with each
    merged = compared(known[MANY], feeds[MANY])
    assert len(merged.added) + len(merged.changed) == MANY
    assert len(merged.gone) == len(merged.added)


def test_tips_find_their_own_among_very_many() -> None:
    merged = compared(applied([], posting("tips", 500, is_pending=True)), posting("tips", 500, is_pending=False))
    assert (len(merged.changed), merged.added) == (500, [])

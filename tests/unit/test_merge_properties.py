"""Merge, whatever a feed holds: the same again changes nothing, order and windows do not matter, what posted stays."""

import random
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanlight.core.transactions import Row, Status
from fanlight.institutions.port import FeedTransaction, Ids
from unit.merging import NOW, START, applied, compared, entry, is_unchanged

DAYS = 30
TRUSTS: tuple[Ids | None, ...] = (None, *Ids)
Feed = list[FeedTransaction]


def feeds(ids: st.SearchStrategy[str | None], **more: st.SearchStrategy[object]) -> st.SearchStrategy[Feed]:
    return st.lists(
        st.builds(
            entry,
            provider_id=ids,
            amount=st.sampled_from([Decimal(text) for text in ("0", "1", "1.20", "2.00", "45.10")]),
            transaction_type=st.sampled_from((1, 2)),
            date=st.integers(0, 5).map(lambda days: START + timedelta(days=days)),
            description=st.sampled_from(("", "POS 12", "SHOP", "Shop Portland", "Cafe Portland", "CAFE 42", "check 7")),
            **more,
        ),
        max_size=25,
    )


ANY = feeds(
    st.one_of(st.none(), st.sampled_from([f"t{number}" for number in range(12)])),
    is_pending=st.booleans(),
    balance_after=st.sampled_from((None, Decimal(5), Decimal(6))),
    pending_id=st.sampled_from((None, "t1", "t2")),
    posted_on=st.sampled_from((None, START, START + timedelta(days=2))),
    memo=st.sampled_from((None, "late")),
)
trusts = pytest.mark.parametrize("ids", TRUSTS)


@trusts
@settings(max_examples=150)
@given(ANY)
def test_the_same_feed_again_changes_nothing(ids: Ids | None, feed: Feed) -> None:
    known = applied([], feed, ids=ids)
    assert is_unchanged(known, feed, ids)


@trusts
@settings(max_examples=150)
@given(ANY, ANY)
def test_a_feed_after_another_is_taken_at_once(ids: Ids | None, first: Feed, second: Feed) -> None:
    known = applied(applied([], first, ids=ids), second, now=NOW + 30, ids=ids)
    assert is_unchanged(known, second, ids)


@trusts
@settings(max_examples=150)
@given(st.lists(ANY, max_size=4))
def test_guids_and_edits_are_kept_and_posted_rows_never_vanish(ids: Ids | None, told: list[Feed]) -> None:
    kept: list[Row] = []
    for day, feed in enumerate(told):
        before = {row.guid: row for row in kept if row.status == Status.POSTED}
        kept = [
            row if row.edits else msgspec.structs.replace(row, edits=f'{{"memo":"{row.guid}"}}')
            for row in applied(kept, feed, now=NOW + day, ids=ids)
        ]
        after = {row.guid: row for row in kept}
        assert len(after) == len(kept)
        assert all(after[guid].edits == row.edits for guid, row in before.items())
        assert all(after[guid].status == Status.POSTED for guid in before)


DISTINCT = feeds(st.uuids().map(str))
NAMELESS = feeds(st.none())


@pytest.mark.parametrize("nameless", [False, True])
@settings(max_examples=150)
@given(st.data(), st.randoms(use_true_random=False))
def test_the_order_of_a_feed_does_not_matter(nameless: bool, data: st.DataObject, shuffler: random.Random) -> None:
    feed = data.draw(NAMELESS if nameless else DISTINCT)
    known = applied([], feed)
    shuffled = list(feed)
    shuffler.shuffle(shuffled)
    assert is_unchanged(known, shuffled)
    assert said(applied([], shuffled)) == said(known)


@pytest.mark.parametrize("nameless", [False, True])
@settings(max_examples=150)
@given(st.data(), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=6))
def test_overlapping_windows_give_what_one_look_gives(
    nameless: bool, data: st.DataObject, windows: list[tuple[int, int]]
) -> None:
    feed = data.draw(NAMELESS if nameless else DISTINCT)
    kept: list[Row] = []
    for first, last in [*windows, (0, 5)]:
        start, end = (START + timedelta(days=days) for days in sorted((first, last)))
        kept = applied(kept, [each for each in feed if start <= each.date <= end], start=start)
    assert said(kept) == said(applied([], feed))


@settings(max_examples=150)
@given(DISTINCT, st.data())
def test_partial_pages_give_the_whole_in_the_end(feed: Feed, data: st.DataObject) -> None:
    """With ids that are known to stay, it does not matter what is left out, and when."""
    kept: list[Row] = []
    for _ in range(3):
        told = [each for each in feed if data.draw(st.booleans())]
        kept = applied(kept, told, ids=Ids.STABLE)
    assert said(applied(kept, feed, ids=Ids.STABLE)) == said(applied([], feed))


@settings(max_examples=150)
@given(DISTINCT, st.randoms(use_true_random=False))
def test_new_ids_for_all_change_nothing_else(feed: Feed, shuffler: random.Random) -> None:
    for ids in (None, Ids.STABLE, Ids.SHIFTING):
        known = applied([], feed, ids=ids)
        renamed = [msgspec.structs.replace(each, provider_id=f"new {at}") for at, each in enumerate(feed)]
        shuffler.shuffle(renamed)
        after = applied(known, renamed, ids=ids)
        assert {row.guid for row in after} == {row.guid for row in known}
        assert [row.feed for row in after] == [row.feed for row in known]


@settings(max_examples=150)
@given(NAMELESS)
def test_ids_that_are_places_change_nothing(feed: Feed) -> None:
    """The newest stands first and every id moves on, whether an operator said so or not."""
    for ids in (None, Ids.POSITIONAL):
        ordered = sorted(feed, key=lambda each: each.date)
        kept: list[Row] = []
        for end in range(len(ordered) + 1):
            told = [
                msgspec.structs.replace(each, provider_id=str(place))
                for place, each in enumerate(reversed(ordered[:end]))
            ]
            kept = applied(kept, told, ids=ids)
        assert said(kept) == said(applied([], feed))


def said(rows: list[Row]) -> list[tuple[str, str, Status]]:
    return sorted((row.feed, row.date, row.status) for row in rows)


@settings(max_examples=150)
@given(DISTINCT, st.integers(0, DAYS))
def test_a_window_that_begins_later_leaves_what_was_before(feed: Feed, days: int) -> None:
    known = applied([], feed)
    start = START + timedelta(days=days)
    told = [each for each in feed if each.date >= start]
    merged = compared(known, told, start=start)
    assert (merged.added, merged.changed, merged.gone) == ([], [], [])
    assert all(date.fromisoformat(row.date) <= START + timedelta(days=5) for row in known)

"""Merge of holdings: a position is known again by the best that is told of it; nothing is doubled, nothing is lost."""

import random
import time
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanlight.aggregation.positions import merge
from fanlight.core import accounts, holdings
from fanlight.core.holdings import Row
from fanlight.institutions.port import MAX_HOLDINGS, FeedHolding, Positions

NOW, LATER = 1_780_000_000, 1_780_086_400
ACCOUNT = msgspec.structs.replace(accounts.new(1, 2, "a", "{}", is_closed=False, now=NOW), id=3)
FUND = {"description": "A fund", "symbol": "FUND", "cusip": "99F1A0102", "shares": "12.5", "market_value": "100"}


def fund(**changes: Any) -> FeedHolding:
    values = {"provider_id": "h1", "holding_type": 4} | FUND | changes
    return msgspec.convert(values, FeedHolding)


def applied(known: list[Row], feed: list[FeedHolding], now: int = NOW, *, is_whole: bool = True) -> list[Row]:
    """What is in the database after a merge, what is gone too."""
    merged = merge(ACCOUNT, known, Positions(feed, is_whole), now=now)
    rows = {row.id: row for row in known} | {row.id: row for row in merged.changed}
    first = max(rows, default=0) + 1
    return [*rows.values(), *(msgspec.structs.replace(row, id=first + at) for at, row in enumerate(merged.added))]


def there(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.deleted_at is None]


def edited(row: Row) -> Row:
    return msgspec.structs.replace(row, edits='{"cost_basis":"77"}')


FEEDS = st.lists(
    st.builds(
        fund,
        provider_id=st.none() | st.sampled_from([f"h{number}" for number in range(6)]),
        cusip=st.none() | st.sampled_from(["99F1A0102", "99F1B0101"]),
        isin=st.none() | st.sampled_from(["US99F1A01020", "DE0005140008"]),
        symbol=st.none() | st.sampled_from(["FUND", "OTHR"]),
        description=st.none() | st.sampled_from(["A fund", "a  Fund", "Another"]),
        shares=st.none() | st.sampled_from(["0", "12.5", "-3", "1"]),
        holding_type=st.sampled_from([1, 4, 10]),
        held_in=st.none() | st.sampled_from(["CASH", "MARGIN"]),
        terms=st.none() | st.just("CALL 50"),
    ).filter(lambda each: each.provider_id or each.cusip or each.isin or each.symbol or each.description),
    max_size=12,
)


@settings(max_examples=150)
@given(FEEDS, FEEDS, st.randoms(use_true_random=False))
def test_the_same_feed_again_changes_nothing_in_whatever_order(
    first: list[FeedHolding], second: list[FeedHolding], shuffler: random.Random
) -> None:
    known = applied(applied([], first), second, LATER)
    shuffler.shuffle(second)
    again = merge(ACCOUNT, known, Positions(second), now=LATER + 60)
    assert (again.added, again.changed) == ([], [])


@settings(max_examples=150)
@given(FEEDS, FEEDS, st.randoms(use_true_random=False))
def test_the_order_of_a_feed_does_not_matter(
    first: list[FeedHolding], second: list[FeedHolding], shuffler: random.Random
) -> None:
    known = applied([], first)
    one = applied(known, second, LATER)
    shuffler.shuffle(second)
    shuffler.shuffle(known)
    other = applied(known, second, LATER)

    def shown(rows: list[Row]) -> list[tuple[Any, ...]]:
        old = {row.guid for row in known}
        return sorted((row.guid * (row.guid in old), row.provider_id or "", row.feed, row.deleted_at) for row in rows)

    assert repr(shown(one)) == repr(shown(other))


@settings(max_examples=150)
@given(FEEDS, FEEDS)
def test_what_is_shown_is_what_the_feed_tells(first: list[FeedHolding], second: list[FeedHolding]) -> None:
    rows = there(applied(applied([], first), second, LATER))
    distinct = {msgspec.json.encode(each) for each in second if each.provider_id}
    assert len(rows) == len(distinct) + sum(each.provider_id is None for each in second)
    assert len({row.guid for row in rows}) == len(rows)


@pytest.mark.parametrize(
    "change",
    [
        {"provider_id": "h2"},
        {"provider_id": None},
        {"provider_id": "h2", "cusip": None, "isin": "US99F1A01020"},
        {"provider_id": "h2", "symbol": "NEWS", "description": "The fund, renamed"},
        {"provider_id": "h2", "cusip": None, "description": "Renamed"},
        {"provider_id": "h2", "cusip": None, "symbol": None, "description": " a FUND "},
        {"cusip": None, "symbol": "NEWS"},
        {"cusip": None, "symbol": None, "description": "Renamed"},
        {"shares": "3", "market_value": "1", "held_in": "MARGIN"},
    ],
    ids=str,
)
def test_a_position_is_known_again(change: dict[str, Any]) -> None:
    (before,) = applied([], [fund()])
    (after,) = applied([edited(before)], [fund(**change)], LATER)
    assert (after.guid, after.edits, after.updated_at) == (before.guid, edited(before).edits, LATER)


@pytest.mark.parametrize(
    "change",
    [
        {"cusip": "99F1B0101", "symbol": "OTHR", "description": "Another"},
        {"cusip": None, "symbol": "OTHR", "description": "Another"},
        {"provider_id": "h2", "cusip": "99F1B0101", "symbol": None},
        {"provider_id": "h2", "cusip": None, "symbol": "FNDB"},
        {"provider_id": "h2", "shares": "-4"},
        {"provider_id": "h2", "holding_type": 10},
        {"provider_id": "h2", "terms": "CALL 50 2027-06-18"},
    ],
    ids=str,
)
def test_another_position_is_not_taken_for_the_known_one(change: dict[str, Any]) -> None:
    """Also where an institution numbers its positions through, and the first is now another."""
    (before,) = applied([], [fund()])
    gone, new = applied([edited(before)], [fund(**change)], LATER)
    assert (gone.guid, gone.deleted_at, gone.edits) == (before.guid, LATER, edited(before).edits)
    assert (new.guid != before.guid, new.edits, new.deleted_at) == (True, "", None)


def test_ids_that_are_numbered_through_move_no_edit() -> None:
    cusips = ["99F1A0102", "99F1B0101", "99F1C0100"]
    feed = [fund(provider_id=str(at), cusip=cusip, symbol=cusip[3:5]) for at, cusip in enumerate(cusips)]
    known = [edited(row) if "99F1C0100" in row.feed else row for row in applied([], feed)]
    rest = [msgspec.structs.replace(each, provider_id=str(at)) for at, each in enumerate(feed[1:])]
    rows = {row.facts.feed["cusip"]: row for row in applied(known, rest, LATER)}
    assert [bool(rows[cusip].edits) for cusip in cusips] == [False, False, True]
    assert [rows[cusip].deleted_at for cusip in cusips] == [LATER, None, None]
    assert {row.guid for row in rows.values()} == {row.guid for row in known}


def test_long_and_short_of_one_security_stay_two() -> None:
    feed = [fund(provider_id=None), fund(provider_id=None, shares="-2"), fund(provider_id=None, held_in="MARGIN")]
    known = applied([], feed)
    moved = [msgspec.structs.replace(each, market_value=Decimal(5)) for each in reversed(feed)]
    after = applied(known, moved, LATER)
    assert len(known) == len(after) == 3
    for before, now in zip(known, after, strict=True):
        for name in ("shares", "held_in"):
            assert before.facts.feed.get(name) == now.facts.feed.get(name)


def test_equal_lots_stay_as_many_as_they_are() -> None:
    lots = [fund(provider_id=None)] * 3
    known = applied([], lots)
    assert len(known) == 3
    fewer = applied(known, lots[:2], LATER)
    assert [row.deleted_at for row in fewer].count(LATER) == 1
    assert len(there(applied(fewer, [*lots, lots[0]], LATER + 1))) == 4


def test_a_position_that_is_told_twice_with_one_id_counts_once() -> None:
    assert len(applied([], [fund(), fund()])) == 1


def test_what_vanishes_is_gone_and_comes_back_as_it_was() -> None:
    known = [edited(row) for row in applied([], [fund()])]
    (gone,) = applied(known, [], LATER)
    assert (gone.deleted_at, gone.updated_at) == (LATER, LATER)
    (still,) = applied([gone], [], LATER + 1)
    assert still == gone
    (back,) = applied([gone], [fund(provider_id="h9", shares="1")], LATER + 2)
    assert (back.guid, back.edits, back.deleted_at) == (gone.guid, gone.edits, None)


def test_what_is_there_is_preferred_to_what_is_gone() -> None:
    (first,) = applied([], [fund(provider_id="old")])
    (gone,) = applied([first], [], LATER)
    alive = msgspec.structs.replace(first, id=9, guid="HOL-alive", provider_id="other")
    rows = applied([gone, alive], [fund(provider_id="new")], LATER + 1)
    assert [(row.guid, row.deleted_at) for row in rows] == [(gone.guid, LATER), ("HOL-alive", None)]


def test_from_a_list_that_is_not_whole_nothing_is_missing() -> None:
    known = applied([], [fund(), fund(provider_id="h2", cusip="99F1B0101", symbol="B", description="B")])
    rows = applied(known, [fund(shares="1")], LATER, is_whole=False)
    assert [row.deleted_at for row in rows] == [None, None]
    assert [row.updated_at for row in rows] == [LATER, NOW]


def test_the_moment_of_the_cost_follows_the_cost_that_is_shown() -> None:
    (row,) = applied([], [fund()])
    assert row.cost_basis_updated_at is None
    (row,) = applied([row], [fund(cost_basis="10")], NOW + 1)
    assert row.cost_basis_updated_at == NOW + 1
    (row,) = applied([row], [fund(cost_basis="10", shares="5")], NOW + 2)
    assert (row.cost_basis_updated_at, row.updated_at) == (NOW + 1, NOW + 2)
    (row,) = applied([edited(row)], [fund(cost_basis="11")], NOW + 3)
    assert (row.cost_basis_updated_at, row.updated_at) == (NOW + 1, NOW + 3)
    assert applied([], [fund(cost_basis="10")])[0].cost_basis_updated_at == NOW


@pytest.mark.parametrize("names", [("provider_id",), ("provider_id", "cusip"), ("provider_id", "cusip", "symbol")])
def test_positions_that_are_all_alike_take_no_long_time(names: tuple[str, ...]) -> None:
    without = dict.fromkeys(names)
    feed = [fund(**without, shares=str(number + 1)) for number in range(MAX_HOLDINGS)]
    known = applied([], feed)
    moved = [msgspec.structs.replace(each, market_value=Decimal(1)) for each in feed]
    start = time.perf_counter()
    after = applied(known, moved, LATER)
    assert time.perf_counter() - start < 3  # measured 0.15 s; a busy machine gets room
    assert len(after) == MAX_HOLDINGS
    assert {row.guid: row.facts.feed["shares"] for row in known} == {
        row.guid: row.facts.feed["shares"] for row in after
    }


def test_rows_are_of_the_account() -> None:
    (row,) = applied([], [fund()])
    assert (row.user_id, row.member_id, row.account_id) == (1, 2, 3)
    assert holdings.told(row, row.provider_id, row.feed, now=LATER) is row

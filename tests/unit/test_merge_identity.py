"""Transaction identity: what decides that two transactions are one, what does not, and what is said of the rest."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from fanlight.aggregation.pending import MOST_HELD
from fanlight.aggregation.sights import Likeness, alike
from fanlight.aggregation.transaction_identity import Doubt
from fanlight.core.transactions import Row, Status
from fanlight.institutions.port import FeedTransaction, Ids
from unit.merging import applied, entry, is_unchanged

TEN, ELEVEN, TWELVE = (date(2026, 5, day) for day in (10, 11, 12))
Feed = list[FeedTransaction]


def waits(**changes: object) -> FeedTransaction:
    return entry(**({"provider_id": "p", "is_pending": True} | changes))


def after(first: Feed, second: Feed, ids: Ids | None = None) -> tuple[list[Row], list[Row]]:
    """What is kept after one feed, and after another."""
    known = applied([], first, ids=ids)
    kept = applied(known, second, ids=ids)
    assert is_unchanged(kept, second, ids)
    return known, kept


def guids(rows: list[Row]) -> set[str]:
    return {row.guid for row in rows}


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("starbucks 12", "starbucks 12", Likeness.EQUAL),
        ("starbucks", "pos purchase starbucks portland", Likeness.LONGER),
        ("starbucks 12 seattle", "starbucks 13 portland", Likeness.NAME),
        ("mcdonald's 4", "mcdonalds f12", Likeness.NAME),
        ("pending", "starbucks 12", Likeness.UNNAMED),
        ("", "starbucks", Likeness.UNNAMED),
        ("shell portland", "safeway portland", Likeness.SOMEWHERE),
        ("shell", "safeway", Likeness.NONE),
        ("check 101", "check 102", Likeness.NONE),
        ("sq *coffee", "coffee", Likeness.NAME),
    ],
)
def test_how_alike_texts_are(one: str, other: str, likeness: Likeness) -> None:
    assert alike(one, other) == alike(other, one) == likeness


def test_an_id_that_names_something_else_is_not_believed() -> None:
    reused = entry(amount=Decimal("99.10"), date=date(2026, 5, 25), description="HARDWARE STORE")
    for ids in (None, Ids.STABLE, Ids.SHIFTING):
        known, kept = after([entry()], [reused], ids)
        assert len(kept) == 2
        assert guids(known) < guids(kept)
        assert [row.doubt for row in kept] == [None, None]


def test_one_id_for_many_is_nobodys() -> None:
    feed = [entry(provider_id="9998", amount=Decimal(amount), date=day) for amount in (1, 2) for day in (TEN, ELEVEN)]
    known, kept = after(feed, feed)
    assert len(known) == 4
    fifth = entry(provider_id="9998", date=TWELVE)
    assert len(applied(kept, [fifth])) == 5


def test_an_id_that_comes_twice_with_the_same_counts_once() -> None:
    assert len(applied([], [entry(), entry()])) == 1
    page, next_page = waits(provider_id="x"), entry(provider_id="x", amount=Decimal("11.00"), date=ELEVEN)
    (row,) = applied([], [page, next_page])
    assert (row.status, row.amount) == (Status.POSTED, 11_000_000)


def test_without_an_id_equal_lines_are_twins_that_say_so_unless_they_leave_the_same_balance() -> None:
    twins = applied([], [entry(provider_id=None)] * 2)
    assert [row.doubt for row in twins] == [Doubt.TWIN] * 2
    again = applied([], [entry(provider_id=None, balance_after=Decimal(5))] * 2)
    assert [row.doubt for row in again] == [None]
    told_apart = [entry(provider_id=None, balance_after=Decimal(balance)) for balance in (15, 5)]
    assert [row.doubt for row in applied([], told_apart)] == [None, None]


def test_places_that_move_on_are_no_ids() -> None:
    first = [
        entry(provider_id="2026-05-10.1", description="CAFE"),
        entry(provider_id="2026-05-10.2", description="BAR"),
    ]
    moved = [
        entry(provider_id="2026-05-10.1", description="NEW"),
        entry(provider_id="2026-05-10.2", description="CAFE"),
        entry(provider_id="2026-05-10.3", description="BAR"),
    ]
    known, kept = after(first, moved)
    assert len(kept) == 3
    assert {row.guid: row.description for row in known}.items() <= {row.guid: row.description for row in kept}.items()


def test_places_that_do_not_look_like_places_are_seen_to_move() -> None:
    first = [entry(provider_id="row-a", amount=Decimal(5)), entry(provider_id="row-b", amount=Decimal(7))]
    moved = [
        entry(provider_id="row-a", amount=Decimal(6)),
        entry(provider_id="row-b", amount=Decimal(5)),
        entry(provider_id="row-c", amount=Decimal(7)),
    ]
    known, kept = after(first, moved)
    assert {row.guid: row.amount for row in known}.items() <= {row.guid: row.amount for row in kept}.items()
    assert len(kept) == 3


def test_a_stable_id_keeps_its_transaction_when_the_bank_corrects_it() -> None:
    corrected = entry(amount=Decimal("12.50"))
    known, kept = after([entry()], [corrected], Ids.STABLE)
    assert (guids(kept), kept[0].amount) == (guids(known), 12_500_000)


def test_what_comes_late_changes_the_row_and_adds_none() -> None:
    early = entry(provider_id=None, posted_on=TWELVE, date=TWELVE, description="SQ *COFFEE")
    late = entry(
        provider_id=None, posted_on=TWELVE, transacted_on=TEN, description="SQ *COFFEE CORNER PORTLAND OR", memo="late"
    )
    known, kept = after([early], [late])
    assert (guids(kept), len(kept), kept[0].doubt) == (guids(known), 1, None)


def test_late_text_of_twins_is_shared_out() -> None:
    early = [entry(provider_id=None, description="COFFEE")] * 2
    late = [entry(provider_id=None, description="COFFEE CORNER 12")] * 2
    known, kept = after(early, late)
    assert guids(kept) == guids(known)


def test_two_checks_of_one_amount_are_two() -> None:
    known, kept = after(
        [entry(provider_id=None, description="CHECK 101")], [entry(provider_id=None, description="CHECK 102")]
    )
    assert guids(known) < guids(kept)


def test_a_balance_decides_where_a_date_moved() -> None:
    first = entry(provider_id=None, date=TWELVE, balance_after=Decimal("90.00"))
    moved = entry(provider_id=None, date=TEN, balance_after=Decimal("90.00"))
    known, kept = after([first], [moved])
    assert (guids(kept), kept[0].doubt) == (guids(known), None)


def test_where_nothing_decides_both_are_kept_and_the_new_one_says_so() -> None:
    known, kept = after([entry(provider_id=None)], [entry(provider_id=None, date=ELEVEN)])
    assert guids(known) < guids(kept)
    assert [row.doubt for row in kept] == [None, Doubt.RESEMBLES]


def test_a_pending_one_whose_date_moves_on_stays_one_of_its_first_day() -> None:
    for name in ("p", None):
        kept = applied([], [waits(provider_id=name)])
        (first,) = kept
        for day in (ELEVEN, TWELVE):
            kept = applied(kept, [waits(provider_id=name, date=day)])
            assert [(row.guid, row.facts_of_feed()["date"]) for row in kept] == [(first.guid, "2026-05-10")]
        (posted,) = applied(kept, [entry(provider_id="q")])
        assert posted.guid == first.guid


def test_what_has_posted_does_not_wait_again() -> None:
    posted = applied([], [entry()])
    assert is_unchanged(posted, [waits(provider_id="t1")])
    assert applied(posted, []) == posted


def test_a_reference_is_believed_before_all_likeness() -> None:
    pending = [waits(provider_id="p1"), waits(provider_id="p2", amount=Decimal(44), description="HOTEL")]
    known = applied([], pending)
    posted = entry(provider_id="q", amount=Decimal("10.00"), pending_id="p2", date=ELEVEN)
    kept = {row.guid: row for row in applied(known, [posted, pending[0]])}
    assert kept[known[1].guid].provider_id == "q"
    assert kept[known[0].guid].status == Status.PENDING


def test_a_reference_to_another_one_is_no_likeness() -> None:
    pending = [waits(provider_id="p1"), entry(provider_id="old")]
    posted = [entry(provider_id="q", pending_id="never seen"), pending[1]]
    known = applied([], pending)
    assert known[0].guid not in guids(applied(known, posted))


def test_the_day_of_the_purchase_decides_between_two_of_a_habit() -> None:
    days = [waits(provider_id=f"p{day.day}", date=day, transacted_on=day) for day in (TEN, ELEVEN)]
    known = applied([], days)
    posted = [
        entry(provider_id=f"q{day.day}", date=day, transacted_on=day, posted_on=TWELVE, description="POS COFFEE CORNER")
        for day in (ELEVEN, TEN)
    ]
    kept = {row.guid: row.provider_id for row in applied(known, posted)}
    assert kept == {known[0].guid: "q10", known[1].guid: "q11"}
    elsewhere = entry(provider_id="q", date=TWELVE, transacted_on=TWELVE)
    assert not guids(known) & guids(applied(known, [elsewhere]))


def test_where_only_the_booking_is_told_the_longest_waiting_posts_first() -> None:
    known = applied([], [waits(provider_id=f"p{day.day}", date=day) for day in (ELEVEN, TEN)])
    posted = entry(provider_id="q", date=TWELVE, posted_on=TWELVE)
    kept = applied(known, [posted, waits(provider_id="p11", date=ELEVEN)])
    assert {row.guid: row.status for row in kept} == {known[0].guid: Status.PENDING, known[1].guid: Status.POSTED}


def test_an_unnamed_pending_one_is_linked_when_it_is_the_only_one() -> None:
    known, kept = after([waits(description="PENDING AUTHORIZATION")], [entry(provider_id="q", date=TWELVE)])
    assert guids(kept) == guids(known)
    assert kept[0].doubt == Doubt.PENDING_TEXT
    two = [entry(provider_id=name, date=TWELVE, description=name) for name in ("bakery", "florist")]
    known, kept = after([waits(description="PENDING AUTHORIZATION")], two)
    assert not guids(kept) & guids(known)


def test_a_hold_becomes_what_was_paid() -> None:
    hold = waits(amount=Decimal(100), description="SHELL OIL", transacted_on=TEN)
    paid = entry(provider_id="q", amount=Decimal("41.37"), description="SHELL OIL 57444", transacted_on=TEN)
    known, kept = after([hold], [paid])
    assert (guids(kept), kept[0].doubt) == (guids(known), Doubt.PENDING_AMOUNT)
    large = waits(amount=Decimal(MOST_HELD) / 1_000_000 + 1, description="SHELL OIL", transacted_on=TEN)
    known, kept = after([large], [paid])
    assert not guids(kept) & guids(known)


def test_new_ids_for_all_are_seen_though_an_old_window_comes_later() -> None:
    """After a new consent the first look is a short one; the next one tells of days that still have their old ids."""
    days = [entry(provider_id=f"old {at}", date=TEN + timedelta(days=at), amount=Decimal(at + 1)) for at in range(15)]
    renewed = [msgspec.structs.replace(each, provider_id=f"new {at}") for at, each in enumerate(days)]
    for ids in (None, Ids.STABLE):
        known = applied([], days, ids=ids)
        short = applied(known, renewed[10:], start=renewed[10].date, ids=ids)
        kept = applied(short, renewed, ids=ids)
        assert guids(kept) == guids(known)
        assert {row.provider_id for row in kept} == {each.provider_id for each in renewed}

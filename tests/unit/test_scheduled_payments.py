"""Scheduled payments follow series and the clock; what a user said or deleted stays as it is."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fanlight.base.errors import NotFound
from fanlight.core.transactions import Type
from fanlight.enrichment.merchants import catalogue
from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.planning.paying import scheduled_payments
from fanlight.planning.paying.scheduled_payments import Row
from fanlight.planning.paying.series import Status
from unit.household import NOW, TRANSFER, UNIT, USER, Household, household

AUGUST = date(2026, 8, 2)
MERCHANT, OTHER = catalogue()[10].guid, catalogue()[11].guid
MONTHLY = {"is_recurring": True, "recurrence_type": Cadence.EVERY_MONTH, "recurrence_day": 5}


@pytest.mark.parametrize("name", ["gym", "amazon.com", "a.b.c", MERCHANT])
@pytest.mark.parametrize("facts", ["{}", '{"number":11}'])
def test_one_series_of_a_name_is_known_by_another(home: Household, name: str, facts: str) -> None:
    key = home.series(name, facts=facts)
    (row,) = followed(home)
    home.rows("DELETE FROM series WHERE id = ?", key)
    home.series(name, account_id=Household.CARD)
    assert [each.guid for each in followed(home)] == [row.guid]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    with household(tmp_path) as built:
        yield built


def followed(home: Household, today: date = AUGUST) -> list[Row]:
    scheduled_payments.follow(home.unit, USER, today, now=NOW)
    return scheduled_payments.list_all(home.unit, USER)


def made(home: Household, **said: Any) -> Row:
    body = {"amount": 45 * UNIT, "description": "Power bill", "occurs_on": "2026-08-05", "transaction_type": Type.DEBIT}
    return scheduled_payments.create(home.unit, USER, body | said, now=NOW)


def changed(home: Household, row: Row, **said: Any) -> Row:
    return scheduled_payments.change(home.unit, row, said, now=NOW)


def end(home: Household) -> None:
    home.rows("UPDATE series SET status = ?", int(Status.ENDED))


def test_one_is_made_of_a_series_and_follows_it(home: Household) -> None:
    home.series(MERCHANT)
    (row,) = followed(home)
    assert (row.amount, row.merchant_guid, row.occurs_on) == (10 * UNIT, MERCHANT, "2026-08-05")
    assert (row.recurrence_type, row.recurrence_day, row.is_recurring) == (Cadence.EVERY_MONTH, 5, True)
    home.rows("UPDATE series SET amount = 13000000, next_on = '2026-09-05'")
    (later,) = followed(home)
    assert (later.guid, later.amount, later.occurs_on) == (row.guid, 13 * UNIT, "2026-09-05")


def test_nothing_is_written_when_nothing_changed(home: Household) -> None:
    home.series(MERCHANT)
    followed(home)
    before = home.connection.total_changes
    followed(home)
    assert home.connection.total_changes == before


@pytest.mark.parametrize(
    "more",
    [
        {"confidence": 49},
        {"category_guid": TRANSFER},
        {"status": int(Status.MISSED)},
        {"status": int(Status.ENDED)},
        {"account_id": 99},
        {"high": 31 * UNIT},
    ],
)  # fmt: skip
def test_none_is_made_of_what_is_unsure_or_a_transfer_or_not_going_on(home: Household, more: dict[str, Any]) -> None:
    home.series(MERCHANT, **more)
    assert followed(home) == []


def test_a_scattered_bill_makes_one_and_so_do_amounts_within_three_times(home: Household) -> None:
    home.series("power", high=99 * UNIT, facts='{"is_bill":true}')
    home.series("shop", high=30 * UNIT)
    assert {row.description for row in followed(home)} == {"power", "shop"}


def hide(home: Household, *, hidden: bool, key: int = Household.CHECKING) -> None:
    home.rows("UPDATE accounts SET edits = ? WHERE id = ?", '{"is_hidden":true}' if hidden else "", key)


def test_payments_of_a_hidden_account_come_back_as_they_were(home: Household) -> None:
    home.series(MERCHANT)
    home.series("gym")
    home.series("club")
    edited = changed(home, next(row for row in followed(home) if row.description == "club"), amount=7 * UNIT)
    scheduled_payments.remove(home.unit, next(row for row in followed(home) if row.description == "gym"), now=NOW)
    before = followed(home)

    hide(home, hidden=True)
    assert followed(home) == followed(home, date(2026, 10, 8)) == []
    with pytest.raises(NotFound):
        scheduled_payments.read(home.unit, USER, edited.guid)
    hide(home, hidden=False)
    assert followed(home) == before


def test_a_payment_of_a_hidden_account_goes_when_its_series_ends(home: Household) -> None:
    home.series(MERCHANT)
    followed(home)
    hide(home, hidden=True)
    followed(home)
    end(home)
    followed(home)
    assert home.rows("SELECT 1 FROM scheduled_payments") == []


def test_a_hidden_payment_follows_its_merchant_to_an_account_that_is_shown(home: Household) -> None:
    home.series(MERCHANT)
    (row,) = followed(home)
    hide(home, hidden=True)
    followed(home)
    home.series(MERCHANT, account_id=Household.CARD, amount=12 * UNIT)
    (later,) = followed(home)
    assert (later.guid, later.amount) == (row.guid, 12 * UNIT)


def test_a_users_own_stands_for_a_hidden_one_for_good(home: Household) -> None:
    home.series(MERCHANT)
    followed(home)
    hide(home, hidden=True)
    followed(home)
    row = made(home, merchant_guid=MERCHANT, **MONTHLY)
    hide(home, hidden=False)
    (later,) = followed(home)
    assert (later.guid, later.amount) == (row.guid, 45 * UNIT)
    assert len(home.rows("SELECT 1 FROM scheduled_payments")) == 1


def test_a_users_own_is_shown_whatever_account_its_series_is_on(home: Household) -> None:
    row = made(home, merchant_guid=MERCHANT, **MONTHLY)
    home.series(MERCHANT)
    hide(home, hidden=True)
    assert [each.guid for each in followed(home)] == [row.guid]


def test_what_is_written_is_answered_as_it_is_read_next(home: Household) -> None:
    past = made(home, occurs_on="2026-07-05", **MONTHLY)
    assert (past.occurs_on, past.starts_on) == ("2026-08-05", "2026-07-05")
    home.transaction("2026-08-02", 20, words="new shoes")
    once = made(home, description="Shoes", amount=20 * UNIT, occurs_on="2026-08-01")
    assert once.is_completed is True
    moved = changed(home, past, occurs_on="2026-06-09", recurrence_day=1)
    assert moved.occurs_on == "2026-09-01"
    assert followed(home) == [moved, once]


def test_one_stays_while_its_series_is_overdue_and_rolls_on(home: Household) -> None:
    home.series(MERCHANT)
    followed(home)
    home.rows("UPDATE series SET status = ?, confidence = 40", int(Status.MISSED))
    (row,) = followed(home, date(2026, 8, 20))
    assert row.occurs_on == "2026-09-05"
    end(home)
    assert followed(home, date(2026, 8, 20)) == []


def test_a_merchant_has_one_of_several_series(home: Household) -> None:
    home.series(MERCHANT, confidence=80)
    home.series(MERCHANT, cadence=Cadence.EVERY_YEAR, confidence=70)
    home.series("gym", confidence=80, amount=UNIT)
    home.series("gym", day=9, confidence=80, amount=2 * UNIT)
    assert sorted((row.amount, row.recurrence_type) for row in followed(home)) == [(2 * UNIT, 3), (10 * UNIT, 3)]


def test_the_one_that_is_followed_stays_when_another_series_gets_surer(home: Household) -> None:
    home.series(MERCHANT, confidence=80)
    (row,) = followed(home)
    home.series(MERCHANT, cadence=Cadence.EVERY_YEAR, confidence=99)
    (later,) = followed(home)
    assert (later.guid, later.recurrence_type) == (row.guid, Cadence.EVERY_MONTH)


def test_one_goes_on_when_its_series_moves_to_another_account(home: Household) -> None:
    home.series(MERCHANT)
    (row,) = followed(home)
    end(home)
    home.series(MERCHANT, account_id=Household.CARD)
    (later,) = followed(home)
    assert later.guid == row.guid


def test_what_its_user_changed_stays_and_rolls_on(home: Household) -> None:
    home.series(MERCHANT)
    (row,) = followed(home)
    changed(home, row, amount=7 * UNIT)
    home.rows("UPDATE series SET amount = 13000000")
    (later,) = followed(home, date(2026, 8, 6))
    assert (later.amount, later.occurs_on) == (7 * UNIT, "2026-09-05")


def test_what_its_user_changed_goes_when_its_day_is_over(home: Household) -> None:
    home.series(MERCHANT)
    (row,) = followed(home)
    changed(home, row, description="Mine")
    end(home)
    assert [each.description for each in followed(home, date(2026, 8, 5))] == ["Mine"]
    assert followed(home, date(2026, 8, 6)) == []


def test_what_was_deleted_is_not_made_again(home: Household) -> None:
    home.series(MERCHANT)
    home.series("gym")
    for row in followed(home):
        scheduled_payments.remove(home.unit, row, now=NOW)
    assert followed(home) == []
    home.series(MERCHANT, account_id=Household.CARD, confidence=99)
    home.series("gym", account_id=Household.CARD, facts='{"number":2}')
    assert followed(home) == []


def test_a_users_own_stands_for_its_series(home: Household) -> None:
    row = made(home, merchant_guid=MERCHANT, **MONTHLY)
    key = home.series(MERCHANT)
    (later,) = followed(home, date(2026, 8, 6))
    assert (later.guid, later.amount, later.occurs_on) == (row.guid, 45 * UNIT, "2026-09-05")
    assert later.series_key is not None
    home.rows("DELETE FROM series WHERE id = ?", key)
    (alone,) = followed(home, date(2026, 10, 6))
    assert (alone.guid, alone.series_key, alone.occurs_on) == (row.guid, None, "2026-11-05")


def test_a_users_own_that_a_series_stands_behind_is_not_made_again_either(home: Household) -> None:
    made(home, merchant_guid=MERCHANT, **MONTHLY)
    home.series(MERCHANT)
    (row,) = followed(home)
    scheduled_payments.remove(home.unit, row, now=NOW)
    assert followed(home) == []


def test_one_that_was_completed_is_open_again_on_its_next_day(home: Household) -> None:
    home.series(MERCHANT)
    (row,) = followed(home)
    changed(home, row, is_completed=True)
    home.rows("UPDATE series SET amount = 11000000")
    (same,) = followed(home)
    assert (same.is_completed, same.amount) == (True, 11 * UNIT)
    (later,) = followed(home, date(2026, 8, 6))
    assert (later.is_completed, later.occurs_on) == (False, "2026-09-05")


@pytest.mark.parametrize(
    ("said", "came", "expected"),
    [
        ({"merchant_guid": MERCHANT}, {"merchant": MERCHANT}, True),
        ({"merchant_guid": MERCHANT}, {"merchant": OTHER}, False),
        ({"merchant_guid": MERCHANT}, {"merchant": MERCHANT, "amount": 56}, True),
        ({"merchant_guid": MERCHANT}, {"merchant": MERCHANT, "amount": 57}, False),
        ({"merchant_guid": MERCHANT}, {"merchant": MERCHANT, "day": "2026-08-10"}, True),
        ({"merchant_guid": MERCHANT}, {"merchant": MERCHANT, "day": "2026-08-11"}, False),
        ({"merchant_guid": MERCHANT}, {"merchant": MERCHANT, "day": "2026-07-30"}, False),
        ({"merchant_guid": MERCHANT}, {"merchant": MERCHANT, "transaction_type": 1}, False),
        ({"merchant_guid": MERCHANT}, {"merchant": MERCHANT, "is_hidden": 1}, False),
        ({"merchant_guid": MERCHANT}, {"merchant": MERCHANT, "account_id": 99}, False),
        ({}, {"words": "city power bill 12"}, True),
        ({}, {"words": "power company"}, False),
        (MONTHLY, {"words": "power bill"}, False),
    ],
)  # fmt: skip
def test_a_transaction_completes_what_happens_once(
    home: Household, said: dict[str, Any], came: dict[str, Any], *, expected: bool
) -> None:
    made(home, **said)
    came = {"day": "2026-08-04", "amount": 45, **came}
    home.transaction(**came)
    (row,) = followed(home)
    assert row.is_completed is expected


def test_a_transaction_completes_one(home: Household) -> None:
    made(home)
    made(home)
    home.transaction("2026-08-04", 45, words="power bill")
    assert sorted(row.is_completed for row in followed(home)) == [False, True]


def test_what_a_client_said_of_it_stands(home: Household) -> None:
    row = made(home)
    home.transaction("2026-08-04", 45, words="power bill")
    (row,) = followed(home)
    changed(home, row, is_completed=False)
    (row,) = followed(home)
    assert row.is_completed is False


def test_other_changes_leave_it_to_transactions(home: Household) -> None:
    changed(home, made(home), amount=40 * UNIT)
    home.transaction("2026-08-04", 40, words="power bill")
    (row,) = followed(home)
    assert row.is_completed is True

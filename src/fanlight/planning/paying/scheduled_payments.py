"""Scheduled payments: what is to be paid or to come in on a day, once or again and again."""

from datetime import date, timedelta
from typing import Any

import msgspec

from fanlight.base.errors import Malformed, MissingParams, NotFound, Unprocessable
from fanlight.base.guids import new_guid
from fanlight.core.accounts import Account
from fanlight.enrichment.categories import TRANSFER
from fanlight.enrichment.merchants import by_guid
from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.planning import branches, counted, days, staleness
from fanlight.planning.paying import occurrences, payment_following, payment_rows, series
from fanlight.planning.paying.payees import NEAR, moved_between
from fanlight.planning.paying.payment_following import DAYS_AROUND, DAYS_OPEN, LEAST_CONFIDENCE, SCATTERED, Seen
from fanlight.planning.paying.payment_rows import Row, list_all
from fanlight.planning.paying.series import Series
from fanlight.planning.written import Written
from fanlight.storage.unit import Unit

__all__ = ["RULES", "Row", "change", "create", "follow", "list_all", "read", "remove"]

MOST = 200
"""Of one user."""

RULES = (
    Written(
        "Scheduled payments that are made",
        f"One for each series that is going on and at least {LEAST_CONFIDENCE} of 100 sure, on accounts that count "
        "(see there); none for transfers (category Transfer and what is below it), and none for a series that is no "
        f"bill and whose largest amount is more than {SCATTERED} times its least. There is one for a merchant at most, "
        "or without a merchant for the words and the direction: of several series the surest, then the largest. A "
        "user's own for the merchant stands for it as it is.",
        "ours",
    ),
    Written(
        "scheduled_payment.amount, description, recurrence",
        "As its series has them, until its user changes something: then they stay as they were said.",
        "ours",
    ),
    Written(
        "scheduled_payment.occurs_on",
        "The next day on which the series is expected; once a day of a recurring one is over, the next one from today "
        "on by recurrence_type and recurrence_day (the last day of a shorter month).",
        "ours",
    ),
    Written(
        "Scheduled payments that go",
        "When its series has ended, what was made of it goes; what was changed by its user stays until its day is "
        "over, and what a user made stays. What a user deleted is not made again for the merchant or words.",
        "ours",
    ),
    Written(
        "Scheduled payments of accounts that do not count",
        "Where the account of its series is hidden, or does not count any more for another reason, what was made of "
        "the series is not shown. It is again, the same one, once the account counts.",
        "ours",
    ),
    Written(
        "scheduled_payment.is_completed",
        "Becomes true for a payment that happens once, when a transaction of its direction comes at most "
        f"{DAYS_AROUND} days before or after its day, by the merchant (without one: with all words of the "
        f"description), of an amount at most a {NEAR}th of the payment's away; one transaction completes one payment. "
        f"It is looked for until {DAYS_OPEN} days after the day, and not any more once a client set is_completed by "
        "update. A recurring one that a client completed is open again on its next day.",
        "ours",
    ),
    Written(
        "One scheduled payment for each merchant and user",
        "A second one is refused with 422.",
        "documented",
    ),
    Written(
        "scheduled_payment.recurrence_type and recurrence_day",
        "Both with is_recurring true, neither without it: else 400. 3 is EVERY_MONTH.",
        "documented",
    ),
    Written(
        "scheduled_payment.recurrence_type and recurrence_day beside those of every month",
        "1 EVERY_WEEK, 2 EVERY_TWO_WEEKS, 4 TWICE_A_MONTH, 5 EVERY_QUARTER, 6 EVERY_YEAR. recurrence_day is a day of "
        "the month, 1 to 31; for the first two a day of the week, 1 Monday to 7. What comes twice a month comes on the "
        "second day of its series, or else 15 days apart. Quarters and years count from occurs_on.",
        "ours",
    ),
)


def read(unit: Unit, user_id: int, guid: str) -> Row:
    row = payment_rows.find(unit, user_id, guid)
    if row is None:
        raise NotFound("There is no such scheduled payment.")
    return row


def create(unit: Unit, user_id: int, said: dict[str, Any], *, now: int) -> Row:
    """A user's own, on its next day; `said` are fields of a row.

    Raises MissingParams or Malformed where recurrence is half said, Unprocessable for an unknown merchant, for a second
    one of a merchant, and where there are too many.
    """
    known = list_all(unit, user_id)
    if len(known) >= MOST:
        raise Unprocessable(f"A user may have {MOST} scheduled payments.")
    fields: dict[str, Any] = {
        "is_completed": False,
        "is_recurring": False,
        "merchant_guid": None,
        "recurrence_day": None,
        "recurrence_type": None,
    }
    row = Row(
        **(fields | said),
        id=0,
        user_id=user_id,
        guid=new_guid("SCP"),
        series_key=None,
        has_been_edited=False,
        created_at=now,
        updated_at=now,
        deleted_at=None,
        is_own=True,
        starts_on=said["occurs_on"],
    )
    return _settled(unit, payment_rows.add(unit, _checked(row, known)), now=now)


def change(unit: Unit, row: Row, said: dict[str, Any], *, now: int) -> Row:
    """Change what is said. Raises as `create` does.

    What is not recurring any more has no recurrence.
    """
    ends = said.get("is_recurring") is False and row.is_recurring
    without: dict[str, Any] = {"recurrence_day": None, "recurrence_type": None} if ends else {}
    moved: dict[str, Any] = {"starts_on": said["occurs_on"]} if row.is_own and "occurs_on" in said else {}
    new = msgspec.structs.replace(row, **(without | said | moved), updated_at=now)
    new = msgspec.structs.replace(new, has_been_edited=row.has_been_edited or _decides(new, said))
    new = _checked(new, list_all(unit, row.user_id))
    payment_rows.write_back(unit, [new])
    return _settled(unit, new, now=now)


def remove(unit: Unit, row: Row, *, now: int) -> None:
    """Delete it; one that a series stands behind is not made again."""
    if row.series_key is None:
        payment_rows.remove(unit, row)
    else:
        payment_rows.write_back(unit, [msgspec.structs.replace(row, deleted_at=now, updated_at=now)])
    staleness.mark(unit, row.user_id, "scheduled_payments")


def follow(unit: Unit, user_id: int, today: date, *, now: int) -> None:
    """Bring what is kept up to date with the series, the transactions and the clock."""
    rows, found = payment_rows.everything(unit, user_id), series.list_all(unit, user_id)
    if not rows and not found:
        return
    shown = counted.spent_from(counted.shown(unit, user_id))
    seen = _seen(unit, user_id, found, shown)
    outcome = payment_following.followed(rows, seen, today, user_id=user_id, now=now)
    for row in outcome.gone:
        payment_rows.remove(unit, row)
    for row in outcome.new:
        payment_rows.add(unit, row)
    payment_rows.write_back(unit, outcome.changed)
    _complete(unit, user_id, today, shown, now=now)


def _settled(unit: Unit, row: Row, *, now: int) -> Row:
    """A payment as it is read next, after it was written."""
    user_id = row.user_id
    staleness.mark(unit, user_id, "scheduled_payments")
    follow(unit, user_id, days.today_of(unit, user_id, now), now=now)
    return payment_rows.find(unit, user_id, row.guid) or row


def _seen(unit: Unit, user_id: int, found: list[Series], shown: list[Account]) -> Seen:
    """Series by whether they are on accounts that count; no transfers."""
    keys, known = {each.id for each in shown}, branches.of_user(unit, user_id)
    paying = [each for each in found if known.top(each.category_guid) != TRANSFER]
    return Seen(
        [each for each in paying if each.account_id in keys],
        [each for each in paying if each.account_id not in keys],
    )


def _complete(unit: Unit, user_id: int, today: date, shown: list[Account], *, now: int) -> None:
    rows = payment_following.waiting(list_all(unit, user_id), today)
    if not rows:
        return
    around = timedelta(days=DAYS_AROUND)
    dates = sorted(date.fromisoformat(row.occurs_on) for row in rows)
    first, last = (dates[0] - around).isoformat(), (dates[-1] + around).isoformat()
    moved = moved_between(unit, user_id, first, last, {each.id for each in shown})
    payment_rows.write_back(unit, payment_following.completed(rows, moved, today, now=now))


def _decides(row: Row, said: dict[str, Any]) -> bool:
    """Whether what a client says stands from now on against series and transactions."""
    if row.is_own:
        return not row.is_recurring and "is_completed" in said
    return bool(said.keys() - {"is_completed"})


def _checked(row: Row, known: list[Row]) -> Row:
    """The row, unless a rule of scheduled payments is broken."""
    _check_recurrence(row)
    if row.merchant_guid is not None:
        if by_guid(row.merchant_guid) is None:
            raise Unprocessable("merchant_guid names no merchant.")
        if any(each.merchant_guid == row.merchant_guid and each.guid != row.guid for each in known):
            raise Unprocessable("merchant_guid: there is a scheduled payment of this merchant already.")
    return row


def _check_recurrence(row: Row) -> None:
    given = {"recurrence_type": row.recurrence_type, "recurrence_day": row.recurrence_day}
    if not row.is_recurring:
        if any(value is not None for value in given.values()):
            raise Malformed("recurrence_type and recurrence_day are for payments with is_recurring true.")
        return
    missing = [name for name, value in given.items() if value is None]
    if missing:
        raise MissingParams(*missing)
    most = occurrences.days_of(Cadence(row.recurrence_type or Cadence.EVERY_MONTH))
    if not 1 <= (row.recurrence_day or 0) <= most:
        raise Malformed(f"recurrence_day must be a whole number from 1 to {most} with this recurrence_type.")

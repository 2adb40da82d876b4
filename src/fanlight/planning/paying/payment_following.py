"""How scheduled payments follow series and the clock. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from fanlight.base.guids import new_guid
from fanlight.core.transactions import Type
from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.planning.paying.occurrences import next_on
from fanlight.planning.paying.payees import Moved, payee_of
from fanlight.planning.paying.payment_rows import Row
from fanlight.planning.paying.series import Series, Status

LEAST_CONFIDENCE = 50
"""How sure a series has to be before a payment is made of it, of 100."""
DAYS_AROUND = 5
"""How many days before or after its day what completes a payment may come."""
DAYS_OPEN = 60
"""How many days after its day a payment that happens once is still looked for."""
SCATTERED = 3
"""By how many times the largest amount of a series may be above its least, where it is no bill."""
_ONE_DAY = timedelta(days=1)
# `Series.key`: account, direction, name, cadence, and a number where there are several.
_KEY = re.compile(r"[0-9]+\.(?P<kind>[0-9])\.(?P<name>.*?)\.[0-9](\.[0-9]+)?", re.DOTALL)


class Outcome(NamedTuple):
    """What is to be written: new ones, changed ones, and those that go."""

    new: list[Row]
    changed: list[Row]
    gone: list[Row]


class Seen(NamedTuple):
    """Series: those on accounts that count, and those on others, which are out of sight."""

    shown: Sequence[Series]
    others: Sequence[Series] = ()


def followed(rows: Sequence[Row], found: Seen, today: date, *, user_id: int, now: int) -> Outcome:
    """What becomes of all that is kept (deleted ones too) by the series that go on."""
    living = [row for row in rows if row.deleted_at is None]
    refused = {slot for row in rows if row.deleted_at is not None for slot in _slots(row)}
    # A user's own is before what was found, and that is in the order in which it was.
    holders = {slot: row for row in sorted(living, key=lambda row: (row.is_own, -row.id)) for slot in _slots(row)}
    linked: dict[int, Series] = {}
    new = []
    for slot, series in _chosen(found.shown, holders).items():
        holder = holders.get(slot)
        if holder is not None:
            linked.setdefault(holder.id, series)
        elif slot not in refused and _is_sure(series):
            new.append(_made_of(series, today, user_id, now))
    hidden = {holders[slot].id for slot in _chosen(found.others, holders) if slot in holders} - linked.keys()
    after = [
        (row, _hidden(row) if row.id in hidden and not row.is_own else _after(row, linked.get(row.id), today))
        for row in living
    ]
    changed = [msgspec.structs.replace(later, updated_at=now) for row, later in after if later not in (None, row)]
    return Outcome(new, changed, [row for row, later in after if later is None])


def completed(rows: Iterable[Row], moved: Iterable[Moved], today: date, *, now: int) -> list[Row]:
    """Those that happen once and did: a transaction came that is about them. Each completes one."""
    free = list(moved)
    done = []
    for row in waiting(rows, today):
        payee, middle = payee_of(row, None), date.fromisoformat(row.occurs_on)
        first, last = ((middle + each * DAYS_AROUND * _ONE_DAY).isoformat() for each in (-1, 1))
        match = next((each for each in free if first <= each.day <= last and payee.has(each)), None)
        if match is not None:
            free.remove(match)
            done.append(msgspec.structs.replace(row, is_completed=True, updated_at=now))
    return done


def waiting(rows: Iterable[Row], today: date) -> list[Row]:
    """Those for which a transaction is looked for: open, not decided by a client, not long past or far ahead."""
    first, last = (today - timedelta(days=DAYS_OPEN)).isoformat(), (today + timedelta(days=DAYS_AROUND)).isoformat()
    closed = (row.is_recurring or row.is_completed or row.has_been_edited for row in rows)
    return [
        row for row, is_closed in zip(rows, closed, strict=True) if not is_closed and first <= row.occurs_on <= last
    ]


def _is_sure(series: Series) -> bool:
    """Whether a payment is made of it."""
    is_scattered = series.high > SCATTERED * series.low and not series.known.is_bill
    return series.status is Status.ACTIVE and series.confidence >= LEAST_CONFIDENCE and not is_scattered


def _chosen(found: Iterable[Series], holders: dict[str, Row]) -> dict[str, Series]:
    """One series for each merchant or words: the one that is followed already, else the surest, else the largest."""

    def rank(series: Series) -> tuple[bool, int, int, str]:
        holder = holders.get(_slot(series.transaction_type, series.name_key))
        return (holder is not None and holder.series_key == series.key, series.confidence, series.amount, series.key)

    goes_on = sorted((each for each in found if each.status is not Status.ENDED), key=rank)
    return {_slot(each.transaction_type, each.name_key): each for each in goes_on}


def _slots(row: Row) -> set[str]:
    """What there is one payment for at most: its merchant, or the direction and words of its series."""
    own = set() if row.merchant_guid is None else {row.merchant_guid}
    key = _KEY.fullmatch(row.series_key or "")
    return own if key is None else own | {_slot(int(key["kind"]), key["name"])}


def _slot(kind: int, name_key: str) -> str:
    return name_key if name_key.startswith("MCH-") else f"{int(kind)}.{name_key}"


def _made_of(series: Series, today: date, user_id: int, now: int) -> Row:
    blank = Row(
        id=0,
        user_id=user_id,
        guid=new_guid("SCP"),
        series_key=series.key,
        amount=0,
        description="",
        is_completed=False,
        is_recurring=True,
        merchant_guid=None,
        occurs_on="",
        recurrence_day=None,
        recurrence_type=None,
        transaction_type=Type.DEBIT,
        has_been_edited=False,
        created_at=now,
        updated_at=now,
        deleted_at=None,
    )
    return _as_series_says(blank, series, today)


def _hidden(row: Row) -> Row:
    return msgspec.structs.replace(row, is_hidden=True)


def _after(row: Row, series: Series | None, today: date) -> Row | None:
    """What becomes of a payment; None when it goes."""
    if series is not None and not (row.is_own or row.has_been_edited):
        return _as_series_says(row, series, today)
    has_ended = series is None and row.series_key is not None
    if has_ended and not row.is_own:
        return row if row.has_been_edited and row.occurs_on >= today.isoformat() else None
    linked = msgspec.structs.replace(row, series_key=None if series is None else series.key, is_hidden=False)
    return _open_again(row, _rolled(linked, today, None if series is None else series.second_day))


def _as_series_says(row: Row, series: Series, today: date) -> Row:
    expected = msgspec.structs.replace(
        row,
        series_key=series.key,
        is_hidden=False,
        amount=series.amount,
        description=series.description,
        merchant_guid=series.merchant_guid,
        starts_on=series.first_on,
        occurs_on=series.next_on or series.last_on,
        is_recurring=True,
        recurrence_day=series.day,
        recurrence_type=series.cadence,
        transaction_type=series.transaction_type,
    )
    return _open_again(row, _rolled(expected, today, series.second_day))


def _rolled(row: Row, today: date, second_day: int | None) -> Row:
    """On its next day, when its day is over."""
    if row.recurrence_type is None or row.recurrence_day is None or row.occurs_on >= today.isoformat():
        return row
    cadence = Cadence(row.recurrence_type)
    anchor = date.fromisoformat(row.occurs_on)
    due = next_on(cadence, row.recurrence_day, anchor, today - _ONE_DAY, second_day=second_day)
    return msgspec.structs.replace(row, occurs_on=due.isoformat())


def _open_again(row: Row, later: Row) -> Row:
    """What a client completed is so on that day only."""
    same = later.occurs_on == row.occurs_on
    return msgspec.structs.replace(later, is_completed=later.is_completed and (same or not later.is_recurring))

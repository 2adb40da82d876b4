"""The days on which series are still expected. Pure."""

from collections.abc import Iterator
from datetime import date

from fanlight.planning.paying.series import Series, Status


def expected(series: Series, today: date, last: date) -> list[date]:
    """The days after today, up to the last one asked for, on which a series that goes on is due.

    What is due by today and has not come counts once, on the day on which it was due.
    """
    if series.status is not Status.ACTIVE or series.next_on is None:
        return []
    first = date.fromisoformat(series.next_on)
    if first > last:
        return []
    return [first, *(day for day in _following(series, last) if day > max(first, today))]


def _following(series: Series, last: date) -> Iterator[date]:
    due = series.schedule.after(date.fromisoformat(series.known.due_on))
    while due is not None and (comes_on := series.schedule.moved(due)) <= last:
        yield comes_on
        due = series.schedule.after(due)

"""The table of connection statuses: what may follow what, and that every entry is there."""

import pytest

from fanlight.core import connection_status
from fanlight.core.connection_status import CAN_RUN, NEXT, ImpossibleTransitionError, Status, check, message

BEGINNINGS = {Status.CREATED, Status.PENDING, Status.IMPAIRED}


def test_every_status_has_its_line_and_its_words() -> None:
    assert list(Status) == list(range(22))
    assert set(NEXT) == set(Status)
    for status in Status:
        text = message(status, "Nowhere Bank", is_oauth=True)
        assert (text is None) == (status is Status.PENDING)
        assert text is None or (text.endswith(".") and "{" not in text)


@pytest.mark.parametrize("before", Status, ids=lambda status: status.name)
def test_exactly_what_the_table_lacks_is_refused(before: Status) -> None:
    for after in {before} | NEXT[before]:
        check(before, after)
    for after in set(Status) - {before} - NEXT[before]:
        with pytest.raises(ImpossibleTransitionError, match=f"from {before.name} to {after.name}$"):
            check(before, after)


def test_a_member_without_a_status_never_gets_one_nor_loses_one() -> None:
    check(None, None)
    for status in Status:
        with pytest.raises(ImpossibleTransitionError, match=f"from None to {status.name}"):
            check(None, status)
        with pytest.raises(ImpossibleTransitionError, match=f"from {status.name} to None"):
            check(status, None)


def test_no_status_follows_itself() -> None:
    assert all(status not in after for status, after in NEXT.items())


def test_every_status_is_reached_from_a_beginning_and_none_leads_back_to_one() -> None:
    assert _reached_from(BEGINNINGS) == set(Status)
    led_to = {status: after for status, after in NEXT.items() if {Status.CREATED, Status.PENDING} & after}
    assert led_to.keys() == {Status.DISABLED}, "only a pause leads back to a member that was never tried"
    assert Status.PENDING not in led_to[Status.DISABLED]


def test_every_status_leads_to_a_connection() -> None:
    for status in Status:
        assert Status.CONNECTED in _reached_from({status})


def test_a_job_begins_nowhere_that_waits_for_something_else() -> None:
    waiting = {Status.PREVENTED, Status.CHALLENGED, Status.PENDING}
    assert set(CAN_RUN) == set(Status) - waiting - connection_status.SET_BY_OPERATOR
    for status in CAN_RUN - {Status.CONNECTED}:
        assert Status.CONNECTED in NEXT[status]


def _reached_from(beginnings: set[Status]) -> set[Status]:
    reached, ahead = set[Status](), list(beginnings)
    while ahead:
        status = ahead.pop()
        if status not in reached:
            reached.add(status)
            ahead.extend(NEXT[status])
    return reached

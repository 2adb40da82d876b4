"""Lanes: what waits for one slow institution does not keep the others waiting, nor what waits for none."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from fanlight.queue import tasks
from fanlight.queue.tasks import Task
from fanlight.storage import schema
from fanlight.storage.engine import run_once
from fanlight.storage.unit import Unit

FAR = 10_000
ROOM = 3


@pytest.fixture
def place(tmp_path: Path) -> Path:
    schema.create(tmp_path / "queue.db")
    return tmp_path / "queue.db"


def _put(place: Path, lanes: Sequence[str]) -> None:
    def work(unit: Unit) -> None:
        for lane in lanes:
            tasks.enqueue(unit, "x", {}, run_at=0, wake=lambda: None, lane=lane)

    run_once(place, work)


def _claim(place: Path, count: int, busy: Mapping[str, int] | None = None) -> list[str]:
    return _taken(place, lambda unit: tasks.claim(unit, now=1, until=FAR, count=count, each=ROOM, busy=busy))


def _claim_laneless(place: Path, count: int) -> list[str]:
    return _taken(place, lambda unit: tasks.claim_laneless(unit, now=1, until=FAR, count=count))


def _taken(place: Path, work: Callable[[Unit], list[Task]]) -> list[str]:
    return [task.lane for task in run_once(place, work)]


def test_of_one_lane_no_more_is_taken_than_may_run_at_once(place: Path) -> None:
    _put(place, ["slow"] * 10 + ["other"])
    assert _claim(place, 8) == ["slow", "slow", "slow", "other"]
    assert _claim(place, 8, {"slow": 2}) == ["slow"]


@pytest.mark.parametrize("busy", range(ROOM + 2))
def test_a_lane_is_filled_up_and_never_over_its_brim(place: Path, busy: int) -> None:
    _put(place, ["slow"] * 10 + ["other"] * 10)
    assert _claim(place, 20, {"slow": busy, "other": 1}) == ["slow"] * max(0, ROOM - busy) + ["other"] * (ROOM - 1)


def test_a_full_lane_is_passed_over_however_long_it_is(place: Path) -> None:
    _put(place, ["slow"] * 500 + ["other", ""])
    assert _claim(place, 8, {"slow": ROOM}) == ["other", ""]


def test_tasks_without_a_lane_have_no_such_limit(place: Path) -> None:
    _put(place, [""] * 10)
    assert _claim(place, 8, {"": 9}) == [""] * 8


def test_tasks_without_a_lane_are_found_behind_any_number_of_others(place: Path) -> None:
    _put(place, [f"bank-{number % 50}" for number in range(1000)] + ["", ""])
    assert "" not in _claim(place, 8)
    assert _claim_laneless(place, 1) == [""]
    assert _claim_laneless(place, 8) == [""]
    assert _claim_laneless(place, 8) == []

"""Lanes: what waits for one slow institution does not keep the others waiting."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from fanlight.queue import tasks
from fanlight.queue.tasks import Task
from fanlight.storage import schema
from fanlight.storage.engine import run_once
from fanlight.storage.unit import Unit

FAR = 10_000


@pytest.fixture
def place(tmp_path: Path) -> Path:
    schema.create(tmp_path / "queue.db")
    return tmp_path / "queue.db"


def _put(place: Path, lanes: Sequence[str]) -> None:
    def work(unit: Unit) -> None:
        for lane in lanes:
            tasks.enqueue(unit, "x", {}, run_at=0, wake=lambda: None, lane=lane)

    run_once(place, work)


def _claim(place: Path, count: int, share: int, full: Sequence[str] = ()) -> list[str]:
    def work(unit: Unit) -> list[Task]:
        return tasks.claim(unit, now=1, until=FAR, count=count, share=share, full=full)

    return [task.lane for task in run_once(place, work)]


def test_of_one_lane_no_more_than_its_share_is_taken_at_once(place: Path) -> None:
    _put(place, ["slow"] * 10 + ["other"])
    assert _claim(place, 8, 3) == ["slow", "slow", "slow", "other"]
    assert _claim(place, 8, 3) == ["slow"] * 3


def test_a_full_lane_is_passed_over_however_long_it_is(place: Path) -> None:
    _put(place, ["slow"] * 500 + ["other", ""])
    assert _claim(place, 8, 3, ["slow"]) == ["other", ""]


def test_tasks_without_a_lane_have_no_such_limit(place: Path) -> None:
    _put(place, [""] * 10)
    assert _claim(place, 8, 3) == [""] * 8

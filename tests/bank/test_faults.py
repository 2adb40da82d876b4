"""The control API of the bank's faults: what may be set, by whom, how often it shows, and that it can be repeated."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import httpx2 as httpx
import pytest

from bank.customer import BASE, CU, MX, Customer, new_bank
from fanlight.bank.faults.catalogue import CATALOGUE, Step

ROOT = f"{BASE}/control/faults"
T = TypeVar("T")


def run(story: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(story)


@pytest.fixture
def customer() -> Customer:
    return Customer(new_bank()[0])


async def put(customer: Customer, *settings: dict[str, Any]) -> httpx.Response:
    return await customer.app.put(ROOT, json={"faults": list(settings)})


async def statuses(customer: Customer, times: int, code: str = MX) -> list[int]:
    """What the metadata's address answers, again and again."""
    url = f"{BASE}/{code}/.well-known/openid-configuration"
    return [(await customer.app.get(url)).status_code for _ in range(times)]


def test_the_catalogue_names_every_fault_with_its_steps(customer: Customer) -> None:
    found = run(customer.app.get(f"{ROOT}/catalogue")).json()["faults"]
    assert {each["name"] for each in found} == set(CATALOGUE)
    assert all(each["effect"] and set(each["steps"]) <= set(Step) and each["steps"] for each in found)


def test_what_was_set_is_listed_and_can_be_cleared_one_by_one_and_all(customer: Customer) -> None:
    async def play() -> None:
        assert (await customer.app.get(ROOT)).json() == {"faults": []}
        made = (await put(customer, {"fault": "maintenance", "step": "discovery"}, {"fault": "hang"})).json()["faults"]
        assert await statuses(customer, 1) == [503]
        listed = (await customer.app.get(ROOT)).json()["faults"]
        assert (listed[0]["fault"], listed[0]["played"]) == ("maintenance", 1)
        assert (await customer.app.delete(f"{ROOT}/{made[0]['id']}")).status_code == 204
        assert (await customer.app.delete(f"{ROOT}/{made[0]['id']}")).status_code == 404
        assert [each["fault"] for each in (await customer.app.get(ROOT)).json()["faults"]] == ["hang"]
        assert (await customer.app.delete(ROOT)).status_code == 204
        assert await statuses(customer, 1) == [200]

    run(play())


def test_a_fault_shows_as_often_as_was_set_and_only_at_its_brand(customer: Customer) -> None:
    async def play() -> None:
        await put(customer, {"fault": "server_error", "step": "discovery", "brand": MX, "times": 2})
        assert await statuses(customer, 1, CU) == [200]
        assert await statuses(customer, 4) == [500, 500, 200, 200]
        assert (await customer.app.get(ROOT)).json()["faults"][0]["is_over"]

    run(play())


def test_chance_is_the_same_with_the_same_seed(customer: Customer) -> None:
    async def play(seed: int) -> list[int]:
        await put(customer, {"fault": "server_error", "step": "discovery", "probability": 0.5, "seed": seed})
        return await statuses(customer, 40)

    first = run(play(7))
    assert 8 < first.count(500) < 32
    assert run(play(7)) == first
    assert run(play(8)) != first


@pytest.mark.parametrize(
    "setting",
    [
        {"fault": "unheard_of"},
        {"fault": "par_refused", "step": "token"},
        {"fault": "hang", "step": "nowhere"},
        {"fault": "hang", "times": 0},
        {"fault": "hang", "probability": 0},
        {"fault": "hang", "probability": 1.5},
        {"fault": "hang", "value": -1},
        {"fault": "hang", "value": 10**12},
        {"fault": "server_error", "value": 1},
        {"fault": "hang", "surprise": True},
        {"step": "token"},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_and_leaves_all_as_it_was(
    customer: Customer, setting: dict[str, Any]
) -> None:
    async def play() -> None:
        await put(customer, {"fault": "maintenance"})
        refused = await put(customer, {"fault": "throttled"}, setting)
        assert (refused.status_code, bool(refused.json()["error"])) == (400, True)
        assert [each["fault"] for each in (await customer.app.get(ROOT)).json()["faults"]] == ["maintenance"]

    run(play())


def test_there_is_an_end_to_how_many_can_be_set(customer: Customer) -> None:
    async def play() -> None:
        assert (await put(customer, *[{"fault": "hang"}] * 101)).status_code == 400
        assert (await put(customer, *[{"fault": "hang"}] * 100)).status_code == 200
        assert (await customer.app.post(ROOT, json={"fault": "hang"})).status_code == 400

    run(play())


def test_only_the_own_machine_controls_and_no_page_of_a_browser() -> None:
    bank, _ = new_bank()

    async def play() -> None:
        transport = httpx.ASGITransport(app=bank, client=("192.0.2.7", 4711))
        async with httpx.AsyncClient(transport=transport) as far:
            assert (await far.get(ROOT)).status_code == 403
            assert (await far.delete(ROOT)).status_code == 403
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=bank)) as near:
            assert (await near.get(ROOT, headers={"host": "rebound.example"})).status_code == 403
            plain = {"content-type": "text/plain"}
            assert (await near.post(ROOT, content=b'{"fault":"hang"}', headers=plain)).status_code == 415
            assert (await near.patch(ROOT)).status_code == 405
            assert (await near.put(ROOT, content=b"[" * 5000, headers={"content-type": "application/json"})).is_error
        assert bank.faults.standing == []

    run(play())


def test_a_budget_is_a_day_s_and_not_a_restart_s() -> None:
    bank, clock = new_bank()
    customer = Customer(bank)

    async def play() -> None:
        await put(customer, {"fault": "daily_budget", "step": "discovery", "value": 2})
        assert await statuses(customer, 4) == [200, 200, 429, 429]
        clock.advance(86_400)
        assert await statuses(customer, 3) == [200, 200, 429]

    run(play())

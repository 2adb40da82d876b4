"""Changes of as many rows as a user has: other requests are answered while one of them is under way."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from contract.account_things import fed, manual, movement
from contract.money_things import category
from fanlight.storage.unit import Unit
from support.world import Nexus, World

PATIENCE = 5
FOOD = category("Food & Dining")
CHANGES = [
    f"CREATE TEMP TRIGGER held_{table}_{what} BEFORE {what} ON {table} BEGIN SELECT held(); END"
    for table in ("accounts", "categories", "transaction_rules", "transactions")
    for what in ("INSERT", "UPDATE", "DELETE")
]


@contextmanager
def watched(world: World) -> Iterator[list[bool]]:
    """Whether the event loop turned while each row was changed: every change waits until it does, or long enough."""
    turned: list[bool] = []

    def held() -> None:
        has_turned = threading.Event()
        world.begin(_set(has_turned))
        turned.append(has_turned.wait(0 if False in turned else PATIENCE))

    def watch(unit: Unit) -> None:
        unit._connection.create_function("held", 0, held)
        for change in CHANGES:
            unit._connection.execute(change)

    def leave(unit: Unit) -> None:
        for change in CHANGES:
            unit._connection.execute(f"DROP TRIGGER {change.split()[3]}")

    world.unit(watch)
    yield turned
    world.unit(leave)


async def _set(event: threading.Event) -> None:
    event.set()


Story = Callable[[Nexus], tuple[str, str, Any]]


def blocks(nexus: Nexus) -> tuple[str, str, Any]:
    return "PUT", f"/accounts/{fed(nexus, 'ada')['guid']}/block", None


def merges(nexus: Nexus) -> tuple[str, str, Any]:
    return "PUT", "/accounts/merge", {"accounts": [_account(nexus), _account(nexus)]}


def deletes_an_account(nexus: Nexus) -> tuple[str, str, Any]:
    return "DELETE", f"/accounts/{_account(nexus)}", None


def makes_a_rule(nexus: Nexus) -> tuple[str, str, Any]:
    _account(nexus)
    return "POST", "/transaction_rules", _rule("Lunch")


def changes_a_rule(nexus: Nexus) -> tuple[str, str, Any]:
    return "PUT", f"/transaction_rules/{_made_rule(nexus)}", _rule("Dinner")


def deletes_a_rule(nexus: Nexus) -> tuple[str, str, Any]:
    return "DELETE", f"/transaction_rules/{_made_rule(nexus)}", None


def renames_a_category(nexus: Nexus) -> tuple[str, str, Any]:
    return "PUT", f"/categories/{_category(nexus)}", {"category": {"name": "Field shops"}}


def deletes_a_category(nexus: Nexus) -> tuple[str, str, Any]:
    return "DELETE", f"/categories/{_category(nexus)}", None


@pytest.mark.parametrize(
    "story",
    [
        blocks, merges, deletes_an_account, makes_a_rule, changes_a_rule, deletes_a_rule, renames_a_category,
        deletes_a_category,
    ],
)  # fmt: skip
def test_the_loop_turns_while_many_rows_are_changed(world: World, nexus: Nexus, story: Story) -> None:
    method, path, body = story(nexus)
    with watched(world) as turned:
        response = nexus.send(method, path, body)
    assert response.status_code in (200, 204), response.text
    assert turned
    assert all(turned)


def _account(nexus: Nexus) -> str:
    account = str(manual(nexus)["guid"])
    movement(nexus, account, 12.5, "2026-07-01")
    return account


def _rule(description: str) -> dict[str, Any]:
    words = {"match_description": "lunch", "category_guid": FOOD, "description": description}
    return {"transaction_rule": words}


def _made_rule(nexus: Nexus) -> str:
    _account(nexus)
    return str(nexus.ok("POST", "/transaction_rules", _rule("Lunch"))["transaction_rule"]["guid"])


def _category(nexus: Nexus) -> str:
    made = nexus.ok("POST", "/categories", {"category": {"name": "Farm shops", "parent_guid": FOOD}})
    return str(made["category"]["guid"])

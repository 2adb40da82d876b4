"""Random bodies for budgets, goals and the profile: refused in the form of an error or taken, and lists stay sound."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.account_things import manual
from contract.bad import refused
from contract.budget_things import budget, contribute, goal
from contract.test_fuzz import FUZZ, JSON, TEXTS
from fanlight.api.nexus.budgets import BudgetBody
from fanlight.api.nexus.cash_flow_profile import ProfileBody
from fanlight.api.nexus.goals import GoalBody
from support.world import Nexus, World

CODES = (4000, 4001, 4040, 4220)
FEWER = settings(FUZZ, max_examples=60)


class Planner(NamedTuple):
    """A user with a budget and two goals."""

    nexus: Nexus
    budget: str
    goals: tuple[str, str]
    account: str


@pytest.fixture(scope="module")
def planner(world: World) -> Planner:
    nexus = world.user("planner")
    contribute(nexus)
    account = str(manual(nexus)["guid"])
    made = goal(nexus, account)["guid"], goal(nexus, account)["guid"]
    return Planner(nexus, budget(nexus, "Food & Dining", 100)["guid"], made, account)


def _bodies(root: str, names: tuple[str, ...]) -> st.SearchStrategy[Any]:
    fields = st.dictionaries(st.sampled_from(names) | TEXTS, JSON, max_size=8)
    return fields | fields.map(lambda held: {root: held}) | fields.map(lambda held: {root: [held]}) | JSON


def _send(nexus: Nexus, method: str, path: str, body: Any) -> None:
    response = nexus.send(method, path, body)
    assert response.status_code < 500, response.text
    if response.status_code != 200:
        refused(response, *CODES)


@FEWER
@given(body=_bodies("budget", BudgetBody.__struct_fields__))
def test_budgets_are_taken_or_refused(planner: Planner, body: Any) -> None:
    _send(planner.nexus, "POST", "/budgets", body)
    _send(planner.nexus, "PUT", f"/budgets/{planner.budget}", body)
    assert planner.nexus.get("/budgets").status_code == 200


@FEWER
@given(body=_bodies("goal", GoalBody.__struct_fields__), knows=st.booleans())
def test_goals_are_taken_or_refused(planner: Planner, body: Any, knows: bool) -> None:
    if knows and isinstance(body, dict):
        body |= {"account_guid": planner.account, "goal_type_name": "SAVE_AMOUNT", "meta_type_name": "OTHER"}
    _send(planner.nexus, "POST", "/goals", body)
    _send(planner.nexus, "PUT", f"/goals/{planner.goals[0]}", body)
    found = planner.nexus.ok("GET", "/goals")["goals"]
    assert [each["position"] for each in found] == list(range(1, len(found) + 1))


@FEWER
@given(data=st.data())
def test_places_are_taken_or_refused(planner: Planner, data: st.DataObject) -> None:
    guids = st.sampled_from(planner.goals) | JSON
    places = st.integers(-1, 3) | JSON
    entry = st.fixed_dictionaries({}, optional={"guid": guids, "position": places}) | JSON
    _send(planner.nexus, "PUT", "/goals/reposition", {"goals": data.draw(st.lists(entry, max_size=4) | JSON)})
    found = planner.nexus.ok("GET", "/goals")["goals"]
    assert [each["position"] for each in found] == list(range(1, len(found) + 1))


@FEWER
@given(body=_bodies("monthly_cash_flow_profile", ProfileBody.__struct_fields__))
def test_contributions_are_taken_or_refused(planner: Planner, body: Any) -> None:
    _send(planner.nexus, "PUT", "/monthly_cash_flow_profile", body)
    assert planner.nexus.get("/monthly_cash_flow_profile").status_code == 200

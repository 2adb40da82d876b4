"""Goals against real accounts: places without gaps whatever is done, money in their order, reached when it is there."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.account_things import manual
from contract.budget_things import budget, contribute, debt, goal
from fanlight.base.clock import DAY
from support.world import Nexus, World

BODY = {"amount": 1000, "goal_type_name": "SAVE_AMOUNT", "meta_type_name": "OTHER", "name": "x"}
ACTIONS = st.lists(st.tuples(st.sampled_from(("make", "place", "delete", "all")), st.integers(1, 9)), max_size=8)


def goals(nexus: Nexus) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = nexus.ok("GET", "/goals")["goals"]
    assert [each["position"] for each in found] == list(range(1, len(found) + 1))
    return found


def names(nexus: Nexus) -> str:
    return "".join(each["name"] for each in goals(nexus))


def put(nexus: Nexus, guid: str, **fields: Any) -> dict[str, Any]:
    answer: dict[str, Any] = nexus.ok("PUT", f"/goals/{guid}", {"goal": fields})["goal"]
    return answer


def balance(nexus: Nexus, account: str, amount: float) -> None:
    nexus.ok("PUT", f"/accounts/{account}", {"account": {"balance": amount}})


def again(world: World, name: str, *, days: int = 0) -> Nexus:
    """The user's session after some days."""
    world.clock.advance(days * DAY)
    return Nexus(world, world.session(world.api_token(name)))


@pytest.fixture
def account(nexus: Nexus) -> str:
    contribute(nexus)
    return str(manual(nexus)["guid"])


def test_places_have_no_gaps(nexus: Nexus, account: str) -> None:
    guids = {name: goal(nexus, account, name=name)["guid"] for name in "abc"}
    assert names(nexus) == "abc"
    guids["d"] = goal(nexus, account, name="d", position=2)["guid"]
    guids["e"] = goal(nexus, account, name="e", position=99)["guid"]
    assert names(nexus) == "adbce"

    assert put(nexus, guids["a"], position=4)["position"] == 4
    assert put(nexus, guids["e"], position=1)["position"] == 1
    assert put(nexus, guids["d"], position=500)["position"] == 5
    assert names(nexus) == "ebcad"

    assert nexus.send("DELETE", f"/goals/{guids['b']}").status_code == 204
    assert names(nexus) == "ecad"

    asked = [{"guid": guids[name], "position": place} for name, place in (("a", 1), ("d", 2), ("c", 3), ("e", 4))]
    assert nexus.ok("PUT", "/goals/reposition", {"goals": asked})["goals"] == goals(nexus)
    assert names(nexus) == "adce"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_places_are_1_to_n_whatever_is_done(nexus: Nexus, account: str, actions: list[tuple[str, int]]) -> None:
    for each in goals(nexus):
        nexus.send("DELETE", f"/goals/{each['guid']}")
    known: list[str] = []
    for action, number in actions:
        _act(nexus, account, known, action, number)
        assert [each["guid"] for each in goals(nexus)] == known


def _act(nexus: Nexus, account: str, known: list[str], action: str, number: int) -> None:
    """Do something, and the same to a plain list."""
    if action == "make" or not known:
        known.insert(number - 1, goal(nexus, account, position=number)["guid"])
        return
    guid = known[number % len(known)]
    if action == "all":
        known.sort(reverse=number > 4)
        asked = [{"guid": each, "position": place} for place, each in enumerate(known, 1)]
        nexus.ok("PUT", "/goals/reposition", {"goals": asked[::-1]})
        return
    known.remove(guid)
    if action == "place":
        known.insert(number - 1, guid)
        put(nexus, guid, position=number)
    else:
        assert nexus.send("DELETE", f"/goals/{guid}").status_code == 204


def test_a_list_that_does_not_fit_changes_nothing(nexus: Nexus, account: str) -> None:
    first, second = (goal(nexus, account, name=name)["guid"] for name in "ab")
    before = goals(nexus)
    for places in (
        [(second, 1)],
        [(second, 1), (second, 2)],
        [(second, 1), (second, 2), (first, 3)],
        [(second, 1), (first, 1)],
        [(second, 2), (first, 3)],
    ):
        asked = [{"guid": guid, "position": place} for guid, place in places]
        assert nexus.send("PUT", "/goals/reposition", {"goals": asked}).status_code == 422
        assert goals(nexus) == before


def test_goals_need_something_that_is_given_to_them(nexus: Nexus) -> None:
    body = {"goal": BODY | {"account_guid": str(manual(nexus)["guid"])}}
    refused = nexus.send("POST", "/goals", body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, 4220)
    assert "goals_contribution" in refused.json()["error"]["message"]
    assert goals(nexus) == []

    budget(nexus, "Income", 1000)
    made = nexus.ok("POST", "/goals", body)["goal"]
    assert made["projected_to_complete_at"] == "2026-09-02T00:00:00+00:00"

    profile = {"goals_contribution": 0, "uses_estimated_goals_contribution": False}
    nexus.ok("PUT", "/monthly_cash_flow_profile", {"monthly_cash_flow_profile": profile})
    assert nexus.send("PUT", f"/goals/{made['guid']}", {"goal": {"name": "y"}}).status_code == 422
    assert [(each["name"], each["projected_to_complete_at"]) for each in goals(nexus)] == [("x", None)]
    nexus.ok("PUT", "/monthly_cash_flow_profile", {"uses_estimated_goals_contribution": True})
    assert put(nexus, made["guid"], name="y")["name"] == "y"
    assert nexus.send("DELETE", f"/goals/{made['guid']}").status_code == 204


def test_projections_follow_places_and_balances(nexus: Nexus, account: str) -> None:
    other = str(manual(nexus, balance=0)["guid"])
    goal(nexus, account, 350)
    second = goal(nexus, other, 100)
    assert [each["projected_to_complete_at"][:10] for each in goals(nexus)] == ["2026-11-02", "2026-12-02"]

    put(nexus, second["guid"], position=1)
    assert [each["projected_to_complete_at"][:10] for each in goals(nexus)] == ["2026-09-02", "2026-12-02"]
    balance(nexus, account, 300)
    assert [each["current_amount"] for each in goals(nexus)] == [0.0, 300.0]
    assert [each["projected_to_complete_at"][:10] for each in goals(nexus)] == ["2026-09-02", "2026-10-02"]
    contribute(nexus, 1000)
    assert [each["projected_to_complete_at"][:10] for each in goals(nexus)] == ["2026-09-02", "2026-09-02"]


def test_a_goal_is_complete_once_it_is_reached_and_stays_so(own_world: World) -> None:
    nexus = own_world.user("saver")
    contribute(nexus)
    account = str(manual(nexus)["guid"])
    made = goal(nexus, account, 500)
    assert (made["current_amount"], made["is_complete"], made["completed_at"]) == (100.0, False, None)

    nexus = again(own_world, "saver", days=3)
    balance(nexus, account, 500)
    (reached,) = goals(nexus)
    assert (reached["current_amount"], reached["is_complete"]) == (500.0, True)
    assert (reached["completed_at"], reached["projected_to_complete_at"]) == ("2026-08-05T12:00:00+00:00", None)

    nexus = again(own_world, "saver", days=3)
    balance(nexus, account, 20)
    (after,) = goals(nexus)
    assert (after["current_amount"], after["is_complete"], after["completed_at"]) == (
        20.0,
        True,
        reached["completed_at"],
    )
    assert put(nexus, made["guid"], has_been_spent=True)["current_amount"] == 500.0

    reopened = put(nexus, made["guid"], is_complete=False, has_been_spent=False)
    assert (reopened["is_complete"], reopened["completed_at"], reopened["current_amount"]) == (False, None, 20.0)


def test_a_debt_is_paid_off_from_where_it_began(nexus: Nexus, account: str) -> None:
    card = debt(nexus, 500)
    made = goal(nexus, card, 300, goal_type_name="PAYOFF")
    assert (made["current_amount"], made["track_type_name"]) == (0.0, "DEBT_TRACK")
    balance(nexus, card, 350)
    assert goals(nexus)[0]["current_amount"] == 150.0
    balance(nexus, card, 200)
    assert (goals(nexus)[0]["current_amount"], goals(nexus)[0]["is_complete"]) == (300.0, True)


def test_a_debt_that_nobody_knows_is_not_paid_off(nexus: Nexus, account: str) -> None:
    card = str(manual(nexus, name="Card", account_type=4, balance=None)["guid"])
    made = goal(nexus, card, 300, goal_type_name="PAYOFF")
    assert (made["current_amount"], made["is_complete"]) == (0.0, False)
    balance(nexus, card, 500)
    assert (goals(nexus)[0]["current_amount"], goals(nexus)[0]["is_complete"]) == (0.0, False)
    balance(nexus, card, 400)
    assert goals(nexus)[0]["current_amount"] == 100.0  # of the 500 that were known first


def test_what_is_there_already_is_complete_at_once(nexus: Nexus, account: str) -> None:
    made = goal(nexus, account, 100)
    assert (made["is_complete"], made["completed_at"]) == (True, "2026-08-02T12:00:00+00:00")
    assert put(nexus, made["guid"], is_complete=False)["is_complete"] is True


def test_a_goal_is_seen_while_its_account_is_there(world: World, nexus: Nexus, account: str) -> None:
    gone = str(manual(nexus)["guid"])
    goal(nexus, gone, name="a")
    goal(nexus, account, name="b")
    assert nexus.send("DELETE", f"/accounts/{gone}").status_code == 204
    assert names(nexus) == "b"
    goal(nexus, account, name="c")
    assert names(nexus) == "bc"

    other = world.user("another-of-goals")
    contribute(other)
    for body in (BODY | {"account_guid": account}, BODY | {"account_guid": gone}):
        assert other.send("POST", "/goals", {"goal": body}).status_code == 422
    assert nexus.send("POST", "/goals", {"goal": BODY | {"account_guid": gone}}).status_code == 422
    assert goals(other) == []

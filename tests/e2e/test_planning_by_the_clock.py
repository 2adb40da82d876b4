"""Planning by the clock: a day that begins is planned without being asked, and what was told long ago goes."""

from fanlight.base.clock import DAY, date_of
from fanlight.planning import staleness
from support.world import Nexus, World


def as_of(world: World, name: str) -> str:
    found = world.rows("SELECT as_of FROM plannings JOIN users ON users.id = user_id WHERE external_id = ?", name)
    return str(found[0][0]) if found else ""


def test_the_sweep_plans_a_day_that_began(own_world: World) -> None:
    nexus = own_world.user("sleeper")
    nexus.connect()
    nexus.ok("POST", "/spending_plans")
    nexus.ok("GET", "/insights")
    own_world.clock.advance(70 * DAY)
    own_world.run(own_world.runtime.sweep())
    assert as_of(own_world, "sleeper") == date_of(own_world.clock()).isoformat()
    assert own_world.rows("SELECT count(*) FROM spending_plan_iterations") == [(3,)]


def test_a_day_begins_where_the_client_is(own_world: World) -> None:
    own_world.rows("UPDATE clients SET time_zone = 'Pacific/Auckland'")
    nexus = own_world.user("kiwi")
    nexus.ok("GET", "/budgets")
    assert as_of(own_world, "kiwi") == "2026-08-03"
    own_world.rows("UPDATE clients SET time_zone = 'America/New_York'")
    nexus.ok("GET", "/budgets")
    assert as_of(own_world, "kiwi") == "2026-08-02"


def test_what_was_told_long_ago_goes(own_world: World) -> None:
    nexus = own_world.user("told")
    nexus.connect()
    nexus.ok("GET", "/insights")
    counts = (
        "SELECT (SELECT count(*) FROM insights), (SELECT count(*) FROM notifications), (SELECT count(*) FROM outbox)"
    )
    before = own_world.rows(counts)[0]
    assert all(before)

    own_world.clock.advance(own_world.runtime.settings.outbox_retention)
    own_world.run(own_world.runtime.sweep())
    now = own_world.clock()
    assert own_world.rows("SELECT count(*) FROM outbox WHERE created_at < ?", now) == [(0,)]
    assert own_world.rows("SELECT count(*) FROM insights WHERE created_at < ?", now)[0][0] >= before[0]

    own_world.clock.advance(own_world.runtime.settings.told_retention)
    own_world.run(own_world.runtime.sweep())
    now = own_world.clock()
    for table in ("insights", "notifications", "deliverables"):
        assert own_world.rows(f"SELECT count(*) FROM {table} WHERE created_at < ?", now) == [(0,)], table


def test_where_it_fails_what_is_there_serves_and_nobody_else_is_kept_waiting(own_world: World) -> None:
    broken, whole = own_world.user("broken"), own_world.user("whole")
    broken.connect()
    before = broken.ok("GET", "/scheduled_payments")
    assert before["scheduled_payments"]
    kept = own_world.rows("SELECT id, cadence FROM series")
    own_world.rows("UPDATE series SET cadence = 99")
    whole.ok("GET", "/budgets")

    own_world.clock.advance(DAY)
    own_world.run(own_world.runtime.sweep())
    broken = Nexus(own_world, own_world.session(own_world.api_token("broken")))
    assert broken.ok("GET", "/scheduled_payments") == before
    assert as_of(own_world, "broken") == "2026-08-02"
    assert as_of(own_world, "whole") == "2026-08-03"

    for key, cadence in kept:
        own_world.rows("UPDATE series SET cadence = ? WHERE id = ?", cadence, key)
    own_world.clock.advance(staleness.PUT_OFF)
    own_world.run(own_world.runtime.sweep())
    assert as_of(own_world, "broken") == "2026-08-03"


def test_what_was_never_up_to_date_is_put_off_too(own_world: World) -> None:
    nexus = own_world.user("never")
    (key,) = own_world.rows("SELECT id FROM users WHERE external_id = 'never'")[0]
    now = own_world.clock()
    own_world.unit(staleness.put_off, key, now=now)
    assert own_world.unit(staleness.is_fresh, key, now)
    assert not own_world.unit(staleness.is_fresh, key, now + staleness.PUT_OFF)
    assert nexus.ok("GET", "/budgets") == {"budgets": []}
    assert not own_world.unit(staleness.is_fresh, key, now - staleness.PUT_OFF)


def test_what_is_put_off_is_tried_again_when_anything_changes(own_world: World) -> None:
    nexus = own_world.user("again")
    nexus.ok("POST", "/accounts", {"account": {"name": "Jar", "account_type": 2, "balance": 1}})
    (key,) = own_world.rows("SELECT id FROM users WHERE external_id = 'again'")[0]
    now = own_world.clock()
    for _ in range(2):
        own_world.unit(staleness.put_off, key, now=now)
        assert own_world.unit(staleness.is_fresh, key, now)
        assert own_world.unit(staleness.behind, now, most=10) == []
        nexus.ok("POST", "/accounts", {"account": {"name": "Box", "account_type": 2, "balance": 1}})
        assert not own_world.unit(staleness.is_fresh, key, now)
        assert own_world.unit(staleness.behind, now, most=10) == [key]
    nexus.ok("GET", "/budgets")
    assert own_world.rows("SELECT count(*) FROM stale") == [(0,)]


def test_who_is_gone_has_nothing_to_be_planned(own_world: World) -> None:
    own_world.run(own_world.runtime.planning.of_user(10**6))
    assert own_world.rows("SELECT count(*) FROM plannings WHERE user_id = ?", 10**6) == [(0,)]


def test_both_kinds_of_those_who_wait_have_their_share(own_world: World) -> None:
    begun, changed = (
        [own_world.user(f"begun-{n}") for n in range(4)],
        [own_world.user(f"changed-{n}") for n in range(4)],
    )
    for nexus in begun:
        nexus.ok("GET", "/budgets")
    for nexus in changed:
        nexus.ok("POST", "/accounts", {"account": {"name": "Jar", "account_type": 2, "balance": 1}})
    now = own_world.clock() + DAY
    names = dict(own_world.rows("SELECT id, external_id FROM users"))
    found = [names[key] for key in own_world.unit(staleness.behind, now, most=4)]
    assert sorted(name.partition("-")[0] for name in found) == ["begun", "begun", "changed", "changed"]
    assert len(own_world.unit(staleness.behind, now, most=100)) == 8


def test_a_zone_that_is_unknown_here_is_utc(own_world: World) -> None:
    own_world.rows("UPDATE clients SET time_zone = 'Nowhere/Land'")
    nexus = own_world.user("lost")
    nexus.ok("GET", "/budgets")
    assert as_of(own_world, "lost") == "2026-08-02"

"""Planning by the clock: a day that begins is planned without being asked, and what was told long ago goes."""

from fanlight.base.clock import DAY, date_of
from support.world import Nexus, World


def as_of(world: World, nexus: Nexus) -> str:
    user = nexus.ok("GET", "/user")["user"]["guid"]
    found = world.rows("SELECT as_of FROM plannings JOIN users ON users.id = user_id WHERE users.guid = ?", user)
    return str(found[0][0]) if found else ""


def test_the_sweep_plans_a_day_that_began(own_world: World) -> None:
    nexus = own_world.user("sleeper")
    nexus.connect()
    nexus.ok("POST", "/spending_plans")
    nexus.ok("GET", "/insights")
    own_world.clock.advance(70 * DAY)
    own_world.run(own_world.runtime.sweep())
    again = Nexus(own_world, own_world.session(own_world.api_token("sleeper")))
    assert as_of(own_world, again) == date_of(own_world.clock()).isoformat()
    assert own_world.rows("SELECT count(*) FROM spending_plan_iterations") == [(3,)]


def test_a_day_begins_where_the_client_is(own_world: World) -> None:
    own_world.rows("UPDATE clients SET time_zone = 'Pacific/Auckland'")
    nexus = own_world.user("kiwi")
    nexus.ok("GET", "/budgets")
    assert as_of(own_world, nexus) == "2026-08-03"
    own_world.rows("UPDATE clients SET time_zone = 'America/New_York'")
    nexus.ok("GET", "/budgets")
    assert as_of(own_world, nexus) == "2026-08-02"


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

"""What is to be done at one bank keeps no other waiting: jobs and revocations of a bank are in its own lane."""

from support import logins
from support.world import World


def test_revocations_wait_for_their_own_bank_alone(own_world: World) -> None:
    nexus = own_world.nexus
    guids = [nexus.connect("ada", code, skip_aggregation=True)["guid"] for code in ("mx_bank_oauth", "mxcu_oauth")]
    own_world.run(own_world.runtime.queue.stop())
    for guid in guids:
        nexus.ok("DELETE", f"/members/{guid}")
    lanes = [f"institution:{_key(own_world, code)}" for code in ("mx_bank_oauth", "mxcu_oauth")]
    assert own_world.rows("SELECT kind, lane FROM tasks ORDER BY id") == [("revoke_grant", lane) for lane in lanes]


def test_jobs_of_a_bank_are_in_its_lane(own_world: World) -> None:
    own_world.run(own_world.runtime.queue.stop())
    logins.sign_in(own_world.nexus)
    lane = f"institution:{_key(own_world, 'mxbank')}"
    assert own_world.rows("SELECT kind, lane FROM tasks") == [("job", lane)]


def _key(world: World, code: str) -> int:
    ((key,),) = world.rows("SELECT id FROM institutions WHERE code = ?", code)
    return int(key)

"""Members with a login at a bank that speaks OFX: made, asked, answered, and waited for."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fanlight.core import institutions, jobs
from fanlight.core.connection_status import NEEDS_CREDENTIALS, Status, message
from fanlight.core.institutions import Credential, Entry, Institution
from fanlight.storage.unit import Unit
from support.world import PATIENCE, Nexus, World

LOGIN = "CRD-9f61fb4c-912c-bd1e-b175-ccc7f0275cc1"
PASSWORD = "CRD-e3d7ea81-aac7-05e9-fbdd-4b493c6e474d"


def login(password: str, username: str = "mxuser") -> list[dict[str, str]]:
    """The credentials of a member at `mxbank`, as a client sends them."""
    return [{"credential_guid": LOGIN, "value": username}, {"credential_guid": PASSWORD, "value": password}]


def sign_in(nexus: Nexus, password: str = "anything", username: str = "mxuser", **fields: Any) -> dict[str, Any]:
    """A new member at `mxbank`, as the answer to its creation shows it."""
    body = {"institution_guid": nexus.world.institutions["mxbank"], "credentials": login(password, username), **fields}
    answer: dict[str, Any] = nexus.ok("POST", "/members", {"member": body})["member"]
    return answer


def signed_in(nexus: Nexus, password: str = "anything", username: str = "mxuser", **fields: Any) -> dict[str, Any]:
    """The same member once its job has ended or asks something."""
    return rested(nexus, sign_in(nexus, password, username, **fields)["guid"])


def rested(nexus: Nexus, guid: str) -> dict[str, Any]:
    """The member once nothing runs, or its job waits for an answer."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        member = nexus.read(guid)
        if not member["is_being_aggregated"] or member["connection_status"] == "CHALLENGED":
            return member
        time.sleep(0.01)
    raise AssertionError(f"the job goes on and on: {member}")


def look(nexus: Nexus, guid: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A member with its most recent job, both of one moment; what must be true of them at any moment is."""
    member = nexus.read(guid)
    while True:
        found = job(nexus, member) if member["most_recent_job_guid"] else None
        unchanged = nexus.read(guid)
        if unchanged == member:
            break
        assert unchanged["revision"] > member["revision"]
        member = unchanged
    status = Status[member["connection_status"]]
    assert member["connection_status_id"] == status
    assert member["connection_status_message"] == message(status, member["name"], is_oauth=member["is_oauth"])
    assert member["needs_updated_credentials"] == (status in NEEDS_CREDENTIALS)
    assert member["is_being_aggregated"] == (found is not None and found["finished_at"] is None)
    if found is not None:
        assert found["status_name"] == jobs.Status(found["status"]).name
        assert (found["finished_at"] is not None) == jobs.Status(found["status"]).is_final
        assert (found["status_name"] == "CHALLENGED") == (status == Status.CHALLENGED)
    return member, found


def job(nexus: Nexus, member: dict[str, Any]) -> dict[str, Any]:
    """The member's most recent job."""
    found: dict[str, Any] = nexus.ok("GET", f"/jobs/{member['most_recent_job_guid']}")["job"]
    return found


def asked(nexus: Nexus, guid: str) -> list[dict[str, Any]]:
    """The challenges of a member."""
    found: list[dict[str, Any]] = nexus.ok("GET", f"/members/{guid}/challenges")["challenges"]
    return found


def answer(nexus: Nexus, guid: str, *values: str) -> dict[str, Any]:
    """Answer every challenge in its order, the last value for those that are left; the member once it rests."""
    challenges = asked(nexus, guid)
    given = [values[min(place, len(values) - 1)] for place in range(len(challenges))]
    body = [{"guid": each["guid"], "value": value} for each, value in zip(challenges, given, strict=True)]
    resumed = nexus.ok("PUT", f"/members/{guid}/resume", {"challenges": body})["member"]
    assert (resumed["connection_status"], resumed["is_being_aggregated"]) == ("RESUMED", True)
    return rested(nexus, guid)


def again(nexus: Nexus, guid: str, what: str = "aggregate") -> dict[str, Any]:
    """Start a job that must begin; the member once it rests."""
    nexus.ok("POST", f"/members/{guid}/{what}")
    return rested(nexus, guid)


def change(nexus: Nexus, guid: str, password: str, username: str = "mxuser", **fields: Any) -> dict[str, Any]:
    """Give a member another login; the member once it rests."""
    nexus.ok("PUT", f"/members/{guid}", {"member": {"credentials": login(password, username), **fields}})
    return rested(nexus, guid)


def invented(world: World, code: str, *, is_test: bool = False) -> Institution:
    """An institution at the simulated bank's OFX that an operator has added, throttled like any real one."""

    def put(unit: Unit) -> Institution:
        known = institutions.by_code(unit, "mxbank")
        entry = Entry(
            guid=f"INS-{code}",
            code=code,
            name=code,
            protocol="ofx",
            details=known.details.replace("/mxbank/ofx", f"/{code}/ofx"),
            supports_account_verification=True,
            supports_transaction_history=True,
            is_test=is_test,
        )
        institution = institutions.put(unit, entry, now=world.clock())
        for order, (name, kind) in enumerate((("LOGIN", 3), ("PASSWORD", 1)), 1):
            now = world.clock()
            field = Credential(0, f"CRD-{code}-{order}", name, kind, name.title(), order, now, now)
            institutions.add_credential(unit, institution.id, field)
        return institution

    made: Institution = world.unit(put)
    return made


def sign_in_at(nexus: Nexus, code: str, password: str = "anything", **fields: Any) -> dict[str, Any]:
    """A new member at an invented institution, as the answer to its creation shows it."""
    given = [{"guid": f"CRD-{code}-1", "value": "somebody"}, {"guid": f"CRD-{code}-2", "value": password}]
    body = {"member": {"institution_guid": f"INS-{code}", "credentials": given, **fields}}
    answer: dict[str, Any] = nexus.ok("POST", "/members", body)["member"]
    return answer


def swap_bank(world: World, *, is_down: bool) -> None:
    """Turn every institution to an address where nobody answers, or back to the bank."""
    there, nowhere = world.ready["bank"], "http://127.0.0.1:9"
    before, after = (there, nowhere) if is_down else (nowhere, there)
    world.rows("UPDATE institutions SET details = replace(details, ?, ?)", before, after)


@contextmanager
def bank_down(world: World) -> Iterator[None]:
    """Nobody answers at the bank's address for a while."""
    swap_bank(world, is_down=True)
    try:
        yield
    finally:
        swap_bank(world, is_down=False)


def renew(nexus: Nexus, user: str = "sandbox-user") -> None:
    """Open a fresh session, after the clock has gone past the old one's end; nothing is started by it."""
    world = nexus.world
    headers = {"MD-API-TOKEN": world.api_token(user)}
    body = {"session": {"skip_aggregation": True}}
    response = world.http.post(f"{world.url}/sessions", json=body, headers=headers)
    assert response.status_code == 200, response.text
    nexus.token = str(response.json()["session"]["token"])

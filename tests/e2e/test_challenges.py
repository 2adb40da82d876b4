"""Challenges in the middle of a job: documented passwords and answers, every way to answer, time running out."""

from pathlib import Path
from typing import Any

import pytest

from support import logins
from support.processes import until
from support.world import Nexus, World, running

# Password -> the member's status, the job's, and why the job ended.
PASSWORDS = {
    "anything else": ("CONNECTED", "COMPLETED", None),
    "Challenge": ("CONNECTED", "COMPLETED", None),
    "challenge": ("CHALLENGED", "CHALLENGED", None),
    "options": ("CHALLENGED", "CHALLENGED", None),
    "image": ("CHALLENGED", "CHALLENGED", None),
    "image_options": ("CHALLENGED", "CHALLENGED", None),
    "token": ("CHALLENGED", "CHALLENGED", None),
    "two_questions": ("CHALLENGED", "CHALLENGED", None),
    "html": ("CHALLENGED", "CHALLENGED", None),
    "BAD_REQUEST": ("FAILED", "HALTED", None),
    "UNAUTHORIZED": ("DENIED", "DENIED", 2005),
    "INVALID": ("DENIED", "DENIED", 2005),
    "DISABLED": ("DENIED", "DENIED", 2005),
    "LOCKED": ("LOCKED", "DENIED", 1002),
    "SERVER_ERROR": ("FAILED", "HALTED", 3002),
    "UNAVAILABLE": ("FAILED", "HALTED", 3002),
    "terms": ("IMPEDED", "HALTED", 1002),
    "huge_image": ("FAILED", "HALTED", None),
}
ANSWERS = {
    "correct": ("CONNECTED", "COMPLETED", None),
    "challenge": ("CHALLENGED", "CHALLENGED", None),
    "options": ("CHALLENGED", "CHALLENGED", None),
    "image": ("CHALLENGED", "CHALLENGED", None),
    "Correct": ("REJECTED", "DENIED", 2002),
    "any other text": ("REJECTED", "DENIED", 2002),
    "DISABLED": ("DENIED", "DENIED", 2005),
    "SERVER_ERROR": ("FAILED", "HALTED", 3002),
    "UNAVAILABLE": ("FAILED", "HALTED", 3002),
}
TYPES = {
    "challenge": "TEXT",
    "options": "OPTIONS",
    "image": "IMAGE_DATA",
    "image_options": "IMAGE_OPTIONS",
    "token": "TOKEN",
}
CHOICES = ["image", "options", "challenge", "wrong answer", "correct"]
LIFETIME = 600


def _ends(nexus: Nexus, member: dict[str, Any]) -> tuple[str, str, int | None]:
    job = logins.job(nexus, member)
    assert member["is_being_aggregated"] == (job["finished_at"] is None)
    return member["connection_status"], job["status_name"], job["error_message_code"]


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_documented_password_does_what_it_says(nexus: Nexus, password: str) -> None:
    member = logins.signed_in(nexus, password)

    assert _ends(nexus, member) == PASSWORDS[password]
    assert member["needs_updated_credentials"] == (member["connection_status"] == "DENIED")


@pytest.mark.parametrize("value", ANSWERS)
def test_a_documented_answer_does_what_it_says(nexus: Nexus, value: str) -> None:
    member = logins.signed_in(nexus, "challenge")

    after = logins.answer(nexus, member["guid"], value)

    assert _ends(nexus, after) == ANSWERS[value]
    assert after["most_recent_job_guid"] == member["most_recent_job_guid"]
    assert len(logins.asked(nexus, member["guid"])) == (ANSWERS[value][0] == "CHALLENGED")


@pytest.mark.parametrize("password", TYPES)
def test_every_type_of_challenge_is_asked_and_answered(nexus: Nexus, password: str) -> None:
    member = logins.signed_in(nexus, password)

    (asked,) = logins.asked(nexus, member["guid"])

    assert asked["type"] == TYPES[password]
    assert asked["label"] == asked["field_name"]
    assert bool(asked["options"]) == (password == "options")
    assert bool(asked["image_options"]) == (password == "image_options")
    assert (asked["image_data"] or "").startswith("data:image/png;base64,") == (password == "image")
    assert logins.answer(nexus, member["guid"], "correct")["connection_status"] == "CONNECTED"
    assert logins.asked(nexus, member["guid"]) == []


@pytest.mark.parametrize("key", ["guid", "label", "value"])
@pytest.mark.parametrize("password", ["options", "image_options"])
def test_a_choice_is_answered_by_any_of_its_names(nexus: Nexus, password: str, key: str) -> None:
    member = logins.signed_in(nexus, password)
    (asked,) = logins.asked(nexus, member["guid"])
    offered = asked[password]
    assert [option["value"] for option in offered] == CHOICES
    pictures = {option.get("data_uri") for option in offered}
    assert len(pictures) == (5 if password == "image_options" else 1)

    after = logins.answer(nexus, member["guid"], offered[4][key])

    assert after["connection_status"] == "CONNECTED"


@pytest.mark.parametrize("choice", ["wrong answer", "image", "options", "challenge"])
def test_another_choice_does_what_its_word_says(nexus: Nexus, choice: str) -> None:
    member = logins.signed_in(nexus, "options")

    after = logins.answer(nexus, member["guid"], choice)

    assert after["connection_status"] == ("REJECTED" if choice == "wrong answer" else "CHALLENGED")


def test_rounds_go_on_until_the_bank_is_content(nexus: Nexus) -> None:
    member = logins.signed_in(nexus, "challenge")
    guid, seen = member["guid"], []
    for value in ("options", "image", "challenge", "correct"):
        (asked,) = logins.asked(nexus, guid)
        seen.append((asked["guid"], asked["type"]))
        member = logins.answer(nexus, guid, value)
    assert [kind for _, kind in seen] == ["TEXT", "OPTIONS", "IMAGE_DATA", "TEXT"]
    assert len({name for name, _ in seen}) == 4
    assert _ends(nexus, member) == ("CONNECTED", "COMPLETED", None)
    assert logins.job(nexus, member)["is_authenticated"] is True


def test_all_questions_of_a_round_must_be_right(nexus: Nexus) -> None:
    member = logins.signed_in(nexus, "two_questions")
    assert [each["type"] for each in logins.asked(nexus, member["guid"])] == ["TEXT", "TEXT"]
    assert logins.answer(nexus, member["guid"], "correct", "wrong")["connection_status"] == "REJECTED"
    assert logins.again(nexus, member["guid"])["connection_status"] == "CHALLENGED"
    assert logins.answer(nexus, member["guid"], "correct")["connection_status"] == "CONNECTED"


def test_a_round_that_is_half_answered_waits_for_the_rest(nexus: Nexus) -> None:
    guid = logins.signed_in(nexus, "two_questions")["guid"]
    first, second = logins.asked(nexus, guid)
    half = nexus.send("PUT", f"/members/{guid}/resume", {"challenges": [{"guid": first["guid"], "value": "correct"}]})
    assert (half.status_code, half.json()["error"]["code"]) == (400, 4001)
    assert second["guid"] in half.json()["error"]["message"]
    assert nexus.read(guid)["connection_status"] == "CHALLENGED"
    assert logins.answer(nexus, guid, "correct")["connection_status"] == "CONNECTED"


def test_markup_in_a_question_arrives_as_it_is(nexus: Nexus) -> None:
    member = logins.signed_in(nexus, "html")
    (asked,) = logins.asked(nexus, member["guid"])
    assert asked["label"] == '<b>City</b> & "state"?<script>alert(1)</script>'


def test_a_wrong_code_has_a_number_of_its_own(nexus: Nexus) -> None:
    member = logins.signed_in(nexus, "token")
    assert _ends(nexus, logins.answer(nexus, member["guid"], "000000")) == ("REJECTED", "DENIED", 2001)


def test_a_rejected_member_is_asked_anew(nexus: Nexus) -> None:
    guid = logins.signed_in(nexus, "challenge")["guid"]
    (first,) = logins.asked(nexus, guid)
    rejected = logins.answer(nexus, guid, "wrong")
    late = nexus.send("PUT", f"/members/{guid}/resume", {"challenges": [{"guid": first["guid"], "value": "correct"}]})
    assert (late.status_code, late.headers["allow"]) == (405, "PUT")
    asked = logins.again(nexus, guid)
    assert asked["most_recent_job_guid"] != rejected["most_recent_job_guid"]
    assert logins.answer(nexus, guid, "correct")["connection_status"] == "CONNECTED"


def test_the_older_update_answers_and_resumes(nexus: Nexus) -> None:
    guid = logins.signed_in(nexus, "two_questions")["guid"]
    given = [{"credential_guid": each["guid"], "value": "correct"} for each in logins.asked(nexus, guid)]
    body = {"member": {"credentials": given, "metadata": "kept", "skip_aggregation": True}}

    updated = nexus.ok("PUT", f"/members/{guid}", body)["member"]

    assert (updated["connection_status"], updated["is_being_aggregated"]) == ("UPDATED", True)
    assert updated["metadata"] == "kept"
    assert logins.rested(nexus, guid)["connection_status"] == "CONNECTED"


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_the_oldest_flow_answers_one_by_one_and_resumes_the_job(nexus: Nexus, method: str) -> None:
    member = logins.signed_in(nexus, "two_questions")
    _keep_answers(nexus, member)

    resumed = nexus.ok(method, f"/jobs/{member['most_recent_job_guid']}/resume")["job"]

    assert (resumed["guid"], resumed["status_name"]) == (member["most_recent_job_guid"], "RECEIVED")
    assert logins.rested(nexus, member["guid"])["connection_status"] == "CONNECTED"


def test_the_oldest_flow_goes_on_by_a_refresh_too(nexus: Nexus) -> None:
    member = logins.signed_in(nexus, "token")
    _keep_answers(nexus, member)

    refreshed = nexus.ok("GET", f"/members/{member['guid']}/refresh")["member"]

    assert refreshed["most_recent_job_guid"] == member["most_recent_job_guid"]
    assert refreshed["connection_status"] == "RESUMED"
    assert logins.rested(nexus, member["guid"])["connection_status"] == "CONNECTED"


def test_the_oldest_flow_does_not_go_on_without_every_answer(nexus: Nexus) -> None:
    member = logins.signed_in(nexus, "two_questions")
    (first, _) = nexus.ok("GET", f"/jobs/{member['most_recent_job_guid']}/mfa_credentials")["credentials"]
    body = {"credential_guid": first["guid"], "value": "correct"}
    nexus.ok("POST", f"/members/{member['guid']}/credentials", body)
    assert nexus.send("PUT", f"/jobs/{member['most_recent_job_guid']}/resume").status_code == 400
    assert nexus.get(f"/members/{member['guid']}/refresh").status_code == 202
    assert nexus.read(member["guid"])["connection_status"] == "CHALLENGED"


def test_questions_of_the_oldest_flow_tell_all_that_challenges_tell(nexus: Nexus) -> None:
    member = logins.signed_in(nexus, "options")
    (asked,) = logins.asked(nexus, member["guid"])
    (credential,) = nexus.ok("GET", f"/jobs/{member['most_recent_job_guid']}/mfa_credentials")["credentials"]
    assert (credential["guid"], credential["label"]) == (asked["guid"], asked["label"])
    assert (credential["mfa"], credential["field_type"], credential["field_type_name"]) == (True, 2, "OPTIONS")
    assert [option["guid"] for option in credential["options"]] == [option["guid"] for option in asked["options"]]


def _keep_answers(nexus: Nexus, member: dict[str, Any]) -> None:
    for each in nexus.ok("GET", f"/jobs/{member['most_recent_job_guid']}/mfa_credentials")["credentials"]:
        body = {"credential_guid": each["guid"], "value": "correct"}
        kept = nexus.ok("POST", f"/members/{member['guid']}/credentials", body)["member_credential"]
        assert kept["credential_guid"] == each["guid"]
    assert nexus.read(member["guid"])["connection_status"] == "CHALLENGED"


@pytest.mark.parametrize("password", ["anything", "INVALID"])
def test_there_is_nothing_to_resume_where_nothing_is_asked(nexus: Nexus, password: str) -> None:
    member = logins.signed_in(nexus, password)
    body = {"challenges": [{"guid": "CRD-none", "value": "correct"}]}
    refused = nexus.send("PUT", f"/members/{member['guid']}/resume", body)
    assert (refused.status_code, refused.json()["error"]["code"], refused.headers["allow"]) == (405, 4050, "PUT")
    assert nexus.get(f"/jobs/{member['most_recent_job_guid']}/resume").status_code == 405
    assert nexus.ok("GET", f"/jobs/{member['most_recent_job_guid']}/mfa_credentials")["credentials"] == []


# What is looked at first must not matter: each look finds the same end.
LOOKS = {
    "member": "/members/{guid}",
    "list": "/members",
    "job": "/jobs/{job}",
    "challenges": "/members/{guid}/challenges",
    "mfa_credentials": "/jobs/{job}/mfa_credentials",
}


@pytest.mark.parametrize("look", LOOKS)
def test_an_answer_is_waited_for_to_the_very_second(own_world: World, look: str) -> None:
    nexus = own_world.nexus
    member = logins.signed_in(nexus, "challenge")
    path = LOOKS[look].format(guid=member["guid"], job=member["most_recent_job_guid"])
    own_world.clock.advance(LIFETIME - 1)
    nexus.ok("GET", path)
    assert nexus.read(member["guid"])["connection_status"] == "CHALLENGED"
    own_world.clock.advance(1)
    nexus.ok("GET", path)
    _is_expired(own_world, nexus, member)
    assert nexus.ok("GET", "/members")["members"] == [nexus.read(member["guid"])]
    assert logins.again(nexus, member["guid"])["connection_status"] == "CHALLENGED"


def test_the_last_second_is_time_enough(own_world: World) -> None:
    nexus = own_world.nexus
    member = logins.signed_in(nexus, "challenge")
    own_world.clock.advance(LIFETIME - 1)
    assert logins.answer(nexus, member["guid"], "challenge")["connection_status"] == "CHALLENGED"
    own_world.clock.advance(LIFETIME - 1)  # the first question's end is long over, the second's is not
    own_world.runtime.queue.wake()
    assert logins.answer(nexus, member["guid"], "correct")["connection_status"] == "CONNECTED"


def test_an_answer_after_the_end_is_refused(own_world: World) -> None:
    nexus = own_world.nexus
    guid = logins.signed_in(nexus, "challenge")["guid"]
    (asked,) = logins.asked(nexus, guid)
    own_world.clock.advance(LIFETIME)
    body = {"challenges": [{"guid": asked["guid"], "value": "correct"}]}
    assert nexus.send("PUT", f"/members/{guid}/resume", body).status_code == 405
    assert nexus.read(guid)["connection_status"] == "EXPIRED"


def test_nobody_has_to_look_for_it_to_expire(own_world: World) -> None:
    nexus = own_world.nexus
    member = logins.signed_in(nexus, "challenge")
    own_world.clock.advance(LIFETIME)
    own_world.runtime.queue.wake()
    until(lambda: own_world.rows("SELECT count(*) FROM tasks") == [(0,)], "the reminder came")
    assert own_world.rows("SELECT status, is_being_aggregated FROM members") == [(19, 0)]
    assert own_world.rows("SELECT status, error_code FROM jobs") == [(9, 2003)]
    assert own_world.rows("SELECT count(*) FROM challenges") == [(0,)]
    _is_expired(own_world, nexus, member)


def _is_expired(world: World, nexus: Nexus, before: dict[str, Any]) -> None:
    member = nexus.read(before["guid"])
    job = logins.job(nexus, member)
    assert (member["connection_status"], member["is_being_aggregated"]) == ("EXPIRED", False)
    assert (job["status_name"], job["error_message_code"]) == ("HALTED", 2003)
    assert job["guid"] == before["most_recent_job_guid"]
    assert logins.asked(nexus, member["guid"]) == []
    assert nexus.ok("GET", f"/jobs/{job['guid']}/mfa_credentials")["credentials"] == []
    assert nexus.get(f"/jobs/{job['guid']}/resume").status_code == 405
    assert world.rows("SELECT count(*) FROM challenges") == [(0,)]


def test_three_refused_logins_in_a_row_prevent_a_fourth(world: World, nexus: Nexus) -> None:
    member = logins.signed_in(nexus, "INVALID")
    guid = member["guid"]
    seen = [member["connection_status"]] + [logins.again(nexus, guid)["connection_status"] for _ in range(2)]
    assert seen == ["DENIED", "DENIED", "PREVENTED"]
    prevented = nexus.read(guid)
    assert prevented["needs_updated_credentials"] is True
    assert logins.job(nexus, prevented)["status_name"] == "PREVENTED"
    asked_of_bank = world.bank.activity.of("mxbank", "ofx")
    for what in ("aggregate", "check_balance", "verify", "extend_history"):
        assert nexus.send("POST", f"/members/{guid}/{what}").status_code == 202
    assert nexus.read(guid) == prevented
    assert world.bank.activity.of("mxbank", "ofx") == asked_of_bank

    assert logins.change(nexus, guid, "anything")["connection_status"] == "CONNECTED"


def test_refused_logins_count_only_in_a_row(nexus: Nexus) -> None:
    guid = logins.signed_in(nexus, "INVALID")["guid"]
    logins.again(nexus, guid)
    logins.change(nexus, guid, "right at last")
    logins.change(nexus, guid, "INVALID")
    assert logins.again(nexus, guid)["connection_status"] == "DENIED"
    assert logins.again(nexus, guid)["connection_status"] == "PREVENTED"


def test_credentials_given_meanwhile_end_the_question(nexus: Nexus) -> None:
    member = logins.signed_in(nexus, "challenge")

    after = logins.change(nexus, member["guid"], "anything")

    assert _ends(nexus, after) == ("CONNECTED", "COMPLETED", None)
    assert after["most_recent_job_guid"] != member["most_recent_job_guid"]
    assert logins.job(nexus, member)["status_name"] == "HALTED"
    assert logins.asked(nexus, member["guid"]) == []


def test_answers_and_credentials_are_sealed_while_they_wait_and_answers_gone_after_use(tmp_path: Path) -> None:
    answer, second = "canary-of-the-first-answer", "canary-of-the-second-answer"
    with running(tmp_path / "world") as world:
        nexus = world.nexus
        member = logins.signed_in(nexus, "two_questions", "canary-of-a-login")
        asked = logins.asked(nexus, member["guid"])
        for each, value in zip(asked, (answer, second), strict=True):
            body = {"credential_guid": each["guid"], "value": value}
            nexus.ok("POST", f"/members/{member['guid']}/credentials", body)
        sealed = [row for (row,) in world.rows("SELECT answer FROM challenges ORDER BY id")]
        assert len(sealed) == 2
        waiting = _bytes(world)
        assert all(row in waiting for row in sealed)
        (conversation,) = world.rows("SELECT conversation FROM jobs")[0]
        assert conversation in waiting
        for secret in (answer, second, "canary-of-a-login", "two_questions"):
            assert secret.encode() not in waiting

        rejected = nexus.ok("PUT", f"/jobs/{member['most_recent_job_guid']}/resume")
        assert rejected["job"]["status_name"] == "RECEIVED"
        assert logins.rested(nexus, member["guid"])["connection_status"] == "REJECTED"
        assert world.rows("SELECT count(*) FROM challenges") == [(0,)]
        assert world.rows("SELECT conversation FROM jobs") == [(None,)]
        logins.change(nexus, member["guid"], "canary-of-a-password", "canary-of-a-login")
        assert b"canary-of" not in _bytes(world)


def _bytes(world: World) -> bytes:
    """Every byte of the database on the disk, with what its log holds."""
    files = [path for path in world.runtime.settings.data_path.iterdir() if path.name.startswith("fanlight.db")]
    return b"".join(path.read_bytes() for path in files)


def test_a_deleted_member_leaves_no_answer_behind(world: World, nexus: Nexus) -> None:
    member = logins.signed_in(nexus, "two_questions")
    (first, _) = logins.asked(nexus, member["guid"])
    body = {"credential_guid": first["guid"], "value": "correct"}
    nexus.ok("POST", f"/members/{member['guid']}/credentials", body)
    nexus.ok("DELETE", f"/members/{member['guid']}")
    of_member = "(SELECT id FROM members WHERE guid = ?)"
    for table in ("challenges", "member_credentials"):
        sql = f"SELECT count(*) FROM {table} WHERE member_id = {of_member}"
        assert world.rows(sql, member["guid"]) == [(0,)]
    assert nexus.get(f"/jobs/{member['most_recent_job_guid']}").status_code == 404

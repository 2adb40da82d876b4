"""Answers that answer nothing, come too late, are too long, or belong to somebody else; questions that cannot be."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from contract.bad import ids, refused, unharmed
from contract.conftest import Someone
from contract.things import NOBODY
from fanlight.aggregation.sayings import TEXTS
from fanlight.core.credentials import STALE
from fanlight.institutions.answers import Saying
from support import logins
from support.world import Nexus, World

MARKUP = '<b>City</b> & "state"?<script>alert(1)</script>'
LONG = "x" * 5000
QUESTION = "the question"
BAD_ANSWERS: dict[str, list[Any]] = {
    "a challenge of nobody": [{"guid": f"CRD-{NOBODY}", "value": "correct"}],
    "a challenge of nobody after the right one": [
        {"guid": QUESTION, "value": "correct"},
        {"guid": f"CRD-{NOBODY}", "value": "correct"},
    ],
    "a sign-in field": [{"credential_guid": logins.PASSWORD, "value": "correct"}],
    "no guid": [{"value": "correct"}],
    "an empty guid": [{"guid": "", "value": "correct"}],
    "a guid that is null": [{"guid": None, "value": "correct"}],
    "an empty answer": [{"guid": QUESTION, "value": ""}],
    "no answer": [{"guid": QUESTION}],
    "an answer that is null": [{"guid": QUESTION, "value": None}],
    "an answer that is a number": [{"guid": QUESTION, "value": 1}],
    "an answer that is a list": [{"guid": QUESTION, "value": ["correct"]}],
    "five thousand characters": [{"guid": QUESTION, "value": LONG}],
    "the same challenge twice": [{"guid": QUESTION, "value": "correct"}, {"guid": QUESTION, "value": "wrong"}],
    "too many": [{"guid": QUESTION, "value": "correct"}] * 51,
    "a text": ["correct"],
}
WRONG_LISTS: dict[str, object] = {
    "a text": "correct",
    "an object": {"guid": QUESTION, "value": "correct"},
    "a number": 1,
}


@contextmanager
def still_asked(nexus: Nexus, guid: str) -> Iterator[None]:
    """What happens inside keeps no answer, and the same is still asked."""
    before = (nexus.read(guid), logins.asked(nexus, guid))
    assert before[1]
    with unharmed(nexus):
        yield
    assert (nexus.read(guid), logins.asked(nexus, guid)) == before
    assert _answers(nexus.world, guid) == [(None,)] * len(before[1])


def _answers(world: World, guid: str) -> list[tuple[Any, ...]]:
    of_member = "member_id = (SELECT id FROM members WHERE guid = ?)"
    return world.rows(f"SELECT answer FROM challenges WHERE {of_member}", guid)


def _about(entries: list[Any], question: str) -> list[Any]:
    """The entries with the guid of the question in its place."""
    return [
        {name: question if value == QUESTION else value for name, value in entry.items()}
        if isinstance(entry, dict)
        else entry
        for entry in entries
    ]


@pytest.mark.parametrize("rooted", [True, False], ids=["rooted", "unrooted"])
@pytest.mark.parametrize("entries", ids(BAD_ANSWERS))
def test_a_bad_answer_changes_nothing(nexus: Nexus, entries: list[Any], rooted: bool) -> None:
    guid = logins.signed_in(nexus, "challenge")["guid"]
    body = {"challenges": _about(entries, logins.asked(nexus, guid)[0]["guid"])}

    with still_asked(nexus, guid):
        refused(nexus.send("PUT", f"/members/{guid}/resume", {"member": body} if rooted else body), 4000)
    assert logins.answer(nexus, guid, "correct")["connection_status"] == "CONNECTED"


@pytest.mark.parametrize("wrong", ids(WRONG_LISTS))
def test_challenges_that_are_no_list(nexus: Nexus, wrong: object) -> None:
    guid = logins.signed_in(nexus, "challenge")["guid"]

    with still_asked(nexus, guid):
        refused(nexus.send("PUT", f"/members/{guid}/resume", {"challenges": wrong}), 4000)


@pytest.mark.parametrize(
    "value", ids({"another word": "Correct", "empty": "", "long": LONG, "a guid": f"CRO-{NOBODY}"})
)
@pytest.mark.parametrize("password", ["options", "image_options"])
def test_an_option_that_is_not_offered(nexus: Nexus, password: str, value: str) -> None:
    guid = logins.signed_in(nexus, password)["guid"]
    question = logins.asked(nexus, guid)[0]["guid"]

    with still_asked(nexus, guid):
        answer = {"guid": question, "value": value}
        refused(nexus.send("PUT", f"/members/{guid}/resume", {"challenges": [answer]}), 4000)
        refused(nexus.send("POST", f"/members/{guid}/credentials", answer), 4000, 4001)
        refused(nexus.send("PUT", f"/members/{guid}", {"member": {"credentials": [answer]}}), 4000)


def test_an_option_of_another_question(nexus: Nexus) -> None:
    first = logins.signed_in(nexus, "options", "first")["guid"]
    second = logins.signed_in(nexus, "options", "second")["guid"]
    (asked,), (other,) = logins.asked(nexus, first), logins.asked(nexus, second)

    with still_asked(nexus, first), still_asked(nexus, second):
        answer = {"guid": asked["guid"], "value": other["options"][4]["guid"]}
        refused(nexus.send("PUT", f"/members/{first}/resume", {"challenges": [answer]}), 4000)
        answer = {"guid": other["guid"], "value": "correct"}
        refused(nexus.send("PUT", f"/members/{first}/resume", {"challenges": [answer]}), 4000)


def test_an_answer_to_the_challenge_of_another_user(nexus: Nexus, someone: Someone) -> None:
    theirs = logins.signed_in(nexus, "challenge")["guid"]
    own = logins.signed_in(someone.nexus, "challenge", "of-someone")["guid"]
    answer = {"guid": logins.asked(nexus, theirs)[0]["guid"], "value": "correct"}

    with still_asked(nexus, theirs), still_asked(someone.nexus, own):
        refused(someone.nexus.send("PUT", f"/members/{theirs}/resume", {"challenges": [answer]}), 4040)
        refused(someone.nexus.send("PUT", f"/members/{own}/resume", {"challenges": [answer]}), 4000)
        refused(someone.nexus.send("POST", f"/members/{own}/credentials", answer), 4000)


@pytest.mark.parametrize("value", ids({"empty": "", "long": LONG, "null": None, "a number": 1}))
def test_a_bad_answer_is_not_kept_in_the_oldest_way(nexus: Nexus, value: object) -> None:
    member = logins.signed_in(nexus, "challenge")
    guid = member["guid"]
    answer = {"credential_guid": logins.asked(nexus, guid)[0]["guid"], "value": value}

    with still_asked(nexus, guid):
        refused(nexus.send("POST", f"/members/{guid}/credentials", {"member": answer}), 4000, 4001)
        refused(nexus.send("PUT", f"/jobs/{member['most_recent_job_guid']}/resume"), 4001)


def test_answers_through_update_member_are_kept_together_or_not_at_all(nexus: Nexus) -> None:
    guid = logins.signed_in(nexus, "two_questions")["guid"]
    first, _ = logins.asked(nexus, guid)
    good, stale = {"guid": first["guid"], "value": "correct"}, {"guid": f"CRD-{NOBODY}", "value": "x"}

    with still_asked(nexus, guid):
        for given, code in (([good, stale], 4000), ([good], 4001)):
            body = {"member": {"credentials": given, "name": "half stored"}}
            refused(nexus.send("PUT", f"/members/{guid}", body), code)


def test_an_answer_to_a_challenge_that_is_gone(nexus: Nexus) -> None:
    member = logins.signed_in(nexus, "challenge")
    guid, job = member["guid"], member["most_recent_job_guid"]
    gone = {"guid": logins.asked(nexus, guid)[0]["guid"], "value": "correct"}
    logins.answer(nexus, guid, "correct")
    before = nexus.read(guid)

    with unharmed(nexus):
        refused(nexus.send("PUT", f"/members/{guid}/resume", {"challenges": [gone]}), 4050)
        assert refused(nexus.send("POST", f"/members/{guid}/credentials", gone), 4000) == STALE
        assert refused(nexus.send("PUT", f"/members/{guid}", {"member": {"credentials": [gone]}}), 4000) == STALE
        refused(nexus.send("GET", f"/jobs/{job}/resume"), 4050)
    assert nexus.read(guid) == before
    assert nexus.ok("GET", f"/jobs/{job}/mfa_credentials") == {"credentials": []}
    assert _answers(nexus.world, guid) == []


def test_an_answer_to_the_challenge_of_an_earlier_round(nexus: Nexus) -> None:
    guid = logins.signed_in(nexus, "challenge")["guid"]
    earlier = {"guid": logins.asked(nexus, guid)[0]["guid"], "value": "correct"}
    assert logins.answer(nexus, guid, "challenge")["connection_status"] == "CHALLENGED"

    with still_asked(nexus, guid):
        refused(nexus.send("PUT", f"/members/{guid}/resume", {"challenges": [earlier]}), 4000)
        refused(nexus.send("POST", f"/members/{guid}/credentials", earlier), 4000)


def test_an_answer_that_comes_too_late(own_world: World) -> None:
    nexus = own_world.nexus
    member = logins.signed_in(nexus, "challenge")
    guid, job = member["guid"], member["most_recent_job_guid"]
    late = {"guid": logins.asked(nexus, guid)[0]["guid"], "value": "correct"}
    nexus.ok("POST", f"/members/{guid}/credentials", late)
    assert _answers(own_world, guid) != [(None,)]

    own_world.clock.advance(own_world.runtime.settings.challenge_lifetime)

    for method in ("GET", "PUT"):
        response = nexus.send(method, f"/jobs/{job}/resume")
        refused(response, 4050)
        assert response.headers["allow"] == "GET, PUT"
    refused(nexus.send("PUT", f"/members/{guid}/resume", {"challenges": [late]}), 4050)
    assert refused(nexus.send("POST", f"/members/{guid}/credentials", late), 4000) == STALE
    assert nexus.read(guid)["connection_status"] == "EXPIRED"
    assert logins.asked(nexus, guid) == []
    assert _answers(own_world, guid) == []


def test_an_ended_job_does_not_resume_the_one_that_came_after_it(own_world: World) -> None:
    nexus = own_world.nexus
    first = logins.signed_in(nexus, "challenge")
    guid = first["guid"]
    own_world.clock.advance(own_world.runtime.settings.challenge_lifetime)
    second = logins.again(nexus, guid)
    answer = {"guid": logins.asked(nexus, guid)[0]["guid"], "value": "correct"}
    nexus.ok("POST", f"/members/{guid}/credentials", answer)

    refused(nexus.send("PUT", f"/jobs/{first['most_recent_job_guid']}/resume"), 4050)

    assert nexus.read(guid) == second
    assert second["connection_status"] == "CHALLENGED"
    nexus.ok("PUT", f"/jobs/{second['most_recent_job_guid']}/resume")
    assert logins.rested(nexus, guid)["connection_status"] == "CONNECTED"


def test_answers_never_come_back_and_are_sealed(nexus: Nexus) -> None:
    member = logins.signed_in(nexus, "two_questions")
    guid, job = member["guid"], member["most_recent_job_guid"]
    first, second = logins.asked(nexus, guid)

    kept = nexus.send("POST", f"/members/{guid}/credentials", {"guid": first["guid"], "value": "s3cret-of-mine"})
    wrong = {"guid": second["guid"], "value": "s3cret" * 1000}
    refusal = nexus.send("PUT", f"/members/{guid}/resume", {"challenges": [wrong]})

    assert kept.status_code == 200
    shown = [nexus.get(path).text for path in (f"/members/{guid}/challenges", f"/jobs/{job}/mfa_credentials")]
    assert "s3cret" not in "".join((kept.text, refusal.text, *shown))
    sealed, unanswered = _answers(nexus.world, guid)
    assert sealed[0]
    assert b"s3cret" not in sealed[0]
    assert unanswered == (None,)


def test_markup_in_a_question_arrives_untouched(nexus: Nexus) -> None:
    member = logins.signed_in(nexus, "html")

    response = nexus.get(f"/members/{member['guid']}/challenges")

    assert response.headers["content-type"] == "application/vnd.mx.nexus.v1+json"
    assert [(asked["label"], asked["field_name"]) for asked in response.json()["challenges"]] == [(MARKUP, MARKUP)]
    (credential,) = nexus.ok("GET", f"/jobs/{member['most_recent_job_guid']}/mfa_credentials")["credentials"]
    assert credential["label"] == MARKUP
    assert logins.answer(nexus, member["guid"], "correct")["connection_status"] == "CONNECTED"


def test_a_picture_that_is_too_large(nexus: Nexus) -> None:
    member = logins.signed_in(nexus, "huge_image")
    guid = member["guid"]

    assert (member["connection_status"], member["is_being_aggregated"]) == ("FAILED", False)
    assert member["successfully_aggregated_at"] is None
    job = logins.job(nexus, member)
    assert (job["status_name"], job["error_message"], job["is_authenticated"]) == (
        "HALTED",
        TEXTS[Saying.TOO_MUCH],
        False,
    )
    assert logins.asked(nexus, guid) == []
    assert _answers(nexus.world, guid) == []
    assert nexus.world.rows("SELECT conversation FROM jobs WHERE guid = ?", job["guid"]) == [(None,)]
    assert nexus.ok("GET", f"/members/{guid}/accounts") == {"accounts": []}
    refused(nexus.send("PUT", f"/members/{guid}/resume", {"challenges": [{"guid": "x", "value": "x"}]}), 4050)

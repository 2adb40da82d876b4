"""Signing on over OFX: test passwords, challenges and their answers, and the conversations of session cookies."""

import base64
import struct
import zlib
from xml.etree import ElementTree as ET

import httpx2 as httpx
import pytest

from bank.customer import BASE, Customer, new_bank, run
from bank.ofx_client import ACCOUNTS, ANONYMOUS, PROFILE, SGML, XML, Ofx, code, ofx, text_of, wrapped
from fanlight.bank.ofx.passwords import (
    ANSWER_TROUBLES,
    CHALLENGES,
    FURTHER,
    PASSWORD_TROUBLES,
    TEST_ANSWERS,
    TEST_PASSWORDS,
)

both = pytest.mark.parametrize("version", ["102", SGML, "211", XML])
ACCOUNT_LIST = "SIGNUPMSGSRSV1/ACCTINFOTRNRS"
REFUSALS = {"UNAUTHORIZED": 15500, "INVALID": 15500, "LOCKED": 15502, "DISABLED": 15510, "terms": 15000}
OUTAGES = {"BAD_REQUEST": 400, "SERVER_ERROR": 500, "UNAVAILABLE": 503}
LABELS = ["image", "options", "challenge", "wrong answer", "correct"]


def picture(uri: str) -> tuple[int, int, bytes]:
    """Width, height and raw pixels of a PNG in a data URI; every checksum in it is looked at."""
    assert uri.startswith("data:image/png;base64,")
    raw, at, pixels = base64.b64decode(uri.partition(",")[2], validate=True), 8, b""
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    while at < len(raw):
        (size,) = struct.unpack(">I", raw[at : at + 4])
        kind, content = raw[at + 4 : at + 8], raw[at + 8 : at + 8 + size]
        assert struct.unpack(">I", raw[at + 8 + size : at + 12 + size])[0] == zlib.crc32(kind + content)
        pixels += content if kind == b"IDAT" else b""
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack(">IIBB", content[:10])
            assert (depth, color) == (8, 2)
        at += size + 12
    pixels = zlib.decompress(pixels)
    assert len(pixels) == height * (width * 3 + 1)
    return width, height, pixels


@both
def test_any_other_password_signs_on(version: str) -> None:
    async def story(user: Ofx) -> ET.Element:
        return await user.send(ACCOUNTS)

    found = ofx(story, version=version)
    assert (code(found), code(found, ACCOUNT_LIST)) == (0, 0)
    assert text_of(found, "SIGNONMSGSRSV1/SONRS/FI/ORG") == "MX Bank"
    assert text_of(found, "SIGNONMSGSRSV1/SONRS/DTSERVER") == "20261124120000.000[0:GMT]"
    assert text_of(found, f"{ACCOUNT_LIST}/TRNUID") == "t-1"
    assert text_of(found, f"{ACCOUNT_LIST}/CLTCOOKIE") == "c&1"
    assert len(text_of(found, "SIGNONMSGSRSV1/SONRS/SESSCOOKIE")) >= 32


@both
def test_answers_are_in_the_version_of_the_request(version: str) -> None:
    async def story(user: Ofx) -> str:
        return (await user.raw(ACCOUNTS)).text

    text = ofx(story, version=version)
    if version >= "200":
        assert f'VERSION="{version}"' in text
        assert 'NEWFILEUID="f-1"' in text
        assert "<CODE>0</CODE>" in text
    else:
        assert text.startswith(f"OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:{version}\r\n")
        assert "NEWFILEUID:f-1\r\n\r\n<OFX>" in text
        assert "</CODE>" not in text


@both
@pytest.mark.parametrize("password", REFUSALS)
def test_refused_passwords(password: str, version: str) -> None:
    async def story(user: Ofx) -> ET.Element:
        return await user.send(ACCOUNTS)

    found = ofx(story, password=password, version=version)
    assert (code(found), code(found, ACCOUNT_LIST)) == (REFUSALS[password], 15500)
    assert found.find(".//ACCTINFORS") is None
    assert found.find(".//SESSCOOKIE") is None


@pytest.mark.parametrize("password", OUTAGES)
def test_outages_are_plain_text(password: str) -> None:
    async def story(user: Ofx) -> httpx.Response:
        return await user.raw(ACCOUNTS)

    response = ofx(story, password=password)
    assert response.status_code == OUTAGES[password]
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("password", ["challenge ", "Challenge", "locked", "correct", "0", "<&>"])
def test_passwords_are_exact(password: str) -> None:
    async def story(user: Ofx) -> int:
        return code(await user.send(ACCOUNTS))

    # OFX trims what surrounds a value, so a blank after a word is not part of it.
    assert ofx(story, password=password) == (3000 if password.strip() == "challenge" else 0)


@pytest.mark.parametrize(
    ("username", "password"), [("", "pw"), ("ann", ""), ("a" * 65, "pw"), ("ann", "p" * 172), ("a\x07b", "pw")]
)
def test_impossible_logins(username: str, password: str) -> None:
    async def story(user: Ofx) -> ET.Element:
        return await user.send(ACCOUNTS)

    found = ofx(story, username=username, password=password, version=SGML)
    assert (code(found), code(found, ACCOUNT_LIST)) == (15500, 15500)


@both
@pytest.mark.parametrize("password", CHALLENGES)
def test_a_challenge_comes_before_data(password: str, version: str) -> None:
    async def story(user: Ofx) -> None:
        found = await user.send(ACCOUNTS)
        assert (code(found), code(found, ACCOUNT_LIST)) == (3000, 15500)
        assert user.cookie
        asked = await user.challenges()
        assert [each.findtext("FANLIGHT.TYPE", "TEXT") for each in asked] == [
            each.kind.value for each in CHALLENGES[password]
        ]
        assert [text_of(each, "MFAPHRASELABEL") for each in asked] == [each.label for each in CHALLENGES[password]]
        assert [each.find("MFAPHRASEID") is not None for each in asked] == [True] * len(asked)
        assert [text_of(each, "MFAPHRASEID") for each in await user.challenges()] == [
            text_of(each, "MFAPHRASEID") for each in asked
        ]
        found = await user.answer(*["correct"] * len(asked))
        assert code(found) == 0
        assert len(await user.accounts()) == 4

    ofx(story, password=password, version=version)


def test_while_a_challenge_waits_nothing_else_is_answered() -> None:
    async def story(user: Ofx) -> None:
        found = await user.send(ACCOUNTS, PROFILE, challenge=True)
        assert (code(found), code(found, "SIGNONMSGSRSV1/MFACHALLENGETRNRS")) == (0, 0)
        assert code(found, ACCOUNT_LIST) == 15500
        assert code(found, "PROFMSGSRSV1/PROFTRNRS") == 15500

    ofx(story, password="challenge")


def test_options() -> None:
    async def story(user: Ofx) -> list[ET.Element]:
        await user.send()
        return (await user.challenges())[0].findall("FANLIGHT.OPTION")

    plain, pictures = ofx(story, password="options"), ofx(story, password="image_options")
    for found in (plain, pictures):
        assert [text_of(each, "FANLIGHT.VALUE") for each in found] == LABELS
        assert [text_of(each, "FANLIGHT.LABEL") for each in found] == LABELS
    assert not any(each.findall("FANLIGHT.IMAGE") for each in plain)
    drawn = [picture(text_of(each, "FANLIGHT.IMAGE")) for each in pictures]
    assert {each[:2] for each in drawn} == {(48, 48)}
    assert len({each[2] for each in drawn}) == 5


def test_pictures() -> None:
    async def story(user: Ofx) -> str:
        await user.send()
        return text_of((await user.challenges())[0], "FANLIGHT.IMAGE")

    small, huge = ofx(story, password="image"), ofx(story, password="huge_image", version=SGML)
    assert len(small) < 2_000
    assert picture(small)[:2] == (216, 36)
    assert 2_900_000 < len(huge) < 3_100_000
    assert len(set(picture(huge)[2])) == 256


@pytest.mark.parametrize("answer", FURTHER)
@pytest.mark.parametrize("password", ["challenge", "options", "image", "image_options", "token"])
def test_a_further_challenge(password: str, answer: str) -> None:
    async def story(user: Ofx) -> None:
        await user.send()
        before = text_of((await user.challenges())[0], "MFAPHRASEID")
        found = await user.answer(answer)
        assert code(found) == 3000
        further = (await user.challenges())[0]
        assert further.findtext("FANLIGHT.TYPE", "TEXT") == CHALLENGES[answer][0].kind
        assert text_of(further, "MFAPHRASEID") != before
        assert code(await user.send(ACCOUNTS)) == 3000
        assert code(await user.answer("correct")) == 0
        assert len(await user.accounts()) == 4

    ofx(story, password=password)


@both
@pytest.mark.parametrize("answer", ["wrong answer", "Correct", "<b>correct</b>", "", "x" * 300])
def test_a_wrong_answer_ends_the_conversation(answer: str, version: str) -> None:
    async def story(user: Ofx) -> None:
        await user.send()
        asked, cookie = (await user.challenges())[0], user.cookie
        found = await user.send(ACCOUNTS, answers={text_of(asked, "MFAPHRASEID"): answer})
        assert (code(found), code(found, ACCOUNT_LIST)) == (3001, 15500)
        assert found.find(".//SESSCOOKIE") is None
        user.cookie = cookie
        found = await user.send(ACCOUNTS, answers={text_of(asked, "MFAPHRASEID"): "correct"})
        assert code(found) == 3000
        assert user.cookie != cookie

    ofx(story, password="challenge", version=version)


def test_a_disabled_answer_ends_the_conversation() -> None:
    async def story(user: Ofx) -> None:
        await user.send()
        cookie = user.cookie
        assert code(await user.answer("DISABLED")) == 15510
        user.cookie = cookie
        assert code(await user.send()) == 3000
        assert user.cookie != cookie

    ofx(story, password="options")


@pytest.mark.parametrize("answer", ["SERVER_ERROR", "UNAVAILABLE"])
def test_an_outage_during_an_answer_leaves_the_conversation(answer: str) -> None:
    async def story(user: Ofx) -> None:
        await user.send()
        asked = text_of((await user.challenges())[0], "MFAPHRASEID")
        response = await user.raw(answers={asked: answer})
        assert response.status_code == OUTAGES[answer]
        assert response.headers["content-type"].startswith("text/plain")
        assert code(await user.send(answers={asked: "correct"})) == 0

    ofx(story, password="image")


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("correct", "correct"), 0),
        (("correct", "x"), 3001),
        (("x", "correct"), 3001),
        (("correct", ""), 3001),
        (("challenge", "correct"), 3001),
        (("image", "image"), 3001),
        (("correct", "DISABLED"), 15510),
    ],
)
def test_two_questions_need_two_right_answers(texts: tuple[str, str], expected: int) -> None:
    async def story(user: Ofx) -> int:
        await user.send()
        return code(await user.answer(*texts))

    assert ofx(story, password="two_questions") == expected


def test_half_of_the_answers_are_not_enough() -> None:
    async def story(user: Ofx) -> int:
        await user.send()
        first = text_of((await user.challenges())[0], "MFAPHRASEID")
        return code(await user.send(answers={first: "correct"}))

    assert ofx(story, password="two_questions") == 3001


def test_a_conversation_goes_on_for_fifteen_minutes() -> None:
    bank, clock = new_bank()

    async def story(user: Ofx) -> None:
        await user.send()
        clock.advance(899)
        assert code(await user.answer("correct")) == 0
        cookie = user.cookie
        clock.advance(899)
        assert code(await user.send(ACCOUNTS)) == 0
        assert user.cookie == cookie
        clock.advance(1)
        found = await user.send(ACCOUNTS)
        assert (code(found), code(found, ACCOUNT_LIST)) == (3000, 15500)
        assert user.cookie != cookie

    ofx(story, bank, password="challenge")


def test_answers_that_come_too_late_begin_anew() -> None:
    bank, clock = new_bank()

    async def story(user: Ofx) -> None:
        await user.send()
        asked, cookie = text_of((await user.challenges())[0], "MFAPHRASEID"), user.cookie
        clock.advance(900)
        assert code(await user.send(answers={asked: "correct"})) == 3000
        assert user.cookie != cookie
        assert text_of((await user.challenges())[0], "MFAPHRASEID") != asked
        assert code(await user.answer("correct")) == 0

    ofx(story, bank, password="challenge")


def test_a_conversation_is_one_brands_users_and_passwords() -> None:
    async def story(user: Ofx) -> None:
        await user.send()
        assert code(await user.answer("correct")) == 0
        cookie = user.cookie
        for name, other in (("username", "mallory"), ("brand", "sim-other"), ("password", "options")):
            mine = getattr(user, name)
            setattr(user, name, other)
            user.cookie = cookie
            assert code(await user.send(ACCOUNTS)) == 3000, name
            assert user.cookie != cookie
            setattr(user, name, mine)
        user.cookie, user.password = cookie, "UNAUTHORIZED"
        assert code(await user.send(ACCOUNTS)) == 15500
        user.cookie, user.password = cookie, "challenge"
        assert code(await user.send(ACCOUNTS)) == 0
        for wrong in ("x", cookie[:-1], f"{cookie}x"):
            user.cookie = wrong
            assert code(await user.send(ACCOUNTS)) == 3000

    ofx(story, password="challenge")


def test_answers_are_used_once() -> None:
    async def story(user: Ofx) -> None:
        await user.send()
        first, cookie = text_of((await user.challenges())[0], "MFAPHRASEID"), user.cookie
        assert code(await user.send(answers={first: "challenge"})) == 3000
        assert code(await user.send(answers={first: "correct"})) == 3001
        user.cookie = cookie
        assert code(await user.send(answers={first: "correct"})) == 3000

    ofx(story, password="challenge")


def test_a_challenge_that_nobody_has_to_answer() -> None:
    async def story(user: Ofx) -> ET.Element:
        return await user.send(challenge=True)

    found = ofx(story)
    assert (code(found), code(found, "SIGNONMSGSRSV1/MFACHALLENGETRNRS")) == (0, 2000)
    found = ofx(story, password="LOCKED")
    assert (code(found), code(found, "SIGNONMSGSRSV1/MFACHALLENGETRNRS")) == (15502, 15500)


@both
def test_anybody_may_read_the_profile_and_nothing_else(version: str) -> None:
    async def story(user: Ofx) -> ET.Element:
        return await user.send(ACCOUNTS, PROFILE)

    found = ofx(story, username=ANONYMOUS, password=ANONYMOUS, version=version)
    assert (code(found), code(found, ACCOUNT_LIST)) == (0, 15500)
    assert found.find(".//SESSCOOKIE") is None
    profile = found.find("PROFMSGSRSV1/PROFTRNRS/PROFRS")
    assert profile is not None
    assert [each.tag for each in profile.findall("MSGSETLIST/*")] == [
        f"{name}MSGSET" for name in ("SIGNON", "SIGNUP", "BANK", "CREDITCARD", "INVSTMT", "PROF")
    ]
    assert {each.text for each in profile.iter("URL")} == {f"{BASE}/mxbank/ofx", f"{BASE}/mxbank"}
    assert text_of(profile, "SIGNONINFOLIST/SIGNONINFO/MFACHALLENGESUPT") == "Y"
    assert text_of(profile, "SIGNONINFOLIST/SIGNONINFO/MFACHALLENGEFIRST") == "N"
    assert text_of(profile, "FINAME") == "MX Bank"
    assert ofx(story, username=ANONYMOUS).find(".//ACCTINFORS") is not None


def test_what_happened_is_counted() -> None:
    bank, _ = new_bank()

    async def story(user: Ofx) -> dict[str, int]:
        await user.send(ACCOUNTS)
        await user.answer("correct")
        await user.send(ACCOUNTS, wrapped("BANK", "STMT"))
        user.password = "LOCKED"
        await user.send()
        counts: dict[str, int] = (await user.app.get(f"{BASE}/{user.brand}/activity")).json()
        return counts

    expected = {"accounts": 1, "challenge": 1, "login": 1, "login_refused": 1, "ofx": 5, "statement": 1}
    assert ofx(story, bank, password="challenge", brand="sim-counted") == expected
    assert bank.activity.by_kind("sim-counted") == expected
    assert bank.activity.by_kind("mxbank") == {}


def test_every_word_is_on_the_index_page() -> None:
    async def story(customer: Customer) -> str:
        return (await customer.app.get(f"{BASE}/")).text

    page = run(story)
    assert {each.word for each in TEST_PASSWORDS} == CHALLENGES.keys() | PASSWORD_TROUBLES.keys()
    assert {each.word for each in TEST_ANSWERS} == {"correct", *FURTHER, *ANSWER_TROUBLES}
    for word in (*TEST_PASSWORDS, *TEST_ANSWERS):
        assert f"<code>{word.word}</code>" in page
    for brand in ("mxbank", "mxcu_credential"):
        assert f"{BASE}/{brand}/ofx" in page

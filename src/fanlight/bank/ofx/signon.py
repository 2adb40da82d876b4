"""Sign-on: judging passwords and answers, and the conversations in which a client need not prove itself again."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from fanlight.bank.expiring import Expiring
from fanlight.bank.ofx.document import Element
from fanlight.bank.ofx.passwords import (
    ANSWER_TROUBLES,
    CHALLENGE_FIRST,
    CHALLENGES,
    FURTHER,
    OK,
    PASSWORD_TROUBLES,
    REFUSED,
    RIGHT,
    WRONG_ANSWER,
    Challenge,
    Trouble,
)
from fanlight.base.clock import Clock
from fanlight.base.errors import Malformed

CONVERSATION_LIFETIME = 900
CONVERSATIONS = 10_000
LONGEST_NAME, LONGEST_PASSWORD = 64, 171
MOST_ANSWERS = 20
ANONYMOUS = "anonymous".ljust(32, "0")
_REQUIRED = ("DTCLIENT", "LANGUAGE", "APPID", "APPVER")


class Outage(Exception):
    """The bank answers in plain text with an HTTP status, and no OFX."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Credentials(msgspec.Struct, frozen=True):
    """What a client sent to sign on. Never printed."""

    username: str
    password: str
    cookie: str
    answers: Mapping[str, str]

    def __repr__(self) -> str:
        return "Credentials([redacted])"

    @property
    def anonymous(self) -> bool:
        return self.username == self.password == ANONYMOUS


class Question(NamedTuple):
    """A challenge that was put to somebody, under an id of its own."""

    id: str
    challenge: Challenge


class Conversation(msgspec.Struct):
    """Who is at the other end of a session cookie, and what they must answer before they get data."""

    brand: str
    username: str
    proof: bytes
    questions: tuple[Question, ...] = ()

    def __repr__(self) -> str:
        return "Conversation([redacted])"


class Outcome(NamedTuple):
    """What becomes of a sign-on: a status for SONRS, and while it is 0 or 3000 a conversation."""

    status: int
    message: str = ""
    cookie: str = ""
    questions: tuple[Question, ...] = ()
    fresh: bool = False  # judged by its password, not by its conversation


def credentials(sonrq: Element) -> Credentials:
    """The content of a SONRQ; raises Malformed where it lacks what every SONRQ has."""
    missing = [name for name in _REQUIRED if not sonrq.value(name)]
    if missing:
        raise Malformed(f"SONRQ has no {', '.join(missing)}.")
    answers = sonrq.all("MFACHALLENGEANSWER")
    if len(answers) > MOST_ANSWERS:
        raise Malformed(f"SONRQ has more than {MOST_ANSWERS} answers.")
    return Credentials(
        sonrq.value("USERID"),
        sonrq.value("USERPASS"),
        sonrq.value("SESSCOOKIE"),
        {each.value("MFAPHRASEID"): each.value("MFAPHRASEA") for each in answers},
    )


class SignOnDesk:
    """Every conversation of the bank; the same cookie from another brand, user or password opens none."""

    def __init__(self, clock: Clock) -> None:
        self._conversations: Expiring[Conversation] = Expiring(clock, CONVERSATION_LIFETIME, CONVERSATIONS)

    def sign_on(self, brand: str, given: Credentials) -> Outcome:
        """Go on with the conversation of the cookie, or begin one. Raises Outage for the words that ask for it."""
        if given.anonymous:
            return Outcome(OK)
        if not _plausible(given):
            return Outcome(REFUSED, "The user name or the password is wrong.", fresh=True)
        conversation = self._of(brand, given)
        if conversation is None:
            return self._begin(brand, given)
        if conversation.questions and given.answers:
            return self._answered(given, conversation)
        return _standing(given.cookie, conversation)

    def _of(self, brand: str, given: Credentials) -> Conversation | None:
        found = self._conversations.get(given.cookie)
        if found is None or (found.brand, found.username) != (brand, given.username):
            return None
        return found if hmac.compare_digest(found.proof, _proof(given.password)) else None

    def _begin(self, brand: str, given: Credentials) -> Outcome:
        trouble = PASSWORD_TROUBLES.get(given.password)
        if trouble is not None:
            return _failed(trouble)._replace(fresh=True)
        questions = _asked(CHALLENGES.get(given.password, ()))
        conversation = Conversation(brand, given.username, _proof(given.password), questions)
        return self._kept(secrets.token_urlsafe(24), conversation)._replace(fresh=True)

    def _answered(self, given: Credentials, conversation: Conversation) -> Outcome:
        texts = [given.answers.get(question.id, "") for question in conversation.questions]
        trouble = next((ANSWER_TROUBLES[text] for text in texts if text in ANSWER_TROUBLES), None)
        if trouble is not None and trouble.http:
            return _failed(trouble)  # raises, and the conversation waits for a better moment
        self._conversations.pop(given.cookie)
        if trouble is not None:
            return _failed(trouble)
        if len(texts) == 1 and texts[0] in FURTHER:
            conversation.questions = _asked(CHALLENGES[texts[0]])
        elif all(text == RIGHT for text in texts):
            conversation.questions = ()
        else:
            return Outcome(WRONG_ANSWER, "That is not the right answer.")
        return self._kept(given.cookie, conversation)

    def _kept(self, cookie: str, conversation: Conversation) -> Outcome:
        self._conversations.put(cookie, conversation)
        return _standing(cookie, conversation)


def _standing(cookie: str, conversation: Conversation) -> Outcome:
    if conversation.questions:
        return Outcome(CHALLENGE_FIRST, "Ask for the challenge and answer it.", cookie, conversation.questions)
    return Outcome(OK, cookie=cookie)


def _failed(trouble: Trouble) -> Outcome:
    if trouble.http:
        raise Outage(trouble.http, trouble.message)
    return Outcome(trouble.ofx, trouble.message)


def _plausible(given: Credentials) -> bool:
    name, password = given.username, given.password
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and 0 < len(password) <= LONGEST_PASSWORD


def _proof(password: str) -> bytes:
    return hashlib.sha256(password.encode()).digest()


def _asked(challenges: Iterable[Challenge]) -> tuple[Question, ...]:
    return tuple(Question(f"Q-{secrets.token_hex(8)}", challenge) for challenge in challenges)

"""The documented passwords and challenge answers of the brands that speak OFX; any other password signs on."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a challenge wants: OFX knows text alone, the others are told by vendor elements."""

    TEXT = "TEXT"
    OPTIONS = "OPTIONS"
    TOKEN = "TOKEN"  # noqa: S105  (a kind of challenge, not a secret)
    IMAGE_DATA = "IMAGE_DATA"
    IMAGE_OPTIONS = "IMAGE_OPTIONS"


class Challenge(NamedTuple):
    """A question that the bank can ask."""

    kind: Kind
    label: str
    huge: bool = False


class Trouble(NamedTuple):
    """What a password or an answer brings about instead of a sign-on: an OFX status, or an HTTP status and no OFX."""

    message: str
    ofx: int = 0
    http: int = 0


class Word(NamedTuple):
    """A documented password or answer, and what comes of it."""

    word: str
    effect: str


OK, CHALLENGE_FIRST, WRONG_ANSWER = 0, 3000, 3001
MUST_ACT, REFUSED, LOCKED, DISABLED = 15000, 15500, 15502, 15510
GENERAL_ERROR = 2000

RIGHT = "correct"
OPTIONS = ("image", "options", "challenge", "wrong answer", RIGHT)

CHALLENGES: dict[str, tuple[Challenge, ...]] = {
    "challenge": (Challenge(Kind.TEXT, "What was the name of your first pet?"),),
    "options": (Challenge(Kind.OPTIONS, "Which of these is yours?"),),
    "image": (Challenge(Kind.IMAGE_DATA, "Which word is in the picture?"),),
    "image_options": (Challenge(Kind.IMAGE_OPTIONS, "Which of these pictures is yours?"),),
    "token": (Challenge(Kind.TOKEN, "Enter the code that your token shows."),),
    "two_questions": (
        Challenge(Kind.TEXT, "In which city were you born?"),
        Challenge(Kind.TEXT, "On which street did you grow up?"),
    ),
    "html": (Challenge(Kind.TEXT, '<b>City</b> & "state"?<script>alert(1)</script>'),),
    "huge_image": (Challenge(Kind.IMAGE_DATA, "What is in this large picture?", huge=True),),
}
FURTHER = ("challenge", "options", "image")

_DISABLED = Trouble("Access to this account is disabled.", ofx=DISABLED)
_SERVER_ERROR = Trouble("The bank has failed, as this word asked for.", http=500)
_UNAVAILABLE = Trouble("The bank is in maintenance, as this word asked for.", http=503)

ANSWER_TROUBLES = {"DISABLED": _DISABLED, "SERVER_ERROR": _SERVER_ERROR, "UNAVAILABLE": _UNAVAILABLE}
PASSWORD_TROUBLES = {
    "UNAUTHORIZED": Trouble("The user name or the password is wrong.", ofx=REFUSED),
    "INVALID": Trouble("The user name or the password is wrong.", ofx=REFUSED),
    "LOCKED": Trouble("Too many wrong passwords: the login is locked.", ofx=LOCKED),
    "BAD_REQUEST": Trouble("The bank does not understand, as this word asked for.", http=400),
    "terms": Trouble("New terms wait for your agreement on the website of the bank.", ofx=MUST_ACT),
    **ANSWER_TROUBLES,
}

TEST_PASSWORDS = (
    Word("challenge", "A question in text."),
    Word("options", "A question with options to choose from."),
    Word("image", "A picture to read; it shows the right answer."),
    Word("image_options", "Five pictures to choose from."),
    Word("token", "A code from a token."),
    Word("two_questions", "Two questions in text at once; both answers must be “correct”."),
    Word("html", "A question whose text is full of markup."),
    Word("huge_image", "A picture of about 3 MB."),
    Word("terms", "Signed on, but something must be done at the bank first (OFX status 15000)."),
    Word("UNAUTHORIZED", "Wrong user name or password (15500)."),
    Word("INVALID", "Wrong user name or password (15500)."),
    Word("LOCKED", "The login is locked (15502)."),
    Word("DISABLED", "Access is disabled (15510)."),
    Word("BAD_REQUEST", "HTTP 400 in plain text."),
    Word("SERVER_ERROR", "HTTP 500 in plain text."),
    Word("UNAVAILABLE", "HTTP 503 in plain text."),
)

TEST_ANSWERS = (
    Word(RIGHT, "Right: signed on."),
    Word("challenge", "Right, but a further question in text follows."),
    Word("options", "Right, but a further question with options follows."),
    Word("image", "Right, but a further picture follows."),
    Word("DISABLED", "Access is disabled (15510)."),
    Word("SERVER_ERROR", "HTTP 500 in plain text."),
    Word("UNAVAILABLE", "HTTP 503 in plain text."),
)

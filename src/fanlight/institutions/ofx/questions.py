"""What a bank asks beside the login. OFX knows texts only; other kinds of questions come in tags of a vendor. Pure."""

import re

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.ofx.document import Element
from fanlight.institutions.ofx.translate import answered
from fanlight.institutions.ofx.values import text
from fanlight.institutions.port import Choice, Question, QuestionType

VENDOR = "FANLIGHT"
MAX_IMAGE = 1 << 20
"""Bytes of a picture as text."""
MAX_QUESTIONS = 20
MAX_CHOICES = 100

# Pictures that cannot hold scripts, and nothing that would be fetched from elsewhere.
_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}")
_CHOOSING = (QuestionType.OPTIONS, QuestionType.IMAGE_OPTIONS)


def questions(document: Element) -> list[Question]:
    """Raises Said: GIBBERISH for what cannot be asked of a person, TOO_MUCH for what is too large."""
    entries = answered(document, "SIGNONMSGS", "MFACHALLENGE").all("MFACHALLENGE")
    if len(entries) > MAX_QUESTIONS:
        raise Said(Saying.TOO_MUCH, f"more than {MAX_QUESTIONS} questions")
    found = [_question(entry) for entry in entries]
    if not found or len({question.id for question in found}) < len(found):
        raise Said(Saying.GIBBERISH, "a challenge without questions, or with two of one id")
    return found


def _question(entry: Element) -> Question:
    identity, label = text(entry.value("MFAPHRASEID")), text(entry.value("MFAPHRASELABEL"))
    kind = entry.value(f"{VENDOR}.TYPE") or QuestionType.TEXT
    if identity is None or label is None or kind not in QuestionType.__members__:
        raise Said(Saying.GIBBERISH, "a question without id or label, or of an unknown kind")
    asked = QuestionType(kind)
    image = _image(entry) if asked is QuestionType.IMAGE_DATA else None
    choices = _choices(entry, asked) if asked in _CHOOSING else ()
    if (asked is QuestionType.IMAGE_DATA and image is None) or (asked in _CHOOSING and not choices):
        raise Said(Saying.GIBBERISH, "a question without its picture or its choices")
    return Question(id=identity, type=asked, label=label, image_data=image, choices=choices)


def _choices(entry: Element, kind: QuestionType) -> tuple[Choice, ...]:
    options = entry.all(f"{VENDOR}.OPTION")
    if len(options) > MAX_CHOICES:
        raise Said(Saying.TOO_MUCH, f"more than {MAX_CHOICES} choices")
    return tuple(_choice(option, kind) for option in options)


def _choice(option: Element, kind: QuestionType) -> Choice:
    label, value = text(option.value(f"{VENDOR}.LABEL")), option.value(f"{VENDOR}.VALUE")
    image = _image(option) if kind is QuestionType.IMAGE_OPTIONS else None
    if label is None or value is None or (kind is QuestionType.IMAGE_OPTIONS and image is None):
        raise Said(Saying.GIBBERISH, "a choice without label, value or picture")
    return Choice(label=label, value=value, data_uri=image)


def _image(entry: Element) -> str | None:
    image = entry.value(f"{VENDOR}.IMAGE")
    if image is None:
        return None
    if len(image) > MAX_IMAGE:
        raise Said(Saying.TOO_MUCH, f"a picture of more than {MAX_IMAGE} bytes")
    if not _IMAGE.fullmatch(image):
        raise Said(Saying.GIBBERISH, "a picture that is no data URI of a picture")
    return image

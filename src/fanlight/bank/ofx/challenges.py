"""Challenges as OFX writes them, with vendor elements for what OFX does not know: options and pictures."""

from collections.abc import Iterable

from fanlight.bank.ofx import images
from fanlight.bank.ofx.document import Element, group, leaf
from fanlight.bank.ofx.passwords import OPTIONS, RIGHT, Challenge, Kind
from fanlight.bank.ofx.signon import Question

_COLORS = ((178, 58, 46), (58, 110, 165), (84, 130, 53), (204, 153, 0), (112, 72, 139))
_PICTURES = dict(zip(OPTIONS, _COLORS, strict=True))


def challenge_response(questions: Iterable[Question]) -> Element:
    """MFACHALLENGERS with every question that waits for an answer."""
    return group("MFACHALLENGERS", *map(_challenge, questions))


def _challenge(question: Question) -> Element:
    asked = question.challenge
    return group(
        "MFACHALLENGE",
        leaf("MFAPHRASEID", question.id),
        leaf("MFAPHRASELABEL", asked.label),
        leaf("FANLIGHT.TYPE", asked.kind) if asked.kind is not Kind.TEXT else None,
        leaf("FANLIGHT.IMAGE", _picture(asked)) if asked.kind is Kind.IMAGE_DATA else None,
        *_options(asked.kind),
    )


def _picture(asked: Challenge) -> str:
    return images.noise() if asked.huge else images.written(RIGHT)


def _options(kind: Kind) -> list[Element]:
    if kind not in (Kind.OPTIONS, Kind.IMAGE_OPTIONS):
        return []
    return [
        group(
            "FANLIGHT.OPTION",
            leaf("FANLIGHT.LABEL", text),
            leaf("FANLIGHT.VALUE", text),
            leaf("FANLIGHT.IMAGE", images.square(color)) if kind is Kind.IMAGE_OPTIONS else None,
        )
        for text, color in _PICTURES.items()
    ]

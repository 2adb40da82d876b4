"""The colours are readable: WCAG 2.2 AA, computed from the style sheets themselves."""

import re

import pytest

from fanlight.pages.render import static

PAIRS = [
    ("ink", "card"),
    ("ink", "wall"),
    ("soft", "card"),
    ("soft", "wall"),
    ("accent", "card"),
    ("accent", "wall"),
    ("accent", "tint"),
    ("warn", "card"),
    ("warn", "wall"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("sample-ink", "sample"),
    ("sample-soft", "sample"),
]


def colours(*, dark: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in ("fanlight.css", "reference.css"):
        response = static(name)
        assert response is not None
        light, night = re.findall(r":root \{(.*?)\}", response.body.decode(), re.DOTALL)
        for block in (light, night) if dark else (light,):
            found.update(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_is_readable(ink: str, ground: str, *, dark: bool) -> None:
    found = colours(dark=dark)
    one, other = sorted((luminance(found[ink]), luminance(found[ground])))
    assert (other + 0.05) / (one + 0.05) >= 4.5

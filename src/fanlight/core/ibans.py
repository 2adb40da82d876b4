"""International Bank Account Numbers (ISO 13616): one text names both bank and account, and checks itself."""

import re

_FORM = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def adds_up(text: str) -> bool:
    """Whether it has the form of an IBAN and its check digits fit (ISO 7064, MOD 97-10)."""
    if not _FORM.fullmatch(text):
        return False
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1

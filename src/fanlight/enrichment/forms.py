"""The forms in which banks wrap a name: labels, codes in brackets, and sentences that say what comes next."""

from fanlight.enrichment.affixes import LABELS, STRUCTURED

_SENTENCES = (
    "ACH TRANSACTION - ",
    "PAID TO - ",
    "DEPOSIT - ACH PAID FROM ",
    "ACH PAID FROM ",
    "PAID FROM ",
)
"""How credit unions begin; the company and what it says of its entry follow."""
_POSTED = (" DDA PURCHASE AP ", " DDA PUR AP ", " DDA PURCHASE ", " DDA PUR ", " DDA REFUND ", " DDA RETURN ")
"""What stands between a card's number and the shop."""
_GIRO = ("BANK GIRO CREDIT REF ", "FASTER PAYMENTS RECEIPT REF ", "THIRD PARTY PAYMENT MADE VIA FASTER PAYMENT TO ")
_PURPOSE = ("SVWZ+", "SVWZ: ", "VERWENDUNGSZWECK: ", "VERWENDUNGSZWECK ")
_KEYS = ("EREF+", "MREF+", "CRED+", "KREF+", "ABWA+", "EREF:", "MREF:", "CRED:")
_INSTANT = ("INST XFER", "INSTANT XFER", "INST TRANSFER", "INSTANT TRANSFER")
_CUSTOMER = (" INDN:", " CO ID:", " WEB ID", " PPD ID", " ID:")
_SHORTEST_NAME = 3


def unwrapped(text: str) -> str:
    """A description without its wrapping; "ENTRY" stands before what is said of the movement."""
    upper = text.upper()
    if text[0] == "[" and text[3:4] == "]":
        return text[4:]
    if upper.startswith("PAYPAL"):
        return _of_paypal(text, upper)
    if " DDA " in upper:
        return _after(text, upper, _POSTED)
    if "+" in text:
        return _of_sepa(text, upper)
    for sentence in (*_SENTENCES, *_GIRO):
        if upper.startswith(sentence):
            return text[len(sentence) :]
    if ":" in text or "/" in text:
        return _labelled(text, upper)
    return text


def _after(text: str, upper: str, marks: tuple[str, ...]) -> str:
    for mark in marks:
        at = upper.find(mark)
        if at >= 0:
            return text[at + len(mark) :]
    return text


def _of_paypal(text: str, upper: str) -> str:
    """A purchase paid from the bank at once names its seller: in the entry, or as the number of the customer."""
    for mark in _INSTANT:
        at = upper.find(mark)
        if at < 0:
            continue
        rest = text[at + len(mark) :].strip(" :-")
        if rest.upper().startswith("ID:"):
            rest = rest[3:]
        name = rest[: min((found for end in _CUSTOMER if (found := rest.upper().find(end)) > 0), default=len(rest))]
        letters = sum(map(str.isalpha, name))
        return f"PAYPAL {name}" if letters >= _SHORTEST_NAME and not name.strip().upper() in ("WEB", "PPD") else text
    return _labelled(text, upper)


def _of_sepa(text: str, upper: str) -> str:
    """Keys with a plus sign: who it is stands before them, what it is for behind "SVWZ"."""
    first = min((at for key in (*_KEYS, *_PURPOSE) if (at := upper.find(key)) >= 0), default=-1)
    if first < 0:
        return text
    purpose = _after(text, upper, _PURPOSE) if any(mark in upper for mark in _PURPOSE) else ""
    folded = purpose.upper()
    purpose = purpose[: min((at for key in _KEYS if (at := folded.find(key)) >= 0), default=len(purpose))]
    name = text[:first].strip()
    return f"{name} ENTRY {purpose}" if name else purpose or text


def _labelled(text: str, upper: str) -> str:
    """Forms in which labels tell what is what: the company, then what it says it is, then the rest."""
    if (at := upper.find(" DES:")) > 0:
        return f"{text[:at]} ENTRY {_said(text[at + 5 :])}"
    for label, ends in STRUCTURED:
        at = upper.find(label)
        if at < 0:
            continue
        begin = at + len(label)
        finish = min((found for end in ends if (found := upper.find(end, begin)) >= 0), default=len(text))
        descr = upper.find("ENTRY DESCR:", finish)
        said = text[descr + 12 :] if descr >= 0 else text[finish:]
        return f"{text[begin:finish]} ENTRY {_said(said)}"
    return text


def _said(text: str) -> str:
    """What a company says of its entry, before the numbers."""
    upper = text.upper()
    return text[: min((at for label in LABELS if (at := upper.find(label)) >= 0), default=len(text))]

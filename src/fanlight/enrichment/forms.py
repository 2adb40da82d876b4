"""The forms in which banks wrap a name: labels, codes in brackets, and sentences that say what comes next."""

import re

from fanlight.enrichment import places
from fanlight.enrichment.affixes import LABELS, STRUCTURED

_BEFORE = re.compile(
    r"\[[A-Z]{2}\] *"  # a code of the kind of movement
    r"|X{2,}[0-9]{4} *(?=[A-Z])"  # a card's mask
    r"|V[0-9]{4} +(?:[0-9]{2}/[0-9]{2} +)?|[0-9]{4} [0-9]{2}[A-Z]{3}[0-9]{2} (?:CD? |D )?, "
    r"|(?:ITEM|TRAN|CARD|TERMINAL|SEQ)(?: ENDING)?(?: IN)? [#*X]*[0-9]{4,} +"
    r"|(?:INTERNET|ONLINE|MOBILE|EVERYDAY|PHONE|TELEPHONE) BANKING (?:-|PAYMENT TO|PAYMENT|BILL PAYMENT|PURCHASE)? *"
    r"|(?:FIRST )?BANK CARD (?:PURCHASE )?|BANK MACHINE |OTHER BANK |DEBIT MEMO "
    r"|(?:GOOGLE|APPLE|SAMSUNG) PAY -? ?(?=[A-Z])"
    r"|ACH TRANSACTION - |PAID TO - |(?:DEPOSIT - )?(?:ACH )?PAID FROM "
    r"|(?:BANK GIRO CREDIT|FASTER PAYMENTS RECEIPT) REF "
    r"|POS DEB [0-9]{4} |C-IDP PURCHASE-[0-9]{4} |WWW PAYMENT - [0-9]{4} |INTERNET BANKING INTERNET BILL PAY [0-9]+ "
    r"|PURCHASE WITH CASH BACK \$? ?[0-9.]+ AUTHORIZED ON [0-9/]+ "
    r"|BEA NR:\S+ \S+ |(?:INTERNET )?BPAY "
)
"""What stands before everything and says nothing of the movement."""
_GLUED = re.compile(r"((?:X{3,}|\bCARD )[0-9]{4})(?=[A-Z]{2})")
"""A card's number that a bank's columns glued to the name."""
_BEHIND = re.compile(
    r"\W+(?:DATE [0-9/]+ [0-9]* ?)?(?:FROM )?\b(?:CARD|C#)(?: ENDING IN| NBR| NUMBER| NO)?[#: ]*[X*]*[0-9]{4}"
    r"(?: VALUE DATE.*)?$"
)
_BILL_PAY = re.compile(r" (?:ON-LINE|ONLINE|RECURRING|MOBILE|BILLPAY) +X*[0-9]+ ON [0-9/-]+$")
_CODE = re.compile(r" [A-Z]{3}/[A-Z]{3}$")
"""What Canadian banks say a payment is for."""
_DATED = re.compile(r" ON [0-9]{6}$|\b(?<= [A-Z]{2})US$")
_POSTED = (" DDA PURCHASE AP ", " DDA PUR AP ", " DDA PURCHASE ", " DDA PUR ", " DDA REFUND ", " DDA RETURN ")
"""What stands between a card's number and the shop."""
_PURPOSE = ("SVWZ+", "SVWZ: ", "VERWENDUNGSZWECK: ", "VERWENDUNGSZWECK ")
_KEYS = ("EREF+", "MREF+", "CRED+", "KREF+", "ABWA+", "EREF:", "MREF:", "CRED:")
_INSTANT = ("INST XFER", "INSTANT XFER", "INST TRANSFER", "INSTANT TRANSFER")
_CUSTOMER = (" INDN:", " CO ID:", " WEB ID", " PPD ID", " ID:")
_SHORTEST_NAME = 3
_LONGEST_TOWN = 3
_MASKED = "X" * 3


def unwrapped(text: str) -> str:
    """A description without its wrapping; "ENTRY" stands before what is said of the movement."""
    upper = text.upper()
    before = _BEFORE.match(upper)
    if before is not None and before.end() < len(text):
        text, upper = text[before.end() :], upper[before.end() :]
    if " NO FEE" in upper:
        at = upper.index(" NO FEE")
        text = f"{text[:at]} {text[at + 7 :].lstrip(' ,')}"
        upper = text.upper()
    if upper[-4:-3] == "/" and (code := _CODE.search(upper)) is not None:
        text, upper = text[: code.start()], upper[: code.start()]
    if "CARD" in upper or _MASKED in upper or "C#" in upper:
        text, upper = _without_card(text, upper)
    for beginning, unwrap in _BEGINNINGS:
        if upper.startswith(beginning):
            return unwrap(text, upper)
    return _marked(text, upper)


def _marked(text: str, upper: str) -> str:
    """Forms that are known by a mark within them."""
    if " DDA " in upper:
        return _after(text, upper, _POSTED)
    if "+" in text:
        return _of_sepa(text, upper)
    return _labelled(text, upper) if ":" in text or "/" in text else text


def _of_bill(text: str, upper: str) -> str:
    """Bills that people pay through their bank."""
    behind = _BILL_PAY.search(upper)
    return text if behind is None else f"{text[len('BILL PAY') : behind.start()]} ENTRY BILL PAY"


def _of_shop(text: str, _: str) -> str:
    """German card payments: the shop, two slashes, the town."""
    return text.partition("//")[0]


def _without_town(text: str, _: str) -> str:
    """One processor prints the town without its region behind the name."""
    words = text.split()
    for length in range(min(_LONGEST_TOWN, len(words) - _SHORTEST_NAME), 0, -1):
        if " ".join(words[-length:]).upper() in places.every_town():
            return " ".join(words[:-length])
    return text


def _without_card(text: str, upper: str) -> tuple[str, str]:
    """Without the number of the card behind the place, and apart from what it is glued to."""
    if _GLUED.search(upper) is not None:
        text = _GLUED.sub(r"\1 ", upper)
        upper = text
    behind = _BEHIND.search(upper)
    if behind is not None and behind.start() > 0:
        text, upper = text[: behind.start()], upper[: behind.start()]
    dated = _DATED.search(upper)
    if dated is not None:
        text, upper = text[: dated.start()], upper[: dated.start()]
    return text, upper


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
        return f"PAYPAL {name}" if letters >= _SHORTEST_NAME and name.strip().upper() not in ("WEB", "PPD") else text
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


_BEGINNINGS = (
    ("SUMUP", _without_town),
    ("BILL PAY ", _of_bill),
    ("PAYPAL", _of_paypal),
    ("KARTENZAHLUNG", _of_shop),
)

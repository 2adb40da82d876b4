"""The profile: what a brand's OFX server can do, told to anybody who asks."""

from fanlight.bank.ofx.accounts import Visit
from fanlight.bank.ofx.document import Element, group, leaf
from fanlight.bank.ofx.signon import LONGEST_PASSWORD
from fanlight.bank.ofx.values import instant

_CHANGED = 1_767_225_600  # 2026-01-01
_REALM = "customers"


def profile(visit: Visit, wrapper: Element) -> Element:  # noqa: ARG001  (a transaction's signature)
    """PROFRS."""
    return group(
        "PROFRS",
        group("MSGSETLIST", *_message_sets(visit)),
        group("SIGNONINFOLIST", _signon()),
        leaf("DTPROFUP", instant(_CHANGED)),
        leaf("FINAME", visit.brand.name[:32].strip()),
        leaf("ADDR1", "1 Harbor Street"),
        leaf("CITY", "Elmhaven"),
        leaf("STATE", "OH"),
        leaf("POSTALCODE", "43215"),
        leaf("COUNTRY", "USA"),
        leaf("URL", visit.url),
    )


def _message_sets(visit: Visit) -> list[Element]:
    closing = leaf("CLOSINGAVAIL", "N")
    pending = leaf("PENDINGAVAIL", "Y") if visit.form.knows_pending else None
    mail = group("EMAILPROF", leaf("CANEMAIL", "N"), leaf("CANNOTIFY", "N"))
    enrolling = group("OTHERENROLL", leaf("MESSAGE", "Any user name is a customer."))
    signup = (leaf("CHGUSERINFO", "N"), leaf("AVAILACCTS", "Y"), leaf("CLIENTACTREQ", "N"))
    downloads = ("TRANDNLD", "Y"), ("OODNLD", "N"), ("POSDNLD", "Y"), ("BALDNLD", "Y"), ("CANEMAIL", "N")
    return [
        _message_set(visit, "SIGNON"),
        _message_set(visit, "SIGNUP", enrolling, *signup),
        _message_set(visit, "BANK", closing, pending, mail),
        _message_set(visit, "CREDITCARD", closing, pending),
        _message_set(visit, "INVSTMT", *(leaf(name, value) for name, value in downloads)),
        _message_set(visit, "PROF"),
    ]


def _message_set(visit: Visit, name: str, *more: Element | None) -> Element:
    core = group(
        "MSGSETCORE",
        leaf("VER", "1"),
        leaf("URL", f"{visit.url}/ofx"),
        leaf("OFXSEC", "NONE"),
        leaf("TRANSPSEC", "Y" if visit.url.startswith("https:") else "N"),
        leaf("SIGNONREALM", _REALM),
        leaf("LANGUAGE", "ENG"),
        leaf("SYNCMODE", "LITE"),
        leaf("RESPFILEER", "N"),
    )
    return group(f"{name}MSGSET", group(f"{name}MSGSETV1", core, *more))


def _signon() -> Element:
    return group(
        "SIGNONINFO",
        leaf("SIGNONREALM", _REALM),
        leaf("MIN", "1"),
        leaf("MAX", LONGEST_PASSWORD),
        leaf("CHARTYPE", "ALPHAORNUMERIC"),
        leaf("CASESEN", "Y"),
        leaf("SPECIAL", "Y"),
        leaf("SPACES", "Y"),
        leaf("PINCH", "N"),
        leaf("CHGPINFIRST", "N"),
        leaf("CLIENTUIDREQ", "N"),
        leaf("AUTHTOKENFIRST", "N"),
        leaf("MFACHALLENGESUPT", "Y"),
        leaf("MFACHALLENGEFIRST", "N"),
    )

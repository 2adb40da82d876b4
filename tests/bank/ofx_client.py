"""A client that speaks OFX of either version to a bank in the same process; it reads answers with its own eyes."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from xml.etree import ElementTree as ET

import httpx2 as httpx

from bank.customer import BASE, Customer, new_bank, run
from fanlight.bank import Bank

T = TypeVar("T")
OFX = {"content-type": "application/x-ofx"}
XML, SGML = "220", "103"
ANONYMOUS = "anonymous00000000000000000000000"
YEARS = ("20241124", "20261124")


def tag(name: str, *content: str) -> str:
    return f"<{name}>{''.join(content)}</{name}>"


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def document(version: str, body: str) -> bytes:
    """The file around `<OFX>...</OFX>`; before 2.0 the end tags of elements with text are left out."""
    if version >= "200":
        head = f'<?xml version="1.0"?><?OFX OFXHEADER="200" VERSION="{version}" SECURITY="NONE" NEWFILEUID="f-1"?>'
        return f"{head}<OFX>{body}</OFX>".encode()
    head = (
        f"OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:{version}\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\n"
    )
    without_ends = re.sub(r"<([\w.]+)>([^<]+)</\1>", r"<\1>\2\n", f"<OFX>{body}</OFX>")
    return f"{head}COMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:f-1\r\n\r\n{without_ends}".encode("cp1252")


def tree(response: httpx.Response) -> ET.Element:
    """The answer's OFX element; SGML gets the end tags that it left out."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ofx"
    text = response.text
    if text.startswith("OFXHEADER:100"):
        text = re.sub(r"<([\w.]+)>([^<\n]+)\n", r"<\1>\2</\1>", text[text.index("<OFX>") :])
    return ET.fromstring(text)


def code(found: ET.Element, path: str = "SIGNONMSGSRSV1/SONRS") -> int:
    return int(text_of(found, f"{path}/STATUS/CODE"))


def text_of(found: ET.Element, path: str) -> str:
    text = found.findtext(path)
    assert text is not None, (path, ET.tostring(found))
    return text


class Ofx:
    """One user of a client, who remembers the session cookie."""

    def __init__(self, app: httpx.AsyncClient, username: str = "mxuser", password: str = "pw", **more: str) -> None:
        self.app, self.username, self.password = app, username, password
        self.brand, self.version = more.get("brand", "mxbank"), more.get("version", XML)
        self.cookie = ""

    async def post(self, body: bytes | str, **headers: str) -> httpx.Response:
        return await self.app.post(f"{BASE}/{self.brand}/ofx", content=body, headers=OFX | headers)

    async def raw(self, *sets: str, answers: dict[str, str] | None = None, challenge: bool = False) -> httpx.Response:
        given = "".join(
            tag("MFACHALLENGEANSWER", tag("MFAPHRASEID", id_), tag("MFAPHRASEA", escaped(text)))
            for id_, text in (answers or {}).items()
        )
        sonrq = tag(
            "SONRQ",
            tag("DTCLIENT", "20261124120000"),
            tag("USERID", escaped(self.username)),
            tag("USERPASS", escaped(self.password)),
            tag("LANGUAGE", "ENG"),
            tag("FI", tag("ORG", "MX"), tag("FID", "1")),
            tag("SESSCOOKIE", self.cookie) if self.cookie else "",
            tag("APPID", "FANL"),
            tag("APPVER", "0100"),
            tag("CLIENTUID", "c-1"),
            given,
        )
        asked = tag("MFACHALLENGERQ", tag("DTCLIENT", "20261124120000"))
        asks = tag("MFACHALLENGETRNRQ", tag("TRNUID", "m-1"), asked) if challenge else ""
        return await self.post(document(self.version, tag("SIGNONMSGSRQV1", sonrq, asks) + "".join(sets)))

    async def send(self, *sets: str, **more: Any) -> ET.Element:
        found = tree(await self.raw(*sets, **more))
        self.cookie = found.findtext("SIGNONMSGSRSV1/SONRS/SESSCOOKIE") or ""
        return found

    async def challenges(self) -> list[ET.Element]:
        """The questions that wait for an answer."""
        found = await self.send(challenge=True)
        assert (code(found), code(found, "SIGNONMSGSRSV1/MFACHALLENGETRNRS")) == (0, 0)
        assert text_of(found, "SIGNONMSGSRSV1/MFACHALLENGETRNRS/TRNUID") == "m-1"
        return found.findall("SIGNONMSGSRSV1/MFACHALLENGETRNRS/MFACHALLENGERS/MFACHALLENGE")

    async def answer(self, *texts: str) -> ET.Element:
        """Ask for the questions and answer them."""
        asked = await self.challenges()
        assert len(asked) == len(texts)
        return await self.send(answers={text_of(q, "MFAPHRASEID"): t for q, t in zip(asked, texts, strict=True)})

    async def accounts(self) -> list[ET.Element]:
        found = await self.send(ACCOUNTS)
        assert code(found, "SIGNUPMSGSRSV1/ACCTINFOTRNRS") == 0
        return found.findall("SIGNUPMSGSRSV1/ACCTINFOTRNRS/ACCTINFORS/ACCTINFO")

    async def account_from(self, name: str, kind: str = "") -> str:
        """BANKACCTFROM, CCACCTFROM or INVACCTFROM of the account of a kind, as the list has it."""
        for each in await self.accounts():
            for found in each.iter(name):
                if found.findtext("ACCTTYPE", "") == kind:
                    return tag(name, *(tag(part.tag, part.text or "") for part in found))
        raise AssertionError(name)


def wrapped(message_set: str, name: str, *content: str, uid: str = "t-1") -> str:
    """A message set with one transaction, such as `BANK`, `STMT`."""
    inner = tag(f"{name}TRNRQ", tag("TRNUID", uid), tag("CLTCOOKIE", "c&amp;1"), tag(f"{name}RQ", *content))
    return tag(f"{message_set}MSGSRQV1", inner)


def between(start: str, end: str, include: str = "Y") -> str:
    dates = (tag("DTSTART", start) if start else "") + (tag("DTEND", end) if end else "")
    return tag("INCTRAN", dates, tag("INCLUDE", include))


ACCOUNTS = wrapped("SIGNUP", "ACCTINFO", tag("DTACCTUP", "19900101"))
PROFILE = wrapped("PROF", "PROF", tag("CLIENTROUTING", "NONE"), tag("DTPROFUP", "19900101"))


def ofx(story: Callable[[Ofx], Awaitable[T]], bank: Bank | None = None, **more: str) -> T:
    """Play a story with a user of a bank over OFX."""

    async def play(customer: Customer) -> T:
        return await story(Ofx(customer.app, **more))

    return run(play, bank or new_bank()[0])

"""Small OFX documents for tests, written as XML."""

from collections.abc import Callable

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.ofx.document import Element, read

PNG = "data:image/png;base64,iVBORw0KGgo="
OK = "<STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>"
BANK_FROM = (
    "<BANKACCTFROM><BANKID>190034562</BANKID><ACCTID>{number}</ACCTID><ACCTTYPE>{kind}</ACCTTYPE></BANKACCTFROM>"
)


def ofx(inner: str) -> Element:
    return read(f'<?xml version="1.0"?><OFX>{inner}</OFX>'.encode())


def part(xml: str) -> Element:
    return ofx(xml).children[0]


def says(read_it: Callable[[], object]) -> Saying | None:
    try:
        read_it()
    except Said as said:
        return said.saying
    return None

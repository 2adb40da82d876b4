"""The profile of an OFX server: what it can do, told to anybody who asks (OFX 2.2, section 7). Nobody signs on."""

from datetime import datetime

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.ofx import document, messages, translate
from fanlight.institutions.ofx.connector import MEDIA_TYPE, OfxDetails, refusal
from fanlight.institutions.ofx.document import group, leaf
from fanlight.institutions.ofx.messages import ANY_TIME, Credentials, Program
from fanlight.institutions.ofx.values import text

ANONYMOUS = "anonymous".ljust(32, "0")
HEADERS = {"content-type": MEDIA_TYPE, "accept": f"{MEDIA_TYPE}, */*"}
_NEEDED = ("SIGNUPMSGSET", "BANKMSGSET")


def request(details: OfxDetails, now: datetime) -> bytes:
    """A request for the profile. Raises Said(CLIENT_REFUSED) where the entry holds what OFX cannot carry."""
    nobody = Credentials(ANONYMOUS, ANONYMOUS, ANONYMOUS, {})
    program = Program(details.org, details.fid, details.app_id, details.app_ver)
    asked = group("PROFRQ", leaf("CLIENTROUTING", "NONE"), leaf("DTPROFUP", ANY_TIME))
    wanted = group("PROFMSGSRQV1", group("PROFTRNRQ", leaf("TRNUID", "0"), asked))
    return document.write(messages.document(messages.sign_on(program, nobody, None, now), wanted), details.version)


def read(reply: Reply) -> str:
    """The institution's name by its profile. Raises Said: by HTTP status, by OFX status, or where sets are missing."""
    if reply.status != 200:
        raise refusal(reply)
    found = document.read(reply.body, max_elements=document.MAX_SIGN_ON)
    code = translate.sign_on(found).code
    if code not in (translate.SIGNED_ON, None):
        raise translate.refusal(code)
    profile = translate.answered(found, "PROFMSGS", "PROF")
    missing = [name for name in _NEEDED if profile.find("MSGSETLIST", name) is None]
    if missing:
        raise Said(Saying.GIBBERISH, f"the profile has no {' and no '.join(missing)}")
    return text(profile.value("FINAME")) or "unnamed"
